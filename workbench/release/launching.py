"""What a limited release says before full launch: ship, hold, stop or n more days."""

from collections.abc import Iterator
from datetime import timedelta
from math import nan
from typing import get_args

from workbench import words
from workbench.arguments import expect
from workbench.release.arm_traffic import Mask
from workbench.release.arms import Dealt, deal
from workbench.release.asked import Lines
from workbench.release.deciding import LASTING, Course
from workbench.release.entries import MOST_STAGES, REDEALT, as_ramp, stages
from workbench.release.figures_of_arms import (
    coverage,
    effect_interval,
    guarded,
    kept,
    largest_slices,
    measured,
    since_first,
    slices,
    slices_left,
    users_in,
)
from workbench.release.followed import FEWEST_USERS
from workbench.release.foreseeing import chances_of, more_days, short_of_power
from workbench.release.measures import MEASURES
from workbench.release.planned import Plan, Source
from workbench.release.reasoned import reason
from workbench.release.released_logs import Logs
from workbench.release.trial import Coverage, DayEffect, Guarded, Kept, Reason, SliceEffect, Trial
from workbench.stats.intervals import Interval
from workbench.stats.movers import FEWEST_EVENTS
from workbench.stats.sample_ratios import ALARM, ratio_evidence

USUAL = Plan()


def launch(
    logs: Logs, plan: Plan = USUAL, *, requirements: Lines | None = None, ended: bool = False
) -> Trial:
    """What a limited release says: ship the challenger, hold it, stop it, or n more days.

    The sample ratio comes first and blocks everything. It ships where the primary measure is better
    (or not worse, where that was the plan), every guardrail's margin is ruled out and the last
    seven days alone show it, at the ends of whole weeks from the plan's `days` on; it stops on harm
    beyond a margin at any look. Users are the units, and each look is paid for, so that it may be
    called every day. Margins are those that `requirements` (wb.load_requirements) or the plan
    state, else the usual ones; WorkbenchError where the two contradict each other. What the
    requirements limit outright (p95 latency at most 2 s) must be shown of the challenger's users,
    or where a line says `on_unknown: warn` not be shown to be missed. `ended`: no more
    traffic will come, so the last look may use what is left of the error. The rule and its measured
    error rates: METHODS 6.2.
    """
    expect(logs, Logs, "what is launched", "read them with wb.load_logs(file or DataFrame)")
    expect(plan, Plan, "the plan", 'give one such as wb.Plan(baseline="v1")')
    plan = plan.under(requirements) if requirements else plan
    dealt = deal(logs, plan)
    course = Course(dealt.traffic, plan, ended)
    return _told(logs, course, dealt)


def _told(logs: Logs, course: Course, dealt: Dealt) -> Trial:
    guards, parts, rated = tuple(guarded(course)), slices(course), coverage(course)
    limits = tuple(kept(course))
    more = more_days(course)
    day = course.day
    said = _what_is_said(course, dealt, guards, limits, parts, rated)
    return Trial(
        name=logs.name,
        plan=course.plan,
        baseline=dealt.baseline,
        challenger=dealt.challenger,
        day=day,
        word=course.settled.word or ("more days" if more else "hold"),
        more_days=more,
        reasons=tuple(said),
        by_day=tuple(_by_day(course, dealt)),
        estimate=_estimate(course, day),
        last_week=effect_interval(course.primary.measure, course.last_week(day)),
        measures=tuple(measured(course.traffic, day)),
        guardrails=guards,
        slices=parts,
        coverage=rated,
        since_first=tuple(since_first(course)),
        chances=chances_of(course),
        kept=limits,
        odd_segments=tuple(_odd_segments(course)) if course.is_blocked else (),
        logs=logs,
    )


def _estimate(course: Course, day: int) -> Interval:
    """The effect with limits that hold on all days together."""
    effect, tail = course.primary.effects[day - 1], course.better_tails[day - 1]
    if not tail > 0:
        return Interval(effect.estimate, -float("inf"), float("inf"))
    return effect_interval(course.primary.measure, effect, tail)


def _by_day(course: Course, dealt: Dealt) -> Iterator[DayEffect]:
    traffic, primary = course.traffic, course.primary
    users = traffic.users_by_day
    messages = traffic.messages_of_arms_by_day
    shares = primary.shares(course.looks)
    for day in course.looks:
        at = day - 1
        found = _estimate(course, day)
        yield DayEffect(
            day=day,
            date=dealt.start + timedelta(days=at),
            effect=found.estimate,
            error=primary.effects[at].error,
            low=found.low,
            high=found.high,
            better=course.is_better(day),
            harmed=course.harms[course.plan.primary][at],
            information=shares[at],
            users=(int(users[0, at]), int(users[1, at])),
            messages=(int(messages[0, at]), int(messages[1, at])),
            log_odds=float(course.log_odds[at]),
        )


def _what_is_said(
    course: Course,
    dealt: Dealt,
    guards: tuple[Guarded, ...],
    limits: tuple[Kept, ...],
    parts: tuple[SliceEffect, ...],
    rated: Coverage | None,
) -> Iterator[Reason]:
    """What the word stands on, the weightiest first; then what must be known of logs and plan."""
    if course.is_blocked:
        yield _not_dealt_as_planned(course, dealt)
        yield from _of_a_ramp(course, dealt)
    else:
        yield from _of_primary(course)
        is_due = bool(course.verdict_days) and course.settled.word != "stop"
        yield from _of_guardrails(course, guards, is_due=is_due)
        yield from _of_limits(limits, is_due=is_due)
        if not course.settled.word:
            yield from short_of_power(course)
        yield from _of_parts(parts, rated)
    yield from _remarks(course, dealt, guards)


def _not_dealt_as_planned(course: Course, dealt: Dealt) -> Reason:
    baseline, challenger = course.traffic.users_by_day[:, course.days - 1]
    about = f"{dealt.baseline} {baseline:,}, {dealt.challenger} {challenger:,}"
    return reason("sample ratio", about, float(course.log_odds.max()), ALARM)


def _of_a_ramp(course: Course, dealt: Dealt) -> Iterator[Reason]:
    """What a plan may say where the share changed with the day on which users first came."""
    found = stages(course.traffic)
    if not 1 < len(found) <= MOST_STAGES:
        return
    if dealt.left_out["both arms"] > REDEALT * course.traffic.users:
        first = dealt.start + timedelta(found[-1].first)
        yield reason("dealt anew", f'start="{first.isoformat()}"', len(found))
    else:
        yield reason("ramp", as_ramp(found, dealt.start), len(found))


def _of_parts(parts: tuple[SliceEffect, ...], rated: Coverage | None) -> Iterator[Reason]:
    for part in parts:
        if part.harmed:
            yield reason("slice", f"{part.tag}={part.value}", part.effect.estimate)
    if rated is not None and rated.differs:
        shares = " and ".join(words.hundredths(arm.estimate) for arm in rated.arms)
        yield reason("feedback", shares, rated.difference.estimate)
    if rated is not None and rated.decides != "observed":
        kind = "surplus" if rated.decides == "surplus" else "other reasons"
        yield reason(kind, rated.told_by, *rated.between)


def _beside_the_gain(course: Course, found: Interval) -> float:
    """Its lower limit; where only "not worse" was asked, what was allowed."""
    return found.low if course.plan.goal == "better" else -course.primary.margin


def _of_primary(course: Course) -> Iterator[Reason]:
    plan, day = course.plan, course.day
    found, name = _estimate(course, day), plan.primary
    if any(course.harms[name][:day]):
        yield reason("harm", name, found.estimate, -course.primary.margin)
    elif course.is_better(day):
        yield reason(plan.goal, name, found.estimate, _beside_the_gain(course, found))
        if not course.lasts(day):
            week = course.least_of_last_week(day)
            yield reason("last week", name, week.estimate / week.error, LASTING)
        elif weeks := course.fades(day):
            yield reason("fading", name, *weeks)
    else:
        yield reason("undecided", name, found.estimate, found.low)
    yield from _of_few_users(course)
    if (stays := course.staying(day)) and course.leaves(day):
        yield reason("leaving", course.plan.primary, stays.estimate)


def _of_few_users(course: Course) -> Iterator[Reason]:
    """The first measure that a few users carry: of the others the same may be true."""
    for each in (course.primary, *course.guards.values()):
        worth = float(each.worth[course.day - 1])
        if 0 < worth < FEWEST_USERS:
            yield reason("few users", each.measure.name, worth, FEWEST_USERS)
            return


def _of_guardrails(
    course: Course, guards: tuple[Guarded, ...], *, is_due: bool
) -> Iterator[Reason]:
    for each in guards:
        if each.word == "harmed":
            yield reason("harm", each.measure, each.effect, each.margin)
        elif each.measure not in course.guards:
            yield reason("not measured", each.measure)
        elif is_due and 0 <= each.events < FEWEST_EVENTS:
            yield reason("too few events", each.measure, each.events, FEWEST_EVENTS)
        elif each.word == "undecided" and is_due:
            yield reason("not shown", each.measure, each.high, each.margin)
        if each.worse and each.word in ("holds", "undecided"):
            yield reason("worse inside", each.measure, each.effect, each.margin)
    if guards and all(each.word == "holds" for each in guards):
        yield reason("guardrails", words.listed([each.title for each in guards]))


def _of_limits(limits: tuple[Kept, ...], *, is_due: bool) -> Iterator[Reason]:
    """What the requirements ask of the challenger's users, where it is due."""
    open_or_missed = [each for each in limits if each.word != "met"]
    for each in open_or_missed if is_due else ():
        about, value, bound = each.limit.measure, each.value.estimate, each.limit.bound
        yield Reason(f"limit {each.word}", about, value, bound, each.sentence)
    if met := [each.limit.text for each in limits if each.word == "met"]:
        yield reason("limits met", words.listed(met))


def _of_margins(plan: Plan, guards: tuple[Guarded, ...]) -> Iterator[Reason]:
    """Where each margin comes from."""
    titles = {each.measure: (each.title, each.source) for each in guards}
    if plan.goal == "not worse" and plan.primary in plan.asked.margins:
        titles[plan.primary] = MEASURES[plan.primary].title, "requirements"
    for source in get_args(Source):
        found = [title for title, of in titles.values() if of == source]
        if found:
            yield reason(f"margins, {source}", words.listed(found))


def _remarks(course: Course, dealt: Dealt, guards: tuple[Guarded, ...]) -> Iterator[Reason]:
    """What a reader must know of the logs and the plan, whatever the word."""
    if not course.is_blocked:
        yield from _of_margins(course.plan, guards)
    for each in dealt.logs.left_out:
        yield Reason("not read", each.what, each.count, nan, f"{each.sentence}.")
    if dealt.logs.without_zone:
        yield reason("no zone", value=dealt.logs.without_zone)
    if not course.plan.looks_for_novelty:
        yield reason("no novelty")
    if not course.earlier.is_enough:
        yield reason("no history")
    counts = {**dealt.left_out, "more slices": slices_left(course.traffic)}
    for kind, count in counts.items():
        if count:
            yield reason(kind, value=count, bound=nan)


def _evidence(course: Course, rows: Mask) -> float:
    return float(ratio_evidence(*users_in(course.traffic, rows), course.plan.share))


def _odd_segments(course: Course) -> Iterator[tuple[str, float]]:
    """Where users were least dealt as planned, the worst first."""
    found = [
        (f"{tag}={value}", _evidence(course, rows))
        for tag, value, rows in largest_slices(course.traffic, course.days)
    ]
    yield from sorted((each for each in found if each[1] > 0), key=lambda each: -each[1])
