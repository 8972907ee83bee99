"""Limits of a mean on a scale with known ends, without normal tails.

A loss that has not shown up yet has no variance: t intervals say "better" where a rare large loss
makes both variants equal. Here one imagined row lies at the far end of the scale and all rows have
random weights. For differences, turned so that up is good, of scores on a scale of width w, the
ends are -w and w.

Status: for 0/1 values this is Clopper-Pearson; by exact enumeration over three- and four-point
distributions (10 to 100 rows, tails .0023 to .025) the error is .40 to .97 of the tail, never
above. In general it is valid by conjecture, not by theorem. It holds for one look with a tail
fixed before it, on rows drawn independently (`clustered` for others), not for a look after every
row (`confidence_sequence`).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from workbench.stats.intervals import (
    Bounds,
    Floats,
    Interval,
    finite,
    mean_interval,
    proper_share,
    scale_ends,
    unknown,
)

LARGEST_TAIL = 0.25  # beyond it the root may lie on the other side of the mean
MID = 0.5  # weight of the imagined row for a variant's own score, which is only shown
NEAR = 1e-3  # |r| below which the saddlepoint formula is replaced by its limit
SLACK = 1e-9  # of the width: what rounding may put off the scale
TINY = 1e-200  # in the place of a variance or a logarithm of 0
STEPS = 200
PRECISION = 1e-9
LEAST_TAIL = 1e-15  # under which the limit is the end of the scale
LOG_TILTS = (-23.0, 36.0)  # where the logarithm of a tilt is looked for


class Limits(NamedTuple):
    """Estimates with their limits, one for each mean, shape `(...)`."""

    estimate: Floats
    low: Floats
    high: Floats


def p_mean_at_most(
    x: ArrayLike, m: ArrayLike, far: ArrayLike, counts: ArrayLike | None = None, weight: float = 1.0
) -> Floats:
    """One-sided p of "the mean is at most m", shape `(...)` for rows `x` `(..., n)`; NaN leaves.

    p(m) = P(sum g_i (x_i - m) + g_0 (far - m) <= 0) with g_i ~ Gamma(c_i), g_0 ~ Gamma(weight): an
    imagined row at `far`, the worst value a row could have had (-w for differences, the low end for
    a score), and random weights on all (Gaffke 2005; Learned-Miller and Thomas 2019). `counts`
    `(..., n)`, 1 each: c_i where row i stands for c_i rows. `m`, `far` `(...)`, unit of `x`. By
    saddlepoint (Lugannani-Rice in Barndorff-Nielsen's form), within .0015 of draws below p = .05
    and .004 far above. A `weight` under 1 breaks the promise (1/2: up to 1.9 tails). A value below
    `far` raises ValueError. Status: see the module; valid by conjecture, never seen to err by more
    than its tail. Not for rows in clusters (`clustered_p_at_most`).
    """
    values = finite(x)
    far, m = (
        np.broadcast_to(np.asarray(value, dtype=float), values.shape[:-1]) for value in (far, m)
    )
    rows = _with_imagined(on_scale(values, far[..., None], np.inf), far, counts, weight)
    low, high = rows.values.min(axis=-1), rows.values.max(axis=-1)
    p = _p_between(rows, m, low, np.where(high > low, high - low, 1.0))
    return np.where(high <= m, 1.0, np.where(low >= m, 0.0, p))


def p_mean_at_least(
    x: ArrayLike, m: ArrayLike, far: ArrayLike, counts: ArrayLike | None = None, weight: float = 1.0
) -> Floats:
    """One-sided p of "the mean is at least m", `far` the best value that a row could have had; see
    `p_mean_at_most`.
    """
    return p_mean_at_most(
        -np.asarray(x, dtype=float), -np.asarray(m), -np.asarray(far), counts, weight
    )


def lower_limits(
    x: ArrayLike,
    bounds: Bounds,
    tail: ArrayLike,
    counts: ArrayLike | None = None,
    weight: float = 1.0,
) -> Floats:
    """The m at which p of "the mean is at most m" is `tail`, shape `(...)` for rows `x` `(..., n)`.

    `bounds` the ends of the scale, `tail` `(...)` 0 to .25 (0 gives the low end), NaN rows leave; a
    value off the scale raises ValueError. Without a row, or with all at the low end, the low end.
    See `p_mean_at_most`, its status included.
    """
    low, high = scale_ends(bounds)
    values = finite(x)
    tails = np.broadcast_to(np.asarray(tail, dtype=float), values.shape[:-1])
    if not ((tails >= 0) & (tails <= LARGEST_TAIL)).all():
        raise ValueError(f"a tail lies between 0 and {LARGEST_TAIL}, not {tail}")
    unit = (on_scale(values, low, high) - low) / (high - low)
    rows = _with_imagined(unit, np.zeros(values.shape[:-1]), counts, weight)
    return low + (high - low) * _limit(rows, tails)


def upper_limits(
    x: ArrayLike,
    bounds: Bounds,
    tail: ArrayLike,
    counts: ArrayLike | None = None,
    weight: float = 1.0,
) -> Floats:
    """The upper limits: the mirror of `lower_limits`."""
    low, high = scale_ends(bounds)
    return -lower_limits(-np.asarray(x, dtype=float), (-high, -low), tail, counts, weight)


def mean_limits(
    x: ArrayLike,
    bounds: Bounds,
    tail: ArrayLike = 0.025,
    *,
    upper_tail: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    weight: float = 1.0,
) -> Limits:
    """Means of rows `x` `(..., n)` with limits at `tail` below and `upper_tail` (the same unless
    given) above; all in one go, for many variants. Without a row the estimate is NaN.

    Not for amounts without a known end, nor for rows in clusters.
    """
    low, high = scale_ends(bounds)
    values, above = finite(x), tail if upper_tail is None else upper_tail
    both = np.stack([values - low, high - values])  # either limit is a lower one of its own side
    tails = np.stack([np.broadcast_to(np.asarray(t), values.shape[:-1]) for t in (tail, above)])
    under, over = lower_limits(both, (0.0, high - low), tails, counts, weight)
    return Limits(_means(values, counts), low + under, high - over)


def bounded_interval(
    x: ArrayLike,
    bounds: Bounds,
    tail: float = 0.025,
    *,
    upper_tail: float | None = None,
    counts: ArrayLike | None = None,
    weight: float = 1.0,
) -> Interval:
    """The mean of rows `x` `(n,)` on a scale with the ends `bounds`; see `mean_limits`.

    Not for amounts without a known end (cost, seconds), nor for rows in clusters
    (`clustered_interval`).
    """
    rows = np.asarray(x, dtype=float).reshape(-1)
    limits = mean_limits(rows, bounds, tail, upper_tail=upper_tail, counts=counts, weight=weight)
    return Interval(*(float(value) for value in limits))


def own_score(x: ArrayLike, bounds: Bounds | None = None, *, level: float = 0.95) -> Interval:
    """A variant's own mean `(n,)`, to be shown, never to decide.

    With `bounds` the limits with half an imagined row at either end ("mid"): coverage .94 and more
    on ratings and graded scores at 10 to 100 rows, where t has .19 to .95; of 0/1 scores it is the
    mid-P interval, which dips (.911 at rate .95 and 50 rows). Without known ends t, which rests on
    means being normal: not with a few rare large values under some 50 rows. NaN leaves.
    """
    if bounds is None:
        return mean_interval(x, level=level)
    tail = (1 - proper_share(level)) / 2
    if np.isnan(finite(x)).all():
        return unknown(level, *scale_ends(bounds))
    return bounded_interval(x, bounds, tail, weight=MID)


class _Rows(NamedTuple):
    """Values `(..., 1 + n)` with the imagined row first, their shares of all weight, and `(...)`
    that weight.
    """

    values: Floats
    shares: Floats
    total: Floats

    @property
    def mean(self) -> Floats:
        return (self.shares * self.values).sum(axis=-1)

    @property
    def variance(self) -> Floats:
        return (self.shares * (self.values - self.mean[..., None]) ** 2).sum(axis=-1)

    def tilted_mean(self, tilt: Floats) -> Floats:
        """The mean with weights in proportion to 1/(1 + tilt z)."""
        weights = self.shares / (1 + tilt[..., None] * self.values)
        return (weights * self.values).sum(axis=-1) / weights.sum(axis=-1)


class _Tilted(NamedTuple):
    """What the formula needs of weights in proportion to q = 1/(1 + a z): the mean of q, and with
    delta = q/mean - 1 the means of delta², delta³ and delta - log(1 + delta).
    """

    mean: Floats
    square: Floats
    cube: Floats
    excess: Floats


def on_scale(values: Floats, low: Floats | float, high: float) -> Floats:
    """The values, moved onto the scale where only rounding put them off."""
    span = high - low
    slack = SLACK * np.where(np.isfinite(span), span, np.maximum(np.abs(low), 1.0))
    if ((values < low - slack) | (values > high + slack)).any():
        raise ValueError("a value lies off the scale: its limits would mean nothing")
    return np.clip(values, low, high)


def _with_imagined(values: Floats, far: Floats, counts: ArrayLike | None, weight: float) -> _Rows:
    if not weight > 0:
        raise ValueError(f"the imagined row needs a weight above 0, not {weight}")
    weights = _weights(values, counts)
    first = (*values.shape[:-1], 1)
    weights = np.concatenate([np.full(first, float(weight)), weights], axis=-1)
    values = np.where(np.isnan(values), far[..., None], values)
    total = weights.sum(axis=-1)
    rows = np.concatenate([far[..., None], values], axis=-1)
    return _Rows(rows, weights / total[..., None], total)


def _weights(values: Floats, counts: ArrayLike | None) -> Floats:
    known = ~np.isnan(values)
    if counts is None:
        return known.astype(float)
    given = np.broadcast_to(np.asarray(counts, dtype=float), values.shape)
    if not (np.isfinite(given) & (given >= 0))[known].all():
        raise ValueError("a row stands for a finite number of rows, not below 0")
    return np.where(known, given, 0.0)


def _means(values: Floats, counts: ArrayLike | None) -> Floats:
    weights = _weights(values, counts)
    total = weights.sum(axis=-1)
    sums = (weights * np.nan_to_num(values)).sum(axis=-1)
    return np.where(total > 0, sums / np.where(total > 0, total, 1.0), np.nan)


def _tilted(rows: _Rows, tilt: Floats) -> _Tilted:
    q = 1 / (1 + tilt[..., None] * rows.values)
    mean = (rows.shares * q).sum(axis=-1)
    q /= mean[..., None]
    delta = q - 1
    with np.errstate(divide="ignore"):
        log = np.where(np.abs(delta) < 0.5, np.log1p(delta), np.log(q))  # exact at both ends
    square = rows.shares * delta**2
    excess = (rows.shares * (delta - log)).sum(axis=-1)
    return _Tilted(
        mean,
        np.maximum(square.sum(axis=-1), TINY),
        (square * delta).sum(axis=-1),
        np.maximum(excess, TINY),
    )


def _score_of(tilted: _Tilted, total: Floats) -> tuple[Floats, Floats]:
    """z with p = Phi(z), and its slope in the logarithm of the tilt.

    With s the saddlepoint of K(s) = -sum c log(1 - s y), y = value - m, the weights of empirical
    likelihood 1/(1 - s y) are those tilted by a = -s/(1 + s m): a gives s, m and p with no search.
    K = -C mean(delta - log(1 + delta)), s² K'' = C mean(delta²), s³ K''' = 2 C mean(delta³).
    """
    r = -np.sqrt(2 * total * tilted.excess)
    ratio = np.log(tilted.square / (2 * tilted.excess)) / 2
    limit = r - tilted.cube / (3 * np.sqrt(total) * tilted.square**1.5)
    near = -r < NEAR
    return np.where(near, limit, r + ratio / r), np.where(near, r, _slope(tilted, total, r, ratio))


def _slope(tilted: _Tilted, total: Floats, r: Floats, ratio: Floats) -> Floats:
    """The slope of r + ratio/r in the logarithm of the tilt."""
    mean, square, cube, _ = tilted
    of_r = total * mean * square / r
    of_ratio = mean * (1 + cube / square - square) - of_r / r
    return of_r * (1 - ratio / r**2) + of_ratio / r


def _p_between(rows: _Rows, m: Floats, low: Floats, width: Floats) -> Floats:
    """p at m inside of what the rows span, from their nearer side."""
    unit, target = (rows.values - low[..., None]) / width[..., None], (m - low) / width
    above = target > (rows.shares * unit).sum(axis=-1)
    unit = np.where(above[..., None], 1 - unit, unit)
    p = ndtr(_score_at(rows._replace(values=unit), np.where(above, 1 - target, target)))
    return np.where(above, 1 - p, p)


def _score_at(rows: _Rows, target: Floats) -> Floats:
    """z at the mean `target` of values on 0..1, above 0 and not above their mean."""
    mean, variance = rows.mean, np.maximum(rows.variance, TINY)
    settled = (target <= 0) | (variance == TINY)
    target = np.where(settled, 1.0, target)

    def gap(log_tilt: Floats) -> tuple[Floats, Floats]:
        tilt = np.exp(log_tilt)
        at = np.maximum(rows.tilted_mean(tilt), TINY)
        return np.log(at / target), -_tilted(rows, tilt).square / (tilt * at)

    tilt = np.exp(_root(gap, (mean - target) * mean / (variance * target), settled))
    return _score_of(_tilted(rows, tilt), rows.total)[0]


def _limit(rows: _Rows, tail: Floats) -> Floats:
    """The mean of values on 0..1 at which p is `tail`; 0 where all lie at the low end."""
    goal = ndtri(np.maximum(tail, LEAST_TAIL))
    variance = np.maximum(rows.variance, TINY)
    settled = (variance == TINY) | (tail < LEAST_TAIL)

    def gap(log_tilt: Floats) -> tuple[Floats, Floats]:
        score, slope = _score_of(_tilted(rows, np.exp(log_tilt)), rows.total)
        return score - goal, slope

    tilt = np.exp(_root(gap, -goal / np.sqrt(rows.total * variance), settled))
    return np.where(settled, 0.0, rows.tilted_mean(tilt))


def _root(
    falling: Callable[[Floats], tuple[Floats, Floats]], guess: Floats, settled: NDArray[np.bool_]
) -> Floats:
    """Where each falling function of the logarithm of a tilt is 0: Newton, kept in its bracket by
    bisection; entries that are `settled` without it are not waited for.
    """
    low, high = (np.full(guess.shape, end) for end in LOG_TILTS)
    at = np.log(np.clip(guess, *np.exp(LOG_TILTS)))
    for _ in range(STEPS):
        with np.errstate(all="ignore"):
            value, slope = falling(at)
            step = at - value / slope
        low, high = np.where(value > 0, at, low), np.where(value > 0, high, at)
        before, at = at, np.where((step >= low) & (step <= high), step, (low + high) / 2)
        if (settled | (np.abs(at - before) < PRECISION)).all():
            break
    return at
