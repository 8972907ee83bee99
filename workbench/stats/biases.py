"""Known biases of critics, with intervals: length, own family, position, chance; and what a panel
counts for.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.intervals import (
    Codes,
    Floats,
    Interval,
    aligned,
    around,
    cluster_codes,
    finite,
    group_count,
    mean_interval,
    rate_interval,
    unknown,
)


def length_effect(
    f: ArrayLike,
    y: ArrayLike,
    length: ArrayLike,
    *,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> Interval:
    """How much more the critic gives per unit of length at the same human score.

    The slope of length in the regression f ~ 1 + y + length, sandwich variance clustered over
    `clusters` (rows without); `f`, `y`, `length` `(n,)`, rows with a NaN leave; choose the unit
    (tens of words). NaN with infinite limits where length does not vary apart from y. Where length
    is real quality that labels miss, this is no bias: show both.
    """
    critic, people, words = aligned(f, y, length)
    return _slope(critic, [people, words], clusters, level)


def self_preference(
    f: ArrayLike,
    y: ArrayLike,
    own: ArrayLike,
    *,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> Interval:
    """How much more the critic gives, beyond people, to answers of its own family: E[f - y | own] -
    E[f - y | other].

    `f`, `y` `(n,)` on one scale, `own` `(n,)` 1 for the critic's family, else 0; rows with a NaN
    leave; variance clustered. Needs labels on both kinds (else NaN). Sources: arXiv 2404.13076,
    2512.05379.
    """
    critic, people, kind = aligned(f, y, own)
    if not np.isin(kind[~np.isnan(kind)], (0.0, 1.0)).all():
        raise ValueError("own must be 0 or 1")
    return _slope(critic - people, [kind], clusters, level)


def _slope(
    target: Floats, columns: list[Floats], clusters: ArrayLike | None, level: float
) -> Interval:
    """The last column's coefficient in least squares with an intercept."""
    design = np.column_stack([np.ones(len(target)), *columns])
    codes = cluster_codes(clusters, len(target))
    keep = ~np.isnan(design.sum(axis=1) + target)
    design, target, codes = design[keep], target[keep], None if codes is None else codes[keep]
    rows, width = design.shape
    units = group_count(rows, codes)
    if units <= width or np.linalg.matrix_rank(design) < width:
        return unknown(level)
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ target
    scored = design * (target - design @ coefficients)[:, None]
    sums = scored if codes is None else _summed(scored, codes)
    meat = sums.T @ sums * units / (units - 1) * (rows - 1) / (rows - width)
    return around(
        float(coefficients[-1]), float((inverse @ meat @ inverse)[-1, -1]), units - width, level
    )


def _summed(rows: Floats, codes: Codes) -> Floats:
    groups = np.unique(codes, return_inverse=True)[1]
    sums = np.zeros((groups.max() + 1, rows.shape[1]))
    np.add.at(sums, groups, rows)
    return sums


@dataclass(frozen=True, slots=True)
class PositionConsistency:
    """Verdicts in both orders: `winner` 1 for a, -1 for b, 0 where the orders disagree or tie, NaN
    unscored.
    """

    winner: Floats
    consistent: Interval
    first_picked: Interval


def position_consistency(
    a_first: ArrayLike,
    b_first: ArrayLike,
    *,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> PositionConsistency:
    """Whether a pairwise critic says the same in both orders.

    `a_first`, `b_first` `(n,)`: the winner, 1 for a, -1 for b, 0 a tie, when a was shown first and
    when b was; NaN unscored. A verdict counts only where both orders agree, else it is a tie.
    `first_picked` is the share of clear verdicts for the answer shown first: near one half it does
    not mean consistency. Wilson intervals on n over the design effect.
    """
    one, two = aligned(a_first, b_first)
    known = ~np.isnan(one + two)
    if not np.isin(np.concatenate([one[known], two[known]]), (-1.0, 0.0, 1.0)).all():
        raise ValueError("a winner is 1, 0 or -1")
    agreed = np.where(known, (one == two).astype(float), np.nan)
    winner = np.where(known, np.where(one == two, one, 0.0), np.nan)
    codes = cluster_codes(clusters, len(one))
    first = np.where(
        np.concatenate([one, two]) == 0, np.nan, np.concatenate([one > 0, two < 0]).astype(float)
    )
    first[np.concatenate([~known, ~known])] = np.nan
    pairs = np.tile(np.arange(len(one)) if codes is None else codes, 2)
    return PositionConsistency(
        winner=winner,
        consistent=rate_interval(agreed, level=level, clusters=codes),
        first_picked=rate_interval(first, level=level, clusters=pairs),
    )


@dataclass(frozen=True, slots=True)
class Repeatability:
    """The same question twice: how often the same verdict, and by how much they differ."""

    same: Interval
    difference: Interval


def repeatability(
    first: ArrayLike, second: ArrayLike, *, level: float = 0.95, clusters: ArrayLike | None = None
) -> Repeatability:
    """Test and retest of a critic: scores `(n,)` of the same answers judged twice; rows with a NaN
    leave.

    same: the rate of equal scores (Wilson); difference: mean |first - second|, in scores. Only
    fresh calls count: a stored reply repeats itself.
    """
    one, two = aligned(first, second)
    apart = np.abs(one - two)
    same = np.where(np.isnan(apart), np.nan, (apart < 1e-12).astype(float))
    return Repeatability(
        rate_interval(same, level=level, clusters=clusters),
        mean_interval(apart, level=level, clusters=clusters),
    )


def effective_votes(errors: ArrayLike, weights: ArrayLike | None = None) -> float:
    """How many independent critics a panel is worth: (sum w)²/(w'Rw), R the correlations of its
    members' errors.

    `errors` `(members, rows)`: score minus label, NaN unscored (correlations over rows both have);
    `weights` `(members,)`, equal by default. k uncorrelated members give k, k copies give 1; a
    member without any error counts as uncorrelated; never above k. Source: arXiv 2605.29800.
    Without labels use scores minus the panel's mean only to compare panels.
    """
    table = np.atleast_2d(finite(errors))
    share = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=float)
    matrix = np.eye(len(table))
    for i in range(len(table)):
        for j in range(i):
            matrix[i, j] = matrix[j, i] = _correlated(table[i], table[j])
    joint = float(share @ matrix @ share)
    return float(min(share.sum() ** 2 / joint, len(table))) if joint > 1e-12 else float(len(table))


def _correlated(a: Floats, b: Floats) -> float:
    both = ~np.isnan(a + b)
    if both.sum() < 3 or not a[both].std() or not b[both].std():
        return 0.0
    return float(np.corrcoef(a[both], b[both])[0, 1])
