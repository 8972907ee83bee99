"""Do the draws behind a break-even rate say what is true? Figure 7 of METHODS 6.7, by simulation.

    python -m benchmarks.hosting [--fast] [--seed 0]

Servers and prices have true amounts; what is stated of them errs as `stats.Spreads` says, and the
draws lie around what is stated. Prints each figure with the value wanted and whether it is reached,
and exits with 0 only when all are: half a minute.
"""

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.simulation import Bench, Line, at_least, at_most, told, within
from workbench import stats
from workbench.serving.weighed import Weighed
from workbench.stats.intervals import Floats, Interval
from workbench.stats.saw_tooth import drawn

FIGURE = 7
TRUE_OWN = stats.OwnCost(carries=6.6, server_hour=3.13, utilisation=16 / 22, peak=2)
PRICES = {"dear": (2.5, 10.0), "middling": (0.4, 1.6), "cheap": (0.15, 0.60)}
RATES = (0.2, 1.0, 2.0, 5.0, 12.0, 30.0)
UNKNOWN = Interval(math.nan, math.nan, math.nan)  # quality, which is none of money's business


def golden(bench: Bench) -> Iterator[Line]:
    """The values of 6.5 to the digits given."""
    own = replace(TRUE_OWN, utilisation=0.8)
    hosted = float(stats.HostedCost(1155, 211, 0.15, 0.60).per_1000)
    yield within(1, "hosted, dollars per 1,000", hosted, 0.29985, 5e-6)
    yield within(1, "own at 2 a second", float(own.per_1000(2.0)), 0.43472, 5e-6)
    yield within(1, "own at .2 a second", float(own.per_1000(0.2)), 4.347, 5e-4)
    wanted = {1.0: (0.869, 0.869), 0.4: (2.174, 10.868)}
    for price, (first, lasting) in wanted.items():
        even = stats.break_even(price, own)
        yield within(1, f"first rate at ${price:g}", float(even.first), first, 5e-4)
        yield within(1, f"never dearer at ${price:g}", float(even.lasting), lasting, 5e-4)
    dear = stats.break_even(1.0, replace(own, at_least=2, fixed=5000.0))
    yield within(1, "two servers and $5,000 a month", float(dear.first), 3.641, 5e-4)
    none = float(stats.break_even(hosted, own).none)
    yield Line(1, "none at the cheap price", none, "1", none == 1.0)


def stated(bench: Bench, prices: tuple[float, float], times: int) -> Iterator[Weighed]:
    """What people would state of the true amounts, `times` times, and weigh."""
    truth = stats.HostedCost(1155, 211, *prices)
    seed = int(bench.random(FIGURE, int(100 * prices[0])).integers(2**31))
    hosted, own = drawn(truth, TRUE_OWN, stats.Spreads(), times, seed)
    for number in range(times):
        said = replace(
            truth, **{name: float(getattr(hosted, name)[number]) for name in _DRAWN_HOSTED}
        )
        mine = replace(TRUE_OWN, **{name: float(getattr(own, name)[number]) for name in _DRAWN_OWN})
        yield Weighed(said, mine, UNKNOWN, 0.05, draws=1000, seed=number)


_DRAWN_HOSTED = ("tokens_in", "tokens_out", "price_in", "price_out")
_DRAWN_OWN = ("carries", "server_hour", "utilisation", "peak")


def saw_tooth(bench: Bench) -> Iterator[Line]:
    """The band of own servers' cost covers the true saw-tooth, and so do the rates' limits."""
    for name in ("dear", "middling"):
        truth = stats.HostedCost(1155, 211, *PRICES[name])
        even = stats.break_even(truth.per_1000, TRUE_OWN)
        found = list(stated(bench, PRICES[name], bench.repeat))
        for rate in RATES:
            true = float(TRUE_OWN.per_1000(rate))
            hits = sum(true in each.at(rate).own for each in found)
            yield at_least(FIGURE, f"own cost at {rate:g}, {name}", hits, len(found), 0.93)
        for which in ("first", "lasting"):
            true = float(getattr(even, which))
            limits = [getattr(each, which) for each in found]
            share = float(np.mean([each.low <= true <= each.high for each in limits]))
            said = f"{which} rate within 90 % of the draws, {name}"
            yield within(FIGURE, said, share, 0.90, 0.06)


def none(bench: Bench) -> Iterator[Line]:
    """Where no rate pays it is said that perhaps none does, and where one surely does, it is not
    denied.
    """
    least = float(TRUE_OWN.server_hour / 3.6 / TRUE_OWN.each)
    just = 0.999 * least / float(stats.HostedCost(1155, 211, *PRICES["cheap"]).per_1000)
    low, high = PRICES["cheap"]
    for name, prices in {"cheap": (low, high), "just too cheap": (just * low, just * high)}.items():
        found = list(stated(bench, prices, bench.repeat))
        said = sum(each.pays != "from a rate" for each in found)
        yield at_least(FIGURE, f"none said where there is none, {name}", said, len(found), 0.95)
    found = list(stated(bench, PRICES["dear"], bench.repeat))
    denied = sum(each.pays == "never" for each in found) / len(found)
    yield at_most(FIGURE, "none said where there is one, dear", denied, 0.01)


def adequate(bench: Bench) -> Iterator[Line]:
    """An inadequate model is chosen as the smallest adequate one: five models, 400 examples, of
    which some are worse by exactly the margin; and how often none is found where all are fine.
    """
    for name, gaps in {"all at the margin": (0.05,) * 4, "the last": (0, 0.01, 0.02, 0.05)}.items():
        rows = np.array([_chosen(bench.random(FIGURE, n), gaps) for n in range(4 * bench.repeat)])
        bad = np.array([gap >= 0.05 for gap in gaps] + [False])
        for way, column in zip(("Holm", "in order", "each alone"), rows.T, strict=True):
            rate = float(bad[column].mean())
            if way == "each alone":
                yield Line(FIGURE, f"inadequate, {way}, {name}", rate, "for comparison", True)
            else:
                yield at_most(FIGURE, f"inadequate chosen, {way}, {name}", rate, 0.05)


def _chosen(random: np.random.Generator, gaps: tuple[float, ...]) -> tuple[int, int, int]:
    """The place of the smallest adequate model by each way; the last place stands for none."""
    p = [_p(random, gap) for gap in gaps]
    ways = (stats.adequate(p), stats.adequate(p, in_order=True), [each < 0.05 for each in p])
    found = [[place for place, good in enumerate(way) if good] for way in ways]
    first, second, third = (each[-1] if each else len(gaps) for each in found)
    return first, second, third


def _p(random: np.random.Generator, gap: float, rows: int = 400) -> float:
    reference, common = random.random((2, rows))
    other = np.where(random.random(rows) < 0.6, reference, common)
    differences: Floats = (other < 0.85 - gap) * 1.0 - (reference < 0.85)
    return float(stats.p_mean_at_most(differences, -0.05, -1))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    bench = Bench(given.seed, 400, 100 if given.fast else 1500, None)
    return int(
        told(line for check in (golden, saw_tooth, none, adequate) for line in check(bench)) > 0
    )


if __name__ == "__main__":
    sys.exit(main())
