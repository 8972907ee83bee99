"""Fail fast: the best model on few examples, one look after each, and no more sent at a word."""

import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from workbench import words
from workbench.comparison.scores import finite_scale, read_scores
from workbench.critics import Critic
from workbench.datasets import Example
from workbench.datasets.dataset import holds_back
from workbench.errors import WorkbenchError
from workbench.models.model import Model
from workbench.printing import printed
from workbench.prompts import Prompt
from workbench.runs import Run, run, unwatched
from workbench.runs.heldout import hidden
from workbench.runs.joining import dollars, join_runs
from workbench.runs.plan import Plan, RowKey
from workbench.stats.e_values import (
    FEWEST,
    Patience,
    Reaching,
    reaching,
    soonest_word,
    stops_wrongly,
    words_said,
)
from workbench.stats.intervals import is_binary
from workbench.stats.scale import ROUNDING, Scale
from workbench.store import Store

COVERAGE = 0.8  # of the examples sent: with fewer scored ones no word is said
NEED_MORE = "need more"
SAID = "a word was said without them"
PASSES = Scale()  # of merits
RARITIES = (1000, 500, 200, 100, 50)  # "fewer than 1 of 50"


@dataclass(frozen=True)
class Tried:
    """How a task fares with one model.

    `merits` are the scores of the examples that were sent, in file order, as shares of the scale
    with 1 at its good end; an answer that failed by its own doing has 0, one without a score NaN.
    `statuses` are those of their rows, and `causes` say why a row has no score.
    """

    model: str
    at_least: float  # share of the scale
    of: int  # examples that may be sent
    patience: Patience
    graded: bool  # whether scores other than the ends of the scale were seen
    merits: tuple[float, ...] = ()
    statuses: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    stopped: str = ""  # what ended it before a word, but for the end of the examples

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The examples that count, by their place among those sent, from 0."""
        return tuple(place for place, merit in enumerate(self.merits) if not math.isnan(merit))

    @cached_property
    def path(self) -> Reaching:
        """The evidence after each example that counts."""
        return reaching([self.merits[place] for place in self.places], self.at_least)

    @cached_property
    def _said(self) -> tuple[str, int]:
        """The first word, and how many examples that count it was said on."""
        found = words_said(self.path, self.at_least, self.patience)
        for count, (word, place) in enumerate(zip(found, self.places, strict=True), start=1):
            if word and count >= COVERAGE * (place + 1):
                return word, count
        return NEED_MORE, len(self.places)

    @property
    def word(self) -> str:
        """go on, stop or need more."""
        return self._said[0]

    @property
    def counted(self) -> int:
        """How many examples the word stands on."""
        return self._said[1]

    @property
    def missing(self) -> int:
        """Examples that were sent and have no score."""
        return len(self.merits) - len(self.places)

    @property
    def failed(self) -> tuple[int, ...]:
        """Places of the answers that did not pass, in file order."""
        return tuple(place for place in self.places if not PASSES.passes(self.merits[place]))

    @property
    def mean(self) -> float:
        """Of the scores that the word stands on; NaN where there is none."""
        kept = [self.merits[place] for place in self.places[: self.counted]]
        return sum(kept) / len(kept) if kept else math.nan

    @property
    def chance(self) -> float:
        """The probability that the task reaches its requirement, on what the word stands on."""
        return float(self.path.chance[self.counted - 1]) if self.counted else 1 - self.at_least

    @property
    def first_cause(self) -> str:
        """58 timeouts: the most frequent reason of those without a score; empty without any."""
        why = Counter(
            self.causes[place] or self.statuses[place]
            for place, merit in enumerate(self.merits)
            if math.isnan(merit)
        )
        return "; ".join(f"{count:,} × {words.brief(cause)}" for cause, count in why.most_common(1))

    @property
    def done(self) -> bool:
        """Whether no more is to be sent: at a word, at the end, or where nothing can be scored."""
        dead = len(self.merits) >= FEWEST and not self.places
        return self.word != NEED_MORE or len(self.merits) >= self.of or dead

    @property
    def due(self) -> int:
        """How many examples to send next: fewer could not bring a word."""
        known = [self.merits[place] for place in self.places]
        left = self.of - len(self.merits)
        return min(left, soonest_word(known, self.at_least, self.patience))

    @property
    def sentence(self) -> str:
        """The word with what it stands on, how sure it is, and what follows."""
        if self.word == "stop":
            return f"Stop: {self._result}; {self._how_rare}."
        if self.word == "go on":
            rare = f"a task short of {self.bound} does this in fewer than 1 of 20"
            return f"Go on to a full evaluation: {self._result}; {rare}."
        begun = "Need more" if self.done or self.stopped else "So far"
        return f"{begun}: {'; '.join(self._open_points())}."

    @property
    def bound(self) -> str:
        """The requirement in words."""
        share = self.at_least
        return f"{words.points(share)} points" if self.graded else words.hundredths(share)

    @property
    def _result(self) -> str:
        """6 of 10 failed; of graded scores their mean."""
        if self.graded:
            examples = words.count(self.counted, "example")
            return f"{words.points(self.mean)} points on average over {examples}"
        failed = sum(place <= self.places[self.counted - 1] for place in self.failed)
        return f"{failed:,} of {self.counted:,} failed"

    @property
    def _how_rare(self) -> str:
        """How often a task that just reaches the requirement is stopped."""
        reaches, rate = f"a task that reaches {self.bound}", 1 / 20
        if not self.graded or self.patience == "short":
            rate = stops_wrongly(self.at_least, self.of, self.patience)
        if self.patience == "short":
            return f"with short patience {reaches} is stopped in {100 * rate:.0f} of 100 cases"
        rare = next((each for each in RARITIES if rate < 1 / each), 20)
        return f"{reaches} does this in fewer than 1 of {rare:,}"

    def _open_points(self) -> Iterator[str]:
        """What is known where no word could be said."""
        if self.stopped:
            yield f"ended after {len(self.merits):,} of {self.of:,} examples ({self.stopped})"
        if self.missing:
            yield f"{self.missing:,} of {len(self.merits):,} have no score ({self.first_cause})"
        if not self.counted:
            yield "nothing is known of the task"
            return
        yield self._result
        yield f"the chance that the task reaches {self.bound} is {self.chance:.2f}"
        if self.mean < self.at_least:
            yield f"that is less than {self.bound}, which speaks against a full evaluation"
        elif self.missing <= (1 - COVERAGE) * len(self.merits):
            yield "nothing speaks against a full evaluation"


@printed
@dataclass(frozen=True)
class Trying:
    """How a task fares on few examples: one prompt, judged by one critic, model by model.

    `run` holds the answers, and `unsent` rows for those that a word was said without.
    """

    prompt: str
    dataset: str
    critic: str
    tried: tuple[Tried, ...]  # in the order given, the best model first
    not_asked: tuple[str, ...] = ()  # models that come after one that was stopped
    run: Run | None = field(default=None, repr=False)  # once it has ended

    @property
    def word(self) -> str:
        """go on where a model does, stop where all that were asked do, else need more."""
        said = [each.word for each in self.tried]
        return "go on" if "go on" in said else "stop" if set(said) == {"stop"} else NEED_MORE

    @property
    def sent(self) -> int:
        """Examples that were paid for, over all models."""
        return sum(len(each.merits) for each in self.tried)

    @property
    def sentences(self) -> list[str]:
        """Model by model."""
        if len(self.tried) == 1 and not self.not_asked:
            return [self.tried[0].sentence]
        said = [f"{each.model}: {each.sentence}" for each in self.tried]
        why = f"not asked, for {self.tried[-1].model} comes before and was stopped."
        return [*said, f"{words.listed(self.not_asked)}: {why}"] if self.not_asked else said

    @property
    def sentence(self) -> str:
        return " ".join(self.sentences)

    @property
    def next_step(self) -> str:
        """What to do now."""
        return _STEPS[self.word]

    def row(self, tried: Tried, place: int) -> int:
        """The row of the run of one of the examples sent."""
        run = self.run
        if run is None:
            raise WorkbenchError("the answers are kept once it has ended")
        model = [each.name for each in run.models].index(tried.model)
        return run.plan.row(RowKey(0, model, place, 0))

    def __repr__(self) -> str:
        return f"Trying {self.prompt}: {self.sentence}"


_STEPS = {
    "go on": "Write two more variants and evaluate them on all examples: few never prove a "
    "requirement.",
    "stop": "Read what failed first: make the task smaller, ask for less, or do it without a "
    "language model.",
    NEED_MORE: "Read what failed first; then evaluate in full, or write down more examples.",
}
watchers: list[Callable[[Trying], None]] = []  # called after each look, and at the end


async def fail_fast(
    prompt: Prompt,
    examples: Sequence[Example],
    models: Model | Sequence[Model],
    critic: Critic,
    *,
    at_least: float,
    limit: int = 30,
    patience: Patience = "full",
    store: Store | str | Path | None = None,
    budget: float | None = None,
    offline: bool = False,
) -> Trying:
    """Whether a prompt on the best model, given first, can reach a mean of `at_least` (a share of
    the critic's scale), on at most `limit` examples.

    Examples are sent in their order, never more at once than could bring a word, and none after
    it; a word is said on the answers in that order, whichever comes first. `stop` and `go on` are
    each wrong in fewer than 1 of 20 cases, however often one looks; `patience="short"` stops
    earlier, and says how often it is wrong. Answers that are malformed, truncated or filtered do
    not meet the requirement; what failed otherwise or could not be scored says nothing, and where
    that is more than a fifth no word is said. Each model has a word of its own; those after one
    that is stopped are not asked. Asked again, it answers from the store. Raises WorkbenchError
    for a requirement that no examples can show.
    """
    _check(prompt, examples, at_least, limit, patience)
    listed = (models,) if isinstance(models, Model) else tuple(models)
    plan = Plan((prompt,), listed, examples[:limit], (critic,), 1)
    plan.check()
    scale = finite_scale(critic.name, critic.scale)
    asker = _Asker(plan, store, budget, offline)
    if "WORKBENCH_QUOTE" in os.environ:  # all of it, and not only the first few examples
        await asker.ask(listed, plan.examples, 0.0)
    return await _Course(plan, at_least, patience, scale, asker).run()


def _check(
    prompt: Prompt, examples: Sequence[Example], at_least: float, limit: int, patience: str
) -> None:
    if not isinstance(prompt, Prompt):
        raise TypeError("fail_fast tries one prompt: give one of them, such as prompts['v1']")
    if holds_back(examples):
        raise hidden("fail_fast")
    if not 0 < at_least < 1:
        never = "any task reaches it" if at_least <= 0 else "no number of examples can show it"
        raise WorkbenchError(
            f"at_least={at_least:g}: {never}: ask for a share between 0 and 1, such as 0.8"
        )
    if limit < 1 or patience not in ("full", "short"):
        raise ValueError("limit counts from 1, and patience is 'full' or 'short'")


@dataclass(frozen=True)
class _Asker:
    """Has examples answered and judged, within the budget of the whole."""

    plan: Plan
    store: Store | str | Path | None
    budget: float | None
    offline: bool

    async def ask(self, models: Sequence[Model], examples: Sequence[Example], spent: float) -> Run:
        left = None if self.budget is None else max(0.0, self.budget - spent)
        about = {"store": self.store, "budget": left, "offline": self.offline}
        with unwatched():
            return await run(self.plan.prompts, examples, models, self.plan.critics, **about)


@dataclass
class _Course:
    """The looks, model by model."""

    plan: Plan
    at_least: float
    patience: Patience
    scale: Scale
    asker: _Asker
    tried: list[Tried] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    async def run(self) -> Trying:
        for model in self.plan.models:
            await self._try(model)
            if self.tried[-1].word == "stop":
                break
        why = next((each.stopped for each in self.tried if each.stopped), SAID)
        return self._tell(join_runs(self.plan, self.runs, why))

    async def _try(self, model: Model) -> None:
        """Send examples until the word, the end, or what ends a run."""
        most = len(self.plan.examples)
        self.tried.append(Tried(model.name, self.at_least, most, self.patience, False))
        while not (self.tried[-1].done or self.tried[-1].stopped):
            sent = len(self.tried[-1].merits)
            batch = self.plan.examples[sent : sent + self.tried[-1].due]
            made = await self.asker.ask([model], batch, dollars(self.runs))
            self.runs.append(made)
            self.tried[-1] = self._grown(self.tried[-1], made)
            self._tell(None)

    def _grown(self, tried: Tried, made: Run) -> Tried:
        """What is known with one more run, whose rows are examples in order."""
        read = read_scores(made, self.plan.critics[0].name)
        merits = self.scale.merit(read.failures_as_worst[0, :, 0])
        on_scale = (merits > -ROUNDING) & (merits < 1 + ROUNDING)
        merits = np.where(on_scale, np.clip(merits, 0, 1), np.nan)
        sent = [row for row, status in enumerate(made.columns["status"]) if status != "unsent"]
        last = sent[-1] + 1 if sent else 0
        return replace(
            tried,
            graded=tried.graded or not is_binary(merits[~np.isnan(merits)]),
            merits=(*tried.merits, *map(float, merits[:last])),
            statuses=(*tried.statuses, *made.columns["status"][:last]),
            causes=(*tried.causes, *read.why[0, :last, 0]),
            stopped=made.stopped,
        )

    def _tell(self, whole: Run | None) -> Trying:
        plan, last = self.plan, self.tried[-1]
        left = [model.name for model in plan.models[len(self.tried) :]]
        told = Trying(
            prompt=plan.prompts[0].name,
            dataset=getattr(plan.examples, "name", "examples"),
            critic=plan.critics[0].name,
            tried=tuple(self.tried),
            not_asked=tuple(left) if last.word == "stop" else (),
            run=whole,
        )
        for watcher in watchers:
            watcher(told)
        return told
