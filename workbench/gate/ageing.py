"""How old the baseline's answers are beside those of the prompt that is gated, and whether its
model is still the one that gave them.
"""

import math
import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from workbench.comparison.decide import compare_unseen
from workbench.comparison.evidence import Evidence
from workbench.datasets import Example
from workbench.requirements.examined import Subject
from workbench.requirements.settled import Age, Unasked
from workbench.runs import Run, VariantKey, run_plan
from workbench.runs.plan import Plan
from workbench.runs.quotes import foresee
from workbench.stats.contradicting import further_apart, sign_test
from workbench.stats.intervals import Floats
from workbench.store import Store

ROWS = 20  # of the baseline, asked twice afresh
DAY = 86_400.0
MOST_PASSED = 1_000  # repeats that may have been asked afresh before


@dataclass(frozen=True)
class Aged:
    """What was found, on which comparison to go on, and what asking again cost."""

    subject: Subject
    age: Age
    dollars: float = 0.0


@dataclass(frozen=True)
class _Answer:
    at: float
    model: str  # as the endpoint named it


async def aged(subject: Subject, budget: float | None) -> Aged | None:
    """Whether the baseline's answers stand beside the variant's, asking afresh where they are old.

    Beyond `max_age`, or where the endpoint names another model for a model of one entry, 20 seeded
    rows of the baseline are asked twice afresh, and all of them where the old answers differ more
    from these than these from one another (exact one-sided sign test on row scores). The age comes
    from stored times, never from a clock, so that a store decides the same bytes again. Offline
    asks nothing. None where there is nothing to ask: without a store, or for the baseline itself.
    """
    run, choice = subject.run, subject.choice
    if run.store is None or subject.variant == choice.baseline:
        return None
    sides = _Sides(subject, run.store)
    age = Age(round(sides.days, 2), subject.gate.max_age, sides.renamed)
    return await _Asking(sides, age, budget).aged() if age.is_old else Aged(subject, age)


@dataclass(frozen=True)
class _Sides:
    """The stored answers of the variant and its baseline."""

    subject: Subject
    store: Store

    @property
    def run(self) -> Run:
        return self.subject.run

    @cached_property
    def base(self) -> VariantKey:
        wanted = self.subject.choice.baseline
        return next(key for key in self.run.variants if wanted in (key.name, key.prompt))

    @cached_property
    def _answers(self) -> dict[int, _Answer]:
        cells = self.store.cells(self.run.id)
        return {
            cell["row"]: _Answer(cell["at"], cell["completion"].model)
            for cell in cells
            if cell["completion"] is not None and cell["at"] is not None
        }

    def of(self, variant: str) -> dict[tuple[str, int], _Answer]:
        """By example and repeat."""
        columns = self.run.columns
        return {
            (columns["example"][row], columns["repeat"][row]): self._answers[row]
            for row in self.run.rows(variant)
            if row in self._answers
        }

    @cached_property
    def days(self) -> float:
        """The largest difference between the times of the two answers of one row."""
        base, head = self.of(self.base.name), self.of(self.subject.variant)
        apart = [abs(base[row].at - head[row].at) for row in base.keys() & head.keys()]
        return max(apart, default=0.0) / DAY

    @cached_property
    def newest(self) -> float:
        """When the newest answer of the variant came."""
        return max((each.at for each in self.of(self.subject.variant).values()), default=0.0)

    @property
    def renamed(self) -> bool:
        """Whether most answers of the two sides come of two versions of one model."""
        if self.base.model != self.subject.key.model:
            return False
        names = [self._commonest(name) for name in (self.base.name, self.subject.variant)]
        return all(names) and names[0] != names[1]

    def _commonest(self, variant: str) -> str:
        counts = Counter(each.model for each in self.of(variant).values())
        return min(counts, key=lambda name: (-counts[name], name), default="")

    def plan(self, examples: Sequence[Example], repeats: int, passed: int) -> Plan:
        """The baseline asked afresh, and what its critics compare it with."""
        asked = {self.base.prompt, *(critic.against for critic in self.run.critics)}
        return Plan(
            tuple(each for each in self.run.prompts if each.name in asked),
            tuple(each for each in self.run.models if each.name == self.base.model),
            examples,
            tuple(self.run.critics),
            repeats,
            self.run.plan.filters,
            anew={(self.base.prompt, self.base.model): passed},
        )


@dataclass(frozen=True)
class _Asking:
    """The baseline of two sides, asked again as far as that is called for and may be paid."""

    sides: _Sides
    age: Age
    budget: float | None

    async def aged(self) -> Aged:
        probe = self.sides.plan(self._examples, 2, self._passed())
        if why := self._unasked(probe, 0.0):
            return Aged(self.sides.subject, replace(self.age, unasked=why))
        fresh = await run_plan(probe, self.sides.store, self.budget)
        further = further_apart(*self._scores(fresh))
        age = replace(
            self.age,
            asked=len(self._examples),
            old_apart=int((further > 0).sum()),
            new_apart=int((further < 0).sum()),
            p=float(f"{sign_test(further):.6g}"),
        )
        spent = _known(fresh.cost)
        return (
            await self._again(age, spent) if age.differs else Aged(self.sides.subject, age, spent)
        )

    async def _again(self, age: Age, spent: float) -> Aged:
        """All of the baseline, by the fresh answers; where that cannot be paid nothing is known."""
        run, base = self.sides.run, self.sides.base
        plan = replace(run.plan, anew={**run.plan.anew, (base.prompt, base.model): self._passed()})
        if why := self._unasked(plan, spent):
            stale = "the baseline's answers are old, and its model has changed since"
            subject = replace(self.sides.subject, stale=stale)
            return Aged(subject, replace(age, unasked=why), spent)
        left = None if self.budget is None else max(0.0, self.budget - spent)
        whole = await run_plan(plan, self.sides.store, left)
        choice = compare_unseen(whole, self.sides.subject.choice)
        subject = replace(self.sides.subject, choice=choice)
        return Aged(subject, replace(age, again=True), spent + _known(whole.cost))

    @cached_property
    def _examples(self) -> list[Example]:
        examples = self.sides.run.examples
        drawn = random.Random(0).sample(range(len(examples)), min(ROWS, len(examples)))
        return [examples[number] for number in sorted(drawn)]

    def _passed(self) -> int:
        """How many repeats to pass over: up to the first that nobody asked, or that was asked about
        when the variant was.
        """
        first = self.sides.run.plan.repeats
        for passed in range(first, first + MOST_PASSED, 2):
            plan = self.sides.plan(self._examples, 2, passed)
            keys = [plan.request(row).key() for row in range(len(plan))]
            times = [each.at for each in self.sides.store.answers(keys).values()]
            if all(abs(at - self.sides.newest) <= self.age.most * DAY for at in times):
                return passed
        return first + MOST_PASSED

    def _unasked(self, plan: Plan, spent: float) -> Unasked:
        """Why a plan may not be asked; nothing where it may, or its answers are all there."""
        quoted = foresee(plan, self.sides.store)
        if not quoted.calls:
            return ""
        if "WORKBENCH_OFFLINE" in os.environ:
            return "offline"
        if self.budget is None:
            return ""
        if math.isnan(quoted.likely_cost):
            return "no price"
        return "" if quoted.likely_cost <= self.budget - spent else "budget"

    def _scores(self, fresh: Run) -> tuple[Floats, Floats, Floats]:
        """Of each row asked again the old score and the two fresh ones, by whoever decides, the
        variant's own failures at the bad end of the scale.
        """
        subject, base = self.sides.subject, self.sides.base
        critic = subject.choice.critic
        name = next(key.name for key in fresh.variants if key.prompt == base.prompt)
        of_fresh = replace(subject, choice=replace(subject.choice, run=fresh))
        judged, anew = subject.evidence(critic, base.name), of_fresh.evidence(critic, name)
        ids = [each.id for each in self._examples]
        old, new = _rows(judged, base.name, ids), _rows(anew, name, ids)
        return old[:, 0], new[:, 0], new[:, 1]


def _rows(evidence: Evidence, variant: str, examples: Sequence[str]) -> Floats:
    """The deciding scores of a variant `(examples, repeats)`."""
    scores = evidence.deciding
    places = [scores.examples.index(example) for example in examples]
    return scores.failures_as_worst[scores.index(variant)][places]


def _known(dollars: float) -> float:
    return 0.0 if math.isnan(dollars) else dollars
