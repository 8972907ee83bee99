"""Rows whose order tells how they fare: a drift, or streaks of rows that fare alike. Then rows of a
part of a file, or of one time, are no draw of what comes later.
"""

import math

import numpy as np
from scipy.special import ndtr

from workbench.comparison.evidence import Evidence
from workbench.comparison.result import Difference
from workbench.stats.claiming import reading
from workbench.stats.design_effect import design_effect
from workbench.stats.intervals import Floats, Interval

BLOCK, BLOCKS = 10, 10  # rows of one at most, and how many at least
TELLS = 0.025  # p of either test, of a drift and of streaks
SHUFFLES = 199  # enough to tell by, and a decision on many variants asks it of each
CLAIMS = ("better", "worse", "tie")


def by_blocks(evidence: Evidence, found: Difference) -> Interval | None:
    """What neighbouring rows taken together show of a challenger that a word was said of, where
    their order tells how they fare; None where it does not, or their groups are known.
    """
    said = found.decision in CLAIMS and found.decided_by != "labels"
    if not said or evidence.rules.groups is not None:
        return None
    rows = evidence.with_failures[evidence.scores.index(found.challenger)]
    rows = rows[~np.isnan(rows)]
    if not tells(rows):
        return None
    limits = reading(rows, evidence.rules.tail, _blocks(len(rows)), evidence.among)
    return Interval(*(float(each[0]) for each in limits[:3]))


def tells(rows: Floats) -> bool:
    """Whether differences `(n,)` drift in their order or come in streaks, beyond chance."""
    if len(rows) < 2 * BLOCKS or np.ptp(rows) == 0:
        return False
    slope = float(np.corrcoef(rows, np.arange(len(rows)))[0, 1])
    drifts = 2 * ndtr(-abs(slope) * math.sqrt(len(rows) - 1)) < TELLS
    return drifts or design_effect(rows, _blocks(len(rows)), most=SHUFFLES).p < TELLS


def _blocks(rows: int) -> np.ndarray:
    return np.arange(rows) // max(2, min(BLOCK, rows // BLOCKS))
