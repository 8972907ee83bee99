# pyright: strict
"""What a forecast is told and does not measure, checked and in words."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from workbench import words
from workbench.errors import WorkbenchError
from workbench.stats.intervals import Interval
from workbench.stats.peak_load import USED


@dataclass(frozen=True)
class Assumption:
    """What a figure rests on and nobody measured: in a few words, and in a sentence; where the
    figure may not be told without it, as a `condition`: if every hour is like those logged.
    """

    short: str
    sentence: str
    condition: str = ""


@dataclass(frozen=True)
class Stated:
    """The assumptions of a forecast as values; None where there is none."""

    share: float | None  # of users that the logs hold; None: traffic holds all requests
    growth: float
    drift: float  # half-width on the log
    peak_factor: float | None
    rate: float | Interval | None  # that one server carries, requests a second
    server_hour: float | None  # dollars
    model: str = ""  # whose prices tokens have
    level: float = 0.95

    def check(self, *, knows_traffic: bool) -> None:
        """WorkbenchError where a figure is out of range, or the requests of all are not told."""
        if knows_traffic == (self.share is not None):
            raise WorkbenchError(
                "forecast needs the requests of everyone: give traffic=, the incumbent's own log "
                "of the same time, or share=, the share of users that the logs hold (1.0 for all)"
            )
        if self.share is not None and not 0 < self.share <= 1:
            raise WorkbenchError(f"share is {self.share:g}: it lies above 0 and is at most 1")
        carried = self.carries and self.carries.low
        for name, value in (
            ("growth", self.growth), ("peak_factor", self.peak_factor), ("rate", carried),
            ("server_hour", self.server_hour),
        ):  # fmt: skip
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise WorkbenchError(f"{name} is {value:g}: give a number above 0")
        if not 0 <= self.drift < 1:
            raise WorkbenchError(f"drift is {self.drift:g}: give a share from 0 to 1, such as 0.1")

    @property
    def carries(self) -> Interval | None:
        """What one server carries; a bare number, and what one load test alone found, has no
        interval.
        """
        if self.rate is None:
            return None
        rate = self.rate if isinstance(self.rate, Interval) else Interval(*[self.rate] * 3)
        return Interval(*[rate.estimate] * 3) if _is_open(rate) else rate

    def assumptions(self) -> Iterator[tuple[str, Assumption]]:
        """Each by what it is about."""
        if self.share is not None and self.share < 1:
            logged = f"{words.hundredths(self.share)} of users logged"
            told = f"The logs are taken to hold {words.hundredths(self.share)} of users"
            yield "share", Assumption(logged, f"{told}; who is among them widens the intervals.")
        if self.growth != 1:
            grown = f"growth by {self.growth:g}"
            told = f"Requests are taken to grow by a factor of {self.growth:g}."
            yield "growth", Assumption(grown, told)
        if self.drift:
            drift = f"±{words.hundredths(self.drift)}"
            told = f"A drift of {drift} is stated, not measured."
            yield "drift", Assumption(f"drift of {drift}", told)
        if self.model:
            told = f"Tokens have the prices of {self.model}."
            yield "price", Assumption(f"prices of {self.model}", told)
        yield from self._of_replicas()

    def _of_replicas(self) -> Iterator[tuple[str, Assumption]]:
        filled = f"is filled to {words.hundredths(USED)} in the busiest minute"
        if isinstance(self.rate, Interval) and not _is_open(self.rate):
            found = "{:.3g} ({:.3g} to {:.3g})".format(*self.rate)
            told = f"One server carries {found} requests a second, and {filled}."
            yield "rate", Assumption("the rate of one, measured", told)
        elif self.carries is not None:
            once = isinstance(self.rate, Interval)
            said = "was once measured" if once else "is said"
            told = f"One server {said} to carry {self.carries.estimate:.3g} requests a second"
            short = f"the rate of one, {'measured once' if once else 'as told'}"
            yield "rate", Assumption(short, f"{told}, without an interval, and {filled}.")
        if self.server_hour is not None:
            hour = f"{words.money(self.server_hour)} an hour"
            told = f"A server is said to cost {hour}, and runs all the time."
            yield "server", Assumption(f"{hour} a server", told)


def _is_open(rate: Interval) -> bool:
    """Whether its limits are not known: 0 and infinite, as of one load test alone."""
    return rate.low <= 0 or not math.isfinite(rate.high)
