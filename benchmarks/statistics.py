"""Are the statistics as good as promised? Reproduces the figures of METHODS section 3 on recorded
critics.

    python benchmarks/statistics.py [--data FOLDER] [--seed 0] [--only 3] [--quick]

Prints reached or missed a line, with the figure, and exits with 0 only when all are reached;
minutes on two cores. The tables (default: ../shared/data beside the project) are numbers of other
people's: nothing of them is kept here.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path

import numpy as np

from workbench import stats
from workbench.critics.reading import read_rating

CRITICS = {
    "gpt-4": "gpt-4-0314/rts",
    "gpt-3.5": "gpt-3.5-turbo-0301/rts",
    "llama-70b": "llama-2-70b-chat-hf/rts",
}
DOLLARS_PER_1000_TOKENS = {
    "gpt-3.5": (0.0015, 0.002),
    "gpt-4": (0.03, 0.06),
}  # in, out; list prices of 2023
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
            raise SystemExit(
                f"no {name}*.jsonl in {self.data}: name the folder of the recorded tables with --data"
            )
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

    people: np.ndarray
    critics: dict[str, np.ndarray]
    dollars: dict[str, float]


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


def interval_honesty(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """The interval of people's pass rate holds it: on recorded critics and in corners of rates and
    error rates.
    """
    random, covered, wide = bench.random(1), [], []
    for (_, table), critic, count in product(tables.items(), CRITICS, (20, 50, 100)):
        y, f = (table.people.ravel() >= PASS).astype(float), table.critics[critic].ravel()
        hits, width, alone = _sampled_intervals(y, f, count, 1000, bench.times(1500), random)
        covered.append(hits)
        rho = np.corrcoef(y[~np.isnan(f)], f[~np.isnan(f)])[0, 1]
        if count >= 50:
            wide.append(width / alone / np.sqrt(1 - rho**2 * 1000 / (1000 + count)))
    yield at_least(1, "pass rate, recorded critics: worst coverage", min(covered), 0.93)
    yield at_least(1, "pass rate, recorded critics: mean coverage", float(np.mean(covered)), 0.945)
    yield at_most(
        1, "width over labels-only Wilson x sqrt(1 - rho² N/(N+n)), worst", max(wide), 1.15
    )
    corners = list(_corner_coverages(bench, random))
    yield at_least(1, f"{len(corners)} synthetic corners: worst coverage", min(corners), 0.92)
    yield at_least(
        1, f"{len(corners)} synthetic corners: mean coverage", float(np.mean(corners)), 0.945
    )


def _sampled_intervals(y, f, count, rest, times, random) -> tuple[float, float, float]:
    """Coverage, mean width, and mean width of labels alone, over samples drawn independently from
    the table.
    """
    hits, widths, alone = [], [], []
    for _ in range(times):
        labelled, others = random.integers(0, len(y), count), random.integers(0, len(y), rest)
        interval = stats.corrected_rate(y[labelled], f[labelled], f[others])
        hits.append(y.mean() in interval)
        widths.append(interval.half_width)
        alone.append(stats.wilson(y[labelled].mean(), count).half_width)
    return float(np.mean(hits)), float(np.mean(widths)), float(np.mean(alone))


def _corner_coverages(bench: Bench, random: np.random.Generator) -> Iterator[float]:
    rates, errors = (0.03, 0.1, 0.5, 0.9, 0.97), (0.0, 0.02, 0.3, 0.7)
    for theta, false_pass, false_fail, count in product(rates, errors, errors, (20, 50, 100)):
        hits = [
            theta
            in stats.corrected_rate(*_verdicts(theta, false_pass, false_fail, count, 1000, random))
            for _ in range(bench.times(1500))
        ]
        yield float(np.mean(hits))


def _verdicts(
    theta, false_pass, false_fail, count, rest, random
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    truth = random.random(count + rest) < theta
    chance = random.random(count + rest)
    verdict = np.where(truth, chance >= false_fail, chance < false_pass).astype(float)
    return truth[:count].astype(float), verdict[:count], verdict[count:]


def comparing_variants(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """The interval of the human difference between two variants at 50 labelled examples, against
    the naive one.
    """
    random = bench.random(2)
    covered, wrong, naive = [], [], []
    for (_, table), critic in product(tables.items(), CRITICS):
        found = np.array(
            [
                _pair_claims(
                    table.people[[a, b]], table.critics[critic][[a, b]], bench.times(60), random
                )
                for a, b in combinations(range(len(table.people)), 2)
            ]
        )
        hits, false, claims, naive_false, naive_claims = found.sum(axis=0)
        covered.append(hits / (len(found) * bench.times(60)))
        wrong.append(false / max(claims, 1))
        naive.append(naive_false / max(naive_claims, 1))
    yield at_least(
        2, "difference at 50 labels: worst coverage of a critic and aspect", min(covered), 0.93
    )
    yield at_most(
        2, f"claims with the wrong sign, worst (naive: {max(naive):.3f})", max(wrong), 0.01
    )


def _pair_claims(people, critic, times, random) -> list[float]:
    """Counts of intervals that hold the human difference, wrong claims, claims; the last two of the
    naive one too.
    """
    truth, counts = float((people[0] - people[1]).mean()), np.zeros(5)
    for _ in range(times):
        rows, rest = (
            random.integers(0, people.shape[1], 50),
            random.integers(0, people.shape[1], 200),
        )
        interval = stats.corrected_difference(*people[:, rows], *critic[:, rows], *critic[:, rest])
        naive = stats.paired_difference(*critic[:, np.r_[rows, rest]])
        counts += [truth in interval, *_claim(interval, truth), *_claim(naive, truth)]
    return counts.tolist()


def _claim(interval: stats.Interval, truth: float) -> tuple[bool, bool]:
    claimed = 0 not in interval
    return claimed and interval.estimate * truth < 0, claimed


def racing(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """The share of cells a race reads and how often it errs, on ratings and on 805 pairwise
    preferences.
    """
    settings = [
        table.critics[critic] for table, critic in product(tables.values(), ("gpt-4", "gpt-3.5"))
    ]
    for mode, times in (("asymptotic", 300), ("betting", 60)):
        used, wrong = zip(*(_races(bench, table, mode, times) for table in settings), strict=True)
        if mode == "asymptotic":
            yield at_most(
                3, "race on 12 x 100 ratings: mean share of cells", float(np.mean(used)), 0.48
            )
        goal = 0.62 if mode == "asymptotic" else 0.75
        yield at_most(3, f"{mode} race on ratings: worst share of cells", max(used), goal)
        yield at_most(3, f"{mode} race on ratings: worst share of errors over .1", max(wrong), 0.05)
    lines = [row["pref"] for row in bench.rows("alpacaeval1_gpt4") if row["kind"] == "variant"]
    preferences = np.array(
        [[np.nan if p is None or not 0 <= p <= 1 else p for p in row] for row in lines]
    )
    random = bench.random(3)
    for mode in ("asymptotic", "betting"):
        found = []
        for number in range(bench.times(50)):
            some = preferences[random.choice(len(preferences), 4 + number % 5, replace=False)]
            found.append(_race(some, 0.02, mode, (0, 1), number))
        used, wrong = np.mean(found, axis=0)
        yield at_most(
            3, f"{mode} race on 805 preferences, 4 to 8 variants: mean share of cells", used, 0.27
        )
        yield at_most(3, f"{mode} race on 805 preferences: errors over 2 points", wrong, 0.05)
    used, _ = _race(preferences, 0.02, "asymptotic", (0, 1), 0)
    yield at_most(
        3, f"asymptotic race of all {len(preferences)} variants: share of cells", used, 0.27
    )


def _races(bench: Bench, ratings: np.ndarray, mode: str, times: int) -> tuple[float, float]:
    seeds = bench.random(3).integers(0, 2**31, bench.times(times))
    used, wrong = np.mean([_race(ratings, 0.1, mode, (1, 5), int(seed)) for seed in seeds], axis=0)
    return float(used), float(wrong)


def _race(
    table: np.ndarray, within: float, mode: str, bounds: tuple[float, float], seed: int
) -> tuple[float, float]:
    result, means = (
        stats.race(table, within=within, mode=mode, bounds=bounds, seed=seed),
        np.nanmean(table, axis=1),
    )
    assert result.used == result.read.sum()
    return result.used / table.size, float(means[result.top[0]] < means.max() - within - 1e-9)


def peeking(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """False winners between equal variants (real differences with random signs), with a look after
    every example.
    """
    random = bench.random(4)
    for looks in (100, 400):
        bounded, free, naive = [], [], []
        for table in tables.values():
            ratings = table.critics["gpt-4"]
            pool = np.concatenate(
                [ratings[a] - ratings[b] for a, b in combinations(range(len(ratings)), 2)]
            )
            pool = pool[~np.isnan(pool)]
            rows = random.choice(pool, (bench.times(600), looks)) * random.choice(
                [-1, 1], (bench.times(600), looks)
            )
            bounded += [_crosses(row, bounds=(-4, 4)) for row in rows]
            free += [_crosses(row) for row in rows]
            naive += _t_crosses(rows)
        yield at_most(
            4, f"false winners, {looks} looks, with bounds", float(np.mean(bounded)), 0.05
        )
        what = f"false winners, {looks} looks, without bounds (repeated t: {np.mean(naive):.2f})"
        yield at_most(4, what, float(np.mean(free)), 0.05)


def _crosses(row: np.ndarray, bounds: tuple[float, float] | None = None) -> bool:
    low, high = stats.confidence_sequence(row, bounds=bounds)
    return bool(((low > 0) | (high < 0)).any())


def _t_crosses(rows: np.ndarray) -> list[bool]:
    t = np.arange(1, rows.shape[1] + 1)
    mean = np.cumsum(rows, axis=1) / t
    error = np.sqrt(
        np.maximum(np.cumsum(rows**2, axis=1) / t - mean**2, 1e-12) / np.maximum(t - 1, 1)
    )
    return (np.abs(mean / error)[:, 9:] > 2).any(axis=1).tolist()


def labels_on_finalists(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """How often 60 labels on a critic's top four end within .1 of people's best, and spread over
    all twelve.
    """
    random, near, spread = bench.random(5), [], []
    for table, critic in product(tables.values(), ("gpt-4", "gpt-3.5")):
        people, scores = table.people, table.critics[critic]
        good = people.mean(axis=1) >= people.mean(axis=1).max() - 0.1 - 1e-9
        finalists = np.argsort(-np.nanmean(scores, axis=1))[:4]
        picks = [
            _best_labelled(people, scores, finalists, 15, random) for _ in range(bench.times(300))
        ]
        near.append(float(np.mean(good[picks])))
        thin = [
            _best_labelled(people, scores, np.arange(len(people)), 5, random)
            for _ in range(bench.times(300))
        ]
        spread.append(float(np.mean(good[thin])))
    what = f"60 labels on the critic's top four within .1 of people's best, worst (spread evenly: {min(spread):.2f})"
    yield at_least(5, what, min(near), 0.95)


def _best_labelled(people, scores, variants, count, random) -> int:
    labelled = random.permutation(people.shape[1])
    rows, rest = labelled[:count], labelled[count:]
    means = [
        stats.corrected_mean(people[v, rows], scores[v, rows], scores[v, rest]).estimate
        for v in variants
    ]
    return int(variants[int(np.argmax(means))])


def cascade(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """Accuracy of a cheap critic with a strong one for doubtful cells, on 600 rows it was not
    fitted on.
    """
    random = bench.random(6)
    for aspect, table in tables.items():
        y, found = (table.people.ravel() >= PASS).astype(float), []
        cheap, strong = (table.critics[name].ravel() for name in ("gpt-3.5", "gpt-4"))
        for _ in range(bench.times(60)):
            order = random.permutation(len(y))
            fitted, held = order[:600], order[600:]
            ways = stats.fit_cascade(y[fitted], cheap[fitted], strong[fitted], share=0.28)
            prices = (table.dollars["gpt-3.5"], table.dollars["gpt-4"])
            report = stats.cascade_report(ways, y[held], cheap[held], strong[held], prices=prices)
            raw = float(np.mean((strong[held] >= PASS) == (y[held] == 1)))
            found.append([report.cascade.estimate, max(report.strong.estimate, raw), report.cost])
        accuracy, best, cost = np.mean(found, axis=0)
        yield at_least(
            6, f"{aspect}: accuracy minus the strong critic's ({best:.3f})", accuracy - best, -0.005
        )
        yield at_most(6, f"{aspect}: cost as a share of the strong critic's", cost, 0.35)


def calibration(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """Calibration error, Brier score and AUC of P(pass) on the rows that were not labelled."""
    random = bench.random(7)
    for count, goal in ((30, 0.10), (100, 0.07)):
        errors, gains, kept, raw = [], [], [], []
        for table, critic in product(tables.values(), ("gpt-4", "gpt-3.5")):
            y, f = (table.people.ravel() >= PASS).astype(float), table.critics[critic].ravel()
            found = [
                _calibrated(y, f, random.permutation(len(y)), count)
                for _ in range(bench.times(500))
            ]
            error, gain, lost = np.mean(found, axis=0)
            errors, gains, kept = [*errors, error], [*gains, gain], [*kept, lost]
            raw.append(stats.calibration_error(y, (f - 1) / 4))
        yield at_most(
            7,
            f"calibration error after {count} labels, worst (raw: {max(raw):.2f})",
            max(errors),
            goal,
        )
        yield at_most(
            7, f"Brier score minus the base rate's after {count} labels, worst", max(gains), 0.0
        )
        yield at_most(7, f"AUC lost after {count} labels, worst", max(kept), 1e-9)


def _calibrated(y, f, order, count) -> tuple[float, float, float]:
    fitted, held = order[:count], order[count:]
    found = stats.calibration_of(y[held], stats.calibrate(y[fitted], f[fitted])(f[held]))
    return (
        found.error,
        found.brier - found.base_brier,
        stats.auc(y[held], f[held]).estimate - found.auc,
    )


def reading(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """Ratings read from recorded replies; pair verdicts in both orders; a constant output."""
    rows = bench.rows("critic_replies")
    pairs = [(row["rating"], read_rating(row["reply"], low=1, high=5)) for row in rows]
    wrong = np.mean([truth is not None and truth != read for truth, read in pairs])
    yield at_most(8, f"{len(rows)} replies: share of ratings read wrong", float(wrong), 0.01)
    yield at_most(
        8,
        "replies without a rating that were scored",
        sum(t is None and r == r for t, r in pairs),
        0,
    )
    both = bench.rows("summeval_pairs_swap")
    sides = {"A": 1.0, "B": -1.0, "C": 0.0}
    a_first, b_first = (
        [sides.get(row[key], np.nan) for row in both] for key in ("pick_ab", "pick_ba")
    )
    found = stats.position_consistency(a_first, -np.array(b_first))
    counted = found.winner[~np.isnan(found.winner)] != 0
    disagree = np.array(a_first) != -np.array(b_first)
    yield at_most(
        8,
        f"pair verdicts counted although the orders disagree ({found.consistent.estimate:.2f} agree)",
        int((counted & disagree[~np.isnan(found.winner)]).sum()),
        0,
    )
    flagged = [
        stats.sameness([1] * 100, [80] * 100).constant,
        stats.sameness(np.arange(100), [80] * 100).constant,
    ]
    yield Line(
        8,
        "a constant output is flagged, a varied one is not",
        sum(flagged),
        "1 of 2",
        flagged == [True, False],
    )


def golden_values(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """Rogan-Gladen's published limits, and point estimates equal to those of ppi-python."""
    published = {
        (0.4, 0.7, 0.9, 1000, 200, 200): (0.056351, 0.262733),
        (0.62, 0.85, 0.93, 2000, 150, 350): (0.554477, 0.645633),
        (1, 1, 1, 50, 10, 10): (0.904314, 1.0),
    }
    off = max(
        max(abs(found.low - low), abs(found.high - high))
        for given, (low, high) in published.items()
        for found in [stats.rogan_gladen(*given)]
    )
    yield at_most(9, "Rogan-Gladen, distance from the published limits (6 digits)", off, 1e-6)
    try:
        from ppi_py import ppi_mean_pointestimate
    except ImportError:
        yield Line(
            9,
            "point estimates: ppi-python, the oracle, is not installed",
            np.nan,
            "<= 1e-09",
            False,
        )
        return
    random, far = bench.random(9), 0.0
    for table, critic in product(tables.values(), ("gpt-3.5", "llama-70b")):
        y, f = (table.people.ravel() >= PASS).astype(float), table.critics[critic].ravel()
        rows, rest = random.permutation(len(y))[:50], random.permutation(len(y))[50:]
        oracle = float(ppi_mean_pointestimate(y[rows], f[rows], f[rest])[0])
        far = max(far, abs(stats.corrected_rate(y[rows], f[rows], f[rest]).estimate - oracle))
    yield at_most(9, "point estimates, distance from ppi-python's", far, 1e-9)


def at_least(figure: int, what: str, value: float, goal: float) -> Line:
    return Line(figure, what, value, f">= {goal:g}", bool(value >= goal))


def at_most(figure: int, what: str, value: float, goal: float) -> Line:
    return Line(figure, what, value, f"<= {goal:g}", bool(value <= goal))


Figure = Callable[[Bench, dict[str, Table]], Iterator[Line]]
FIGURES: list[Figure] = [
    interval_honesty, comparing_variants, racing, peeking, labels_on_finalists, cascade, calibration, reading,
    golden_values,
]  # fmt: skip


def main() -> int:
    beside = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--data", type=Path, default=beside, help="folder of the recorded tables")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, choices=range(1, len(FIGURES) + 1), help="one figure")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the repetitions: noisy, for a look"
    )
    options = parser.parse_args()
    bench = Bench(options.data, options.seed, 0.1 if options.quick else 1.0)
    started, missed = time.monotonic(), 0
    tables = load_tables(bench)
    for figure in [FIGURES[options.only - 1]] if options.only else FIGURES:
        for line in figure(bench, tables):
            missed += not line.reached
            word = "reached" if line.reached else "MISSED "
            print(f"{word}  {line.figure}  {line.what}: {line.value:.4g} ({line.goal})", flush=True)
    print(f"{missed or 'none'} missed, {time.monotonic() - started:.0f} s, seed {bench.seed}")
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
