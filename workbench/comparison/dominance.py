"""Which variants are surely dominated: another one is cheaper and faster, and not worse by the
margin.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from workbench.comparison.latency import Seconds
from workbench.comparison.result import Comparison
from workbench.comparison.scores import Grid, per_example, read_scores
from workbench.stats.claiming import not_worse
from workbench.stats.clustered import clustered_mean
from workbench.stats.intervals import Floats

FEWEST = 20  # examples that all three are known of
MOST = 20  # variants: among more nobody looks at a plane


@dataclass(frozen=True)
class Dominated:
    """A variant, and the best of those that surely dominate it."""

    variant: str
    by: str


def surely_dominated(choice: Comparison) -> tuple[Dominated, ...]:
    """The variants that another one surely dominates, in the order of the run.

    Each of the three is shown by itself, paired on examples, at (1 - level)/(K - 1) for K variants:
    quality by who decides, answers that failed at the bad end of the scale; money; and latency,
    where both were measured side by side. Where both cost nothing, money says nothing. A variant
    that a point estimate puts behind is no more than that.
    """
    names = [key.name for key in choice.run.variants]
    if not 1 < len(names) <= MOST:
        return ()
    table, tail = _Table.of(choice), (1 - choice.level) / (len(names) - 1)
    best = {each.name: choice.scale.merit(each.score.estimate) for each in choice.variants}
    found: dict[str, str] = {}
    for (a, name), (b, other) in permutations(enumerate(names), 2):
        better = name not in found or best[other] > best[found[name]]
        if better and table.dominates(b, a, choice.margin, tail):
            found[name] = other
    return tuple(Dominated(name, found[name]) for name in names if name in found)


@dataclass(frozen=True)
class _Table:
    """Quality and money of every variant `(variants, examples)`, NaN where unknown; and seconds."""

    quality: Floats
    cost: Floats
    seconds: Seconds

    @classmethod
    def of(cls, choice: Comparison) -> "_Table":
        run, scores = choice.run, read_scores(choice.run, choice.judge)
        cost = Grid.of(run).filled(np.array(run.columns["cost"], dtype=float), np.nan, float)
        quality = scores.scale.merit(per_example(scores.failures_as_worst))
        return cls(quality, per_example(cost), Seconds.of(run))

    def dominates(self, b: int, a: int, margin: float, tail: float) -> bool:
        """Whether variant `b` surely dominates `a`."""
        first, second = self.seconds.side_by_side(self.seconds.names[b], self.seconds.names[a])
        slower = per_example(first) - per_example(second)
        dearer, better = self.cost[b] - self.cost[a], self.quality[b] - self.quality[a]
        return all_three(better, dearer, slower, margin, tail)


def all_three(better: Floats, dearer: Floats, slower: Floats, margin: float, tail: float) -> bool:
    """Whether differences per example `(n,)`, of one variant minus another, show that it is not
    worse by the margin, costs less and takes less time, each at a one-sided tail.
    """
    free = not np.nan_to_num(dearer).any() and not np.isnan(dearer).all()
    if not (free or _below_zero(dearer, tail)) or not _below_zero(slower, tail):
        return False
    known = int((~np.isnan(better)).sum())
    return known >= FEWEST and bool(not_worse(better[~np.isnan(better)], margin, tail))


def _below_zero(values: Floats, tail: float) -> bool:
    """Whether a mean is surely below zero (Student's t)."""
    known = values[~np.isnan(values)]
    return len(known) >= FEWEST and clustered_mean(known, None).p_at_least(0) < tail
