"""Plotly figures of what a comparison, a critic card or a race found: one theme, safe for every
colour vision.

Every function gives a `go.Figure` of points and intervals with units on its axes; the numbers stand
in the hover texts. Plotly is imported when a figure is made.
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from workbench import stats
from workbench.arguments import expect
from workbench.cards import Card
from workbench.comparison import Comparison, Slice, Variant
from workbench.page import words
from workbench.racing import Race
from workbench.sections import marks
from workbench.sections.grid import gives_probabilities
from workbench.sections.marks import (
    BLUE,
    BLUE_WASH,
    GREY,
    INK2,
    ORANGE,
    ORANGE_WASH,
    Estimate,
    figure,
)
from workbench.sections.standing import stand
from workbench.sections.tradeoff import ALIKE, COST, LATENCY, Against, comparable
from workbench.stats import Agreement, Interval
from workbench.words import capital

if TYPE_CHECKING:
    import plotly.graph_objects as go

COLOURS = {"better": BLUE, "worse": ORANGE}  # by decision; all others are grey
PLANE = 340  # pixels of a plot of two measures
ROW = 46  # pixels of a row in figures that list variants or slices
BINS, FEWEST_IN_BIN = 5, 5
DASHES = ("solid", "dash", "dot", "dashdot")  # tell lines of one colour apart


def scores(choice: Comparison) -> "go.Figure":
    """Each variant's score with its interval, best at the top."""
    _expect_open(choice)
    name = "corrected score" if choice.variants[0].corrected else _own_score(choice)
    title = f"{capital(name)} of each variant"
    made = figure(title, f"{name}, points", "", height=110 + ROW * len(choice.variants))
    found = {variant.name: _score(choice, variant) for variant in choice.variants}
    for variant, score in found.items():
        tip, hollow = f"{variant}: {_in_points(score)}", variant == choice.baseline
        Estimate(score, _colour(choice, variant), tip, hollow=hollow).lie(made, variant)
    marks.rows(made, list(found))
    marks.spread(made, [end for score in found.values() for end in score])
    return made


def _expect_open(choice: Comparison) -> None:
    expect(choice, Comparison, "what is drawn", "give what wb.compare returned")
    choice.needed_open("a figure")


def _own_score(choice: Comparison) -> str:
    probable = gives_probabilities(choice.run, choice.judge)
    return f"{'mean P(yes)' if probable else 'score'} by {choice.judge}"


def differences(choice: Comparison) -> "go.Figure":
    """Each challenger's difference to the baseline, with zero and the margin of a tie."""
    _expect_open(choice)
    margin, title = 100 * choice.margin, f"Difference to {choice.baseline}"
    made = figure(title, "difference, points", "", height=110 + ROW * len(choice.differences))
    scale = choice.scale
    found = {each: _points(scale.turned(each.interval)) for each in choice.differences}
    for each, by in found.items():
        tip = f"{each.challenger}: {each.decision}, {_in_points(by)}"
        Estimate(by, _colour(choice, each.challenger), tip).lie(made, each.challenger)
    marks.zero(made, margin)
    marks.rows(made, [each.challenger for each in found])
    marks.spread(made, [-margin, 0.0, margin, *(end for by in found.values() for end in by)])
    return made


def tradeoff(choice: Comparison, against: str = "cost") -> "go.Figure":
    """Quality against `cost` (dollars per 1,000 answers) or `latency` (p95, seconds)."""
    _expect_open(choice)
    of = {"cost": COST, "latency": LATENCY}.get(against)
    if of is None:
        raise ValueError("against is cost or latency")
    made = figure(f"Quality against {against}", of.title, f"{_own_score(choice)}, points")
    found = [_stands(choice, variant, of) for variant in comparable(choice, of)]
    if not found:
        marks.nothing(made, _why_none(choice, of))
        return made
    stand(made, found, least=ALIKE, height=PLANE)
    return made


def _why_none(choice: Comparison, against: Against) -> str:
    """Why no variant can stand in a plot."""
    if all(math.isnan(against.of(variant)) for variant in choice.variants):
        return f"No {against.name} is known."
    return "Latencies were not measured side by side, in one run: they are not compared."


def _stands(choice: Comparison, variant: Variant, against: Against) -> tuple[float, Estimate]:
    """A variant's place across, and its score there."""
    score, x, name = _score(choice, variant), against.of(variant), variant.name
    tip, hollow = f"{name}: {_in_points(score)}, {against.says(x)}", name == choice.baseline
    return x, Estimate(score, _colour(choice, name), tip, name, hollow)


def slices(choice: Comparison, challenger: str = "") -> "go.Figure":
    """A challenger's difference to the baseline by slice: thick by itself, thin counted for all
    slices at once.
    """
    _expect_open(choice)
    name = challenger or (choice.focus or choice.differences[0]).challenger
    parts = [part for part in choice.slices if part.challenger == name]
    title = f"{name} − {choice.baseline} by slice"
    made = figure(
        title, f"difference by {choice.judge_in_words}, points", "", height=110 + 30 * len(parts)
    )
    ends = [end for part in parts for end in _slice(made, choice, part)]
    marks.zero(made, math.nan)
    marks.rows(made, [_slice_name(part) for part in parts])
    marks.spread(made, [0.0, *ends])
    return made


def _slice(made: "go.Figure", choice: Comparison, part: Slice) -> Interval:
    """Draw a slice, and return what is counted for all at once."""
    scale, row = choice.scale, _slice_name(part)
    own, every = (_points(scale.turned(found)) for found in (part.each, part.interval))
    colour = BLUE if own.low > 0 else ORANGE if own.high < 0 else GREY
    marks.line(made, (every.low, every.high), (row, row), colour, 1)
    Estimate(own, colour, f"{row}: {_in_points(own)}{'; flagged' if part.alarm else ''}").lie(
        made, row
    )
    return every


def _slice_name(part: Slice) -> str:
    return f"{part.tag} {part.value} ({part.n:,})"


def calibration(card: Card) -> "go.Figure":
    """The share of answers that people pass, among answers of like score."""
    expect(card, Card, "what is drawn", "give what wb.trust returned")
    made = figure(
        "Does a higher score mean more right answers?", "critic’s score, points", "right answers, %"
    )
    marks.line(made, (0, 100), (0, 100), GREY, 1, "dot")
    for mean, share, rows in calibration_bins(*card.judged()):
        found = _points(share)
        between = f"{found.estimate:.0f} % right ({found.low:.0f} to {found.high:.0f})"
        hint = f"score {100 * mean:.1f}: {between}, {rows:,} answers"
        Estimate(found, BLUE, hint).stand(made, 100 * mean)
    made.update_xaxes(range=[-2, 102])
    made.update_yaxes(range=[-2, 104])
    return made


def agreement(found: Agreement, who: str = "person") -> "go.Figure":
    """The four cells of a critic's verdicts against labels, as a map; agreement blue, errors
    orange.
    """
    made = figure(f"{found.count:,} answers judged by critic and {who}", "critic", who, height=300)
    marks.cell(made, (0, 0), _counted(found.true_pass, "both yes", who), BLUE_WASH)
    marks.cell(made, (1, 0), _counted(found.false_fail, "refused wrongly", who), ORANGE_WASH)
    marks.cell(made, (0, 1), _counted(found.false_pass, "let pass", who), ORANGE_WASH)
    marks.cell(made, (1, 1), _counted(found.true_fail, "both no", who), BLUE_WASH)
    ticks = {"tickvals": [0, 1], "ticktext": ["yes", "no"], "showgrid": False, "ticks": ""}
    made.update_xaxes(**ticks, range=[-0.5, 1.5])
    made.update_yaxes(**ticks, range=[1.5, -0.5])
    return made


def _counted(count: int, means: str, who: str) -> tuple[str, str]:
    """What a cell says, and what it says on hover."""
    return f"<b>{count:,}</b><br>{means}", f"critic and {who}, {means}: {count:,}"


def race(found: Race) -> "go.Figure":
    """How a race went: each variant's mean score as examples came in, until it left (✗) or the race
    ended.
    """
    made = figure(
        "Who left the race when", "examples answered", f"mean score by {found.critic}, points"
    )
    for number, name in enumerate(found.courses):
        _course(made, found, name, DASHES[number % len(DASHES)])
    made.update_xaxes(rangemode="tozero")
    made.update_layout(margin_r=96)
    return made


def _course(made: "go.Figure", found: Race, name: str, dash: str) -> None:
    """Draw one variant's mean until it left or the race ended, with its interval there."""
    counts, points = zip(*((n, 100 * share) for n, share in found.courses[name]), strict=True)
    leads, stays = name == found.top[0], name in found.top
    colour, width = BLUE if leads else INK2 if stays else GREY, 2.5 if stays else 1.5
    marks.line(made, counts, points, colour, width, "solid" if leads else dash)
    if name in found.intervals:
        limits = _points(found.intervals[name])
        marks.line(made, counts[-1:] * 2, (limits.low, limits.high), colour, width)
    _end(made, found, name, colour)


def _end(made: "go.Figure", found: Race, name: str, colour: str) -> None:
    """The mark and the name at the end of a course."""
    (count, share), stays = found.courses[name][-1], name in found.top
    marker = {"color": colour, "size": 10, "symbol": "circle" if stays else "x"}
    label, left = (name, "") if stays else (f"{name} left", ", then it left")
    tip = f"{name}: {words.points(share)} points after {count:,} examples{left}"
    beside = _beside(found, name)
    marks.mark(made, count, 100 * share, label, hint=tip, marker=marker, beside=beside)


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
