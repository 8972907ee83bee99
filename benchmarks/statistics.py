"""Are the statistics as good as promised? Reproduces the figures of METHODS section 3 on recorded
critics.

    python -m benchmarks.statistics [--data FOLDER] [--seed 0] [--only 3] [--quick]

Prints reached or missed a line, with the figure, and exits with 0 only when all are reached;
minutes on two cores. The tables (default: ../shared/data beside the project) are numbers of other
people's: nothing of them is kept here.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from itertools import combinations, product
from pathlib import Path

import numpy as np

from benchmarks.recorded import CRITICS, PASS, Bench, Line, Table, at_least, at_most, load_tables
from benchmarks.replies import reading
from workbench import stats
from workbench.stats.intervals import Floats


def interval_honesty(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """The interval of people's pass rate holds it: on recorded critics and in corners of rates and
    error rates.
    """
    random = bench.random(1)
    covered, wide = zip(*_recorded_intervals(bench, tables, random), strict=True)
    yield at_least(1, "pass rate, recorded critics: worst coverage", min(covered), 0.93)
    yield at_least(1, "pass rate, recorded critics: mean coverage", float(np.mean(covered)), 0.945)
    what = "width over labels-only Wilson x sqrt(1 - rho² N/(N+n)), worst"
    yield at_most(1, what, float(np.nanmax(wide)), 1.15)
    corners = list(_corner_coverages(bench, random))
    what = f"{len(corners)} synthetic corners"
    yield at_least(1, f"{what}: worst coverage", min(corners), 0.92)
    yield at_least(1, f"{what}: mean coverage", float(np.mean(corners)), 0.945)


def _recorded_intervals(
    bench: Bench, tables: dict[str, Table], random: np.random.Generator
) -> Iterator[tuple[float, float]]:
    """Coverage and relative width in every setting; NaN width under 50 labels."""
    for (_, table), critic, count in product(tables.items(), CRITICS, (20, 50, 100)):
        y, f = table.passed, table.cells(critic)
        hits, width, alone = _sampled_intervals(y, f, count, 1000, bench.times(1500), random)
        known = ~np.isnan(f)
        rho = np.corrcoef(y[known], f[known])[0, 1]
        least = alone * np.sqrt(1 - rho**2 * 1000 / (1000 + count))
        yield hits, width / least if count >= 50 else np.nan


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


def _verdicts(theta, false_pass, false_fail, count, rest, random) -> tuple[Floats, Floats, Floats]:
    truth = random.random(count + rest) < theta
    chance = random.random(count + rest)
    verdict = np.where(truth, chance >= false_fail, chance < false_pass).astype(float)
    return truth[:count].astype(float), verdict[:count], verdict[count:]


def comparing_variants(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """The interval of the human difference between two variants at 50 labelled examples, against
    the naive one.
    """
    random, settings = bench.random(2), product(tables.values(), CRITICS)
    found = [_claims(table, critic, bench.times(60), random) for table, critic in settings]
    covered, wrong, naive = zip(*found, strict=True)
    yield at_least(2, "difference at 50 labels: worst coverage of a setting", min(covered), 0.93)
    what = f"claims with the wrong sign, worst (naive: {max(naive):.3f})"
    yield at_most(2, what, max(wrong), 0.01)


def _claims(table: Table, critic: str, times: int, random) -> tuple[float, float, float]:
    """Coverage, and the share of claims that are wrong in sign: corrected, and naive."""
    people, scores = table.people, table.critics[critic]
    pairs = [list(pair) for pair in combinations(range(len(people)), 2)]
    found = [_pair_claims(people[pair], scores[pair], times, random) for pair in pairs]
    hits, false, claims, naive_false, naive_claims = np.sum(found, axis=0)
    covered = hits / (len(found) * times)
    return covered, false / max(claims, 1), naive_false / max(naive_claims, 1)


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
    pairs = product(tables.values(), ("gpt-4", "gpt-3.5"))
    settings = [table.critics[critic] for table, critic in pairs]
    for mode, times in (("asymptotic", 300), ("betting", 60)):
        used, wrong = zip(*(_races(bench, table, mode, times) for table in settings), strict=True)
        if mode == "asymptotic":
            what = "race on 12 x 100 ratings: mean share of cells"
            yield at_most(3, what, float(np.mean(used)), 0.53)
        goal = 0.68 if mode == "asymptotic" else 0.75
        yield at_most(3, f"{mode} race on ratings: worst share of cells", max(used), goal)
        yield at_most(3, f"{mode} race on ratings: worst share of errors over .1", max(wrong), 0.05)
    yield from _racing_preferences(bench)


def _racing_preferences(bench: Bench) -> Iterator[Line]:
    table, random = _preferences(bench), bench.random(3)
    for mode in ("asymptotic", "betting"):
        found = []
        for number in range(bench.times(50)):
            some = table[random.choice(len(table), 4 + number % 5, replace=False)]
            found.append(_race(some, 0.02, mode, (0, 1), number))
        used, wrong = np.mean(found, axis=0)
        what = f"{mode} race on 805 preferences"
        yield at_most(3, f"{what}, 4 to 8 variants: mean share of cells", used, 0.27)
        yield at_most(3, f"{what}: errors over 2 points", wrong, 0.05)
    used, _ = _race(table, 0.02, "asymptotic", (0, 1), 0)
    yield at_most(3, f"asymptotic race of all {len(table)} variants: share of cells", used, 0.27)


def _preferences(bench: Bench) -> Floats:
    rows = [row["pref"] for row in bench.rows("alpacaeval1_gpt4") if row["kind"] == "variant"]
    table = np.array(rows, dtype=float)  # None is NaN
    return np.where((table >= 0) & (table <= 1), table, np.nan)


def _races(bench: Bench, ratings: Floats, mode: str, times: int) -> tuple[float, float]:
    seeds = bench.random(3).integers(0, 2**31, bench.times(times))
    used, wrong = np.mean([_race(ratings, 0.1, mode, (1, 5), int(seed)) for seed in seeds], axis=0)
    return float(used), float(wrong)


def _race(
    table: Floats, within: float, mode: str, bounds: tuple[float, float], seed: int
) -> tuple[float, float]:
    result = stats.race(table, within=within, mode=mode, bounds=bounds, seed=seed)
    means = np.nanmean(table, axis=1)
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
            rows = _null_differences(table.critics["gpt-4"], bench.times(600), looks, random)
            bounded += [_crosses(row, bounds=(-4, 4)) for row in rows]
            free += [_crosses(row) for row in rows]
            naive += _t_crosses(rows)
        what = f"false winners, {looks} looks"
        yield at_most(4, f"{what}, with bounds", float(np.mean(bounded)), 0.05)
        what += f", without bounds (repeated t: {np.mean(naive):.2f})"
        yield at_most(4, what, float(np.mean(free)), 0.05)


def _null_differences(
    ratings: Floats, times: int, looks: int, random: np.random.Generator
) -> Floats:
    """Differences of two variants as recorded, with random signs."""
    pairs = combinations(range(len(ratings)), 2)
    pool = np.concatenate([ratings[a] - ratings[b] for a, b in pairs])
    pool = pool[~np.isnan(pool)]
    return random.choice(pool, (times, looks)) * random.choice([-1, 1], (times, looks))


def _crosses(row: Floats, bounds: tuple[float, float] | None = None) -> bool:
    low, high = stats.confidence_sequence(row, bounds=bounds)
    return bool(((low > 0) | (high < 0)).any())


def _t_crosses(rows: Floats) -> list[bool]:
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
        scores = table.critics[critic]
        finalists = np.argsort(-np.nanmean(scores, axis=1))[:4]
        near.append(_near_best(bench, table.people, scores, finalists, 15, random))
        everyone = np.arange(len(scores))
        spread.append(_near_best(bench, table.people, scores, everyone, 5, random))
    spread_out = f"(spread evenly: {min(spread):.2f})"
    what = f"60 labels on the critic's top four within .1 of people's best, worst {spread_out}"
    yield at_least(5, what, min(near), 0.95)


def _near_best(bench: Bench, people, scores, variants, count, random) -> float:
    """How often the best of the labelled variants is within .1 of people's best."""
    means = people.mean(axis=1)
    good = means >= means.max() - 0.1 - 1e-9
    times = bench.times(300)
    picks = [_best_labelled(people, scores, variants, count, random) for _ in range(times)]
    return float(np.mean(good[picks]))


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
        found = [_cascaded(table, random) for _ in range(bench.times(60))]
        accuracy, best, cost = np.mean(found, axis=0)
        what = f"{aspect}: accuracy minus the strong critic's ({best:.3f})"
        yield at_least(6, what, accuracy - best, -0.005)
        yield at_most(6, f"{aspect}: cost as a share of the strong critic's", cost, 0.35)


def _cascaded(table: Table, random: np.random.Generator) -> tuple[float, float, float]:
    """Accuracy of a cascade and of the strong critic on held-out cells, and the cascade's cost."""
    y, cheap, strong = table.passed, table.cells("gpt-3.5"), table.cells("gpt-4")
    order = random.permutation(len(y))
    fitted, held = order[:600], order[600:]
    ways = stats.fit_cascade(y[fitted], cheap[fitted], strong[fitted], share=0.28)
    prices = (table.dollars["gpt-3.5"], table.dollars["gpt-4"])
    report = stats.cascade_report(ways, y[held], cheap[held], strong[held], prices=prices)
    raw = float(np.mean((strong[held] >= PASS) == (y[held] == 1)))
    return report.cascade.estimate, max(report.strong.estimate, raw), report.cost


RATINGS = stats.Scale(1, 5)


def calibration(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """Calibration error, Brier score and AUC of P(pass) on the rows that were not labelled."""
    random = bench.random(7)
    for count, goal in ((30, 0.10), (100, 0.07)):
        settings = product(tables.values(), ("gpt-4", "gpt-3.5"))
        times = bench.times(500)
        found = [_calibrations(table, critic, count, times, random) for table, critic in settings]
        error, gain, lost, raw = np.max(found, axis=0)
        after = f"after {count} labels, worst"
        yield at_most(7, f"calibration error {after} (raw: {raw:.2f})", error, goal)
        yield at_most(7, f"Brier score minus the base rate's {after}", gain, 0.0)
        yield at_most(7, f"AUC lost {after}", lost, 1e-9)


def _calibrations(table: Table, critic: str, count: int, times: int, random) -> list[float]:
    """Means over labelled samples, and the error of the rating taken as a probability."""
    y, f = table.passed, table.cells(critic)
    each = [_calibrated(y, f, count, random) for _ in range(times)]
    return [*np.mean(each, axis=0), stats.calibration_error(y, RATINGS.share(f))]


def _calibrated(y, f, count, random) -> tuple[float, float, float]:
    order = random.permutation(len(y))
    fitted, held = order[:count], order[count:]
    found = stats.calibration_of(y[held], stats.calibrate(y[fitted], f[fitted])(f[held]))
    lost = stats.auc(y[held], f[held]).estimate - found.auc
    return found.error, found.brier - found.base_brier, lost


PUBLISHED = {
    (0.4, 0.7, 0.9, 1000, 200, 200): (0.056351, 0.262733),
    (0.62, 0.85, 0.93, 2000, 150, 350): (0.554477, 0.645633),
    (1, 1, 1, 50, 10, 10): (0.904314, 1.0),
}  # limits of Rogan-Gladen


def golden_values(bench: Bench, tables: dict[str, Table]) -> Iterator[Line]:
    """Rogan-Gladen's published limits, and point estimates equal to those of ppi-python."""
    found = [(stats.rogan_gladen(*given), limits) for given, limits in PUBLISHED.items()]
    off = max(max(abs(each.low - low), abs(each.high - high)) for each, (low, high) in found)
    yield at_most(9, "Rogan-Gladen, distance from the published limits (6 digits)", off, 1e-6)
    try:
        from ppi_py import ppi_mean_pointestimate
    except ImportError:
        what = "point estimates: ppi-python, the oracle, is not installed"
        yield Line(9, what, np.nan, "<= 1e-09", False)
        return
    far = _far_from(ppi_mean_pointestimate, bench.random(9), tables)
    yield at_most(9, "point estimates, distance from ppi-python's", far, 1e-9)


def _far_from(
    oracle: Callable[..., Floats], random: np.random.Generator, tables: dict[str, Table]
) -> float:
    far = 0.0
    for table, critic in product(tables.values(), ("gpt-3.5", "llama-70b")):
        y, f = table.passed, table.cells(critic)
        rows, rest = random.permutation(len(y))[:50], random.permutation(len(y))[50:]
        found = stats.corrected_rate(y[rows], f[rows], f[rest]).estimate
        far = max(far, abs(found - float(oracle(y[rows], f[rows], f[rest])[0])))
    return far


Figure = Callable[[Bench, dict[str, Table]], Iterator[Line]]
FIGURES: list[Figure] = [
    interval_honesty, comparing_variants, racing, peeking, labels_on_finalists, cascade,
    calibration, reading, golden_values,
]  # fmt: skip


def main() -> int:
    options = _options()
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


def _options() -> argparse.Namespace:
    beside = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--data", type=Path, default=beside, help="folder of the recorded tables")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, choices=range(1, len(FIGURES) + 1), help="one figure")
    quick = "a tenth of the repetitions: noisy, for a look"
    parser.add_argument("--quick", action="store_true", help=quick)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
