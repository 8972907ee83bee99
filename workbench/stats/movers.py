# pyright: strict, reportMissingTypeStubs=false
"""Differences of two arms whose own limits are lopsided: tails of latency, and rare events.

MOVER (Zou and Donner 2008): with estimates a, b and their limits, the difference b - a lies within
b - a - sqrt((b - low_b)² + (high_a - a)²) and b - a + sqrt((high_b - b)² + (a - low_a)²).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, hypot, inf, isfinite, isinf, log, nan
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from workbench.stats.intervals import Codes, Floats, aligned, score_interval
from workbench.stats.user_ratios import residual_error

FEWEST_EVENTS = 10  # in both arms together: below, nothing is said of a rare rate
ONE_SIGMA = 0.15865525393145707  # the tail beyond one standard error


class Limited(Protocol):
    """A figure of one arm with its limits at any tail."""

    @property
    def estimate(self) -> float: ...

    def limits(self, tail: float) -> tuple[float, float]: ...


@dataclass(frozen=True)
class Moved:
    """The difference of two arms, challenger minus baseline, on the scale of `turned`."""

    baseline: Limited
    challenger: Limited
    turned: Callable[[float], float] = float  # log for a ratio

    @property
    def estimate(self) -> float:
        return self._on_scale(self.challenger.estimate) - self._on_scale(self.baseline.estimate)

    @property
    def error(self) -> float:
        """Half of the interval of one standard error either side; NaN where it is open."""
        low, high = self.limits(ONE_SIGMA)
        return (high - low) / 2 if isfinite(high - low) else nan

    def limits(self, tail: float) -> tuple[float, float]:
        """Limits with `tail` beyond each."""
        if not isfinite(self.estimate):
            return -inf, inf
        ends = [
            [self._on_scale(end) for end in (arm.estimate, *arm.limits(tail))]
            for arm in (self.baseline, self.challenger)
        ]
        (a, low_a, high_a), (b, low_b, high_b) = ends
        return (
            self.estimate - hypot(b - low_b, high_a - a),
            self.estimate + hypot(high_b - b, a - low_a),
        )

    def _on_scale(self, value: float) -> float:
        if self.turned is float or isinf(value):
            return value
        return self.turned(value) if value > 0 else -inf


@dataclass(frozen=True)
class UserQuantile:
    """A quantile of one arm's messages with limits by users (Woodruff 1952).

    `ordered` are the values, rising; `error` is that of the share at or below the estimate.
    """

    ordered: Floats
    quantile: float
    error: float
    degrees: float

    @property
    def estimate(self) -> float:
        return self._at(self.quantile)

    def limits(self, tail: float) -> tuple[float, float]:
        """Order statistics at q - t error and q + t error; infinite where messages do not reach."""
        if not self.degrees > 0:
            return -inf, inf
        half = -float(stdtrit(self.degrees, tail)) * self.error
        low, high = self.quantile - half, self.quantile + half
        return (self._at(low) if low > 0 else -inf), (self._at(high) if high < 1 else inf)

    def _at(self, share: float) -> float:
        count = len(self.ordered)
        if not count:
            return nan
        return float(self.ordered[min(max(ceil(share * count - 1e-9), 1), count) - 1])


def quantile_by_users(values: Floats, users: Codes, quantile: float) -> UserQuantile:
    """`user_quantile` of messages `(n,)` in any order."""
    order = np.argsort(values, kind="stable")
    return user_quantile(values[order], users[order], quantile)


def user_quantile(ordered: Floats, users: Codes, quantile: float) -> UserQuantile:
    """The quantile of messages `(n,)` sorted by value, `users` `(n,)` whose they are (from 0).

    Error and degrees of freedom as in `user_ratio`, of the share of messages at or below the
    quantile. As if messages were independent the interval covers .42 to .79 in place of .95.
    """
    count = len(ordered)
    if not count:
        return UserQuantile(ordered, quantile, nan, 0.0)
    sizes = np.bincount(users).astype(float)
    below = min(max(ceil(quantile * count - 1e-9), 1), count)
    above = np.bincount(users[below:], minlength=len(sizes))  # the shorter part is counted
    residuals = (1 - below / count) * sizes - above
    error = residual_error(residuals, sizes)
    kish = count**2 / float((sizes**2).sum())
    return UserQuantile(ordered, quantile, error, kish - 1 if isfinite(error) else 0.0)


def log_quantile_ratio(baseline: UserQuantile, challenger: UserQuantile) -> Moved:
    """ln(challenger/baseline) of a quantile above 0, such as p95 latency."""
    return Moved(baseline, challenger, log)


@dataclass(frozen=True, slots=True)
class RareRate:
    """A rate of few events in one arm: `count` is how many independent messages it is worth."""

    events: float
    estimate: float
    count: float

    def limits(self, tail: float) -> tuple[float, float]:
        """Wilson's, on the effective count."""
        if not self.count > 0:
            return 0.0, 1.0
        found = score_interval(self.estimate, self.count, -float(ndtri(tail)))
        return found.low, found.high


def rare_rate(x: ArrayLike, n: ArrayLike) -> RareRate:
    """Events `x` in messages `n` `(users,)`: p' = (x + 1)/n, variance the larger of
    (sum e² + 1)/n² and p'(1 - p')/n, worth p'(1 - p')/variance messages (METHODS 6.2).
    """
    events, sizes = aligned(x, n)
    total = float(sizes.sum())
    if not total > 0:
        return RareRate(0.0, nan, 0.0)
    seen = float(events.sum())
    rate = min((seen + 1) / total, 1.0)
    error = residual_error(events - seen / total * sizes, sizes)
    if not isfinite(error):
        return RareRate(seen, rate, 1.0)
    alone = rate * (1 - rate)
    variance = max(error**2 + 1 / total**2, alone / total)
    return RareRate(seen, rate, alone / variance if alone > 0 else total)


def rare_difference(baseline: RareRate, challenger: RareRate) -> Moved:
    """Challenger minus baseline of two rare rates."""
    return Moved(baseline, challenger)
