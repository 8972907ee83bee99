"""What a filter catches against what it stops wrongly: a thin line for each source of unwanted
texts, and its threshold upright.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.filters.scored import Scored
from workbench.page import words
from workbench.page.markup import Html, html, joined
from workbench.page.svg import Axis, Plot, Point
from workbench.safety import Assessment
from workbench.safety.assessed import Curve, Measured

MOST_PLOTS = 2  # of a filter: those where it stops most that is harmless
MOST_STEPS = 60  # across a line; more cannot be told apart
APART = 0.025  # of the axis, between intervals that stand at one threshold
SHARES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
UNNAMED = "these texts"  # of no source


@dataclass(frozen=True)
class Recall:
    """A plot of one filter on one source of harmless texts."""

    filter: str
    harmless: str
    plot: Html


def recalls(found: Assessment) -> list[Recall]:
    """For each filter with a score, against each source of harmless texts, the worst first."""
    names = [each.name for each in found.screening.chain.members if isinstance(each, Scored)]
    pairs = [(name, alarm) for name in names for alarm in _alarms(found, name)[:MOST_PLOTS]]
    return [Recall(name, alarm.source, _drawn(found, name, alarm)) for name, alarm in pairs]


def _alarms(found: Assessment, name: str) -> list[Measured]:
    drawn = {curve.harmless for curve in found.curves if curve.filter == name}
    return [each for each in found.by_source(name, is_unwanted=False) if each.source in drawn]


def _drawn(found: Assessment, name: str, alarm: Measured) -> Html:
    curves = [c for c in found.curves if (c.filter, c.harmless) == (name, alarm.source)]
    axis = _share_axis(alarm.texts)
    label = f"Recall of {name} against false alarms for {len(curves)} sources of unwanted texts"
    says = f"harmless texts stopped{_of(alarm.source)}, % (log)"
    y = Axis(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))
    plot = Plot(axis, y, says, "unwanted texts caught, %", _percent, _hundredths, label, height=240)
    lines = [plot.line("gone", _steps(curve, axis)) for curve in curves]
    points = _points(found.by_source(name, is_unwanted=True), axis, alarm.share.estimate)
    return plot.draw(points, joined([*lines, _threshold(found, name, plot, alarm)]))


def _share_axis(texts: int) -> Axis:
    """Shares as logarithms; none at all, which has none, stands at the left end."""
    low = math.log10(0.5 / texts)
    ticks = [math.log10(share) for share in SHARES if math.log10(share) > low + 0.2]
    return Axis(low, 0.0, (low, *ticks))


def _at(share: float, axis: Axis) -> float:
    return max(axis.low, math.log10(share)) if share > 0 else axis.low


def _steps(curve: Curve, axis: Axis) -> list[tuple[float, float]]:
    """The line's corners, the highest of those that stand in one place."""
    best: dict[int, float] = {}
    for alarms, recall in curve.points:
        at = round(MOST_STEPS * axis.at(_at(alarms, axis)) / 100)
        best[at] = max(recall, best.get(at, 0.0))
    width = (axis.high - axis.low) / MOST_STEPS
    return [(axis.low + at * width, recall) for at, recall in sorted(best.items())]


def _points(caught: Sequence[Measured], axis: Axis, alarms: float) -> list[Point]:
    """What is caught of each source at the threshold, side by side."""
    middle, apart = (len(caught) - 1) / 2, APART * (axis.high - axis.low)
    at = _at(alarms, axis)
    return [
        Point(
            each.source or UNNAMED,
            at + (number - middle) * apart,
            each.share,
            "worse" if number == 0 and len(caught) > 1 else "",
            f"{each.source or UNNAMED}: {each.stopped} of {each.texts} caught",
        )
        for number, each in enumerate(caught)
    ]


def _threshold(found: Assessment, name: str, plot: Plot, alarm: Measured) -> Html:
    (value,) = (
        each.threshold
        for each in found.screening.chain.members
        if isinstance(each, Scored) and each.name == name
    )
    x = plot.across(_at(alarm.share.estimate, plot.x))
    upright = '<line class="bound" x1="{0:.2f}%" x2="{0:.2f}%" y2="{1}"/>'
    anchor = "end" if x > 50 else "start"
    name_of = '<text x="{:.2f}%" y="-6" text-anchor="{}">threshold {}</text>'
    return html(upright, x, plot.height) + html(name_of, x, anchor, words.decimals(value))


def _percent(log: float) -> str:
    """A tick of shares: 0.1, 1, 10; the left end is none."""
    share = 10**log
    return f"{100 * share:g}" if any(math.isclose(share, each) for each in SHARES) else "0"


def _hundredths(share: float) -> str:
    return f"{100 * share:.0f}"


def _of(source: str) -> str:
    return f" of {source}" if source else ""
