# pyright: strict, reportMissingTypeStubs=false
"""How many servers carry a peak, and a rate over several runs (METHODS 6.4)."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from workbench.stats.intervals import Floats, Interval, proper_share

USED = 0.85  # of the highest rate of a server: then no minute falls short
WHOLE = 1e-9  # how far above a whole number of servers still is that number


def replicas(peak: float, rate: float, growth: float = 1.0) -> int:
    """Servers that carry a peak minute of `peak` requests a second that grows by the factor
    `growth`, each of which takes `rate` requests a second at most. Not for estimates as they stand:
    give the worse end of their intervals.
    """
    if not (rate > 0 and peak >= 0 and growth > 0):
        raise ValueError("rates and growth are above 0")
    return max(1, math.ceil(peak * growth / (USED * rate) - WHOLE))


def over_runs(rates: Sequence[float], level: float = 0.95) -> Interval:
    """The rate that runs found, each of them one observation: Student's limits on the logarithm.

    One run says nothing of how far another would differ: its limits are 0 and infinite. Not for
    windows of one run, which share its luck.
    """
    tail = (1 - proper_share(level)) / 2
    if len(rates) == 1:
        return Interval(float(rates[0]), 0.0, math.inf)
    logs, count = np.log(np.array(rates, dtype=float)), len(rates)
    estimate = float(np.exp(logs.mean()))
    reach = -float(stdtrit(count - 1, tail)) * float(logs.std(ddof=1)) / math.sqrt(count)
    return Interval(estimate, estimate * math.exp(-reach), estimate * math.exp(reach))


def crossing_rate(rates: ArrayLike, shares: ArrayLike, due: ArrayLike, share: float) -> float:
    """Where the share of requests that keep the bounds falls below `share`, from what rates `(n,)`
    had of so many requests due: monotone regression, straight lines between. NaN where it falls at
    no rate, or lies below at every one.
    """
    from scipy.optimize import isotonic_regression  # here: it takes a fifth of a second

    order = np.argsort(rates)
    at, kept, weights = (np.asarray(each, float)[order] for each in (rates, shares, due))
    found: Any = isotonic_regression(kept, weights=weights, increasing=False)
    fitted: Floats = found.x
    fails = int((fitted >= share).sum())
    if not 0 < fails < len(at):
        return math.nan
    (low, high), (over, under) = at[fails - 1 : fails + 1], fitted[fails - 1 : fails + 1]
    return float(low + (over - share) / (over - under) * (high - low))
