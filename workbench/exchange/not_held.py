"""Rows for answers that a log of another tool should hold and does not: whoever compares sees that
they are lacking.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from workbench import words
from workbench.exchange.gathered import Gathered

MOST_NAMED = 3

Key = tuple[str, int]  # example and repeat


class Damaged(NamedTuple):
    """A part of a log that holds an answer and cannot be read, and why."""

    place: str
    key: Key
    fault: str


def add_damaged(variant: Mapping[str, str], damaged: Iterable[Damaged], found: Gathered) -> None:
    """A row with status `error` for each that no other part holds."""
    held = _keys(found)
    for place, key, fault in damaged:
        found.miss(place, f"{fault}: its answer and scores are lacking, and the row is an error")
        if key not in held:
            why = {"status": "error", "error": f"{place} of the log: {fault}"}
            found.rows.append({**variant, "example": key[0], "repeat": key[1], **why})
            held.add(key)


def add_lacking(variant: Mapping[str, str], listed: Sequence[Key], found: Gathered) -> None:
    """A row with status `unsent` for each that a log lists and has no row of."""
    held = _keys(found)
    lacking = [key for key in dict.fromkeys(listed) if key not in held]
    for example, repeat in lacking:
        found.rows.append({**variant, "example": example, "repeat": repeat, "status": "unsent"})
    if lacking:
        named = ", ".join(dict.fromkeys(example for example, _ in lacking[:MOST_NAMED]))
        said = f"{words.count(len(lacking), 'answer')} that it lists it does not hold"
        found.miss("samples", f"{said} ({named}): rows are unsent")


def _keys(found: Gathered) -> set[Key]:
    return {(row["example"], row["repeat"]) for row in found.rows}
