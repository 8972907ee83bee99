"""Plotly figures of what a comparison, a critic card or a race found: one theme, safe for every
colour vision.

Every function gives a `go.Figure` of points and intervals with units on its axes; the numbers stand
in the hover texts. Plotly is imported when a figure is made.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import stats
from workbench.cards import Card
from workbench.comparison import Comparison
from workbench.racing import Race
from workbench.stats import Agreement, Interval
from workbench.views import words
from workbench.views.scale import Scale

if TYPE_CHECKING:
    import plotly.graph_objects as go

INK, INK2, RULE, RULE2 = "#1b1f24", "#545b64", "#d5dae0", "#e9ecef"
BLUE, BLUE2, BLUE_WASH, ORANGE, GREY, GREY_WASH = (
    "#0b5f9e",
    "#7fb0d6",
    "#e7f1f9",
    "#a94700",
    "#6a727c",
    "#eef0f2",
)
PAPER = "#ffffff"
COLOURS = {"better": BLUE, "worse": ORANGE}  # by decision; all others are grey
SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif'
ROW = 46  # pixels of a row in figures that list variants or slices
BINS, FEWEST_IN_BIN = 5, 5


def figure(title: str, x: str, y: str, *, height: int = 340) -> "go.Figure":
    """An empty figure in the one theme: titles with units, hairlines, no legend (labels stand
    beside the marks).
    """
    import plotly.graph_objects as go

    axis = {
        "gridcolor": RULE2,
        "linecolor": RULE,
        "zeroline": False,
        "ticks": "outside",
        "tickcolor": RULE,
        "title": {"font": {"size": 12, "color": INK2}},
        "tickfont": {"size": 11.5, "color": INK2},
        "nticks": 7,
    }
    made = go.Figure()
    made.update_layout(
        template="none",
        height=height,
        showlegend=False,
        hovermode="closest",
        paper_bgcolor=PAPER,
        plot_bgcolor=PAPER,
        font={"family": SANS, "size": 13, "color": INK},
        margin={"l": 72, "r": 28, "t": 44, "b": 52},
        title={"text": title, "font": {"size": 14}, "x": 0, "xref": "paper", "xanchor": "left"},
        hoverlabel={"font": {"family": SANS, "size": 13}},
        dragmode=False,
    )
    made.update_xaxes(**axis, title_text=x)
    made.update_yaxes(**axis, title_text=y)
    return made


def scores(choice: Comparison) -> "go.Figure":
    """Each variant's score with its interval, best at the top."""
    name = "corrected score" if choice.variants[0].corrected else f"score by {choice.critic}"
    title = f"{name[0].upper()}{name[1:]} of each variant"
    made = figure(title, f"{name}, points", "", height=110 + ROW * len(choice.variants))
    found = {
        variant.name: _points(_scale(choice).score(variant.score)) for variant in choice.variants
    }
    for variant, score in found.items():
        hint, hollow = f"{variant}: {_said(score)}", variant == choice.baseline
        _Estimate(score, _colour(choice, variant), hint, hollow=hollow).lie(made, variant)
    _rows(made, list(found))
    _spread(made, [end for score in found.values() for end in score])
    return made


def differences(choice: Comparison) -> "go.Figure":
    """Each challenger's difference to the baseline, with zero and the margin that counts as a tie."""
    rows, margin = len(choice.differences), 100 * choice.margin
    made = figure(
        f"Difference to {choice.baseline}", "difference, points", "", height=110 + ROW * rows
    )
    found = {
        each.challenger: _points(_scale(choice).difference(each.interval))
        for each in choice.differences
    }
    for each in choice.differences:
        hint = f"{each.challenger}: {each.decision}, {_said(found[each.challenger])}"
        _Estimate(found[each.challenger], _colour(choice, each.challenger), hint).lie(
            made, each.challenger
        )
    _zero(made, margin)
    _rows(made, list(found))
    _spread(made, [-margin, 0.0, margin, *(end for by in found.values() for end in by)])
    return made


def tradeoff(choice: Comparison, against: str = "cost") -> "go.Figure":
    """Quality against `cost` (dollars per 1,000 answers) or `latency` (p95, seconds)."""
    titles = {"cost": "cost per 1,000 answers, $", "latency": "p95 latency, seconds"}
    if against not in titles:
        raise ValueError("against is cost or latency")
    made = figure(
        f"Quality against {against}", titles[against], f"score by {choice.critic}, points"
    )
    for variant in choice.variants:
        score = _points(_scale(choice).score(variant.score))
        x = variant.cost_per_1000 if against == "cost" else variant.seconds_p95
        hint = f"{variant.name}: {_said(score)}, {words.money(x) if against == 'cost' else words.seconds(x)}"
        hollow = variant.name == choice.baseline
        _Estimate(score, _colour(choice, variant.name), hint, variant.name, hollow).stand(made, x)
    return made


def slices(choice: Comparison, challenger: str = "") -> "go.Figure":
    """A challenger's difference to the baseline by slice: thick by itself, thin counted for all
    slices at once.
    """
    name = challenger or choice.winner or choice.differences[0].challenger
    parts = [part for part in choice.slices if part.challenger == name]
    title = f"{name} − {choice.baseline} by slice"
    made = figure(title, "difference by the critic, points", "", height=110 + 30 * len(parts))
    rows = [f"{part.tag} {part.value} ({part.n:,})" for part in parts]
    wide = [_points(_scale(choice).difference(part.interval)) for part in parts]
    for row, part, every in zip(rows, parts, wide, strict=True):
        own = _points(_scale(choice).difference(part.each))
        colour = BLUE if own.low > 0 else ORANGE if own.high < 0 else GREY
        _line(made, (every.low, every.high), (row, row), colour, 1)
        _Estimate(own, colour, f"{row}: {_said(own)}{'; flagged' if part.alarm else ''}").lie(
            made, row
        )
    _zero(made, math.nan)
    _rows(made, rows)
    _spread(made, [0.0, *(end for every in wide for end in every)])
    return made


def calibration(card: Card) -> "go.Figure":
    """The share of answers that people pass, among answers of like score."""
    made = figure(
        "Does a higher score mean more right answers?", "critic’s score, points", "right answers, %"
    )
    _line(made, (0, 100), (0, 100), GREY, 1, "dot")
    for mean, share, rows in calibration_bins(*card.judged()):
        found = _points(share)
        between = f"{found.estimate:.0f} % right ({found.low:.0f} to {found.high:.0f})"
        hint = f"score {100 * mean:.1f}: {between}, {rows:,} answers"
        _Estimate(found, BLUE, hint).stand(made, 100 * mean)
    made.update_xaxes(range=[-2, 102])
    made.update_yaxes(range=[-2, 104])
    return made


def agreement(found: Agreement, who: str = "person") -> "go.Figure":
    """The four cells of a critic's verdicts against labels, as a map; agreement blue, errors
    orange.
    """
    import plotly.graph_objects as go

    made = figure(f"{found.count:,} answers judged by critic and {who}", "critic", who, height=300)
    cells = [[found.true_pass, found.false_fail], [found.false_pass, found.true_fail]]
    means = [["both yes", "refused wrongly"], ["let pass", "both no"]]
    text = [
        [f"<b>{count:,}</b><br>{mean}" for count, mean in zip(*row, strict=True)]
        for row in zip(cells, means, strict=True)
    ]
    made.add_trace(
        go.Heatmap(
            x=["yes", "no"],
            y=["yes", "no"],
            z=[[0, 1], [1, 0]],
            text=text,
            texttemplate="%{text}",
            xgap=3,
            ygap=3,
            colorscale=[[0, BLUE_WASH], [1, "#fdf0e5"]],
            showscale=False,
            textfont={"color": INK, "size": 14},
            hovertemplate=f"{who} %{{y}}, critic %{{x}}: %{{text}}<extra></extra>",
        )
    )
    made.update_xaxes(showgrid=False, ticks="")
    made.update_yaxes(autorange="reversed", showgrid=False, ticks="")
    return made


def race(found: Race) -> "go.Figure":
    """How a race went: each variant's mean score as examples came in, until it left (✗) or the race
    ended.
    """
    made = figure(
        "Who left the race when", "examples answered", f"mean score by {found.critic}, points"
    )
    ends = {name: course[-1][1] for name, course in found.courses.items()}
    for name, course in found.courses.items():
        places, points = [n for n, _ in course], [100 * share for _, share in course]
        stays = name in found.top
        colour = BLUE if name == found.top[0] else INK2 if stays else GREY
        _line(made, places, points, colour, 2.5 if stays else 1.5)
        marker = {"color": colour, "size": 10, "symbol": "circle" if stays else "x"}
        hint = f"{name}: {points[-1]:.1f} points after {places[-1]:,} examples{'' if stays else ', then it left'}"
        beside = _beside(
            points[-1],
            [100 * ends[other] for other in found.top if other != name and other in ends],
        )
        _mark(
            made,
            places[-1],
            points[-1],
            name if stays else f"{name} left",
            hint=hint,
            marker=marker,
            beside=beside if stays else "middle right",
        )
    made.update_xaxes(rangemode="tozero")
    made.update_layout(margin_r=96)
    return made


def _beside(end: float, others: Sequence[float]) -> str:
    """Where a name stands so that it does not cover that of a line which ends close by."""
    close = [other for other in others if abs(other - end) < 4]
    return "middle right" if not close else "top right" if end >= max(close) else "bottom right"


def calibration_bins(
    said: np.ndarray, right: np.ndarray, clusters: np.ndarray, *, level: float = 0.95
) -> list[tuple[float, Interval, int]]:
    """`(mean score, share right, rows)` of up to five groups of like score, lowest first.

    `said` and `right` are `(rows,)`, shares of a scale and 0 or 1. Equal scores stay together;
    groups under five rows are left out.
    """
    if not len(said):
        return []
    edges = np.unique(np.quantile(said, np.linspace(0, 1, BINS + 1)[1:-1]))
    group = np.searchsorted(edges, said, side="left")
    chosen = [group == number for number in np.unique(group)]
    return [
        (
            float(said[rows].mean()),
            stats.rate_interval(right[rows], level=level, clusters=clusters[rows]),
            int(rows.sum()),
        )
        for rows in chosen
        if rows.sum() >= FEWEST_IN_BIN
    ]


def _scale(choice: Comparison) -> Scale:
    return Scale.of(choice.run.meta.critics[choice.critic])


def _points(interval: Interval) -> Interval:
    return Interval(*(100 * value for value in interval))


def _said(found: Interval) -> str:
    return f"{words.points(found.estimate / 100)} points ({words.between(found.low / 100, found.high / 100)})"


def _colour(choice: Comparison, variant: str) -> str:
    decisions = {each.challenger: each.decision for each in choice.differences}
    return COLOURS.get(decisions.get(variant, ""), GREY)


@dataclass(frozen=True)
class _Estimate:
    """A dot with its interval; `hint` is said on hover, `label` stands beside it, a hollow dot is
    the baseline.
    """

    found: Interval
    colour: str
    hint: str
    label: str = ""
    hollow: bool = False

    def lie(self, made: "go.Figure", row: str) -> None:
        """Draw it along a row; nothing where there is no score."""
        if not math.isnan(self.found.estimate):
            _line(made, (self.found.low, self.found.high), (row, row), self.colour, 2.5)
            self._dot(made, self.found.estimate, row)

    def stand(self, made: "go.Figure", x: float) -> None:
        """Draw it upright at a place across; nothing where there is no score or no place."""
        if not math.isnan(self.found.estimate + x):
            _line(made, (x, x), (self.found.low, self.found.high), self.colour, 2.5)
            self._dot(made, x, self.found.estimate)

    def _dot(self, made: "go.Figure", x: Any, y: Any) -> None:
        marker = {
            "color": PAPER if self.hollow else self.colour,
            "line": {"color": self.colour, "width": 2},
            "size": 10,
        }
        _mark(made, x, y, self.label, hint=self.hint, marker=marker)


def _line(
    made: "go.Figure",
    x: Sequence[Any],
    y: Sequence[Any],
    colour: str,
    width: float,
    dash: str = "solid",
) -> None:
    import plotly.graph_objects as go

    line = {"color": colour, "width": width, "dash": dash}
    made.add_trace(go.Scatter(x=list(x), y=list(y), mode="lines", line=line, hoverinfo="skip"))


def _mark(
    made: "go.Figure",
    x: Any,
    y: Any,
    label: str,
    *,
    hint: str,
    marker: dict[str, Any],
    beside: str = "middle right",
) -> None:
    """A mark with a name beside it."""
    import plotly.graph_objects as go

    made.add_trace(
        go.Scatter(
            x=[x],
            y=[y],
            mode="markers+text" if label else "markers",
            text=[f"\u2002{label}"],
            textposition=beside,
            textfont={"color": INK, "size": 12.5},
            hovertext=[hint],
            hoverinfo="text",
            cliponaxis=False,
            marker=marker,
        )
    )


def _zero(made: "go.Figure", margin: float) -> None:
    """The line of no difference, with the band that counts as a tie."""
    if not math.isnan(margin):
        made.add_vrect(x0=-margin, x1=margin, fillcolor=GREY_WASH, line_width=0, layer="below")
    made.add_vline(x=0, line={"color": INK2, "width": 1})


def _spread(made: "go.Figure", ends: Sequence[float]) -> None:
    """An axis across that leaves a little room beyond the outermost interval."""
    known = [end for end in ends if math.isfinite(end)] or [0.0, 100.0]
    room = 0.05 * (max(known) - min(known)) or 1.0
    made.update_xaxes(range=[min(known) - room, max(known) + room])


def _rows(made: "go.Figure", names: Sequence[str]) -> None:
    """Names down the side, the first at the top."""
    made.update_yaxes(
        categoryorder="array",
        categoryarray=list(reversed(names)),
        type="category",
        showgrid=False,
        ticks="",
    )
    made.update_yaxes(automargin=True, tickfont={"size": 13, "color": INK})
