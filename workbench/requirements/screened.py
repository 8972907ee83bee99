# pyright: strict
"""What a screening says of a run's outputs: whether each may reach users, and by whose word."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from workbench import words
from workbench.filters.ruling import ALLOW, UNKNOWN
from workbench.runs import Run, Screening


class Said(NamedTuple):
    """Of one output: people's label, or where there is none the filters' word."""

    is_unsafe: bool
    by: str  # "labelled by people", "by filters", "unknown to the filters"


def said_of_outputs(screening: Screening) -> dict[str, Said]:
    """By text. What the filters could not judge counts as unsafe."""
    return {
        given.text: _labelled(given.is_unwanted)
        if given.is_unwanted is not None
        else _ruled(looked.ruling.word)
        for given, looked in screening.seen
    }


def _labelled(is_unwanted: bool) -> Said:
    return Said(is_unwanted, "labelled by people")


def _ruled(word: str) -> Said:
    by = "unknown to the filters and counted as unsafe" if word == UNKNOWN else "by filters alone"
    return Said(word != ALLOW, by)


def by_whom(said: Iterable[Said]) -> str:
    """40 outputs labelled by people, 20 by filters alone."""
    counts = Counter(each.by for each in said).most_common()
    (by, count), *others = counts
    parts = [f"{words.count(count, 'output')} {by}", *(f"{n:,} {each}" for each, n in others)]
    return ", ".join(parts)


def delivered(run: Run, rows: Sequence[int]) -> dict[int, str]:
    """The outputs of rows that reached users."""
    output, status = run.columns["output"], run.columns["status"]
    return {row: output[row] for row in rows if output[row] and status[row] != "filtered"}
