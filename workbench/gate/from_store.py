# pyright: strict
"""What earlier stages left in the store of the variant that is gated: the newest load tests,
limited release and forecast of its very text, model and filters, and not older than they may be.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from workbench import words
from workbench.errors import WorkbenchError
from workbench.kept.keeping import KINDS, read_kept
from workbench.kept.measured_of import Key
from workbench.requirements.examined import Subject
from workbench.requirements.later import Later
from workbench.requirements.lines import Requirements
from workbench.requirements.stored import Stored
from workbench.serving import Capacity, capacity
from workbench.store.evidence_table import Measurement

DAY = 86_400.0
NAMES: Mapping[str, tuple[str, str]] = {  # a kind in words, and how it is made anew
    "capacity": ("load tests", "load its server again, and keep that: wb.keep"),
    "hosting": ("hosting", "weigh it again, and keep that: wb.keep"),
    "trial": ("limited release", "release this one to some users, and keep that: wb.keep"),
    "forecast": ("forecast", "forecast its launch again, and keep that: wb.keep"),
}


def from_store(subject: Subject) -> Subject:
    """The subject with what the store holds of it; as it is without a store.

    Age is counted up to the newest answer of the variant, never by a clock, so that a store says
    the same again.
    """
    if subject.run.store is None or not (kept := subject.run.store.evidence.every()):
        return subject
    key = Key.of_variant(subject.run, subject.key)
    choosing = _Choosing(kept, key, subject.gate.kept_for, _newest_answer(subject))
    return replace(subject, stored=choosing.stored(subject.variant, subject.requirements))


def _newest_answer(subject: Subject) -> float | None:
    """When the newest answer of the variant came; None where no answer says."""
    run, rows = subject.run, set(subject.rows)
    cells = run.store.cells(run.id) if run.store else ()
    times = [cell["at"] for cell in cells if cell["row"] in rows and cell["at"] is not None]
    return max(times, default=None)


@dataclass(frozen=True)
class _Choosing:
    """What is kept, oldest first, and what of it counts."""

    kept: Sequence[Measurement]
    key: Key
    most: float  # days
    until: float | None

    def stored(self, variant: str, asked: Requirements) -> Stored:
        newest: dict[str, Measurement] = {}
        lacks: dict[str, tuple[str, str]] = {}
        for kind in KINDS:
            found, why = self._chosen(kind)
            if found:
                newest[kind] = found
            if why:
                lacks[kind] = why, NAMES[kind][1]
        things: dict[str, Any] = {}
        for kind, each in newest.items():
            try:
                things[kind] = _asked_of(read_kept(each), asked)
            except WorkbenchError as error:
                lacks[kind] = str(error), NAMES[kind][1]
        when = {kind: self._when(each) for kind, each in newest.items()}
        return Stored(dict(_by_stage(variant, things)), when, lacks)

    def _chosen(self, kind: str) -> tuple[Measurement | None, str]:
        """The newest of a kind that counts, else why none does."""
        mine = [each for each in self.kept if each.kind == kind]
        fitting = [each for each in mine if self.key.fits(each)]
        if not fitting:
            return None, next(self._others(kind, mine), "")
        newest = fitting[-1]
        if self._days(newest) <= self.most:
            return newest, ""
        old = f"{self._days(newest):,.0f} days before these answers"
        return None, f"the newest {_named(kind, newest)} is too old: {old}, {self.most:g} count"

    def _others(self, kind: str, mine: Sequence[Measurement]) -> Iterator[str]:
        """What is kept in place of what would fit, the nearest first."""
        for each in reversed(mine):
            if each.prompt == self.key.prompt and each.model == self.key.model:
                yield f"the newest {_named(kind, each)} stood behind other filters"
        for each in reversed(mine):
            if each.prompt == self.key.prompt:
                yield f"the newest {_named(kind, each)} is of {each.named.get('model')}"
        for each in reversed(mine):
            if each.named.get("prompt") == self.key.prompt_name:
                other = f"another text of {self.key.prompt_name}"
                yield f"the newest {_named(kind, each)} is of {other}"

    def _days(self, measured: Measurement) -> float:
        """How much older it is than the variant's answers."""
        return 0.0 if self.until is None else max(0.0, (self.until - measured.at) / DAY)

    def _when(self, measured: Measurement) -> str:
        """measured 2026-11-20, 9 days before these answers."""
        days = round(self._days(measured))
        before = f", {words.count(days, 'day')} before these answers" if days else ""
        return f"measured {_day(measured)}{before}"


def _named(kind: str, measured: Measurement) -> str:
    return f"{NAMES[kind][0]} ({_day(measured)})"


def _day(measured: Measurement) -> str:
    return datetime.fromtimestamp(measured.at, UTC).date().isoformat()


def _asked_of(thing: Any, asked: Requirements) -> Any:
    """It held against what is asked now. WorkbenchError where load was held to other bounds."""
    return capacity(thing.loads, asked) if isinstance(thing, Capacity) else thing


def _by_stage(variant: str, things: Mapping[str, Any]) -> Iterator[tuple[str, Later]]:
    """What each stage knows; of the rate a server carries the forecast's peak has a say."""
    for kind in things:
        given: dict[str, Any] = {kind: things[kind]}
        if kind == "capacity" and "forecast" in things:
            given["forecast"] = things["forecast"]
        yield kind, Later(variant, **given)
