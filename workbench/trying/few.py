"""Fail fast: the best model on few examples, one look after each, and no more sent at a word."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from workbench.comparison.scores import finite_scale, read_scores
from workbench.critics import Critic
from workbench.datasets import Example
from workbench.datasets.dataset import holds_back
from workbench.errors import WorkbenchError
from workbench.models.model import Model
from workbench.prompts import Prompt
from workbench.runs import Run, run, unwatched
from workbench.runs.heldout import hidden
from workbench.runs.joining import dollars, join_runs
from workbench.runs.plan import Plan
from workbench.stats.e_values import Patience
from workbench.stats.intervals import is_binary
from workbench.stats.scale import Scale
from workbench.store import Store
from workbench.trying.tried import Tried, Trying

SAID = "a word was said without them"
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
        statuses = made.columns["status"]
        sent = [row for row, status in enumerate(statuses, 1) if status != "unsent"]
        last = sent[-1] if sent else 0
        merits = self.scale.merit_on(read.failures_as_worst[0, :last, 0])
        return replace(
            tried,
            graded=tried.graded or not is_binary(merits[~np.isnan(merits)]),
            merits=(*tried.merits, *merits.tolist()),
            statuses=(*tried.statuses, *statuses[:last]),
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
            runs=tuple(self.runs),
            run=whole,
        )
        for watcher in watchers:
            watcher(told)
        return told
