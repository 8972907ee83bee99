# pyright: strict
"""What a release says of a line: a limited one on its users, in production, and a forecast of the
full launch on what requests will cost and whether the servers that it plans carry the peak, each
with its stated drift.
"""

from collections.abc import Iterator

from workbench import words
from workbench.comparison.bounding import Limits, always
from workbench.release import Forecast, Trial
from workbench.release.forecasted import amount
from workbench.requirements.lines import Requirement
from workbench.requirements.measured import Measured
from workbench.stats.intervals import Interval
from workbench.words import a_second

BROKEN = "users were not dealt to the arms as planned"
SEEK = "find out who is missing from an arm"


def in_production(trial: Trial, line: Requirement) -> Iterator[Measured]:
    """The value of a line among the challenger's users; none where its logs do not say."""
    found = trial.shown(line.measure, (line.quantile or 0.5) if line.measure == "latency" else 0.0)
    if found is None:
        return
    per = line.per or 1

    def limits(tail: float) -> Interval:
        ends = found.figure.estimate, *found.figure.limits(tail)
        return Interval(*(per * each for each in ends))

    of = words.count(found.users, "user")
    said = f"{words.count(found.messages, 'message')} of {of} of {trial.name}"
    doubt, step = (BROKEN, SEEK) if trial.blocked else ("", "")
    yield Measured(limits, found.messages, said, doubt, step)


def foreseen(forecast: Forecast, line: Requirement) -> Iterator[Measured]:
    """The value of a line at full launch; none of what the forecast does not know."""
    if line.measure == "cost":
        yield from _cost(forecast, line.per or 1)
    elif line.measure == "rate" and forecast.carries and forecast.replicas:
        yield within_peak(_carried(forecast, forecast.carries, forecast.replicas), forecast, line)


def _cost(forecast: Forecast, per: int) -> Iterator[Measured]:
    """Dollars of so many requests: what they take, else what the servers for the peak cost."""
    own, taken = forecast.own_of_a_request, forecast.taken.get("dollars")
    limits: Limits | None = None
    if taken:
        limits = lambda tail: taken.scaled(per).interval(1 - 2 * tail, forecast.drift)  # noqa: E731
    elif own:
        limits = always(own / (1 / per))
    if limits:
        figure = "dollars" if taken else "own dollars"
        yield Measured(limits, forecast.requests, _evidence(forecast, figure))


def _evidence(forecast: Forecast, figure: str) -> str:
    """Full launch as foreseen from 12,300 requests of v2 in shop (growth by 2, drift of ±10 %)."""
    told = ", ".join(each.short for each in forecast.rests_on(figure))
    said = f"full launch foreseen from {amount(forecast.requests)} requests of {forecast.name}"
    return f"{said} ({told})" if told else said


def _carried(forecast: Forecast, one: Interval, replicas: Interval) -> Measured:
    """Requests a second that the servers for the foreseen peak carry."""
    value = one / (1 / replicas.estimate)
    doubt = "" if one.low < one.high else "nobody knows how far the rate of a server varies"
    planned = words.count(int(replicas.estimate), "server")
    step = "repeat the load test" if doubt else "plan servers for the peak that was asked for"
    peak = a_second(forecast.peak.requests.estimate)
    evidence = f"{planned} planned for {peak} a second at the peak"
    return Measured(always(value), forecast.periods, evidence, doubt, step)


def within_peak(known: Measured, forecast: Forecast, line: Requirement) -> Measured:
    """A rate that is carried; in doubt where the full launch may ask for more than the line's peak,
    by the upper limit of the forecast.
    """
    most, asked = forecast.peak.requests.high, line.peak or 0.0
    if known.doubt or most <= asked:
        return known
    may = a_second(most)
    doubt = f"the full launch may ask for {may} a second at its peak, not {asked:g}"
    return known._replace(doubt=doubt, next_step=f"ask for a peak of {may} in this line")
