"""Does a forecast of an hour from its first minutes hold? The table of METHODS 6.6, on the trace of
a public service that lies beside the checkout.

    python -m benchmarks.forecasts [--fast] [--trace ../shared/data/azure_conv_trace_A.jsonl]

Prints each figure with the value wanted and whether it is reached, and exits with 0 only when all
are: half a minute. The trace has no users: pseudo-users are drawn, n/12 with weights
exp(N(0, 1.2)), each request dealt to one by weight; lengths are independent of users.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.simulation import Line, told
from workbench.release import forecast
from workbench.release.demand import MINUTE, Demand

FIGURE = 4  # of METHODS 6.7
TRACE = Path(__file__).resolve().parents[2] / "shared" / "data" / "azure_conv_trace_A.jsonl"
MINUTES, SEEDS, FAST = 58, 400, 60
WITHIN = 0.15


@dataclass(frozen=True)
class Row:
    """A line of the table: who is sampled, how many minutes, and whether requests are known."""

    name: str
    share: float
    minutes: int
    by_user: bool = True
    knows_requests: bool = True


ROWS = (
    Row("5 % of users, 20 min", 0.05, 20),
    Row("20 % of users, 20 min", 0.20, 20),
    Row("5 % of requests, 10 min", 0.05, 10, by_user=False),
    Row("5 % of users, requests not known", 0.05, 20, knows_requests=False),
)


def read(path: Path) -> Demand:
    """The trace's first 58 minutes."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    seconds = np.array([row["t"] for row in rows])
    amounts = {
        "input tokens": np.array([row["in"] for row in rows], dtype=float),
        "output tokens": np.array([row["out"] for row in rows], dtype=float),
    }
    trace = Demand("the trace", seconds, amounts, np.arange(len(rows)), has_users=False)
    return trace.between(0, MINUTES * MINUTE)


def sampled(trace: Demand, row: Row, seed: int) -> Demand:
    """The sample of one seed, with its pseudo-users."""
    random = np.random.default_rng(seed)
    if not row.by_user:
        chosen = random.random(len(trace)) < row.share
    else:
        weights = np.exp(random.normal(0, 1.2, len(trace) // 12))
        users = random.choice(len(weights), len(trace), p=weights / weights.sum())
        chosen = (random.random(len(weights)) < row.share)[users]
        trace = Demand(trace.name, trace.seconds, trace.amounts, users, has_users=True)
    return trace.where(chosen).between(0, row.minutes * MINUTE)


@dataclass(frozen=True)
class Missed:
    """How far forecasts lie from what came: relative errors, whether covered, half-widths."""

    errors: np.ndarray
    covered: np.ndarray
    half_widths: np.ndarray


def missed(trace: Demand, row: Row, kind: str, seeds: int) -> Missed:
    """The forecasts of so many seeds against the hour that came."""
    came = trace.amounts[kind].sum() / MINUTES * 60
    known = trace.between(0, row.minutes * MINUTE)
    found = []
    for seed in range(seeds):
        sample = sampled(trace, row, seed)
        by = {"traffic": known} if row.knows_requests else {"share": row.share}
        found.append(forecast(sample, **by).found(kind))
    table = np.array([tuple(each) for each in found])
    return Missed(
        abs(table[:, 0] / came - 1),
        (table[:, 1] <= came) & (came <= table[:, 2]),
        np.log(table[:, 2] / table[:, 1]) / 2,
    )


def lines(trace: Demand, seeds: int) -> Iterator[Line]:
    for row in ROWS:
        found = missed(trace, row, "output tokens", seeds)
        inputs = missed(trace, row, "input tokens", seeds)
        figures = {
            "coverage": (found.covered.mean(), 0.93),
            "within 15 %": ((found.errors < WITHIN).mean(), 0.94),
            "median error": (np.median(found.errors), None),
            "half-width on the log": (found.half_widths.mean(), None),
            "coverage of input tokens": (inputs.covered.mean(), None),
        }
        for what, (value, wanted) in figures.items():
            goal = wanted if row.knows_requests else None
            said = "for comparison" if goal is None else f">= {goal}"
            reached = goal is None or float(value) >= goal
            yield Line(FIGURE, f"{what}, {row.name}", float(value), said, reached)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--trace", type=Path, default=TRACE)
    given = parser.parse_args()
    if not given.trace.is_file():
        print(f"skipped: {given.trace.name} does not lie beside this checkout")
        return 0
    return int(told(lines(read(given.trace), FAST if given.fast else SEEDS)) > 0)


if __name__ == "__main__":
    sys.exit(main())
