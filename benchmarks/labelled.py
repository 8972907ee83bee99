"""Figure 7 of METHODS 4.11: words that stand on people's labels, whatever the critic is worth."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from benchmarks.simulation import Bench, Line, Trial, rate_within, rates_at_most, two_verdicts
from workbench import stats

TAIL = 0.025
ROWS = 200
LABELS = (30, 60, 120)
# (true positive, true negative) of the critic on the challenger, and on the baseline
CRITICS = {
    "good": ((0.9, 0.9), (0.9, 0.9)), "lenient": ((0.97, 0.4), (0.97, 0.4)),
    "flattering": ((0.97, 0.4), (0.9, 0.9)), "harsh": ((0.75, 0.95), (0.92, 0.85)),
    "adversarial": ((0.97, 0.03), (0.9, 0.9)), "inverted": ((0.1, 0.1), (0.1, 0.1)),
}  # fmt: skip
TRUTHS = {"equal": (0.8, 0.8), "better": (0.85, 0.7), "worse": (0.7, 0.85)}
POWER = dict(zip(LABELS, (0.24, 0.73, 0.96), strict=True))  # +15 points, the good critic
GAIN, LOSS = 0.05, 1.0
LOSE = GAIN / (GAIN + LOSS)
SEERS = {  # what a critic makes of true differences, some of which are rare losses
    "sees all": lambda random, y: y,
    "sees all, with noise": lambda random, y: y + 0.1 * random.normal(size=y.shape),
    "sees half of the losses": lambda random, y: np.where(random.random(y.shape) < 0.5, GAIN, y),
    "sees no loss": lambda random, y: GAIN + 0.1 * random.normal(size=y.shape),
    "sees nothing": lambda random, y: np.zeros_like(y),
}


def words(y: np.ndarray, f: np.ndarray, labels: int) -> np.ndarray:
    """1 better, -1 worse, 0 neither, of `(times, rows)` differences whose first rows are read."""
    found = [
        stats.corrected_share(people[:labels], critic[:labels], critic[labels:])
        for people, critic in zip(y, f, strict=True)
    ]
    better = np.array([each.p_at_most(0) < TAIL for each in found])
    return better * 1 - np.array([each.p_at_least(0) < TAIL for each in found])


def judged_words(random, times: int, critic: str, truth: str, labels: int) -> np.ndarray:
    challenger, baseline = TRUTHS[truth]
    passed = two_verdicts(random, times, ROWS, baseline, challenger, 0.5)[::-1]
    verdicts = [
        np.where(each, random.random(each.shape) < right, random.random(each.shape) >= fails)
        for each, (right, fails) in zip(passed, CRITICS[critic], strict=True)
    ]
    y, f = (first * 1.0 - second for first, second in (passed, verdicts))
    return words(y, f, labels)


def by_people(bench: Bench) -> Iterator[Line]:
    """No critic brings a wrong word, and a good one brings the right one."""

    def wrong(critic, truth, labels) -> Trial:
        right = {"equal": 0, "better": 1, "worse": -1}[truth]
        return lambda random, times: int(
            np.count_nonzero(
                (found := judged_words(random, times, critic, truth, labels)) * (found != right)
            )
        )

    cells = list(product(CRITICS, TRUTHS, LABELS))
    trials = {f"{c[0]} critic, truly {c[1]}, {c[2]} labels": (wrong(*c), ROWS) for c in cells}
    yield from rates_at_most(bench, 7, "wrong word of labels", trials, 0.05)
    for labels, goal in POWER.items():
        found = judged_words(bench.random(7, labels), 5 * bench.screen, "good", "better", labels)
        yield rate_within(7, f"+15 points found by {labels} labels", found == 1, goal, 0.05)


def rare_losses(bench: Bench) -> Iterator[Line]:
    """Small gains, and rare losses that few labels do not show."""

    def better(seer, rows, labels) -> Trial:
        def trial(random, times):
            y = np.where(random.random((times, rows)) < LOSE, -LOSS, GAIN)
            return int((words(y, SEERS[seer](random, y), labels) == 1).sum())

        return trial

    cells = list(product(SEERS, (ROWS, 1000), LABELS))
    trials = {f"{c[0]}, {c[2]} labels of {c[1]}": (better(*c), c[1]) for c in cells}
    yield from rates_at_most(bench, 7, "false better, rare losses", trials, TAIL)
