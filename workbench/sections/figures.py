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
from workbench.comparison import Comparison, Slice, Variant
from workbench.page import words
from workbench.racing import Race
from workbench.sections.grid import gives_probabilities
from workbench.sections.tradeoff import COST, LATENCY, comparable
from workbench.stats import Agreement, Interval

if TYPE_CHECKING:
    import plotly.graph_objects as go

INK, INK2, RULE, RULE2 = "#1b1f24", "#545b64", "#d5dae0", "#e9ecef"
BLUE, BLUE_WASH, ORANGE, ORANGE_WASH = "#0b5f9e", "#e7f1f9", "#a94700", "#fdf0e5"
GREY, GREY_WASH = "#6a727c", "#eef0f2"
PAPER = "#ffffff"
COLOURS = {"better": BLUE, "worse": ORANGE}  # by decision; all others are grey
SANS = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, '
    "sans-serif"
)
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
    choice.needed_open("a figure")
    name = "corrected score" if choice.variants[0].corrected else _own_score(choice)
    title = f"{name[0].upper()}{name[1:]} of each variant"
    made = figure(title, f"{name}, points", "", height=110 + ROW * len(choice.variants))
    found = {variant.name: _score(choice, variant) for variant in choice.variants}
    for variant, score in found.items():
        tip, hollow = f"{variant}: {_in_points(score)}", variant == choice.baseline
        _Estimate(score, _colour(choice, variant), tip, hollow=hollow).lie(made, variant)
    _rows(made, list(found))
    _spread(made, [end for score in found.values() for end in score])
    return made


def _own_score(choice: Comparison) -> str:
    probable = gives_probabilities(choice.run, choice.judge)
    return f"{'mean P(yes)' if probable else 'score'} by {choice.judge}"


def differences(choice: Comparison) -> "go.Figure":
    """Each challenger's difference to the baseline, with zero and the margin of a tie."""
    choice.needed_open("a figure")
    margin, title = 100 * choice.margin, f"Difference to {choice.baseline}"
    made = figure(title, "difference, points", "", height=110 + ROW * len(choice.differences))
    scale = choice.scale
    found = {each: _points(scale.turned(each.interval)) for each in choice.differences}
    for each, by in found.items():
        tip = f"{each.challenger}: {each.decision}, {_in_points(by)}"
        _Estimate(by, _colour(choice, each.challenger), tip).lie(made, each.challenger)
    _zero(made, margin)
    _rows(made, [each.challenger for each in found])
    _spread(made, [-margin, 0.0, margin, *(end for by in found.values() for end in by)])
    return made


def tradeoff(choice: Comparison, against: str = "cost") -> "go.Figure":
    """Quality against `cost` (dollars per 1,000 answers) or `latency` (p95, seconds)."""
    choice.needed_open("a figure")
    of = {"cost": COST, "latency": LATENCY}.get(against)
    if of is None:
        raise ValueError("against is cost or latency")
    made = figure(f"Quality against {against}", of.title, f"{_own_score(choice)}, points")
    for variant in comparable(choice, of):
        score, x = _score(choice, variant), of.of(variant)
        tip, hollow = (
            f"{variant.name}: {_in_points(score)}, {of.says(x)}",
            variant.name == choice.baseline,
        )
        colour = _colour(choice, variant.name)
        _Estimate(score, colour, tip, variant.name, hollow).stand(made, x)
    return made


def slices(choice: Comparison, challenger: str = "") -> "go.Figure":
    """A challenger's difference to the baseline by slice: thick by itself, thin counted for all
    slices at once.
    """
    choice.needed_open("a figure")
    name = challenger or (choice.focus or choice.differences[0]).challenger
    parts = [part for part in choice.slices if part.challenger == name]
    title = f"{name} − {choice.baseline} by slice"
    made = figure(
        title, f"difference by {choice.judge_in_words}, points", "", height=110 + 30 * len(parts)
    )
    ends = [end for part in parts for end in _slice(made, choice, part)]
    _zero(made, math.nan)
    _rows(made, [_slice_name(part) for part in parts])
    _spread(made, [0.0, *ends])
    return made


def _slice(made: "go.Figure", choice: Comparison, part: Slice) -> Interval:
    """Draw a slice, and return what is counted for all at once."""
    scale, row = choice.scale, _slice_name(part)
    own, every = (_points(scale.turned(found)) for found in (part.each, part.interval))
    colour = BLUE if own.low > 0 else ORANGE if own.high < 0 else GREY
    _line(made, (every.low, every.high), (row, row), colour, 1)
    _Estimate(own, colour, f"{row}: {_in_points(own)}{'; flagged' if part.alarm else ''}").lie(
        made, row
    )
    return every


def _slice_name(part: Slice) -> str:
    return f"{part.tag} {part.value} ({part.n:,})"


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
    rows = [
        [(found.true_pass, "both yes"), (found.false_fail, "refused wrongly")],
        [(found.false_pass, "let pass"), (found.true_fail, "both no")],
    ]
    heat = go.Heatmap(
        x=["yes", "no"],
        y=["yes", "no"],
        z=[[0, 1], [1, 0]],
        text=[[f"<b>{count:,}</b><br>{means}" for count, means in row] for row in rows],
        texttemplate="%{text}",
        xgap=3,
        ygap=3,
        colorscale=[[0, BLUE_WASH], [1, ORANGE_WASH]],
        showscale=False,
        textfont={"color": INK, "size": 14},
        hovertemplate=f"{who} %{{y}}, critic %{{x}}: %{{text}}<extra></extra>",
    )
    made.add_trace(heat)
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
    for name in found.courses:
        _course(made, found, name)
    made.update_xaxes(rangemode="tozero")
    made.update_layout(margin_r=96)
    return made


def _course(made: "go.Figure", found: Race, name: str) -> None:
    """Draw one variant's mean until it left or the race ended."""
    counts, points = zip(*((n, 100 * share) for n, share in found.courses[name]), strict=True)
    stays = name in found.top
    colour = BLUE if name == found.top[0] else INK2 if stays else GREY
    _line(made, counts, points, colour, 2.5 if stays else 1.5)
    marker = {"color": colour, "size": 10, "symbol": "circle" if stays else "x"}
    label, left = (name, "") if stays else (f"{name} left", ", then it left")
    tip = f"{name}: {points[-1]:.1f} points after {counts[-1]:,} examples{left}"
    beside = _beside(found, name)
    _mark(made, counts[-1], points[-1], label, hint=tip, marker=marker, beside=beside)


def _beside(found: Race, name: str) -> str:
    """Where a name stands so that it does not cover that of a line which ends close by."""
    if name not in found.top:
        return "middle right"
    ends = {other: 100 * course[-1][1] for other, course in found.courses.items()}
    others = [ends[other] for other in found.top if other != name and other in ends]
    close = [other for other in others if abs(other - ends[name]) < 4]
    if not close:
        return "middle right"
    return "top right" if ends[name] >= max(close) else "bottom right"


def calibration_bins(
    scores: np.ndarray, right: np.ndarray, clusters: np.ndarray, *, level: float = 0.95
) -> list[tuple[float, Interval, int]]:
    """`(mean score, share right, rows)` of up to five groups of like score, lowest first.

    `scores` and `right` are `(rows,)`, shares of a scale and 0 or 1. Equal scores stay together;
    groups under five rows are left out.
    """
    if not len(scores):
        return []
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, BINS + 1)[1:-1]))
    group = np.searchsorted(edges, scores, side="left")
    chosen = [group == number for number in np.unique(group)]
    return [
        (
            float(scores[rows].mean()),
            stats.rate_interval(right[rows], level=level, clusters=clusters[rows]),
            int(rows.sum()),
        )
        for rows in chosen
        if rows.sum() >= FEWEST_IN_BIN
    ]


def _score(choice: Comparison, variant: Variant) -> Interval:
    """A variant's score in points."""
    share = choice.scale.share(variant.score)
    return _points(share.clipped(0, 1))


def _points(interval: Interval) -> Interval:
    return Interval(*(100 * value for value in interval))


def _in_points(found: Interval) -> str:
    shares = found / 100
    return f"{words.points(shares.estimate)} points ({words.between(shares.low, shares.high)})"


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
