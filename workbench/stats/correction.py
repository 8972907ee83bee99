"""Scores of a critic corrected by people's labels, with honest limits (PPI++ and an effective-n
Wilson interval).

Assumes that the labelled rows are a uniform random sample of the rows that are estimated, labels of
the *same* variant: a critic's errors differ between variants. The effective-n interval is a
heuristic without a theorem, checked on recorded critics and on synthetic corners (rates and error
rates near 0 and 1).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.intervals import (
    Bounds,
    Floats,
    Interval,
    StudentMean,
    aligned,
    around,
    design_effect,
    guarded_wilson,
    is_binary,
    scale_ends,
    score_interval,
    scores,
    t_quantile,
    wilson,
)
from workbench.stats.paired import paired_difference, scale_width, sign_unit
from workbench.stats.ppi import Rows, Spread, labelled_rows, ppi_estimate, ppi_spread, row_codes

LEAST_RESIDUAL = 4  # a critic without a mistake on n rows may still make some on about 4/n of them
# weight of a pseudo-row in a corner of graded labels, for what few of them do not show
LEAST_CORNER = 0.1
# a critic whose scores spread over more than this many times the labels' size has its own scale
FARTHEST_SCALE = 3


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
    `(N,)` of the unlabelled ones, on any scale; an unscored one takes the mean, whose error is
    counted where one side lacks more; `clusters` `(n,)`, or `(n + N,)` with the unlabelled last.
    Estimate (PPI++, Angelopoulos et al., arXiv 2311.01453, equal to ppi-python's): mean y + lam
    (mean f_rest - mean f), lam = Cov(y, f) / ((1 + n/N) Var f), at least 0 and at most 1 (more only
    where f is squeezed into a narrower range than y). Limits: Wilson at n_eff = max(min(n, 4), (n -
    2) Var(labels only) / Var(PPI++)); both variances and their lam with one pseudo-row in each
    corner (y in 0, 1) x (f at its least, greatest), since errors that few labels do not show would
    get no variance. Without other rows or with a constant critic: labels only. Raises TooFewLabels
    under 5 labels or labelled clusters. Not for labels picked by score, dispute or debugging, nor
    for labels of another variant.
    """
    rows = labelled_rows(y, f, f_rest, clusters)
    if not is_binary(rows.y):
        raise ValueError("labels of a rate must be 0 or 1")
    estimate = min(max(ppi_estimate(rows), 0.0), 1.0)
    count = len(rows.y)
    if not rows.informative:
        return wilson(estimate, count / design_effect(rows.y, rows.codes), level=level)
    spread = ppi_spread(rows, (0.0, 1.0), weight=1.0)
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
    rows = labelled_rows(y, f, f_rest, clusters)
    ends = low, high = _scale(rows, bounds)
    _refuse_outside(rows.y, low, high)
    estimate = ppi_estimate(rows)
    if bounds is not None:
        estimate = min(max(estimate, low), high)
    spread = ppi_spread(rows, ends, LEAST_CORNER)
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
    rows: Rows, ends: Bounds, estimate: float, variance: float, quantile: float
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
    large losses hold here too. Not for a word of a decision (`corrected_share`), nor for labels
    picked by score or dispute.
    """
    first, second = aligned(y_a, y_b)
    difference = first - second
    rows = labelled_rows(difference, _minus(f_a, f_b), _minus(f_a_rest, f_b_rest), clusters)
    if not rows.informative:
        own, _ = row_codes(clusters, len(first), len(scores(f_a_rest)))
        return paired_difference(first, second, level=level, clusters=own, bounds=bounds)
    labels = np.concatenate([first, second])
    labels = labels[~np.isnan(labels)]
    interval = _difference_interval(rows, sign_unit(rows.y, labels, bounds), level)
    return interval.clipped(-1, 1) if is_binary(labels) else interval


def _difference_interval(rows: Rows, unit: float | None, level: float) -> Interval:
    """The limits that `corrected_difference` tells, where a critic's differences say something."""
    unit, weight = _corner_of_differences(rows.y, unit)
    spread = _difference_spread(rows, (-unit, unit), weight)
    variance = spread.variance(len(rows.y) - spread.fitted)
    return around(ppi_estimate(rows), variance, rows.units - spread.fitted, level)


def _difference_spread(rows: Rows, ends: Bounds, weight: float) -> Spread:
    spread = ppi_spread(rows, ends, weight)
    least = LEAST_RESIDUAL * spread.labels / len(rows.y)
    return replace(spread, residual=max(spread.residual, least))


@dataclass(frozen=True, slots=True)
class CorrectedShare(StudentMean):
    """People's mean difference as a share of the scale, its error, degrees of freedom, labels."""

    labels: int


def corrected_share(
    y: ArrayLike, f: ArrayLike, f_rest: ArrayLike, *, clusters: ArrayLike | None = None
) -> CorrectedShare:
    """People's mean difference of two variants, on which a word can stand from 30 labels on.

    `y` `(n,)` differences of labels, `f` `(n,)` those of a critic on the same rows, `f_rest` `(N,)`
    on the others: shares of a known scale, -1 to 1, above 0 where the challenger is better. Missing
    values, clusters and refusals as `corrected_rate`. PPI++ with lam in 0 to 1 and t(n - 2), or the
    labelled clusters - 2; error² = lam² Var(f)/N + Var(y - lam f)/n (n - 1)/(n - 2), with one
    pseudo-row in each corner (-1, 1) x (f at its least, greatest) and the residual variance at
    least 4/n of that of the labels. `corrected_difference` is narrower, for estimates: its lighter
    corners let rare losses that few labels do not show say "better" in .06 of comparisons, at a
    tail of .025; here .024. Without other rows or with a critic that sees no difference: labels
    alone, t(n - 1).
    """
    rows = replace(labelled_rows(y, f, f_rest, clusters), most=1.0)
    if np.abs(rows.y).max() > 1:
        raise ValueError("differences of labels are shares of the scale, -1 to 1")
    spread = _difference_spread(rows, (-1.0, 1.0), 1.0)
    error = float(np.sqrt(spread.variance(len(rows.y) - spread.fitted)))
    return CorrectedShare(ppi_estimate(rows), error, rows.units - spread.fitted, len(rows.y))


def _corner_of_differences(y: Floats, unit: float | None) -> tuple[float, float]:
    """Size and weight of the pseudo-rows, as `corrected_difference` says."""
    if unit is not None:
        return unit, 0.5
    moved = np.abs(y[y != 0])
    return float(moved.mean()), max(0.5 * (1 - len(moved) / len(y)), LEAST_CORNER)


def _scale(rows: Rows, bounds: Bounds | None) -> Bounds:
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
