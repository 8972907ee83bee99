"""A release day by day, and the rule that ends it (METHODS 6.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot, log1p
from typing import Literal

import numpy as np

from workbench.release.arm_traffic import Traffic
from workbench.release.asked import Limit
from workbench.release.earlier import Earlier, histories
from workbench.release.entries import entry_evidence
from workbench.release.followed import Followed, follow
from workbench.release.limits_kept import challengers, word_of
from workbench.release.measures import MEASURES, Effect, Measure, arms_over, effect_of
from workbench.release.planned import MARGINS, WEEK, Plan
from workbench.release.silence import heard_over, is_partly_silent
from workbench.release.trial import KeptWord
from workbench.stats.intervals import Floats
from workbench.stats.sample_ratios import ALARM, ratio_evidence
from workbench.stats.unheard import Bounded
from workbench.stats.user_ratios import adjusted_difference

ENGAGEMENT = MEASURES["engagement"]
# errors, as if weeks had other users: so 5 of 100 lasting gains (.30, 1,500 users an arm) are named
FADING = 0.9
LASTING = 1.96  # standard errors that the last seven days alone must show


@dataclass(frozen=True)
class Settled:
    """The first day on which ship or stop could be said; day 0 where neither was."""

    day: int = 0
    word: Literal["ship", "stop", ""] = ""


@dataclass(frozen=True)
class Course:
    """The looks at a release: `traffic` up to its last day, the plan's or where it `ended`."""

    traffic: Traffic
    plan: Plan
    ended: bool = False

    @cached_property
    def days(self) -> int:
        """The last day that is looked at."""
        days = min(self.traffic.days, self.plan.at_most)
        if not self.ended:
            return days
        return max((day for day in self.plan.verdict_days if day <= days), default=days)

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after the last day that is looked at."""
        return self.ended or self.days >= self.plan.at_most

    @cached_property
    def margins(self) -> Mapping[str, float]:
        """Of the guardrails: those that plan and requirements state, and where the plan names none
        the usual ones of what else the logs know.
        """
        plan = self.plan
        known = (name for name in MARGINS if MEASURES[name].is_known(self.traffic))
        usual = {} if plan.guardrails else {name: MARGINS[name] for name in known}
        margins = {**usual, **plan.asked.margins, **plan.guardrails}
        return {name: margin for name, margin in margins.items() if name != plan.primary}

    @cached_property
    def primary(self) -> Followed:
        margin = self.plan.margin if self.plan.goal == "not worse" else 0.0
        return self._follow(MEASURES[self.plan.primary], margin)

    @cached_property
    def guards(self) -> Mapping[str, Followed]:
        """The guardrails that the logs know."""
        known = {name: MEASURES[name] for name in self.margins}
        return {
            name: self._follow(measure, on_scale(measure, self.margins[name]))
            for name, measure in known.items()
            if measure.is_known(self.traffic)
        }

    @cached_property
    def limited(self) -> Mapping[str, Followed]:
        """The measures that requirements limit and the logs know."""
        own = {self.plan.primary: self.primary, **self.guards}
        names = dict.fromkeys(limit.measure for limit in self.plan.asked.limits)
        known = {name: MEASURES[name] for name in names if MEASURES[name].is_known(self.traffic)}
        return {name: own.get(name) or self._follow(each, 0.0) for name, each in known.items()}

    @cached_property
    def earlier(self) -> Earlier:
        return Earlier(self.traffic, self.plan.share)

    def _follow(self, measure: Measure, margin: float) -> Followed:
        return follow(self.traffic, self.earlier, measure, self.plan, margin, self.days)

    @property
    def looks(self) -> range:
        return range(1, self.days + 1)

    @cached_property
    def better_tails(self) -> tuple[float, ...]:
        """Of the primary measure each day, for one side of the plan's alpha."""
        return self.primary.tails(self.looks, self.plan.alpha / 2, last=self.is_last)

    def harm_tails(self, followed: Followed) -> tuple[float, ...]:
        """Of a false stop each day: an equal part of alpha for each measure that can stop."""
        share = self.plan.alpha / (len(self.margins) + 1)
        return followed.tails(self.looks, share, last=self.is_last)

    @cached_property
    def verdict_days(self) -> tuple[int, ...]:
        """Those so far."""
        return tuple(day for day in self.plan.verdict_days if day <= self.days)

    @cached_property
    def pass_tails(self) -> Mapping[str, Mapping[int, float]]:
        """Of each guardrail and each limited measure on each verdict day."""
        days = self.verdict_days
        return {
            name: dict(
                zip(days, guard.tails(days, self.plan.alpha, last=self._is_end(days)), strict=True)
            )
            for name, guard in {**self.limited, **self.guards}.items()
        }

    def _is_end(self, days: Sequence[int]) -> bool:
        return self.is_last and bool(days) and days[-1] == self.days

    @cached_property
    def log_odds(self) -> Floats:
        """The evidence against the planned sample ratio after each day `(days,)`: of all users so
        far, or of each day's own, whichever is stronger.
        """
        baseline, challenger = self.traffic.users_by_day[:, : self.days]
        together = ratio_evidence(baseline, challenger, self.plan.share)
        return np.maximum(together, entry_evidence(self.traffic, self.plan.share)[: self.days])

    @property
    def is_blocked(self) -> bool:
        return bool((self.log_odds > ALARM).any())

    @cached_property
    def harms(self) -> Mapping[str, tuple[bool, ...]]:
        """Of each measure that can stop it whether harm beyond its margin is shown, by day."""
        followed = {self.plan.primary: self.primary, **self.guards}
        return {
            name: tuple(
                each.harm(day, tail)[0] > each.margin
                for day, tail in zip(self.looks, self.harm_tails(each), strict=True)
            )
            for name, each in followed.items()
        }

    def is_better(self, day: int) -> bool:
        """Whether the primary measure is better, or not worse where that was the plan."""
        return self.primary.harm(day, self.better_tails[day - 1])[1] < self.primary.margin

    def holds(self, name: str, day: int) -> bool:
        """Whether a guardrail's margin is ruled out on a verdict day."""
        guard = self.guards.get(name)
        return guard is not None and guard.harm(day, self.pass_tails[name][day])[1] < guard.margin

    def kept(self, limit: Limit, day: int) -> KeptWord:
        """Whether a limit is shown to be kept, or missed, on a verdict day."""
        if limit.measure not in self.limited:
            return "not shown"
        arm = challengers(self.traffic, limit, day)
        return word_of(limit, arm, self.pass_tails[limit.measure][day])

    def allows(self, limit: Limit, day: int) -> bool:
        """Whether a limit lets it ship on a verdict day."""
        if limit.measure not in self.limited:
            return not (limit.blocks and limit.of_release)
        word = self.kept(limit, day)
        return word == "met" or (word == "not shown" and not limit.blocks)

    def last_week(self, day: int) -> Effect:
        """The primary measure in the seven days up to a day alone, not adjusted."""
        measure = self.primary.measure
        seen = measure.seen_in(self.traffic)
        rows = seen.rows(max(day - WEEK, 0), day)
        effect = effect_of(measure, *arms_over(seen, measure, rows))
        if not is_partly_silent(seen, measure):
            return effect
        return heard_over(seen, effect, rows).effect

    def least_of_last_week(self, day: int) -> Effect:
        """The same at its lowest, whatever the silent would have said."""
        week = self.last_week(day)
        return week.low if isinstance(week, Bounded) else week

    def fades(self, day: int) -> tuple[float, float] | None:
        """The gain of the first seven days and of the last, where the last is likely less."""
        if day < 2 * WEEK:
            return None
        first, last = self.last_week(WEEK), self.last_week(day)
        side = 1 if self.primary.measure.higher_is_better else -1
        apart = side * (first.estimate - last.estimate)
        surely = apart > FADING * hypot(first.error, last.error)
        return (first.estimate, last.estimate) if surely else None

    def lasts(self, day: int) -> bool:
        """Whether the last seven days alone show it; not asked by a plan of less than a
        fortnight.
        """
        if not self.plan.looks_for_novelty:
            return True
        week = self.least_of_last_week(day)
        gain = week.estimate if self.primary.measure.higher_is_better else -week.estimate
        return gain + self.primary.margin > LASTING * week.error

    def staying(self, day: int) -> Effect | None:
        """The users' coming back where it is neither what the release is for nor a guardrail."""
        watched = ENGAGEMENT.name in (self.plan.primary, *self.margins)
        return None if watched else staying(self.traffic, day)

    def leaves(self, day: int) -> bool:
        """Whether the challenger's users leave: an equal part of alpha for each verdict day."""
        effect, tail = self.staying(day), self.plan.alpha / len(self.plan.verdict_days)
        return effect is not None and effect.limits(tail)[1] < 0

    def ships(self, day: int) -> bool:
        """Whether all that shipping asks is met on a verdict day."""
        return (
            self.is_better(day)
            and not self.leaves(day)
            and all(self.holds(name, day) for name in self.margins)
            and all(self.allows(limit, day) for limit in self.plan.asked.limits)
            and self.lasts(day)
        )

    @cached_property
    def settled(self) -> Settled:
        """What ended it, day by day."""
        if self.is_blocked:
            return Settled()
        for day in self.looks:
            if any(harmed[day - 1] for harmed in self.harms.values()):
                return Settled(day, "stop")
            if day in self.verdict_days and self.ships(day):
                return Settled(day, "ship")
        return Settled()

    @cached_property
    def day(self) -> int:
        """The day that the word stands on."""
        return self.settled.day or self.days


def on_scale(measure: Measure, margin: float) -> float:
    """A margin on the scale of effects: 5 % of the baseline's as a logarithm."""
    return log1p(margin) if measure.is_relative else margin


def staying(traffic: Traffic, day: int) -> Effect:
    """On how many more of the days after their first users of the challenger came back, to date at
    the end of a day, less what their histories explain: what is left of an arm that users leave is
    easier to please, so that a worse answer looks better the more it drives away.
    """
    seen = ENGAGEMENT.seen_in(traffic)
    rows = seen.rows(0, day)
    came, could = (seen.summed(each, rows) for each in ENGAGEMENT.parts(seen))
    before = histories(seen, ENGAGEMENT)
    return adjusted_difference(came, could, seen.is_challenger, before)
