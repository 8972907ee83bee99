# pyright: strict, reportMissingTypeStubs=false, reportUnknownMemberType=false
"""How much less rows tell that come in groups: the design effect of one grouping, and whether the
rows themselves show it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import f as f_distribution

from workbench.stats.intervals import Codes, Floats, scores


class DesignEffect(NamedTuple):
    """By how much the variance of the mean grows, and the p of "rows of a group are no more alike
    than others" (F test of one-way analysis of variance).
    """

    factor: float
    p: float
    groups: int


def design_effect(rows: ArrayLike, groups: ArrayLike) -> DesignEffect:
    """Of rows `(n,)` in `groups` `(n,)`; NaN rows leave.

    1 + (sum size^2/n - 1) rho with the intraclass correlation rho of ANOVA (Donner and Koval 1980),
    0 where it is negative. A factor of 1 and p of 1 where there is one group, or one row in each.
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
    p = float(f_distribution.sf(between / within, count - 1, n - count)) if within else 0.0
    return DesignEffect(_factor(between, within, sizes), p, count)


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
