"""Several claims at once."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.stats import benjamini_hochberg, each_level, holm, mcnemar, paired_p_value, top_set

quick = settings(max_examples=30, deadline=None)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_holm_and_benjamini_hochberg_give_the_textbook_values():
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert benjamini_hochberg([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.04, 0.04])
    assert holm([]).size == 0


@quick
@given(p_values)
def test_they_equal_statsmodels(p):
    multitest = pytest.importorskip(
        "statsmodels.stats.multitest", reason="statsmodels is the oracle"
    )
    assert np.allclose(holm(p), multitest.multipletests(p, method="holm")[1])
    assert np.allclose(benjamini_hochberg(p), multitest.multipletests(p, method="fdr_bh")[1])


def test_each_of_three_intervals_is_wider():
    assert each_level(0.95, 3) == pytest.approx(1 - 0.05 / 3)
    assert each_level(0.95, 0) == 0.95


def test_p_of_passes_is_mcnemars_and_of_ratings_students():
    a, b = [1] * 10 + [0] * 3, [0] * 10 + [1] * 3
    assert paired_p_value(a, b) == mcnemar(a, b).p
    stats = pytest.importorskip("scipy.stats")
    x, y = [5, 4, 3, 5, 2.5], [3, 4, 4, 2, 2]
    assert paired_p_value(x, y) == pytest.approx(stats.ttest_rel(x, y).pvalue)
    assert paired_p_value(x, x) == 1 and math.isnan(paired_p_value([1], [0]))
    assert paired_p_value([*x, math.nan], [*y, 1]) == paired_p_value(x, y)


def test_copies_of_rows_do_not_make_p_smaller_when_clustered():
    x, y = np.array([5, 4, 3, 5, 2.5]), np.array([3, 4, 4, 2, 2.0])
    copies = paired_p_value(np.repeat(x, 4), np.repeat(y, 4), clusters=np.repeat(np.arange(5), 4))
    assert copies == pytest.approx(paired_p_value(x, y))
    assert paired_p_value(np.repeat(x, 4), np.repeat(y, 4)) < copies


def test_the_top_set_holds_what_cannot_be_told_from_the_best():
    random = np.random.default_rng(0)
    table = random.normal([[0.0], [1.0], [1.02]], 0.5, (3, 60))
    assert set(top_set(table)) == {1, 2}
    assert top_set(table)[0] == int(np.argmax(table.mean(axis=1)))


def test_the_top_set_keeps_the_best_as_often_as_it_says():
    random = np.random.default_rng(0)
    kept = [0 in top_set(random.normal(0, 1, (5, 40))) for _ in range(400)]
    assert np.mean(kept) > 0.94


def test_a_top_set_of_one_of_equals_and_of_none():
    assert top_set([[1.0, 0.0]]) == (0,)
    assert top_set([1.0, 0.0]) == (0,)
    assert top_set(np.ones((3, 50))) == (0, 1, 2)
    assert top_set([[1.0, 1.0], [math.nan, math.nan]]) == (0,)
    assert top_set(np.full((2, 3), math.nan)) == ()


def test_unscored_cells_leave_only_their_pair():
    random = np.random.default_rng(1)
    table = random.normal([[0.0], [1.0]], 0.5, (2, 60))
    table[0, :20] = math.nan
    assert top_set(table) == (1,)
