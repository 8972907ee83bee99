"""Several claims at once: corrected p values, and the set of variants that may be the best."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, stdtr

from workbench.stats.intervals import (
    Floats,
    aligned,
    cluster_codes,
    finite,
    group_count,
    proper_share,
    scores,
    variance_of_mean,
)
from workbench.stats.paired import paired_difference, sign_unit


def each_level(level: float, claims: int) -> float:
    """The level of one interval so that `claims` of them hold together at `level` (Bonferroni)."""
    return 1 - (1 - proper_share(level)) / max(claims, 1)


def paired_p_value(a: ArrayLike, b: ArrayLike, *, clusters: ArrayLike | None = None) -> float:
    """Two-sided p of no difference between scores `(n,)` of the same examples; NaN rows leave; NaN
    under two rows.

    Exact sign test (McNemar's for 0/1) where all differences are 0 or ±u, else paired t; with
    `clusters` always t on clustered variance. Not a measure of size, and not to be looked at again
    and again.
    """
    first, second = aligned(a, b)
    codes = cluster_codes(clusters, len(first))
    keep = ~np.isnan(first - second)
    difference, codes = (first - second)[keep], None if codes is None else codes[keep]
    if group_count(len(difference), codes) < 2:
        return float("nan")
    variance = variance_of_mean(difference, codes)
    if (codes is None and sign_unit(difference, first[keep]) is not None) or not variance:
        more, less = int((difference > 0).sum()), int((difference < 0).sum())
        return 2 * min(float(bdtr(min(more, less), more + less, 0.5)), 0.5)
    t = abs(difference.mean()) / np.sqrt(variance)
    return float(2 * stdtr(group_count(len(difference), codes) - 1, -t))


def holm(p_values: ArrayLike) -> Floats:
    """Holm's adjusted p values (1979): at a level, the chance of any wrong claim among 'these beat
    the baseline'.
    """
    p = scores(p_values)
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _unsorted(np.minimum(stepped, 1.0), order)


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Adjusted p values that bound the share of false discoveries: for exploration, not for a
    release (1995).
    """
    p = scores(p_values)
    order = np.argsort(p)
    raised = p[order] * len(p) / np.arange(1, len(p) + 1)
    return _unsorted(np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0), order)


def _unsorted(values: Floats, order: np.ndarray) -> Floats:
    adjusted = np.empty_like(values)
    adjusted[order] = values
    return adjusted


def top_set(
    table: ArrayLike, *, level: float = 0.95, clusters: ArrayLike | None = None
) -> tuple[int, ...]:
    """The variants that cannot be told from the best, leader first: holds the true best with
    probability `level`.

    `table` `(variants, examples)`, NaN unscored, higher is better; `clusters` `(examples,)`. j
    leaves when for some i the one-sided upper limit of mean(j - i) at error (1 - level)/(K - 1) is
    below 0 (multiple comparisons with the best, Hsu 1984, by Bonferroni over the K - 1 pairs that
    hold the best). A variant without a score is in no top set. Not for a table that grew between
    looks: see `race`.
    """
    rows = np.atleast_2d(finite(table))
    alive = [j for j in range(len(rows)) if (~np.isnan(rows[j])).any()]
    two_sided = max(1 - 2 * (1 - proper_share(level)) / max(len(alive) - 1, 1), 1e-9)
    top = [
        j
        for j in alive
        if not any(_behind(rows[j], rows[i], two_sided, clusters) for i in alive if i != j)
    ]
    return tuple(sorted(top, key=lambda j: (-float(np.nanmean(rows[j])), j)))


def _behind(row: Floats, other: Floats, level: float, clusters: ArrayLike | None) -> bool:
    return paired_difference(row, other, level=level, clusters=clusters).high < 0
