"""Does what is said of a server hold, whatever the kind? The interval of its rate over load tests,
and the word on latency at the very edge. Run by `python -m benchmarks.capacity`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.places import Places, Spells, service
from benchmarks.simulation import Bench, Line, at_least, at_most
from workbench.requirements import Requirements, check
from workbench.requirements.lines import Requirement
from workbench.serving import Bounds, LoadTest, Step, Trace, capacity, simulate
from workbench.serving.at_hand import Simulated
from workbench.serving.level import measured
from workbench.serving.traffic import Traffic
from workbench.stats.peak_load import USED, crossing_rate

FIGURE = 5
TESTS = (2, 3, 5, 10)  # that an interval is of
HIGHEST_START = 3.0  # the truth over it: no ladder begins higher
KINDS = {  # places and service: about the true rate, found by bisection
    (1, "constant"): 1.24, (1, "lognormal"): 1.26, (1, "heavy"): 1.21,
    (4, "constant"): 7.12, (4, "lognormal"): 7.21, (4, "heavy"): 7.27,
    (16, "constant"): 31.0, (16, "lognormal"): 31.0, (16, "heavy"): 31.3,
    (64, "constant"): 127.2, (64, "lognormal"): 127.2, (64, "heavy"): 127.7,
}  # fmt: skip
EDGES = (0.0, 1.0, 2.0, 5.0)  # seconds of a slow spell
CONTROLLED = 2.0  # seconds of a spell, up to which passes at the edge are held at .05
BEYOND = 0.0501  # the share that is slow, where .05 may be


def kinds(bench: Bench, times: int) -> Iterator[Line]:
    """Stated rates and their intervals for servers of every kind."""
    for (places, kind), about in KINDS.items():
        server, (trace, bounds) = Places(places), service(kind)
        true = true_rate(server, trace, bounds, about)
        made = tests(bench, server, trace, bounds, true, times)
        yield from said_of(f"{places} places, {kind}", made, true)


def true_rate(server: Simulated, trace: Trace, bounds: Bounds, about: float) -> float:
    """Where the shares of long runs, one behind the other, cross the one that is asked."""
    rates, seconds = about * np.linspace(0.95, 1.05, 11), 8000.0 if about < 10 else 2000.0
    runs = 10 if about < 10 else 4
    shares = []
    for number, rate in enumerate(rates):
        step = Step(rate, "confirm", seconds, 60.0, 15.0)
        each = [attained(server, trace, bounds, step, 50 * run + number) for run in range(runs)]
        shares.append(np.mean(each))
    return crossing_rate(rates, shares, np.ones(len(rates)), bounds.share)


def attained(server: Simulated, trace: Trace, bounds: Bounds, step: Step, seed: int) -> float:
    """The share of a step's requests that keeps the bounds."""
    due, which = Traffic(len(trace), seed=seed).of(step, 0)
    return measured(step, server.answer(due, *trace.lengths(which)), bounds).attained


def tests(
    bench: Bench, server: Simulated, trace: Trace, bounds: Bounds, true: float, times: int
) -> list[LoadTest]:
    """Load tests whose ladders begin anywhere within one rung, a third of the truth or lower."""
    lowest = max(true / HIGHEST_START / 1.25, 20.01 / 60)
    starts = lowest * 1.25 ** bench.random(FIGURE, int(1000 * true)).random(times)
    return [
        simulate(server, trace, rates=float(start), requirements=bounds, seed=seed)
        for seed, start in enumerate(starts)
    ]


def said_of(name: str, made: Sequence[LoadTest], true: float) -> Iterator[Line]:
    """What load tests of one kind state, and how often their interval holds the truth."""
    over = np.array([test.highest for test in made]) / true
    near = float(((over >= 0.88) & (over <= 1.03)).mean())
    yield Line(FIGURE, f"{name}: within .88 to 1.03 of {true:.4g}", near, "for comparison", True)
    for count in TESTS:
        groups = [made[at : at + count] for at in range(0, len(made) - count + 1, count)]
        found = [each for each in map(capacity, groups) if each.is_known]
        hits = sum(true in each.rate for each in found)
        yield at_least(FIGURE, f"{name}: interval of {count} tests", hits, len(found), 0.95)
    yield from passes(f"{name}: at the edge", made, true)


def passes(name: str, made: Sequence[LoadTest], true: float) -> Iterator[Line]:
    """How often latency passes though the load that is planned for lies beyond the true rate."""
    asked = Requirements("edge", (Requirement("latency", quantile=0.95, at_most=_within(made)),))
    for count in (1, 3):
        found = [capacity(made[at : at + count]) for at in range(0, len(made) - count + 1, count)]
        words = [check(asked, each).outcomes[0].word for each in found]
        beyond = [not each.rate.estimate * USED <= true for each in found]
        wrong = np.mean([w == "pass" and b for w, b in zip(words, beyond, strict=True)])
        said = f"{name}: latency passes, {count} tests"
        yield at_most(FIGURE, said, float(wrong), 0.05 + 2 * (0.05 * 0.95 / len(found)) ** 0.5)
        told = f"{name}: passes at all, {count} tests"
        yield Line(FIGURE, told, words.count("pass") / len(words), "for comparison", True)


def _within(made: Sequence[LoadTest]) -> float:
    return made[0].bounds.latency


def edges(bench: Bench, times: int) -> Iterator[Line]:
    """A server of which just too many answers are slow, at every rate: passing is wrong."""
    trace, bounds = Trace.of([1] * 50, [1] * 50), Bounds(latency=1.0)
    for seconds in EDGES:
        starts = 10 * 1.25 ** bench.random(FIGURE, int(seconds)).random(times)
        made = [
            simulate(Spells(BEYOND, seconds, seed), trace, rates=float(start),
                     requirements=bounds, seed=seed)
            for seed, start in enumerate(starts)
        ]  # fmt: skip
        for line in [*passes(f"slow spells of {seconds:g} s", made, 0.0)][::2]:
            told = replace(line, wanted="for comparison", reached=True)
            yield line if seconds <= CONTROLLED else told
