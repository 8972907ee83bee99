"""One measure followed day by day: how much worse the challenger is, and how sure one may be of it
at each look.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite, nan

import numpy as np
from scipy.special import ndtr, ndtri

from workbench.release.arm_traffic import Traffic
from workbench.release.earlier import Earlier, curve_through, effects_by_day
from workbench.release.measures import Effect, Measure
from workbench.release.planned import Plan
from workbench.release.silence import heard_by_day, is_partly_silent
from workbench.stats.intervals import Codes, Floats
from workbench.stats.movers import FEWEST_EVENTS, Moved, RareRate
from workbench.stats.planned_looks import (
    InformationCurve,
    information_tails,
    sequence_tails,
    spending_shares,
)
from workbench.stats.unheard import Bounded

NOTHING = (-inf, inf)
FEWEST_USERS = 30  # equal users an arm, from which the intervals hold what they say


@dataclass(frozen=True)
class Followed:
    """Effects `(days,)` of a measure to date, with what is planned and foreseen of them.

    `margin` is the most harm that is allowed, on the scale of the effects. `requests` `(days,)` are
    the messages to date; `earlier` is how variance falls with days, and `planned_requests` how many
    messages were planned, by traffic from before the release; None and NaN without it.
    """

    measure: Measure
    margin: float
    plan: Plan
    effects: Sequence[Effect]
    requests: Codes
    worth: Floats
    reasons: Sequence[str]
    earlier: InformationCurve | None
    planned_requests: float

    @property
    def days(self) -> int:
        return len(self.effects)

    def events(self, day: int) -> int:
        """Events of a rare measure in both arms to date; -1 of another."""
        effect = self.effects[day - 1]
        if not isinstance(effect, Moved) or not isinstance(effect.baseline, RareRate):
            return -1
        assert isinstance(effect.challenger, RareRate)
        return int(effect.baseline.events + effect.challenger.events)

    def says(self, day: int) -> bool:
        """Whether anything may be said: not of a rare measure with too few events, nor where a few
        users wrote most.
        """
        return self.is_carried(day) and not 0 <= self.events(day) < FEWEST_EVENTS

    def is_carried(self, day: int) -> bool:
        """Whether enough users carry it: of 40 releases without an effect in which ten bots wrote
        half, 8 were stopped.
        """
        return bool(self.worth[day - 1] >= FEWEST_USERS)

    def harm(self, day: int, tail: float) -> tuple[float, float]:
        """Limits of how much worse the challenger is, with `tail` beyond each; open where the day
        is no look, or nothing may be said.
        """
        if not tail > 0 or not self.says(day):
            return NOTHING
        low, high = self.effects[day - 1].limits(tail)
        if not low <= high:
            return NOTHING
        return (-high, -low) if self.measure.higher_is_better else (low, high)

    def tails(self, looks: Sequence[int], tail: float, *, last: bool) -> tuple[float, ...]:
        """What each look (a day, also one to come) may use of the error."""
        shares = self.shares(looks)
        if self.plan.looks == "unplanned":
            return sequence_tails(shares, tail)
        known = [self.information(day) for day in looks]
        return information_tails(known, shares, tail, last=last)

    def shares(self, looks: Sequence[int]) -> list[float]:
        """How far the plan has come at each look; see `spending_shares`."""
        calendar = [day / self.plan.at_most for day in looks]
        known = [self.information(day) for day in looks]
        return spending_shares(known, self._planned, calendar)

    @property
    def _planned(self) -> float | None:
        """The information planned, by traffic from before the release."""
        if self.measure.kind == "rare":
            return self.planned_requests if self.planned_requests > 0 else None
        return None if self.earlier is None else 1 / self.earlier.variance(self.plan.at_most)

    def information(self, day: int) -> float:
        """Requests for what is rare, else 1/variance; 0 where nothing is known."""
        if self.measure.kind == "rare":
            return float(self.requests[min(day, self.days) - 1]) * max(day / self.days, 1)
        error = self.error(day)
        return error**-2 if isfinite(error) and error > 0 else 0.0

    def error(self, day: int) -> float:
        """Of the effect to date; of a day to come as foreseen."""
        seen = self.effects[min(day, self.days) - 1].error
        if day <= self.days or not isfinite(seen) or self._curve is None:
            return seen
        return self._curve.error(day, seen=seen, on=self.days)

    @cached_property
    def _curve(self) -> InformationCurve | None:
        return self.earlier or curve_through(list(self.effects))

    def chance(self, day: int, least: float, tail: float) -> float:
        """The power of a day to come (or now) to tell an effect of `least` from none at `tail`."""
        error = self.error(day)
        if not (isfinite(error) and error > 0 and tail > 0):
            return nan
        return float(ndtr((least - self._silent) / error + ndtri(tail)))

    @property
    def _silent(self) -> float:
        """How far those who said nothing could lower it, as of the last day."""
        effect = self.effects[-1]
        return effect.estimate - effect.low.estimate if isinstance(effect, Bounded) else 0.0


def follow(
    traffic: Traffic, earlier: Earlier, measure: Measure, plan: Plan, margin: float, days: int
) -> Followed:
    """A measure over the first `days` of a release."""
    is_primary = measure.name == plan.primary
    adjust = is_primary and plan.adjust and traffic.history > 0
    effects = effects_by_day(traffic, measure, adjust=adjust)[:days]
    reasons = [""] * len(effects)
    if is_partly_silent(traffic, measure):
        heard = list(heard_by_day(traffic, effects))
        effects, reasons = [each.effect for each in heard], [each.reason for each in heard]
    planned = earlier.requests(plan.at_most) if earlier.is_enough else nan
    return Followed(
        measure,
        margin,
        plan,
        effects,
        traffic.messages_by_day[:days],
        np.array([*worth_by_day(traffic, measure)][:days]),
        reasons,
        earlier.curve(measure, adjust=adjust),
        planned,
    )


def worth_by_day(traffic: Traffic, measure: Measure) -> Iterator[float]:
    """How many equal users the messages to date are worth in the arm where a few wrote most."""
    seen = measure.seen_in(traffic)
    for sizes in seen.running(measure.parts(seen)[1]):
        arms = sizes[~seen.is_challenger], sizes[seen.is_challenger]
        yield min(_worth(arm) for arm in arms)


def _worth(sizes: Floats) -> float:
    """Equal users (Kish), and at most three for each time that the greatest one's part goes into
    the whole: of 60 releases without an effect in which three bots wrote a fifth, Kish alone let 6
    be stopped.
    """
    total = float(sizes.sum())
    if not total > 0:
        return 0.0
    return min(total**2 / float((sizes**2).sum()), 3 * total / float(sizes.max()))
