"""Plots: axes with round ticks, bars in percent, names that do not cover each other."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.page.svg import UNIT, Axis, Bar, Plot, Point, axis_labels, ends_of
from workbench.stats import Interval

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-6)


def test_an_axis_has_round_ticks_within_it():
    assert Axis.around([0.569, 0.93], ends=(0, 1)).ticks == (0.6, 0.7, 0.8, 0.9)
    assert Axis.around([-0.05, 0.18]).ticks == (-0.05, 0.0, 0.05, 0.1, 0.15)


def test_nothing_lies_beyond_the_ends_of_a_scale():
    axis = Axis.around([0.9, 1.0], ends=(0, 1))
    assert max(axis.ticks) == 1.0
    assert axis.at(2) == 100


@given(st.lists(NUMBERS, max_size=6))
@example([0.02])  # whose last tick, 0.022, is by a rounding above the axis's end
@settings(max_examples=50, deadline=None)
def test_every_axis_holds_its_values_and_few_ticks(values):
    axis = Axis.around([*values, math.nan, math.inf])
    assert 1 <= len(axis.ticks) <= 6
    assert all(axis.low <= value <= axis.high for value in values)
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)


def test_a_bar_shows_estimate_interval_and_says_its_numbers():
    drawn = Bar(UNIT, Interval(0.5, 0.25, 0.75), "better", tip="v3: 50 <points>").svg(34)
    assert '<line class="ci1" x1="25.00%" x2="75.00%"' in drawn
    assert '<circle class="dot" cx="50.00%"' in drawn
    assert 'class="better" data-tip="v3: 50 &lt;points&gt;"' in drawn


def test_no_score_draws_no_dot_and_a_baseline_a_hollow_one():
    assert "circle" not in Bar(UNIT, Interval(math.nan, math.nan, math.nan)).svg(34)
    assert '<circle class="hollow"' in Bar(UNIT, None).svg(34)


def test_an_interval_that_holds_all_that_can_be_is_not_drawn():
    for low, high in ((-1.0, 1.0), (-math.inf, math.inf)):
        drawn = Bar(UNIT, Interval(0.5, low, high)).svg(34)
        assert "ci1" not in drawn and 'class="dot"' in drawn
    assert ends_of([Interval(0.1, -1.0, 1.0), Interval(0.2, 0.0, 0.4)]) == [0.1, 0.2, 0.0, 0.4]


def test_an_interval_open_at_one_end_reaches_the_edge():
    assert 'x1="50.00%" x2="100.00%"' in Bar(UNIT, Interval(0.6, 0.5, math.inf)).svg(34)


def test_a_long_name_is_cut_beside_its_dot_and_whole_in_its_hint(plot):
    drawn = plot.draw([Point("n" * 60, 0.5, Interval(0.5, 0.4, 0.6), "", "n" * 60)])
    assert f">{'n' * 8}…{'n' * 8}</text>" in drawn and f'data-tip="{"n" * 60}"' in drawn


def test_labels_stand_under_their_ticks():
    assert '<text x="25.00%" y="14" text-anchor="middle">¼</text>' in axis_labels(
        UNIT, lambda tick: "¼"
    )


@pytest.fixture
def plot():
    return Plot(
        Axis(0, 1, (0.0, 0.5, 1.0)),
        UNIT,
        "cost, $",
        "score, points",
        str,
        str,
        "score against cost",
    )


def test_a_point_answers_the_keyboard_with_the_same_words_as_the_mouse(plot):
    drawn = plot.draw([Point("v1", 0.5, Interval(0.5, 0.4, 0.6), "", "v1: 50.0 points")])
    assert (
        'tabindex="0" role="img" aria-label="v1: 50.0 points" data-tip="v1: 50.0 points"' in drawn
    )
    assert ">cost, $</text>" in drawn and ">score, points</text>" in drawn


def test_names_without_room_beside_their_dots_stand_in_a_column_with_lines_to_them(plot):
    near = [
        Point(f"v{number}", 0.5 + number / 500, Interval(0.5, 0.4, 0.6), "", "tip")
        for number in range(6)
    ]
    drawn = plot.draw(near)
    assert '<svg class="plot led narrow"' in drawn
    assert drawn.count('<line class="leader"') == drawn.count('<svg x="100.00%"') == 6
    assert '<svg class="plot" ' in plot.draw(near[:1])
