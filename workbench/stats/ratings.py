"""How far ratings agree: a critic's with people's, people's with each other."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.intervals import (
    Bounds,
    Codes,
    Floats,
    Interval,
    complete,
    design_effect,
    finite,
    group_count,
    mean_interval,
    t_quantile,
    unknown,
)
from workbench.stats.reliability import ranks

JACKKNIFE_GROUPS = 50
# weight of a pseudo-row in each corner, for the disagreements that few rows do not show
CORNER = 0.5


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


def ends_of(values: Floats) -> Bounds:
    """The least and the greatest value."""
    return float(values.min()), float(values.max())


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
    (people, critic), codes = complete(y, f, clusters=clusters)
    if not len(people):
        nothing = unknown(level, -1.0, 1.0)
        return RatingAgreement(0, nothing, nothing, mean_interval([]))
    scale = ends_of(np.concatenate([people, critic]))
    ranked = (ranks(people), ranks(critic))
    return RatingAgreement(
        count=len(people),
        weighted_kappa=z_interval(concordance, (people, critic), [scale] * 2, codes, level),
        spearman=z_interval(correlation, ranked, [*map(ends_of, ranked)], codes, level),
        excess=mean_interval(critic - people, level=level, clusters=codes),
    )


Statistic = Callable[[Floats, Floats, Floats], tuple[float, Floats]]


def concordance(a: Floats, b: Floats, weights: Floats) -> tuple[float, Floats]:
    """Quadratic weighted kappa of two columns and each row's influence on it; NaN where both are
    one constant.
    """
    share = weights / weights.sum()
    x, y, apart = a - share @ a, b - share @ b, float(share @ (a - b))
    squares = x * x + y * y
    spread = float(share @ squares) + apart**2
    if not spread:
        return float("nan"), np.zeros(len(a))
    kappa = float(2 * (share @ (x * y)) / spread)
    return kappa, (2 * x * y - kappa * (squares + 2 * apart * (x - y) + apart**2)) / spread


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
    error = _error_with_corners(statistic, columns, ends) * np.sqrt(design_effect(influence, codes))
    return _on_fishers_z(r, max(error, 1 / np.sqrt(units - 3)) * quantile, units)


def _error_with_corners(
    statistic: Statistic, columns: tuple[Floats, Floats], ends: list[Bounds]
) -> float:
    """The standard error of Fisher's z with a pseudo-row in each corner, clusters aside."""
    count = len(columns[0])
    weights = np.concatenate([np.ones(count), np.full(4, CORNER)])
    a, b = np.append(columns[0], np.repeat(ends[0], 2)), np.append(columns[1], ends[1] * 2)
    shrunk, spread = statistic(a, b, weights)
    variance = float(weights @ spread**2) / count / (count - 1)
    return float(np.sqrt(variance)) / (1 - shrunk**2)


def _on_fishers_z(r: float, step: float, units: int) -> Interval:
    """tanh(atanh r ± step), from `units` clusters or rows."""
    outer = float(np.clip(r, -1 + 1e-9, 1 - 1e-9))
    # ten equal pairs do not prove a correlation of 1
    inner = float(np.clip(r, -1 + 1 / units, 1 - 1 / units))
    low = float(np.tanh(np.arctanh(min(inner, outer)) - step))
    high = float(np.tanh(np.arctanh(max(inner, outer)) + step))
    return Interval(r, min(low, r), max(high, r))


def rater_agreement(table: ArrayLike, *, level: float = 0.95) -> RaterAgreement:
    """The human ceiling from ratings `(raters, items)`, NaN where a rater gave none.

    alpha: Krippendorff's with the ordinal metric (krippendorff package); kappa: quadratic weighted
    (Cohen's for 0/1), mean over pairs of raters; spearman: a rater against the mean of the others,
    mean over raters. Limits: jackknife over items (in at most 50 groups) with Student's t. NaN
    within -1..1 where fewer than two raters share three items. Not for raters who saw each other's
    ratings, nor a ceiling where they are others than those whose word counts.
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
    """Krippendorff's ordinal alpha of `(raters, items)`; NaN without items or with one value."""
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
