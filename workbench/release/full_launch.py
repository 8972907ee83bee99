# pyright: strict, reportMissingTypeStubs=false
"""forecast: what full launch will take, from a sample of its users and the traffic of all."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from workbench import words
from workbench.errors import WorkbenchError
from workbench.models.model import Model
from workbench.models.prices import dollars, price_of
from workbench.release.demand import (
    DAY,
    HOUR,
    LACKING,
    MINUTE,
    Demand,
    Periods,
    demand_of,
    read_trace,
)
from workbench.release.forecasted import KINDS, MONTH, Forecast, Kind, Past, Peak, Span, Unit
from workbench.release.peaks import OUTPUT, Busiest, busiest
from workbench.release.released_logs import Logs
from workbench.release.stated import Assumption, Stated
from workbench.stats.forecasting import (
    DRIFT,
    LogEstimate,
    mean_period,
    of_a_share,
    per_request,
    replicas_for,
)
from workbench.stats.intervals import Floats, Interval

WEEK = 7  # days from which weekdays and weekends are told apart
MINUTES = round(HOUR / MINUTE)
FEWEST_HOURS = 3  # of which each counts as one
UNSEEN_DAYS, UNSEEN_HOURS = 2.0, 4.0  # times as much as those logged, at most
PROMPTS_DRIFT = 0.2  # half-width on the log: prompts of the trace drifted by 16 % in an hour
SHOWN = {"day": 28, "minute": 60}  # periods of the past
SPANS: dict[Span, tuple[float, ...]] = {  # the shares of weekdays and of weekends
    "day": (5 / 7, 2 / 7), "weekday": (1.0, 0.0), "weekend": (0.0, 1.0),
}  # fmt: skip
ALIKE: dict[Span, tuple[float, ...]] = {"day": (1.0,)}


def forecast(
    logs: Logs | Demand | str | Path,
    *,
    arm: str = "",
    traffic: Logs | Demand | str | Path | None = None,
    share: float | None = None,
    growth: float = 1.0,
    drift: float = DRIFT,
    peak_factor: float | None = None,
    rate: float | Interval | None = None,
    server_hour: float | None = None,
    model: Model | None = None,
    level: float = 0.95,
) -> Forecast:
    """Requests, tokens, servers and money of the full launch, with intervals and a stated drift.

    `logs` say what a request takes, by users: those of a limited release (of an `arm`), or the
    path of a trace.
    How many requests there will be is known from `traffic`, all requests of the same time (the
    incumbent's own log, better with the week before), or from the `share` of users that `logs`
    hold: 1.0 where they hold all; less is far less sure. `growth` multiplies requests. The peak is
    the traffic's own of its past week, else `peak_factor` times its busiest hour (1.5; tokens 1.3).
    `rate` is what one server carries, in requests a second as measured; without it servers are
    unknown. `server_hour` is its price in dollars, `model` prices tokens where the logs hold no
    cost. Raises WorkbenchError where the two do not cover two whole minutes of the same time.
    """
    priced_as = model.name if model else ""
    told = share, growth, drift, peak_factor, rate, server_hour, priced_as, level
    stated = Stated(*told)
    stated.check(knows_traffic=traffic is not None)
    sample = _priced(_demand(logs, arm), model)
    everyone = _demand(logs if traffic is None else traffic).by_clock_of(sample)
    return replace(_Seen.of(sample, everyone, stated).forecast(), arm=arm)


def unseen_days(seen: int) -> float:
    """The half-width on the log that a week's mean has for the days that were not logged, each from
    half to twice a day that was.
    """
    return math.log((seen + UNSEEN_DAYS * (WEEK - seen)) / WEEK)


def _raised(peak: Interval, times: float) -> Interval:
    return Interval(peak.estimate, peak.low, peak.high * times)


def _of_the_prompts() -> Assumption:
    told = (
        "Prompts may drift by more than is stated: on an hour of a public service the interval of "
        "input tokens held in .82 for .95. Give a wider drift= where inputs change."
    )
    return Assumption("prompts that drift no more", told)


def _demand(given: Logs | Demand | str | Path, arm: str = "") -> Demand:
    if isinstance(given, Logs):
        return demand_of(given, arm)
    if arm:
        raise WorkbenchError(f"only logs have arms: leave out arm={arm!r}, or load them as logs")
    return given if isinstance(given, Demand) else read_trace(given)


def _priced(sample: Demand, model: Model | None) -> Demand:
    """The requests with what they cost: as logged, else by their tokens at a model's price."""
    if model is None or "dollars" in sample.amounts:
        return sample
    price = price_of(model)
    if price is None or not {"input tokens", OUTPUT} <= sample.amounts.keys():
        lacks = f"price of {model.name}" if price is None else "tokens of both kinds in the logs"
        raise WorkbenchError(f"money is not known without the {lacks}: name it, or leave out model")
    pairs = zip(*(sample.amounts[kind].tolist() for kind in ("input tokens", OUTPUT)), strict=True)
    cost = np.array([dollars(price, prompt, reply) for prompt, reply in pairs])
    return replace(sample, amounts={**sample.amounts, "dollars": cost})


@dataclass(frozen=True)
class _Seen:
    """The sample and everyone's requests in the whole periods that both cover."""

    sample: Demand
    everyone: Demand
    all_time: Demand  # everyone's, whatever the sample covers
    periods: Periods
    stated: Stated

    @classmethod
    def of(cls, sample: Demand, everyone: Demand, stated: Stated) -> "_Seen":
        days = sample.days.within(everyone.days)
        periods = days if days.count >= 2 else everyone.minutes.touched_by(sample.seconds)
        inside = everyone.between(periods.first, periods.last)
        if periods.count < 2 or not len(inside):
            raise WorkbenchError(
                "forecast needs two whole minutes that logs and traffic both cover, and found "
                f"{words.count(max(periods.count, 0), 'minute')}"
            )
        own = sample.between(periods.first, periods.last)
        return cls(own, inside, everyone, periods, stated)

    def forecast(self) -> Forecast:
        peak, stated = self.peak(), self.stated
        carries = stated.carries
        return Forecast(
            name=self.sample.name,
            periods=self.periods.count,
            unit=self.unit,
            users=len(np.unique(self.sample.users)) if self.sample.has_users else 0,
            requests=len(self.sample),
            foreseen=self.foreseen(),
            peak=peak,
            replicas=carries and replicas_for(peak.requests, carries),
            carries=carries,
            server_hour=stated.server_hour,
            assumptions={**dict(stated.assumptions()), **dict(self.assumptions())},
            drift=stated.drift,
            level=stated.level,
            unseen=unseen_days(self.days_seen) if self.days_seen else 0.0,
            past=self.past(),
            taken={kind: found for kind in KINDS if (found := self.taken(kind))},
        )

    @property
    def unit(self) -> Unit:
        return "day" if self.periods.length == DAY else "minute"

    @cached_property
    def counts(self) -> Floats:
        """Everyone's requests in each period."""
        return self.periods.counts(self.everyone.seconds)

    @cached_property
    def scale(self) -> LogEstimate:
        """All users' requests for one that was logged, grown."""
        share = of_a_share(self.everyone.users, self.stated.share or 1.0)
        return share.scaled(self.stated.growth)

    @cached_property
    def weekend(self) -> list[int]:
        """1 for each day of a weekend; nothing where periods are minutes."""
        start = self.sample.start if self.unit == "day" else None
        return [int(day.weekday() >= 5) for day in self.periods.days(start)] if start else []

    @property
    def is_by_week(self) -> bool:
        return len(self.weekend) >= WEEK

    @property
    def days_seen(self) -> int:
        """Whole days, of which a week has seven; 0 where not even one was logged."""
        if self.unit == "day":
            return min(self.periods.count, WEEK)
        return int(self.periods.count * MINUTE > (1 - LACKING[DAY]) * DAY)

    @property
    def hours(self) -> Floats:
        """Requests of the hours, of a log of three or more: its minutes are too alike to count as
        so many.
        """
        whole = len(self.counts) // MINUTES * MINUTES
        return self.counts[:whole].reshape(-1, MINUTES).sum(axis=1)

    def requests(self) -> dict[Span, LogEstimate]:
        """All users' requests by span."""
        if self.unit == "minute":
            each_hour = len(self.hours) >= FEWEST_HOURS
            hour = mean_period(self.hours if each_hour else self.counts * MINUTES)
            return {"hour": hour.times(self.scale)}
        kinds = self.weekend if self.is_by_week else ()
        spans = SPANS if self.is_by_week else ALIKE
        found: dict[Span, LogEstimate] = {
            span: mean_period(self.counts, kinds, of).times(self.scale)
            for span, of in spans.items()
        }
        found["month"] = found["day"].scaled(MONTH)
        return found

    def taken(self, kind: Kind) -> LogEstimate | None:
        """What a request of the sample takes, by users; None where nobody logged it."""
        known = self.sample.known(kind)
        return per_request(known.amounts[kind], known.users) if len(known) else None

    def foreseen(self) -> dict[Kind, dict[Span, LogEstimate]]:
        """Every kind of figure by span: what a request takes, times the requests."""
        requests = self.requests()
        found: dict[Kind, dict[Span, LogEstimate]] = {"requests": requests}
        for kind in KINDS:
            if taken := self.taken(kind):
                found[kind] = {span: taken.times(each) for span, each in requests.items()}
        return found

    @cached_property
    def busiest(self) -> Busiest:
        theirs = self.everyone.known(OUTPUT)
        mean = float(theirs.amounts[OUTPUT].mean()) if len(theirs) else math.nan
        whole = self.stated.share in (None, 1.0)
        return busiest(self.all_time, mean, whole=whole, factor=self.stated.peak_factor)

    def peak(self) -> Peak:
        """The busiest minute of all users, with the drift."""
        found, limits = self.busiest, (self.stated.level, self.stated.drift)
        taken = self.taken(OUTPUT)
        tokens = taken and taken.times(self.scale.scaled(found.tokens)).interval(*limits)
        requests = self.scale.scaled(found.requests).interval(*limits)
        higher = self.peak_unseen
        return Peak(_raised(requests, higher), tokens and _raised(tokens, higher), found.basis)

    @property
    def peak_unseen(self) -> float:
        """How many times as busy what was not logged may be, at most."""
        days = self.all_time.days.count
        if days >= WEEK:
            return 1.0
        return UNSEEN_DAYS if days or self.days_seen else UNSEEN_HOURS

    def assumptions(self) -> Iterator[tuple[str, Assumption]]:
        """What the logs do not show, by what it bears on."""
        if not self.sample.has_users:
            alone = "The logs name no users, so that every request counts as its own"
            told = f"{alone}: too narrow where some ask often and alike."
            yield "users", Assumption("requests as users", told)
        yield from self._of_what_was_not_logged()
        if self.unit == "minute" or not self.is_by_week:
            yield "days", self._of_the_days()
        if "input tokens" in self.sample.amounts and self.stated.drift < PROMPTS_DRIFT:
            yield "prompts", _of_the_prompts()
        if trend := self._of_the_trend():
            yield "trend", trend
        yield "peak", self._of_the_peak()

    def _of_what_was_not_logged(self) -> Iterator[tuple[str, Assumption]]:
        for kind in KINDS:
            unknown = len(self.sample) - len(self.sample.known(kind))
            if kind in self.sample.amounts and unknown:
                of = f"{unknown:,} of {len(self.sample):,}"
                told = f"{of} requests were logged without {kind}, and are taken to be alike."
                yield kind, Assumption(f"not logged of {of}", told)

    def _of_the_trend(self) -> Assumption | None:
        """That requests stay, where the last week differs from the one before by more than the
        drift and twice the error of two counts.
        """
        before, last = self.counts[-2 * WEEK : -WEEK].sum(), self.counts[-WEEK:].sum()
        if self.unit == "minute" or len(self.counts) < 2 * WEEK or not (before and last):
            return None
        moved = math.log(last / before)
        if abs(moved) <= self.stated.drift + 2 * math.sqrt(1 / before + 1 / last):
            return None
        by = f"{words.signed(last / before - 1)}{words.NARROW}%"
        told = f"Requests are taken to stay as they were, though the last week had {by} against the"
        more = "more than the stated drift: give growth= where that goes on, or a wider drift="
        return Assumption(f"last week {by}", f"{told} week before, {more}.")

    def _of_the_days(self) -> Assumption:
        seen = words.count(self.periods.count, self.unit)
        each = "hour" if self.unit == "minute" else "day"
        short = f"{each}s like the {seen} logged"
        if not self.days_seen:
            told = f"Every hour is taken to be like the {seen} that were logged: no whole day was."
            return Assumption(short, told, f"if every hour is like the {seen} logged")
        spread = "take from half to twice what those logged took"
        told = f"Days of the week that were not logged are taken to {spread}: no whole week was."
        return Assumption(short, told, "if days that were not logged take half to twice as much")

    def _of_the_peak(self) -> Assumption:
        requests, tokens = self.busiest.factors
        name = self.all_time.name
        if self.busiest.basis == "own":
            times = f", times {requests:g}" if requests != 1 else ""
            told = f"The peak is the busiest minute of {name} in its last week{times}."
            return Assumption(f"own peak of last week{times}", told)
        higher = self.peak_unseen
        more = f", and up to {higher:g} times that where nothing was logged" if higher > 1 else ""
        each = f"{requests:g} times" + (f" (tokens {tokens:g})" if tokens != requests else "")
        told = f"The peak is not forecast but stated: {each} the mean minute of the busiest hour of"
        return Assumption("a stated factor on the busiest hour", f"{told} {name}{more}.")

    def past(self) -> tuple[Past, ...]:
        """The last periods of all traffic, the sample's and those before."""
        all_time = self.all_time
        logged = all_time.days if self.unit == "day" else all_time.minutes
        shown = logged.last_of(SHOWN[self.unit])
        taken: dict[Kind, Floats] = {
            kind: shown.counts(all_time.seconds, np.nan_to_num(all_time.amounts[kind]))
            for kind in KINDS
            if kind in all_time.amounts
        }
        taken["requests"] = shown.counts(all_time.seconds)
        peaks = shown.busiest_minutes(all_time.seconds) / MINUTE
        days = shown.days(all_time.start) if all_time.start else [None] * shown.count
        return tuple(
            Past({kind: float(values[at]) for kind, values in taken.items()}, float(peaks[at]), day)
            for at, day in enumerate(days)
        )
