"""What answers cost by rate: hosted flat, own servers a saw-tooth, and where they cross."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from workbench.page import words
from workbench.page.log_axes import log_axis, plain, says
from workbench.page.markup import Html, html, joined
from workbench.page.svg import Plot
from workbench.serving.hosting import Hosting
from workbench.serving.hosting_words import between
from workbench.serving.weighed import Weighed
from workbench.stats.intervals import Floats
from workbench.words import a_second

HEIGHT = 270
POINTS = 160  # along the axis
FEW = 3  # servers whose teeth are named
APART, FIRST = 7.0, 30.0  # percent of the width that a name takes, at least, on a phone too
RIGHTMOST = 97.0  # percent of the width at which a name may begin
FOOT = 0.55  # of the lowest cost: room below it for the names of mean and peak
LEFT = 0.01  # of the width, where the first name stands
LATE = 75.0  # percent of the width, beyond which the peak is named left of its tick, and higher


def saw_teeth(found: Hosting, weighed: Weighed) -> Html:
    """The plot, both axes logarithmic."""
    rates = _rates(found, weighed)
    low, high = weighed.band(rates)
    plot = _plot(weighed, rates, [*low.tolist(), *high.tolist()])
    under = [
        _crossing(plot, weighed),
        plot.band("around", _logs(rates, high), _logs(rates, low)),
        plot.course("tooth", _logs(rates, weighed.own.per_1000(rates))),
        *_hosted(plot, float(weighed.hosted.per_1000)),
        *_tooth_names(plot, weighed),
        *_expected(plot, found),
    ]
    return plot.draw([], joined(under))


def _plot(weighed: Weighed, rates: Floats, costs: Sequence[float]) -> Plot:
    hosted = float(weighed.hosted.per_1000)
    label = f"Hosted is flat at {words.money(hosted)} per 1,000, own servers are a saw-tooth"
    titles = "requests a second, mean of the day (log)", "$ per 1,000 requests (log)"
    x = log_axis([float(rates[0]), float(rates[-1])], room=0.0)
    y = log_axis([*costs, FOOT * min(*costs, hosted)])
    return Plot(x, y, *titles, says(plain), says(plain), label, height=HEIGHT)


def _rates(found: Hosting, weighed: Weighed) -> Floats:
    """Rates along the axis, and either side of where a further server starts."""
    told = [found.mean, found.peak, *weighed.first, *(weighed.lasting if weighed.lasts else ())]
    known = [each for each in told if each and math.isfinite(each)] or [float(weighed.own.each)]
    low, high = min(known) / 3, max(*known, 2 * float(weighed.own.each)) * 3
    starts = float(weighed.own.each) * np.arange(weighed.own.at_least, 60)
    grid = np.geomspace(low, high, POINTS)
    inside = starts[(starts > low) & (starts < high)]
    return np.unique(np.concatenate([grid, inside, inside * (1 + 1e-6)])).astype(np.float64)


def _logs(rates: Floats, costs: Floats) -> list[tuple[float, float]]:
    return list(zip(np.log10(rates).tolist(), np.log10(costs).tolist(), strict=True))


def _crossing(plot: Plot, weighed: Weighed) -> Html:
    """The rates between which the lines cross, shaded, with their words on top."""
    low, high = weighed.first.low, weighed.first.high
    if not high > 0:
        return Html("")
    left, right = plot.across(math.log10(low)), plot.across(math.log10(high))
    ground = '<rect class="cross" x="{:.2f}%" width="{:.2f}%" height="{}"/>'
    name = '<text class="lab" x="{:.2f}%" y="-6" text-anchor="middle">{}</text>'
    drawn = html(ground, left, right - left, plot.height)
    return joined([drawn, html(name, (left + right) / 2, between(weighed.first))])


def _hosted(plot: Plot, cost: float) -> Iterator[Html]:
    down = math.log10(cost)
    yield plot.line("curve", [(plot.x.low, down), (plot.x.high, down)])
    name = '<g class="better"><text class="lab strong" x="1%" y="{:.1f}">{}</text></g>'
    yield html(name, plot.down(down) - 8, f"hosted, {words.money(cost)}")


def _tooth_names(plot: Plot, weighed: Weighed) -> Iterator[Html]:
    """How many servers the first teeth are, above where each begins."""
    name = '<text class="lab" x="{:.2f}%" y="{:.1f}" dx="5">{}</text>'
    free, said = 0.0, f"own: {words.count(weighed.own.at_least, 'server')}"
    for servers, start in _starts(plot, weighed):
        across = plot.across(math.log10(start))
        if across < free or across > RIGHTMOST:
            return
        cost = math.log10(float(weighed.own.per_1000(start)))
        yield html(name, across, plot.down(cost) - 8, said)
        free, said = across + (APART if free else FIRST), f"{servers + 1}"


def _starts(plot: Plot, weighed: Weighed) -> Iterator[tuple[int, float]]:
    """Where the first teeth begin; the first of all near the left edge."""
    first, each = weighed.own.at_least, float(weighed.own.each)
    yield first, 10 ** (plot.x.low + LEFT * (plot.x.high - plot.x.low))
    for servers in range(first, first + FEW - 1):
        yield servers + 1, servers * each * (1 + 1e-6)


def _expected(plot: Plot, found: Hosting) -> Iterator[Html]:
    """The mean and the peak that are expected, as ticks at the foot."""
    tick = '<line class="bound" x1="{0:.2f}%" x2="{0:.2f}%" y1="{1}" y2="{2}"/>'
    name = '<text class="lab" x="{:.2f}%" y="{}" dx="{}" text-anchor="{}">{}</text>'
    ends = (("your mean", found.mean, False), ("your peak", found.peak, True))
    for said, value, is_peak in ends:
        if value:
            across, h = plot.across(math.log10(value)), plot.height
            beside, anchor = (6, "start") if is_peak and across < LATE else (-6, "end")
            above = 20 if is_peak and across >= LATE else 7
            yield html(tick, across, h - 9 - above, h)
            yield html(name, across, h - above, beside, anchor, f"{said} {a_second(value)}")
