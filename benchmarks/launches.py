"""Does a limited release say what is there, and nothing else? Figures 2 and 3 of METHODS 6.7 and
those of 6.1 and 6.2, on generated logs with planted effects.

    python -m benchmarks.launches [--fast] [--only rule looks] [--seed 0] [--times 400]

Two arms of about 1,500 users, 14 days, daily looks, margins on which the planted regressions lie.
Prints each figure with the value wanted and whether it is reached: a rate misses only where its
exact 99.9 % one-sided limit excludes the figure. Exits with 0 only when all are reached. Some
twelve minutes of a core; --fast: one.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.biased_launches import FAULTS
from benchmarks.simulation import Line, at_least, limit, told
from workbench.release.arm_traffic import Tagged, Traffic
from workbench.release.deciding import Course
from workbench.release.earlier import Earlier, effects_by_day
from workbench.release.figures_of_arms import slices
from workbench.release.measures import MEASURES
from workbench.release.planned import Plan
from workbench.stats.planned_looks import information_tails, sequence_tails, spending_shares
from workbench.stats.sample_ratios import ALARM, ratio_evidence
from workbench.testing.release_logs import SLICES, Planted, drawn_logs

RULE, COVERAGE = 2, 3  # figures of METHODS 6.7
MARGINS = {"latency": 0.10, "cost": 0.10, "errors": 0.005, "flags": 0.001}
PLAN = Plan(days=14, at_most=14, guardrails=MARGINS, adjust=False)
LONGER = replace(PLAN, at_most=28)
NOTHING = Planted()
GAIN = 0.30  # of the log odds of satisfaction
SATISFACTION = MEASURES["satisfaction"]


@dataclass(frozen=True)
class Bench:
    """A seed, and how often each scenario is repeated."""

    seed: int
    times: int

    def randoms(self, *key: int, times: int = 0) -> Iterator[np.random.Generator]:
        for number in range(times or self.times):
            yield np.random.default_rng([self.seed, *key, number])


def traffic(random: np.random.Generator, planted: Planted = NOTHING, **about) -> Traffic:
    """One release as arrays, with a tag of six values."""
    drawn = drawn_logs(random, planted, **about)
    tags = {"language": Tagged(drawn.slice[drawn.user], tuple(SLICES))}
    columns = {name: each for name, each in drawn.columns.items() if name != "malformed"}
    return Traffic(drawn.user, drawn.day, drawn.is_challenger, columns, tags)


def rate(figure: int, what: str, hits: int, count: int, goal: float) -> Line:
    """A rate that is to be at most `goal`."""
    return Line(figure, what, hits / count, f"<= {goal:g}", limit(hits, count, "low") <= goal)


def seen(what: str, value: float) -> Line:
    return Line(RULE, what, value, "for comparison", True)


def words(bench: Bench, key: int, planted: Planted, plan: Plan = PLAN) -> Counter:
    """How often a release is shipped and stopped."""
    found = Counter()
    for random in bench.randoms(key):
        found[Course(traffic(random, planted, days=plan.at_most), plan).settled.word] += 1
    return found


REGRESSIONS = {
    "latency +10 %": Planted(GAIN, latency=1.1),
    "cost +10 %": Planted(GAIN, cost=1.1),
    "errors x 1.5": Planted(GAIN, errors=1.5),
    "flags x 2": Planted(GAIN, flags=2.0),
}


def rule(bench: Bench) -> Iterator[Line]:
    """The joint rule, its verdict at the planned end alone."""
    none, gain, harm = (
        words(bench, key, Planted(lift)) for key, lift in enumerate((0, GAIN, -GAIN))
    )
    yield rate(RULE, "ships, no effect", none["ship"], bench.times, 0.03)
    yield rate(RULE, "stops, no effect", none["stop"], bench.times, 0.06)
    yield at_least(RULE, "ships, satisfaction +.30", gain["ship"], bench.times, 0.70)
    yield rate(RULE, "ships, satisfaction -.30", harm["ship"], bench.times, 0.0)
    for key, (name, planted) in enumerate(REGRESSIONS.items(), 3):
        found = words(bench, key, planted)
        yield rate(RULE, f"ships, gain with {name}", found["ship"], bench.times, 0.06)
    novel = words(bench, 7, Planted(GAIN, fade=3))
    yield rate(RULE, "ships, a gain that fades in 3 days", novel["ship"], bench.times, 0.08)


def longer(bench: Bench) -> Iterator[Line]:
    """The same from day 14 to day 28, with histories taken into account."""
    plan = replace(LONGER, adjust=True)
    for key, (name, planted, goal) in enumerate(
        (("no effect", Planted(), 0.03), ("a gain that fades", Planted(GAIN, fade=3), 0.08)), 20
    ):
        found = words(bench, key, planted, plan)
        yield rate(RULE, f"day 14 to 28, CUPED: ships, {name}", found["ship"], bench.times, goal)
    found = words(bench, 22, Planted(GAIN), plan)
    yield at_least(RULE, "day 14 to 28, CUPED: ships, +.30", found["ship"], bench.times, 0.70)
    yield seen("day 14 to 28, CUPED: stops, +.30", found["stop"] / bench.times)


def dealing(bench: Bench) -> Iterator[Line]:
    """The sample ratio, looked at every day."""
    times, random = 50 * bench.times, np.random.default_rng([bench.seed, 30])
    for users, share, goal in ((10_000, 0.53, 0.94), (3000, 0.53, 0.0), (3000, 0.55, 0.8)):
        found = alarms(random, users, share, times)
        yield at_least(RULE, f"alarm, share {share} of {users:,} users", found, times, goal)
    for users in (3000, 10_000):
        found = alarms(random, users, 0.5, times)
        yield rate(RULE, f"alarm, no fault, {users:,} users", found, times, 0.002)


def alarms(random: np.random.Generator, users: int, share: float, times: int) -> int:
    """In how many releases an alarm is raised on any of 14 days, most users coming in the first."""
    arrivals = np.diff(np.linspace(0, 1, 15) ** 0.4)
    daily = random.multinomial(users, arrivals, times)
    there = np.cumsum(random.binomial(daily, share), axis=1)
    return int((ratio_evidence(np.cumsum(daily, axis=1) - there, there) > ALARM).any(axis=1).sum())


def parts(bench: Bench) -> Iterator[Line]:
    """Slices, worse only, Holm."""
    for key, harm in ((40, -0.7), (41, -0.3), (42, 0.0)):
        planted = Planted(slices={"fr": harm} if harm else {})
        named = [
            {each.value for each in slices(Course(traffic(random, planted), PLAN)) if each.harmed}
            for random in bench.randoms(key)
        ]
        hits = sum("fr" in each for each in named)
        if harm == -0.7:
            yield at_least(RULE, "a slice harmed by .70 is named", hits, bench.times, 0.9)
        elif harm:
            yield seen("a slice harmed by .30 is named", hits / bench.times)
        else:
            found = sum(map(bool, named))
            yield rate(RULE, "any slice is named, no effect", found, bench.times, 0.08)


def looks(bench: Bench) -> Iterator[Line]:
    """False `better` over 14 daily looks, one side, by how looks are paid for."""
    ways = {
        "planned looks": 0.035,
        "planned looks, CUPED": 0.035,
        "unplanned looks": 0.03,
        "by information alone": None,
        "by the calendar alone": None,
        "1.96 every day": None,
        "messages as units, 1.96 every day": None,
    }
    hits = Counter(dict.fromkeys(ways, 0))
    times = 3 * bench.times
    for random in bench.randoms(50, times=times):
        hits.update(way for way, is_better in _looked(traffic(random)) if is_better)
    for way, goal in ways.items():
        what = f"false better: {way}"
        known = hits[way] / times
        yield seen(what, known) if goal is None else rate(RULE, what, hits[way], times, goal)


def _looked(logs: Traffic) -> Iterator[tuple[str, bool]]:
    """Each way of paying for looks, and whether it ever says better."""
    course = Course(logs, PLAN)
    yield "planned looks", _ever(course.primary.effects, course.better_tails)
    adjusted = Course(logs, replace(PLAN, adjust=True))
    yield "planned looks, CUPED", _ever(adjusted.primary.effects, adjusted.better_tails)
    known = [course.primary.information(day) for day in course.looks]
    curve, calendar = Earlier(logs).curve(SATISFACTION), [day / 14 for day in course.looks]
    assert curve is not None
    shares = spending_shares(known, 1 / curve.variance(14), [1.0] * 14)
    shares = [2 * share - 1 for share in shares]
    for way, spent in (("by information alone", shares), ("by the calendar alone", calendar)):
        tails = information_tails(known, spent, 0.025, last=True)
        yield way, _ever(course.primary.effects, tails)
    yield "unplanned looks", _ever(course.primary.effects, sequence_tails(shares, 0.025))
    yield "1.96 every day", _ever(course.primary.effects, [0.025] * 14)
    yield "messages as units, 1.96 every day", bool((_by_messages(logs) > 1.96).any())


def _ever(effects, tails) -> bool:
    return any(
        tail > 0 and each.limits(tail)[0] > 0 for each, tail in zip(effects, tails, strict=True)
    )


def _by_messages(logs: Traffic) -> np.ndarray:
    """z of satisfaction after each day, as if messages were independent."""
    rows = logs.rows(0, 14)
    of = logs.is_challenger[logs.user[rows]]
    day, good = logs.day[rows], logs.columns["feedback"][rows]
    n, y = (
        np.cumsum([np.bincount(day[of == arm], each[of == arm], 14) for arm in (0, 1)], axis=1)
        for each in (np.ones_like(good), good)
    )
    p = y / n
    return (p[1] - p[0]) / np.sqrt((p * (1 - p) / n).sum(axis=0))


def honesty(bench: Bench) -> Iterator[Line]:
    """Intervals hold what they promise, also of few users, and after a trial that stopped early."""
    times = 5 * bench.times
    for users in (30, 60, 200):
        ratio, days, tail, level = 0, 0, 0, 0.025
        for random in bench.randoms(60, users, times=times):
            logs = traffic(random, users=2 * users, history=0)
            effect = effects_by_day(logs, SATISFACTION)[-1]
            ratio += _holds(effect, 0.0, level)
            days += _holds(effects_by_day(logs, MEASURES["engagement"])[-1], 0.0, level)
            effect = effects_by_day(logs, MEASURES["latency"])[-1]
            tail += _holds(effect, 0.0, level)
        yield from _between(f"satisfaction of {users} users an arm", ratio, times)
        yield from _between(f"engagement of {users} users an arm", days, times)
        if users >= 60:
            yield from _between(f"p95 latency of {users} users an arm", tail, times)
    yield from _repeated(bench)


def _holds(effect, truth: float, tail: float) -> bool:
    low, high = effect.limits(tail)
    return low <= truth <= high


def _between(what: str, hits: int, times: int) -> Iterator[Line]:
    low, high = limit(hits, times, "low"), limit(hits, times, "high")
    fine = low <= 0.98 and high >= 0.93
    yield Line(COVERAGE, f"coverage, {what}", hits / times, ".93 to .98", fine)


def _repeated(bench: Bench) -> Iterator[Line]:
    """Of all days at once, by the limits that pay for them."""
    hits = 0
    for random in bench.randoms(70):
        course = Course(traffic(random), PLAN)
        pairs = zip(course.primary.effects, course.better_tails, strict=True)
        hits += all(not tail > 0 or _holds(each, 0.0, tail) for each, tail in pairs)
    yield at_least(COVERAGE, "all looks at once, repeated interval", hits, bench.times, 0.93)


def engaged(bench: Bench) -> Iterator[Line]:
    """A release for engagement: more users' days are found, and no change is not."""
    plan = replace(PLAN, primary="engagement", guardrails={"satisfaction": 0.03})
    found = {
        factor: words(bench, 90 + key, Planted(engagement=factor), plan)
        for key, factor in enumerate((1.0, 1.3, 0.8))
    }
    yield rate(RULE, "ships, engagement unchanged", found[1.0]["ship"], bench.times, 0.03)
    yield rate(RULE, "stops, engagement unchanged", found[1.0]["stop"], bench.times, 0.06)
    yield at_least(RULE, "ships, messages x 1.3", found[1.3]["ship"], bench.times, 0.7)
    yield at_least(RULE, "stops, messages x .8", found[0.8]["stop"], bench.times, 0.7)


def foreseen(bench: Bench) -> Iterator[Line]:
    """The error of day 14 as day 4 foresees it, over the true one; and by the root of days."""
    ratios, roots = [], []
    for random in bench.randoms(80):
        logs = traffic(random)
        errors = [each.error for each in effects_by_day(logs, SATISFACTION)]
        curve = Earlier(logs).curve(SATISFACTION)
        assert curve is not None
        ratios.append(curve.error(14, seen=errors[3], on=4) / errors[13])
        roots.append(errors[3] * (4 / 14) ** 0.5 / errors[13])
    middle = float(np.median(ratios))
    fine = 0.9 <= middle <= 1.15
    yield Line(RULE, "error of day 14 from day 4, median", middle, ".9 to 1.15", fine)
    yield seen("the same by the root of days", float(np.median(roots)))


CHECKS: dict[str, Callable[[Bench], Iterator[Line]]] = {
    check.__name__: check
    for check in (rule, longer, dealing, parts, looks, honesty, engaged, foreseen, *FAULTS)
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--only", nargs="*", default=[*CHECKS], choices=[*CHECKS])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--times", type=int, default=400)
    given = parser.parse_args()
    bench = Bench(given.seed, 40 if given.fast else given.times)
    return int(told(line for name in given.only for line in CHECKS[name](bench)) > 0)


if __name__ == "__main__":
    sys.exit(main())
