"""How a task fares on few examples: the evidence of each model, its word and its sentence."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from workbench import words
from workbench.errors import WorkbenchError
from workbench.printing import printed
from workbench.runs import Run
from workbench.runs.plan import RowKey
from workbench.stats.e_values import (
    FEWEST,
    Patience,
    Reaching,
    reaching,
    soonest_word,
    stops_wrongly,
    words_said,
)
from workbench.stats.scale import Scale

MOST_SAID = 240  # characters in a line
COVERAGE = 0.8  # of the examples sent: with fewer scored ones no word is said
NEED_MORE = "need more"
PASSES = Scale()  # of merits
RARITIES = (1000, 500, 200, 100, 50)  # "fewer than 1 of 50"


@printed
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

    def __repr__(self) -> str:
        return f"Tried {self.model}: {words.brief(self.sentence, MOST_SAID)}"

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
    runs: tuple[Run, ...] = field(default=(), repr=False, compare=False)  # look by look
    run: Run | None = field(default=None, repr=False)  # all of them, once it has ended

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

    def needed_run(self) -> Run:
        """All answers as one run, that `load_run` gives too; WorkbenchError before it has ended."""
        if self.run is None:
            raise WorkbenchError("it goes on: its answers are one run when it has ended")
        return self.run

    def row(self, tried: Tried, place: int) -> int:
        """The row of the run of one of the examples sent."""
        run = self.needed_run()
        model = [each.name for each in run.models].index(tried.model)
        return run.plan.row(RowKey(0, model, place, 0))

    def __repr__(self) -> str:
        return f"Trying {self.prompt}: {words.brief(self.sentence, MOST_SAID)}"


_STEPS = {
    "go on": "Write two more variants and evaluate them on all examples: few never prove a "
    "requirement.",
    "stop": "Read what failed first: make the task smaller, ask for less, or do it without a "
    "language model.",
    NEED_MORE: "Read what failed first; then evaluate in full, or write down more examples.",
}
