"""A load test in two plots over the rate: the share of requests that meet all that is asked, and
latency.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.page import words
from workbench.page.log_axes import log_axis, plain, says
from workbench.page.markup import Html, html, joined
from workbench.page.naming import Dot, column
from workbench.page.svg import Axis, Plot, Point
from workbench.serving import Level, LoadTest
from workbench.stats import Interval, wilson
from workbench.words import a_second, whole_points

UPPER, LOWER = 150, 190  # pixels
LEAST = 0.5  # share: less is drawn at the foot
TIMES = ("median", "p95", "p99")
NAMES = {"median": "p50", "p95": "p95", "p99": "p99"}
ROOM = 1.12  # times the highest rate, to the right end of the axis
STRIPE = 0.8  # percent of the width between the lines of what is hatched


def share_plot(loads: Sequence[LoadTest], found: Interval) -> Html:
    """The share that meets all that is asked, with what is asked, the interval of the highest rate
    and where the generator fell behind; the line is the first test's.
    """
    levels, bounds = all_levels(loads), loads[0].bounds
    known = [level for level in levels if not math.isnan(level.attained)]
    low = min([0.9, bounds.share, *(level.attained for level in known)])
    y = Axis.around([max(low, LEAST), 1.0], ends=(0, 1), most_ticks=4)
    label = "Share of requests that meet all that is asked, by rate"
    plot = Plot(_rates(levels), y, "", "meet all, %", _nothing, whole_points, label, height=UPPER)
    under = [
        *_late(plot, levels),
        *_within(plot, found),
        _asked(plot, bounds.share, f"asked: {words.percent(bounds.share)}"),
        plot.course("still", [(each.rate, each.attained) for each in _ladder(loads[0])]),
        *_stated(plot, known, found),
    ]
    return plot.draw([_share(level) for level in known], joined(under))


def latency_plot(loads: Sequence[LoadTest], found: Interval) -> Html:
    """p50, p95 and p99 of whole replies from when they were due, on a log axis."""
    known, bounds = [level for level in all_levels(loads) if level.e2el.n], loads[0].bounds
    limits = [bounds.latency] if bounds.latency < math.inf else []
    plot = _latencies(loads, known, limits)
    asked = f"asked of {words.percent(bounds.share)}"
    under = [*_late(plot, known), *_within(plot, found)]
    under += [_asked(plot, math.log10(each), asked) for each in limits]
    under += _courses(plot, _ladder(loads[0]))
    return plot.draw(_confirmed(known), joined(under))


def _latencies(loads: Sequence[LoadTest], known: Sequence[Level], limits: Sequence[float]) -> Plot:
    times = [getattr(level.e2el, name) for level in known for name in TIMES]
    label = "Latency from the time a request was due, by rate"
    titles = "requests a second", "whole reply, s (log)"
    x, y = _rates(all_levels(loads)), log_axis([*times, *limits])
    return Plot(x, y, *titles, plain, says(plain), label, height=LOWER)


def _nothing(value: float) -> str:
    return ""


def _rates(levels: Sequence[Level]) -> Axis:
    """From 0, with room for names at the right."""
    most = max(level.rate for level in levels)
    axis = Axis.around([0.0, most], most_ticks=7)
    ticks = tuple(tick for tick in axis.ticks if tick >= 0)
    return replace(axis, low=0.0, high=ROOM * most, ticks=ticks)


def all_levels(loads: Sequence[LoadTest]) -> list[Level]:
    """Of all tests, by rising rate."""
    return sorted((level for load in loads for level in load.levels), key=lambda at: at.rate)


def _ladder(load: LoadTest) -> list[Level]:
    """The levels of its ladder of which times are known."""
    return [each for each in all_levels([load]) if each.purpose == "ladder" and each.e2el.n]


def _share(level: Level) -> Point:
    """A level as a dot: full where a long run held, hollow on the ladder."""
    limits = wilson(level.attained, level.due)
    said = f"{a_second(level.rate)} a second: {words.percent(level.attained, 1)} meet all"
    confirms = level.is_long and level.holds
    drawn = limits if confirms else Interval(level.attained, level.attained, level.attained)
    shown = drawn.clipped(LEAST, 1.0)
    return Point("", level.rate, shown, "better" if confirms else "", said, not confirms)


def _stated(plot: Plot, levels: Sequence[Level], found: Interval) -> Iterator[Html]:
    """The words of the long run at the highest rate, below its dot."""
    name = '<text class="lab strong" x="{:.2f}%" y="{:.1f}" dy="24" text-anchor="end">{}</text>'
    for each in levels:
        if each.purpose == "confirm" and each.holds and each.rate == found.estimate:
            said = f"{a_second(each.rate)}, held for {each.seconds:.0f} s"
            yield html(name, plot.across(each.rate), plot.down(each.attained), said)


def _confirmed(levels: Sequence[Level]) -> list[Point]:
    """The long runs that held, at their p95."""
    held = [level for level in levels if level.is_long and level.holds]
    return [
        Point("", each.rate, Interval(at, at, at), "better", f"p95 {words.seconds(each.e2el.p95)}")
        for each in held
        for at in (math.log10(each.e2el.p95),)
    ]


def _courses(plot: Plot, levels: Sequence[Level]) -> Iterator[Html]:
    """The quantiles over the rates, with their names at the end, a line apart."""
    if not levels:
        return
    ends = []
    for name in TIMES:
        points = [(each.rate, math.log10(getattr(each.e2el, name))) for each in levels]
        yield plot.course("still" if name == "p95" else "gone", points)
        rate, last = points[-1]
        ends.append(Dot(NAMES[name], plot.across(rate), plot.down(last), 0.0, 0.0))
    text = '<text class="lab" x="{:.2f}%" y="{:.1f}" dx="6">{}</text>'
    for end, down in zip(ends, column(ends, plot.height), strict=True):
        yield html(text, end.across, down + 4, end.name)


def _asked(plot: Plot, value: float, said: str) -> Html:
    line = plot.line("lim", [(plot.x.low, value), (plot.x.high, value)])
    text = '<text x="0" dx="6" y="{:.1f}">{}</text>'
    return joined([line, html(text, plot.down(value) - 6, said)])


def _within(plot: Plot, found: Interval) -> Iterator[Html]:
    """The interval of the highest rate, where several runs gave one."""
    if found.low > 0 and found.high < math.inf:
        left, right = plot.across(found.low), plot.across(found.high)
        ground = '<rect class="band" x="{:.2f}%" width="{:.2f}%" height="{}"/>'
        yield html(ground, left, right - left, plot.height)


def _late(plot: Plot, levels: Sequence[Level]) -> Iterator[Html]:
    """Hatched, from the first rate at which the generator fell behind on."""
    late = [level.rate for level in levels if level.late]
    if not late:
        return
    below = [level.rate for level in levels if level.rate < min(late)]
    left = plot.across((min(late) + max(below, default=0.0)) / 2)
    stripe = '<line class="grid" x1="{0:.2f}%" x2="{0:.2f}%" y2="{1}"/>'
    for number in range(int((100 - left) / STRIPE)):
        yield html(stripe, left + STRIPE * number, plot.height)
    text = '<text class="lab" x="{:.2f}%" dx="4" y="{}">the generator lagged</text>'
    yield html(text, left, plot.height - 10)
