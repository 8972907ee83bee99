"""How many rows the bound needs."""

import math

import numpy as np
import pytest

from workbench.stats import (
    bounded_interval,
    half_width_at,
    look_tails,
    rows_for_half_width,
    rows_for_tie,
    spread_factor,
)


@pytest.mark.parametrize(
    "margin, rows", [(0.02, (184, 239, 303)), (0.05, (73, 94, 120)), (0.10, (36, 46, 59))]
)
def test_the_least_rows_for_a_tie_are_the_published_ones(margin, rows):
    assert tuple(rows_for_tie(margin, challengers=k) for k in (1, 3, 11)) == rows


def test_the_first_look_needs_eighty_rows_for_a_tie():
    assert rows_for_tie(0.05, tail=0.0175) == 80


def next_tail(rows):
    return look_tails([60, rows])[-1]


def test_the_planned_rows_are_the_fewest_that_could_show_the_half_width():
    x = np.r_[np.ones(12), np.zeros(36), -np.ones(12)]
    found = rows_for_half_width(x, (-1, 1), 0.1, next_tail)
    assert found.half_width <= 0.1
    assert half_width_at(x, (-1, 1), found.rows, next_tail) == found.half_width
    assert half_width_at(x, (-1, 1), found.rows - 1, next_tail) > 0.1
    assert 300 < found.rows < 600


def test_the_plan_does_not_depend_on_the_effect_seen():
    x = np.r_[np.ones(15), np.zeros(40), -np.ones(5)]
    found, mirrored = (rows_for_half_width(way * x, (-1, 1), 0.1, next_tail) for way in (1, -1))
    assert found.rows == mirrored.rows
    assert found.half_width == pytest.approx(mirrored.half_width, rel=1e-12)


def test_it_is_never_fewer_than_half_as_many_again():
    x = np.r_[np.zeros(30), np.full(15, 0.5), np.full(15, -0.5)]
    assert rows_for_half_width(x, (-1, 1), 0.9, next_tail).rows == 90


def test_rows_without_any_difference_are_not_taken_at_their_word():
    assert spread_factor(np.zeros(60), (-1, 1)) == pytest.approx(math.sqrt(61))
    assert rows_for_half_width(np.zeros(60), (-1, 1), 0.05, next_tail).rows > 200


def test_small_differences_are_not_planned_with_tens_of_times_the_rows():
    x = np.random.default_rng(0).normal(size=60) * 0.01
    assert 96 < rows_for_half_width(x, (-1, 1), 0.05, next_tail).rows < 4 * 96


def test_many_rows_of_one_spread_are_planned_with_hardly_more():
    x = np.random.default_rng(0).choice([-1.0, 1.0], 2000)
    assert spread_factor(x, (-1, 1)) == 1
    wide = bounded_interval(x, (-1, 1)).half_width
    assert half_width_at(x, (-1, 1), 8000, lambda rows: 0.025) == pytest.approx(wide / 2, rel=0.01)


def test_what_no_number_of_rows_reaches_is_said():
    assert rows_for_half_width([1.0, -1.0, 1], (-1, 1), 1e-6, lambda rows: 0.025) is None


def test_a_plan_without_an_aim_is_refused():
    with pytest.raises(ValueError, match="half_width"):
        rows_for_half_width([0.0, 1], (-1, 1), 0, next_tail)
    with pytest.raises(ValueError, match="margin"):
        rows_for_tie(0)
