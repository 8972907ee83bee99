# pyright: strict
"""What a forecast of the full launch says of a line: what requests will cost, and whether the
servers that it plans carry the peak; each with its stated drift.
"""

from collections.abc import Iterator

from workbench import words
from workbench.comparison.bounding import Limits
from workbench.release import Forecast
from workbench.release.forecasted import amount, rate
from workbench.requirements.known import Known
from workbench.requirements.lines import Requirement
from workbench.stats.intervals import Interval


def foreseen(forecast: Forecast, line: Requirement) -> Iterator[Known]:
    """The value of a line at full launch; none of what the forecast does not know."""
    if line.measure == "cost":
        yield from _cost(forecast, line.per or 1)
    elif line.measure == "rate" and forecast.carries and forecast.replicas:
        yield within_peak(_carried(forecast, forecast.carries, forecast.replicas), forecast, line)


def _cost(forecast: Forecast, per: int) -> Iterator[Known]:
    """Dollars of so many requests: what they take, else what the servers for the peak cost."""
    own, taken = forecast.own_of_a_request, forecast.taken.get("dollars")
    limits: Limits | None = None
    if taken:
        limits = lambda tail: taken.scaled(per).interval(1 - 2 * tail, forecast.drift)  # noqa: E731
    elif own:
        limits = lambda tail: own / (1 / per)  # noqa: E731
    if limits:
        figure = "dollars" if taken else "own dollars"
        yield Known(limits, forecast.requests, _evidence(forecast, figure))


def _evidence(forecast: Forecast, figure: str) -> str:
    """Full launch as foreseen from 12,300 requests of v2 in shop (growth by 2, drift of ±10 %)."""
    told = ", ".join(each.short for each in forecast.rests_on(figure))
    said = f"full launch foreseen from {amount(forecast.requests)} requests of {forecast.name}"
    return f"{said} ({told})" if told else said


def _carried(forecast: Forecast, one: Interval, replicas: Interval) -> Known:
    """Requests a second that the servers for the foreseen peak carry."""
    value = one / (1 / replicas.estimate)
    limits: Limits = lambda tail: value  # noqa: E731
    doubt = "" if one.low < one.high else "nobody knows how far the rate of a server varies"
    planned = words.count(int(replicas.estimate), "server")
    step = "repeat the load test" if doubt else "plan servers for the peak that was asked for"
    evidence = f"{planned} planned for {rate(forecast.peak.requests.estimate)} a second at the peak"
    return Known(limits, forecast.periods, evidence, doubt, step)


def within_peak(known: Known, forecast: Forecast, line: Requirement) -> Known:
    """A rate that is carried; in doubt where the full launch may ask for more than the line's peak,
    by the upper limit of the forecast.
    """
    most, asked = forecast.peak.requests.high, line.peak or 0.0
    if known.doubt or most <= asked:
        return known
    doubt = f"the full launch may ask for {rate(most)} a second at its peak, not {asked:g}"
    return known._replace(doubt=doubt, next_step=f"ask for a peak of {rate(most)} in this line")
