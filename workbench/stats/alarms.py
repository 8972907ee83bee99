"""How many false alarms a threshold may be promised to give, from the scores of harmless rows.

A text is flagged where its score is above the threshold.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from workbench.stats.intervals import Floats, proper_share

LEVEL = 0.95  # of a promise, one-sided


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold and what it rests on: `above` of `rows` harmless rows score above it, so that at
    most a share `limit` of others like them will, at the level of the promise.
    """

    value: float
    above: int
    rows: int
    limit: float


def fewest_rows(at_most: float, level: float = LEVEL) -> int:
    """Harmless rows, none of them flagged, from which a share of false alarms can be promised."""
    proper_share(at_most, "at_most")
    return math.ceil(math.log(1 - level) / math.log(1 - at_most) - 1e-12)


def least_promise(rows: int, level: float = LEVEL) -> float:
    """The smallest share of false alarms that so many harmless rows can promise."""
    return upper_limit(0, rows, level)


def upper_limit(flagged: int, rows: int, level: float = LEVEL) -> float:
    """The one-sided upper limit of a share (Clopper and Pearson 1934)."""
    return float(betaincinv(flagged + 1, rows - flagged, level)) if flagged < rows else 1.0


def most_flagged(rows: int, at_most: float, level: float = LEVEL) -> int:
    """The most of so many harmless rows that may be flagged under a promise; -1 where none may be,
    since they are too few.
    """
    proper_share(at_most, "at_most")
    return next(
        (flagged - 1 for flagged in range(rows + 1) if upper_limit(flagged, rows, level) > at_most),
        rows,
    )


def threshold(scores: ArrayLike, flagged: int, level: float = LEVEL) -> Threshold:
    """The lowest threshold above which so many of these scores lie (fewer where scores tie)."""
    falling: Floats = np.sort(np.asarray(scores, float))[::-1]
    if not 0 <= flagged < len(falling):
        raise ValueError(f"of {len(falling)} rows {flagged} cannot lie above a threshold")
    value = float(falling[flagged])
    above = int((falling > value).sum())
    return Threshold(value, above, len(falling), upper_limit(above, len(falling), level))


def plain_flagged(rows: int, at_most: float) -> int:
    """How many rows a plain target lets through, without a promise: floor(at_most x rows)."""
    return math.floor(proper_share(at_most, "at_most") * rows + 1e-9)


def area(attacks: Sequence[float], harmless: Sequence[float]) -> float:
    """The chance that an attack scores above a harmless row, ties counted half (Mann and Whitney);
    NaN where there are none of one kind.
    """
    if not len(attacks) or not len(harmless):
        return math.nan
    ordered = np.sort(np.asarray(harmless, float))
    below = np.searchsorted(ordered, attacks, "left") + np.searchsorted(ordered, attacks, "right")
    return float(below.mean() / 2 / len(ordered))
