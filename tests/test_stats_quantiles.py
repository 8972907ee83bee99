"""Quantiles of latency: of one variant, and of two measured side by side."""

import math

import numpy as np
import pytest

from workbench.errors import TooFewLabels
from workbench.stats import quantile_difference, quantile_interval


def test_a_p95_lies_between_order_statistics():
    found = quantile_interval(np.arange(1, 201))
    assert (found.low, found.high) == (184, 197)
    assert found.estimate == pytest.approx(190.05)


def test_the_median_of_ten_lies_between_the_second_and_the_ninth():
    assert list(quantile_interval(np.arange(1, 11), 0.5))[1:] == [2, 9]


def test_a_side_that_the_rows_cannot_show_is_open():
    assert math.isinf(quantile_interval(np.arange(71)).high)
    assert quantile_interval(np.arange(72)).high == 71
    assert list(quantile_interval([3.0], 0.5))[1:] == [-math.inf, math.inf]


def test_a_missing_row_leaves_and_none_at_all_says_nothing():
    values = np.r_[np.arange(1, 201), math.nan]
    assert quantile_interval(values) == quantile_interval(np.arange(1, 201))
    assert math.isnan(quantile_interval([math.nan]).estimate)


def test_the_interval_of_a_p95_holds_it_as_often_as_said():
    random, held = np.random.default_rng(0), 0
    for _ in range(2000):
        held += -math.log(0.05) in quantile_interval(random.exponential(size=120))
    assert 0.945 <= held / 2000 <= 0.985


def test_the_difference_of_two_p95_is_seeded_and_turns_with_its_sides():
    random = np.random.default_rng(0)
    a, b = random.exponential(size=(2, 200))
    first = quantile_difference(a, b)
    assert first == quantile_difference(a, b)
    assert first != quantile_difference(a, b, seed=1)
    assert list(quantile_difference(b, a)) == pytest.approx(
        [-first.estimate, -first.high, -first.low]
    )


def test_a_slower_variant_is_seen():
    a = np.random.default_rng(0).exponential(size=400)
    assert quantile_difference(a + 2, a).low == pytest.approx(2)


def test_a_difference_of_p95_needs_sixty_rows():
    with pytest.raises(TooFewLabels, match="60 rows"):
        quantile_difference(np.arange(60), np.r_[np.arange(59), math.nan])
    assert quantile_difference(np.arange(60.0), np.arange(60.0)).estimate == 0


def test_repeats_of_an_example_are_drawn_together():
    a, b = np.random.default_rng(0).exponential(size=(2, 100))
    once = quantile_difference(a, b)
    repeated = quantile_difference(np.tile(a, 5), np.tile(b, 5), clusters=np.tile(range(100), 5))
    assert repeated.half_width > 0.8 * once.half_width
    with pytest.raises(TooFewLabels, match="50 rows on both sides"):
        quantile_difference(a, b, clusters=np.repeat(range(50), 2))


def test_many_rows_have_a_narrow_difference():
    a = np.random.default_rng(0).exponential(size=20_000)
    found = quantile_difference(a + 0.5, np.roll(a, 1))
    assert 0.5 in found and found.half_width < 0.2
