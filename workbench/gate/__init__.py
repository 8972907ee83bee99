"""settle: requirements that decide, and that buy the rows it takes to know (METHODS 4.10)."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench.arguments import expect
from workbench.comparison import Comparison
from workbench.comparison.decide import compare_unseen
from workbench.datasets import Dataset
from workbench.errors import RequirementError
from workbench.gate.ageing import aged
from workbench.gate.from_store import from_store
from workbench.requirements import Checked, Requirements
from workbench.requirements.checking import as_requirements, at_tail, chosen_among
from workbench.requirements.examined import Subject, subject_of
from workbench.requirements.outcomes import Outcome
from workbench.requirements.reach import check_rows, rows_needed
from workbench.requirements.settled import Age, GateLook, More, Settled, Stopped
from workbench.requirements.stages import Stage, stages
from workbench.runs import Quote, Run, run_plan
from workbench.runs.heldout import rows_of
from workbench.runs.plan import Plan
from workbench.runs.quotes import foresee
from workbench.runs.seen import variant_identities
from workbench.store import Store
from workbench.store.ledger import DELETED, Entry, lineage
from workbench.store.text import or_nan

Named = tuple[int, int]  # a look by its examples and times
AFRESH: Named = (0, 0)  # what was paid for asking the baseline again
LEAST_GROWTH = 1.5  # of what is said to be needed, as of a next look


async def settle(
    requirements: Requirements | str | Path,
    choice: Comparison,
    *,
    variant: str | None = None,
    released: str = "",
) -> Checked:
    """Requirements as a gate: `check`, and while only rows are lacking, more rows on both sides.

    Adds the next examples of the file, then repeats, as far as the gate's `extend_to` and `budget`
    (dollars, quoted first) allow, until each line passes or one fails; else it says what more it
    takes. For lines that the run does not measure it takes the newest that `wb.keep` left in the
    store of this very prompt, model and filters, and names its date. Looks share the error
    (O'Brien-Fleming), and compare's ledger learns nothing of them; the store keeps which prompts
    were gated on these rows. `requirements` may be "": nothing is asked. Raises RequirementError
    for lines that these rows, or `extend_to`, can never show.
    """
    expect(choice, Comparison, "what is settled", "give what wb.compare returned")
    asked = as_requirements(requirements)
    subject = subject_of(asked, choice, variant, released)
    if not asked.lines:
        return Checked(asked, subject.variant, ())
    if choice.claim:
        raise RequirementError("a gate never touches rows that are held back: give it other rows")
    check_rows(asked, len(choice.run.examples))
    among = chosen_among(subject, variant)
    gate = _Gate(
        from_store(subject), among, stages(choice.run.examples, asked.gate), _Kept.of(subject)
    )
    return await gate.settled()


@dataclass
class _Gate:
    """One variant on its way to a word, look by look."""

    subject: Subject
    chosen_among: int
    plan: tuple[Stage, ...]
    kept: "_Kept | None"  # None without a store
    looks: list[GateLook] = field(default_factory=list)
    age: Age | None = None
    anew: Mapping[tuple[str, str], int] = field(default_factory=dict)  # as of a plan

    async def settled(self) -> Checked:
        checked = await self._look(self.subject, self.plan[0])
        for stage in self.plan[1:]:
            if stopped := self._stops(checked):
                return self._ended(checked, stopped)
            asked = _Asked.of(self.subject, stage, self.anew)
            foreseen = asked.quote()
            if stopped := self._unaffordable(foreseen):
                return self._ended(checked, stopped, asked.more(foreseen))
            extended = await self._extended(asked, stage, foreseen)
            if extended.stopped:
                return self._ended(checked, "stopped", asked.more(asked.quote()))
            choice = compare_unseen(extended, self.subject.choice)
            checked = await self._look(replace(self.subject, choice=choice), stage)
        stopped = self._stops(checked) or "end"
        return self._ended(checked, stopped, self._needed(checked) if stopped == "end" else None)

    async def _look(self, subject: Subject, stage: Stage) -> Checked:
        subject = await self._of_one_time(subject)
        checked = at_tail(subject, stage.tail, self.chosen_among)
        self.looks.append(GateLook(stage.examples, stage.times, stage.tail, checked.word))
        return checked

    async def _of_one_time(self, subject: Subject) -> Subject:
        """The variant beside a baseline that is not older than it may be; asked again but once."""
        if self.age and self.age.asked:
            return subject
        found = await aged(subject, self._left)
        if found is None:
            return subject
        self.age, self.anew = found.age, found.subject.run.plan.anew
        self.subject = replace(self.subject, stale=found.subject.stale)
        if self.kept:
            self.kept.pay(AFRESH, found.dollars)
        return found.subject

    def _stops(self, checked: Checked) -> Stopped | None:
        """Why no further look would help, whatever it costs."""
        if checked.word != "inconclusive":
            return "known"
        if not all(each.wants_rows for each in checked.open):
            return "not for rows"
        left = self.plan[len(self.looks) :]
        if left and self.kept is None:
            return "no store"
        can_pass = any(all(self._can_pass(each, stage) for each in checked.open) for stage in left)
        return None if can_pass or not left else "too few examples"

    def _can_pass(self, outcome: Outcome, stage: Stage) -> bool:
        """Whether a line could be shown at a look, where all goes well: repeats are no examples."""
        needed = rows_needed(outcome.requirement, stage.tail / self.chosen_among)
        return needed <= stage.examples

    def _unaffordable(self, foreseen: Quote) -> Stopped | None:
        budget = self.subject.gate.budget
        if budget is None or not foreseen.calls:
            return None
        spent = self._spent
        if math.isnan(foreseen.likely_cost + spent):
            return "no price"
        return None if foreseen.likely_cost <= budget - spent else "budget"

    @property
    def _spent(self) -> float:
        if self.kept is None:
            return 0.0
        return sum(map(self.kept.spent, (AFRESH, *map(_named, self.looks))))

    @property
    def _left(self) -> float | None:
        """Dollars of the budget; None without one."""
        budget = self.subject.gate.budget
        return None if budget is None else max(0.0, budget - self._spent)

    async def _extended(self, asked: "_Asked", stage: Stage, foreseen: Quote) -> Run:
        """What a look asks for; where all is there it costs nothing, and no price is needed."""
        extended = await asked.run(self._left if foreseen.calls else None)
        if self.kept:
            self.kept.pay(_named(stage), extended.cost)
        return extended

    def _ended(self, checked: Checked, stopped: Stopped, more: More | None = None) -> Checked:
        if stopped == "too few examples":
            more = self._least(checked)
        spent, heads = _rounded(self._spent, 9), self.kept.heads() if self.kept else 1
        came = Settled(tuple(self.looks), len(self.plan), stopped, spent, heads, more, self.age)
        return replace(checked, settled=came)

    def _least(self, checked: Checked) -> More:
        """The examples without which no line that is open could pass."""
        tail = self.plan[-1].tail / self.chosen_among
        return More(max(rows_needed(each.requirement, tail) for each in checked.open), 1, None)

    def _needed(self, checked: Checked) -> More | None:
        """About how many examples could narrow the open lines to their margins, and what they
        cost; by the width of their intervals alone, never by the effect seen. None where a line has
        no margin.
        """
        here = self.looks[-1]
        widths = [
            each.value.half_width / each.requirement.margin
            for each in checked.open
            if each.value and each.requirement.margin
        ]
        if not widths or len(widths) < len(checked.open):
            return None
        rows = here.examples * here.times
        needed = math.ceil(rows * max(LEAST_GROWTH, max(widths) ** 2))
        once_more = Stage(here.examples, here.times + 1, 0.0)
        a_row = _Asked.of(self.subject, once_more, self.anew).quote().likely_cost / here.examples
        return More(needed, 1, _rounded(a_row * (needed - rows), 3))


@dataclass(frozen=True)
class _Asked:
    """What a look sends: the variant and all that it is held against, on more rows."""

    choice: Comparison
    plan: Plan
    times: int

    @classmethod
    def of(cls, subject: Subject, stage: Stage, anew: Mapping[tuple[str, str], int]) -> "_Asked":
        made = subject.run
        named = {subject.variant, subject.choice.baseline}
        named |= {subject.baseline(line) or "" for line in subject.requirements.lines}
        keys = [key for key in made.variants if key.name in named]
        prompts = {key.prompt for key in keys} | {critic.against for critic in made.critics}
        models = {key.model for key in keys}
        examples = made.examples
        plan = Plan(
            tuple(each for each in made.prompts if each.name in prompts),
            tuple(each for each in made.models if each.name in models),
            examples.grown(stage.examples) if isinstance(examples, Dataset) else examples,
            tuple(made.critics),
            made.plan.repeats * stage.times,
            made.plan.filters,
            anew=anew,
        )
        return cls(subject.choice, plan, stage.times)

    @property
    def _store(self) -> Store:
        return self.choice.run.store or Store()

    def quote(self) -> Quote:
        return foresee(self.plan, self._store)

    async def run(self, budget: float | None) -> Run:
        return await run_plan(self.plan, self._store, budget)

    def more(self, foreseen: Quote) -> More:
        return More(len(self.plan.examples), self.times, _rounded(foreseen.likely_cost, 3))


@dataclass(frozen=True)
class _Kept:
    """What the store keeps of gates on these rows: the prompts gated, and what each look cost when
    it was paid for, so that a gate asked again decides the same.
    """

    store: Store
    rows: bytes
    pair: tuple[str, str]  # the identities of baseline and head

    @classmethod
    def of(cls, subject: Subject) -> "_Kept | None":
        made = subject.run
        if made.store is None:
            return None
        names = [key.name for key in made.variants]
        asked = [each.asked for each in variant_identities(made)]
        pair = tuple(asked[names.index(n)] for n in (subject.choice.baseline, subject.variant))
        kept = cls(made.store, rows_of(made.examples), (pair[0], pair[1]))
        kept._add({"gated": list(kept.pair)})
        return kept

    def pay(self, look: Named, dollars: float) -> None:
        """Keep what a look cost; one whose answers were all there cost nothing."""
        if dollars:
            paid = None if math.isnan(dollars) else dollars
            self._add({"gated": list(self.pair), "look": list(look), "spent": paid})

    def spent(self, look: Named) -> float:
        """What was paid for a look, now or before; NaN where a price was unknown."""
        mine = (e.record for e in self._entries() if e.rows == self.rows)
        wanted = list(self.pair), list(look)
        return sum(
            or_nan(record["spent"])
            for record in mine
            if (record.get("gated"), record.get("look")) == wanted
        )

    def heads(self) -> int:
        """How many prompts were gated on rows of this lineage, up to the first time of this one;
        where its answers were deleted since, asking for others makes it one more.
        """
        known = self._entries()
        theirs = [known[place] for place in lineage(self.rows, [each.rows for each in known])]
        gated = [each for each in theirs if DELETED not in each.record]
        own = min(each.at for each in gated if each.record["gated"] == list(self.pair))
        deleted = sum(DELETED in each.record and each.at > own for each in theirs)
        return len({each.record["gated"][1] for each in gated if each.at <= own}) + deleted

    def _entries(self) -> list[Entry]:
        return self.store.looks_at("", "")  # compare's looks have a critic's name

    def _add(self, record: Mapping[str, Any]) -> None:
        self.store.add_look(Entry("", "", self.rows, record, time.time()))


def _named(look: Stage | GateLook) -> Named:
    return look.examples, look.times


def _rounded(dollars: float, digits: int) -> float | None:
    return None if math.isnan(dollars) else float(f"{dollars:.{digits}g}")
