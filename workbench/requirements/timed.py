# pyright: strict, reportMissingTypeStubs=false
"""A line on time against the requests of load tests at the load that a server is planned for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench import words
from workbench.requirements.lines import Requirement
from workbench.serving import Capacity, Level
from workbench.stats.intervals import Interval
from workbench.stats.missed_shares import share_missed
from workbench.stats.peak_load import USED
from workbench.words import a_second

QUANTILES = {0.5: "median", 0.95: "p95", 0.99: "p99"}  # that a load test keeps
TIMES = {"latency": "e2el", "first_token": "ttft"}
HELD = 0.5  # of the tail: runs that count are those that held, at the edge one in two
LONG = 300.0  # seconds watched, of which fewer show no slow spells


@dataclass(frozen=True)
class Timed:
    """The quantile of times that a line asks for, over windows at one load; how many requests kept
    the time says how sure it is.
    """

    line: Requirement
    levels: tuple[Level, ...]
    place: int  # of the bound that the load test held requests to
    within: float  # seconds of it: the line's, or fewer
    may_hold: bool  # whether the server carries anything

    @classmethod
    def of(cls, capacity: Capacity, line: Requirement) -> "Timed | None":
        """In the long runs at the load that one server is planned for; without one at the highest
        rate below that which was tried; of a server that meets the requirements at no rate at the
        lowest. None where the load test asked for something else, or kept no such quantile.
        """
        levels, bound = _levels(capacity), _bound(capacity, line)
        if not levels or bound is None or line.quantile not in QUANTILES:
            return None
        known = all(block.kept for level in levels for block in level.blocks)
        return cls(line, levels, *bound, capacity.is_known) if known else None

    @property
    def due(self) -> int:
        return sum(level.due for level in self.levels)

    @property
    def late(self) -> bool:
        """Whether the generator fell behind in any of them."""
        return any(level.late for level in self.levels)

    @property
    def is_long(self) -> bool:
        """Whether they were watched for long enough to show slow spells."""
        return sum(level.seconds for level in self.levels) >= LONG

    @property
    def seconds(self) -> float:
        """The quantile among the requests that were answered, the mean over windows."""
        name = QUANTILES[self.line.quantile or 0.0]
        times = [getattr(each, TIMES[self.line.measure]) for each in self.levels if each.answered]
        counts = [each.answered for each in self.levels if each.answered]
        return float(np.average([getattr(each, name) for each in times], weights=counts))

    @cached_property
    def _windows(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Missed and due, by block of each window."""
        return [
            (
                np.array([each.due - each.kept[self.place] for each in level.blocks], float),
                np.array([each.due for each in level.blocks], float),
            )
            for level in self.levels
        ]

    @property
    def evidence(self) -> str:
        """How many requests, at which rate."""
        at = a_second(float(np.mean([level.rate for level in self.levels])))
        said = f"{self.due:,} requests of {_tests(self.levels)} at {at} a second"
        lost = self.due - sum(level.answered for level in self.levels)
        failed = f", {words.percent(lost / self.due)} failed" if lost else ""
        return f"{said}{failed}{'' if self.may_hold else ', the lowest rate that was tried'}"

    def limits(self, tail: float) -> Interval:
        """Up to the line's time where it is surely kept, above it where it surely is not."""
        asked, allowed = self.line.at_most or math.inf, 1 - (self.line.quantile or 0.0)
        low, high = (
            share_missed(self._windows, tail).low,
            share_missed(self._windows, HELD * tail).high,
        )
        above = float(np.nextafter(asked, math.inf))
        least = above if self.within == asked and low > allowed else 0.0
        keeps = self.may_hold and self.is_long and high <= allowed
        most = asked if keeps else math.inf
        answered = any(level.answered for level in self.levels)
        seconds = max(self.seconds, least) if answered else above
        return Interval(seconds, least, max(most, seconds))


def _tests(levels: Sequence[Level]) -> str:
    return "a load test" if len(levels) == 1 else words.count(len(levels), "load test")


def _bound(capacity: Capacity, line: Requirement) -> tuple[int, float] | None:
    """Place and seconds of the load test's bound that is nearest to a line's, and not above it."""
    found = [
        (place, seconds)
        for place, (measure, _, seconds) in enumerate(capacity.loads[0].bounds.parts)
        if measure == line.measure and seconds <= (line.at_most or 0.0)
    ]
    return max(found, key=lambda bound: bound[1], default=None)


def _levels(capacity: Capacity) -> tuple[Level, ...]:
    """The runs at the planned load, those that failed too, for they would be luck else; without one
    the window of the highest rate at which a server is used to its planned share, or the nearest
    above that held; of a server that carries nothing the lowest.
    """
    every = (level for load in capacity.loads for level in load.levels)
    rising = sorted(every, key=lambda level: level.rate)
    if not capacity.is_known:
        return tuple(rising[:1])
    planned = [level for level in rising if level.purpose == "planned"]
    good = [level for level in rising if level.holds and not level.late]
    below = [level for level in good if level.rate <= USED * capacity.rate.estimate]
    return tuple(planned) or tuple(below[-1:]) or tuple(good[:1])
