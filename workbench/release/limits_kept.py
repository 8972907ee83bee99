"""What the challenger's users got, held against a limit of the requirements."""

import numpy as np

from workbench.release.arm_traffic import Traffic
from workbench.release.asked import Limit
from workbench.release.measures import MEASURES, Arm, arm_of
from workbench.release.trial import KeptWord
from workbench.stats.movers import ONE_SIGMA, quantile_by_users


def challengers(traffic: Traffic, limit: Limit, day: int) -> Arm:
    """The challenger's users by the limit's measure, to date at the end of a day."""
    top, bottom = MEASURES[limit.measure].parts(traffic)
    rows = traffic.rows(0, day)
    counts = np.where(traffic.is_challenger[traffic.user[rows]], bottom[rows], 0.0)
    if limit.quantile:
        some = counts > 0
        return quantile_by_users(top[rows][some], traffic.user[rows][some], limit.quantile)
    n = np.bincount(traffic.user[rows], counts, traffic.users).astype(float)
    y = np.bincount(traffic.user[rows], np.where(counts > 0, top[rows], 0.0), traffic.users)
    return arm_of(MEASURES[limit.measure], y.astype(float), n)


def word_of(limit: Limit, arm: Arm, tail: float) -> KeptWord:
    """Whether limits with `tail` beyond each show that it is kept, or missed."""
    if not tail > 0:
        return "not shown"
    low, high = arm.limits(tail)
    if MEASURES[limit.measure].higher_is_better:
        low, high, bound = -high, -low, -limit.bound
    else:
        bound = limit.bound
    if high <= bound:
        return "met"
    return "missed" if low > bound else "not shown"


def room(limit: Limit, arm: Arm) -> float:
    """How far inside the limit the arm lies, in standard errors; below 0 outside."""
    low, high = arm.limits(ONE_SIGMA)
    gap = limit.bound - arm.estimate
    error = (high - low) / 2
    inside = -gap if MEASURES[limit.measure].higher_is_better else gap
    return inside / error if 0 < error < np.inf else np.nan
