"""Limits that hold at every look."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.stats import confidence_sequence, mean_interval

quick = settings(max_examples=30, deadline=None)
shares = st.lists(st.floats(0, 1), min_size=1, max_size=80)


def misses(values, mean, bounds=None):
    """The share of rows whose sequence loses the mean at some look."""
    lost = 0
    for row in values:
        low, high = confidence_sequence(row, bounds=bounds)
        lost += not ((low <= mean) & (mean <= high)).all()
    return lost / len(values)


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.5, 0.95])
def test_a_look_after_every_value_keeps_its_promise_with_bounds(rate):
    draws = (np.random.default_rng(0).random((500, 300)) < rate).astype(float)
    assert misses(draws, rate, bounds=(0, 1)) <= 0.03


def test_a_look_after_every_value_keeps_its_promise_without_bounds():
    random = np.random.default_rng(0)
    assert misses(random.normal(size=(500, 300)), 0) <= 0.05
    assert misses((random.random((500, 300)) < 0.05).astype(float), 0.05) <= 0.05
    ratings = random.choice([1, 3, 4, 5], p=[0.06, 0.05, 0.07, 0.82], size=(500, 300)).astype(float)
    assert misses(ratings, 4.59) <= 0.08


def test_peeking_with_plain_intervals_would_not():
    draws = np.random.default_rng(0).normal(size=(200, 100))
    crossed = [any(0 not in mean_interval(row[: t + 1]) for t in range(5, 100)) for row in draws]
    assert np.mean(crossed) > 0.2
    assert misses(draws, 0) <= 0.05


def test_without_bounds_nothing_is_said_before_the_thirtieth_value():
    low, high = confidence_sequence(np.random.default_rng(0).normal(size=40))
    assert np.isinf(low[:29]).all() and np.isinf(high[:29]).all()
    assert np.isfinite(low[29:]).all() and np.isfinite(high[29:]).all()


def test_equal_values_have_no_limits_without_bounds():
    low, high = confidence_sequence([1.0] * 60)
    assert np.isinf(low).all() and np.isinf(high).all()
    low, high = confidence_sequence([1.0] * 60, bounds=(0, 1))
    assert high[-1] == 1 and 0.7 < low[-1] < 1


@quick
@given(shares, st.integers(1, 20))
def test_later_values_never_move_earlier_limits(values, more):
    for options in ({}, {"bounds": (0, 1)}):
        before, after = (
            confidence_sequence(values, **options),
            confidence_sequence(values + [0.5] * more, **options),
        )
        assert all((a == b[: len(a)]).all() for a, b in zip(before, after, strict=True))


@quick
@given(shares)
def test_with_bounds_the_limits_only_close_in(values):
    low, high = confidence_sequence(values, bounds=(0, 1))
    assert (np.diff(low) >= 0).all() and (np.diff(high) <= 0).all()
    assert low.min() >= 0 and high.max() <= 1


@quick
@given(shares)
def test_the_unit_does_not_matter(values):
    shares_low, shares_high = confidence_sequence(values, bounds=(0, 1))
    low, high = confidence_sequence(1 + 4 * np.array(values), bounds=(1, 5))
    assert np.allclose(low, 1 + 4 * shares_low) and np.allclose(high, 1 + 4 * shares_high)


def test_an_unscored_value_repeats_the_limits_before_it():
    low, high = confidence_sequence([math.nan, 1, math.nan, 0], bounds=(0, 1))
    known_low, known_high = confidence_sequence([1, 0], bounds=(0, 1))
    assert low.tolist() == [0, known_low[0], known_low[0], known_low[1]]
    assert high.tolist() == [1, known_high[0], known_high[0], known_high[1]]
    assert confidence_sequence([])[0].size == 0


def test_an_infinite_value_is_unscored():
    values = np.random.default_rng(0).normal(size=60)
    pierced, missing = np.insert(values, 40, math.inf), np.insert(values, 40, math.nan)
    assert np.array_equal(confidence_sequence(pierced), confidence_sequence(missing))


def test_the_horizon_decides_where_the_limits_are_tightest():
    values = np.random.default_rng(1).normal(size=1000)
    early, late = confidence_sequence(values, horizon=50), confidence_sequence(values, horizon=1000)
    assert early[1][49] < late[1][49] and late[1][-1] < early[1][-1]


def test_values_outside_of_the_bounds_are_a_mistake():
    with pytest.raises(ValueError, match="outside of the bounds"):
        confidence_sequence([0.5, 1.5], bounds=(0, 1))
    for bounds in ((1, 0), (1, 1), (0, math.inf), (math.nan, 1)):
        with pytest.raises(ValueError, match="bounds"):
            confidence_sequence([], bounds=bounds)


@pytest.mark.parametrize("share", [-0.1, 0, 1, 5, math.nan])
def test_an_alpha_outside_0_to_1_is_a_mistake(share):
    with pytest.raises(ValueError, match="alpha"):
        confidence_sequence([], alpha=share)


@pytest.mark.parametrize("horizon", [0, -1, math.nan, math.inf])
def test_a_horizon_that_is_no_number_of_values_is_a_mistake(horizon):
    with pytest.raises(ValueError, match="horizon"):
        confidence_sequence([0.5], horizon=horizon)
