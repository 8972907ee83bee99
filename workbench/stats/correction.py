"""Scores of a critic corrected by people's labels, with honest limits (PPI++ and an effective-n
Wilson interval).

Assumes that the labelled rows are a uniform random sample of the rows that are estimated, labels of
the *same* variant: a critic's errors differ between variants. The effective-n interval is a
heuristic without a theorem, checked on recorded critics and on synthetic corners (rates and error
rates near 0 and 1).
"""

from collections.abc import Sized
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import TooFewLabels
from workbench.stats.intervals import (
    Bounds,
    Codes,
    Floats,
    Interval,
    aligned,
    around,
    cluster_codes,
    design_effect,
    group_count,
    guarded_wilson,
    is_binary,
    scale_ends,
    score_interval,
    scores,
    t_quantile,
    wilson,
)
from workbench.stats.paired import paired_difference, scale_width, sign_unit

FEWEST_LABELS = 5
LEAST_RESIDUAL = 4  # a critic without a mistake on n rows may still make some on about 4/n of them
# weight of a pseudo-row in a corner of graded labels, for what few of them do not show
LEAST_CORNER = 0.1
# a critic whose scores spread over more than this many times the labels' size has its own scale
FARTHEST_SCALE = 3


@dataclass(frozen=True, slots=True)
class _Rows:
    """Labels, critic scores of the same rows, of the other rows, of all, and clusters (None: each
    row its own).
    """

    y: Floats
    f: Floats
    rest: Floats
    scores: Floats
    ends: Bounds  # of the critic's scores
    codes: Codes | None
    rest_codes: Codes | None

    @property
    def units(self) -> int:
        return group_count(len(self.y), self.codes)

    @property
    def informative(self) -> bool:
        return len(self.rest) > 0 and self.ends[0] < self.ends[1]


@dataclass(frozen=True, slots=True)
class _Spread:
    """Parts of the variance of a corrected estimate.

    `critic` that of the critic's mean over the other rows; `residual` and `labels` those of one
    row, y - lam f and y; `fitted` the degrees of freedom it used; `effect` the design effect of
    clusters.
    """

    critic: float
    residual: float
    labels: float
    fitted: int
    effect: float

    def variance(self, count: int) -> float:
        return (self.critic + self.residual / count) * self.effect


def corrected_rate(
    y: ArrayLike,
    f: ArrayLike,
    f_rest: ArrayLike,
    *,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> Interval:
    """People's pass rate from n labels and a critic's scores of n + N rows.

    `y` `(n,)` 0/1 labels (NaN: the row leaves), `f` `(n,)` critic scores of those rows, `f_rest`
    `(N,)` of the unlabelled ones, on any scale; an unscored one takes the mean; `clusters` `(n,)`,
    or `(n + N,)` with the unlabelled rows last. Estimate (PPI++, Angelopoulos et al., arXiv
    2311.01453, equal to ppi-python's): mean y + lam (mean f_rest - mean f), lam = Cov(y, f) / ((1 +
    n/N) Var f), at least 0 and at most 1 (more only where f is squeezed into a narrower range than
    y). Limits: Wilson at n_eff = max(min(n, 4), (n - 2) Var(labels only) / Var(PPI++)); both
    variances and their lam with one pseudo-row in each corner (y in 0, 1) x (f at its least,
    greatest), since errors that few labels do not show would get no variance. Without other rows or
    with a constant critic: labels only. Raises TooFewLabels under 5 labels or labelled clusters.
    Not for labels picked by score, dispute or debugging, nor for labels of another variant.
    """
    rows = _labelled(y, f, f_rest, clusters)
    if not is_binary(rows.y):
        raise ValueError("labels of a rate must be 0 or 1")
    estimate = min(max(_estimate(rows), 0.0), 1.0)
    count = len(rows.y)
    if not rows.informative:
        return wilson(estimate, count / design_effect(rows.y, rows.codes), level=level)
    spread = _spread(rows, (0.0, 1.0), weight=1.0)
    effective = (count - 2) * (spread.labels / count) / spread.variance(count)
    return guarded_wilson(estimate, max(min(rows.units, 4), effective), level=level)


def corrected_mean(
    y: ArrayLike,
    f: ArrayLike,
    f_rest: ArrayLike,
    *,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
    bounds: Bounds | None = None,
) -> Interval:
    """People's mean rating from n labels and a critic's ratings of n + N rows, in the unit of the
    labels.

    Shapes, estimate and refusals as `corrected_rate`; y is any rating, `bounds` the ends of its
    scale (default: what labels and critic show of it). Limits: with the scale mapped to 0..1,
    Wilson's at n_eff = p(1 - p)/Var and Student's t(G - 2), Var = lam² Var(f)/N + Var(y - lam f)/(n
    - 2), all with pseudo-rows of weight 1/10 in the corners of the scale. A plain t covers .71 at
    10 labels and .83 at 20 where most ratings are at the top; this .97 and .98, and where they are
    not it is as wide as t within a few percent. Without `bounds` the limits hold estimate ± t
    sqrt(Var) too and may pass what was seen: an end of the scale that no label shows is still
    possible. Not for 0/1 labels (`corrected_rate`).
    """
    rows = _labelled(y, f, f_rest, clusters)
    ends = low, high = _scale(rows, bounds)
    _refuse_outside(rows.y, low, high)
    estimate = _estimate(rows)
    if bounds is not None:
        estimate = min(max(estimate, low), high)
    spread = _spread(rows, ends, LEAST_CORNER)
    variance = spread.variance(len(rows.y) - spread.fitted)
    degrees = rows.units - spread.fitted
    limits = _wilson_limits(rows, ends, estimate, variance, t_quantile(degrees, level))
    if bounds is None:
        limits = (*limits, *around(estimate, variance, degrees, level))
    return Interval(estimate, min(*limits, estimate), max(*limits, estimate))


def _refuse_outside(labels: Floats, low: float, high: float) -> None:
    if labels.min() < low or labels.max() > high:
        raise ValueError(f"labels outside of the bounds {low}..{high}")


def _wilson_limits(
    rows: _Rows, ends: Bounds, estimate: float, variance: float, quantile: float
) -> tuple[float, ...]:
    """Wilson's limits of a mean on a scale with these ends, mapped to 0..1 and back."""
    low, high = ends
    p = (float(rows.y.sum()) + 2 * LEAST_CORNER * (low + high)) / (len(rows.y) + 4 * LEAST_CORNER)
    share = min(max((estimate - low) / (high - low), 0.0), 1.0)
    limits = score_interval(share, (p - low) * (high - p) / variance, quantile)
    return low + (high - low) * limits.low, low + (high - low) * limits.high


def corrected_difference(
    y_a: ArrayLike,
    y_b: ArrayLike,
    f_a: ArrayLike,
    f_b: ArrayLike,
    f_a_rest: ArrayLike,
    f_b_rest: ArrayLike,
    *,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
    bounds: Bounds | None = None,
) -> Interval:
    """People's mean of a - b from n examples labelled for both variants and a critic's scores of n
    + N.

    In the labels' unit. All row by row: `y_a, y_b, f_a, f_b` `(n,)`, `f_a_rest, f_b_rest` `(N,)`;
    estimate, clusters and refusals as `corrected_rate` on the differences. Limits: ± t(G - 2)
    sqrt(lam² Var(f)/N + Var(y - lam f)/n (n - 1)/(n - 2)). Pseudo-rows stand in the corners (±u) x
    (f at its least, greatest): of weight 1/2 where label differences are all 0 or ±u (0/1 labels;
    1/4 covers .83 where 2 % differ), else of half the share of ties at the mean size u of the
    others (without them pairs with 80 % ties cover .86), and at least 1/10 (without, a good variant
    against a bad one covers .87 at 20). The residual variance is at least 4/n of that of the
    labels, for a critic that made no mistake on n rows may still make some. Without other rows or
    with a critic that sees no difference: `paired_difference` of the labels, whose limits on rare
    large losses hold here too.
    """
    first, second = aligned(y_a, y_b)
    difference = first - second
    rows = _labelled(difference, _minus(f_a, f_b), _minus(f_a_rest, f_b_rest), clusters)
    if not rows.informative:
        own, _ = _row_codes(clusters, len(first), len(scores(f_a_rest)))
        return paired_difference(first, second, level=level, clusters=own, bounds=bounds)
    labels = np.concatenate([first, second])
    labels = labels[~np.isnan(labels)]
    interval = _difference_interval(rows, sign_unit(rows.y, labels, bounds), level)
    return interval.clipped(-1, 1) if is_binary(labels) else interval


def _difference_interval(rows: _Rows, unit: float | None, level: float) -> Interval:
    """The limits that `corrected_difference` tells, where a critic's differences say something."""
    unit, weight = _corner_of_differences(rows.y, unit)
    spread = _spread(rows, (-unit, unit), weight)
    least = LEAST_RESIDUAL * spread.labels / len(rows.y)
    spread = replace(spread, residual=max(spread.residual, least))
    variance = spread.variance(len(rows.y) - spread.fitted)
    return around(_estimate(rows), variance, rows.units - spread.fitted, level)


def _corner_of_differences(y: Floats, unit: float | None) -> tuple[float, float]:
    """Size and weight of the pseudo-rows, as `corrected_difference` says."""
    if unit is not None:
        return unit, 0.5
    moved = np.abs(y[y != 0])
    return float(moved.mean()), max(0.5 * (1 - len(moved) / len(y)), LEAST_CORNER)


def _scale(rows: _Rows, bounds: Bounds | None) -> Bounds:
    """The ends of the labels' scale, the critic's scores included where they seem to share it."""
    if bounds is not None:
        return scale_ends(bounds)
    shared = rows.ends[1] - rows.ends[0] <= FARTHEST_SCALE * max(
        np.ptp(rows.y), np.abs(rows.y).max()
    )
    values = np.concatenate([rows.y, rows.scores]) if shared else rows.y
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - scale_width(values), high + scale_width(values))


def _minus(a: ArrayLike, b: ArrayLike) -> Floats:
    first, second = aligned(a, b)
    return first - second


def _labelled(y: ArrayLike, f: ArrayLike, f_rest: ArrayLike, clusters: ArrayLike | None) -> _Rows:
    labels, critic = aligned(y, f)
    rest = scores(f_rest)
    codes, rest_codes = _row_codes(clusters, len(labels), len(rest))
    keep = ~np.isnan(labels)
    seen, labels = _filled(np.concatenate([critic[keep], rest])), labels[keep]
    rows = _Rows(
        y=labels,
        f=seen[: len(labels)],
        rest=seen[len(labels) :],
        scores=seen,
        ends=(float(seen.min()), float(seen.max())) if len(seen) else (0.0, 0.0),
        codes=None if codes is None else codes[keep],
        rest_codes=rest_codes,
    )
    _refuse_few(rows)
    return rows


def _refuse_few(rows: _Rows) -> None:
    if rows.units < FEWEST_LABELS:
        what = "labels" if rows.codes is None else "labelled clusters"
        needed = f"a corrected score needs at least {FEWEST_LABELS}, and 20 to be of use"
        raise TooFewLabels(f"{rows.units} {what}: {needed}; label more answers of this variant")


def _filled(values: Floats) -> Floats:
    """The mean in the place of a missing score: the same on both sides, so that it cancels."""
    missing = np.isnan(values)
    if not missing.any():
        return values
    return np.where(missing, 0.0 if missing.all() else values[~missing].mean(), values)


def _row_codes(
    clusters: ArrayLike | None, labelled: int, rest: int
) -> tuple[Codes | None, Codes | None]:
    if clusters is None:
        return None, None
    count = len(cast(Sized, clusters))
    codes = cluster_codes(clusters, count)
    if codes is None or count not in (labelled, labelled + rest):
        raise ValueError(f"{count} clusters for {labelled} labelled and {rest} other rows")
    return codes[:labelled], codes[labelled:] if count > labelled else None


def _estimate(rows: _Rows) -> float:
    """PPI++ on the rows as they are: no pseudo-row moves the estimate."""
    if not rows.informative:
        return float(rows.y.mean())
    covariance = ((rows.y - rows.y.mean()) * (rows.f - rows.f.mean())).mean()
    lam = _tuned(rows, covariance, rows.scores.var(ddof=1))
    return float(rows.y.mean() + lam * (rows.rest.mean() - rows.f.mean()))


def _tuned(rows: _Rows, covariance: float, variance: float) -> float:
    """The power tuning of PPI++, 0 to 1, or up to the ratio of ranges for a critic that uses a
    sliver of its scale.
    """
    ceiling = max(1.0, np.ptp(rows.y) / (rows.ends[1] - rows.ends[0]))
    return float(
        min(max(covariance / ((1 + len(rows.y) / len(rows.rest)) * variance), 0.0), ceiling)
    )


def _spread(rows: _Rows, scale: tuple[float, float], weight: float) -> _Spread:
    """The parts of the variance, with a pseudo-row of `weight` in each corner (ends of `scale`) x
    (ends of f).
    """
    y = np.append(rows.y, np.repeat(scale, 2))
    weights = _weights(len(rows.y), weight)
    labels = _variance(y, weights)
    if not rows.informative:
        return _Spread(0.0, labels, labels, 1, design_effect(rows.y, rows.codes))
    f = np.append(rows.f, rows.ends * 2)
    every = np.append(rows.scores, rows.ends * 2)
    of_critic = _variance(every, _weights(len(rows.scores), weight))
    lam = _tuned(rows, _covariance(y, f, weights), of_critic)
    residual = _variance(y - lam * f, weights)
    critic = lam**2 * float(rows.rest.var()) / len(rows.rest)
    return _Spread(critic, residual, labels, 2, _correction_effect(rows, lam))


def _weights(count: int, corner: float) -> Floats:
    weights = np.ones(count + 4)
    weights[count:] = corner
    return weights


def _variance(values: Floats, weights: Floats) -> float:
    return _covariance(values, values, weights)


def _covariance(a: Floats, b: Floats, weights: Floats) -> float:
    total = weights.sum()
    return float((weights * a) @ b / total - (weights @ a) * (weights @ b) / total**2)


def _correction_effect(rows: _Rows, lam: float) -> float:
    """The design effect on the corrected estimate, at least 1; a cluster's labelled and other rows
    count together.
    """
    if rows.codes is None:
        return 1.0
    residuals = rows.y - lam * rows.f
    if rows.rest_codes is None or not lam:
        return design_effect(residuals, rows.codes)
    shares = np.concatenate(
        [
            (residuals - residuals.mean()) / len(rows.y),
            lam * (rows.rest - rows.rest.mean()) / len(rows.rest),
        ]
    )
    sums = np.bincount(np.concatenate([rows.codes, rows.rest_codes]), shares)
    plain = shares @ shares
    return max(1.0, float(sums @ sums / plain)) if plain else design_effect(residuals, rows.codes)
