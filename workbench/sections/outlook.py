"""The picture of a forecast: what was logged as bars, what comes as a line in its bands, and the
busiest minutes below.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import isfinite

from workbench.page.markup import Html, html, joined
from workbench.page.svg import Axis, Plot
from workbench.release.forecasted import Forecast, Kind, Span
from workbench.stats import Interval
from workbench.words import a_second

AHEAD = 14  # periods that are drawn of what comes
BAR = '<rect class="{}" x="{:.2f}%" width="{:.2f}%" y="{:.1f}" height="{:.1f}"/>'
LEVEL = '<line class="ci1" x1="{0:.2f}%" x2="{1:.2f}%" y1="{2:.1f}" y2="{2:.1f}"/>'
LINE = '<line class="{0}" x1="0" x2="100%" y1="{1:.1f}" y2="{1:.1f}"/>'
NAME = '<text class="{}" x="{:.2f}%" y="{:.1f}" dx="{}" text-anchor="{}">{}</text>'


def shown_kind(foreseen: Forecast) -> Kind:
    """What the picture is of: money where it is known, else tokens, else requests."""
    kinds: tuple[Kind, ...] = ("dollars", "output tokens", "requests")
    return next(kind for kind in kinds if foreseen.found(kind))


def outlook(foreseen: Forecast) -> Html:
    """What each period took, and what each will, in its bands: darker without the drift."""
    kind = shown_kind(foreseen)
    past = [each.amounts.get(kind, 0.0) for each in foreseen.past]
    wide, narrow = (_coming(foreseen, kind, drift=drift) for drift in (True, False))
    plot = _amounts(foreseen, kind, [*past, *(1.1 * each.high for each in wide)])
    first = len(past)
    bars = [_bar(plot, at, value) for at, value in enumerate(past)]
    pairs = enumerate(zip(wide, narrow, strict=True), start=first)
    bands = [_band(plot, at, *pair) for at, pair in pairs]
    return plot.draw([], joined([*bars, *bands, _now(plot, first), _words_at_now(plot, first)]))


def _amounts(foreseen: Forecast, kind: Kind, tops: Sequence[float]) -> Plot:
    """The frame of what periods take; its periods are named below the plot under it."""
    x, y = replace(_along(foreseen)[0], ticks=()), _from_zero(tops)
    unit, name = _unit(y.high)
    title = f"{name}{'$' if kind == 'dollars' else kind} a {foreseen.unit}"
    label = f"What a {foreseen.unit} took as logged, and what it takes at full launch"
    return Plot(x, y, "", title, str, lambda value: f"{value / unit:g}", label, height=190)


def _from_zero(values: Sequence[float]) -> Axis:
    """Bars stand on 0."""
    axis = Axis.around([0.0, *(each for each in values if isfinite(each))], most_ticks=5)
    return replace(axis, low=0.0, ticks=tuple(tick for tick in axis.ticks if tick >= 0))


def _unit(most: float) -> tuple[float, str]:
    """What the numbers of an axis count, so that they are short."""
    units = ((1e9, "billion "), (1e6, "million "), (1e3, "thousand "))
    return next((each for each in units if most >= 2 * each[0]), (1.0, ""))


def _coming(foreseen: Forecast, kind: Kind, *, drift: bool) -> list[Interval]:
    """What each of the next periods takes."""
    found = [foreseen.found(kind, _span(foreseen, at), drift=drift) for at in range(AHEAD)]
    known = [each for each in found if each]
    return [each / 60 for each in known] if foreseen.unit == "minute" else known


def _span(foreseen: Forecast, ahead: int) -> Span:
    """Which of its spans a coming period is."""
    last = foreseen.past[-1].day if foreseen.past else None
    if foreseen.unit == "minute" or last is None or "weekday" not in foreseen.foreseen["requests"]:
        return foreseen.span
    return "weekend" if (last + timedelta(ahead + 1)).weekday() >= 5 else "weekday"


def _along(foreseen: Forecast) -> tuple[Axis, dict[float, str]]:
    """The axis of periods, with a tick a week, or every ten minutes."""
    count = len(foreseen.past)
    first = foreseen.past[0].day if foreseen.past else None
    if foreseen.unit == "minute" or first is None:
        names = {float(at): f"{at:,}" for at in range(0, count, 10)}
    else:
        days = ((at, first + timedelta(at)) for at in range(0, count + AHEAD, 7))
        names = {at + 0.5: f"{day.day} {day:%b}" for at, day in days}
    return Axis(0.0, float(count + AHEAD), tuple(names)), names


def _bar(plot: Plot, at: int, value: float) -> Html:
    left, right, top = plot.across(at + 0.1), plot.across(at + 0.9), plot.down(value)
    return html(BAR, "past", left, right - left, top, plot.height - top)


def _band(plot: Plot, at: int, wide: Interval, narrow: Interval) -> Html:
    """One coming period: with the drift, without, and the estimate."""
    left, right = plot.across(at), plot.across(at + 1)
    parts = [
        html(
            BAR,
            css,
            left,
            right - left,
            plot.down(each.high),
            plot.down(each.low) - plot.down(each.high),
        )
        for css, each in (("band", wide), ("band2", narrow))
    ]
    inner = 0.1 * (right - left)
    level = html(LEVEL, left + inner, right - inner, plot.down(wide.estimate))
    return joined([*parts, level])


def _rect(plot: Plot, css: str, left: float, right: float, found: Interval) -> Html:
    top, bottom = plot.down(found.high), plot.down(found.low)
    return html(BAR, css, left, right - left, top, bottom - top)


def _now(plot: Plot, at: int) -> Html:
    """The line between what was and what comes."""
    line = '<line class="zero" x1="{0:.2f}%" x2="{0:.2f}%" y2="{1}"/>'
    return html(line, plot.across(at), plot.height)


def _words_at_now(plot: Plot, at: int) -> Html:
    x = plot.across(at)
    before = html(NAME, "", x, 12, -8, "end", "logged")
    return joined([before, html(NAME, "", x, 12, 8, "start", "full launch")])


def busiest_minutes(foreseen: Forecast) -> Html:
    """Requests a second in the busiest minute of each period, the peak, and what servers carry."""
    peak, carries = foreseen.peak.requests, foreseen.carries
    tops = [1.2 * peak.high, *(each.peak for each in foreseen.past)]
    fits = carries is not None and carries.estimate < 3 * peak.high
    plot = _seconds(foreseen, [*tops, carries.estimate] if carries and fits else tops)
    first = len(foreseen.past)
    course = [(at + 0.5, each.peak) for at, each in enumerate(foreseen.past)]
    parts = [plot.line("gone", course), _peak_band(plot, first, peak), _now(plot, first)]
    if carries and fits:
        parts.append(_carried(plot, carries.estimate))
    return plot.draw([], joined(parts))


def _seconds(foreseen: Forecast, tops: Sequence[float]) -> Plot:
    label = f"Requests a second in the busiest minute of each {foreseen.unit}"
    x, names = _along(foreseen)
    titles = "" if foreseen.unit == "day" else "minute of the log", "requests a second"
    y, say = _from_zero(tops), "{:g}".format
    return Plot(x, y, *titles, names.__getitem__, say, label, height=110)


def _peak_band(plot: Plot, at: int, peak: Interval) -> Html:
    left, top = plot.across(at), plot.down(peak.high)
    band = _rect(plot, "band", left, 100.0, peak)
    level = html(LEVEL, left, 100.0, plot.down(peak.estimate))
    name = html(NAME, "lab", 100.0, top - 6, 0, "end", f"peak {a_second(peak.estimate)}")
    return joined([band, level, name])


def _carried(plot: Plot, carries: float) -> Html:
    y = plot.down(carries)
    said = f"one server carries {a_second(carries)}"
    return joined([html(LINE, "lim", y), html(NAME, "lab", 0.0, y - 5, 6, "start", said)])
