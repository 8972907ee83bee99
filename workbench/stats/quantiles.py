"""Quantiles of latency and the like, which have no useful ends: of one variant, and of two."""

from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from workbench.errors import TooFewLabels
from workbench.stats.intervals import (
    Codes,
    Floats,
    Interval,
    aligned,
    cluster_codes,
    proper_share,
    scores,
)

FEWEST_ROWS = 60  # from which the difference of two p95 is told
DRAWS, FEWEST_DRAWS = 2000, 400
CELLS = 20_000_000  # rows that all draws may have together, from which there are fewer draws
AT_ONCE = 2_000_000  # cells of a resampled table
ROUNDING = 1e-9


def quantile_interval(x: ArrayLike, quantile: float = 0.95, *, level: float = 0.95) -> Interval:
    """A quantile of values `(n,)` between two order statistics, unit of the values; NaN leaves.

    The k-th smallest is at most the quantile with probability P(Bin(n, q) >= k): exact for any
    distribution, for independent rows. A side that n rows cannot show is infinite (p95 at level
    .95 has an upper limit from 72 rows on). Not for repeats of one example as rows.
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
    a: ArrayLike,
    b: ArrayLike,
    quantile: float = 0.95,
    *,
    level: float = 0.95,
    seed: int = 0,
    clusters: ArrayLike | None = None,
) -> Interval:
    """The difference of quantiles a - b of two variants, measured side by side on one set of rows.

    `a`, `b` `(n,)`, row by row the same example (rows of one example are a cluster); rows with a
    NaN leave. Paired bootstrap over the examples (percentile, seeded; 2,000 draws, fewer from
    10,000 rows on, 400 at least). Under 60 examples TooFewLabels. Not for figures of different runs
    or loads.
    """
    proper_share(quantile, "quantile")
    tail = (1 - proper_share(level)) / 2
    aligned_a, aligned_b = aligned(a, b)
    (first, second), codes = _known_pairs(aligned_a, aligned_b, clusters)
    count = len(np.unique(codes))
    if count < FEWEST_ROWS:
        raise TooFewLabels(
            f"{count} rows on both sides: {FEWEST_ROWS} rows for a difference of "
            f"p{100 * quantile:g}"
        )
    found = float(np.quantile(first, quantile) - np.quantile(second, quantile))
    drawn = _resampled((first, second), codes, quantile, np.random.default_rng(seed))
    return Interval(found, *(float(value) for value in np.quantile(drawn, (tail, 1 - tail))))


def _known_pairs(
    first: Floats, second: Floats, clusters: ArrayLike | None
) -> tuple[tuple[Floats, Floats], Codes]:
    """The rows that both sides have, and their examples as 0..G-1."""
    known = ~np.isnan(first - second)
    codes = cluster_codes(clusters, len(first))
    codes = np.arange(len(first)) if codes is None else codes
    return (first[known], second[known]), np.unique(codes[known], return_inverse=True)[1]


def _known(x: ArrayLike) -> Floats:
    values = scores(x)
    return np.sort(values[~np.isnan(values)])


def _resampled(
    sides: tuple[Floats, Floats], codes: Codes, quantile: float, random: np.random.Generator
) -> Floats:
    """Differences of the sides' quantiles over draws of as many examples, with replacement."""
    units, drawn = int(codes.max()) + 1, []
    draws, each = min(DRAWS, max(FEWEST_DRAWS, CELLS // units)), max(1, AT_ONCE // len(codes))
    orders = [np.argsort(side) for side in sides]
    for start in range(0, draws, each):
        times = random.multinomial(units, np.full(units, 1 / units), min(each, draws - start))
        tops = (
            side[order][_reached(times[:, codes[order]], quantile)]
            for side, order in zip(sides, orders, strict=True)
        )
        drawn.append(np.subtract(*tops))
    return np.concatenate(drawn)


def _reached(times: NDArray[np.int64], quantile: float) -> Codes:
    """Per draw the first of the sorted rows, each counted so many times, at or below which the
    share lies.
    """
    below = np.cumsum(times, axis=1)
    return np.argmax(below >= quantile * below[:, -1:] - ROUNDING, axis=1)
