"""What a release says of logs that mislead: who answers, who leaves, who was dealt when, who writes
most. Part of `python -m benchmarks.launches`, with a quarter of its repetitions.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.simulation import Line, at_least, limit
from workbench.release.arm_traffic import Traffic
from workbench.release.deciding import Course
from workbench.release.earlier import effects_by_day
from workbench.release.entries import evened
from workbench.release.measures import MEASURES
from workbench.release.planned import Plan
from workbench.testing.release_logs import DrawnLogs, Planted, drawn_logs

RULE = 2  # of METHODS 6.7
MARGINS = {"latency": 0.10, "cost": 0.10, "errors": 0.005, "flags": 0.001}
PLAN = Plan(days=14, at_most=14, guardrails=MARGINS)
GAIN = 0.30
RAMP = np.array([0.05, 0.05, 0.2, 0.2, 0.5])  # by day of entry; the last for all later ones
Random = np.random.Generator


def drawn(random: Random, lift: float = 0.0) -> DrawnLogs:
    return drawn_logs(random, Planted(lift))


def as_traffic(logs: DrawnLogs, **columns: np.ndarray) -> Traffic:
    return Traffic(logs.user, logs.day, logs.is_challenger, {**logs.columns, **columns})


def only(logs: Traffic, rows: np.ndarray) -> Traffic:
    columns = {name: each[rows] for name, each in logs.columns.items()}
    return Traffic(logs.user[rows], logs.day[rows], logs.is_challenger, columns)


def rated(random: Random, pleased: float, displeased: float, lift: float, *, more: bool) -> Traffic:
    """Three messages in ten are rated, in the challenger by what users thought of them times these;
    `more`: whether tasks were resolved is logged too.
    """
    logs = drawn(random, lift)
    good, count = logs.pleased, len(logs.pleased)
    treated = logs.is_challenger[logs.user] & (logs.day >= 0)
    chance = 0.3 * np.where(treated, np.where(good > 0, pleased, displeased), 1.0)
    said = np.where(random.random(count) < chance, good, np.nan)
    columns = {"feedback": said, "rated": np.isfinite(said).astype(float)}
    if more:
        columns["resolved"] = (random.random(count) < 0.3 + 0.5 * good).astype(float)
    return as_traffic(logs, **columns)


def leaving(random: Random, share: float, lift: float = 0.0) -> Traffic:
    """A share of the challenger's users leaves after the first bad answer."""
    logs = drawn(random, lift)
    leaves = (random.random(len(logs.is_challenger)) < share) & logs.is_challenger
    bad = np.flatnonzero((logs.pleased == 0) & (logs.day >= 0) & leaves[logs.user])
    last = np.full(len(leaves), len(logs.user))
    np.minimum.at(last, logs.user[bad], bad)
    return only(as_traffic(logs), np.arange(len(logs.user)) <= last[logs.user])


def with_bots(random: Random, bots: int, share: float) -> Traffic:
    """So many bots, dealt like users, write a share of all messages, each in its own way."""
    logs = drawn(random)
    count = len(logs.user)
    rows = random.choice(count, int(count * share / (1 - share)))
    whose = random.integers(0, bots, len(rows))
    columns = {name: np.concatenate([each, each[rows]]) for name, each in logs.columns.items()}
    columns["feedback"][count:] = (random.random(bots) < 0.5)[whose]
    columns["seconds"][count:] *= np.exp(random.normal(0, 1, bots))[whose]
    columns["cost"][count:] *= np.exp(random.normal(0, 1, bots))[whose]
    user = np.concatenate([logs.user, len(logs.is_challenger) + whose])
    day = np.concatenate([logs.day, logs.day[rows]])
    dealt = np.concatenate([logs.is_challenger, random.random(bots) < 0.5])
    order = np.argsort(day, kind="stable")
    columns = {name: each[order] for name, each in columns.items()}
    return Traffic(user[order], day[order], dealt, columns)


def ramped(random: Random) -> Traffic:
    """Users dealt by the share of their first day; who comes later is better pleased."""
    logs = as_traffic(drawn(random))
    first = logs.first_day
    dealt = random.random(logs.users) < RAMP[np.minimum(first, 4)]
    lucky = random.random(len(logs.user)) < 0.25 * np.minimum(first, 7)[logs.user] / 7
    said = np.where(lucky, 1.0, logs.columns["feedback"])
    return Traffic(logs.user, logs.day, dealt, {**logs.columns, "feedback": said})


def made_even(random: Random, logs: Traffic) -> Traffic:
    """As a plan that states the ramp has it, of users with names of their own."""
    names = [random.bytes(8).hex() for _ in range(logs.users)]
    shares = RAMP[np.minimum(logs.first_day, 4)]
    return only(logs, evened(names, logs.is_challenger, shares, 0.5)[logs.user])


@dataclass(frozen=True)
class Tally:
    """How often each word was said."""

    words: Counter
    times: int

    @classmethod
    def of(cls, bench, key: int, make: Callable[[Random], Traffic], plan: Plan = PLAN) -> "Tally":
        found = Counter()
        for random in bench.randoms(key):
            course = Course(make(random), plan)
            found[course.settled.word] += 1
            found["blocked"] += course.is_blocked
            found["leaving"] += course.leaves(course.days)
        return cls(found, bench.times)

    def at_most(self, word: str, what: str, goal: float) -> Line:
        hits = self.words[word]
        return Line(
            RULE, what, hits / self.times, f"<= {goal:g}", limit(hits, self.times, "low") <= goal
        )

    def at_least(self, word: str, what: str, goal: float) -> Line:
        return at_least(RULE, what, self.words[word], self.times, goal)

    def seen(self, word: str, what: str) -> Line:
        return Line(RULE, what, self.words[word] / self.times, "for comparison", True)


SILENCE = (  # what they rate, pleased and displeased; whether more is logged; its name
    (1.0, 0.8, False, "a fifth of the displeased fall silent"),
    (1.0, 0.94, False, "one in 17 of the displeased falls silent"),
    (1.1, 0.8, True, "as many answer, the pleased rather"),
)


def fewer(bench):
    return replace(bench, times=-(-bench.times // 4))


def silence(bench) -> Iterator[Line]:
    """Equal arms of which one rates otherwise; and a gain whose users rate alike."""
    bench = fewer(bench)
    for key, (pleased, displeased, more, name) in enumerate(SILENCE, 100):

        def make(random, about=(pleased, displeased), more=more):
            return rated(random, *about, 0.0, more=more)

        goal = 0.12 if more else 0.06
        yield Tally.of(bench, key, make).at_most("ship", f"ships, no effect, {name}", goal)
    alike = Tally.of(bench, 110, lambda random: rated(random, 1, 1, GAIN, more=True))
    yield alike.seen("ship", "ships, +.30, three in ten answer alike")


def attrition(bench) -> Iterator[Line]:
    """Users of one arm leave after the first bad answer."""
    bench = fewer(bench)
    for key, share in enumerate((0.1, 0.3, 0.6), 120):
        found = Tally.of(bench, key, lambda random, share=share: leaving(random, share))
        yield found.at_most("ship", f"ships, no effect, {share:.0%} leave", 0.03)
        named = 0.9 if share > 0.1 else 0.5
        yield found.at_least("leaving", f"said that users leave, {share:.0%}", named)
    found = Tally.of(bench, 125, lambda random: leaving(random, 0.1, GAIN))
    yield found.at_most("ship", "ships, +.30, 10% leave", 0.2)
    stay = Tally.of(bench, 126, lambda random: leaving(random, 0.0, GAIN))
    yield stay.at_most("leaving", "said that users leave, none does", 0.05)


def crowds(bench) -> Iterator[Line]:
    """Bots, testers and shared accounts that write much."""
    bench = fewer(bench)
    for key, (bots, share) in enumerate(((1, 0.5), (3, 0.5), (10, 0.5), (40, 0.5), (3, 0.2)), 130):
        found = Tally.of(bench, key, lambda random, of=(bots, share): with_bots(random, *of))
        yield found.at_most("stop", f"stops, no effect, {bots} bots write {share:.0%}", 0.06)
        yield found.at_most("ship", f"ships, no effect, {bots} bots write {share:.0%}", 0.03)


def ramps(bench) -> Iterator[Line]:
    """A ramp of shares over days whose users differ: as it is, and with the ramp stated."""
    bench = fewer(bench)
    raw, even = [], []
    for random in bench.randoms(140):
        logs = ramped(random)
        for effects, each in ((raw, logs), (even, made_even(random, logs))):
            effects.append(effects_by_day(each, MEASURES["satisfaction"])[-1])
    for name, effects in (("pooled", raw), ("stated", even)):
        false = sum(abs(each.estimate) > 1.96 * each.error for each in effects)
        bias = float(np.mean([each.estimate for each in effects]))
        yield Line(RULE, f"bias of satisfaction, ramp {name}", bias, "for comparison", True)
        fine = name == "pooled" or limit(false, bench.times, "low") <= 0.05
        goal = "for comparison" if name == "pooled" else "<= 0.05"
        what = f"1.96 exceeded, no effect, ramp {name}"
        yield Line(RULE, what, false / bench.times, goal, fine)
    pooled = Tally.of(bench, 141, ramped)
    yield pooled.at_least("blocked", "alarm, a ramp that nobody stated", 0.99)
    stated = Tally.of(bench, 142, lambda random: made_even(random, ramped(random)))
    yield stated.at_most("blocked", "alarm, a ramp that was stated", 0.002)
    yield stated.at_most("ship", "ships, no effect, ramp stated", 0.03)
    yield stated.at_most("stop", "stops, no effect, ramp stated", 0.06)


FAULTS = (silence, attrition, crowds, ramps)
