"""How a comparison decides, and the interval of one difference at a first or a later look."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.stats.intervals import Floats, Interval, is_binary, mean_interval, rate_interval
from workbench.stats.paired import each_level, paired_difference
from workbench.stats.scale import ROUNDING, Scale
from workbench.stats.sequential import confidence_sequence

Groups = NDArray[np.str_]  # per example: what belongs together
NOTHING = Interval(math.nan, math.nan, math.nan)
# examples or clusters from which the asymptotic confidence sequence may be trusted
FEWEST_FOR_NORMAL = 30


@dataclass(frozen=True)
class Rules:
    """How a comparison decides: see `compare`."""

    margin: float
    level: float
    coverage: float
    groups: Groups | None
    look: int | None = 1  # which look at these examples as they grow; None: one of any number

    @property
    def sequential(self) -> bool:
        return self.look != 1

    def each_level(self, variants: int) -> float:
        """The level of one interval so that those of all challengers hold at once."""
        return each_level(self.level, variants - 1)

    def spent(self, level: float) -> float:
        """The level of an interval that knows nothing of looks: from the second look on, 1 - (1 -
        level) 6/(pi² k²).

        All later looks together add at most .39 of the first one's error to it, however many there
        are (union bound).
        """
        return 1 - (1 - level) * self.share

    @property
    def share(self) -> float:
        """The share of the error that an interval which knows nothing of looks may spend at this
        one.
        """
        return 6 / (math.pi * self.look) ** 2 if self.look and self.look > 1 else 1.0

    @property
    def few_groups(self) -> bool:
        return self.groups is not None and len(set(self.groups.tolist())) < FEWEST_FOR_NORMAL


def paired(a: Floats, b: Floats, level: float, rules: Rules, scale: Scale) -> Interval:
    """The mean difference of two variants' scores per example; a NaN estimate where no example has
    both.

    At a later look: the asymptotic confidence sequence over examples, or over clusters in order of
    arrival. With fewer than 30 of them, or where all are equal: clustered t at the level this look
    may spend; without clusters the empirical Bernstein sequence, whose bounds always hold. That one
    is not used throughout, though the scale is known: at 50, 100, 200 and 400 examples it is 1.3 to
    2.5, 1.1 to 2.0, 1.05 to 1.5 and 1.04 to 1.2 times as wide (0/1, P(yes), ratings), while at the
    second to fourth look the asymptotic one misses .001 to .005, and .01 to .04 for differences of
    -4 in 2 % and +1 in 8 % of examples, where the first look's t misses .08 to .12.
    """
    width, groups, spent = scale.width, rules.groups, rules.spent(level)
    values = in_order(a - b, groups)
    short = len(values) < FEWEST_FOR_NORMAL or np.ptp(values) <= ROUNDING * width
    if not rules.sequential or (short and groups is not None):
        found = paired_difference(a, b, level=spent, clusters=groups, bounds=scale.ends)
    elif len(values):
        bounds = (-width, width) if short else None
        low, high = confidence_sequence(values, alpha=1 - level, bounds=bounds)
        found = Interval(float(values.mean()), float(low[-1]), float(high[-1]))
    else:
        return NOTHING
    return found.clipped(-width, width)


def in_order(difference: Floats, groups: Groups | None) -> Floats:
    """One value per example that has a difference, or per cluster, in order of arrival; their mean
    is the mean.

    A cluster's value is the mean + G/n times the sum of its differences from it: these spread as
    the clustered mean.
    """
    known = ~np.isnan(difference)
    values = difference[known]
    if groups is None or not len(values):
        return values
    _, first, codes = np.unique(groups[known], return_index=True, return_inverse=True)
    sums = np.bincount(codes, values - values.mean())[np.argsort(first)]
    return values.mean() + sums * len(sums) / len(values)


def mean_score(means: Floats, level: float, groups: Groups | None) -> Interval:
    """The mean of scores per example: a rate where all are 0 or 1; NaN where none is scored."""
    scored = means[~np.isnan(means)]
    if not len(scored):
        return NOTHING
    of = rate_interval if is_binary(scored) else mean_interval
    return of(means, level=level, clusters=groups)
