"""Satisfaction as far as those who rate tell of those who do not (METHODS 6.2: missing feedback is
treated both ways).

Where the arms rate alike the observed difference stands. Where one rates more, its surplus bounds
it; where they rate for other reasons, as what else is logged of rated and silent messages shows,
all that is silent does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import hypot

import numpy as np
from scipy.special import ndtri

from workbench.release.arm_traffic import Mask, Traffic
from workbench.release.measures import MEASURES, Effect, Measure, arms_by_day
from workbench.stats.intervals import Floats, StudentMean
from workbench.stats.unheard import Arms, silent_bounds, surplus_bounds
from workbench.stats.user_ratios import UserRatio, ratio_difference

FEEDBACK, RATED = "feedback", "rated"
SATISFACTION, COVERAGE = MEASURES["satisfaction"], MEASURES["coverage"]
TELLING = ("regenerate", "resolved", "errors")  # measures of every message, rated or not
APART = 1.28  # standard errors of coverage from which the arms are taken to rate unlike
OTHER_REASONS = 0.01  # the chance of a false "for other reasons", over all that tells
MATTERS = 0.02  # of a measure's rate: a smaller difference is no other reason


@dataclass(frozen=True)
class Heard:
    """A difference of satisfaction at the end of a day, in its bounds where the arms do not answer
    alike; `reason` is the measure by which they answer for other reasons.
    """

    effect: Effect
    reason: str = ""


def is_partly_silent(traffic: Traffic, measure: Measure) -> bool:
    """Whether a measure is of feedback that some did not give."""
    rated = traffic.columns.get(RATED)
    return measure.top == FEEDBACK and rated is not None and not bool(rated.all())


def heard_by_day(traffic: Traffic, effects: Sequence[Effect]) -> Iterator[Heard]:
    """Differences of satisfaction to date, at the end of each day."""
    reasons = _Reasons.of(traffic)
    arms = zip(arms_by_day(traffic, SATISFACTION), arms_by_day(traffic, COVERAGE), strict=True)
    for effect, (shares, answered), reason in zip(effects, arms, reasons.by_day(), strict=False):
        assert isinstance(effect, StudentMean)
        yield _heard(effect, _ratios(shares), _ratios(answered), reason)


def heard_over(traffic: Traffic, effect: Effect, rows: slice | Mask) -> Heard:
    """One difference of satisfaction, over some messages."""
    columns = {name: each[rows] for name, each in traffic.columns.items()}
    day = np.zeros_like(traffic.day[rows])
    part = Traffic(traffic.user[rows], day, traffic.is_challenger, columns)
    return next(heard_by_day(part, [effect]), Heard(effect))


def _ratios(arms: tuple[object, object]) -> Arms:
    baseline, challenger = arms
    assert isinstance(baseline, UserRatio) and isinstance(challenger, UserRatio)
    return baseline, challenger


def _heard(observed: StudentMean, shares: Arms, answered: Arms, reason: str) -> Heard:
    if reason:
        return Heard(silent_bounds(observed, shares, answered), reason)
    gap = ratio_difference(*answered)
    if abs(gap.estimate) > APART * gap.error and min(arm.estimate for arm in answered) > 0:
        return Heard(surplus_bounds(observed, shares, answered))
    return Heard(observed)


@dataclass(frozen=True)
class _Reasons:
    """What is logged of rated and of silent messages, by day: the arms of each telling measure."""

    found: tuple[tuple[str, Sequence[tuple[Arms, Arms]]], ...]
    days: int

    @classmethod
    def of(cls, traffic: Traffic) -> "_Reasons":
        known = (name for name in TELLING if MEASURES[name].top in traffic.columns)
        return cls(tuple((name, _rated_and_silent(traffic, name)) for name in known), traffic.days)

    @cached_property
    def bound(self) -> float:
        """Standard errors from which the arms rate for other reasons."""
        return float(-ndtri(OTHER_REASONS / 2 / max(len(self.found), 1)))

    def by_day(self) -> Iterator[str]:
        for day in range(self.days):
            apart = {name: _apart(*arms[day]) for name, arms in self.found}
            worst = max(apart, key=lambda name: apart[name], default="")
            yield worst if worst and apart[worst] > self.bound else ""


def _rated_and_silent(traffic: Traffic, name: str) -> list[tuple[Arms, Arms]]:
    top, rated = traffic.columns[MEASURES[name].top], traffic.columns[RATED]
    halves = (np.where(rated == said, top, np.nan) for said in (1, 0))
    return list(zip(*(_by_day(traffic, half) for half in halves), strict=True))


def _by_day(traffic: Traffic, values: Floats) -> Iterator[Arms]:
    part = replace(traffic, columns={FEEDBACK: values}, tags={})
    return map(_ratios, arms_by_day(part, SATISFACTION))


def _apart(rated: Arms, silent: Arms) -> float:
    """How far the arms differ in what the rated have over the silent, in standard errors; 0 where
    that does not matter.
    """
    gaps = [heard.estimate - still.estimate for heard, still in zip(rated, silent, strict=True)]
    error, apart = hypot(*(arm.error for arm in (*rated, *silent))), abs(gaps[1] - gaps[0])
    return apart / error if error > 0 and apart > MATTERS else 0.0
