"""PPI++: the mean of people's labels, a critic's scores of more rows as its control variate.

Assumes that the labelled rows are a uniform random sample of the rows that are estimated, labels of
the *same* variant: a critic's errors differ between variants. Source: Angelopoulos et al., arXiv
2311.01453.
"""

from collections.abc import Sized
from dataclasses import dataclass
from math import inf
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import TooFewLabels
from workbench.stats.intervals import (
    Bounds,
    Codes,
    Floats,
    aligned,
    cluster_codes,
    design_effect,
    group_count,
    scores,
)

FEWEST_LABELS = 5


@dataclass(frozen=True, slots=True)
class Rows:
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
    most: float = inf  # that lambda may be

    @property
    def units(self) -> int:
        return group_count(len(self.y), self.codes)

    @property
    def informative(self) -> bool:
        return len(self.rest) > 0 and self.ends[0] < self.ends[1]


@dataclass(frozen=True, slots=True)
class Spread:
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


def labelled_rows(
    y: ArrayLike, f: ArrayLike, f_rest: ArrayLike, clusters: ArrayLike | None
) -> Rows:
    labels, critic = aligned(y, f)
    rest = scores(f_rest)
    codes, rest_codes = row_codes(clusters, len(labels), len(rest))
    keep = ~np.isnan(labels)
    labels = labels[keep]
    f, rest = _filled(critic[keep], rest)
    seen = np.concatenate([f, rest])
    rows = Rows(
        y=labels,
        f=f,
        rest=rest,
        scores=seen,
        ends=(float(seen.min()), float(seen.max())) if len(seen) else (0.0, 0.0),
        codes=None if codes is None else codes[keep],
        rest_codes=rest_codes,
    )
    _refuse_few(rows)
    return rows


def _refuse_few(rows: Rows) -> None:
    if rows.units < FEWEST_LABELS:
        what = "labels" if rows.codes is None else "labelled clusters"
        needed = f"a corrected score needs at least {FEWEST_LABELS}, and 20 to be of use"
        raise TooFewLabels(f"{rows.units} {what}: {needed}; label more answers of this variant")


def _filled(f: Floats, rest: Floats) -> tuple[Floats, Floats]:
    """The mean of all scores in the place of a missing one, which cancels where as many are missing
    on both sides.

    Where they are not, the estimate holds a share of that mean, and each scored row its part of the
    mean's error: the estimate stays, its variance is that of the scores given back. A side without
    any score leaves nothing to correct with.
    """
    missing, missing_rest = np.isnan(f), np.isnan(rest)
    if not (missing.any() or missing_rest.any()):
        return f, rest
    scored = np.concatenate([f[~missing], rest[~missing_rest]])
    mean = scored.mean() if len(scored) else 0.0
    f, rest = np.where(missing, mean, f), np.where(missing_rest, mean, rest)
    if missing.all() or missing_rest.all():
        return f, rest[:0]
    part = (missing_rest.mean() - missing.mean()) / len(scored)
    return f - len(f) * part * (f - mean), rest + len(rest) * part * (rest - mean)


def row_codes(
    clusters: ArrayLike | None, labelled: int, rest: int
) -> tuple[Codes | None, Codes | None]:
    if clusters is None:
        return None, None
    count = len(cast(Sized, clusters))
    codes = cluster_codes(clusters, count)
    if codes is None or count not in (labelled, labelled + rest):
        raise ValueError(f"{count} clusters for {labelled} labelled and {rest} other rows")
    return codes[:labelled], codes[labelled:] if count > labelled else None


def ppi_estimate(rows: Rows) -> float:
    """PPI++ on the rows as they are: no pseudo-row moves the estimate."""
    if not rows.informative:
        return float(rows.y.mean())
    covariance = ((rows.y - rows.y.mean()) * (rows.f - rows.f.mean())).mean()
    lam = _tuned(rows, covariance, rows.scores.var(ddof=1))
    return float(rows.y.mean() + lam * (rows.rest.mean() - rows.f.mean()))


def _tuned(rows: Rows, covariance: float, variance: float) -> float:
    """The power tuning of PPI++, 0 to 1, or up to the ratio of ranges for a critic that uses a
    sliver of its scale.
    """
    ceiling = min(max(1.0, np.ptp(rows.y) / (rows.ends[1] - rows.ends[0])), rows.most)
    return float(
        min(max(covariance / ((1 + len(rows.y) / len(rows.rest)) * variance), 0.0), ceiling)
    )


def ppi_spread(rows: Rows, scale: tuple[float, float], weight: float) -> Spread:
    """The parts of the variance, with a pseudo-row of `weight` in each corner (ends of `scale`) x
    (ends of f).
    """
    y = np.append(rows.y, np.repeat(scale, 2))
    weights = _weights(len(rows.y), weight)
    labels = _variance(y, weights)
    if not rows.informative:
        return Spread(0.0, labels, labels, 1, design_effect(rows.y, rows.codes))
    f = np.append(rows.f, rows.ends * 2)
    every = np.append(rows.scores, rows.ends * 2)
    of_critic = _variance(every, _weights(len(rows.scores), weight))
    lam = _tuned(rows, _covariance(y, f, weights), of_critic)
    residual = _variance(y - lam * f, weights)
    critic = lam**2 * float(rows.rest.var()) / len(rows.rest)
    return Spread(critic, residual, labels, 2, _correction_effect(rows, lam))


def _weights(count: int, corner: float) -> Floats:
    weights = np.ones(count + 4)
    weights[count:] = corner
    return weights


def _variance(values: Floats, weights: Floats) -> float:
    return _covariance(values, values, weights)


def _covariance(a: Floats, b: Floats, weights: Floats) -> float:
    total = weights.sum()
    return float((weights * a) @ b / total - (weights @ a) * (weights @ b) / total**2)


def _correction_effect(rows: Rows, lam: float) -> float:
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
