"""How far a critic's yes and no agree with people's, and how well a graded score ranks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.printing import printed
from workbench.stats.intervals import (
    Codes,
    Floats,
    Interval,
    complete,
    group_count,
    is_binary,
    proper_share,
    rate_interval,
    score_interval,
    t_quantile,
    unknown,
)

Mask = NDArray[np.bool_]

DRAWS = 4000
# Jeffreys' half a row in each cell: ten agreements out of ten are no proof of perfect agreement
PRIOR = 0.5


@printed
@dataclass(frozen=True, slots=True)
class Agreement:
    """A critic's verdicts against labels: counts of the four cells, rates of it, and
    chance-corrected agreement.
    """

    true_pass: int
    false_pass: int
    false_fail: int
    true_fail: int
    accuracy: Interval
    tpr: Interval
    tnr: Interval
    balanced_accuracy: Interval
    kappa: Interval
    ac1: Interval
    base_rate: Interval
    pass_rate: Interval

    def __repr__(self) -> str:
        agreed = self.true_pass + self.true_fail
        return f"Agreement: {agreed:,} of {self.count:,}, kappa {self.kappa.estimate:.2f}"

    @property
    def count(self) -> int:
        return self.true_pass + self.false_pass + self.false_fail + self.true_fail


def agreement(
    y: ArrayLike,
    f: ArrayLike,
    *,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
    seed: int = 0,
) -> Agreement:
    """Agreement of critic verdicts f with labels y, both 0/1 `(n,)`; rows with a NaN on either side
    leave.

    tpr = P(f=1 | y=1), tnr = P(f=0 | y=0), base_rate = P(y=1), pass_rate = P(f=1), accuracy: Wilson
    on n over the design effect. kappa = (po - pe)/(1 - pe), pe = sum of products of marginals
    (Cohen 1960), -1..1, NaN where both sides are constant and equal. ac1: pe = 2q(1 - q), q the
    mean marginal (Gwet 2008). Read both: kappa collapses where nearly all pass, AC1 stays high.
    Their limits and those of balanced_accuracy = (tpr + tnr)/2 are quantiles of a Bayesian
    bootstrap over clusters with half a row in each cell. Not for labels picked by dispute: all
    rates but tpr and tnr given such a pick are of that pick.
    """
    (labels, verdicts), codes = complete(y, f, clusters=clusters)
    if not is_binary([labels, verdicts]):
        raise ValueError(
            "labels and verdicts must be 0 or 1: put a graded score through a pass threshold first"
        )
    cells, right = _cells(labels, verdicts), labels == verdicts
    counts = np.bincount(cells, minlength=4)
    drawn = partial(_drawn, counts=counts, draws=_cell_draws(cells, codes, seed), level=level)
    rate = partial(rate_interval, level=level, clusters=codes)
    return Agreement(
        *counts[[0, 2, 1, 3]].tolist(),
        accuracy=rate(right),
        tpr=_rate_among(labels == 1, right, codes, level),
        tnr=_rate_among(labels == 0, right, codes, level),
        balanced_accuracy=drawn(balanced_accuracy, least=0.0),
        kappa=drawn(kappa),
        ac1=drawn(ac1),
        base_rate=rate(labels),
        pass_rate=rate(verdicts),
    )


def _cells(labels: Floats, verdicts: Floats) -> NDArray[np.intp]:
    """0 true pass, 1 false fail, 2 false pass, 3 true fail."""
    return (2 * (1 - labels) + (1 - verdicts)).astype(np.intp)


def _rate_among(chosen: Mask, hits: Mask, codes: Codes | None, level: float) -> Interval:
    clusters = None if codes is None else codes[chosen]
    return rate_interval(hits[chosen], level=level, clusters=clusters)


def kappa(cells: Floats) -> Floats:
    """Cohen's kappa of cells `(..., 4)`: true pass, false fail, false pass, true fail; NaN where
    chance agrees.
    """
    observed, truth, passed = _marginals(cells)
    chance = truth * passed + (1 - truth) * (1 - passed)
    return _over_chance(observed, chance)


def ac1(cells: Floats) -> Floats:
    """Gwet's AC1 of cells `(..., 4)` in the same order."""
    observed, truth, passed = _marginals(cells)
    mean = (truth + passed) / 2
    return _over_chance(observed, 2 * mean * (1 - mean))


def balanced_accuracy(cells: Floats) -> Floats:
    """Half of TPR + TNR of cells `(..., 4)`; NaN without passes or without fails."""
    with np.errstate(invalid="ignore", divide="ignore"):
        tpr = cells[..., 0] / (cells[..., 0] + cells[..., 1])
        tnr = cells[..., 3] / (cells[..., 3] + cells[..., 2])
    return (tpr + tnr) / 2


def _marginals(cells: Floats) -> tuple[Floats, Floats, Floats]:
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = cells / cells.sum(axis=-1, keepdims=True)
    return (
        shares[..., 0] + shares[..., 3],
        shares[..., 0] + shares[..., 1],
        shares[..., 0] + shares[..., 2],
    )


def _over_chance(observed: Floats, chance: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance < 1, (observed - chance) / (1 - chance), np.nan)


def _cell_draws(cells: NDArray[np.intp], codes: Codes | None, seed: int) -> Floats:
    """Cells `(DRAWS, 4)` of the Bayesian bootstrap: an exponential weight a cluster, and the prior
    in each cell.
    """
    random = np.random.default_rng(seed)
    if codes is None:
        return random.gamma(np.bincount(cells, minlength=4) + PRIOR, size=(DRAWS, 4))
    groups = np.unique(codes, return_inverse=True)[1]
    table = np.zeros((len(np.unique(codes)), 4))
    np.add.at(table, (groups, cells), 1.0)
    size = len(cells) / max(len(table), 1)
    return random.exponential(size=(DRAWS, len(table))) @ table + size * random.gamma(
        PRIOR, size=(DRAWS, 4)
    )


def _drawn(
    statistic: Callable[[Floats], Floats],
    counts: NDArray[np.intp],
    draws: Floats,
    level: float,
    least: float = -1.0,
) -> Interval:
    """The statistic of the counts with the quantiles of it over the draws, widened to hold the
    estimate.
    """
    estimate = float(statistic(counts.astype(float)))
    proper_share(level)
    if np.isnan(estimate):
        return Interval(estimate, least, 1.0)
    low, high = np.nanquantile(statistic(draws), [(1 - level) / 2, (1 + level) / 2])
    return Interval(estimate, float(np.fmin(low, estimate)), float(np.fmax(high, estimate)))


def auc(
    y: ArrayLike, score: ArrayLike, *, level: float = 0.95, clusters: ArrayLike | None = None
) -> Interval:
    """The chance that a critic's graded score puts a passing answer above a failing one, ties half;
    .5 is a coin.

    `y` `(n,)` 0/1, `score` `(n,)` on any scale, higher for better; rows with a NaN leave; NaN in
    0..1 without both kinds. Variance: DeLong 1988, clustered over `clusters`, and never below
    Hanley and McNeil's (1982) at an AUC half a pair short of 1; limits: Wilson's at n_eff = A(1 -
    A)/Var. Says whether a critic may rank, not whether its threshold is right.
    """
    (truth, graded), codes = complete(y, score, clusters=clusters)
    if not is_binary(truth):
        raise ValueError("the truth must be 0 or 1")
    passes = truth == 1
    good = int(passes.sum())
    bad = len(truth) - good
    if not good or not bad:
        return unknown(level, 0.0, 1.0)
    placed = _placements(graded, passes)
    area = float(placed[passes].mean())
    influence = np.where(passes, (placed - area) / good, (1 - area - placed) / bad)
    seen, effect = _seen_count(area, influence, codes)
    effective = min(seen, _binormal_count(area, good, bad)) / effect
    return score_interval(area, effective, t_quantile(min(good, bad), level))


def _seen_count(area: float, influence: Floats, codes: Codes | None) -> tuple[float, float]:
    """A(1 - A)/Var without clusters, and the design effect of them, at least 1."""
    plain = float(influence @ influence)
    if not plain:
        return np.inf, len(influence) / group_count(len(influence), codes)
    sums = influence if codes is None else np.bincount(codes, influence)
    return area * (1 - area) / plain, max(1.0, float(sums @ sums) / plain)


def _placements(graded: Floats, passes: np.ndarray) -> Floats:
    """Each row's share of the rows of the other kind that lie below it, ties half."""
    overall, own = ranks(graded), np.empty(len(graded))
    own[passes], own[~passes] = ranks(graded[passes]), ranks(graded[~passes])
    return (overall - own) / np.where(passes, (~passes).sum(), passes.sum())


def _binormal_count(area: float, good: int, bad: int) -> float:
    """A(1 - A) over Hanley and McNeil's variance, half a pair away from 0 and 1."""
    pairs = good * bad
    a = min(max(max(area, 1 - area), 0.5), 1 - 0.5 / pairs) if pairs > 1 else 0.5
    first, second = a / (2 - a), 2 * a * a / (1 + a)
    variance = (a * (1 - a) + (good - 1) * (first - a * a) + (bad - 1) * (second - a * a)) / pairs
    return a * (1 - a) / variance


def ranks(values: Floats) -> Floats:
    """Ranks from 1, ties at their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
