"""Limits of a mean on a scale with known ends: golden values, edges, and what they promise."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaincinv, ndtr

from workbench.stats import (
    bounded_interval,
    lower_limits,
    mean_limits,
    own_score,
    p_mean_at_least,
    p_mean_at_most,
    upper_limits,
)

GOLDEN = Path(__file__).resolve().parents[2] / "shared" / "data" / "bound_golden.jsonl"
EIGHTEEN_OF_20 = np.r_[np.ones(18), np.zeros(2)]
NINE_UP_ONE_DOWN = np.r_[np.ones(9), np.zeros(20), -1]
quick = settings(max_examples=40, deadline=None)
shares = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def close(value, wanted):
    assert value == pytest.approx(wanted, abs=5e-4)


def test_the_p_values_of_the_published_examples():
    close(p_mean_at_most(EIGHTEEN_OF_20, 0.7, 0), 0.0356)
    close(p_mean_at_most(NINE_UP_ONE_DOWN, 0, -1), 0.0109)
    close(p_mean_at_most(np.full(20, 0.1), 0, -1), 0.1503)


def test_the_limits_of_the_published_examples():
    close(list(bounded_interval(EIGHTEEN_OF_20, (0, 1))), [0.9, 0.6828, 0.9877])
    close(list(bounded_interval(NINE_UP_ONE_DOWN, (-1, 1))), [8 / 30, 0.0355, 0.4748])
    close(list(bounded_interval(np.full(20, 5), (1, 5))), [5, 4.323, 5])
    assert bounded_interval(np.full(20, 5), (1, 5)).high == 5


def test_twenty_four_examples_with_two_million_draws_each():
    if not GOLDEN.exists():
        pytest.skip("the shared golden values are not beside this checkout")
    lines = [json.loads(line) for line in GOLDEN.read_text().splitlines()]
    assert len(lines) == 24
    for line in lines:
        p = float(p_mean_at_most(line["x"], line["m"], line["ends"][0]))
        interval = bounded_interval(line["x"], line["ends"], line["tail"])
        close([p, interval.low, interval.high], [line["p"], line["low"], line["high"]])
        assert p == pytest.approx(line["p_drawn"], abs=0.005 if p > 0.05 else 0.0015)


@pytest.mark.parametrize("passes, rows", [(5, 10), (18, 20), (1, 30), (47, 50), (99, 100)])
def test_of_zeros_and_ones_the_limits_are_clopper_and_pearsons(passes, rows):
    interval = bounded_interval(np.arange(rows) < passes, (0, 1))
    assert interval.low == pytest.approx(betaincinv(passes, rows - passes + 1, 0.025), abs=1e-3)
    assert interval.high == pytest.approx(betaincinv(passes + 1, rows - passes, 0.975), abs=1e-3)


def plain(x, m, far, counts):
    """The formula as it is written down, by bisection."""
    y, c = np.append(x, far) - m, np.append(counts, 1.0)
    low, high = 1 / y.min(), 1 / y.max()
    for _ in range(200):
        s = (low + high) / 2
        low, high = (low, s) if (c * y / (1 - s * y)).sum() > 0 else (s, high)
    second = (c * (y / (1 - s * y)) ** 2).sum()
    r = np.sign(s) * math.sqrt(2 * (c * np.log(1 - s * y)).sum())
    return ndtr(r + math.log(s * math.sqrt(second) / r) / r)


@quick
@given(shares, st.floats(0.02, 0.98), st.integers(0, 9))
def test_the_search_by_tilt_solves_the_formula_as_it_is_written_down(x, m, seed):
    counts = np.random.default_rng(seed).uniform(0.5, 3, len(x))
    centre = (counts @ x) / (counts.sum() + 1)
    if max(x) - m > 1e-3 and abs(m - centre) > 0.02:
        assert p_mean_at_most(x, m, 0, counts) == pytest.approx(plain(x, m, 0, counts), abs=1e-6)


def test_far_from_normal_the_p_value_is_that_of_draws():
    x = np.r_[np.full(25, 0.3), np.full(3, -1.0)]
    weights = np.random.default_rng(0).exponential(size=(200_000, 29))
    drawn = (weights @ np.append(x, -1.0) <= 0).mean()
    assert p_mean_at_most(x, 0, -1) == pytest.approx(drawn, abs=0.003)


@quick
@given(shares, st.floats(1e-6, 0.2))
def test_a_limit_is_where_p_is_the_tail(x, tail):
    low = float(lower_limits(x, (0, 1), tail))
    high = float(upper_limits(x, (0, 1), tail))
    assert 0 <= low <= np.mean(x) + 1e-9 and np.mean(x) - 1e-9 <= high <= 1
    if low > 1e-6:
        assert p_mean_at_most(x, low, 0) == pytest.approx(tail, rel=1e-3)
    if high < 1 - 1e-6:
        assert p_mean_at_least(x, high, 1) == pytest.approx(tail, rel=1e-3)


@quick
@given(shares)
def test_p_grows_with_the_mean_that_is_asked_about(x):
    p = [float(p_mean_at_most(x, m, 0)) for m in np.linspace(0, 1, 41)]
    assert (np.diff(p) >= -1e-6).all()
    assert p[-1] == 1


def test_limits_move_with_the_scale_and_turn_with_its_direction():
    x = np.array([0.1, 0.4, 0.9, 0.9, 1.0])
    unit, wide = bounded_interval(x, (0, 1)), bounded_interval(200 * x - 50, (-50, 150))
    assert list(wide) == pytest.approx([200 * value - 50 for value in unit])
    assert list(bounded_interval(-x, (-1, 0))) == pytest.approx(list(-unit))


def test_each_side_has_its_own_tail():
    interval = bounded_interval(EIGHTEEN_OF_20, (0, 1), 0.05, upper_tail=0.001)
    assert interval.low == pytest.approx(float(lower_limits(EIGHTEEN_OF_20, (0, 1), 0.05)))
    assert interval.high == pytest.approx(float(upper_limits(EIGHTEEN_OF_20, (0, 1), 0.001)))


def test_no_tail_at_all_leaves_the_whole_scale():
    assert list(bounded_interval([1, 2, 3], (1, 5), 0))[1:] == [1, 5]


def test_a_row_that_stands_for_many_counts_as_many():
    assert list(bounded_interval([0, 1], (0, 1), counts=[2, 18])) == pytest.approx(
        list(bounded_interval(EIGHTEEN_OF_20, (0, 1)))
    )
    assert bounded_interval([0, 1], (0, 1), counts=[0, 5]).estimate == 1


def test_many_variants_at_once_are_each_alone():
    table = np.random.default_rng(1).choice([-1, 0, 0.5, np.nan], (12, 60))
    tails = np.linspace(0.001, 0.025, 12)
    together = mean_limits(table, (-1, 1), tails)
    for row, tail, *limits in zip(table, tails, *together, strict=True):
        assert limits == pytest.approx(list(bounded_interval(row, (-1, 1), tail)))


@pytest.mark.parametrize(
    "x, low, high",
    [([], 0, 1), ([math.nan], 0, 1), ([0.0], 0, 0.975), ([1.0], 0.025, 1), ([0, 0, 0], 0, 0.708)],
)
def test_few_rows_and_rows_at_an_end(x, low, high):
    assert list(bounded_interval(x, (0, 1)))[1:] == pytest.approx([low, high], abs=0.008)


def test_a_missing_row_leaves():
    assert bounded_interval([1, math.nan, 0], (0, 1)) == bounded_interval([1, 0], (0, 1))


def test_equal_rows_have_limits_on_both_sides():
    interval = bounded_interval(np.full(30, 3.0), (1, 5))
    assert interval.estimate == 3
    assert 2.5 < interval.low < 2.9 and 3.1 < interval.high < 3.5
    assert 3 - interval.low == pytest.approx(interval.high - 3)


def test_a_million_rows_have_the_limits_of_normal_theory():
    x = np.random.default_rng(0).random(1_000_000)
    interval = bounded_interval(x, (0, 1))
    half = 1.959964 * x.std() / 1000
    assert interval.low == pytest.approx(x.mean() - half, abs=2e-6)
    assert interval.high == pytest.approx(x.mean() + half, abs=2e-6)
    assert p_mean_at_most(x, x.mean(), 0) == pytest.approx(0.5, abs=1e-3)


def test_beside_the_mean_p_has_no_step():
    near = np.linspace(-3e-4, 3e-4, 61) + 18 / 21
    assert np.abs(np.diff(p_mean_at_most(np.tile(EIGHTEEN_OF_20, (61, 1)), near, 0))).max() < 2e-4


def test_what_cannot_be_answered_is_refused():
    with pytest.raises(ValueError, match="off the scale"):
        bounded_interval([0.5, 1.2], (0, 1))
    with pytest.raises(ValueError, match="off the scale"):
        p_mean_at_most([-2.0, 0], 0, -1)
    with pytest.raises(ValueError, match="tail"):
        bounded_interval([0.5], (0, 1), 0.4)
    with pytest.raises(ValueError, match="end of a scale"):
        bounded_interval([0.5], (1, 0))
    with pytest.raises(ValueError, match="weight above 0"):
        bounded_interval([0.5], (0, 1), weight=0)
    with pytest.raises(ValueError, match="not below 0"):
        bounded_interval([0.5], (0, 1), counts=[-1])


def test_rounding_does_not_put_a_value_off_the_scale():
    assert bounded_interval([0.1 + 0.2 - 1.3, 0], (-1, 1)).low == pytest.approx(-1, abs=0.05)


def test_a_variants_own_score_is_never_a_single_point():
    interval = own_score(np.full(20, 5), (1, 5))
    assert interval.low == pytest.approx(4.52, abs=5e-3)
    assert interval.high == 5
    assert list(own_score([], (1, 5)))[1:] == [1, 5]


def test_a_score_without_known_ends_has_students_interval():
    assert list(own_score([1.0, 2, 3])) == pytest.approx([2, -0.484, 4.484], abs=1e-3)


@pytest.mark.parametrize("fails, rows", [(0.05, 20), (0.1, 50), (0.02, 100)])
def test_own_scores_hold_the_mean_where_failures_are_rare(fails, rows):
    random = np.random.default_rng(0)
    x = np.where(random.random((2000, rows)) < fails, 0.0, 0.9)
    limits = mean_limits(x, (0, 1), weight=0.5)
    mean = 0.9 * (1 - fails)
    assert ((limits.low <= mean) & (mean <= limits.high)).mean() >= 0.94


def betting_low(x, tail):
    """The lower limit by capital that is bet (Waudby-Smith and Ramdas 2023), x on 0..1."""
    grid = np.linspace(0, 1, 401)
    t = np.arange(1, len(x) + 1)
    mean = np.append(0.5, (0.5 + np.cumsum(x)) / (t + 1))[:-1]
    spread = np.append(0.25, (0.25 + np.cumsum((x - mean) ** 2)) / (t + 1))[:-1]
    bet = np.sqrt(2 * math.log(1 / tail) / (spread * len(x)))[:, None]
    bet = np.minimum(bet, 0.5 / np.maximum(grid, 1e-9))
    capital = np.log1p(bet * (x[:, None] - grid)).sum(axis=0)
    held = grid[capital < math.log(1 / tail)]
    return held.min() if len(held) else 1.0


def test_the_bound_that_has_a_theorem_is_wider_and_agrees():
    random = np.random.default_rng(3)
    for _ in range(20):
        x = random.choice([0, 0.6, 0.7, 1], 40, p=[0.1, 0.3, 0.3, 0.3])
        low = float(lower_limits(x, (0, 1), 0.025))
        assert betting_low(x, 0.025) <= low + 0.02
        assert low - betting_low(x, 0.025) < 0.25


def test_a_rare_large_loss_makes_no_false_better():
    random = np.random.default_rng(0)
    u = random.random((4000, 20))
    gains = np.where(u < 0.05, -0.8, np.where(u < 0.25, 0.2, 0.0))  # mean 0
    assert (p_mean_at_most(gains, 0, -1) < 0.025).mean() <= 0.025
