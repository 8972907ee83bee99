"""Are the limits on known scales as good as promised? Figures 1, 2, 4 to 10 and a part of 3 of
METHODS 4.11, by simulation.

    python -m benchmarks.bounds [--fast] [--only 1 9] [--seed 0]

Prints each figure with the value wanted and whether it is reached, and exits with 0 only when all
are. A rate fails only where the exact 99.9 % one-sided limit of the simulated rate excludes the
figure: 400 repetitions screen, cells that fail, and the worst, repeat with 20,000 (--fast: 100, and
2,000 for those that fail). The null patterns and recorded tables lie in ../shared beside the
project.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import product

import numpy as np

from benchmarks.again import old_answers, same_prompt
from benchmarks.claims import prompt_after_prompt
from benchmarks.compared import deciders, mixed_looks, whole_decision
from benchmarks.labelled import by_people, rare_losses
from benchmarks.races import cells_read, wrong_leaders
from benchmarks.simulation import (
    Bench,
    Line,
    Trial,
    at_least,
    differences,
    limit,
    load_patterns,
    rate_within,
    rates_at_most,
    recorded_tables,
    told,
    two_rates,
    within,
)
from benchmarks.tagged import tagged
from workbench import stats

TAIL = 0.025
ALLOWED = 0.03  # the most that a false word may reach in the worst of the patterns
MARGIN = 0.05


def any_better(table: np.ndarray, tail: float = TAIL) -> np.ndarray:
    """Whether any challenger of a family is called better: Holm's first step."""
    return stats.p_mean_at_most(table, 0, -1).min(axis=1) < tail / table.shape[1]


def false_words(bench: Bench) -> Iterator[Line]:
    """Figure 1: no true difference, or one beyond the margin."""
    names = list(bench.patterns.PATTERNS)
    cells = list(product(names, (20, 30, 50, 100, 200), (2, 4, 12)))

    def better(name, rows, variants) -> Trial:
        return lambda random, times: int(
            any_better(differences(bench.shares(name, random, times, variants, rows))).sum()
        )

    trials = {f"{c[0]}, n {c[1]}, K {c[2]}": (better(*c), c[1] * c[2]) for c in cells}
    yield from rates_at_most(bench, 1, "false better", trials, ALLOWED)

    def tie(name, rows, variants, side) -> Trial:
        def trial(random, times):
            scores = bench.shares(name, random, times, variants, rows)
            apart = side * differences(moved(scores, bench, name))
            limits = stats.mean_limits(apart, (-1, 1), TAIL / (variants - 1))
            return int((np.maximum(-limits.low, limits.high) <= MARGIN).any(axis=1).sum())

        def moved(scores, bench, name):
            share = float(bench.shares(name, bench.random(0), 2000, 2, 20)[:, 1:].mean())
            lost = bench.random(int(scores.sum()) % 2**31).random(scores.shape) < MARGIN / share
            lost[:, 0] = False
            return np.where(lost, 0.0, scores)

        return trial

    cells = list(product(names, (50, 100, 200), (2, 12), (1, -1)))
    trials = {f"{c[0]}, n {c[1]}, K {c[2]}, side {c[3]}": (tie(*c), c[1] * c[2]) for c in cells}
    yield from rates_at_most(bench, 1, "tie beyond the margin", trials, TAIL)


def clustered_words(bench: Bench) -> Iterator[Line]:
    """Figure 1 in clusters: each cluster has one draw of the pattern, 1 to 9 rows of it."""

    def better(name, clusters) -> Trial:
        def trial(random, times):
            hits = 0
            for row in differences(bench.shares(name, random, times, 2, clusters))[:, 0]:
                codes = np.repeat(np.arange(clusters), random.integers(1, 10, clusters))
                hits += stats.clustered_p_at_most(row[codes], 0, codes, (-1, 1)) < TAIL
            return hits

        return trial

    cells = list(product(bench.patterns.PATTERNS, (10, 20, 50)))
    trials = {f"{name}, {g} clusters": (better(name, g), g) for name, g in cells}
    yield from rates_at_most(bench, 1, "false better in clusters", trials, ALLOWED)


POWER = {2: (0.42, 0.63, 0.88), 4: (0.41, 0.55, 0.83), 12: (0.36, 0.54, 0.70)}
POWER_FIRST = {2: (0.41, 0.59, 0.86), 4: (0.39, 0.53, 0.81), 12: (0.32, 0.52, 0.68)}
SHARED_POWER = {30: (0.23, 0.18), 50: (0.48, 0.40), 100: (0.82, 0.79), 200: (0.99, 0.99)}


def power(bench: Bench) -> Iterator[Line]:
    """Figure 2: how often a true gain is called better, at the full tail and at the first look."""
    tables = recorded_tables()
    for wanted, tail, look in ((POWER, TAIL, "full tail"), (POWER_FIRST, 0.0175, "first look")):
        for variants, column in product(wanted, range(3)):
            rows = (30, 50, 98)[column]
            random = bench.random(2, variants, rows)
            found = [found_gains(t, random, bench.screen, variants, rows, tail) for t in tables]
            what = f"SummEval, {look}: K {variants}, n {rows}"
            families = bench.screen * len(tables)
            hits = round(float(np.mean(found)) * families)
            yield at_least(2, what, hits, families, wanted[variants][column] - 0.03)
    times = 5 * bench.screen
    for rows, goals in SHARED_POWER.items():
        p = stats.p_mean_at_most(
            two_rates(bench.random(2, rows), times, rows, 0.7, 0.85, 0.5), 0, -1
        )
        for goal, tail in zip(goals, (TAIL, 0.0175), strict=True):
            what = f"0/1 .70 to .85, half shared, n {rows}, tail {tail}"
            yield at_least(2, what, int((p < tail).sum()), times, goal - 0.03)


def found_gains(table, random, times, variants, rows, tail) -> float:
    """The share of all gains of .15 rating and more, over families, that Holm calls better."""
    means = np.nanmean(table, axis=1)
    lower = np.argsort(means)[: len(means) // 2]
    called, gains = 0, 0
    for _ in range(times):
        baseline = random.choice(lower)
        others = random.permutation(np.delete(np.arange(len(table)), baseline))[: variants - 1]
        real = means[others] - means[baseline] >= 0.15
        if real.any():
            seen = random.permutation(table.shape[1])[:rows]
            apart = (table[others][:, seen] - table[baseline, seen]) / 4
            passed = stats.holm_passes(stats.p_mean_at_most(apart, 0, -1), tail)
            called, gains = called + int((passed & real).sum()), gains + int(real.sum())
    return called / gains


def many_looks(bench: Bench) -> Iterator[Line]:
    """Figure 3, what is arithmetic: ten looks at more rows, or by ten critics."""
    rows = [int(20 * 1.5**look) for look in range(10)]
    tails = stats.look_tails(rows)

    def growing(name) -> Trial:
        def trial(random, times):
            apart = differences(bench.shares(name, random, times, 2, rows[-1]))[:, 0]
            wrong = np.zeros(times, dtype=bool)
            for count, tail in zip(rows, tails, strict=True):
                wrong |= stats.p_mean_at_most(apart[:, :count], 0, -1) < tail
                wrong |= stats.p_mean_at_least(apart[:, :count], 0, 1) < tail
            return int(wrong.sum())

        return trial

    def critics(name) -> Trial:
        def trial(random, times):
            wrong = np.zeros(times, dtype=bool)
            for look in range(1, 11):
                apart = differences(bench.shares(name, random, times, 2, 60))[:, 0]
                tail = TAIL * stats.look_share(look)
                wrong |= stats.p_mean_at_most(apart, 0, -1) < tail
                wrong |= stats.p_mean_at_least(apart, 0, 1) < tail
            return int(wrong.sum())

        return trial

    names = bench.patterns.PATTERNS
    trials = {f"{name}, more rows": (growing(name), 2 * rows[-1]) for name in names}
    trials |= {f"{name}, ten critics": (critics(name), 120) for name in names}
    yield from rates_at_most(bench, 3, "wrong words on either side over ten looks", trials, 0.05)
    yield from claims_kept(bench, rows, tails)


def claims_kept(bench: Bench, rows: list[int], tails: tuple[float, ...]) -> Iterator[Line]:
    """Of a true gain: claimed at some look, and taken back where the estimate changed its side."""
    apart = two_rates(bench.random(3, 1), 10 * bench.screen, rows[-1], 0.7, 0.85, 0.5)
    claimed, back = np.zeros((2, len(apart)), dtype=bool)
    for count, tail in zip(rows, tails, strict=True):
        back |= claimed & (apart[:, :count].mean(axis=1) <= 0)
        claimed |= stats.p_mean_at_most(apart[:, :count], 0, -1) < tail
    hits = int(back.sum())
    fine = limit(hits, len(back), "low") <= 0.02
    yield Line(3, "a true gain claimed, then taken back", hits / len(back), "<= 0.02", fine)
    yield at_least(3, "a true gain claimed in ten looks", int(claimed.sum()), len(back), 0.95)


HELD_OUT = {40: (0.26, 0.17, 0.08), 80: (0.59, 0.50, 0.42), 200: (0.98, 0.97, 0.95)}


def held_out(bench: Bench) -> Iterator[Line]:
    """Figure 4, what is arithmetic: ten claims on one held-out set, and what a claim can show."""

    def claimed(name) -> Trial:
        def trial(random, times):
            apart = differences(bench.shares(name, random, times, 11, 40))
            tails = [TAIL * stats.held_out_share(claim) for claim in range(1, 11)]
            return int((stats.p_mean_at_most(apart, 0, -1) < tails).any(axis=1).sum())

        return trial

    trials = {name: (claimed(name), 440) for name in bench.patterns.PATTERNS}
    yield from rates_at_most(
        bench, 4, "false better in ten claims on 40 held-out rows", trials, 0.03
    )
    for rows, goals in HELD_OUT.items():
        apart = two_rates(bench.random(4, rows), 10 * bench.screen, rows, 0.7, 0.85, 0.5)
        p = stats.p_mean_at_most(apart, 0, -1)
        for claim, goal in enumerate(goals, 1):
            found = int((p < TAIL * stats.held_out_share(claim)).sum())
            what = f"+15 points found by claim {claim} on {rows} held-out rows"
            yield at_least(4, what, found, len(p), goal - 0.03)


PLANNED = {
    "0/1 .85, half shared": lambda random, n: two_rates(random, 1, n, 0.85, 0.85, 0.5)[0],
    "0/1 .95, half shared": lambda random, n: two_rates(random, 1, n, 0.95, 0.95, 0.5)[0],
    "graded, nearly equal": lambda random, n: np.clip(0.01 * random.normal(size=n), -1, 1),
    "0/1 .85, .9 shared": lambda random, n: two_rates(random, 1, n, 0.85, 0.85, 0.9)[0],
}
PLANNED_PATTERNS = (
    "ratings, most 5", "ratings, spread", "graded, 5 % fail", "+1 on 8 %, -4 on 2 %",
    "P(yes) beta(2, .5)",
)  # fmt: skip


def of_pattern(bench: Bench, name: str):
    return lambda random, n: differences(bench.shares(name, random, 1, 2, n))[0, 0]


def planned_rows(bench: Bench) -> Iterator[Line]:
    """Figure 5: "n more could show it" is kept, and not far above what full knowledge needs."""
    shapes = PLANNED | {name: of_pattern(bench, name) for name in PLANNED_PATTERNS}
    times = bench.screen // 2
    for number, ((name, draw), (first, aim)) in enumerate(
        product(shapes.items(), ((30, 0.1), (60, 0.1), (60, 0.05), (100, 0.05)))
    ):
        random = bench.random(5, number)
        kept, told, needed = kept_plans(draw, random, times, first, aim)
        yield at_least(5, f"n more: {name}, from {first} to ±{aim}", kept, times, 0.85)
        ratio = told / needed
        yield Line(5, f"   rows told / needed ({needed:.0f})", ratio, "<= 4", ratio <= 4)


def kept_plans(draw, random, times, first, aim) -> tuple[int, float, float]:
    """Plans that were kept, the median of rows told, and the rows that full knowledge names."""

    def tail_at(rows: int) -> float:
        return stats.look_tails([first, rows])[-1]

    crowd = draw(random, 20_000)
    needed = max(1.5 * first, known_need(crowd, aim, tail_at))
    kept, told = 0, []
    for _ in range(times):
        x = draw(random, first)
        plan = stats.rows_for_half_width(x, (-1, 1), aim, tail_at)
        rows = np.concatenate([x, draw(random, plan.rows - first)])
        limits = stats.bounded_interval(rows, (-1, 1), tail_at(plan.rows))
        kept += limits.half_width <= aim
        told.append(plan.rows)
    return kept, float(np.median(told)), needed


def known_need(crowd, aim, tail_at) -> float:
    """The rows at which the half-width of the true distribution is the aim."""
    low, high = 1, 1_000_000
    while high - low > 1:
        rows = (low + high) // 2
        counts = np.full(len(crowd), rows / len(crowd))
        half = stats.bounded_interval(crowd, (-1, 1), tail_at(max(rows, 101)), counts=counts)
        low, high = (low, rows) if half.half_width <= aim else (rows, high)
    return float(high)


def own_scores(bench: Bench) -> Iterator[Line]:
    """Figure 8: the interval that is shown of a variant's own score."""
    names = [
        "0/1 .95, .8 shared", "0/1 .5, .3 shared", "ratings, most 5", "ratings, nearly all 5",
        "ratings, spread", "graded, 5 % fail", "P(yes) beta(2, .5)", "P(yes) beta(.5, .5)",
    ]  # fmt: skip
    for (index, name), rows in product(enumerate(names), (10, 20, 50, 100)):
        times = max(2000, 5 * bench.screen)
        mean = bench.shares(name, bench.random(8, index), 20_000, 2, 50)[:, 1].mean()
        x = bench.shares(name, bench.random(8, index, rows), times, 2, rows)[:, 1]
        found = stats.mean_limits(x, (0, 1), TAIL, weight=0.5)
        held = int(((found.low <= mean) & (mean <= found.high)).sum())
        # of 0/1 scores it is the mid-P interval, which dips: exactly .911 at rate .95 and 50 rows
        goal = 0.90 if name == "0/1 .95, .8 shared" else 0.94
        yield at_least(8, f"own score held: {name}, n {rows}", held, times, goal)


GATE = {
    100: (0.30, 0.70, 100, 0.03, 0.21, 0.62), 200: (0.64, 0.36, 191, 0.04, 0.47, 0.88),
    300: (0.81, 0.19, 255, 0.04, 0.59, 0.97), 400: (0.91, 0.10, 304, 0.04, 0.72, 0.99),
}  # fmt: skip


def gate(bench: Bench) -> Iterator[Line]:
    """Figure 9: the gate that may look at more rows."""
    times = 10 * bench.screen
    for extend_to, (passes, open_, rows, wrong, fails, fails_far) in GATE.items():
        ends = {
            worse: stats.gate_ends(
                two_rates(bench.random(9, extend_to), times, extend_to, 0.85, 0.85 - worse, 0.6),
                MARGIN,
                stats.gate_looks(100, extend_to),
            )
            for worse in (0.0, 0.05, 0.10, 0.15)
        }
        equal, read = ends[0.0]
        name = f"gate to {extend_to}: "
        yield rate_within(9, name + "equal passes", equal == 1, passes, 0.05)
        yield rate_within(9, name + "equal inconclusive", equal == 0, open_, 0.05)
        yield within(9, name + "equal, mean rows", float(read.mean()), rows, 0.05 * rows)
        hits = int((ends[0.05][0] == 1).sum())
        fine = limit(hits, times, "low") <= 0.05 and abs(hits / times - wrong) <= 0.05
        yield Line(9, name + "worse by .05 passes", hits / times, f"{wrong:g}, <= .05", fine)
        for worse, goal in ((0.10, fails), (0.15, fails_far)):
            failed = ends[worse][0] == -1
            yield rate_within(9, name + f"worse by {worse} fails", failed, goal, 0.05)


def speed(bench: Bench) -> Iterator[Line]:
    """Figure 10: one decision on 12 variants and 200 rows, the best of five."""
    table = bench.random(10).choice([-0.5, 0, 0, 0.25, 1], (11, 200))
    took = []
    for _ in range(5):
        start = time.perf_counter()
        stats.claims(table, margin=MARGIN, without_failures=table)
        stats.pair_intervals(np.abs(bench.random(10, 1).random((12, 200))))
        took.append(1000 * (time.perf_counter() - start))
    yield Line(10, "a decision and all pairs, milliseconds", min(took), "< 50", min(took) < 50)


FIGURES = {
    1: (false_words, clustered_words), 2: (power,), 3: (many_looks, mixed_looks),
    4: (held_out, prompt_after_prompt), 5: (planned_rows,), 6: (wrong_leaders, cells_read),
    7: (by_people, rare_losses, deciders), 8: (own_scores,),
    9: (gate, tagged, same_prompt, old_answers), 10: (speed, whole_decision),
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--only", type=int, nargs="*", default=sorted(FIGURES))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    screen, repeat = (100, 2000) if given.fast else (400, 20_000)
    bench = Bench(given.seed, screen, repeat, load_patterns())
    missed = 0
    for figure in given.only:
        start = time.perf_counter()
        missed += told(line for check in FIGURES[figure] for line in check(bench))
        print(f"   {time.perf_counter() - start:.0f} s")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
