# pyright: strict, reportMissingTypeStubs=false
"""What load tests and hosting say of a line: latency at the load that a server is planned for, the
rate that the planned servers carry, and what requests cost on them.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from scipy.special import betaincinv

from workbench.comparison.bounding import Limits
from workbench.requirements.lines import Requirement
from workbench.serving import Capacity, Hosting, Level
from workbench.serving.a_second import rate
from workbench.stats.intervals import Interval
from workbench.stats.peak_load import USED

QUANTILES = {0.5: "median", 0.95: "p95", 0.99: "p99"}  # that a load test keeps
TIMES = {"latency": "e2el", "first_token": "ttft"}


class Known(NamedTuple):
    """A value of a line, as `Measured` has it."""

    limits: Limits
    rows: int
    evidence: str
    doubt: str = ""
    next_step: str = ""


def under_load(capacity: Capacity, line: Requirement) -> Iterator[Known]:
    """A quantile of latency at the highest rate that one server is planned for.

    The requests of a level kept all that was asked, or did not: where the lower limit of their
    share reaches the line's quantile, no more than the asked time is needed for it. Nothing where
    the load test asked for something else, or kept no such quantile.
    """
    level, name = _planned(capacity), QUANTILES.get(line.quantile or 0.0)
    if level is None or name is None or math.isnan(level.attained) or not _asks(capacity, line):
        return
    seconds = float(getattr(getattr(level, TIMES[line.measure]), name))
    wanted, most = line.quantile or 0.0, line.at_most or math.inf

    def limits(tail: float) -> Interval:
        sure = _share_at_least(level, tail) >= wanted
        return Interval(seconds, 0.0, max(most, seconds) if sure else math.inf)

    said = f"{level.due:,} requests of a load test at {rate(level.rate)} a second"
    yield Known(limits, level.due, said, next_step="load it for longer, or plan more servers")


def _asks(capacity: Capacity, line: Requirement) -> bool:
    """Whether the load test held requests to this line's time, or a shorter one."""
    bounds = capacity.loads[0].bounds
    return getattr(bounds, line.measure) <= (line.at_most or 0.0)


def _planned(capacity: Capacity) -> Level | None:
    """The level with the highest rate at which a server is used to its planned share."""
    most = USED * capacity.rate.estimate
    levels = [level for load in capacity.loads for level in load.levels]
    below = [level for level in levels if level.rate <= most and level.holds and not level.late]
    return max(below, key=lambda level: level.rate, default=None)


def _share_at_least(level: Level, tail: float) -> float:
    """The exact lower limit of the share of requests that kept all that was asked."""
    met = round(level.attained * level.due)
    return float(betaincinv(met, level.due - met + 1, tail)) if met else 0.0


def carried(capacity: Capacity, line: Requirement) -> Iterator[Known]:
    """Requests a second that the servers planned for the line's peak carry."""
    peak = line.peak or 0.0
    servers = capacity.replicas if capacity.peak == peak else None
    if servers is None or not capacity.is_known:
        return
    value = Interval(*(servers * each / capacity.growth for each in capacity.rate))
    limits: Limits = lambda tail: value  # noqa: E731
    doubt = "" if capacity.confirmed else "no long run confirmed the rate of a server"
    if capacity.runs == 1:
        doubt = doubt or "one load test says nothing of how far another would differ"
    said = f"{servers:,} servers with {capacity.model}, {capacity.runs:,} load tests"
    step = "repeat the load test, and give wb.capacity all of them"
    yield Known(limits, capacity.runs, said, doubt, step)


def hosted_cost(hosting: Hosting, variant: str, line: Requirement) -> Iterator[Known]:
    """Dollars for the line's number of requests, on the way that a variant is served."""
    found, mean = hosting.weighed, hosting.mean
    if found is None or not mean or variant not in (hosting.own, hosting.hosted):
        return
    own = variant == hosting.own

    def limits(tail: float) -> Interval:
        return found.limits(mean, own=own, tail=tail) / (1000 / (line.per or 1))

    way = "on own servers" if own else "hosted"
    said = f"{way} at {rate(mean)} requests a second, prices as stated"
    yield Known(limits, found.draws, said, next_step="see wb.hosting")
