"""A cheap critic on every answer and a strong one where the cheap one is in doubt."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from workbench.errors import TooFewLabels
from workbench.stats.calibrating import Calibrator, calibrate, logistic
from workbench.stats.correction import corrected_mean, corrected_rate
from workbench.stats.intervals import (
    Floats,
    Interval,
    aligned,
    cluster_codes,
    complete,
    is_binary,
    rate_interval,
    scores,
)
from workbench.stats.paired import paired_difference

FEWEST = 20  # labels with both critics' scores


@dataclass(frozen=True, slots=True)
class Cascade:
    """Two calibrated critics; `escalate` picks the cells for the strong one, `probability` joins
    what was scored.
    """

    cheap: Calibrator
    strong: Calibrator
    weights: tuple[float, float, float]
    share: float

    def escalate(self, cheap: ArrayLike) -> NDArray[np.bool_]:
        """The `share` of cells `(n,)` whose calibrated P(pass) is nearest to one half; unscored
        cells come first.
        """
        return nearest_half(self.cheap(cheap), self.share)

    def probability(self, cheap: ArrayLike, strong: ArrayLike) -> Floats:
        """P(pass) `(n,)`: from both scores where both are there, from one alone else, NaN where
        neither is.
        """
        first, second = self.cheap(cheap), self.strong(strong)
        bias, one, two = self.weights
        both = 1 / (1 + np.exp(-(bias + one * _log_odds(first) + two * _log_odds(second))))
        return np.where(np.isnan(both), np.where(np.isnan(second), first, second), both)


def fit_cascade(
    y: ArrayLike, cheap: ArrayLike, strong: ArrayLike, *, share: float = 0.3
) -> Cascade:
    """Fit a cascade on labels `y` `(n,)` 0/1 with both critics' scores `(n,)`; rows with a NaN
    leave.

    Each critic is calibrated (`calibrate`); where both speak, their log-odds are joined by a
    logistic regression. `share` of the cells go to the strong critic. Source: Yue et al., arXiv
    2310.03094. Raises TooFewLabels under 20. Not where the cheap critic alone is as accurate
    (`cascade_report` says so).
    """
    (labels, first, second), _ = complete(y, cheap, strong)
    if len(labels) < FEWEST:
        raise TooFewLabels(
            f"{len(labels)} labels with both critics' scores: a cascade needs at least {FEWEST}"
        )
    one, two = calibrate(labels, first), calibrate(labels, second)
    weights = logistic(labels, np.column_stack([_log_odds(one(first)), _log_odds(two(second))]))
    return Cascade(one, two, (float(weights[0]), float(weights[1]), float(weights[2])), share)


def _log_odds(p: Floats) -> Floats:
    return np.asarray(logit(np.clip(p, 0.01, 0.99)), dtype=float)


def nearest_half(probability: ArrayLike, share: float) -> NDArray[np.bool_]:
    """A mask of the `share` of cells `(n,)` nearest to one half, NaN first; ties go to the earlier
    cell.
    """
    doubt = scores(probability)
    chosen = np.zeros(len(doubt), dtype=bool)
    order = np.argsort(np.nan_to_num(np.abs(doubt - 0.5), nan=-1.0), kind="stable")
    chosen[order[: round(share * len(doubt))]] = True
    return chosen


@dataclass(frozen=True, slots=True)
class CascadeReport:
    """Accuracies on labelled rows, the cascade's minus the strong critic's, and its cost as a share
    of the strong's.
    """

    cheap: Interval
    strong: Interval
    cascade: Interval
    behind: Interval
    cost: float


def cascade_report(
    cascade: Cascade,
    y: ArrayLike,
    cheap: ArrayLike,
    strong: ArrayLike,
    *,
    prices: tuple[float, float],
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> CascadeReport:
    """Accuracy against labels `y` `(n,)` 0/1 of rows that the cascade was not fitted on, and what
    it saves.

    `prices` of one cheap and one strong call, in one unit; only their ratio matters. The strong
    critic's verdict is its calibrated one; `behind` is paired. Judge a gain against the majority
    class too.
    """
    labels, first, second = aligned(y, cheap, strong)
    escalated = cascade.escalate(first)
    ways = (
        cascade.cheap(first),
        cascade.strong(second),
        cascade.probability(first, np.where(escalated, second, np.nan)),
    )
    right = [_hits(labels, chance) for chance in ways]
    accuracies = [rate_interval(hits, level=level, clusters=clusters) for hits in right]
    behind = paired_difference(right[2], right[1], level=level, clusters=clusters)
    cost = _cost(prices, float(escalated.mean())) if len(escalated) else float("nan")
    return CascadeReport(*accuracies, behind=behind, cost=cost)


def _cost(prices: tuple[float, float], escalated: float) -> float:
    """As a share of the strong critic's; infinite beside one that is free, NaN where both are."""
    cheap, strong = prices
    if not strong:
        return inf if cheap else nan
    return cheap / strong + escalated


def _hits(labels: Floats, chance: Floats) -> Floats:
    """1 where P(pass) lies on the label's side, else 0; NaN without either."""
    hits = ((chance >= 0.5) == (labels == 1)).astype(float)
    return np.where(np.isnan(chance + labels), np.nan, hits)


def cascade_mean(
    strong: ArrayLike, cheap: ArrayLike, *, level: float = 0.95, clusters: ArrayLike | None = None
) -> Interval:
    """What the strong critic would give on average, from its scores of a random part and the cheap
    one's of all cells.

    `strong` `(n,)` NaN where not called, `cheap` `(n,)`; `clusters` `(n,)`. The strong critic in
    the role of labels: `corrected_rate` for 0/1, else `corrected_mean`; saves a share rho² of
    strong calls. The part must be drawn at random: cells picked for doubt (`escalate`) are not, and
    would bias it.
    """
    costly, control = aligned(strong, cheap)
    called = ~np.isnan(costly)
    correct: Callable[..., Interval] = (
        corrected_rate if is_binary(costly[called]) else corrected_mean
    )
    codes = cluster_codes(clusters, len(costly))
    ordered = None if codes is None else np.concatenate([codes[called], codes[~called]])
    return correct(costly[called], control[called], control[~called], level=level, clusters=ordered)
