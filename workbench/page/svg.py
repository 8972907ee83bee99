"""Plots as inline SVG: positions across in percent and heights in pixels, so that type never
scales.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import LiteralString

from workbench.page.markup import Html, html, joined
from workbench.page.naming import Dot, Side, beside, breadth, column, short
from workbench.page.words import says_nothing
from workbench.stats import Interval

NOTHING = Html("")
Ends = Sequence[tuple[float, float]]  # points in values


@dataclass(frozen=True)
class Axis:
    """A range of values with round ticks in it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def around(
        cls,
        values: Iterable[float],
        *,
        most_ticks: int = 5,
        ends: tuple[float, float] | None = None,
        least: float = 0.0,
    ) -> "Axis":
        """An axis that holds all finite values with a little room; nothing lies beyond `ends`.

        It reaches the share `least` of their mean to either side of it: on less, noise would look
        like a choice.
        """
        finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
        middle = sum(finite) / len(finite)
        finite += [(1 - least) * middle, (1 + least) * middle] if least else []
        return cls._with_room(min(finite), max(finite), ends or (-math.inf, math.inf), most_ticks)

    @classmethod
    def _with_room(
        cls, low: float, high: float, ends: tuple[float, float], most_ticks: int
    ) -> "Axis":
        first, last = ends
        room = 0.06 * (high - low) or 0.1 * abs(high) or 0.1
        low, high = max(low - room, first - room / 2), min(high + room, last + room / 2)
        return cls(low, high, _round_ticks(max(low, first), min(high, last), most_ticks))

    def at(self, value: float) -> float:
        """Where a value lies, 0 to 100; what is outside lies on the edge."""
        return min(100.0, max(0.0, 100 * (value - self.low) / (self.high - self.low)))


UNIT = Axis(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))


def ends_of(intervals: Iterable[Interval]) -> list[float]:
    """What an axis must hold of intervals: nothing of one without an estimate, and only that where
    the interval is open.
    """
    known = [each for each in intervals if not math.isnan(each.estimate)]
    is_open = [says_nothing(each.low, each.high) for each in known]
    return [
        end
        for each, alone in zip(known, is_open, strict=True)
        for end in ([each.estimate] if alone else each)
    ]


def _round_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """The densest round ticks of which there are at most `most`, or one more where else there were
    fewer than three.
    """
    power = 10.0 ** math.floor(math.log10(high - low) - 1)
    steps = [_ticks(step * power, low, high) for step in (1, 2, 5, 10, 20, 50)]
    fits = next(number for number, ticks in enumerate(steps) if len(ticks) <= most)
    is_sparse = fits > 0 and len(steps[fits]) < 3 and len(steps[fits - 1]) <= most + 1
    return steps[fits - 1] if is_sparse else steps[fits]


def _ticks(step: float, low: float, high: float) -> tuple[float, ...]:
    """The multiples of a step between two values."""
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(min(max(round(number * step, 12), low), high) for number in range(first, last + 1))


def decimal_ticks(axis: Axis) -> Callable[[float], str]:
    """Says ticks with the decimals that their step needs, all with the same."""
    step = axis.ticks[1] - axis.ticks[0] if len(axis.ticks) > 1 else axis.high - axis.low
    places = next(places for places in range(13) if abs(round(step, places) - step) < 1e-3 * step)
    return lambda value: f"{value:,.{places}f}"


@dataclass(frozen=True)
class Bar:
    """One row of a table's plot: a dot with its interval, and what else is marked there.

    `wide` is the same interval counted for more comparisons (thin line); `tick` an upright mark;
    `band` the half-width of the margin round zero; `word` colours the bar (better, worse, tie).
    Without an interval: a hollow dot at zero.
    """

    axis: Axis
    interval: Interval | None
    word: str = ""
    wide: Interval | None = None
    tick: float = math.nan
    band: float = math.nan
    zero: bool = False
    tip: str = ""

    def svg(self, height: int) -> Html:
        """The bar, that many pixels high. Its numbers stand in the table, so screen readers pass
        over it.
        """
        tip = html(' data-tip="{}"', self.tip) if self.tip else NOTHING
        template = '<svg height="{}" aria-hidden="true" class="{}"{}>{}{}</svg>'
        return html(template, height, self.word, tip, self._ground(), self._marks())

    def _ground(self) -> Html:
        parts = [_upright("grid", self.axis.at(tick)) for tick in self.axis.ticks]
        if not math.isnan(self.band):
            left, right = self.axis.at(-self.band), self.axis.at(self.band)
            parts.insert(
                0,
                html(
                    '<rect class="band" x="{:.2f}%" width="{:.2f}%" height="100%"/>',
                    left,
                    right - left,
                ),
            )
        if self.zero:
            parts.append(_upright("zero", self.axis.at(0)))
        return joined(parts)

    def _marks(self) -> Html:
        if self.interval is None:
            return html('<circle class="hollow" cx="{:.2f}%" cy="50%" r="4"/>', self.axis.at(0))
        estimate = self.interval.estimate
        if math.isnan(estimate):
            return NOTHING
        parts = [_span("ci0", self.axis, self.wide)] if self.wide else []
        parts.append(_span("ci1", self.axis, self.interval))
        if not math.isnan(self.tick):
            tick = '<svg x="{:.2f}%" y="50%"><line class="raw" y1="-7" y2="7"/></svg>'
            parts.append(html(tick, self.axis.at(self.tick)))
        parts.append(
            html('<circle class="dot" cx="{:.2f}%" cy="50%" r="4.5"/>', self.axis.at(estimate))
        )
        return joined(parts)


def _upright(css: str, x: float) -> Html:
    return html('<line class="{0}" x1="{1:.2f}%" x2="{1:.2f}%" y2="100%"/>', css, x)


def _span(css: str, axis: Axis, interval: Interval) -> Html:
    """The line of an interval; none where it holds all that can be."""
    if says_nothing(interval.low, interval.high):
        return NOTHING
    line = '<line class="{}" x1="{:.2f}%" x2="{:.2f}%" y1="50%" y2="50%"/>'
    return html(line, css, axis.at(interval.low), axis.at(interval.high))


def axis_labels(axis: Axis, says: Callable[[float], str], height: int = 34) -> Html:
    """The numbers under (or over) a column of bars."""
    label = '<text x="{:.2f}%" y="14" text-anchor="middle">{}</text>'
    labels = joined(html(label, axis.at(tick), says(tick)) for tick in axis.ticks)
    return html('<svg height="{}" aria-hidden="true">{}</svg>', height, labels)


@dataclass(frozen=True)
class Point:
    """A named point of a plot with its vertical interval; `word` as for a Bar, `tip` is said on
    hover and focus, `href` leads to what it stands for.
    """

    name: str
    x: float
    y: Interval
    word: str
    tip: str
    hollow: bool = False
    href: str = ""


@dataclass(frozen=True)
class Plot:
    """The frame of a plot: axes in values, titles with units, how ticks are said, and a label for
    who cannot see it.
    """

    x: Axis
    y: Axis
    x_title: str
    y_title: str
    x_says: Callable[[float], str]
    y_says: Callable[[float], str]
    label: str
    height: int = 270

    def across(self, value: float) -> float:
        """Percent from the left."""
        return self.x.at(value)

    def down(self, value: float) -> float:
        """Pixels from the top."""
        return self.height * (1 - self.y.at(value) / 100)

    def draw(self, points: Sequence[Point], under: Html = NOTHING) -> Html:
        """The plot; `under` is drawn below the points (a frontier, a diagonal)."""
        dots = [self._dot(point) for point in points]
        sides = beside(dots, self.height)
        if sides is None:
            names, leaders, css = *self._column(dots), f"plot led {breadth(d.name for d in dots)}"
        else:
            names = joined(_name(*each, "lab strong") for each in zip(dots, sides, strict=True))
            leaders, css = NOTHING, "plot"
        marks = joined(self._point(point) for point in points)
        plot = '<svg class="{}" height="{}" role="group" aria-label="{}">{}{}{}{}{}</svg>'
        parts = self._frame(), under, leaders, marks, names  # names over everything else
        return html(plot, css, self.height, self.label, *parts)

    def line(self, css: str, ends: Ends) -> Html:
        """Straight pieces from point to point, in values."""
        piece = '<line class="{}" x1="{:.2f}%" y1="{:.1f}" x2="{:.2f}%" y2="{:.1f}"/>'
        return joined(
            html(piece, css, self.across(a), self.down(b), self.across(c), self.down(d))
            for (a, b), (c, d) in pairwise(ends)
        )

    def course(self, css: str, points: Ends) -> Html:
        """A line through many points, in values, cut off at the edges."""
        return self._cut('<polyline class="{}" points="{}"/>', css, points)

    def band(self, css: str, upper: Ends, lower: Ends) -> Html:
        """The ground between two courses, cut off at the edges."""
        return self._cut('<polygon class="{}" points="{}"/>', css, [*upper, *reversed(lower)])

    def _cut(self, shape: LiteralString, css: str, points: Ends) -> Html:
        """A shape in a frame of its own, which stretches with the plot while its lines do not."""
        h = self.height
        spelled = " ".join(f"{self._along(x):.2f},{self._below(y):.1f}" for x, y in points)
        frame = (
            '<svg class="st" viewBox="0 0 100 {0}" preserveAspectRatio="none" width="100%" '
            'height="{0}" aria-hidden="true">{1}</svg>'
        )
        return html(frame, h, html(shape, css, spelled))

    def _along(self, value: float) -> float:
        """Percent from the left, beyond the edges too."""
        return 100 * (value - self.x.low) / (self.x.high - self.x.low)

    def _below(self, value: float) -> float:
        """Pixels from the top, beyond the edges too."""
        return self.height * (1 - (value - self.y.low) / (self.y.high - self.y.low))

    def _frame(self) -> Html:
        row = (
            '<line class="grid" x1="0" x2="100%" y1="{0:.1f}" y2="{0:.1f}"/>'
            '<text x="-10" y="{1:.1f}" text-anchor="end">{2}</text>'
        )
        column = (
            '<line class="axis" x1="{0:.2f}%" x2="{0:.2f}%" y1="{1}" y2="{2}"/>'
            '<text x="{0:.2f}%" y="{3}" text-anchor="middle">{4}</text>'
        )
        titles = (
            '<text x="50%" y="{}" text-anchor="middle">{}</text>'
            '<text x="-48" y="{}" text-anchor="middle" transform="rotate(-90 -48 {})">{}</text>'
        )
        h = self.height
        rows = [html(row, self.down(t), self.down(t) + 4, self.y_says(t)) for t in self.y.ticks]
        base = html('<line class="axis" x1="0" x2="100%" y1="{0}" y2="{0}"/>', h)
        columns = [
            html(column, self.across(t), h, h + 5, h + 19, self.x_says(t)) for t in self.x.ticks
        ]
        return joined(
            [*rows, base, *columns, html(titles, h + 39, self.x_title, h / 2, h / 2, self.y_title)]
        )

    def _dot(self, point: Point) -> Dot:
        low, high = self.down(point.y.low), self.down(point.y.high)
        across, down = self.across(point.x), self.down(point.y.estimate)
        return Dot(point.name, across, down, high, low)

    def _column(self, dots: Sequence[Dot]) -> tuple[Html, Html]:
        """Names in a column at the right of the plot, and the lines from their dots to them."""
        named = [dot for dot in dots if dot.name]
        ends = list(zip(named, column(named, self.height), strict=True))
        line = '<line class="leader" x1="{:.2f}%" y1="{:.1f}" x2="100%" y2="{:.1f}"/>'
        leaders = joined(html(line, dot.across, dot.down, down) for dot, down in ends)
        names = [_name(Dot(dot.name, 100, down, 0, 0), COLUMN, "lab") for dot, down in ends]
        return joined(names), leaders

    def _point(self, point: Point) -> Html:
        return html(
            '<g class="{word}"{role} data-tip="{tip}">'
            '<line class="ci1" x1="{x:.2f}%" x2="{x:.2f}%" y1="{low:.1f}" y2="{high:.1f}"/>'
            '<circle class="{dot}" cx="{x:.2f}%" cy="{y:.1f}" r="5.5"/>'
            '<circle class="hit" cx="{x:.2f}%" cy="{y:.1f}" r="18"/>{link}</g>',
            link=self._link(point) if point.href else NOTHING,
            role=NOTHING
            if point.href
            else html(' tabindex="0" role="img" aria-label="{}"', point.tip),
            word=point.word,
            tip=point.tip,
            x=self.across(point.x),
            y=self.down(point.y.estimate),
            low=self.down(point.y.low),
            high=self.down(point.y.high),
            dot="hollow" if point.hollow else "dot",
        )

    def _link(self, point: Point) -> Html:
        """A link over a point: one of HTML, for front ends rewrite links and know no other kind."""
        link = (
            '<svg x="{:.2f}%" y="{:.1f}"><foreignObject x="-12" y="-12" width="24" height="24">'
            '<a class="over" href="{}" aria-label="{}"></a></foreignObject></svg>'
        )
        across, down = self.across(point.x), self.down(point.y.estimate)
        return html(link, across, down, point.href, point.tip)


COLUMN: Side = (6, 4, "start")  # a name at the end of its line


def _name(dot: Dot, side: Side, css: str) -> Html:
    dx, dy, anchor = side
    text = (
        '<svg x="{:.2f}%" y="{:.1f}" aria-hidden="true">'
        '<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text></svg>'
    )
    return html(text, dot.across, dot.down, css, dx, dy, anchor, short(dot.name))
