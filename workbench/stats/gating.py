"""A gate that may look at more rows until it knows: its looks, its ends, its operating curve.

All differences are new minus old as shares of the scale, -1 to 1, up is good. Passing and failing
each have their own one-sided error (METHODS 4.10).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.stats.bounded import p_mean_at_least, p_mean_at_most
from workbench.stats.claiming import GATE_ERROR
from workbench.stats.intervals import Floats, finite
from workbench.stats.tails import planned_tails

DRAWS = 400  # simulated gates for one true change
CHANGES = (-0.2, -0.15, -0.1, -0.075, -0.05, -0.025, 0.0, 0.025, 0.05)
IMAGINED = 0.5  # weight of a row at either end, so that a loss not seen yet has a chance
STEEPEST = 200.0  # tilt of the weights


def gate_looks(first: int, extend_to: int | None = None) -> tuple[int, ...]:
    """The rows at which a gate may conclude: first, 2 first, 3 first, ..., `extend_to` itself.

    Not for a gate that has looked already: looks are planned before the first.
    """
    if first < 1:
        raise ValueError(f"a gate needs rows to look at, not {first}")
    last = max(extend_to or first, first)
    return (*range(first, last, first), last)


def gate_tails(looks: Sequence[int], error: float = GATE_ERROR) -> tuple[float, ...]:
    """The tail of each look, for passing and for failing each: O'Brien-Fleming, planned before.

    Not for a look that is added later.
    """
    return planned_tails(looks, error)


class GateEnds(NamedTuple):
    """Of each gate `(gates,)`: 1 passed, -1 failed, 0 inconclusive, and the rows it read."""

    word: NDArray[np.int_]
    rows: NDArray[np.int_]


def gate_ends(
    differences: ArrayLike, margin: float, looks: Sequence[int], error: float = GATE_ERROR
) -> GateEnds:
    """How gates on `differences` `(gates, rows)`, in the order they are read, end at these looks.

    At each look a gate passes at p(-margin) < tail and fails at the mirror, with the tails of
    `gate_tails`. Not for looks that were not planned: the tails are those of all of them.
    """
    rows = np.atleast_2d(finite(differences))
    word, read = np.zeros(len(rows), dtype=int), np.full(len(rows), looks[-1])
    for count, tail in zip(looks, gate_tails(looks, error), strict=True):
        going = word == 0
        passed = going & (p_mean_at_most(rows[:, :count], -margin, -1) < tail)
        failed = going & (p_mean_at_least(rows[:, :count], -margin, 1) < tail)
        word = np.where(passed, 1, np.where(failed, -1, word))
        read = np.where(passed | failed, count, read)
    return GateEnds(word, read)


@dataclass(frozen=True, slots=True)
class Operating:
    """How often a gate passes, fails and stays inconclusive at a true change, on how many rows."""

    change: float
    passes: float
    fails: float
    inconclusive: float
    rows: float  # on average


def operating_curve(
    differences: ArrayLike,
    margin: float,
    looks: Sequence[int],
    *,
    error: float = GATE_ERROR,
    changes: Sequence[float] = CHANGES,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[Operating, ...]:
    """The chances of a gate on rows that scatter like `differences` `(n,)`, for true changes.

    Rows are drawn from those seen and half a row at either end, with weights tilted (in proportion
    to e^(t d)) until their mean is the change; `draws` gates a change, seeded. NaN leaves. Losses
    too rare to be among these rows are not in it.
    """
    known = finite(differences).reshape(-1)
    seen = np.concatenate([known[~np.isnan(known)], [-1.0, 1.0]])
    random = np.random.default_rng(seed)
    curve = []
    for change in changes:
        drawn = random.choice(seen, (draws, looks[-1]), p=_chances(seen, change))
        ends = gate_ends(drawn, margin, looks, error)
        passes, fails, open_ = (float((ends.word == word).mean()) for word in (1, -1, 0))
        curve.append(Operating(change, passes, fails, open_, float(ends.rows.mean())))
    return tuple(curve)


def _chances(values: Floats, mean: float) -> Floats:
    """Chances in proportion to weight e^(t value), t such that their mean is `mean`; the last two
    values are the imagined ones.
    """
    from scipy.optimize import root_scalar  # here: it takes a fifth of a second

    weights = np.ones(len(values))
    weights[-2:] = IMAGINED

    def at(tilt: float) -> Floats:
        raw = weights * np.exp(tilt * values - abs(tilt))
        return raw / raw.sum()

    def gap(tilt: float) -> float:
        return float(at(tilt) @ values) - mean

    return at(root_scalar(gap, bracket=(-STEEPEST, STEEPEST)).root)
