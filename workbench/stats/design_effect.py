# pyright: strict, reportMissingTypeStubs=false, reportUnknownMemberType=false
"""How much less rows tell that come in groups: the design effect of one grouping, and whether the
rows themselves show it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.intervals import Codes, Floats, scores
from workbench.stats.scale import ROUNDING

FARTHER = 20  # shuffles that part the groups as far as the rows do, after which it is chance
LEAST, MOST = 199, 1_999  # shuffles of rows that go together more than chance has it
AT_ONCE, MOST_AT_ONCE = 50, 1_000_000  # shuffles, and rows of them
MOST_ROWS = 200_000_000  # shuffled in all, where so few as the least do not pass it


class DesignEffect(NamedTuple):
    """By how much the variance of the mean grows, and the p of "rows of a group are no more alike
    than others", by shuffling the rows.
    """

    factor: float
    p: float
    groups: int


def design_effect(rows: ArrayLike, groups: ArrayLike, *, most: int = MOST) -> DesignEffect:
    """Of rows `(n,)` in `groups` `(n,)`; NaN rows leave; by `most` shuffles.

    1 + (sum size^2/n - 1) rho with the intraclass correlation rho of ANOVA (Donner and Koval 1980),
    0 where it is negative. A factor of 1 and p of 1 where there is one group, or one row in each.
    p by shuffles of the rows (seed 0), which end when 20 part the groups as far (Besag and Clifford
    1991): the F test of the same is no test of a few rare differences in groups of unlike sizes
    (alarms in .25 of 400 such rows without any grouping, nominal .05).
    """
    values, labels = scores(rows), np.asarray(groups)
    known = ~np.isnan(values)
    values, codes = values[known], np.unique(labels[known], return_inverse=True)[1]
    sizes = np.bincount(codes).astype(float)
    n, count = len(values), len(sizes)
    if count < 2 or count == n:
        return DesignEffect(1.0, 1.0, count)
    between, within = _mean_squares(values, codes, sizes)
    if between <= within:
        return DesignEffect(1.0, 1.0, count)
    return DesignEffect(_factor(between, within, sizes), _p(values, codes, sizes, most), count)


def _p(values: Floats, codes: Codes, sizes: Floats, most: int) -> float:
    """The share of shuffles that part the groups as far as the rows do."""
    far = _parted(np.bincount(codes, values).astype(float), sizes) * (1 - ROUNDING)
    farther, shuffles = 0, min(max(MOST_ROWS // len(values), LEAST), most)
    done = 0
    for parted in _shuffled(values, sizes, shuffles):
        reached = farther + np.cumsum(parted >= far)
        farther = int(reached[-1])
        if farther >= FARTHER:
            return FARTHER / (done + int(np.argmax(reached == FARTHER)) + 1)
        done += len(parted)
    return (farther + 1) / (shuffles + 1)


def _shuffled(values: Floats, sizes: Floats, shuffles: int) -> Iterator[Floats]:
    """How far groups of these sizes lie apart in shuffles of the values, some at a time."""
    random, starts = np.random.default_rng(0), np.append(0, np.cumsum(sizes)[:-1]).astype(np.intp)
    at_once = min(AT_ONCE, max(1, MOST_AT_ONCE // len(values)))
    for begin in range(0, shuffles, at_once):
        rows = np.broadcast_to(values, (min(at_once, shuffles - begin), len(values)))
        yield _parted(np.add.reduceat(random.permuted(rows, axis=1), starts, axis=1), sizes)


def _parted(sums: Floats, sizes: Floats) -> Floats:
    """How far groups with these sums lie apart: what the mean square between grows with."""
    return (sums**2 / sizes).sum(axis=-1)


def _mean_squares(values: Floats, codes: Codes, sizes: Floats) -> tuple[float, float]:
    """Between groups and within them."""
    means = np.bincount(codes, values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (len(sizes) - 1)
    within = float(((values - means[codes]) ** 2).sum()) / (len(values) - len(sizes))
    return between, within


def _factor(between: float, within: float, sizes: Floats) -> float:
    """The design effect of groups of these sizes, from the mean squares between and within."""
    n = float(sizes.sum())
    alike = float((sizes**2).sum()) / n
    size = (n - alike) / (len(sizes) - 1)
    rho = (between - within) / (between + (size - 1) * within)
    return 1 + (alike - 1) * rho
