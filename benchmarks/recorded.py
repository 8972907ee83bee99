"""The recorded critics that statistics are held against, and a promise with what was measured."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.stats.intervals import Floats

CRITICS = {
    "gpt-4": "gpt-4-0314/rts",
    "gpt-3.5": "gpt-3.5-turbo-0301/rts",
    "llama-70b": "llama-2-70b-chat-hf/rts",
}
# in, out; list prices of 2023
DOLLARS_PER_1000_TOKENS = {"gpt-3.5": (0.0015, 0.002), "gpt-4": (0.03, 0.06)}
PASS = 4  # a mean expert rating from here on is a pass


@dataclass(frozen=True)
class Line:
    """One promise: what was measured and whether it was reached."""

    figure: int
    what: str
    value: float
    goal: str
    reached: bool


@dataclass(frozen=True)
class Bench:
    """The tables, a seed, and how much of the full number of repetitions to run."""

    data: Path
    seed: int
    effort: float

    def rows(self, name: str) -> list[dict]:
        paths = sorted(self.data.glob(f"{name}*.jsonl"))
        if not paths:
            none = f"no {name}*.jsonl in {self.data}"
            raise SystemExit(f"{none}: name the folder of the recorded tables with --data")
        return [json.loads(line) for path in paths for line in path.read_text().splitlines()]

    def random(self, figure: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, figure])

    def times(self, count: int) -> int:
        return max(25, int(count * self.effort))


@dataclass(frozen=True)
class Table:
    """One aspect: people's mean ratings, and each critic's, `(variants, examples)`; what a call of
    a critic cost.
    """

    people: Floats
    critics: dict[str, Floats]
    dollars: dict[str, float]

    @property
    def passed(self) -> Floats:
        """1 where people pass an answer, else 0, cell by cell."""
        return (self.people.ravel() >= PASS).astype(float)

    def cells(self, critic: str) -> Floats:
        return self.critics[critic].ravel()


def load_tables(bench: Bench) -> dict[str, Table]:
    rows = bench.rows("summeval_table")
    aspects = sorted({row["aspect"] for row in rows})
    return {aspect: _table([row for row in rows if row["aspect"] == aspect]) for aspect in aspects}


def _table(rows: list[dict]) -> Table:
    variants, examples = (sorted({row[key] for row in rows}) for key in ("variant", "example"))
    names = ["people", *CRITICS]
    filled = {name: np.full((len(variants), len(examples)), np.nan) for name in names}
    for row in rows:
        cell = variants.index(row["variant"]), examples.index(row["example"])
        filled["people"][cell] = np.mean(row["experts"])
        for name, critic in CRITICS.items():
            rating = row["critic"][critic]
            filled[name][cell] = np.nan if rating is None else rating
    return Table(
        filled.pop("people"),
        filled,
        {name: _dollars(rows, name) for name in DOLLARS_PER_1000_TOKENS},
    )


def _dollars(rows: list[dict], name: str) -> float:
    used = np.array([row["tokens_in_out"][CRITICS[name]] for row in rows], dtype=float)
    return float((used @ np.array(DOLLARS_PER_1000_TOKENS[name])).mean() / 1000)


def at_least(figure: int, what: str, value: float, goal: float) -> Line:
    return Line(figure, what, value, f">= {goal:g}", bool(value >= goal))


def at_most(figure: int, what: str, value: float, goal: float) -> Line:
    return Line(figure, what, value, f"<= {goal:g}", bool(value <= goal))
