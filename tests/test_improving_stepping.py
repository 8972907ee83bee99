"""The steps of an improvement, driven by drawn scores."""

import math

import numpy as np
import pytest

from benchmarks.improvements import equal, improved, planted
from workbench import stats
from workbench.improving.stepping import Course, Judge, Propose, Rules, is_ahead


def test_equal_prompts_are_not_claimed_and_a_better_one_is_found():
    found = {line.what: line for line in (*equal(0, 20), *planted(0, 20))}
    assert [line.what for line in found.values() if not line.reached] == []
    best = found["10 equal prompts, 0 of the rows alike: gain of the best on search"]
    assert best.value == pytest.approx(0.08, abs=0.015)


def test_one_better_prompt_costs_less_than_half_of_the_full_grid():
    made = improved(np.random.default_rng(3), [0.0, 0.3, 0.0, 0.0], 0.5)
    assert made.right
    assert made.better
    assert made.calls < 0.5 * 5 * 300


def drive(course, proposals, merits):
    """Take all steps; what was asked for, and how it ended."""
    asked, steps, answer = [], course.steps(), None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration:
            return asked
        asked.append(step)
        if isinstance(step, Judge):
            answer = np.array([merits(number)[list(step.rows)] for number in step.prompts])
        else:
            answer = next(proposals) if isinstance(step, Propose) else None


def course_of(rows=45, **rules):
    return Course({"search": rows, "select": rows}, Rules(**rules), np.random.default_rng(0))


def test_a_prompt_that_gains_nothing_leaves_early():
    course = course_of(tries=1)
    drive(course, iter(["new"]), lambda number: np.tile([1.0, 0.0, 1.0], 15) * (number == 0))
    assert course.tried[0].left == "search"
    assert len(course.asked["search"][1]) == 15
    assert course.winner is None


def test_failures_are_drawn_among_rows_that_fail_and_unscored_rows_are_none():
    course = course_of(tries=1)
    base = np.where(np.arange(45) % 9 == 0, 0.0, np.where(np.arange(45) % 9 == 1, math.nan, 1.0))
    asked = drive(course, iter(["new"]), lambda number: base if number == 0 else base + 0)
    proposal = next(step for step in asked if isinstance(step, Propose))
    assert proposal.failures == (0, 9, 18, 27, 36)


def test_money_that_ends_still_lets_the_best_be_confirmed():
    better = np.ones(45)
    base = np.tile([1.0, 0.0, 1.0], 15)
    course = course_of(tries=5)
    asked = drive(course, iter(["new", "no money"]), lambda number: better if number else base)
    assert course.ended == "perfect"  # nothing is failed any more, whatever money is left
    assert course.winner == 1
    assert sum(step.calls for step in asked if isinstance(step, Judge)) == 45 + 45 + 90


def test_four_proposals_in_a_row_that_are_none_end_it():
    course = course_of()
    drive(course, iter(["unusable"] * 9), lambda number: np.tile([1.0, 0.0, 1.0], 15))
    assert (course.ended, course.unusable, course.tried) == ("no usable proposal", 4, [])


def test_two_rows_of_twenty_won_is_ahead_and_one_is_not_yet():
    assert is_ahead(np.array([1.0, 1.0] + 18 * [0.0]))
    assert not is_ahead(np.array([1.0] + 19 * [0.0]))
    assert not is_ahead(np.array([-1.0] + 19 * [0.0]))
    assert not is_ahead(np.array([]))


def test_the_best_of_equal_prompts_shows_what_draws_show():
    random = np.random.default_rng(0)
    draws = random.normal(0, 0.3, (4000, 11)) / math.sqrt(75)
    shown = float((draws[:, 1:].max(axis=1) - draws[:, 0]).mean())
    expected = stats.best_of_equal(10, 0.3 * math.sqrt(2), 75)
    assert expected == pytest.approx(shown, abs=0.002)
    assert stats.best_of_equal(1, 0.5, 75) == pytest.approx(0, abs=1e-9)
    assert stats.best_of_equal(0, 0.5, 75) == 0
    assert stats.best_of_equal(8, 0.458, 75) == pytest.approx(0.0532, abs=0.0005)
    with pytest.raises(ValueError, match="luck needs rows"):
        stats.best_of_equal(3, 0.5, 0)
