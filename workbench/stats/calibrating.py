"""From a critic's score to the probability that people pass the answer, and whether that can be
believed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from workbench.errors import TooFewLabels
from workbench.stats.intervals import (
    Codes,
    Floats,
    aligned,
    cluster_codes,
    complete,
    finite,
    is_binary,
)
from workbench.stats.reliability import auc

Mask = NDArray[np.bool_]

FEWEST = 5
STEPS_FROM = 200  # labels from which a free monotone curve beats a logistic one
RIDGE = 1.0  # prior weight of 'the score says nothing', in rows: 30 labels must not invent a slope
SMOOTH = 0.05  # share of the logistic curve in a stepped one, so that no two scores tie
LEAST_SLOPE = 1e-3  # keeps the order of scores, and so the AUC, whatever few labels say


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Maps critic scores to P(pass): a logistic curve, or steps at `levels` with a little of it;
    call it on scores.
    """

    slope: float
    intercept: float
    levels: tuple[float, ...] = ()
    rates: tuple[float, ...] = ()

    def __call__(self, f: ArrayLike) -> Floats:
        """P(pass) of each score, NaN for unscored."""
        values = finite(f)
        curve = np.asarray(expit(self.intercept + self.slope * values), dtype=float)
        if not self.levels:
            return curve
        return (1 - SMOOTH) * np.interp(values, self.levels, self.rates) + SMOOTH * curve


def calibrate(y: ArrayLike, f: ArrayLike, *, steps: bool | None = None) -> Calibrator:
    """Fit P(y = 1 | f) on labels `y` `(n,)` 0/1 and critic scores `f` `(n,)`; rows with a NaN
    leave.

    Platt's logistic curve with his smoothed targets (1999) and a ridge of one row against a slope;
    with `steps` (default: from 200 labels) isotonic regression. The slope is never below a least
    one, so that order is kept. Raises TooFewLabels under 5. Never report how good it is on the rows
    it was fitted on (`cross_fitted`).
    """
    (labels, critic), _ = complete(y, f)
    if not is_binary(labels):
        raise ValueError("labels must be 0 or 1")
    if len(labels) < FEWEST:
        needed = f"calibration needs at least {FEWEST}, better 30"
        raise TooFewLabels(f"{len(labels)} labelled and scored rows: {needed}")
    slope, intercept = _platt(labels, critic)
    if steps or (steps is None and len(labels) >= STEPS_FROM):
        levels, rates = isotonic(labels, critic)
        return Calibrator(slope, intercept, tuple(levels.tolist()), tuple(rates.tolist()))
    return Calibrator(slope, intercept)


def _platt(labels: Floats, critic: Floats) -> tuple[float, float]:
    """Slope and intercept of the logistic curve."""
    centre, scale = float(critic.mean()), float(critic.std()) or 1.0
    passes, fails = labels.sum(), (1 - labels).sum()
    targets = np.where(labels == 1, (passes + 1) / (passes + 2), 1 / (fails + 2))
    intercept, slope = logistic(targets, ((critic - centre) / scale)[:, None])
    slope = max(float(slope), LEAST_SLOPE) / scale
    return slope, float(intercept) - slope * centre


def logistic(targets: Floats, features: Floats) -> Floats:
    """Intercept and slopes of a logistic regression on standardised `(n, k)` features, ridge on the
    slopes (Newton).
    """
    design = np.insert(features, 0, 1.0, axis=1)
    penalty = np.append(1e-6, np.full(features.shape[1], RIDGE))
    share = np.clip(targets.mean(), 1e-6, 1 - 1e-6)
    weights = np.append(logit(share), np.zeros(features.shape[1]))
    for _ in range(60):
        p = expit(design @ weights)
        gradient = design.T @ (targets - p) - penalty * weights
        curvature = design.T @ (design * (p * (1 - p))[:, None]) + np.diag(penalty)
        # a full step overshoots on separated data
        step = np.clip(np.linalg.solve(curvature, gradient), -1, 1)
        weights = weights + step
        if np.abs(step).max() < 1e-10:
            break
    return weights


def isotonic(y: Floats, f: Floats) -> tuple[Floats, Floats]:
    """The levels of f and their never-falling pass rates, by pooling adjacent violators (Ayer et
    al. 1955).
    """
    levels, index, counts = np.unique(f, return_inverse=True, return_counts=True)
    blocks: list[Floats] = []  # passes, rows, levels
    for passes, rows in zip(np.bincount(index, y), counts, strict=True):
        blocks.append(np.array([passes, rows, 1.0]))
        while len(blocks) > 1 and _falls(*blocks[-2:]):
            blocks.append(blocks.pop() + blocks.pop())
    return levels, np.concatenate(
        [np.full(int(size), passes / rows) for passes, rows, size in blocks]
    )


def _falls(before: Floats, last: Floats) -> bool:
    """Whether the pass rate does not rise from one block to the next."""
    return bool(before[0] * last[1] >= last[0] * before[1])


Predictor = Callable[[Floats], Floats]


def cross_fitted(
    y: ArrayLike,
    f: ArrayLike,
    fit: Callable[[Floats, Floats], Predictor] = calibrate,
    *,
    folds: int = 5,
    seed: int = 0,
    clusters: ArrayLike | None = None,
) -> Floats:
    """Predictions `(n,)` for rows that the predictor was not fitted on.

    `fit(y, f)` gives a function of scores; rows (whole clusters) are dealt into `folds` at random.
    NaN labels are predicted and never fitted on; NaN scores give NaN. Not for choosing among
    predictors: the best by these rows looks better than it is.
    """
    labels, critic = aligned(y, f)
    fold = _dealt(cluster_codes(clusters, len(labels)), len(labels), folds, seed)
    predicted = np.full(len(labels), np.nan)
    for number in np.unique(fold):
        fitted, held = (fold != number) & ~np.isnan(labels + critic), fold == number
        predicted[held] = fit(labels[fitted], critic[fitted])(critic[held])
    return predicted


def _dealt(codes: Codes | None, count: int, folds: int, seed: int) -> Codes:
    """The fold of each row; a cluster's rows are in one."""
    groups, index = np.unique(np.arange(count) if codes is None else codes, return_inverse=True)
    folds = max(2, min(folds, len(groups)))
    return (np.random.default_rng(seed).permutation(len(groups)) % folds)[index]


def calibration_error(y: ArrayLike, p: ArrayLike, *, bins: int = 10) -> float:
    """Expected calibration error: mean |pass rate - mean P| over equal-width bins of P, weighted by
    rows.

    `y` `(n,)` 0/1, `p` `(n,)` in 0..1; rows with a NaN leave; NaN of nothing. Biased upward under
    about 100 rows, and 0 for predicting the base rate: read with `brier`.
    """
    (labels, chance), _ = complete(y, p)
    if not len(labels):
        return float("nan")
    index = np.clip((chance * bins).astype(int), 0, bins - 1)
    return float(np.abs(np.bincount(index, labels - chance, minlength=bins)).sum() / len(labels))


def brier(y: ArrayLike, p: ArrayLike) -> float:
    """Mean (y - P)²: rewards sharpness and calibration together; rows with a NaN leave; NaN of
    nothing (Brier 1950). Not for comparing tasks whose base rates differ.
    """
    labels, chance = aligned(y, p)
    squares = (labels - chance) ** 2
    return float(np.nanmean(squares)) if (~np.isnan(squares)).any() else float("nan")


@dataclass(frozen=True, slots=True)
class Calibration:
    """How good P(pass) is on rows it was not fitted on; `base_brier` is that of predicting the base
    rate.
    """

    count: int
    error: float
    brier: float
    base_brier: float
    auc: float

    @property
    def useful(self) -> bool:
        return self.brier < self.base_brier


def calibration_of(y: ArrayLike, p: ArrayLike) -> Calibration:
    """How good `p` `(n,)` is for labels `y` `(n,)` 0/1, on rows that it was not fitted on; NaN rows
    leave.

    Not for scores that were not fitted to labels: they promise no probability.
    """
    (labels, chance), _ = complete(y, p)
    rate = float(labels.mean()) if len(labels) else float("nan")
    return Calibration(
        count=len(labels),
        error=calibration_error(labels, chance),
        brier=brier(labels, chance),
        base_brier=rate * (1 - rate),
        auc=auc(labels, chance).estimate,
    )


def pass_threshold(y: ArrayLike, f: ArrayLike) -> float:
    """The score from which a critic's answer passes: 'f >= threshold' has the best balanced
    accuracy on the labels.

    Half-way between two seen scores; of equals the one whose pass rate is nearest to people's. `y`
    `(n,)` 0/1; rows with a NaN leave; labels of one kind all pass or all fail. Raises TooFewLabels
    under 5. How right it is, is told by `cross_fitted(y, f, passes)`, not by these rows.
    """
    (labels, critic), _ = complete(y, f)
    if len(labels) < FEWEST:
        needed = f"a threshold needs at least {FEWEST}"
        raise TooFewLabels(f"{len(labels)} labelled and scored rows: {needed}")
    levels = np.unique(critic)
    cuts = np.concatenate([levels[:1], (levels[1:] + levels[:-1]) / 2, levels[-1:] + 1])
    passed = critic[None, :] >= cuts[:, None]
    off = np.abs(passed.mean(axis=1) - labels.mean())
    return float(cuts[np.lexsort((off, -np.round(_balanced(labels, passed), 12)))[0]])


def _balanced(labels: Floats, passed: Mask) -> Floats:
    """Balanced accuracy of each row of `passed`; with labels of one kind, their accuracy."""
    kinds = (passed[:, labels == 1], ~passed[:, labels == 0])
    return np.mean([kind.mean(axis=1) for kind in kinds if kind.size], axis=0)


def passes(y: ArrayLike, f: ArrayLike) -> Predictor:
    """The rule 'f >= pass_threshold(y, f)' as a predictor of 0/1 for `cross_fitted`; NaN stays.

    Not to be judged on the rows that it was fitted on.
    """
    threshold = pass_threshold(y, f)
    return lambda values: np.where(np.isnan(values), np.nan, (values >= threshold).astype(float))
