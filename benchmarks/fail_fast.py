"""Is a task that is tried on few examples stopped as often as promised, and is a variant called
surely dominated that is not? The figures of METHODS 6.3, by simulation, and exactly for scores of
yes and no.

    python -m benchmarks.fail_fast [--fast] [--seed 0]

Prints each figure with the value wanted and whether it is reached, and exits with 0 only when all
are: some seconds.
"""

import argparse
import sys
from collections.abc import Iterator

import numpy as np

from benchmarks.simulation import Bench, Line, at_most, rate_within, told, within
from workbench import stats
from workbench.comparison.dominance import all_three
from workbench.stats.e_values import FEWEST, GOAL, SHORT_CHANCE

FIGURE = 6  # of METHODS 6.7
REQUIRED, LIMIT = 0.8, 30
MARGIN, ALPHA = 0.05, 0.05  # of the frontier
# share of right answers -> stopped, with full and with short patience
STOPPED = {0.8: (0.017, 0.134), 0.6: (0.475, 0.83), 0.5: (0.83, 0.98)}
GRADED = ("around the mean", "near the ends", "five points", "rare losses", "near the top")


def stops(found: stats.Reaching, patience: str) -> np.ndarray:
    """Whether each look `(repetitions, looks)`, from the fifth example on, would stop."""
    said = found.log_no > GOAL
    if patience == "short":
        said |= found.chance < SHORT_CHANCE
    return said[:, FEWEST - 1 :]


def yes_and_no(bench: Bench) -> Iterator[Line]:
    """The table of 6.3: looks from the fifth to the thirtieth example."""
    for share, rates in STOPPED.items():
        draws = bench.random(FIGURE, int(100 * share)).random((bench.repeat, LIMIT)) < share
        found = stats.reaching(draws, REQUIRED)
        for patience, rate in zip(("full", "short"), rates, strict=True):
            hits = stops(found, patience).any(axis=1)
            name = f"stopped at {share:g}, {patience} patience"
            yield rate_within(FIGURE, name, hits, rate, 0.02)
    looks = stops(stats.reaching(draws, REQUIRED), "full")
    read = np.where(looks.any(axis=1), looks.argmax(axis=1) + FEWEST, LIMIT)
    yield at_most(FIGURE, "examples until the stop at .5, mean", float(read.mean()), 17)
    for examples in (LIMIT, 1000):
        for share in (0.5, 0.8, 0.9, 0.95):
            rate = stats.stops_wrongly(share, examples)
            yield at_most(FIGURE, f"false stop at r = {share}, {examples} looks, exact", rate, 0.05)
    exact = stats.stops_wrongly(REQUIRED, LIMIT, "short")
    yield within(FIGURE, "false stop, short patience, exact", exact, 0.134, 0.0005)


def draw(kind: str, random: np.random.Generator, mean: float, shape: tuple[int, int]) -> np.ndarray:
    """Graded scores of a mean."""
    if kind == "five points":
        return random.binomial(4, mean, shape) / 4
    if kind == "rare losses":
        return np.where(random.random(shape) < mean / 0.95, 0.95, 0.0)
    if kind == "near the top":
        return np.where(random.random(shape) < (mean - 0.6) / 0.4, 1.0, 0.6)
    weight = 5 if kind == "around the mean" else 1
    return random.beta(weight * mean, weight * (1 - mean), shape)


def graded(bench: Bench) -> Iterator[Line]:
    """Neither word is wrong in more than .05, however often one looks; and far below it stops."""
    shape = (bench.repeat // 2, 2 * LIMIT)
    for number, kind in enumerate(GRADED):
        found = stats.reaching(draw(kind, bench.random(number), REQUIRED, shape), REQUIRED)
        for word, logs in (("stop", found.log_no), ("go on", found.log_go)):
            rate = float((logs > GOAL).any(axis=1).mean())
            yield at_most(FIGURE, f"false {word}, graded, {kind}", rate, 0.05)
    low = draw("around the mean", bench.random(9), 0.6, (bench.repeat // 2, LIMIT))
    kept = float(1 - stops(stats.reaching(low, REQUIRED), "full").any(axis=1).mean())
    yield at_most(FIGURE, "not stopped at .6, graded around the mean", kept, 0.05)


def family(random: np.random.Generator, variants: int, rows: int) -> np.ndarray:
    """Quality, dollars and seconds `(3, variants, rows)`: each variant is cheaper and faster than
    the one before, and worse by exactly the margin, half of the rows by one shared draw.
    """
    rate = 0.9 - MARGIN * np.arange(variants)[:, None]
    own = random.random((variants, rows))
    drawn = np.where(random.random(rows) < 0.5, own[0], own)
    money, time = (
        random.lognormal(0, 0.5, (2, variants, rows)) * 0.8 ** np.arange(variants)[:, None]
    )
    return np.stack([(drawn < rate).astype(float), money, time])


def frontier(bench: Bench) -> Iterator[Line]:
    """Anyone surely dominated among eight of whom none is; and what point estimates would say."""
    variants, rows, families = 8, 240, max(100, bench.repeat // 100)
    false = estimated = 0
    for number in range(families):
        table = family(bench.random(FIGURE, number), variants, rows)
        pairs = [(b, a) for a in range(variants) for b in range(a + 1, variants)]
        gaps = [table[:, b] - table[:, a] for b, a in pairs]
        false += any(all_three(*gap, MARGIN, ALPHA / (variants - 1)) for gap in gaps)
        means = [gap.mean(axis=1) for gap in gaps]
        estimated += any(q > -MARGIN and c < 0 and s < 0 for q, c, s in means)
    yield at_most(FIGURE, "frontier: any falsely dominated of 8", false / families, 0.05)
    point = estimated / families
    yield Line(FIGURE, "frontier: the same by point estimates", point, "for comparison", True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    bench = Bench(given.seed, 400, 2000 if given.fast else 40_000, None)
    return int(told(line for check in (yes_and_no, graded, frontier) for line in check(bench)) > 0)


if __name__ == "__main__":
    sys.exit(main())
