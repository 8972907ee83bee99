"""What each look may use of an error: golden values, and that all looks together cost no more."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from workbench.stats import (
    bounds_as_tails,
    held_out_share,
    look_share,
    look_tails,
    obrien_fleming,
    planned_tails,
    spent,
)


def z(tails):
    return [float(-ndtri(tail)) for tail in tails]


@pytest.mark.parametrize(
    "rows, tails",
    [
        ([60], [0.0175]),
        ([60, 120, 240, 480], [0.0175, 0.0066, 0.0032, 0.0015]),
        ([60, 90, 135], [0.0175, 0.0086, 0.0046]),
    ],
)
def test_looks_that_nobody_planned_get_the_published_tails(rows, tails):
    assert look_tails(rows) == pytest.approx(tails, abs=5e-5)


@pytest.mark.parametrize(
    "rows, tails",
    [
        ([200], [0.025]),
        ([50, 75, 100], [0.00153, 0.00916, 0.0220]),
        ([50, 100, 200], [1e-5, 0.0015, 0.0245]),
        ([50, 100, 150, 200, 300], [0, 0.0001, 0.0015, 0.0056, 0.0231]),
    ],
)
def test_planned_looks_get_the_published_tails(rows, tails):
    assert planned_tails(rows) == pytest.approx(tails, abs=1e-4)


@pytest.mark.parametrize(
    "information, tail, bounds",
    [
        ([1, 2, 3, 4, 5], 0.025, [4.877, 3.357, 2.680, 2.290, 2.031]),
        ([0.1, 0.35, 0.6, 1], 0.025, [6.991, 3.613, 2.673, 1.981]),
        ([0.3, 0.31, 0.9, 1], 0.025, [3.929, 3.916, 2.094, 2.053]),
        ([1, 2, 3, 4, 5], 0.05, [4.229, 2.888, 2.298, 1.962, 1.740]),
    ],
)
def test_obrien_fleming_bounds_are_those_of_the_tables(information, tail, bounds):
    assert z(planned_tails(information, tail)) == pytest.approx(bounds, abs=6e-4)


def test_a_plan_that_stopped_early_spends_what_is_left_at_its_last_look():
    reached = planned_tails([0.16, 0.32, 0.48, 0.64, 0.8], planned=1)
    assert z(reached) == pytest.approx([5.482, 3.794, 3.038, 2.598, 1.972], abs=6e-4)


def test_the_shares_of_looks_of_any_kind_add_up_to_one():
    assert [look_share(look) for look in (1, 2, 3)] == pytest.approx([0.7, 0.15, 0.075])
    assert [spent(look) for look in (0, 1, 2, 3)] == pytest.approx([0, 0.7, 0.85, 0.925])
    assert sum(look_share(look) for look in range(1, 60)) == pytest.approx(1)
    assert [held_out_share(claim) for claim in (1, 2, 3)] == [0.5, 0.25, 0.125]


def test_a_look_of_another_kind_between_takes_its_share():
    tails = look_tails([60, 120], looks=[1, 3])  # the second look was at labels
    assert tails[0] == pytest.approx(0.0175)
    assert tails[1] < look_tails([60, 120])[1]
    assert tails[1] > 0.025 * look_share(3)


def test_obrien_fleming_spends_nothing_before_and_all_at_the_end():
    assert obrien_fleming(0) == 0
    assert obrien_fleming(0.5) == pytest.approx(0.00153, abs=1e-5)
    assert obrien_fleming(1) == obrien_fleming(1.2) == 0.025


def test_one_look_is_an_ordinary_test():
    assert bounds_as_tails([37.0], [0.01]) == pytest.approx([0.01])


def test_pococks_constant_comes_out_of_the_recursion():
    """Looks with one bound each: 2.413 at five looks costs .05 on two sides."""
    crossing = crossing_shares([1, 2, 3, 4, 5], [2.413] * 5)
    assert 2 * sum(crossing) == pytest.approx(0.05, abs=2e-3)
    assert z(bounds_as_tails([1, 2, 3, 4, 5], crossing)) == pytest.approx([2.413] * 5, abs=0.02)


def crossing_shares(information, bounds):
    """By draws: the shares of paths whose first crossing is at each look."""
    random, steps = np.random.default_rng(0), np.diff([0, *information])
    paths = np.cumsum(random.normal(size=(400_000, len(steps))) * np.sqrt(steps), axis=1)
    crossed = paths / np.sqrt(information) > bounds
    first = np.where(crossed.any(axis=1), crossed.argmax(axis=1), -1)
    return [float((first == look).mean()) for look in range(len(bounds))]


def test_drawn_paths_spend_what_was_asked():
    rows, increments = [60, 90, 135, 400], [0.0175, 0.00375, 0.001875, 0.02]
    drawn = crossing_shares(rows, z(bounds_as_tails(rows, increments)))
    assert drawn == pytest.approx(increments, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.02, 3), min_size=1, max_size=5))
def test_a_tail_lies_between_its_increment_and_all_that_was_spent(growth):
    rows = np.cumsum(np.array([1.0, *growth]))
    tails = look_tails(list(rows))
    for look, tail in enumerate(tails, 1):
        assert 0.025 * look_share(look) - 1e-9 <= tail <= 0.025 * spent(look) + 1e-9


def test_a_look_with_nothing_to_spend_concludes_nothing():
    assert bounds_as_tails([1, 2], [0, 0.025]) == pytest.approx([ndtr(-8.5), 0.025], abs=1e-9)


@pytest.mark.parametrize(
    "information, increments",
    [
        ([], []),
        ([2, 1], [0.01, 0.01]),
        ([0], [0.01]),
        ([1], [0.6]),
        ([1], [-0.1]),
        ([1, 2], [0.01]),
    ],
)
def test_what_is_no_plan_of_looks_is_refused(information, increments):
    with pytest.raises(ValueError):
        bounds_as_tails(information, increments)


def test_looks_are_counted_from_one():
    with pytest.raises(ValueError, match="from 1"):
        spent(-1)
    with pytest.raises(ValueError, match="from 1"):
        held_out_share(0)
