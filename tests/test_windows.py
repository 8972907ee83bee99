"""Slow start, hill climbing and cubic back-off, each by its arithmetic."""

import pytest

from workbench.models.windows import CubicBackoff, HillClimb, SlowStart, Window


def test_slow_start_grows_by_one_with_each_answer():
    window = SlowStart(64)
    assert window.size == 4
    for _ in range(2):
        assert window.answered(1.0, window.generation(), 0.1) is window
    assert window.size == 6


def test_slow_start_counts_generations_each_twice_as_large_as_the_one_before():
    window = SlowStart(64)
    generations = [window.generation() for _ in range(4 + 8 + 16 + 1)]
    assert [generations.count(number) for number in range(4)] == [4, 8, 16, 1]


def test_slow_start_ends_at_the_size_from_which_answers_take_twice_as_long():
    window = SlowStart(256)
    for _ in range(3):
        assert window.answered(1.0, 0, 0.1) is window
    for _ in range(5):
        assert window.answered(1.0, 1, 0.25) is window
    climb = window.answered(1.0, 1, 0.25)
    assert (type(climb), climb.size) == (HillClimb, 4)  # of 8 under way, 5 waited


def climbed(rates: dict[float, float], answers: int) -> list[float]:
    """Sizes that a hill climb passes through where a size brings so many answers a second."""
    climb, now, sizes = HillClimb(0.0, 8, 64), 10.0, [8.0]
    for _ in range(answers):
        now += 1 / rates[climb.size]
        climb.answered(now)
        if climb.size != sizes[-1]:
            sizes.append(climb.size)
    return sizes


def test_hill_climbing_doubles_while_that_brings_more_answers():
    assert climbed({8: 40, 16: 80, 32: 160, 64: 320}, 220) == [8, 16, 32, 64]


def test_hill_climbing_goes_back_where_more_calls_only_wait():
    assert climbed({8: 40, 16: 80, 32: 81}, 140) == [8, 16, 32, 16]


def test_hill_climbing_goes_down_where_fewer_calls_bring_as_many_answers():
    rates = {1: 20, 2: 20, 4: 20, 8: 20, 16: 20, 24: 20}
    assert climbed(rates, 150)[:6] == [8, 16, 8, 4, 2, 1]


def test_calls_that_time_out_often_halve_the_window_once_for_all_sent_before():
    window = Window(64)
    window.timed_out(10.0, sent=1.0, often=True)
    window.timed_out(10.1, sent=2.0, often=True)
    assert window.size == 2
    window.timed_out(20.0, sent=12.0, often=False)
    assert window.size == 2


def test_cubic_back_off_doubles_in_three_seconds_and_slowly_at_first():
    value = CubicBackoff(0.0, 10.0)
    value.cut(100.0, 10.0)
    grown = [value.grow(100.0 + seconds, 1000.0) for seconds in (1, 2, 3)]
    assert grown == pytest.approx([10 + 10 / 27, 10 + 80 / 27, 20])


def test_cubic_back_off_is_drawn_to_what_was_before_the_refusals():
    value = CubicBackoff(0.0, 50.0)
    value.cut(10.0, 10.0)
    assert value.before(10.0) == 50
    assert value.before(15.0) == pytest.approx(10 + 40 * 0.36788, abs=1e-3)
    assert value.grow(13.0, 1000.0) > 20


def test_cubic_back_off_never_grows_beyond_its_most():
    value = CubicBackoff(0.0, 10.0)
    value.cut(10.0, 5.0)
    assert value.grow(1000.0, 12.0) == 12


def test_one_refusal_by_chance_costs_half_a_call_and_the_search_goes_on():
    window = Window(64)
    window.refused(1.0, often=False, all_refused=False)
    assert window.size == 3.5
    window.answered(2.0, 0, 0.1, full=True)
    assert window.size == 4.5


def test_where_everything_is_refused_one_call_asks_and_three_quarters_come_back():
    window = Window(64)
    window.refused(1.0, often=True, all_refused=True)
    assert (window.shut, window.size) == (True, 1)
    window.answered(2.0, 0, 0.1, full=False)
    assert (window.shut, window.size) == (False, 3)
