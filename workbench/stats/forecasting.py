# pyright: strict, reportMissingTypeStubs=false
"""Traffic foreseen from a sample of it (METHODS 6.6): what a request takes, by users, times the
requests of a period; and a drift that is stated, not measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, nan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from workbench.stats.intervals import Codes, Floats, Interval
from workbench.stats.peak_load import replicas
from workbench.stats.user_ratios import user_ratio

DRIFT = 0.10  # half-width on the log


@dataclass(frozen=True, slots=True)
class LogEstimate:
    """A positive figure, the standard error of its logarithm, and Student's degrees of freedom."""

    estimate: float
    error: float
    degrees: float = inf

    def times(self, other: "LogEstimate") -> "LogEstimate":
        """The product of two figures that err independently; the fewer degrees of freedom."""
        error = sqrt(self.error**2 + other.error**2)
        degrees = min(self.degrees, other.degrees)
        return LogEstimate(self.estimate * other.estimate, error, degrees)

    def scaled(self, factor: float) -> "LogEstimate":
        """The same figure in another unit, or of another span."""
        return LogEstimate(self.estimate * factor, self.error, self.degrees)

    def interval(self, level: float = 0.95, drift: float = 0.0) -> Interval:
        """Limits on the log: t times the error, and the half-width of the drift, in quadrature."""
        if not self.estimate > 0:
            return Interval(self.estimate, nan, nan)
        if not self.degrees > 0 or np.isnan(self.error):
            return Interval(self.estimate, 0.0, inf)
        t = -float(stdtrit(self.degrees, (1 - level) / 2))
        half = sqrt((t * self.error) ** 2 + drift**2)
        middle = log(self.estimate)
        return Interval(self.estimate, exp(middle - half), exp(middle + half))


def per_request(amounts: ArrayLike, users: ArrayLike) -> LogEstimate:
    """What a request takes: amounts `(n,)` over requests, their users `(n,)` as clusters.

    A ratio of sums, as `user_ratio` has it. As if requests were independent the interval of a
    forecast holds in .47 where it says .95: one user asks often and alike.
    """
    values = np.asarray(amounts, dtype=float)
    codes = np.unique(np.asarray(users), return_inverse=True)[1].ravel()
    found = user_ratio(np.bincount(codes, values), np.bincount(codes))
    if not found.estimate > 0 or not found.degrees > 0:
        return LogEstimate(found.estimate, nan, 0.0)
    return LogEstimate(found.estimate, found.error / found.estimate)


def mean_period(
    counts: ArrayLike, kinds: Sequence[int] = (), of: Sequence[float] = ()
) -> LogEstimate:
    """The requests of a mean period from whole periods `(m,)`, minutes or days.

    `kinds` says which kind each is of (weekday 0, weekend 1), and `of` what share of all periods
    each kind has: a log of ten days then does not count its weekends twice. Degrees of freedom: one
    less a kind. NaN where a kind was not seen.
    """
    values = np.asarray(counts, dtype=float)
    codes = np.asarray(kinds or np.zeros(len(values)), dtype=int)
    shares = np.asarray(of or (1.0,), dtype=float)
    seen = np.bincount(codes, minlength=len(shares))
    if not (seen[shares > 0] > 0).all():
        return LogEstimate(nan, nan, 0.0)
    means = np.bincount(codes, values, minlength=len(shares)) / np.maximum(seen, 1)
    degrees = float(len(values) - np.count_nonzero(seen))
    return _of_kinds(shares, means, seen, values - means[codes], degrees)


def _of_kinds(
    shares: Floats, means: Floats, seen: Codes, residuals: Floats, degrees: float
) -> LogEstimate:
    """The mean over kinds, whose periods scatter alike."""
    total = float(shares @ means)
    if not degrees > 0 or not total > 0:
        return LogEstimate(total, nan, 0.0)
    weight = float((shares**2 / np.maximum(seen, 1)).sum())
    error = sqrt(float(residuals @ residuals) / degrees * weight)
    return LogEstimate(total, error / total, degrees)


def of_a_share(users: ArrayLike, share: float) -> LogEstimate:
    """What all traffic's requests are of those logged, from the share of users that was logged:
    1/share, for users `(n,)` of the logged requests.

    The error of its log is sqrt((1 - share) sum n_u²)/n: who is in the share is chance. A forecast
    is far wider than with the requests known (METHODS 6.6: half-width .44 for .14).
    """
    counts = np.unique(np.asarray(users), return_counts=True)[1].astype(float)
    if share == 1.0 or not len(counts):
        return LogEstimate(1 / share, 0.0)
    error = sqrt((1 - share) * float(counts @ counts)) / float(counts.sum())
    return LogEstimate(1 / share, error, float(len(counts) - 1))


def replicas_for(peak: Interval, rate: Interval) -> Interval:
    """Replicas that carry a peak, each `rate`, both in requests a second. The best case has the
    lowest peak and the highest rate.
    """
    ends = (peak.estimate, rate.estimate), (peak.low, rate.high), (peak.high, rate.low)
    return Interval(*(float(replicas(*each)) for each in ends))
