"""Two variants on the same examples: difference, interval, p value, and the word; many at once."""

from enum import StrEnum
from math import ceil, isfinite

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, stdtr

from workbench.errors import TooFewLabels
from workbench.stats.intervals import (
    Bounds,
    Codes,
    Floats,
    Interval,
    aligned,
    around,
    complete,
    design_effect,
    group_count,
    is_binary,
    proper_share,
    scale_ends,
    scores,
    t_quantile,
    unknown,
    variance_of_mean,
)

LEAST_PSEUDO = 0.2  # weight of a pseudo-row on either side of graded differences


class Decision(StrEnum):
    """What a comparison concludes about a challenger."""

    BETTER = "better"
    WORSE = "worse"
    TIE = "tie"
    NEED_MORE = "need more"
    INCONCLUSIVE = "inconclusive"


def decide(interval: Interval, margin: float) -> Decision:
    """The word for challenger minus baseline.

    The whole interval within ±margin is a tie, else its sign decides, else more is needed. A
    missing or infinite interval needs more. Coverage is the caller's to judge
    (`Decision.INCONCLUSIVE`). No better than its interval: on a known scale words come from
    `claims`.
    """
    if margin < 0:
        raise ValueError(f"margin must not be negative: {margin}")
    if -margin <= interval.low and interval.high <= margin:
        return Decision.TIE
    if interval.low > 0:
        return Decision.BETTER
    return Decision.WORSE if interval.high < 0 else Decision.NEED_MORE


def paired_difference(
    a: ArrayLike,
    b: ArrayLike,
    *,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
    bounds: Bounds | None = None,
) -> Interval:
    """The mean of a - b over examples scored on both sides, in the unit of the scores.

    `a`, `b`, `clusters`: `(n,)`, row by row the same example; a row with a NaN leaves. d = a - b:
    mean ± t(G-1) sqrt(Var d), Var clustered (Miller, arXiv 2411.00640), G clusters or rows; never
    less than with a pseudo-row of weight 1/5 at +u and at -u, u the mean |d|. That changes nothing
    up to a mean of about .7 standard deviations; with nearly all d on one side, plain t covers .91
    at 20 rows, for it has not seen the few on the other. Where all d are 0 or ±u (0/1 scores, or no
    difference at all) the pseudo-rows weigh 1 (Bonett and Price 2012), so that ten equal pairs do
    not give zero width; u is 1 within 0..1, else the width of `bounds` or of what was seen. One row
    gives infinite limits. For several challengers pass level = 1 - (1 - level)/(K - 1). Not for
    scores read again and again as they come (`confidence_sequence`), nor for critic scores as if
    they were people's, nor where one row in 30 or fewer holds a large loss: no interval knows of
    what was not seen (covers .88 at 50 rows).
    """
    (first, second), codes = complete(a, b, clusters=clusters)
    if not len(first):
        return unknown(level)
    difference = first - second
    unit = sign_unit(difference, np.concatenate([first, second]), bounds)
    if unit is None:
        return _graded_interval(difference, codes, level)
    interval = _signs_interval(difference, unit, codes, level)
    return interval.clipped(-1, 1) if is_binary([first, second]) else interval


def sign_unit(difference: Floats, values: Floats, bounds: Bounds | None = None) -> float | None:
    """u where all differences are 0 or ±u, else None; with no difference at all u is the width of
    the scale.
    """
    width, unit = scale_width(values, bounds), float(np.abs(difference).max())
    if unit > 1e-12:
        return unit if np.isin(np.round(np.abs(difference) / unit, 9), (0.0, 1.0)).all() else None
    return width


def scale_width(values: Floats, bounds: Bounds | None = None) -> float:
    """The width of the scale that scores lie on: `bounds`, else 1 within 0..1, else what was seen
    of it.
    """
    if bounds is not None:
        low, high = scale_ends(bounds)
        return high - low
    if not len(values) or (values.min() >= 0 and values.max() <= 1):
        return 1.0
    return float(np.ptp(values) or np.abs(values).max())


def _graded_interval(difference: Floats, codes: Codes | None, level: float) -> Interval:
    effect, degrees = design_effect(difference, codes), group_count(len(difference), codes) - 1
    _, spread, count = _with_pseudo_rows(
        difference, float(np.abs(difference).mean()), LEAST_PSEUDO, effect
    )
    variance = max(variance_of_mean(difference, codes), spread / (count - 1 / effect))
    return around(float(difference.mean()), variance, degrees, level)


def _signs_interval(difference: Floats, unit: float, codes: Codes | None, level: float) -> Interval:
    centre, spread, count = _with_pseudo_rows(
        difference, unit, 1.0, design_effect(difference, codes)
    )
    degrees = group_count(len(difference), codes) - 1
    half = t_quantile(degrees, level) * np.sqrt(spread / count)
    return Interval(float(difference.mean()), float(centre - half), float(centre + half))


def _with_pseudo_rows(
    difference: Floats, unit: float, weight: float, effect: float
) -> tuple[float, float, float]:
    """Mean, variance and effective count of the rows with one pseudo-row of `weight` at +unit and
    one at -unit.
    """
    count = len(difference) / effect + 2 * weight
    centre = difference.sum() / effect / count
    square = (difference @ difference / effect + 2 * weight * unit**2) / count
    return float(centre), float(square - centre**2), count


def missing_bounds(a: ArrayLike, b: ArrayLike, bounds: Bounds) -> Interval:
    """The mean of a - b over all n examples if every missing score were the worst, or the best, for
    a.

    `a`, `b`: `(n,)` with NaN for unscored; `bounds`: the ends of the scale. The estimate is that of
    the rows scored on both sides (NaN if none). These are limits from missing scores alone, without
    sampling error (Manski 1990).
    """
    first, second = aligned(a, b)
    low, high = scale_ends(bounds)
    if not len(first):
        return Interval(float("nan"), low - high, high - low)
    both = ~np.isnan(first - second)
    worst = (np.nan_to_num(first, nan=low) - np.nan_to_num(second, nan=high)).mean()
    best = (np.nan_to_num(first, nan=high) - np.nan_to_num(second, nan=low)).mean()
    seen = float((first - second)[both].mean()) if both.any() else float("nan")
    return Interval(seen, float(worst), float(best))


def more_examples(interval: Interval, count: int, half_width: float) -> int:
    """How many examples beyond `count` would narrow the interval to ±half_width; 0 where it is
    narrow enough.

    n (w/h)² - n, from the interval's half-width w alone, never from the effect seen (which would be
    peeking). A half-width of half the margin always decides. Raises TooFewLabels while the interval
    is infinite.
    """
    if half_width <= 0:
        raise ValueError(f"half_width must be positive: {half_width}")
    if not isfinite(interval.half_width):
        raise TooFewLabels(
            f"{count} example(s) say nothing about the spread: score at least 5, then plan"
        )
    return max(0, ceil(count * (interval.half_width / half_width) ** 2 - 1e-9) - count)


def each_level(level: float, claims: int) -> float:
    """The level of one interval so that `claims` of them hold together at `level` (Bonferroni).

    Wider than tests alone need (`holm_passes`).
    """
    return 1 - (1 - proper_share(level)) / max(claims, 1)


def paired_p_value(a: ArrayLike, b: ArrayLike, *, clusters: ArrayLike | None = None) -> float:
    """Two-sided p of no difference between scores `(n,)` of the same examples; NaN rows leave; NaN
    under two rows.

    Exact sign test (McNemar's for 0/1) where all differences are 0 or ±u, else paired t; with
    `clusters` always t on clustered variance. Not a measure of size, and not to be looked at again
    and again.
    """
    (first, second), codes = complete(a, b, clusters=clusters)
    difference, units = first - second, group_count(len(first), codes)
    if units < 2:
        return float("nan")
    variance = variance_of_mean(difference, codes)
    if (codes is None and sign_unit(difference, first) is not None) or not variance:
        return _sign_test(difference)
    return float(2 * stdtr(units - 1, -abs(difference.mean()) / np.sqrt(variance)))


def _sign_test(difference: Floats) -> float:
    more, less = int((difference > 0).sum()), int((difference < 0).sum())
    return 2 * min(float(bdtr(min(more, less), more + less, 0.5)), 0.5)


def holm(p_values: ArrayLike) -> Floats:
    """Holm's adjusted p values (1979): at a level, the chance of any wrong claim among 'these beat
    the baseline'. Not for intervals (`each_level`), nor for p values that were looked at before.
    """
    p = scores(p_values)
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _unsorted(np.minimum(stepped, 1.0), order)


def _unsorted(values: Floats, order: np.ndarray) -> Floats:
    adjusted = np.empty_like(values)
    adjusted[order] = values
    return adjusted
