"""What more labels would buy, with the critic and without."""

import math
from typing import Any

import numpy as np

from workbench import stats
from workbench.cards import Card
from workbench.sections.subject import Subject
from workbench.stats import Interval
from workbench.page import words
from workbench.page.svg import Axis, Plot, Point

POINTS = 40  # of a curve


def widths(subject: Subject, card: Card) -> dict[str, Any] | None:
    """How narrow the best variant's score is with so many labels; None where labels correct no
    score, or all are in.
    """
    best = subject.choice.variants[0]
    labels = (subject.people.labels - subject.scale.low) / subject.scale.width
    if not best.corrected or best.labels >= best.scored or not np.nanstd(labels):
        return None
    half = subject.scale.score(best.score).half_width
    given = {"sd": stats.spread(labels), "level": subject.choice.level}
    fit = half / stats.expected_half_width(
        best.labels, **given, **_of(card, best.scored - best.labels)
    )
    most = min(best.scored, max(3 * best.labels, 100))
    counts = np.unique(np.linspace(min(15, best.labels), most, POINTS).astype(int))
    alone = [(int(n), fit * stats.expected_half_width(int(n), **given)) for n in counts]
    helped = [
        (
            int(n),
            fit
            * stats.expected_half_width(int(n), **given, **_of(card, max(best.scored - int(n), 1))),
        )
        for n in counts
    ]
    more = helped[-1]
    return {
        "variant": best.name,
        "labels": best.labels,
        "plot": _draw(best.labels, half, alone, helped),
        "more": more[0],
        "half": words.points(half),
        "then": words.points(more[1]),
    }


def _of(card: Card, unlabelled: int) -> dict[str, float]:
    return {"rho": max(card.correlation, 0.0), "unlabelled": unlabelled}


def _draw(
    labels: int, half: float, alone: list[tuple[int, float]], helped: list[tuple[int, float]]
) -> Any:
    across = Axis.around([0.0, alone[-1][0]], most_ticks=6, ends=(0.0, math.inf))
    up = Axis.around(
        [0.0, half, *(width for _, width in (alone[0], helped[0]))],
        most_ticks=5,
        ends=(0.0, math.inf),
    )
    plot = Plot(
        across,
        up,
        "labels of the variant",
        "half-width, points",
        lambda n: f"{n:,.0f}",
        lambda width: f"±{100 * width:.3g}" if width else "0",
        "Half-width of the corrected score against the number of labels",
        height=220,
    )
    said = f"{words.count(labels, 'label')}: ±{words.points(half)} points"
    now = Point("", labels, Interval(half, half, half), "better", said)
    return plot.draw([now], plot.line("ideal", alone) + plot.line("curve", helped))
