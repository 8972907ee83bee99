"""The effect of a release by day, in the band that every look has paid for."""

import math
from collections.abc import Sequence

from workbench.page import words
from workbench.page.markup import Html, html, joined
from workbench.page.svg import Axis, Plot, Point
from workbench.release import Trial
from workbench.release.trial import DayEffect
from workbench.sections.leaderboard import signed_tick
from workbench.stats import Interval

HEIGHT = 220  # pixels
MOST_TICKS = 7  # of the days
TOP = 12  # pixels, of the highest line of text
SETTLED = 3  # of the days, the first third is left out of what the axis must hold
BAND = (
    '<svg class="st" viewBox="0 0 100 {0}" preserveAspectRatio="none" width="100%" height="{0}">'
    '<polygon class="wash" points="{1}"/><polyline class="edge" points="{2}"/>'
    '<polyline class="edge" points="{3}"/></svg>'
)


def effect_by_day(trial: Trial) -> Html:
    """The estimate to date in its narrowing band, the last day a full dot."""
    days, css = trial.by_day, _word(trial)
    plot = _plot(trial, days)
    course = [(each.day, each.effect) for each in days if math.isfinite(each.effect)]
    line = plot.line("curve" if css else "gone", course)
    banded = html('<g class="{}">{}</g>', css, _band(plot, days))
    drawn = html('<g class="{}">{}</g>', css, line)
    levels = [_level(plot, 0.0, "zero"), *_margin(plot, trial)]
    last = _last(trial, css)
    return plot.draw([last], joined([banded, *levels, drawn, _name(plot, last)]))


def _word(trial: Trial) -> str:
    """better, worse, or neither."""
    last = next(each for each in trial.by_day if each.day == trial.day)
    return "better" if last.better else "worse" if last.harmed or last.high < 0 else ""


def _plot(trial: Trial, days: Sequence[DayEffect]) -> Plot:
    late = days[len(days) // SETTLED :]
    ends = [end for each in late for end in (each.effect, each.low, each.high)]
    y = Axis.around([0.0, *ends], most_ticks=6, ends=(-1.0, 1.0))
    step = max(1, math.ceil(len(days) / MOST_TICKS))
    ticks = tuple(float(each.day) for each in days if (len(days) - each.day) % step == 0)
    x = Axis(0.5, len(days) + 0.5, ticks)
    titles = f"day from {words.date(days[0].date.isoformat())}", f"{trial.plan.primary}, points"
    label = f"{trial.challenger} against {trial.baseline} by day, with limits for every look"
    return Plot(x, y, *titles, "{:.0f}".format, signed_tick, label, height=HEIGHT)


def _band(plot: Plot, days: Sequence[DayEffect]) -> Html:
    """What is outside the axis, or not known, lies on its edge."""
    top = _points(plot, [(each.day, each.high) for each in days])
    bottom = _points(plot, [(each.day, each.low) for each in days])
    around = " ".join([*top, *reversed(bottom)])
    return html(BAND, plot.height, around, " ".join(top), " ".join(bottom))


def _points(plot: Plot, ends: Sequence[tuple[float, float]]) -> list[str]:
    known = ((day, end if not math.isnan(end) else 0.0) for day, end in ends)
    return [f"{plot.across(day):.2f},{plot.down(end):.1f}" for day, end in known]


def _level(plot: Plot, value: float, css: str) -> Html:
    line = '<line class="{0}" x1="0" x2="100%" y1="{1:.1f}" y2="{1:.1f}"/>'
    return html(line, css, plot.down(value))


def _margin(plot: Plot, trial: Trial) -> list[Html]:
    """What it may be worse by, where not being worse was the plan."""
    return [_level(plot, -trial.plan.margin, "lim")] if trial.plan.goal == "not worse" else []


def _last(trial: Trial, css: str) -> Point:
    """The day that the word stands on."""
    found = trial.estimate
    ends = words.between(found.low, found.high)
    if not math.isfinite(found.low + found.high):
        found = Interval(found.estimate, found.estimate, found.estimate)
    tip = f"{words.signed(found.estimate)} ({ends})"
    return Point("", trial.day, found, css, tip)


def _name(plot: Plot, last: Point) -> Html:
    """The figure of the last day, above its line or below; where neither is free, over its dot."""
    text = '<text class="lab strong" x="{:.2f}%" y="{:.1f}" dx="{}" text-anchor="{}">{}</text>'
    above, below = plot.down(last.y.high) - 9, plot.down(last.y.low) + 17
    free = [at for at in (above, below) if TOP < at < plot.height - TOP]
    over = plot.down(last.y.estimate) - 12
    x = plot.across(last.x)
    side = (6, "end") if x > 50 else (9, "start")
    return html(text, x, free[0] if free else over, *side, last.tip)
