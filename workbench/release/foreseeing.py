"""How many more days would decide a release, and what could be shown before its first."""

from collections.abc import Iterator

from scipy.special import ndtr, ndtri

from workbench.release.arms import before
from workbench.release.asked import Limit, Lines
from workbench.release.deciding import Course, on_scale
from workbench.release.limits_kept import challengers, room
from workbench.release.measures import MEASURES, Measure
from workbench.release.planned import WEEK, Plan
from workbench.release.reasoned import reason
from workbench.release.released_logs import Logs
from workbench.release.trial import Chance, Reason
from workbench.stats.planned_looks import InformationCurve, information_tails


def more_days(course: Course) -> int:
    """Days to the first verdict day that would decide what is undecided; 0 where none of the plan's
    would, or where all is said.
    """
    if course.is_blocked or course.settled.word or course.is_last:
        return 0
    to_come = [day for day in course.plan.verdict_days if day > course.days]
    if not course.verdict_days:
        return to_come[0] - course.days
    names, last = undecided(course), course.verdict_days[-1]
    limits = [each for each in course.plan.asked.limits if not course.allows(each, last)]
    enough = (
        day
        for day in to_come
        if all(_decides(course, name, day) for name in names)
        and all(_keeps(course, limit, day) for limit in limits)
    )
    return next(enough, course.days) - course.days


def undecided(course: Course) -> list[str]:
    """The measures that keep it from shipping, as of the last verdict day."""
    last = course.verdict_days[-1]
    primary = course.is_better(course.days) and course.lasts(course.days)
    open_guards = [name for name in course.margins if not course.holds(name, last)]
    return [*([] if primary else [course.plan.primary]), *open_guards]


def _decides(course: Course, name: str, day: int) -> bool:
    return chance_by(course, name, day) >= course.plan.power


def _keeps(course: Course, limit: Limit, day: int) -> bool:
    """Whether a limit will likely be shown to be kept on a day to come, if it goes on as it went.

    Of the errors s now and rs then the estimate moves by rs sqrt(1 - r²) (independent increments).
    """
    if limit.measure not in course.limited:
        return False
    followed, plan = course.limited[limit.measure], course.plan
    looks = [each for each in plan.verdict_days if each <= day]
    tail = followed.tails(looks, plan.alpha, last=day >= plan.at_most)[-1]
    seen = room(limit, challengers(course.traffic, limit, course.days))
    narrower = followed.error(day) / followed.error(course.days)
    if not (tail > 0 and narrower < 1):
        return False
    then = (seen / narrower + ndtri(tail)) / (1 - narrower**2) ** 0.5
    return bool(ndtr(then) >= plan.power)


def chance_by(course: Course, name: str, day: int) -> float:
    """The power of a measure on a day to come: of the primary for the plan's effect (or margin), of
    a guardrail for its margin, were nothing changed; 0 where nothing is known.
    """
    plan, last = course.plan, day >= course.plan.at_most
    if name == plan.primary:
        followed, alpha = course.primary, plan.alpha / 2
        least = followed.margin or plan.effect
        looks = [*course.looks, *range(course.days + 1, day + 1)]
    elif name in course.guards:
        followed, alpha = course.guards[name], plan.alpha
        least = followed.margin
        looks = [each for each in plan.verdict_days if each <= day]
    else:
        return 0.0
    tail = followed.tails(looks, alpha, last=last)[-1]
    found = followed.chance(day, least, tail)
    return found if found == found else 0.0


def short_of_power(course: Course) -> Iterator[Reason]:
    """Why no more days were asked for."""
    if course.is_last or not course.verdict_days or more_days(course):
        return
    last = course.plan.verdict_days[-1]
    for name in undecided(course):
        chance = chance_by(course, name, last)
        if chance < course.plan.power:
            yield reason("short of power", name, chance, course.plan.power)


def chances(logs: Logs, plan: Plan, *, requirements: Lines | None = None) -> tuple[Chance, ...]:
    """What a plan could show, before its first day: how likely each guardrail is to hold on each
    day of a verdict, were nothing changed, by the users of earlier traffic dealt at random.

    `logs` of before the release; arms in it do not matter. Empty under four days. Margins are as in
    `launch`.
    """
    plan = plan.under(requirements) if requirements else plan
    return chances_of(Course(before(logs, plan), plan))


def chances_of(course: Course) -> tuple[Chance, ...]:
    """The same by the traffic before a release that has begun; empty without any."""
    plan = course.plan
    needed = 1 - (1 - plan.power) / (len(course.margins) + 1)
    further = (*plan.verdict_days, plan.verdict_days[-1] + WEEK)
    found = []
    for name, margin in course.margins.items():
        measure = MEASURES[name]
        curve = course.earlier.curve(measure) if measure.is_known(course.traffic) else None
        if curve is not None:
            by_day = _powers(curve, measure, plan.verdict_days, margin, plan.alpha)
            week_more = _powers(curve, measure, further, margin, plan.alpha)[further[-1]]
            found.append(Chance(name, margin, {**by_day, further[-1]: week_more}, needed))
    return tuple(found)


def _powers(
    curve: InformationCurve, measure: Measure, days: tuple[int, ...], margin: float, alpha: float
) -> dict[int, float]:
    """The power on each verdict day of a plan that ends with the last of them."""
    errors = [curve.variance(day) ** 0.5 for day in days]
    is_rare = measure.kind == "rare"
    known = list(map(float, days)) if is_rare else [error**-2 for error in errors]
    shares = [each / known[-1] for each in known]
    tails = information_tails(known, shares, alpha, last=True)
    least = on_scale(measure, margin)
    return {
        day: float(ndtr(least / error + ndtri(tail))) if tail > 0 else 0.0
        for day, error, tail in zip(days, errors, tails, strict=True)
    }
