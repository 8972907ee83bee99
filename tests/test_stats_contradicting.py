"""What speaks against a critic's word."""

import math

import pytest

from benchmarks.again import old_answers
from benchmarks.simulation import Bench
from workbench.stats import canary_blocks, contradiction, p_drawn, passing_at_least, sign_test
from workbench.stats.contradicting import further_apart
from workbench.stats.paired import Decision

BETTER, WORSE, TIE = Decision.BETTER, Decision.WORSE, Decision.TIE


def test_the_sign_test_counts_sides_exactly():
    assert sign_test([1, 1, 1, 1]) == pytest.approx(1 / 16)
    assert sign_test([1, 1, 1, -1, 0, math.nan]) == pytest.approx(5 / 16)
    assert sign_test([-1, -1]) == 1
    assert sign_test([0, 0]) == sign_test([]) == 1


def test_a_critic_that_errs_towards_what_it_claims_is_contradicted():
    critic, people = [1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0]
    found = contradiction(BETTER, critic, people, margin=0.05)
    assert found.by_error == pytest.approx(1 / 16)
    assert found.blocks


def test_errors_away_from_the_claim_do_not_contradict_it():
    critic, people = [1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0]
    assert not contradiction(WORSE, critic, people, margin=0.05).blocks


def test_people_who_see_the_opposite_contradict():
    critic, people = [1] * 8, [-1, -1, -1, -1, 0, -1, -1, -1]
    assert contradiction(BETTER, critic, people, margin=0.05).by_difference < 0.01
    assert contradiction(WORSE, [-v for v in critic], [-v for v in people], margin=0.05).blocks


def test_a_tie_is_contradicted_by_a_difference_beyond_the_margin_alone():
    level = [0.0] * 10
    assert contradiction(TIE, level, [1.0] * 6 + [0.0] * 4, margin=0.05).blocks
    assert contradiction(TIE, level, [-1.0] * 6 + [0.0] * 4, margin=0.05).blocks
    assert not contradiction(TIE, [1.0] * 4 + [0.0] * 6, level, margin=0.05).blocks


def test_under_five_labels_and_of_other_words_nothing_is_asked():
    assert not contradiction(BETTER, [1] * 4, [-1] * 4, margin=0.05).blocks
    assert not contradiction(BETTER, [1] * 5, [-1] * 4 + [math.nan], margin=0.05).blocks
    assert contradiction(BETTER, [1] * 5, [-1] * 5, margin=0.05).blocks
    assert not contradiction(Decision.NEED_MORE, [1] * 9, [-1] * 9, margin=0.05).blocks


def test_rounding_is_no_disagreement():
    found = contradiction(BETTER, [0.1 + 0.2] * 6, [0.3] * 6, margin=0.05)
    assert found.by_error == 1


def test_the_least_share_of_bad_answers_that_pass():
    assert passing_at_least(3, 5) == pytest.approx(0.189, abs=5e-4)
    assert passing_at_least(4, 10) == pytest.approx(0.150, abs=5e-4)
    assert passing_at_least(0, 5) == 0
    with pytest.raises(ValueError, match="no count"):
        passing_at_least(6, 5)


@pytest.mark.parametrize(
    "passes, count, blocks",
    [(2, 5, False), (3, 5, True), (3, 10, False), (4, 10, True), (6, 30, False), (7, 30, True)],
)
def test_a_canary_blocks_from_the_published_counts_on(passes, count, blocks):
    assert canary_blocks(passes, count) is blocks


def test_a_canary_of_four_answers_says_nothing():
    assert not canary_blocks(4, 4)


def test_old_scores_are_held_against_two_fresh_ones_row_by_row():
    old, first, second = [1, 1, 1, 0.5, 0], [0, 1, 0, 0.5, 0.5], [0, 0, 1, 0.5, 0.25]
    assert further_apart(old, first, second).tolist() == [1, -1, 0, 0, 0.25]


def test_the_model_that_did_not_change_is_asked_again_rarely_and_a_much_worse_one_often():
    """Simulated with rows that the message decides nine times in ten; figure 9 of `make
    statistics` has more.
    """
    bench = Bench(0, 100, 0, None)
    found = {line.what: line for line in old_answers(bench)}
    assert all(line.reached for line in found.values())
    assert found["asked again, 0.85 then 0.25, 90% of the rows alike"].value > 0.8


def test_rows_that_chance_hardly_took_are_told_by_what_they_are():
    # 3 of 5 marked among 3 of 10 taken: 10/120 one-sided (Fisher), two tails, two marks
    taken, marked = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    assert p_drawn(taken, [marked]) == pytest.approx(2 * 10 / 120)
    assert p_drawn(taken, [marked, marked]) == pytest.approx(4 * 10 / 120)


@pytest.mark.parametrize("taken", [[1] * 4, [0] * 4])
def test_all_rows_or_none_are_no_choice(taken):
    assert p_drawn(taken, [[1, 0, 1, 0]]) == 1
    assert p_drawn(taken, []) == p_drawn([], [[]]) == 1
