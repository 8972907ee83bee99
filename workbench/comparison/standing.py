"""Where variants stand while a run goes on."""

import math

import numpy as np

from workbench.comparison.decide import describe
from workbench.comparison.differences import difference
from workbench.comparison.intervals import Rules
from workbench.comparison.labelled import Labels
from workbench.comparison.result import Difference, Variant
from workbench.comparison.scores import per_example, read_scores
from workbench.runs import Run


def standing(
    run: Run, critic: str, *, margin: float = 0.02, level: float = 0.95
) -> tuple[tuple[Variant, ...], tuple[Difference, ...]]:
    """The variants so far and their differences to the first, by the critic alone.

    The intervals of differences are those of a confidence sequence: they hold however often one
    looks; no look is kept.
    """
    scores = read_scores(run, critic)
    rules = Rules(margin, level, coverage=0.0, groups=None, look=None)
    means = per_example(scores.score)
    nobody = Labels(np.full(means.shape, np.nan), means)
    variants = tuple(describe(run, scores, v, rules, nobody) for v in range(len(scores.variants)))
    differences = tuple(
        difference(scores, c, 0, rules, nobody, math.nan) for c in range(1, len(variants))
    )
    return variants, differences
