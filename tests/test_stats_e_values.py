"""Evidence that may be looked at after every example: published values, and how often it errs."""

import math

import numpy as np
import pytest

from benchmarks import fail_fast
from benchmarks.simulation import Bench
from workbench.stats import reaching, soonest_word, stops_wrongly, word_lines, words_said

LOG20 = math.log(20)


def test_the_published_values():
    assert reaching([1, 1, 0, 0, 0, 0, 0, 0], 0.8).log_no[-1] == pytest.approx(4.7963, abs=5e-5)
    assert reaching([1] * 20, 0.8).log_go[-1] == pytest.approx(3.0185, abs=5e-5)


STOPS = {
    0.8: {5: 4, 6: 5, 8: 6, 10: 6, 12: 7, 15: 8, 20: 10, 25: 12, 30: 14},
    0.9: {5: 3, 8: 4, 10: 5, 15: 6, 20: 7, 30: 9},
}


@pytest.mark.parametrize("at_least", STOPS)
def test_the_published_table_of_failures_that_stop(at_least):
    for n, fewest in STOPS[at_least].items():
        for failures, stops in ((fewest, True), (fewest - 1, False)):
            scores = [0.0] * failures + [1.0] * (n - failures)
            assert bool(reaching(scores, at_least).log_no[-1] > LOG20) is stops


def test_the_lines_of_the_staircase():
    stop, go = word_lines(0.8, 30)
    assert {n: stop[n - 1] for n in STOPS[0.8]} == STOPS[0.8]
    assert np.isnan(stop[:4]).all() and np.isnan(go[:19]).all()
    assert (go[19], go[-1]) == (0, 0)
    assert word_lines(0.8, 30, "short")[0][4] == 3


@pytest.mark.parametrize("at_least, needed", [(0.8, 20), (0.9, 43)])
def test_how_many_must_all_pass_to_go_on(at_least, needed):
    words = words_said(reaching([1.0] * needed, at_least), at_least)
    assert words.index("go on") == needed - 1


def test_no_word_before_the_fifth_example():
    assert words_said(reaching([0.0] * 6, 0.9), 0.9) == ["", "", "", "", "stop", "stop"]


def test_the_chance_is_that_of_a_rate_under_a_uniform_prior():
    assert reaching([1.0], 0.8).chance[0] == pytest.approx(1 - 0.8**2)
    assert reaching([0.0], 0.8).chance[0] == pytest.approx(0.2**2)


@pytest.mark.parametrize(
    "scores, at_least, further",
    [([], 0.8, 5), ([1] * 5, 0.8, 7), ([1] * 19, 0.8, 1), ([1, 1, 0, 0, 0], 0.8, 2)],
)
def test_fewer_examples_than_the_soonest_word_takes_bring_none(scores, at_least, further):
    assert soonest_word(scores, at_least) == further
    for end in (0.0, 1.0):
        path = [*scores, *[end] * (further - 1)]
        assert not path or words_said(reaching(path, at_least), at_least)[-1] == ""


def test_short_patience_stops_at_a_small_chance_but_never_without_a_failure():
    assert words_said(reaching([0, 1, 0, 1, 0], 0.8), 0.8, "short")[-1] == "stop"
    assert words_said(reaching([0, 1, 0, 1, 0], 0.8), 0.8)[-1] == ""
    assert set(words_said(reaching([1] * 30, 0.999), 0.999, "short")) == {""}


@pytest.mark.parametrize(
    "patience, at_least, rate", [("full", 0.8, 0.017), ("short", 0.8, 0.134), ("full", 0.9, 0.017)]
)
def test_how_often_a_task_that_just_reaches_it_is_stopped(patience, at_least, rate):
    exact = stops_wrongly(at_least, 30, patience)
    assert exact == pytest.approx(rate, abs=0.003)
    draws = np.random.default_rng(0).random((2000, 30)) < at_least
    stopped = np.mean(
        ["stop" in words_said(reaching(row, at_least), at_least, patience) for row in draws]
    )
    assert stopped == pytest.approx(exact, abs=0.02)


def test_looking_for_ever_stops_a_task_that_reaches_it_in_fewer_than_one_of_twenty():
    assert 0.017 < stops_wrongly(0.8, 1000) < 0.05


@pytest.mark.parametrize("figures", [fail_fast.yes_and_no, fail_fast.graded])
def test_the_published_error_rates_under_looking(figures):
    """The short form of `python -m benchmarks.fail_fast`."""
    lines = list(figures(Bench(seed=0, screen=100, repeat=2000, patterns=None)))
    assert len(lines) > 10
    assert [line for line in lines if not line.reached] == []


def test_the_first_graded_score_takes_its_part_of_the_steps_of_a_one_and_a_zero():
    mixed = np.exp(reaching([1, 0, 0.25], 0.8).log_no[-1])
    one, zero = (np.exp(reaching([1, 0, end], 0.8).log_no[-1]) for end in (1, 0))
    assert mixed == pytest.approx(0.25 * one + 0.75 * zero)


def test_bets_hang_on_no_later_score():
    scores = np.random.default_rng(0).random(20)
    whole = reaching(scores, 0.8)
    for n in (1, 2, 7, 19):
        assert reaching(scores[:n], 0.8).log_no[-1] == pytest.approx(whole.log_no[n - 1])
        assert reaching(scores[:n], 0.8).log_go[-1] == pytest.approx(whole.log_go[n - 1])


@pytest.mark.parametrize("scores", [[1.2], [-0.1], [math.nan]])
def test_what_is_no_score_is_the_callers_mistake(scores):
    with pytest.raises(ValueError, match="between 0 and 1"):
        reaching(scores, 0.8)
    with pytest.raises(ValueError, match="at_least"):
        reaching([1], 1.0)
