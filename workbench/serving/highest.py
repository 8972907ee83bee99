# pyright: strict, reportMissingTypeStubs=false
"""What one server carries, and how many carry the peak."""

import math
from dataclasses import dataclass

from workbench import words
from workbench.printing import printed
from workbench.stats.carried import replicas
from workbench.stats.intervals import Interval


@printed
@dataclass(frozen=True)
class Capacity:
    """The highest rate of one server that meets the requirements, and servers for the peak.

    `rate` is in requests a second; its limits come from `runs` load tests, and are 0 and infinite
    of one alone. `peak` is the busiest minute that is planned for, `mean` that of a day, both in
    requests a second; `growth` the factor by which they grow.
    """

    model: str
    asked: str  # of every request, in words
    rate: Interval
    runs: int
    confirmed: bool  # by a long run in every test
    at_least: bool = False  # no rate that was tried failed
    peak: float | None = None
    mean: float | None = None
    growth: float = 1.0

    @property
    def is_known(self) -> bool:
        """Whether any rate meets the requirements."""
        return self.rate.estimate > 0

    @property
    def replicas(self) -> int | None:
        """Servers for the peak; from a mean alone the least that there could be; None where neither
        or no rate is known.
        """
        planned = self.peak or self.mean
        if planned is None or not self.is_known:
            return None
        return replicas(planned, self.rate.estimate, self.growth)

    @property
    def most_replicas(self) -> int | None:
        """The same at the lower limit of the rate; None of one run alone."""
        planned = self.peak or self.mean
        if planned is None or not self.rate.low > 0:
            return None
        return replicas(planned, self.rate.low, self.growth)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know before planning with it."""
        told = {
            "only a mean rate is known, and servers are planned from the busiest minute": (
                self.peak is None and self.mean is not None
            ),
            "no long run confirmed the rate": self.is_known and not self.confirmed,
            "one test says nothing of how far another would differ": self.runs == 1,
            "no rate that was tried failed, so it is a least": self.at_least,
        }
        return tuple(text for text, applies in told.items() if applies)

    @property
    def sentence(self) -> str:
        """The rate, how sure it is, and the servers for the peak."""
        if not self.is_known:
            return f"No rate that was tried meets the requirements on one server with {self.model}."
        least = "At least " if self.at_least else ""
        said = f"{least}{self.rate.estimate:.2g} requests a second meet the requirements"
        limits = f" ({self.rate.low:.2g} to {self.rate.high:.2g})" if self.runs > 1 else ""
        marked = "" if self.confirmed else ", not confirmed"
        return f"{said}{limits}{marked}: one server with {self.model}. {self._servers}".rstrip()

    @property
    def _servers(self) -> str:
        if self.replicas is None:
            return ""
        servers = words.count(self.replicas, "server")
        if self.peak is None:
            return f"At a mean of {self.planned:.2g} a second that is {servers} or more."
        return f"The busiest minute of {self.planned:.2g} a second needs {servers}."

    @property
    def planned(self) -> float:
        """The rate that is planned for, grown; NaN where none is known."""
        return (self.peak or self.mean or math.nan) * self.growth

    def __repr__(self) -> str:
        return f"Capacity: {self.sentence}"
