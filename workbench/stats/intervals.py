# pyright: strict, reportMissingTypeStubs=false
"""Intervals for one rate or one mean, and the pieces that every other interval here is made of."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from math import copysign, inf, isfinite, nan, sqrt
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv, ndtri, stdtr, stdtrit

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Bounds = tuple[float, float]  # the ends of a scale


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its limits, in the unit of what was estimated: `estimate, low, high`."""

    estimate: float
    low: float
    high: float

    def __iter__(self) -> Iterator[float]:
        return iter((self.estimate, self.low, self.high))

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __neg__(self) -> "Interval":
        return Interval(-self.estimate, -self.high, -self.low)

    def __sub__(self, value: float) -> "Interval":
        return Interval(self.estimate - value, self.low - value, self.high - value)

    def __truediv__(self, value: float) -> "Interval":
        """In another unit; a negative one swaps the limits."""
        ends = self if value > 0 else -self
        return Interval(*(end / abs(value) for end in ends))

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2

    def clipped(self, low: float, high: float) -> "Interval":
        """The same with estimate and limits moved inside what is possible."""
        return Interval(*(float(np.clip(value, low, high)) for value in self))


@dataclass(frozen=True, slots=True)
class StudentMean:
    """A mean with its standard error and Student's degrees of freedom; without one nothing is
    known.
    """

    estimate: float
    error: float
    degrees: float

    def limits(self, tail: float, upper_tail: float | None = None) -> tuple[float, float]:
        """Student's limits, `tail` below the lower and `upper_tail` (default: the same) above."""
        if not self.degrees > 0:
            return -inf, inf
        above = tail if upper_tail is None else upper_tail
        low, high = (float(stdtrit(self.degrees, share)) for share in (tail, above))
        return self.estimate + low * self.error, self.estimate - high * self.error

    def p_at_most(self, m: float) -> float:
        """One-sided p of "the mean is at most m"."""
        return self._p_beyond(self.estimate - m)

    def p_at_least(self, m: float) -> float:
        """One-sided p of "the mean is at least m"."""
        return self._p_beyond(m - self.estimate)

    def _p_beyond(self, gap: float) -> float:
        if not self.degrees > 0:
            return 1.0
        if not gap:
            return 0.5
        t = gap / self.error if self.error else copysign(inf, gap)
        return float(stdtr(self.degrees, -t))


def finite(values: ArrayLike) -> Floats:
    """A float array of the same shape; NaN means unscored, and so does an infinite value, which is
    no score.
    """
    array = np.asarray(values, dtype=float)
    return np.where(np.isfinite(array), array, np.nan)


def scores(values: ArrayLike) -> Floats:
    """A flat float array of scores, as `finite` gives them."""
    return finite(values).reshape(-1)


def aligned(*columns: ArrayLike) -> list[Floats]:
    """Columns of one length as float arrays; another length is the caller's mistake."""
    arrays = [scores(column) for column in columns]
    if len({len(array) for array in arrays}) > 1:
        raise ValueError(f"columns of different lengths: {[len(array) for array in arrays]}")
    return arrays


def is_binary(values: ArrayLike) -> bool:
    """Whether every value is 0 or 1."""
    return bool(np.isin(values, (0.0, 1.0)).all())


def complete(
    *columns: ArrayLike, clusters: ArrayLike | None = None
) -> tuple[list[Floats], Codes | None]:
    """The rows that have a value in every column, and their cluster numbers."""
    arrays = aligned(*columns)
    codes = cluster_codes(clusters, len(arrays[0]))
    keep = ~np.isnan(np.sum(arrays, axis=0))
    return [array[keep] for array in arrays], None if codes is None else codes[keep]


def cluster_codes(clusters: ArrayLike | None, count: int) -> Codes | None:
    """Cluster numbers 0..G-1 for `count` rows, or None where every row is its own cluster.

    Any hashable labels will do; those that are missing (None, NaN) are one cluster.
    """
    if clusters is None:
        return None
    given = clusters.reshape(-1).tolist() if isinstance(clusters, np.ndarray) else clusters
    names = [None if name != name else name for name in cast(Iterable[Hashable], given)]
    if len(names) != count:
        raise ValueError(f"{len(names)} clusters for {count} rows")
    numbers = {name: number for number, name in enumerate(_ordered(set(names)))}
    return np.array([numbers[name] for name in names], dtype=np.intp)


def _ordered(names: set[Hashable]) -> list[Hashable]:
    """In an order that does not depend on that of the rows."""
    try:
        return [*sorted(cast(set[str], names))]
    except TypeError:  # None, text and numbers have no order among them
        return sorted(names, key=repr)


def normal_quantile(level: float) -> float:
    """z so that a standard normal lies within -z..z with probability `level`."""
    return float(ndtri((1 + proper_share(level)) / 2))


def t_quantile(degrees: float, level: float) -> float:
    """t so that Student's t lies within -t..t with probability `level`; infinite without a degree
    of freedom.
    """
    tail = (1 + proper_share(level)) / 2
    return float(stdtrit(degrees, tail)) if degrees > 0 else inf


def proper_share(value: float, name: str = "level") -> float:
    """`value` if it lies between 0 and 1, both excluded; else a ValueError that says `name`."""
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {value}")
    return value


def scale_ends(bounds: Bounds) -> Bounds:
    """The ends of a scale as floats; a ValueError unless they are finite and in order."""
    low, high = (float(end) for end in bounds)
    if not (isfinite(low) and isfinite(high) and low < high):
        raise ValueError(f"bounds are the lower and the upper end of a scale, not {bounds}")
    return low, high


def unknown(level: float, low: float = -inf, high: float = inf) -> Interval:
    """The interval of what nothing is known of."""
    proper_share(level)
    return Interval(nan, low, high)


def group_count(count: int, codes: Codes | None) -> int:
    """The number of independent units: clusters where there are some, else rows."""
    return count if codes is None else len(np.unique(codes))


def variance_of_mean(values: Floats, codes: Codes | None) -> float:
    """Var = (1/n²) sum_c (sum_{i in c} e_i)² G/(G-1), e the residuals; NaN with one unit (Miller,
    arXiv 2411.00640).
    """
    residuals = values - values.mean()
    sums = residuals if codes is None else np.bincount(codes, residuals)[np.unique(codes)]
    units = len(sums)
    return (
        float(sums @ sums) / len(values) ** 2 * units / (units - 1) if units > 1 else float("nan")
    )


def design_effect(values: Floats, codes: Codes | None) -> float:
    """How many times clustering multiplies the variance of a mean, at least 1; rows per cluster if
    values are equal.
    """
    if codes is None or len(values) < 2:
        return 1.0
    plain, clustered = variance_of_mean(values, None), variance_of_mean(values, codes)
    if not plain or np.isnan(clustered):
        return len(values) / group_count(len(values), codes)
    return max(1.0, clustered / plain)


def wilson(rate: float, count: float, *, level: float = 0.95) -> Interval:
    """Wilson's score interval for a rate.

    (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n); `rate` in 0..1, `count` rows (an
    effective, fractional count will do); 0 rows give NaN in 0..1. Source: Wilson 1927. Not for
    clustered rows: see `rate_interval`.
    """
    if not count > 0:
        return unknown(level, 0.0, 1.0)
    return score_interval(float(rate), count, normal_quantile(level))


def score_interval(rate: float, count: float, quantile: float) -> Interval:
    """Wilson's limits with any quantile (z, or Student's t)."""
    square = quantile * quantile
    shrink = 1 + square / count
    centre = (rate + square / (2 * count)) / shrink
    half = quantile * sqrt(rate * (1 - rate) / count + square / (4 * count**2)) / shrink
    # exactly 0 and 1: rounding must not leave 1 outside of 1 in 1
    low = max(0.0, centre - half) if rate > 0 else 0.0
    high = min(1.0, centre + half) if rate < 1 else 1.0
    return Interval(rate, low, high)


def guarded_wilson(rate: float, count: float, *, level: float = 0.95) -> Interval:
    """Wilson's interval without its dips beside 0 and 1.

    Where the passes (or fails) count at most 3, the limit next to 0 (or 1) is the Poisson one,
    chi²(1 - level, 2x)/2n: plain Wilson covers .86 instead of .95 there. Source: Brown, Cai and
    DasGupta 2001, section 4.1.1.
    """
    estimate, low, high = wilson(rate, count, level=level)
    passes, fails = rate * count, (1 - rate) * count
    if 0 < passes <= 3:
        low = min(low, float(gammaincinv(passes, 1 - level)) / count)
    if 0 < fails <= 3:
        high = max(high, 1 - float(gammaincinv(fails, 1 - level)) / count)
    return Interval(estimate, low, high)


def rate_interval(
    x: ArrayLike, *, level: float = 0.95, clusters: ArrayLike | None = None
) -> Interval:
    """The rate of 1 among 0/1 values `(n,)`; NaN rows leave; clusters shrink n by the design
    effect.

    Wilson's interval on n / design effect. Not for a critic's verdicts as a success rate: they
    carry its errors, see `corrected_rate`.
    """
    (values,), codes = complete(x, clusters=clusters)
    if not is_binary(values):
        raise ValueError("a rate needs values 0 or 1")
    if not len(values):
        return unknown(level, 0.0, 1.0)
    return wilson(float(values.mean()), len(values) / design_effect(values, codes), level=level)


def mean_interval(
    x: ArrayLike, *, level: float = 0.95, clusters: ArrayLike | None = None
) -> Interval:
    """The mean of `(n,)` values, unit of the values; NaN rows leave.

    mean ± t(G-1) sqrt(Var), Var clustered (see `variance_of_mean`), G clusters or rows. One unit
    gives infinite limits. Not for 0/1 values (`rate_interval`) nor for strongly skewed values under
    about 50 rows.
    """
    (values,), codes = complete(x, clusters=clusters)
    if not len(values):
        return unknown(level)
    return around(
        float(values.mean()),
        variance_of_mean(values, codes),
        group_count(len(values), codes) - 1,
        level,
    )


def around(estimate: float, variance: float, degrees: float, level: float) -> Interval:
    """estimate ± t sqrt(variance); without a degree of freedom the limits are infinite."""
    quantile = t_quantile(degrees, level)
    half = quantile * np.sqrt(variance) if degrees > 0 else inf
    return Interval(float(estimate), float(estimate - half), float(estimate + half))
