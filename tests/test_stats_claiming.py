"""Words for challengers: Holm, simultaneous intervals, failures, pairs, and the gate."""

import math

import numpy as np
import pytest

from workbench.stats import (
    Interval,
    bounded_interval,
    candidates,
    claims,
    holm_passes,
    mean_limits,
    not_worse,
    overall,
    pair_intervals,
)
from workbench.stats.paired import Decision

BETTER, WORSE, TIE = Decision.BETTER, Decision.WORSE, Decision.TIE
NEED_MORE, INCONCLUSIVE = Decision.NEED_MORE, Decision.INCONCLUSIVE


def rows(up, level, down, gap=1.0):
    return np.repeat([gap, 0.0, -gap], [up, level, down])


def words(differences, **rest):
    return [claim.decision for claim in claims(differences, margin=0.05, **rest)]


def test_the_four_words():
    table = [rows(60, 60, 0), rows(0, 60, 60), rows(0, 120, 0), rows(10, 100, 10)]
    assert words(table) == [BETTER, WORSE, TIE, NEED_MORE]


def test_a_tie_takes_as_many_rows_as_the_table_says():
    assert words([np.zeros(72)]) == [NEED_MORE]
    assert words([np.zeros(73)]) == [TIE]
    assert words(np.zeros((3, 93))) == [NEED_MORE] * 3
    assert words(np.zeros((3, 94))) == [TIE] * 3


def test_intervals_are_simultaneous_and_the_published_one_is_that_of_one_challenger():
    alone = claims([rows(9, 20, 1)], margin=0.05)[0].interval
    assert (alone.low, alone.high) == pytest.approx((0.0355, 0.4748), abs=5e-4)
    first = claims([rows(9, 20, 1), rows(0, 30, 0)], margin=0.05)[0].interval
    limits = mean_limits(rows(9, 20, 1), (-1, 1), 0.0125)
    assert first.high == pytest.approx(float(limits.high))


def test_where_holm_passes_more_than_the_interval_shows_the_low_end_is_zero():
    table = [rows(40, 10, 0), rows(9, 20, 1).repeat(1)[:30]]
    table[0] = table[0][:30]
    third = rows(8, 21, 1)  # p .0175: under .025, not under .0125
    found = claims([table[0], third], margin=0.05)[1]
    assert 0.0125 < found.p_better < 0.025
    assert (found.decision, found.interval.low) == (BETTER, 0.0)
    assert mean_limits(third, (-1, 1), 0.0125).low < 0


def test_on_the_other_side_the_high_end_is_zero():
    found = claims([-rows(30, 0, 0), -rows(8, 21, 1)], margin=0.05)[1]
    assert (found.decision, found.interval.high) == (WORSE, 0.0)


def test_holm_steps_down_and_stops():
    assert holm_passes([0.012, 0.02, 0.5], 0.025).tolist() == [False, False, False]
    assert holm_passes([0.008, 0.012, 0.5], 0.025).tolist() == [True, True, False]
    assert holm_passes([0.008, math.nan, 0.024], 0.025).tolist() == [True, False, False]
    assert holm_passes([0.025], 0.025).tolist() == [False]


def test_better_by_less_than_the_margin_says_so():
    found = claims([np.full(400, 0.02)], margin=0.05)[0]
    assert (found.decision, found.inside_margin) == (BETTER, True)
    assert not claims([rows(60, 60, 0)], margin=0.05)[0].inside_margin


def test_better_must_hold_with_failures_and_without():
    good = rows(12, 18, 0)
    failed = np.r_[good, [-1.0] * 8]
    left_out = np.r_[good, [math.nan] * 8]
    assert words([failed]) == [NEED_MORE]
    assert words([left_out]) == [BETTER]
    assert words([failed], without_failures=[left_out]) == [NEED_MORE]
    flipped = claims([left_out], without_failures=[failed], margin=0.05)[0]
    assert (flipped.decision, flipped.by_failures) == (NEED_MORE, True)
    assert flipped.interval == claims([failed], margin=0.05)[0].interval


def test_worse_is_said_with_failures_alone():
    failed = np.r_[np.zeros(30), [-1.0] * 12]
    left_out = np.r_[np.zeros(30), [math.nan] * 12]
    found = claims([failed], without_failures=[left_out], margin=0.05)[0]
    assert (found.decision, found.by_failures) == (WORSE, False)


def test_a_tie_must_hold_with_failures_and_without():
    level, failed = np.zeros(120), np.r_[np.zeros(110), [-1.0] * 10]
    assert words([level], without_failures=[failed]) == [NEED_MORE]


def test_too_few_scored_rows_conclude_nothing():
    assert words([rows(60, 60, 0)], coverage=[0.79]) == [INCONCLUSIVE]
    assert words([rows(60, 60, 0)], coverage=[0.8]) == [BETTER]
    assert words([rows(60, 60, 0)], coverage=[math.nan]) == [INCONCLUSIVE]


def test_no_row_at_all_needs_more():
    found = claims([[math.nan, math.nan]], margin=0.05)[0]
    assert (found.decision, found.interval.low, found.interval.high) == (NEED_MORE, -1, 1)


def test_a_smaller_tail_of_a_later_look_says_less():
    assert words([rows(9, 20, 1)]) == [BETTER]
    assert words([rows(9, 20, 1)], tail=0.0066) == [NEED_MORE]


def test_clusters_need_more_than_as_many_rows():
    table = [rows(9, 20, 1).repeat(4)]
    assert words(table) == [BETTER]
    assert words(table, clusters=np.repeat(np.arange(30), 4)) == [BETTER]
    assert words(table, clusters=np.arange(120) // 24) == [NEED_MORE]


def test_the_word_for_all():
    assert overall([NEED_MORE, BETTER, INCONCLUSIVE]) is BETTER
    assert overall([TIE, WORSE]) is TIE
    assert overall([WORSE, WORSE]) is TIE
    assert overall([TIE, NEED_MORE, INCONCLUSIVE]) is NEED_MORE
    assert overall([TIE, INCONCLUSIVE]) is INCONCLUSIVE
    assert overall([]) is NEED_MORE


def test_pairs_share_the_tail_among_all_of_them():
    scores = np.array([np.zeros(60), np.full(60, 0.3), np.full(60, 0.9)])
    pairs = pair_intervals(scores)
    assert sorted(pairs) == [(0, 1), (0, 2), (1, 2)]
    limits = mean_limits(np.full(60, 0.6), (-1, 1), 0.025 / 3)
    assert list(pairs[1, 2]) == pytest.approx([float(value) for value in limits])


def test_candidates_are_the_better_ones_that_no_other_beats():
    pairs = {
        (0, 1): Interval(0.3, 0.1, 0.5), (0, 2): Interval(0.6, 0.4, 0.8),
        (0, 3): Interval(0.5, 0.3, 0.7), (1, 2): Interval(0.3, 0.1, 0.5),
        (1, 3): Interval(0.2, -0.1, 0.4), (2, 3): Interval(-0.1, -0.3, 0.1),
    }  # fmt: skip
    assert candidates([1, 2, 3], pairs) == (2, 3)
    assert candidates([1], pairs) == (1,)


def test_a_gate_passes_fails_or_cannot_tell():
    assert not_worse(np.zeros(100), 0.05) is True
    assert not_worse(rows(0, 60, 40), 0.05) is False
    assert not_worse(rows(5, 90, 5), 0.05) is None
    assert not_worse(np.zeros(100), 0.05, clusters=np.arange(100) // 20) is None


@pytest.mark.parametrize("wrong", [{"margin": -0.1}, {"margin": math.inf}])
def test_a_margin_is_a_finite_share(wrong):
    with pytest.raises(ValueError, match="margin"):
        claims([[0.0]], **wrong)


@pytest.mark.parametrize("values", [2, 200])
def test_a_pair_has_the_limits_of_its_rows_however_few_values_they_take(values):
    random = np.random.default_rng(values)
    scores = random.integers(0, values, (3, 90)) / (values - 1)
    scores[1, :7] = np.nan

    for (i, j), found in pair_intervals(scores).items():
        whole = bounded_interval(scores[j] - scores[i], (-1, 1), 0.025 / 3)
        low, high = found.low, found.high
        assert (low, high) == pytest.approx((whole.low, whole.high), abs=1e-9)
