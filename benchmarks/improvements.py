"""Does an improvement claim what is not there, and does it find what is? By simulation, with the
very steps that `wb.improve` takes and the rule of METHODS 4.1 on the confirm rows.

    python -m benchmarks.improvements [--repeat 200] [--seed 0]

Prints each figure with the value wanted and whether it is reached, and exits with 0 only when all
are: some ten seconds.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.simulation import Line, at_least, at_most, told, within
from workbench.improving.stepping import BASELINE, Course, Judge, Propose, Rules
from workbench.stats.claiming import claims

FIGURE = 17  # the issue
SEARCH, SELECT, CONFIRM = 75, 75, 150
BASE, GAIN = 0.70, 0.15
TAIL = 0.025  # one planned look: all of it
EQUAL, AMONG = 10, 8  # equal prompts; one planted among so many


@dataclass(frozen=True)
class Ended:
    """What one simulated improvement came to."""

    calls: int
    best: float  # gain on the search rows of the best, where all are read to the end
    right: bool  # the planted prompt won
    better: bool  # and a gain was claimed on the confirm rows


def answers(random: np.random.Generator, gains: Sequence[float], alike: float) -> np.ndarray:
    """Right answers `(prompts, rows)`, on the share `alike` of the rows by one shared draw."""
    rows = SEARCH + SELECT + CONFIRM
    own = random.random((1 + len(gains), rows))
    draws = np.where(random.random(rows) < alike, own[BASELINE], own)
    return (draws < BASE + np.array([0.0, *gains])[:, None]).astype(float)


def improved(random: np.random.Generator, gains: Sequence[float], alike: float) -> Ended:
    """One improvement whose proposals gain so much, in this order."""
    table = answers(random, gains, alike)
    search, select, confirm = np.split(table, [SEARCH, SEARCH + SELECT], axis=1)
    course = Course({"search": SEARCH, "select": SELECT}, Rules(tries=len(gains)), random)
    calls, steps, answer = 0, course.steps(), None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Judge):
                part = search if step.part == "search" else select
                answer = part[np.ix_(step.prompts, step.rows)]
                calls += step.calls
            else:
                answer = "new" if isinstance(step, Propose) else None
    except StopIteration:
        pass
    best = float((search[1:] - search[BASELINE]).mean(axis=1).max())
    if course.winner is None:
        return Ended(calls, best, False, False)
    found = claims(confirm[[course.winner]] - confirm[BASELINE], margin=0.05, tail=TAIL)
    right = bool(gains[course.winner - 1])
    return Ended(calls + 2 * CONFIRM, best, right, found[0].decision.value == "better")


def equal(seed: int, repeat: int) -> Iterator[Line]:
    """Ten equal prompts: what the best shows, and how often a gain is claimed."""
    for number, alike in enumerate((0.0, 0.5)):
        random = np.random.default_rng([seed, FIGURE, number])
        made = [improved(random, [0.0] * EQUAL, alike) for _ in range(repeat)]
        name = f"{EQUAL} equal prompts, {alike:g} of the rows alike"
        best = float(np.mean([each.best for each in made]))
        what = f"{name}: gain of the best on search"
        shown = within(FIGURE, what, best, 0.08, 0.015)
        yield shown if not alike else replace(shown, wanted="for comparison", reached=True)
        none = sum(not each.better for each in made)
        yield at_least(FIGURE, f"{name}: no gain claimed", none, repeat, 0.95)


def planted(seed: int, repeat: int) -> Iterator[Line]:
    """One better prompt among eight, at any place: found, confirmed, and for how many calls."""
    random, made = np.random.default_rng([seed, FIGURE, 9]), []
    for _ in range(repeat):
        gains = np.where(np.arange(AMONG) == random.integers(AMONG), GAIN, 0.0)
        made.append(improved(random, gains.tolist(), 0.5))
    found = sum(each.right and each.better for each in made)
    what = f"one of {AMONG} gains {GAIN:g}: found and confirmed"
    yield at_least(FIGURE, what, found, repeat, 0.80)
    grid = (1 + AMONG) * (SEARCH + SELECT + CONFIRM)
    calls = np.array([each.calls for each in made]) / grid
    yield at_most(FIGURE, "its calls, of the full grid, mean", float(calls.mean()), 0.5)
    yield at_most(FIGURE, "its calls, of the full grid, most", float(calls.max()), 0.5)


def main() -> int:
    parser = argparse.ArgumentParser(description="Improvements by simulation.")
    parser.add_argument("--repeat", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    return int(
        told(each for check in (equal, planted) for each in check(given.seed, given.repeat)) > 0
    )


if __name__ == "__main__":
    sys.exit(main())
