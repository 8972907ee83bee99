"""Quantiles of latency and the like, which have no useful ends: of one variant, and of two."""

from math import inf

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from workbench.errors import TooFewLabels
from workbench.stats.intervals import Floats, Interval, aligned, proper_share, scores

FEWEST_ROWS = 60  # from which the difference of two p95 is told
DRAWS = 2000
AT_ONCE = 2_000_000  # cells of a resampled table


def quantile_interval(x: ArrayLike, quantile: float = 0.95, *, level: float = 0.95) -> Interval:
    """A quantile of values `(n,)` between two order statistics, unit of the values; NaN leaves.

    The k-th smallest is at most the quantile with probability P(Bin(n, q) >= k): exact for any
    distribution, for independent rows. A side that n rows cannot show is infinite (p95 at level
    .95 has an upper limit from 72 rows on).
    """
    proper_share(quantile, "quantile")
    tail = (1 - proper_share(level)) / 2
    values = _known(x)
    n = len(values)
    if not n:
        return Interval(float("nan"), -inf, inf)
    fewer = bdtr(np.arange(n), n, quantile)  # P(at most k of n lie below the quantile)
    below = int((fewer <= tail).sum())
    above = int((fewer < 1 - tail).sum()) + 1
    low = values[below - 1] if below else -inf
    high = values[above - 1] if above <= n else inf
    return Interval(float(np.quantile(values, quantile)), float(low), float(high))


def quantile_difference(
    a: ArrayLike, b: ArrayLike, quantile: float = 0.95, *, level: float = 0.95, seed: int = 0
) -> Interval:
    """The difference of quantiles a - b of two variants, measured side by side on one set of rows.

    `a`, `b` `(n,)`, row by row the same example; rows with a NaN leave. Paired bootstrap over the
    examples (percentile, 2,000 draws, seeded). Under 60 rows TooFewLabels. Not for figures of
    different runs or loads.
    """
    proper_share(quantile, "quantile")
    tail = (1 - proper_share(level)) / 2
    first, second = aligned(a, b)
    known = ~np.isnan(first - second)
    first, second = first[known], second[known]
    count = len(first)
    if count < FEWEST_ROWS:
        raise TooFewLabels(
            f"{count} rows on both sides: {FEWEST_ROWS} rows for a difference of p{quantile:.0%}"
        )
    found = float(np.quantile(first, quantile) - np.quantile(second, quantile))
    drawn = _resampled(first, second, quantile, np.random.default_rng(seed))
    return Interval(found, *(float(value) for value in np.quantile(drawn, (tail, 1 - tail))))


def _known(x: ArrayLike) -> Floats:
    values = scores(x)
    return np.sort(values[~np.isnan(values)])


def _resampled(
    first: Floats, second: Floats, quantile: float, random: np.random.Generator
) -> Floats:
    count, drawn = len(first), []
    each = max(1, AT_ONCE // count)
    for start in range(0, DRAWS, each):
        rows = random.integers(0, count, (min(each, DRAWS - start), count))
        tops = (np.quantile(side[rows], quantile, axis=1) for side in (first, second))
        drawn.append(np.subtract(*tops))
    return np.concatenate(drawn)
