"""The gate where rows carry a tag (a customer, say) that nobody named as what groups them: what a
tag that groups nothing costs, and what one that does is found for.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from benchmarks.simulation import Bench, Line, limit, two_rates
from workbench import stats
from workbench.comparison.grouping import MATERIAL, SCREENED
from workbench.stats.design_effect import design_effect

ROWS, MARGIN = 200, 0.05
ANSWERS = {"base .85, .6 shared": (0.85, 0.6), "base .95, .9 shared": (0.95, 0.9)}
TAGS = ("pairs", "fives", "unlike sizes")


class Passes(NamedTuple):
    """Gates that pass: by rows alone, as the gate finds groups, and in groups that are named."""

    alone: int = 0
    found: int = 0
    named: int = 0
    grouped: int = 0  # by what the rows show


def tagged(bench: Bench) -> Iterator[Line]:
    """Figure 9 with a tag, at one look at 200 rows."""
    times = bench.screen
    for tag, (name, (base, shared)) in product(TAGS, ANSWERS.items()):
        passes = _passes(bench, tag, times, (base, base, shared), 0.0)
        least = passes.alone / times - 0.05
        what = f"a tag of {tag} that groups nothing, {name}: equal passes"
        fine = limit(passes.found, times, "high") >= least
        yield Line(9, what, passes.found / times, f">= {least:.4f}", fine)
        for alike in (0.3, 0.6):
            passes = _passes(bench, tag, times, (base, base - MARGIN, shared), alike)
            what = f"a tag of {tag}, {alike:.0%} alike, {name}: worse by .05 passes"
            by = f"alone {passes.alone / times:.3f}, named {passes.named / times:.3f}"
            yield Line(9, what, passes.found / times, f"shown ({by})", True)


def _passes(bench: Bench, tag: str, times: int, rates, alike: float) -> Passes:
    """Of so many gates, where a share of the rows does as its group does."""
    random, passes = bench.random(9, TAGS.index(tag), round(100 * sum(rates) + alike)), Passes()
    for _ in range(times):
        groups = _groups(random, tag)
        whole = two_rates(random, 1, groups.max() + 1, *rates)[0][groups]
        rows = np.where(random.random(ROWS) < alike, whole, two_rates(random, 1, ROWS, *rates)[0])
        effect = design_effect(rows, groups)
        grouped = effect.p < SCREENED and effect.factor >= MATERIAL
        alone, named = (stats.not_worse(rows, MARGIN, clusters=by) is True for by in (None, groups))
        each = (alone, named if grouped else alone, named, grouped)
        passes = Passes(*(sum(pair) for pair in zip(passes, each, strict=True)))
    return passes


def _groups(random: np.random.Generator, tag: str) -> np.ndarray:
    if tag == "unlike sizes":
        sizes = random.lognormal(size=ROWS // 4)
        return random.choice(len(sizes), ROWS, p=sizes / sizes.sum())
    return np.arange(ROWS) // {"pairs": 2, "fives": 5}[tag]
