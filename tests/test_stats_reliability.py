"""Agreement of yes and no."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.stats import Interval, agreement, wilson

quick = settings(max_examples=25, deadline=None)
pairs = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=4, max_size=60)

TRUTH = [1] * 40 + [0] * 10
VERDICT = [1] * 36 + [0] * 4 + [1] * 5 + [0] * 5


def test_the_card_of_a_lenient_critic():
    card = agreement(TRUTH, VERDICT)
    assert (card.true_pass, card.false_fail, card.false_pass, card.true_fail) == (36, 4, 5, 5)
    assert card.count == 50
    assert card.tpr == wilson(0.9, 40) and card.tnr == wilson(0.5, 10)
    assert card.accuracy.estimate == 0.82 and card.balanced_accuracy.estimate == pytest.approx(0.7)
    assert card.kappa.estimate == pytest.approx(0.415584, abs=1e-6)  # po .82, pe .692
    assert card.ac1.estimate == pytest.approx(0.739960, abs=1e-6)  # q .81, pe .3078 of 2q(1-q)
    assert card.base_rate.estimate == 0.8 and card.pass_rate.estimate == 0.82


@quick
@given(pairs)
def test_kappa_equals_scikit_learn(rows):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")
    y, f = np.array(rows).T
    mine = agreement(y, f).kappa.estimate
    if len(set(y) | set(f)) == 1:
        assert math.isnan(mine)
    else:
        assert mine == pytest.approx(metrics.cohen_kappa_score(y, f), abs=1e-9)


def test_kappa_collapses_under_skew_where_ac1_does_not():
    truth, verdict = [1] * 95 + [0] * 5, [1] * 92 + [0] * 3 + [1] * 4 + [0]
    card = agreement(truth, verdict)
    assert card.accuracy.estimate == 0.93 and card.kappa.estimate < 0.3 and card.ac1.estimate > 0.9


def test_unscored_rows_are_not_disagreements():
    assert agreement([*TRUTH, 1, math.nan], [*VERDICT, math.nan, 0]) == agreement(TRUTH, VERDICT)


def test_ten_agreements_are_not_perfect_agreement():
    card = agreement([1, 0] * 5, [1, 0] * 5)
    assert card.kappa.estimate == 1 and card.kappa.low < 0.9 and card.ac1.low < 0.9


def test_labels_that_are_all_equal_leave_kappa_and_tnr_open():
    card = agreement([1] * 10, [1] * 10)
    assert math.isnan(card.kappa.estimate) and (card.kappa.low, card.kappa.high) == (-1, 1)
    assert math.isnan(card.tnr.estimate) and (card.tnr.low, card.tnr.high) == (0, 1)
    assert agreement([1] * 10, [1] * 9 + [0]).kappa.estimate == 0


def test_one_label_and_none_say_next_to_nothing():
    assert agreement([1], [1]).tpr == Interval(1, pytest.approx(0.206549, abs=1e-6), 1)
    assert agreement([], []).count == 0 and agreement([], []).kappa.high == 1


def test_copies_of_rows_add_nothing_when_clustered():
    many = agreement(np.repeat(TRUTH, 5), np.repeat(VERDICT, 5))
    clustered = agreement(
        np.repeat(TRUTH, 5), np.repeat(VERDICT, 5), clusters=np.repeat(np.arange(50), 5)
    )
    single = agreement(TRUTH, VERDICT)
    assert many.kappa.half_width < 0.6 * single.kappa.half_width
    assert clustered.kappa.half_width == pytest.approx(single.kappa.half_width, rel=0.1)
    assert clustered.tpr.half_width == pytest.approx(single.tpr.half_width, rel=0.05)


def test_kappa_is_covered_at_thirty_labels():
    random, truth, hits = np.random.default_rng(0), 0.6, []
    cells = np.array([truth * 0.9, truth * 0.1, (1 - truth) * 0.3, (1 - truth) * 0.7])
    chance = 0.6 * 0.66 + 0.4 * 0.34
    kappa = (cells[0] + cells[3] - chance) / (1 - chance)
    for _ in range(300):
        drawn = random.choice(4, p=cells, size=30)
        hits.append(kappa in agreement(drawn < 2, np.isin(drawn, (0, 2))).kappa)
    assert np.mean(hits) > 0.92


def test_a_graded_score_is_refused_as_a_verdict():
    with pytest.raises(ValueError, match="pass threshold"):
        agreement([1, 0], [0.7, 0.2])
