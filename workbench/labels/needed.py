"""How many labels a comparison needs."""

import math
from dataclasses import dataclass

import numpy as np

from workbench import stats, words
from workbench.labels.joined import Given, finite
from workbench.printing import printed
from workbench.runs import Run

PILOT = 15  # labels; from here on a plan rests on them and not on the critic's scores


@printed
@dataclass(frozen=True)
class Plan:
    """Labels a variant needs for an interval of `half_width` (of the scale), and what it has."""

    half_width: float
    needed: int
    given: int  # the variant with the fewest
    correlation: float  # of critic and labels; 0 where not yet known
    pilot: bool  # the figures rest on labels, not on a guess
    skipped: int  # answers that a rater skipped and nobody labelled: many break random sampling

    def __repr__(self) -> str:
        on = "" if self.pilot else f", guessed before {PILOT} labels"
        missing = f"{self.needed - self.given:,} to go" if self.needed > self.given else "enough"
        skipped = f"; {words.count(self.skipped, 'answer')} skipped" if self.skipped else ""
        aim = f"±{words.whole_points(self.half_width)} points"
        wanted = f"Labels for {aim}: {self.needed:,} a variant{on}"
        return f"{wanted}; {self.given:,} given, {missing}{skipped}"


def plan(run: Run, critic: str, half_width: float, *, level: float = 0.95) -> Plan:
    """Labels per variant for an interval of ±`half_width`, a share of the scale
    (`stats.labels_needed`).

    From 15 labels on, spread and correlation are those of the labels, the correlation at its lower
    limit; before, the spread is the widest that the critic's mean score allows and the critic
    counts for nothing. Plan again as they come.
    """
    scale = run.meta.critics[critic].scale
    given = Given.of(run, critic)
    label = scale.share(np.array(given.rows))
    score = scale.share(finite(run.columns[critic]))
    known = ~np.isnan(label) & ~np.isnan(score)
    pilot = int(known.sum()) >= PILOT
    if pilot:
        unlabelled = int(np.sum(~np.isnan(score) & ~known)) / len(run.variants)
        needed, rho = _measured(label[known], score[known], unlabelled, half_width, level)
    else:
        needed, rho = _guessed(score, half_width, level), 0.0
    return Plan(half_width, needed, _fewest(run, known), rho, pilot, given.skipped)


def _fewest(run: Run, known: np.ndarray) -> int:
    """Labelled rows of the variant that has the fewest."""
    return min(int(known[run.rows(variant)].sum()) for variant in run.variants)


def _guessed(score: np.ndarray, half_width: float, level: float) -> int:
    mean = float(np.nanmean(score)) if (~np.isnan(score)).any() else 0.5
    sd = math.sqrt(max(mean * (1 - mean), 0.05))
    return stats.labels_needed(half_width, sd=sd, level=level)


def _measured(
    label: np.ndarray, score: np.ndarray, unlabelled: float, half_width: float, level: float
) -> tuple[int, float]:
    """Labels needed, and the correlation that they rest on."""
    rho = max(stats.label_value(label, score, int(unlabelled), level=level).rho.low, 0.0)
    sd = max(stats.spread(label), 0.1)
    needed = stats.labels_needed(half_width, sd=sd, rho=rho, level=level, unlabelled=unlabelled)
    return needed, rho
