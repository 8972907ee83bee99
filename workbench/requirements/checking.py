# pyright: strict, reportMissingTypeStubs=false
"""check: every line of the requirements against what was measured; pass, fail or inconclusive.

A line passes at the full one-sided level, for all lines must pass; failing shares the error over
the lines, and over the values of a slice, by Holm.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from workbench import words
from workbench.comparison import Comparison
from workbench.comparison.bounding import Limits
from workbench.datasets import Dataset
from workbench.errors import RequirementError
from workbench.printing import printed
from workbench.requirements.lines import READINGS, Requirement, Requirements, bounds_of, in_unit
from workbench.requirements.measuring import (
    COVERAGE,
    Measured,
    Subject,
    covered,
    measured,
    subject_of,
)
from workbench.requirements.parsing import load_requirements
from workbench.requirements.reach import available, check_rows, rows_needed
from workbench.stats.claiming import holm_passes
from workbench.stats.intervals import Interval

LARGEST_TAIL, LEAST_TAIL, HALVINGS = 0.25, 1e-9, 40  # where a p value is looked for
LineWord = Literal["pass", "fail", "unknown"]
GateWord = Literal["pass", "fail", "inconclusive"]


@dataclass(frozen=True)
class Outcome:
    """One value of one line: what was found, and whether the line holds of it."""

    requirement: Requirement
    word: LineWord
    of: str  # the slice's value or the language; empty for the whole
    value: Interval | None  # limits at the gate's one-sided level; None where nothing is known
    rows: int
    evidence: str
    reason: str  # why nothing is known, or empty
    next_step: str

    @property
    def reading(self) -> str:
        """The word as people read it: met, missed, not shown, not tested."""
        return READINGS[self.word] if self.value else "not tested"

    @property
    def blocks(self) -> bool:
        """Whether an unknown line keeps the whole from passing."""
        return self.requirement.on_unknown == "block"


@printed
@dataclass(frozen=True)
class Checked:
    """Requirements held against evidence: a row for every value of every line."""

    requirements: Requirements
    variant: str
    outcomes: tuple[Outcome, ...]
    choice: Comparison | None = None

    @property
    def word(self) -> GateWord:
        """Fail where a line fails; inconclusive where one that blocks is unknown; else pass."""
        if any(each.word == "fail" for each in self.outcomes):
            return "fail"
        return "inconclusive" if self.open else "pass"

    @property
    def open(self) -> tuple[Outcome, ...]:
        """What is unknown and keeps the whole from passing."""
        return tuple(each for each in self.outcomes if each.word == "unknown" and each.blocks)

    @property
    def sentence(self) -> str:
        """The word, with what decided it."""
        if not self.outcomes:
            return "No requirement is written down, so nothing was checked."
        starts = {"pass": "meets", "fail": "misses", "inconclusive": "is not shown to meet"}
        met = sum(each.word == "pass" for each in self.outcomes)
        parts = [f"{met:,} of {len(self.outcomes):,} met", *self._parts()]
        return f"{self.variant} {starts[self.word]} its requirements: {'; '.join(parts)}."

    def _parts(self) -> Iterator[str]:
        """What is missed, with its values, and what is not shown or not tested."""
        missed = [named(each) for each in self.outcomes if each.word == "fail"]
        unknown = [each for each in self.outcomes if each.word == "unknown"]
        groups = {
            "missed": missed,
            "not shown": _titles(each for each in unknown if each.value),
            "not tested": _titles(each for each in unknown if not each.value),
        }
        yield from (f"{name}: {words.listed(lines)}" for name, lines in groups.items() if lines)

    def decision(self) -> dict[str, Any]:
        """What was decided and on what, as plain data: the same for the same evidence."""
        gate, use_case = self.requirements.gate, self.requirements.use_case
        lines = [_plain(each) for each in self.outcomes]
        return {
            "word": self.word,
            "sentence": self.sentence,
            "variant": self.variant,
            "level": gate.level,
            "use_case": {**asdict(use_case), "sentence": use_case.sentence},
            "lines": lines,
        }

    def __repr__(self) -> str:
        return f"Checked: {self.sentence}"


def check(
    requirements: Requirements | str | Path,
    *evidence: Comparison | Dataset,
    variant: str | None = None,
    released: str = "",
) -> Checked:
    """Each requirement with its value and interval, pass, fail or unknown, and the next step.

    `requirements` may be the path of their file, "" for none. `evidence` is what was measured: a
    comparison, or before any run the dataset; a line that it does not measure is unknown. A dataset
    whose rows (or `extend_to`) can never show a line raises RequirementError. `variant` is who is
    checked, unless given the one that would ship: then its level is shared over all variants of the
    run, for it was chosen among them on these rows. `released` names the variant that is the
    released prompt.
    """
    asked = requirements if isinstance(requirements, Requirements) else _loaded(requirements)
    if len(evidence) != 1:
        raise RequirementError("check takes one comparison (wb.compare) or dataset as evidence")
    (measured_by,) = evidence
    if isinstance(measured_by, Comparison):
        return _of_comparison(asked, measured_by, variant, released)
    if not isinstance(measured_by, Dataset):  # pyright: ignore[reportUnnecessaryIsInstance] - users' own
        raise RequirementError(f"check knows no evidence of {type(measured_by).__name__}")
    return _of_dataset(asked, measured_by)


def _loaded(path: str | Path) -> Requirements:
    return load_requirements(path) if path else Requirements("", ())


def _of_comparison(
    requirements: Requirements, choice: Comparison, variant: str | None, released: str
) -> Checked:
    subject = subject_of(requirements, choice, variant, released)
    tail = requirements.gate.tail / (1 if variant else len(subject.run.variants))
    found = [(line, measured(subject, line)) for line in requirements.lines]
    unmeasured = partial(_unmeasured, subject)
    outcomes = _all_outcomes(found, requirements.gate.tail, tail, unmeasured)
    return Checked(requirements, subject.variant, outcomes, choice)


def _of_dataset(requirements: Requirements, examples: Dataset) -> Checked:
    """What the examples alone show, before anything is asked."""
    check_rows(requirements, available(examples))
    found = [
        (line, tuple(covered(requirements, examples, line)) if line.measure == COVERAGE else ())
        for line in requirements.lines
    ]
    tail = requirements.gate.tail
    outcomes = _all_outcomes(found, tail, tail, lambda line: ("nothing was asked yet", "run it"))
    return Checked(requirements, examples.name, outcomes)


Found = Sequence[tuple[Requirement, tuple[Measured, ...]]]
Why = tuple[str, str]  # why a line has no value, and what would give it one


def _failing(found: Found, tail: float) -> set[int]:
    """The ids of the values that surely break their line, all of them at once (Holm)."""
    values = [(line, each) for line, measured in found for each in measured if not each.doubt]
    p = [_p_holds(line, each.limits) for line, each in values]
    failed = holm_passes(np.array(p, dtype=float), tail) if p else ()
    return {id(each) for (_, each), fails in zip(values, failed, strict=True) if fails}


def _p_holds(line: Requirement, limits: Limits) -> float:
    """One-sided p of "the line holds": the least tail at which the limits deny it."""
    low, high = np.log(LEAST_TAIL), np.log(LARGEST_TAIL)
    if not _broken(line, limits(LARGEST_TAIL)):
        return 1.0
    if _broken(line, limits(LEAST_TAIL)):
        return LEAST_TAIL
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (
            (low, middle) if _broken(line, limits(float(np.exp(middle)))) else (middle, high)
        )
    return float(np.exp(high))


def _met(line: Requirement, value: Interval) -> bool:
    """Whether limits show that a line holds; a bound that is met exactly is met."""
    least, most = bounds_of(line)
    return value.low >= least and value.high <= most and (line.margin is None or value.low > least)


def _broken(line: Requirement, value: Interval) -> bool:
    least, most = bounds_of(line)
    return value.high < least or value.low > most


def _all_outcomes(
    found: Found, failing_tail: float, tail: float, unmeasured: Callable[[Requirement], Why]
) -> tuple[Outcome, ...]:
    failing = _failing(found, failing_tail)
    outcomes: list[Outcome] = []
    for line, values in found:
        if not values:
            outcomes.append(Outcome(line, "unknown", "", None, 0, "", *unmeasured(line)))
        outcomes += [_outcome(line, each, id(each) in failing, tail) for each in values]
    return tuple(outcomes)


def _outcome(line: Requirement, found: Measured, fails: bool, tail: float) -> Outcome:
    value, reason, step = found.limits(tail), "", ""
    word: LineWord = "fail" if fails else "unknown"
    if not found.doubt and not fails and _met(line, value):
        word = "pass"
    if word == "unknown":
        reason = found.doubt or "too few rows to know"
        step = found.next_step if found.doubt else _more_rows(line, found, tail)
    elif word == "fail":
        step = found.next_step
    return Outcome(line, word, found.of, value, found.rows, found.evidence, reason, step)


def _unmeasured(subject: Subject, line: Requirement) -> Why:
    """Why a line has no value, and what would give it one."""
    if line.baseline and subject.baseline(line) is None:
        what = f"no variant of this run is {line.baseline!r}"
        return what, "run the released prompt beside this one, or name another baseline"
    if line.measure == "cost":
        return "no price is known", "name a price in models.yaml"
    if line.measure == "first_token":
        return "no answer was streamed", "set stream: true among the model's parameters"
    return "nothing measured it", "give check the evidence of the stage that does"


def _more_rows(line: Requirement, found: Measured, tail: float) -> str:
    needed = rows_needed(line, tail)
    if found.rows < needed:
        return f"{words.count(needed, 'row')} or more, where all goes well"
    return "more rows"


def _titles(outcomes: Iterable[Outcome]) -> list[str]:
    """The lines by what they measure, each once with the slices that are concerned."""
    of: dict[str, list[str]] = {}
    for each in outcomes:
        of.setdefault(each.requirement.title, []).append(each.of)
    return [f"{title} ({', '.join(each)})" if any(each) else title for title, each in of.items()]


def named(outcome: Outcome) -> str:
    """A line in words, with its value: p95 latency at most 1.50 s, but 1.71 s."""
    of = f" ({outcome.of})" if outcome.of else ""
    line, value = outcome.requirement, outcome.value
    return f"{line.text}{of}{f', but {in_unit(line, value)}' if value else ''}"


def _plain(outcome: Outcome) -> dict[str, Any]:
    line = {
        name: each for name, each in asdict(outcome.requirement).items() if each not in ("", None)
    }
    value = outcome.value and [_nine(each) for each in outcome.value]
    return {
        "requirement": line,
        "text": outcome.requirement.text,
        "of": outcome.of,
        "word": outcome.word,
        "value": value,
        "rows": outcome.rows,
        "evidence": outcome.evidence,
        "reason": outcome.reason,
        "next_step": outcome.next_step,
    }


def _nine(value: float) -> float | None:
    return float(f"{value:.9g}") if np.isfinite(value) else None
