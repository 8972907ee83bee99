"""The same prompt twice, and a model that changed silently (figure 9 of METHODS 4.11, its rest)."""

from collections.abc import Iterator

import numpy as np

from benchmarks.simulation import Bench, Line, limit, two_rates
from workbench import stats
from workbench.gate.ageing import ROWS
from workbench.requirements.settled import DIFFERS
from workbench.stats.contradicting import further_apart, sign_test

BASE, TAIL = 0.85, 0.025


def same_prompt(bench: Bench) -> Iterator[Line]:
    """How often compare says better or worse of a prompt against itself, freshly sampled."""
    times = 10 * bench.screen
    for rows in (20, 60, 100, 300):
        table = two_rates(bench.random(9, 1, rows), times, rows, BASE, BASE, 0.6)
        better = stats.p_mean_at_most(table, 0, -1) < TAIL
        worse = stats.p_mean_at_least(table, 0, 1) < TAIL
        hits = int((better | worse).sum())
        fine = limit(hits, times, "low") <= 0.05
        yield Line(9, f"the same prompt on {rows}: better or worse", hits / times, "<= 0.05", fine)


def old_answers(bench: Bench) -> Iterator[Line]:
    """How often the baseline is asked again: never wanted without a change of the model, and no
    figure is promised with one.
    """
    times = 10 * bench.screen
    for alike in (0.0, 0.6, 0.9, 1.0):
        for now in (BASE, 0.70, 0.50, 0.25):
            random = bench.random(9, 2, round(10 * alike), round(100 * now))
            hits = sum(_asked_again(random, alike, now) for _ in range(times))
            fine = now != BASE or limit(hits, times, "low") <= DIFFERS
            wanted = f"<= {DIFFERS:g}" if now == BASE else "shown"
            what = f"asked again, {BASE} then {now}, {alike:.0%} of the rows alike"
            yield Line(9, what, hits / times, wanted, fine)


def _asked_again(random: np.random.Generator, alike: float, now: float) -> bool:
    """One probe on 0/1 scores; a share of the rows is decided by the message and not by chance."""
    own, message = random.random((3, ROWS)), random.random(ROWS)
    decided = random.random((3, ROWS)) < alike
    scores = np.where(decided, message, own) < np.array([[BASE], [now], [now]])
    return sign_test(further_apart(*scores.astype(float))) <= DIFFERS
