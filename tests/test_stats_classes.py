"""Few classes: which is taken for which, and precision, recall and F1 with honest intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from workbench.stats import class_measures, confusion, wilson

CLASSES = ["a", "b", "c"]
RIGHT = ["a", "a", "a", "a", "b", "b", "c"]
GIVEN = ["a", "a", "b", "x", "b", "a", "c"]


def test_rows_are_right_answers_and_the_last_column_what_is_none_of_them():
    assert confusion(RIGHT, GIVEN, CLASSES).tolist() == [[2, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 0]]


def test_no_row_gives_an_empty_table():
    assert confusion([], [], CLASSES).tolist() == [[0] * 4] * 3


def test_measures_of_a_class_are_shares_of_its_column_and_its_row():
    a, b, c = class_measures(RIGHT, GIVEN, CLASSES)
    assert (a.precision.estimate, a.recall.estimate) == (pytest.approx(2 / 3), 0.5)
    assert a.f1.estimate == pytest.approx(4 / 7)
    assert (b.precision.estimate, b.recall.estimate, b.f1.estimate) == (0.5, 0.5, 0.5)
    assert c.f1.estimate == 1.0
    assert a.recall == wilson(0.5, 4)
    assert (round(a.recall.low, 4), round(a.recall.high, 4)) == (0.15, 0.85)


def test_f1_has_the_limits_of_its_share_carried_over():
    f1, share = class_measures(RIGHT, GIVEN, CLASSES)[0].f1, wilson(2 / 5, 5)
    assert f1.low == pytest.approx(2 * share.low / (1 + share.low))
    assert f1.high == pytest.approx(2 * share.high / (1 + share.high))


def test_a_class_that_nobody_gave_has_no_precision():
    measures = class_measures(["a", "b"], ["a", "a"], ["a", "b"])[1]
    assert np.isnan(measures.precision.estimate)
    assert (measures.precision.low, measures.precision.high) == (0.0, 1.0)
    assert measures.recall.estimate == measures.f1.estimate == 0.0


def test_repeats_of_an_example_count_as_one():
    examples = [n for n in range(7) for _ in range(5)]
    right, given = ([text for text in texts for _ in range(5)] for texts in (RIGHT, GIVEN))
    once = class_measures(RIGHT, GIVEN, CLASSES, clusters=range(7))[0]
    five = class_measures(right, given, CLASSES, clusters=examples)[0]
    assert five.recall.estimate == once.recall.estimate
    assert five.recall.half_width >= once.recall.half_width - 1e-9
    assert five.f1.half_width >= once.f1.half_width - 1e-9


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcx")), min_size=1))
def test_counts_and_estimates_are_those_of_scikit_learn(pairs):
    right, got = ([pair[side] for pair in pairs] for side in (0, 1))
    theirs = confusion_matrix(right, got, labels=[*CLASSES, "x"])[:3]
    assert confusion(right, got, CLASSES).tolist() == theirs.tolist()
    ours = class_measures(right, got, CLASSES)
    rates = precision_recall_fscore_support(right, got, labels=CLASSES, zero_division=np.nan)
    for name, values in zip(("precision", "recall", "f1"), rates, strict=False):
        found = [getattr(each, name).estimate for each in ours]
        assert np.allclose(found, values, equal_nan=True), name


def test_the_interval_of_f1_holds_it_as_often_as_it_says():
    draws = np.random.default_rng(0)
    truth = 2 * 0.3 * 0.8 / (0.3 + 0.3 * 0.8 + 0.7 * 0.1)
    held = 0
    for _ in range(400):
        right = draws.random(120) < 0.3
        given = np.where(right, draws.random(120) < 0.8, draws.random(120) < 0.1)
        held += truth in class_measures(right.tolist(), given.tolist(), [False, True])[1].f1
    assert 0.92 <= held / 400 <= 0.98


@pytest.mark.parametrize(
    ("right", "given", "said"),
    [(["a"], [], "1 right answers for 0 answers"), (["z"], ["a"], "'z' is none of the classes")],
)
def test_what_does_not_fit_is_refused(right, given, said):
    with pytest.raises(ValueError, match=said):
        confusion(right, given, CLASSES)
