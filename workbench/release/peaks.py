# pyright: strict, reportMissingTypeStubs=false
"""The busiest minute that a launch is planned for (METHODS 6.6): capacity is planned from the peak,
and the largest minute of a short log lies below it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.release.demand import DAY, HOUR, MINUTE, Demand
from workbench.stats.intervals import Floats

WEEK = 7  # days
FACTORS = (1.5, 1.3)  # of the busiest hour's mean minute: requests, output tokens
OUTPUT = "output tokens"
Basis = Literal["own", "hour"]


@dataclass(frozen=True)
class Busiest:
    """The busiest minute of a traffic, before it is scaled to all users.

    By its `own` past week, or by a factor on the mean minute of its busiest `hour`. `requests` and
    `tokens` are a second; `tokens` are in requests that take the mean, so that another prompt's
    tokens can be put in.
    """

    basis: Basis
    requests: float
    tokens: float
    factors: tuple[float, float]  # of requests, of tokens


def busiest(traffic: Demand, mean_tokens: float, *, whole: bool, factor: float | None) -> Busiest:
    """The minute to plan for.

    `whole`: these are all requests, so that a week's own peak may be taken as it is. `factor` is a
    stated one for either basis, `mean_tokens` what a request of the traffic takes, NaN where that
    was not logged.
    """
    if whole and traffic.days.count >= WEEK:
        last = traffic.days.last
        return _own(traffic.between(last - WEEK * DAY, last), mean_tokens, factor or 1.0)
    factors = FACTORS if factor is None else (factor, factor)
    requests = traffic.minutes.counts(traffic.seconds)
    hour, most = busiest_hour(requests), float(requests.max(initial=0.0))
    by_factor = [max(each * hour, most) / MINUTE for each in factors]
    return Busiest("hour", by_factor[0], by_factor[1], factors)


def _own(week: Demand, mean_tokens: float, factor: float) -> Busiest:
    requests = factor * float(week.minutes.counts(week.seconds).max()) / MINUTE
    tokens = requests * FACTORS[1] / FACTORS[0]
    if mean_tokens > 0:
        taken = week.minutes.counts(week.seconds, np.nan_to_num(week.amounts[OUTPUT]))
        tokens = factor * float(taken.max()) / mean_tokens / MINUTE
    return Busiest("own", requests, tokens, (factor, factor))


def busiest_hour(minutes: Floats) -> float:
    """The largest mean of an hour's minutes; of less than an hour the mean of all."""
    if not len(minutes):
        return 0.0
    length = min(len(minutes), int(HOUR / MINUTE))
    sums = np.cumsum(np.concatenate([[0.0], minutes]))
    return float((sums[length:] - sums[:-length]).max()) / length
