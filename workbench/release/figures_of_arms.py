"""The figures of a release up to a day: measures, guardrails, slices, coverage of feedback, and the
effect by days since first use.
"""

from collections.abc import Iterator
from math import expm1, nan

import numpy as np
from scipy.special import ndtri

from workbench.release.arm_traffic import Mask, Traffic
from workbench.release.deciding import Course
from workbench.release.followed import Followed
from workbench.release.limits_kept import challengers
from workbench.release.measures import MEASURES, Arm, Effect, Measure, arms_over, effect_of
from workbench.release.reasoned import step_for
from workbench.release.trial import (
    Coverage,
    Decides,
    Guarded,
    GuardWord,
    Kept,
    Measured,
    SinceFirst,
    SliceEffect,
)
from workbench.stats.intervals import Interval, StudentMean
from workbench.stats.paired import holm
from workbench.stats.unheard import Bounded

TAIL = 0.025  # of a plain interval
SINCE = ((0, 0), (1, 1), (2, 2), (3, 4), (5, 6), (7, 13), (14, 20), (21, 27))  # days
MOST_SLICES = 50  # by messages: Holm over more finds nothing


def effect_interval(measure: Measure, effect: Effect, tail: float = TAIL) -> Interval:
    """An effect with its limits: a share of the baseline's where the measure is relative."""
    ends = (effect.estimate, *effect.limits(tail))
    return Interval(*map(expm1, ends)) if measure.is_relative else Interval(*ends)


def arm_interval(arm: Arm) -> Interval:
    return Interval(arm.estimate, *arm.limits(TAIL))


def measured(traffic: Traffic, day: int) -> Iterator[Measured]:
    """Every measure that the logs know."""
    for measure in MEASURES.values():
        if measure.is_known(traffic):
            arms = _arms(traffic, measure, day)
            found = effect_interval(measure, effect_of(measure, *arms))
            yield Measured(
                measure.name,
                measure.title,
                measure.is_relative,
                measure.higher_is_better,
                (arm_interval(arms[0]), arm_interval(arms[1])),
                found,
            )


def _arms(traffic: Traffic, measure: Measure, day: int) -> tuple[Arm, Arm]:
    """Baseline and challenger to date at the end of a day."""
    seen = measure.seen_in(traffic)
    return arms_over(seen, measure, seen.rows(0, day))


def guarded(course: Course) -> Iterator[Guarded]:
    """Every guardrail on the day that the word stands on."""
    for name, margin in course.margins.items():
        measure = MEASURES[name]
        if name in course.guards:
            yield _guarded(course, course.guards[name], margin)
        else:
            unseen = (nan, nan)
            yield Guarded(
                name, measure.title, measure.is_relative, unseen, nan, -np.inf, np.inf, margin,
                "unknown", False, -1, nan, course.plan.source(name),
            )  # fmt: skip


def _guarded(course: Course, guard: Followed, margin: float) -> Guarded:
    measure, day = guard.measure, course.day
    arms = _arms(course.traffic, measure, day)
    tail = course.pass_tails[measure.name].get(day) or course.plan.alpha
    effect, low, high = effect_interval(measure, guard.effects[day - 1], tail)
    word = _word(course, measure.name, day)
    return Guarded(
        measure.name,
        measure.title,
        measure.is_relative,
        (arms[0].estimate, arms[1].estimate),
        effect,
        low,
        high,
        margin,
        word,
        word != "unknown" and guard.harm(day, course.plan.alpha)[0] > 0,
        guard.events(day),
        nan,
        course.plan.source(measure.name),
    )


def _word(course: Course, name: str, day: int) -> GuardWord:
    guard = course.guards[name]
    if not guard.says(day):
        return "unknown"
    if any(course.harms[name][:day]):
        return "harmed"
    decided = [each for each in course.verdict_days if each <= day]
    return "holds" if decided and course.holds(name, decided[-1]) else "undecided"


def kept(course: Course) -> Iterator[Kept]:
    """Every limit of the requirements on the day that the word stands on; the word is that of the
    last verdict day.
    """
    decided = [day for day in course.verdict_days if day <= course.day]
    for limit in course.plan.asked.limits:
        word = course.kept(limit, decided[-1]) if decided else "not shown"
        value, step = Interval(nan, -np.inf, np.inf), step_for(limit.measure)
        if limit.measure in course.limited:
            arm = challengers(course.traffic, limit, course.day)
            tail = course.pass_tails[limit.measure].get(course.day) or course.plan.alpha
            value = Interval(arm.estimate, *arm.limits(tail))
        yield Kept(limit, value, word, step)


def slices(course: Course) -> tuple[SliceEffect, ...]:
    """The primary measure in each value of each tag that both arms have users of."""
    found = list(_slices(course))
    if not found:
        return ()
    measure, plan = course.primary.measure, course.plan
    gains = [effect for *_, effect in found]
    worse = [
        each.p_at_least(0) if measure.higher_is_better else each.p_at_most(0) for each in gains
    ]
    reach = -ndtri(plan.alpha / len(found)) + ndtri(plan.power)
    return tuple(
        SliceEffect(
            tag,
            value,
            users,
            effect_interval(measure, effect),
            float(p),
            bool(p < plan.alpha),
            float(reach * effect.error),
        )
        for (tag, value, users, effect), p in zip(found, holm(worse), strict=True)
    )


def _slices(course: Course) -> Iterator[tuple[str, str, tuple[int, int], StudentMean]]:
    measure = course.primary.measure
    traffic = measure.seen_in(course.traffic)
    for tag, value, rows in largest_slices(traffic, course.day):
        arms = arms_over(traffic, measure, rows)
        effect = effect_of(measure, *arms)
        assert isinstance(effect, StudentMean)
        if effect.degrees > 0:
            yield tag, value, users_in(traffic, rows), effect


def largest_slices(traffic: Traffic, day: int) -> list[tuple[str, str, Mask]]:
    """Values of tags with their messages up to a day, the most frequent first."""
    released = (traffic.day >= 0) & (traffic.day < day)
    counted = [
        (int(count), tag, code)
        for tag, tagged in traffic.tags.items()
        for code, count in enumerate(
            np.bincount(tagged.codes[released & (tagged.codes >= 0)], minlength=len(tagged.names))
        )
    ]
    kept = sorted(counted, key=lambda each: (-each[0], *each[1:]))[:MOST_SLICES]
    return [
        (tag, traffic.tags[tag].names[code], released & (traffic.tags[tag].codes == code))
        for count, tag, code in kept
        if count
    ]


def slices_left(traffic: Traffic) -> int:
    """Values of tags that are not looked at."""
    return max(sum(len(tagged.names) for tagged in traffic.tags.values()) - MOST_SLICES, 0)


def users_in(traffic: Traffic, rows: Mask | slice) -> tuple[int, int]:
    """Users of the baseline and of the challenger among some messages."""
    there = np.unique(traffic.user[rows])
    challenger = int(traffic.is_challenger[there].sum())
    return len(there) - challenger, challenger


def messages_in(traffic: Traffic, rows: Mask | slice) -> tuple[int, int]:
    """Messages of the baseline and of the challenger among some."""
    of = traffic.is_challenger[traffic.user[rows]]
    return int((~of).sum()), int(of.sum())


def coverage(course: Course) -> Coverage | None:
    """How much feedback there is in each arm; None where satisfaction is not what it is about."""
    measure, traffic = MEASURES["coverage"], course.traffic
    if not measure.is_known(traffic) or course.plan.primary != "satisfaction":
        return None
    rows = traffic.rows(0, course.day)
    arms = arms_over(traffic, measure, rows)
    a, b = (arm.estimate for arm in arms)
    good_a, good_b = (
        arm.estimate * share
        for arm, share in zip(arms_over(traffic, course.primary.measure, rows), (a, b), strict=True)
    )
    bounds = (good_b - good_a - (1 - a), good_b + (1 - b) - good_a)
    found = effect_interval(measure, effect_of(measure, *arms))
    both = (arm_interval(arms[0]), arm_interval(arms[1]))
    return Coverage(both, found, bounds, *_what_decides(course))


def _what_decides(course: Course) -> tuple[Decides, tuple[float, float], str]:
    """What the word stands on: the difference as observed, or between which ones it lies."""
    effect, reason = course.primary.effects[course.day - 1], course.primary.reasons[course.day - 1]
    if not isinstance(effect, Bounded):
        return "observed", (effect.estimate, effect.estimate), ""
    between = effect.low.estimate, effect.high.estimate
    return "silent" if reason else "surplus", between, reason


def since_first(course: Course) -> Iterator[SinceFirst]:
    """The primary measure by days since each user's first message."""
    measure = course.primary.measure
    traffic = measure.seen_in(course.traffic)
    released = (traffic.day >= 0) & (traffic.day < course.day)
    since = traffic.day - traffic.first_day[traffic.user]
    for first, last in SINCE:
        rows = released & (since >= first) & (since <= last)
        if measure.parts(traffic)[1][rows].any():
            effect = effect_of(measure, *arms_over(traffic, measure, rows))
            found = effect_interval(measure, effect)
            yield SinceFirst((first, last), found, messages_in(traffic, rows))
