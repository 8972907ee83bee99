"""How far ratings agree: a critic's with people's, people's with each other; and how well a graded
score ranks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.intervals import (
    Bounds,
    Codes,
    Floats,
    Interval,
    aligned,
    cluster_codes,
    design_effect,
    finite,
    group_count,
    mean_interval,
    score_interval,
    t_quantile,
    unknown,
)

JACKKNIFE_GROUPS = 50
CORNER = (
    0.5  # weight of a pseudo-row in each corner, for the disagreements that few rows do not show
)


@dataclass(frozen=True, slots=True)
class RatingAgreement:
    """A critic's ratings against people's: agreement beyond chance, rank correlation, how much it
    gives too much.
    """

    count: int
    weighted_kappa: Interval
    spearman: Interval
    excess: Interval


@dataclass(frozen=True, slots=True)
class RaterAgreement:
    """People against each other: what a critic can be held to at most."""

    raters: int
    items: int
    alpha: Interval
    kappa: Interval
    spearman: Interval


def ranks(values: Floats) -> Floats:
    """Ranks from 1, ties at their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def rating_agreement(
    y: ArrayLike, f: ArrayLike, *, level: float = 0.95, clusters: ArrayLike | None = None
) -> RatingAgreement:
    """Agreement of critic ratings f with people's ratings y, both `(n,)` on one scale; rows with a
    NaN leave.

    weighted_kappa: quadratic weights (i - j)²/(K - 1)², which is 2 Cov(y, f)/(Var y + Var f + (mean
    y - mean f)²) (Lin 1989); spearman: correlation of ranks; excess: mean of f - y, in ratings.
    Limits: Fisher's z ± t(G - 2) error, from the clustered variance of the influence values with a
    pseudo-row of weight 1/2 in each corner (y, f at their ends), never under 1/sqrt(G - 3), G
    clusters or rows; NaN within -1..1 where a side is constant. Read with the human ceiling
    (`rater_agreement`). Not for yes and no (`agreement`).
    """
    people, critic = aligned(y, f)
    codes = cluster_codes(clusters, len(people))
    keep = ~np.isnan(people + critic)
    people, critic, codes = people[keep], critic[keep], None if codes is None else codes[keep]
    if not len(people):
        nothing = unknown(level, -1.0, 1.0)
        return RatingAgreement(0, nothing, nothing, mean_interval([]))
    low, high = float(min(people.min(), critic.min())), float(max(people.max(), critic.max()))
    ranked = (ranks(people), ranks(critic))
    ends = [(float(column.min()), float(column.max())) for column in ranked]
    return RatingAgreement(
        count=len(people),
        weighted_kappa=z_interval(concordance, (people, critic), [(low, high)] * 2, codes, level),
        spearman=z_interval(correlation, ranked, ends, codes, level),
        excess=mean_interval(critic - people, level=level, clusters=codes),
    )


Statistic = Callable[[Floats, Floats, Floats], tuple[float, Floats]]


def concordance(a: Floats, b: Floats, weights: Floats) -> tuple[float, Floats]:
    """Quadratic weighted kappa of two columns and each row's influence on it; NaN where both are
    one constant.
    """
    total = weights.sum()
    x, y = a - weights @ a / total, b - weights @ b / total
    apart = float(weights @ (a - b)) / total
    spread = float(weights @ (x * x + y * y)) / total + apart**2
    if not spread:
        return float("nan"), np.zeros(len(a))
    kappa = float(2 * (weights @ (x * y)) / total / spread)
    return kappa, (2 * x * y - kappa * (x * x + y * y + 2 * apart * (x - y) + apart**2)) / spread


def correlation(a: Floats, b: Floats, weights: Floats) -> tuple[float, Floats]:
    """Pearson's r of two columns and each row's influence on it; NaN where one is constant."""
    if not np.ptp(a) or not np.ptp(b):
        return float("nan"), np.zeros(len(a))
    total = weights.sum()
    x, y = a - weights @ a / total, b - weights @ b / total
    x, y = x / np.sqrt(weights @ (x * x) / total), y / np.sqrt(weights @ (y * y) / total)
    r = float((weights @ (x * y)) / total)
    return r, x * y - r * (x * x + y * y) / 2


def z_interval(
    statistic: Statistic,
    columns: tuple[Floats, Floats],
    ends: list[Bounds],
    codes: Codes | None,
    level: float,
) -> Interval:
    """The interval of a correlation-like statistic on Fisher's z, as `rating_agreement` says;
    `ends` of each column.
    """
    count, units = len(columns[0]), group_count(len(columns[0]), codes)
    r, influence = statistic(*columns, np.ones(count))
    quantile = t_quantile(units - 2, level)
    if np.isnan(r) or units < 4:
        return Interval(r, -1.0, 1.0)
    weights = np.concatenate([np.ones(count), np.full(4, CORNER)])
    cornered = (np.append(columns[0], np.repeat(ends[0], 2)), np.append(columns[1], ends[1] * 2))
    shrunk, spread = statistic(*cornered, weights)
    variance = float(weights @ spread**2) / count / (count - 1) * design_effect(influence, codes)
    step = max(np.sqrt(variance) / (1 - shrunk**2), 1 / np.sqrt(units - 3)) * quantile
    outer = float(np.clip(r, -1 + 1e-9, 1 - 1e-9))
    inner = float(
        np.clip(r, -1 + 1 / units, 1 - 1 / units)
    )  # ten equal pairs do not prove a correlation of 1
    low, high = (
        np.tanh(np.arctanh(min(inner, outer)) - step),
        np.tanh(np.arctanh(max(inner, outer)) + step),
    )
    return Interval(r, min(float(low), r), max(float(high), r))


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
    truth, graded = aligned(y, score)
    codes = cluster_codes(clusters, len(truth))
    keep = ~np.isnan(truth + graded)
    truth, graded, codes = truth[keep], graded[keep], None if codes is None else codes[keep]
    if not np.isin(truth, (0.0, 1.0)).all():
        raise ValueError("the truth must be 0 or 1")
    passes = truth == 1
    good, bad = int(passes.sum()), int((~passes).sum())
    if not good or not bad:
        return unknown(level, 0.0, 1.0)
    placements = _placements(graded, passes)
    area = float(placements[passes].mean())
    influence = np.where(passes, (placements - area) / good, -(placements - (1 - area)) / bad)
    plain = float(influence @ influence)
    sums = influence if codes is None else np.bincount(codes, influence)
    effect = (
        max(1.0, float(sums @ sums) / plain)
        if plain
        else len(truth) / group_count(len(truth), codes)
    )
    seen = area * (1 - area) / plain if plain else np.inf
    effective = min(seen, _binormal_count(area, good, bad)) / effect
    return score_interval(area, effective, t_quantile(min(good, bad), level))


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


def rater_agreement(table: ArrayLike, *, level: float = 0.95) -> RaterAgreement:
    """The human ceiling from ratings `(raters, items)`, NaN where a rater gave none.

    alpha: Krippendorff's with the ordinal metric (krippendorff package); kappa: quadratic weighted
    (Cohen's for 0/1), mean over pairs of raters; spearman: a rater against the mean of the others,
    mean over raters. Limits: jackknife over items (in at most 50 groups) with Student's t. NaN
    within -1..1 where fewer than two raters share three items.
    """
    rows = np.atleast_2d(finite(table))
    rows = rows[:, (~np.isnan(rows)).sum(axis=0) >= 2]
    return RaterAgreement(
        raters=int((~np.isnan(rows)).any(axis=1).sum()),
        items=rows.shape[1],
        alpha=_jackknifed(ordinal_alpha, rows, level),
        kappa=_jackknifed(_pairwise_kappa, rows, level),
        spearman=_jackknifed(_rater_against_rest, rows, level),
    )


def ordinal_alpha(rows: Floats) -> float:
    """Krippendorff's ordinal alpha of `(raters, items)`; NaN without items or with one value only."""
    from krippendorff import alpha

    if rows.shape[1] < 2 or len(np.unique(rows[~np.isnan(rows)])) < 2:
        return float("nan")
    return float(alpha(rows, level_of_measurement="ordinal"))


def _pairwise_kappa(rows: Floats) -> float:
    kappas = []
    for i in range(len(rows)):
        for j in range(i):
            both = ~np.isnan(rows[i] + rows[j])
            if both.sum() >= 3:
                kappas.append(concordance(rows[i][both], rows[j][both], np.ones(both.sum()))[0])
    return _mean_known(kappas)


def _rater_against_rest(rows: Floats) -> float:
    known, correlations = ~np.isnan(rows), []
    totals, counts = np.where(known, rows, 0).sum(axis=0), known.sum(axis=0)
    for row, given in zip(rows, known, strict=True):
        both = given & (counts > 1)
        if both.sum() >= 3:
            rest = (totals - row)[both] / (counts - 1)[both]
            correlations.append(correlation(ranks(row[both]), ranks(rest), np.ones(both.sum()))[0])
    return _mean_known(correlations)


def _mean_known(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _jackknifed(statistic: Callable[[Floats], float], rows: Floats, level: float) -> Interval:
    estimate, items = statistic(rows), rows.shape[1]
    groups = min(JACKKNIFE_GROUPS, items)
    left_out = (
        [statistic(rows[:, np.arange(items) % groups != group]) for group in range(groups)]
        if groups > 3
        else []
    )
    quantile = t_quantile(groups - 1, level)
    if np.isnan(estimate) or not left_out or np.isnan(left_out).any():
        return Interval(estimate, -1.0, 1.0)
    half = quantile * np.sqrt((groups - 1) * np.var(left_out))
    return Interval(estimate, max(-1.0, float(estimate - half)), min(1.0, float(estimate + half)))
