# pyright: strict
"""A full launch foreseen, as values: each figure with its interval and what it rests on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from workbench import words
from workbench.printing import printed
from workbench.release.peaks import Basis
from workbench.release.stated import Assumption
from workbench.stats.forecasting import DRIFT, LogEstimate
from workbench.stats.intervals import Interval
from workbench.words import a_second

Kind = Literal["requests", "input tokens", "output tokens", "dollars"]
Span = Literal["day", "weekday", "weekend", "month", "hour"]
Unit = Literal["day", "minute"]  # of the periods that were counted
KINDS: tuple[Kind, ...] = ("input tokens", "output tokens", "dollars")  # that requests take
MONTH = 31  # days
MOST_SAID = 240  # characters in a line
SPANS: Mapping[Span, str] = {
    "day": "a day", "weekday": "on a weekday", "weekend": "on a day of the weekend",
    "month": f"in {MONTH} days", "hour": "an hour",
}  # fmt: skip
_ALL = ("share", "days", "trend", "growth", "drift")
RESTS_ON: Mapping[str, tuple[str, ...]] = {  # what each figure is about -> its assumptions
    "requests": _ALL,
    "input tokens": ("input tokens", "prompts", "users", *_ALL),
    "output tokens": ("output tokens", "users", *_ALL),
    "dollars": ("dollars", "price", "users", *_ALL),
    "peak": ("peak", "share", "growth", "drift"),
    "replicas": ("rate", "peak", "share", "growth", "drift"),
    "own dollars": ("server", "rate", "peak", "share", "growth", "drift"),
}


@dataclass(frozen=True)
class Peak:
    """The busiest minute to plan for, a second, as its basis says."""

    requests: Interval
    tokens: Interval | None  # of output
    basis: Basis


@dataclass(frozen=True)
class Past:
    """One period that was logged, all traffic's: what it took, and its busiest minute a second."""

    amounts: Mapping[Kind, float]
    peak: float
    day: date | None = None


@printed
@dataclass(frozen=True)
class Forecast:
    """What full launch will take: requests, tokens, money and servers.

    `foreseen` are estimates without the drift, by kind and span, `taken` what a request takes;
    `assumptions` hold what is stated and not measured, by what it is about.
    """

    name: str  # of the logs
    periods: int  # whole ones, that both the sample and the traffic cover
    unit: Unit
    users: int
    requests: int  # of the sample
    foreseen: Mapping[Kind, Mapping[Span, LogEstimate]]
    peak: Peak
    replicas: Interval | None
    carries: Interval | None  # requests a second, one server
    server_hour: float | None  # dollars
    assumptions: Mapping[str, Assumption]
    drift: float = DRIFT
    level: float = 0.95
    unseen: float = 0.0  # half-width on the log, for days of the week that were not logged
    past: tuple[Past, ...] = field(default=(), repr=False)
    arm: str = ""  # whose requests the sample holds; empty: all
    taken: Mapping[Kind, LogEstimate] = field(default_factory=dict[Kind, LogEstimate])

    @property
    def span(self) -> Span:
        """What figures are given for, unless another span is asked for."""
        return "day" if self.unit == "day" else "hour"

    def found(self, kind: Kind, span: Span | None = None, *, drift: bool = True) -> Interval | None:
        """A figure with its limits; None where nothing is known of it."""
        by_span = self.foreseen.get(kind, {})
        estimate = by_span.get(span or self.span)
        stated = math.hypot(self.drift, self.unseen) if drift else 0.0
        return estimate and estimate.interval(self.level, stated)

    def rests_on(self, figure: str) -> tuple[Assumption, ...]:
        """The assumptions of a figure: a key of RESTS_ON."""
        about = RESTS_ON[figure]
        return tuple(self.assumptions[name] for name in about if name in self.assumptions)

    @property
    def own_dollars(self) -> Interval | None:
        """What the servers for the peak cost over the span; None without servers or a price."""
        if self.replicas is None or self.server_hour is None:
            return None
        hours = 24 if self.unit == "day" else 1
        return self.replicas / (1 / (hours * self.server_hour))

    @property
    def own_of_a_request(self) -> Interval | None:
        """What the servers for the peak cost a request, however dear they are where few come."""
        own, requests = self.own_dollars, self.found("requests")
        if own is None or requests is None or not requests.low > 0:
            return None
        ends = own.low / requests.high, own.high / requests.low
        return Interval(own.estimate / requests.estimate, *ends)

    @property
    def tokens_per_second(self) -> Interval | None:
        """Output tokens a second, on average."""
        found = self.found("output tokens")
        return found and found / (86_400 if self.unit == "day" else 3_600)

    @property
    def sentence(self) -> str:
        """The money, or where it is unknown the tokens, and the servers."""
        return " ".join(self.parts)

    @property
    def parts(self) -> tuple[str, str]:
        """The sentence in two: the figure, and the rest with its interval."""
        lead, ends = self._takes
        days = self.assumptions.get("days")
        launch = f"at full launch{f', {days.condition}' if days else ''}"
        return lead, f"{ends} {launch}; {self._carried}.".strip()

    @property
    def _takes(self) -> tuple[str, str]:
        dollars = self.found("dollars") or self.own_dollars
        kind: Kind = "output tokens" if self.found("output tokens") else "requests"
        found, show, what = self.found(kind), amount, f" {kind}"
        if dollars:
            found, show, what = dollars, money, ""
        if not found or math.isnan(found.estimate):
            return "Nothing is known", "of what it takes"
        about = f"About {show(found.estimate)}{what} {SPANS[self.span]}"
        if not math.isfinite(found.high):
            return about, "(no interval: too little was logged)"
        ends = f"({show(found.low)} to {show(found.high)})" if found.low < found.high else ""
        return about, ends

    @property
    def _carried(self) -> str:
        peak = f"the peak of {a_second(self.peak.requests.estimate)} requests a second"
        if self.replicas is None:
            return f"servers for {peak} are unknown: nobody measured what one carries"
        low, most = int(self.replicas.low), int(self.replicas.high)
        said = words.count(int(self.replicas.estimate), "server")
        return f"{said} for {peak}" if low == most else f"{said} ({low:,} to {most:,}) for {peak}"

    def __repr__(self) -> str:
        return f"Forecast {self.name}: {words.brief(self.sentence, MOST_SAID)}"


def amount(value: float) -> str:
    """A large number as people read it: 318, 20,400, 1.24 million."""
    if not math.isfinite(value):
        return ""
    for unit, name in ((1e9, " billion"), (1e6, " million")):
        if value >= 0.9995 * unit:
            many = value / unit
            return f"{many:,.0f}{name}" if many >= 100 else f"{many:.3g}{name}"
    if value < 100:
        return f"{value:.2g}"
    return f"{round(value, 2 - math.floor(math.log10(value))):,.0f}"


def money(dollars: float) -> str:
    """$0.24, $171, $1.24 million: from a hundred dollars on, three digits."""
    return f"${amount(dollars)}" if dollars >= 100 else words.money(dollars)
