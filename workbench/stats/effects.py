"""What moves a critic beside quality: length, its own family; and what a panel counts for."""

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.intervals import (
    Codes,
    Floats,
    Interval,
    aligned,
    around,
    complete,
    finite,
    group_count,
    is_binary,
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
    2512.05379. Not for labels given by who knew which model answered.
    """
    critic, people, kind = aligned(f, y, own)
    if not is_binary(kind[~np.isnan(kind)]):
        raise ValueError("own must be 0 or 1")
    return _slope(critic - people, [kind], clusters, level)


def _slope(
    target: Floats, columns: list[Floats], clusters: ArrayLike | None, level: float
) -> Interval:
    """The last column's coefficient in least squares with an intercept."""
    (target, *columns), codes = complete(target, *columns, clusters=clusters)
    design = np.column_stack([np.ones(len(target)), *columns])
    width = design.shape[1]
    degrees = group_count(len(target), codes) - width
    if degrees <= 0 or np.linalg.matrix_rank(design) < width:
        return unknown(level)
    inverse = np.linalg.inv(design.T @ design)
    slopes = inverse @ design.T @ target
    meat = _meat(design * (target - design @ slopes)[:, None], codes)
    return around(slopes[-1], (inverse @ meat @ inverse)[-1, -1], degrees, level)


def _meat(scored: Floats, codes: Codes | None) -> Floats:
    """The middle of the sandwich: clustered squares, with the usual small-sample factor."""
    rows, width = scored.shape
    units = group_count(rows, codes)
    sums = scored if codes is None else _summed(scored, codes)
    return sums.T @ sums * units / (units - 1) * (rows - 1) / (rows - width)


def _summed(rows: Floats, codes: Codes) -> Floats:
    groups = np.unique(codes, return_inverse=True)[1]
    sums = np.zeros((groups.max() + 1, rows.shape[1]))
    np.add.at(sums, groups, rows)
    return sums


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
