# pyright: strict, reportMissingTypeStubs=false
"""A line on time against the requests of one level of a load test."""

import math
from dataclasses import dataclass

import numpy as np

from workbench import words
from workbench.requirements.lines import Requirement
from workbench.serving import Capacity, Level
from workbench.serving.a_second import rate
from workbench.stats.intervals import Interval
from workbench.stats.movers import RareRate, rare_rate
from workbench.stats.peak_load import USED

QUANTILES = {0.5: "median", 0.95: "p95", 0.99: "p99"}  # that a load test keeps
TIMES = {"latency": "e2el", "first_token": "ttft"}
CLUSTER = 3  # blocks of 5 s: at the edge .04 of windows fail wrongly; by single requests .18


@dataclass(frozen=True)
class Timed:
    """The quantile of times that a line asks for, at one level; how many requests kept the time
    says how sure it is.
    """

    line: Requirement
    level: Level
    place: int  # of the bound that the load test held requests to
    within: float  # seconds of it: the line's, or fewer
    may_hold: bool  # whether the server carries anything

    @classmethod
    def of(cls, capacity: Capacity, line: Requirement) -> "Timed | None":
        """At the highest rate that one server is planned for; of a server that meets the
        requirements at no rate at the lowest that was tried. None where the load test asked for
        something else, or kept no such quantile.
        """
        level, bound = _level(capacity), _bound(capacity, line)
        if level is None or bound is None or line.quantile not in QUANTILES:
            return None
        known = all(each.kept for each in level.blocks)
        return cls(line, level, *bound, capacity.is_known) if known else None

    @property
    def seconds(self) -> float:
        """The quantile among the requests that were answered."""
        times = getattr(self.level, TIMES[self.line.measure])
        return float(getattr(times, QUANTILES[self.line.quantile or 0.0]))

    @property
    def missed(self) -> RareRate:
        """The share of requests that took longer. Parts of the window are clusters: requests that
        wait behind one another are alike, and one by one they would show too much.
        """
        due = np.array([each.due for each in self.level.blocks], float)
        kept = np.array([each.kept[self.place] for each in self.level.blocks], float)
        first = np.arange(0, len(due), CLUSTER)
        return rare_rate(np.add.reduceat(due - kept, first), np.add.reduceat(due, first))

    @property
    def evidence(self) -> str:
        """How many requests, at which rate."""
        said = f"{self.level.due:,} requests of a load test at {rate(self.level.rate)} a second"
        failed = f", {words.percent(self.level.errors)} failed" if self.level.failures else ""
        return f"{said}{failed}{'' if self.may_hold else ', the lowest rate that was tried'}"

    def limits(self, tail: float) -> Interval:
        """Up to the line's time where it is surely kept, above it where it surely is not."""
        asked, allowed = self.line.at_most or math.inf, 1 - (self.line.quantile or 0.0)
        low, high = self.missed.limits(tail)
        above = float(np.nextafter(asked, math.inf))
        least = above if self.within == asked and low > allowed else 0.0
        most = asked if self.may_hold and high <= allowed else math.inf
        seconds = max(self.seconds, least) if self.level.answered else above
        return Interval(seconds, least, max(most, seconds))


def _bound(capacity: Capacity, line: Requirement) -> tuple[int, float] | None:
    """Place and seconds of the load test's bound that is nearest to a line's, and not above it."""
    found = [
        (place, seconds)
        for place, (measure, _, seconds) in enumerate(capacity.loads[0].bounds.parts)
        if measure == line.measure and seconds <= (line.at_most or 0.0)
    ]
    return max(found, key=lambda bound: bound[1], default=None)


def _level(capacity: Capacity) -> Level | None:
    """The one with the highest rate at which a server is used to its planned share, or else the
    nearest above that held; of a server that carries nothing the lowest.
    """
    every = (level for load in capacity.loads for level in load.levels)
    rising = sorted(every, key=lambda level: level.rate)
    if not capacity.is_known:
        return next(iter(rising), None)
    good = [level for level in rising if level.holds and not level.late]
    below = [level for level in good if level.rate <= USED * capacity.rate.estimate]
    return below[-1] if below else next(iter(good), None)
