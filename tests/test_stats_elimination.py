"""Races: fewer cells, the same winner."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.stats import Race, race

quick = settings(max_examples=20, deadline=None)


def ratings(variants, examples, seed, spread=0.15):
    """A table of 1..5 ratings; later variants are better, examples differ in difficulty."""
    random = np.random.default_rng(seed)
    quality = 3 + spread * np.arange(variants)[:, None] + random.normal(0, 0.7, examples)
    return np.clip(np.round(quality + random.normal(0, 0.8, (variants, examples))), 1, 5)


@pytest.mark.parametrize("mode", ["asymptotic", "betting"])
def test_a_race_reads_fewer_cells_and_errs_seldom(mode):
    used, wrong = [], []
    for seed in range(25):
        table = ratings(6, 120, seed)
        result = race(table, within=0.1, mode=mode, bounds=(1, 5), seed=seed)
        means = table.mean(axis=1)
        used.append(result.used / table.size)
        wrong.append(means[result.top[0]] < means.max() - 0.1)
    assert np.mean(used) < (0.6 if mode == "asymptotic" else 0.8)
    assert np.mean(wrong) <= 0.05


@pytest.mark.parametrize("pass_rates", [[0.9] * 5, [0.05, 0.02, 0.02], [0.98, 0.94]])
def test_rare_fails_and_ties_do_not_end_a_race_early(pass_rates):
    wrong = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        hard = random.random(100)
        table = (
            hard + random.normal(0, 0.01, (len(pass_rates), 100)) < np.array(pass_rates)[:, None]
        ).astype(float)
        top = race(table, within=0.02, bounds=(0, 1), seed=seed).top
        wrong.append(table.mean(axis=1)[top[0]] < table.mean(axis=1).max() - 0.02 - 1e-9)
    assert np.mean(wrong) <= 0.05


@quick
@given(st.integers(0, 1000), st.sampled_from(["asymptotic", "betting"]))
def test_only_the_cells_that_were_read_decide(seed, mode):
    table = ratings(4, 60, seed)
    result = race(table, within=0.1, mode=mode, bounds=(1, 5), seed=seed)
    hidden = np.where(result.read, table, 1.0)
    again = race(hidden, within=0.1, mode=mode, bounds=(1, 5), seed=seed)
    assert again.top == result.top and (again.read == result.read).all()
    assert result.used == result.read.sum()
    assert sorted(result.top + result.eliminated) == [0, 1, 2, 3]


@quick
@given(st.integers(0, 1000), st.permutations(range(4)))
def test_the_order_of_variants_changes_nothing(seed, order):
    table = ratings(4, 60, seed) + np.arange(4)[:, None] * 1e-6  # no exact ties
    straight, moved = (
        race(table, within=0.1, bounds=(1, 5.001), seed=seed),
        race(table[list(order)], within=0.1, bounds=(1, 5.001), seed=seed),
    )
    assert tuple(order[j] for j in moved.top) == straight.top and moved.used == straight.used


@quick
@given(st.integers(0, 1000))
def test_batches_follow_the_same_rule(seed):
    table = ratings(4, 60, seed)
    state = Race(4, 60, within=0.1, bounds=(1, 5))
    for start in range(0, 60, 5):
        if state.done:
            break
        state.see(table[:, start : start + 5])
    single = Race(4, 60, within=0.1, bounds=(1, 5))
    for example in range(60):
        if single.done:
            break
        single.see(table[:, example])
    assert single.used <= state.used
    assert single.alive[state.top[0]] or state.used > single.used


def test_every_survivor_has_read_the_same_examples():
    result = race(ratings(6, 120, 3, spread=0.4), within=0.1, bounds=(1, 5))
    counts = result.read.sum(axis=1)
    assert all(counts[j] == counts.max() for j in result.top)
    assert [counts[j] for j in result.eliminated] == sorted(counts[j] for j in result.eliminated)
    assert counts[result.eliminated[0]] < counts.max()


def test_a_table_read_to_the_end_gives_the_exact_best():
    table = np.array([[1, 0, 1, 0], [1, 1, 1, 0], [0, 1, 1, 1]], dtype=float)
    result = race(table, within=0, bounds=(0, 1))
    assert result.top == (1, 2) and result.used == 12
    assert race(table, within=0, mode="betting", bounds=(0, 1)).top == (1, 2)


def test_one_variant_costs_nothing_and_no_examples_decide_nothing():
    assert (
        race([[1.0, 0.0]], within=0.1, bounds=(0, 1)).top == (0,)
        and race([[1.0, 0.0]], within=0.1, bounds=(0, 1)).used == 0
    )
    assert race(np.empty((3, 0)), within=0.1, bounds=(0, 1)).top == (0, 1, 2)


def test_equal_variants_all_stay():
    result = race(np.ones((3, 40)), within=0.1, bounds=(0, 1))
    assert result.top == (0, 1, 2) and result.eliminated == ()


def test_an_unscored_cell_is_no_loss():
    table = ratings(3, 100, 5, spread=0.6)
    best = table.copy()
    best[2, ::3] = math.nan
    result = race(best, within=0.1, bounds=(0, 5))
    assert result.top[0] == 2
    assert race(np.nan_to_num(best), within=0.1, bounds=(0, 5)).top[0] != 2


@pytest.mark.parametrize("mode", ["asymptotic", "betting"])
@pytest.mark.parametrize("missing", [0.2, 0.5])
def test_the_claim_is_about_each_variants_own_mean_where_cells_are_unscored(mode, missing):
    wrong = []
    for seed in range(100):
        random = np.random.default_rng(seed)
        table = (random.random((4, 100)) < 0.8).astype(float)
        table[random.random(table.shape) < missing] = math.nan
        means = np.nanmean(table, axis=1)
        top = race(table, within=0.02, mode=mode, bounds=(0, 1), seed=seed).top
        wrong.append(means[top[0]] < means.max() - 0.02 - 1e-9)
    assert np.mean(wrong) <= 0.05


def test_variants_that_are_each_behind_another_where_they_meet_still_have_a_best():
    table = np.full((3, 90), math.nan)
    table[0, :30], table[0, 30:60] = (
        0.5,
        0.4,
    )  # behind 1 where they meet, as 1 is behind 2 and 2 behind 0
    table[1, 30:60], table[1, 60:] = 0.52, 0.4
    table[2, 60:], table[2, :30] = 0.5, 0.4
    state = Race(3, 90, within=0, bounds=(0, 1))
    state.see(table)
    assert state.top == race(table, within=0, bounds=(0, 1)).top == (1,)


def test_an_infinite_score_is_unscored():
    table = ratings(3, 100, 5, spread=0.6)
    table[2, :4], table[0, :4] = -math.inf, math.inf
    assert (
        race(table, within=0.1, bounds=(1, 5)).top
        == race(np.where(np.isinf(table), math.nan, table), within=0.1, bounds=(1, 5)).top
    )


def test_a_variant_that_is_never_scored_leaves_and_never_wins():
    table = ratings(3, 100, 5)
    table[2] = math.nan
    result = race(table, within=0.1, bounds=(1, 5))
    assert 2 in result.eliminated and 2 not in result.top and result.read[2].sum() == 20
    short = race(table[:, :10] - 9, within=0.1, bounds=(-9, 0))  # below 0, which no score is not
    assert 2 in short.eliminated and short.top and 2 not in short.top
    state = Race(3, 100, within=0.1, bounds=(-9, 0))
    state.see(table[:, :5] - 9)
    assert state.top[-1] == 2
    nothing = race(np.full((3, 30), math.nan), within=0.1, bounds=(0, 1))
    assert nothing.top == () and nothing.used == 60


def test_without_bounds_the_scale_is_as_wide_as_the_scores_so_far_show():
    table = ratings(6, 120, 3, spread=0.4)
    free, told = race(table, within=0.1), race(table, within=0.1, bounds=(1, 5))
    assert free.top[0] == told.top[0] == 5 and 0 < free.used <= told.used < table.size
    same = np.full((3, 40), 0.5)
    assert race(same, within=0.1).used == race(same, within=0.1, bounds=(0, 1)).used
    hidden = np.where(free.read, table, -900.0)  # what was not read widens nothing
    assert race(hidden, within=0.1).used == free.used


def test_betting_is_refused_without_the_ends_of_the_scale():
    with pytest.raises(ValueError, match=r"betting needs bounds=\(low, high\)"):
        race(np.ones((2, 9)), within=0.1, mode="betting")


def test_a_score_off_the_scale_is_unscored():
    table = ratings(3, 100, 6, spread=0.6)
    table[2, 7] = -99
    assert race(table, within=0.1, bounds=(1, 5)).top[0] == 2


@pytest.mark.parametrize(
    ("loss", "high", "examples"),
    [(0.5, 1, 8), (0.3, 1, 10), (0.1, 1, 23), (1, 10, 23), (0.1, 10, 86)],
)
def test_pairs_without_spread_are_as_doubtful_as_the_scale_is_wide(loss, high, examples):
    state = Race(2, 100, within=0, bounds=(0, high))
    while not state.done:
        state.see([0.0, loss])
    assert (state.top, state.seen) == ((1,), examples)


def test_mistaken_calls_are_refused():
    for bounds in ((1, 0), (1, 1), (0, math.inf), (math.nan, 1)):
        for mode in ("betting", "asymptotic"):
            with pytest.raises(ValueError, match="bounds"):
                race(np.ones((2, 5)), within=0.1, mode=mode, bounds=bounds)
    for within in (-0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match="within"):
            race(np.ones((2, 5)), within=within, bounds=(0, 1))
    for alpha in (0, 1, 5, math.nan):
        with pytest.raises(ValueError, match="alpha"):
            race(np.ones((2, 5)), within=0.1, bounds=(0, 1), alpha=alpha)
    with pytest.raises(ValueError, match="mode"):
        race(np.ones((2, 5)), within=0.1, bounds=(0, 1), mode="fast")
    with pytest.raises(ValueError, match="table"):
        race([1.0, 2.0], within=0.1, bounds=(1, 2))
    finished = Race(1, 5, within=0.1, bounds=(0, 1))
    with pytest.raises(ValueError, match="over"):
        finished.see([1.0])
