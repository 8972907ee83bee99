"""Rates by simulation, and when a rate may be said to miss its figure."""

import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy.special import betaincinv

SHARED = Path(__file__).resolve().parents[2] / "shared"
CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Line:
    """One promise: the value measured, the value wanted, and whether it was reached."""

    figure: int
    what: str
    value: float
    wanted: str
    reached: bool


def told(lines: Iterable[Line]) -> int:
    """Print each line as it comes; how many were missed."""
    missed = 0
    for line in lines:
        missed += not line.reached
        word = "reached" if line.reached else "MISSED "
        print(f"{line.figure:2} {word} {line.value:8.4f}  {line.wanted:14} {line.what}", flush=True)
    return missed


@dataclass(frozen=True)
class Bench:
    seed: int
    screen: int
    repeat: int
    patterns: object

    def random(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *key])

    def shares(self, name, random, repetitions, variants, rows) -> np.ndarray:
        """Scores of a null pattern as shares of its scale `(repetitions, variants, rows)`."""
        scores, (low, high) = self.patterns.draw(name, random, repetitions, variants, rows)
        return (scores - low) / (high - low)


Trial = Callable[[np.random.Generator, int], int]  # hits among so many repetitions


def limit(hits: int, count: int, side: str) -> float:
    """The exact 99.9 % one-sided limit of a rate."""
    if side == "low":
        return float(betaincinv(hits, count - hits + 1, 0.001)) if hits else 0.0
    return float(betaincinv(hits + 1, count - hits, 0.999)) if hits < count else 1.0


def in_parts(trial: Trial, random: np.random.Generator, repetitions: int, cells: int) -> int:
    """Hits, drawn in parts that fit into memory."""
    each = max(1, min(repetitions, CELLS_AT_ONCE // cells))
    parts = [min(each, repetitions - start) for start in range(0, repetitions, each)]
    return sum(trial(random, part) for part in parts)


def rates_at_most(
    bench: Bench, figure: int, what: str, trials: dict[str, tuple[Trial, int]], goal: float
) -> Iterator[Line]:
    """The worst of many rates; those that fail the screen, and the worst few, with more draws."""
    screened = {
        name: in_parts(trial, bench.random(figure, index), bench.screen, cells) / bench.screen
        for index, (name, (trial, cells)) in enumerate(trials.items())
    }
    failing = [
        name for name, rate in screened.items()
        if limit(round(rate * bench.screen), bench.screen, "low") > goal
    ]  # fmt: skip
    worst = sorted(screened, key=lambda name: -screened[name])[: 5 if bench.repeat > 2000 else 1]
    for name in dict.fromkeys([*failing, *worst]):
        trial, cells = trials[name]
        hits = in_parts(trial, bench.random(figure, 10_000), bench.repeat, cells)
        fine = limit(hits, bench.repeat, "low") <= goal
        yield Line(figure, f"{what}: {name}", hits / bench.repeat, f"<= {goal:g}", fine)
    mean = float(np.mean(list(screened.values())))
    yield Line(figure, f"{what}: mean of {len(trials)} cells", mean, f"<= {goal:g}", mean <= goal)


def at_least(figure: int, what: str, hits: int, count: int, goal: float) -> Line:
    reached = limit(hits, count, "high") >= goal
    return Line(figure, what, hits / count, f">= {goal:g}", reached)


def within(figure: int, what: str, value: float, goal: float, slack: float) -> Line:
    return Line(figure, what, value, f"{goal:g} +- {slack:g}", abs(value - goal) <= slack)


def rate_within(figure: int, what: str, hits: np.ndarray, goal: float, slack: float) -> Line:
    """A rate misses only where its exact limits lie wholly outside of goal ± slack."""
    count, found = len(hits), int(hits.sum())
    low, high = limit(found, count, "low"), limit(found, count, "high")
    reached = low <= goal + slack and high >= goal - slack
    return Line(figure, what, found / count, f"{goal:g} +- {slack:g}", reached)


def at_most(figure: int, what: str, value: float, goal: float) -> Line:
    return Line(figure, what, value, f"<= {goal:g}", value <= goal)


def differences(scores: np.ndarray) -> np.ndarray:
    return scores[:, 1:] - scores[:, :1]


def two_verdicts(random, times, rows, base, other, shared) -> tuple[np.ndarray, np.ndarray]:
    """0/1 scores `(times, rows)` of the baseline and of the other; a share of the rows is decided
    by one draw.
    """
    common, own = random.random((times, rows)), random.random((2, times, rows))
    alike = random.random((times, rows)) < shared
    first, second = (np.where(alike, common, draw) for draw in own)
    return first < base, second < other


def two_rates(random, times, rows, base, other, shared) -> np.ndarray:
    """Differences of such scores."""
    first, second = two_verdicts(random, times, rows, base, other, shared)
    return second * 1.0 - first


def recorded_tables() -> list[np.ndarray]:
    """Six tables `(variants, examples)` of ratings 1 to 5: experts and two critics, two aspects."""
    path = SHARED / "data" / "summeval_table_A.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    readers = [
        lambda row: np.mean(row["experts"]),
        lambda row: row["critic"]["gpt-4-0314/rts"],
        lambda row: row["critic"]["gpt-3.5-turbo-0301/rts"],
    ]
    variants, examples = (sorted({row[key] for row in rows}) for key in ("variant", "example"))
    tables = []
    for aspect, read in product(("consistency", "relevance"), readers):
        table = np.full((len(variants), len(examples)), np.nan)
        for row in (row for row in rows if row["aspect"] == aspect):
            value = read(row)
            cell = variants.index(row["variant"]), examples.index(row["example"])
            table[cell] = np.nan if value is None else value
        tables.append(table)
    return tables


def load_patterns():
    path = SHARED / "tools" / "patterns.py"
    if not path.exists():
        raise SystemExit("the null patterns, ../shared/tools/patterns.py, are not there")
    spec = importlib.util.spec_from_file_location("patterns", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
