"""How well people's labels pin a run's variants down."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.comparison.scores import Labels, Scores, read_labels, read_scores
from workbench.errors import TooFewLabels
from workbench.runs import Run
from workbench.stats.intervals import Interval
from workbench.stats.paired import more_examples

LEVEL = 0.95


@dataclass(frozen=True)
class Precision:
    """The width of what labels say, never how high or which way: who labels stays blind."""

    examples: int  # with a label on every variant in question
    half_width: float  # share of the scale; NaN while there are too few labels
    more: int | None  # examples that would narrow it to the goal; 0 = enough, None = not known yet
    compares: bool  # a difference of variants, not the score of one


def precision(run: Run, critic: str, *, variants: Sequence[str], goal: float) -> Precision:
    """The half-width of the widest difference to the first of `variants` (prompts; empty = all), or
    of one score.
    """
    scores = read_scores(run, critic)
    labels = read_labels(run, critic, scores)
    chosen = _chosen(scores, variants)
    labelled, compares = int((~np.isnan(labels.label[chosen])).all(axis=0).sum()), len(chosen) > 1
    try:
        found = _intervals(labels, chosen)
    except TooFewLabels:
        return Precision(labelled, math.nan, None, compares)
    widest = scores.scale.turned(max(found, key=lambda interval: interval.half_width))
    more = more_examples(widest, labelled, goal)
    return Precision(labelled, widest.half_width, more, compares)


def _chosen(scores: Scores, variants: Sequence[str]) -> list[int]:
    named = [prompt for _, prompt, _ in scores.variants]
    return [v for v, prompt in enumerate(named) if not variants or prompt in variants]


def _intervals(labels: Labels, chosen: Sequence[int]) -> list[Interval]:
    if len(chosen) == 1:
        return [labels.mean(chosen[0], LEVEL, None)]
    return [labels.paired(other, chosen[0], LEVEL, None) for other in chosen[1:]]
