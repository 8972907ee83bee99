"""Is the rate that a load test states the true one? Figure 5 of METHODS 6.7, in simulated time.

    python -m benchmarks.capacity [--fast] [--seed 0]

The truth of a simulated server is found by 60 long runs: the rate at which 95 % of requests keep
1 s to the first token and 12 s to the last. Then whole load tests are run, each ladder beginning at
a rate of its own; and the same of servers of other kinds, with intervals of their rates, and how
often latency passes at the edge. Prints each figure with the value wanted and whether it is
reached, and exits with 0 only when all are: a quarter of an hour on a quiet machine. Lengths are
those of the trace beside the project (../shared), which is not kept here.
"""

import argparse
import json
import sys
from collections.abc import Iterator

import numpy as np

from benchmarks.servers import edges, kinds, said_of
from benchmarks.simulation import SHARED, Bench, Line, at_least, at_most, told, within
from workbench.serving import Bounds, LoadTest, Step, Trace, simulate
from workbench.serving.level import measured
from workbench.serving.traffic import Traffic
from workbench.stats.intervals import Floats
from workbench.testing import SimulatedServer

FIGURE = 5
CHAT = Bounds(first_token=1.0, latency=12.0)
SERVER = SimulatedServer()
TRACE = SHARED / "data" / "azure_conv_trace_A.jsonl"
RATES, RUNS, SECONDS = np.linspace(6.1, 7.3, 12), 5, 1200.0  # of the long runs
STATED = (0.85, 1.03), (0.88, 1.03)  # over the true rate: METHODS 6.7 and the issue


def conversations() -> Trace:
    """The lengths and times of the recorded conversations."""
    rows = [json.loads(line) for line in TRACE.read_text().splitlines()]
    return Trace.of(*([row[name] for row in rows] for name in ("in", "out", "t")), "conversations")


def attained(server: SimulatedServer, trace: Trace, step: Step, seed: int) -> float:
    """The share of a step's requests that keeps the bounds."""
    due, which = Traffic(len(trace), seed=seed).of(step, 0)
    return measured(step, server.answer(due, *trace.lengths(which)), CHAT).attained


def true_rate(
    server: SimulatedServer, trace: Trace, rates: Floats, runs: int, seconds: float
) -> float:
    """Where a parabola through the shares of many long runs crosses 95 %."""
    shares = []
    for number, rate in enumerate(rates):
        step, seeds = Step(rate, "confirm", seconds, 60.0, 15.0), range(runs)
        each = [attained(server, trace, step, 1000 * seed + number) for seed in seeds]
        shares.append(np.mean(each))
    fine = np.linspace(rates[0], rates[-1], 1000)
    fitted = np.polyval(np.polyfit(rates, shares, 2), fine)
    return float(fine[np.argmin(np.abs(fitted - CHAT.share))])


def load_tests(bench: Bench, trace: Trace, times: int, **asked: bool) -> Iterator[LoadTest]:
    """Load tests whose ladders begin anywhere within one rung."""
    for seed in range(times):
        start = float(1.25 ** bench.random(FIGURE, seed).random())
        yield simulate(SERVER, trace, rates=start, requirements=CHAT, seed=seed, **asked)


def alone(trace: Trace, runs: int = 20) -> Iterator[Line]:
    """One request without company, and what is attained near the truth in `runs` long runs."""
    found = SERVER.answer(np.zeros(1), [1155], [211])
    yield within(FIGURE, "one request alone: first token, s", found.first[0], 0.077, 0.0005)
    yield within(FIGURE, "one request alone: whole reply, s", found.whole[0], 1.78, 0.005)
    for rate, low, high in ((6.0, 0.98, 0.995), (7.0, 0.905, 0.935)):
        shares = [
            attained(SERVER, trace, Step(rate, "confirm", 1200, 60, 15), n) for n in range(runs)
        ]
        share = float(np.mean(shares))
        yield Line(FIGURE, f"attained at {rate:g}", share, f"{low} to {high}", low < share < high)


def stopping(bench: Bench, trace: Trace, true: float, times: int) -> Iterator[Line]:
    """How often a window of 60 s is stopped for over-saturation."""
    wanted = {1.0: (0.0, 0.02), 1.35: (0.5, 0.9), 1.5: (0.8, 1.0)}
    for over, (low, high) in wanted.items():
        step, hits = Step(over * true, "ladder", 60.0, 60.0, 15.0), 0
        for seed in range(times):
            due, which = Traffic(len(trace), seed=seed).of(step, 0)
            hits += measured(step, SERVER.answer(due, *trace.lengths(which)), CHAT).saturated
        share = hits / times
        what = f"stopped at {over:g} of the true rate"
        yield Line(FIGURE, what, share, f"{low:g} to {high:g}", low <= share <= high)


def stated(bench: Bench, trace: Trace, true: float, times: int) -> Iterator[Line]:
    """What whole load tests state, over the truth."""
    made = list(load_tests(bench, trace, times))
    over = np.array([test.highest for test in made]) / true
    for low, high in STATED:
        hits = int(((over >= low) & (over <= high)).sum())
        yield at_least(FIGURE, f"stated / true within {low} to {high}", hits, times, 0.95)
    yield within(FIGURE, "stated / true, mean", float(over.mean()), 0.936, 0.03)
    yield at_most(
        FIGURE, "stated above the truth by more than 3 %", float((over > 1.03).mean()), 0.03
    )
    above = sum(test.highest >= min(failed(test), default=np.inf) for test in made)
    yield at_most(FIGURE, "stated above a rate that failed", above / times, 0.0)
    yield from said_of("METHODS 6.4", made, true)
    minutes = [sum(level.seconds + 75 for level in test.levels) / 60 for test in made]
    yield Line(FIGURE, "minutes of load", float(np.mean(minutes)), "for comparison", True)
    quick = np.array([test.highest for test in load_tests(bench, trace, times, quick=True)]) / true
    share = float((quick > 1.0).mean())
    yield Line(FIGURE, "quick, not confirmed: above the truth", share, "for comparison", True)


def failed(test: LoadTest) -> list[float]:
    """The rates that failed."""
    return [level.rate for level in test.levels if not level.holds]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if not TRACE.exists():
        print(f"the trace, {TRACE.name}, is not there: nothing was measured")
        return 1
    bench, trace, times = Bench(given.seed, 0, 0, None), conversations(), 60 if given.fast else 400
    true = true_rate(SERVER, trace, RATES, RUNS, SECONDS)
    lines = [within(FIGURE, "true rate by 60 long runs", true, 6.725, 0.1), *alone(trace)]
    lines += [*stopping(bench, trace, true, times), *stated(bench, trace, true, times)]
    lines += [*kinds(bench, times), *edges(bench, times)]
    return int(told(lines) > 0)


if __name__ == "__main__":
    sys.exit(main())
