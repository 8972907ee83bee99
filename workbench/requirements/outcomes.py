# pyright: strict
"""What was checked, as values: a row for every value of every line, the word, and how a gate came
to it.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from workbench import words
from workbench.comparison import Comparison
from workbench.printing import printed
from workbench.requirements.lines import READINGS, Requirement, Requirements, in_unit
from workbench.requirements.settled import Settled
from workbench.stats.intervals import Interval

LineWord = Literal["pass", "fail", "unknown"]
GateWord = Literal["pass", "fail", "inconclusive"]
MOST_NAMED = 12  # values of one line in a sentence
PASSED, FAILED, OPEN = 0, 100, 101  # exit statuses of a gate; 1, 2 and 130 are the tool's own


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
    wants_rows: bool = False  # nothing but more rows is lacking

    @property
    def text(self) -> str:
        """The line in words, and which value of it: `for every language ... (de)`."""
        return self.requirement.text + self.suffix

    @property
    def suffix(self) -> str:
        return f" ({self.of})" if self.of else ""

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
    released: str = ""  # the variant that is the released prompt
    settled: Settled | None = None  # how a gate came to the word, where one did

    @property
    def word(self) -> GateWord:
        """Fail where a line fails; inconclusive where one that blocks is unknown; else pass."""
        if any(each.word == "fail" for each in self.outcomes):
            return "fail"
        return "inconclusive" if self.open else "pass"

    @property
    def open(self) -> tuple[Outcome, ...]:
        """What is unknown and keeps the whole from passing: all of it where nothing is known."""
        unknown = tuple(each for each in self.outcomes if each.word == "unknown")
        nothing = len(unknown) == len(self.outcomes)
        return tuple(each for each in unknown if each.blocks or nothing)

    @property
    def exit_status(self) -> int:
        """0 passed, 100 failed, 101 inconclusive (0 where `on_inconclusive` is warn)."""
        if self.word == "inconclusive":
            return PASSED if self.requirements.gate.on_inconclusive == "warn" else OPEN
        return PASSED if self.word == "pass" else FAILED

    @property
    def sentence(self) -> str:
        """The word, with what decided it and by which values."""
        return self._said(_missed)

    @property
    def brief(self) -> str:
        """The same without the values, for where they stand beside it."""
        return self._said(_measures)

    def _said(self, missed: Callable[[Iterable[Outcome]], list[str]]) -> str:
        if not self.outcomes:
            return "No requirement is written down, so nothing was checked."
        starts = {"pass": "meets", "fail": "misses", "inconclusive": "is not shown to meet"}
        met = sum(each.word == "pass" for each in self.outcomes)
        failed = missed(each for each in self.outcomes if each.word == "fail")
        parts = [f"{met:,} of {len(self.outcomes):,} met", *self._parts(failed)]
        said = f"{self.variant} {starts[self.word]} its requirements: {'; '.join(parts)}."
        return " ".join(filter(None, (said, self.settled.sentence if self.settled else "")))

    def _parts(self, missed: list[str]) -> Iterator[str]:
        """What is missed, and what is not shown or not tested."""
        unknown = [each for each in self.outcomes if each.word == "unknown"]
        groups = {
            "missed": missed,
            "not shown": _titles(each for each in unknown if each.value),
            "not tested": _titles(each for each in unknown if not each.value),
        }
        yield from (f"{name}: {words.listed(lines)}" for name, lines in groups.items() if lines)

    def decision(self) -> dict[str, Any]:
        """What was decided and on what, as plain data: the same for the same evidence."""
        asked = self.requirements
        found: dict[str, Any] = {
            "word": self.word,
            "sentence": self.sentence,
            "variant": self.variant,
            "level": asked.gate.level,
            "requirements": asked.name,
            "rules": asdict(asked.gate),
            "use_case": {**asdict(asked.use_case), "sentence": asked.use_case.sentence},
            "lines": [_plain(each) for each in self.outcomes],
        }
        return found | ({"settled": asdict(self.settled)} if self.settled else {})

    def __repr__(self) -> str:
        return f"Checked: {self.sentence}"


def _titles(outcomes: Iterable[Outcome]) -> list[str]:
    """The lines by what they measure, each once with the slices that are concerned."""
    of: dict[str, list[str]] = {}
    for each in outcomes:
        of.setdefault(each.requirement.title, []).append(words.brief(each.of))
    return [
        f"{title} ({', '.join(_first(each))})" if any(each) else title for title, each in of.items()
    ]


def _first(values: Sequence[str]) -> list[str]:
    """As many as a sentence can name; a table holds all."""
    more = len(values) - MOST_NAMED
    return [*values[:MOST_NAMED], *([f"{more:,} more"] if more > 0 else [])]


def _measures(outcomes: Iterable[Outcome]) -> list[str]:
    """What the lines measure, each once."""
    return list(dict.fromkeys(each.requirement.title for each in outcomes))


def _missed(outcomes: Iterable[Outcome]) -> list[str]:
    """The lines with their values, each once: examples of every language at least 30, but 4 (de)
    and 26 (en).
    """
    of: dict[str, list[Outcome]] = {}
    for each in outcomes:
        of.setdefault(each.requirement.text, []).append(each)
    return [_together(text, each) for text, each in of.items()]


def _together(text: str, outcomes: Sequence[Outcome]) -> str:
    """One line, with each of its values that is missed."""
    values = [_valued(each) for each in outcomes]
    return f"{text}, but {words.listed(_first(values))}" if len(values) > 1 else named(outcomes[0])


def _valued(outcome: Outcome) -> str:
    value, of = outcome.value, f" ({words.brief(outcome.of)})" if outcome.of else ""
    return f"{in_unit(outcome.requirement, value) if value else 'unknown'}{of}"


def named(outcome: Outcome) -> str:
    """A line in words, with its value: p95 latency at most 1.50 s, but 1.71 s; where it is met,
    p95 latency at most 1.50 s: 1.21 s.
    """
    value, but = outcome.value, ": " if outcome.word == "pass" else ", but "
    return f"{outcome.text}{f'{but}{in_unit(outcome.requirement, value)}' if value else ''}"


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
    return float(f"{value:.9g}") if math.isfinite(value) else None
