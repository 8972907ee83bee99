"""What traffic from before a release says of it: how sure one can be by which day."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from workbench.release.arm_traffic import Traffic
from workbench.release.measures import Effect, Measure, adjusted_by_day, arms_by_day, effect_of
from workbench.stats.intervals import Floats
from workbench.stats.planned_looks import InformationCurve, information_curve
from workbench.stats.user_ratios import covariates

LEAST_HISTORY = 4  # days of earlier traffic from which later ones are foreseen
SEED = 0


def histories(traffic: Traffic, measure: Measure) -> Floats:
    """What users' days before the release say of them `(users, 2)`; see `covariates`."""
    top, bottom = measure.parts(traffic)
    rows = traffic.rows(-traffic.history, 0)
    return covariates(traffic.summed(top, rows), traffic.summed(bottom, rows))


def effects_by_day(traffic: Traffic, measure: Measure, *, adjust: bool = False) -> list[Effect]:
    """Challenger against baseline to date, at the end of each day."""
    traffic = measure.seen_in(traffic)
    if adjust:
        return list(adjusted_by_day(traffic, measure, histories(traffic, measure)))
    return [effect_of(measure, *arms) for arms in arms_by_day(traffic, measure)]


@dataclass(frozen=True)
class Earlier:
    """Earlier traffic as a release without a challenger: its users dealt at random, seeded."""

    traffic: Traffic
    share: float = 0.5

    @property
    def is_enough(self) -> bool:
        return self.traffic.history >= LEAST_HISTORY

    def requests(self, days: int) -> float:
        """Messages that so many days bring."""
        rows = self.traffic.rows(-self.traffic.history, 0)
        return (rows.stop - rows.start) / self.traffic.history * days

    def curve(self, measure: Measure, *, adjust: bool = False) -> InformationCurve | None:
        """How the variance of the measure's effect falls with days; None where that is unknown.

        With `adjust` the first half is the history of the second.
        """
        history = self.traffic.history
        before = history // 2 if adjust else 0
        if history - before < LEAST_HISTORY:
            return None
        dealt = self._dealt(before - history)
        effects = effects_by_day(dealt, measure, adjust=adjust)
        return curve_through(effects)

    def _dealt(self, first: int) -> Traffic:
        """The days before the release, `first` of them as day 0."""
        traffic = self.traffic
        rows = traffic.rows(-traffic.history, 0)
        random = np.random.default_rng(SEED)
        columns = {name: values[rows] for name, values in traffic.columns.items()}
        is_challenger = random.random(traffic.users) < self.share
        return Traffic(traffic.user[rows], traffic.day[rows] - first, is_challenger, columns)


def curve_through(effects: list[Effect]) -> InformationCurve | None:
    """The curve through the errors of effects by day, from day 1."""
    errors = [effect.error for effect in effects]
    if not any(isfinite(error) and error > 0 for error in errors):
        return None
    return information_curve(range(1, len(errors) + 1), errors)
