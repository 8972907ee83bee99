"""What is read of another tool's results: rows of a run, and what was not understood, with its
place.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.datasets import Example
from workbench.files import fingerprint
from workbench.models.endings import ending
from workbench.printing import printed
from workbench.runs.given import RUN_COLUMNS
from workbench.runs.record import Unread
from workbench.stats.scale import Scale

LARGEST = 1e12  # of tokens, seconds and dollars
DEEPEST = 40  # levels of an example's values
MOST_UNREAD = 1_000  # of which each is kept by itself
UNIT = Scale()


@printed
@dataclass
class Gathered:
    """Rows with their critics and examples, as they are found."""

    tool: str
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    scores: dict[str, list[float]] = field(default_factory=dict[str, list[float]])  # by critic
    examples: dict[str, Example] = field(default_factory=dict[str, Example])
    asked: dict[str, str] = field(default_factory=dict[str, str])  # marks what each example asks
    unread: list[Unread] = field(default_factory=list[Unread])
    more: int = 0  # things that were not understood, beyond those that are listed

    def __repr__(self) -> str:
        return f"Gathered from {self.tool}: {len(self.rows):,} rows"

    def miss(self, place: str, what: str) -> None:
        """Keep what was not understood."""
        if len(self.unread) < MOST_UNREAD:
            self.unread.append(Unread(place, what))
        else:
            self.more += 1

    def judge(self, row: dict[str, Any], critic: str, score: Any, reason: Any, place: str) -> None:
        """Give a row a critic's score, NaN where there is none; only answers that came whole have
        scores.
        """
        name, number = critic_name(critic), _number(score)
        if name in row:
            self.miss(place, f"{critic} scored this answer already: the first score is kept")
            return
        if number is None:
            self.miss(place, f"the score of {critic} is {str(score)[:40]!r}, no number")
        elif row.get("status", "ok") != "ok":
            self.miss(place, f"{critic} scored an answer that is {row['status']}: left out")
            number = math.nan
        row[name] = math.nan if number is None else number
        if isinstance(reason, str) and reason:
            row[f"{name}.reason"] = reason
        known = self.scores.setdefault(name, [])
        if number is not None and not math.isnan(number):
            known.append(number)

    def scales(self) -> dict[str, Scale]:
        """The scale of each critic: from 0 to 1, else from the least to the greatest value seen."""
        return {name: self._scale(name, values) for name, values in self.scores.items()}

    def _scale(self, name: str, values: Iterable[float]) -> Scale:
        low, high = min(values, default=0.0), max(values, default=1.0)
        if low >= 0 and high <= 1:
            return UNIT
        self.miss(name, f"its scale is not said: taken from its values, {low:g} to {high:g}")
        return Scale(min(low, 0.0), high if high > min(low, 0.0) else low + 1)

    def example(self, id: str, inputs: Mapping[str, Any], expected: Any, asks: Any = None) -> str:
        """Keep an example; its id. `asks` is what another file's example of this name asks too, if
        that is not all of its inputs.
        """
        if id not in self.examples:
            self.asked[id] = fingerprint(plain(dict(inputs) if asks is None else asks))
            held = [dict(inputs), expected]
            kept = plain(held)
            if kept != held:
                said = f"what is no finite number, or deeper than {DEEPEST} levels, is left out"
                self.miss(f"example {id}", said)
            self.examples[id] = Example(id, *kept)
        return id

    def rename(self, names: Mapping[str, str]) -> None:
        """Give examples other names, and the rows that name them."""
        for row in self.rows:
            row["example"] = names.get(row["example"], row["example"])
        kept = [replace(each, id=names.get(id, id)) for id, each in self.examples.items()]
        self.examples = {each.id: each for each in kept}


def plain(value: Any, levels: int = DEEPEST) -> Any:
    """A value of JSON with None for numbers that are not finite and for what is nested too deep."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return None
    if isinstance(value, list):
        return [plain(each, levels - 1) for each in value]
    return {name: plain(each, levels - 1) for name, each in value.items()}


def end_of(word: Any) -> str:
    """The status of an answer by the word for its end; of one that says none it is whole."""
    return "ok" if word in (None, "unknown") else ending(str(word))


def measures(found: Mapping[str, Any]) -> dict[str, Any]:
    """The finite numbers of these, not below 0; what counts tokens is whole."""
    kept = {name: value for name, value in found.items() if _is_size(value)}
    return {
        name: value for name, value in kept.items() if "tokens" not in name or value == int(value)
    }


def _is_size(value: Any) -> bool:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return good and 0 <= value < LARGEST


def critic_name(name: str) -> str:
    """A critic's name that is no column of every run, and no part of another critic."""
    plain = name.strip().replace(".", "_") or "score"
    taken = plain in RUN_COLUMNS or plain.startswith("tag_")
    return f"{plain}_score" if taken else plain


def _number(score: Any) -> float | None:
    """A finite number, NaN for none, None for what is neither."""
    if score is None:
        return math.nan
    if isinstance(score, bool | int | float) and not abs(score) > LARGEST:
        return float(score)
    return None
