"""What more labels would buy, with the critic and without."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench import stats
from workbench.cards import Card
from workbench.comparison import Variant
from workbench.page import words
from workbench.page.markup import Html
from workbench.page.svg import Axis, Plot, Point
from workbench.sections.subject import Subject
from workbench.stats import Interval

POINTS = 40  # of a curve
Curve = list[tuple[int, float]]  # labels, half-width of the interval


@dataclass(frozen=True)
class _Widths:
    """How wide a variant's interval would be with other numbers of labels."""

    best: Variant
    half: float  # now
    spread: float  # of the labels
    level: float
    correlation: float  # of score and label

    def expected(self, labels: int, *, helped: bool) -> float:
        """The half-width with so many labels, fitted to that of now."""
        return self.half * self._raw(labels, helped=helped) / self._raw(self.best.labels)

    def curve(self, *, helped: bool) -> Curve:
        """The half-widths up to three times the labels of now."""
        most = min(self.best.scored, max(3 * self.best.labels, 100))
        counts = np.linspace(min(15, self.best.labels), most, POINTS).astype(int)
        return [(n, self.expected(n, helped=helped)) for n in np.unique(counts).tolist()]

    def _raw(self, labels: int, *, helped: bool = True) -> float:
        more = {"rho": self.correlation, "unlabelled": max(self.best.scored - labels, 1)}
        given = {"sd": self.spread, "level": self.level, **(more if helped else {})}
        return stats.expected_half_width(labels, **given)


def widths(subject: Subject, card: Card) -> dict[str, Any] | None:
    """How narrow the best variant's score is with so many labels; None where labels correct no
    score, or all are in.
    """
    best = subject.choice.variants[0]
    labels = subject.scale.share(subject.people.labels)
    if not best.corrected or best.labels >= best.scored or not np.nanstd(labels):
        return None
    half = subject.scale.share(best.score).clipped(0, 1).half_width
    spread, correlation = stats.spread(labels), max(card.correlation, 0.0)
    found = _Widths(best, half, spread, subject.choice.level, correlation)
    alone, helped = found.curve(helped=False), found.curve(helped=True)
    more, then = helped[-1]
    return {
        "variant": best.name,
        "labels": best.labels,
        "plot": _draw(best.labels, half, alone, helped),
        "more": more,
        "half": words.points(half),
        "then": words.points(then),
    }


def _draw(labels: int, half: float, alone: Curve, helped: Curve) -> Html:
    ends = (0.0, math.inf)
    tallest = [0.0, half, alone[0][1], helped[0][1]]
    plot = Plot(
        Axis.around([0.0, alone[-1][0]], most_ticks=6, ends=ends),
        Axis.around(tallest, most_ticks=5, ends=ends),
        "labels of the variant",
        "half-width, points",
        lambda n: f"{n:,.0f}",
        half_width_tick,
        "Half-width of the corrected score against the number of labels",
        height=220,
    )
    tip = f"{words.count(labels, 'label')}: ±{words.points(half)} points"
    now = Point("", labels, Interval(half, half, half), "better", tip)
    return plot.draw([now], plot.line("ideal", alone) + plot.line("curve", helped))


def half_width_tick(width: float) -> str:
    """A half-width as a tick of an axis in points: ±8."""
    return f"±{100 * width:.3g}" if width else "0"
