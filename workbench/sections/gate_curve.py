"""A gate's operating curve: what it would have said, had the prompt been better or worse."""

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.page.svg import UNIT, Axis, Plot, Point
from workbench.requirements.operating import Curve
from workbench.sections.leaderboard import signed_tick
from workbench.stats import Interval
from workbench.stats.gating import Operating


def gate_curve(curve: Curve) -> Html:
    """A small plot and its table."""
    looks = words.listed([f"{rows:,}" for rows in curve.looks])
    return render(
        "sections/gate_curve.html",
        title=curve.line.title,
        bound=curve.line.bound,
        looks=f"{looks} rows",
        plot=_plot(curve),
        rows=[_row(each) for each in curve.points],
    )


def _row(at: Operating) -> dict[str, str]:
    shares = {name: words.percent(getattr(at, name)) for name in ("passes", "fails")}
    open_ = words.percent(at.inconclusive)
    return {**shares, "change": words.signed(at.change), "open": open_, "read": f"{at.rows:,.0f}"}


def _plot(curve: Curve) -> Html:
    changes = [each.change for each in curve.points]
    passes = [(each.change, each.passes) for each in curve.points]
    fails = [(each.change, each.fails) for each in curve.points]
    plot = Plot(
        Axis.around(changes, most_ticks=5),
        UNIT,
        "true change, points",
        "chance, %",
        signed_tick,
        words.whole_points,
        f"Chance to pass and to fail {curve.line.title} against the true change",
        height=200,
    )
    lines = Html("").join([plot.line("curve", passes), plot.line("front", fails)])
    return plot.draw([_end("passes", *passes[-1]), _end("fails", *fails[0])], lines)


def _end(name: str, change: float, share: float) -> Point:
    tip = f"{name} {words.percent(share)} at a true change of {words.signed(change)} points"
    return Point(name, change, Interval(share, share, share), "", tip, hollow=name == "fails")
