# pyright: strict, reportMissingTypeStubs=false
"""What one server carries, and how many carry the peak."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from workbench import words
from workbench.arguments import expect_each
from workbench.errors import WorkbenchError
from workbench.printing import printed
from workbench.serving.bounds import NAMES, Bounds, Line
from workbench.serving.climbing import LOWER
from workbench.serving.server_settings import Tried
from workbench.serving.tested import LoadTest
from workbench.stats.intervals import Interval
from workbench.stats.peak_load import crossing_rate, over_runs, replicas
from workbench.words import a_second

JUST = 0.999  # of the share that is asked: what failed for another reason lies below it


@printed
@dataclass(frozen=True)
class Capacity:
    """The highest rate of one server that meets the requirements, and servers for the peak.

    `rate` is in requests a second; its limits come from `runs` load tests, and are 0 and infinite
    of one alone. `peak` is the busiest minute that is planned for, `mean` that of a day, both in
    requests a second; `growth` the factor by which they grow. `loads` are those load tests, and
    `tried` the settings of a sweep, of which the server has the best.
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
    loads: tuple[LoadTest, ...] = field(default=(), repr=False)
    tried: tuple[Tried, ...] = field(default=(), repr=False)
    command: str = ""  # that serves the model with the best settings; empty where none does

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
            "the generator fell behind at a rate that counts": self._fell_behind,
        }
        return tuple(text for text, applies in told.items() if applies)

    @property
    def _fell_behind(self) -> bool:
        levels = [level for load in self.loads for level in load.levels]
        return any(level.late and level.rate <= self.rate.estimate for level in levels)

    @property
    def best(self) -> Tried | None:
        """The settings of the sweep that this is the capacity of."""
        return next((each for each in self.tried if each.chosen), None)

    @property
    def sentence(self) -> str:
        """The rate, how sure it is, and the servers for the peak."""
        if not self.is_known:
            return f"No rate that was tried meets the requirements on one server with {self.model}."
        least = "At least " if self.at_least else ""
        said = f"{least}{a_second(self.rate.estimate)} requests a second meet the requirements"
        limits = (
            f" ({a_second(self.rate.low)} to {a_second(self.rate.high)})" if self.runs > 1 else ""
        )
        marked = "" if self.confirmed else ", not confirmed"
        return f"{said}{limits}{marked}: one server with {self.model}. {self._servers}".rstrip()

    @property
    def _servers(self) -> str:
        if self.replicas is None:
            return ""
        servers = words.count(self.replicas, "server")
        if self.peak is None:
            return f"At a mean of {a_second(self.planned)} a second that is {servers} or more."
        return f"The busiest minute of {a_second(self.planned)} a second needs {servers}."

    @property
    def planned(self) -> float:
        """The rate that is planned for, grown; NaN where none is known."""
        return (self.peak or self.mean or math.nan) * self.growth

    def __repr__(self) -> str:
        return f"Capacity: {self.sentence}"


class PlannedLine(Line, Protocol):
    """A requirement that may be on the rate of requests."""

    @property
    def mean(self) -> float | None: ...
    @property
    def peak(self) -> float | None: ...


class Planned(Protocol):
    """Requirements, as they are read from a file."""

    @property
    def lines(self) -> Sequence[PlannedLine]: ...


def _listed(load: LoadTest | Sequence[LoadTest]) -> tuple[LoadTest, ...]:
    listed = (load,) if isinstance(load, LoadTest) else load
    expect_each(listed, LoadTest, "load tests", "give what `await wb.load_test(...)` returned")
    return tuple(listed)


def capacity(
    load: LoadTest | Sequence[LoadTest],
    requirements: Bounds | Planned | None = None,
    *,
    mean: float | None = None,
    peak: float | None = None,
    growth: float = 1.0,
) -> Capacity:
    """What one server carries, from one load test or from several of the same server, which alone
    give it an interval; and servers for the peak.

    `mean` and `peak` are requests a second, over a day and in its busiest minute, which are planned
    for (by default those of a requirement on `rate`), and `growth` the factor by which they grow.
    WorkbenchError where the tests are of other bounds than `requirements`, or of several servers.
    """
    loads = _listed(load)
    _check(loads, requirements)
    stated = _stated_rates(requirements)
    mean, peak = mean or stated[0], peak or stated[1]
    if mean and peak and peak < mean:
        raise WorkbenchError("the busiest minute lies below the mean: change peak= or mean=")
    return Capacity(
        model=loads[0].model,
        asked=loads[0].bounds.sentence,
        rate=_rate(loads),
        runs=len(loads),
        confirmed=all(each.confirmed for each in loads),
        at_least=all(each.at_least for each in loads),
        peak=peak,
        mean=mean,
        growth=growth,
        loads=loads,
    )


def _check(loads: Sequence[LoadTest], requirements: Bounds | Planned | None) -> None:
    """That all are of one server, and of the bounds that are asked for."""
    if not loads:
        raise WorkbenchError("capacity needs a load test: wb.load_test, or wb.read_load of a file")
    if len({(each.model, each.bounds, str(dict(each.settings))) for each in loads}) > 1:
        raise WorkbenchError("these load tests are of several servers or bounds: give those of one")
    figures = [
        [(at.rate, at.due, at.in_flight, at.goodput) for at in each.levels] for each in loads
    ]
    if any(each in figures[:place] for place, each in enumerate(figures)):
        raise WorkbenchError(
            "two of these load tests are one and the same, to the last figure: an interval comes "
            "from tests that were run apart (on a simulated server with another seed=)"
        )
    asked = _bounds(requirements)
    if asked and asked != loads[0].bounds:
        raise WorkbenchError(
            f"the load test asked for {loads[0].bounds.sentence}, the requirements ask for "
            f"{asked.sentence}: run wb.load_test with these requirements"
        )


def _bounds(requirements: Bounds | Planned | None) -> Bounds | None:
    """What is asked of times; None of requirements without such a line."""
    if requirements is None or isinstance(requirements, Bounds):
        return requirements
    asks = any(line.measure in NAMES for line in requirements.lines)
    return Bounds.of(requirements) if asks else None


def _stated_rates(requirements: Bounds | Planned | None) -> tuple[float | None, float | None]:
    """Mean and peak of the line on the rate, where there is one."""
    lines = () if requirements is None or isinstance(requirements, Bounds) else requirements.lines
    found = [(line.mean, line.peak) for line in lines if line.measure == "rate"]
    return found[0] if found else (None, None)


def _rate(loads: Sequence[LoadTest]) -> Interval:
    """Over the runs; never above a rate that failed in any of them. NaN where a run found none.

    What is stated held, so it lies below the true rate, the more surely the more runs there are:
    its lower limit is that of the rates that held, the upper one a step of the search above that of
    where the share crosses. Of rates that held alone it held the true one in .74 of 3 runs and .05
    of 10; so in .95 and more, of every kind of server in `benchmarks/capacity.py`.
    """
    rates = [each.highest for each in loads]
    if not all(rate > 0 for rate in rates):
        return Interval(math.nan, math.nan, math.nan)
    found, crossed = over_runs(rates), over_runs([_crossing(each) for each in loads])
    failed = [level.rate for each in loads for level in each.levels if not level.holds]
    estimate = min([found.estimate, *failed])
    return Interval(estimate, min(found.low, estimate), max(found.high, crossed.high / LOWER))


def _crossing(load: LoadTest) -> float:
    """Where the share that keeps the bounds crosses the one that is asked, by all of a test's
    windows; what it states where it crosses nowhere.
    """
    share = load.bounds.share
    known = [each for each in load.levels if not math.isnan(each.attained)]
    kept = [each.attained if each.holds else min(each.attained, JUST * share) for each in known]
    about = [each.rate for each in known], kept, [each.due for each in known], share
    found = crossing_rate(*about) if known else math.nan
    return load.highest if math.isnan(found) else found
