"""Figure 6 of METHODS 4.11: how often a race names a wrong leader, and what it reads."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.simulation import Bench, Line, Trial, at_most, rates_at_most, recorded_tables
from workbench import stats

# variants, examples, tolerance as a share of the scale
SIZES = [(2, 100, 0.0), (2, 100, 0.025), (2, 250, 0.0), (12, 100, 0.0)]
BETTING = (2, 300, 0.0)
CELLS = {"asymptotic": 0.53, "betting": 0.60}  # mean of the settings beside the project


def raced(table: np.ndarray, bounds, within: float, mode: str, seed: int) -> tuple[bool, float]:
    """Whether the leader is more than `within` below the best, and the share of cells read."""
    found = stats.race(table, within=within, bounds=bounds, mode=mode, seed=seed)
    means = np.nanmean(table, axis=1)
    return bool(means[found.top[0]] < means.max() - within - 1e-9), found.used / table.size


def wrong_leaders(bench: Bench) -> Iterator[Line]:
    """Races over every null pattern; each takes milliseconds, so fewer than of other rates."""
    fewer = replace(bench, screen=bench.screen // 4, repeat=bench.repeat // 8)

    def wrong(name, size, mode) -> Trial:
        variants, examples, within = size

        def trial(random, times):
            tables = bench.shares(name, random, times, variants, examples)
            races = (raced(x, (0, 1), within, mode, seed) for seed, x in enumerate(tables))
            return sum(wrong for wrong, _ in races)

        return trial

    cells = [(name, size, "asymptotic") for name in bench.patterns.PATTERNS for size in SIZES]
    cells += [(name, BETTING, "betting") for name in bench.patterns.PATTERNS]
    trials = {
        f"{mode}, {name}, K {size[0]}, n {size[1]}, within {size[2]}": (
            wrong(name, size, mode), size[0] * size[1],
        )
        for name, size, mode in cells
    }  # fmt: skip
    yield from rates_at_most(fewer, 6, "wrong leader", trials, 0.05)


def cells_read(bench: Bench) -> Iterator[Line]:
    """Two critics on two aspects, to within .1 rating."""
    tables = [table for number, table in enumerate(recorded_tables()) if number % 3]
    for mode, goal in CELLS.items():
        times = bench.screen // (4 if mode == "asymptotic" else 10)
        found = [
            [raced(table, (1, 5), 0.1, mode, seed) for seed in range(times)] for table in tables
        ]
        wrong, used = np.moveaxis(np.array(found, dtype=float), 2, 0)
        yield at_most(6, f"{mode} race on SummEval: share of cells", float(used.mean()), goal)
        name = f"{mode} race on SummEval: wrong leader, worst setting"
        yield at_most(6, name, float(wrong.mean(axis=1).max()), 0.05)
