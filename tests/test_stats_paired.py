"""Differences between two variants on the same examples, and the word for them."""

import gc
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import TooFewLabels
from workbench.stats import (
    Decision,
    Interval,
    decide,
    each_level,
    holm,
    missing_bounds,
    more_examples,
    paired_difference,
    paired_p_value,
)

quick = settings(max_examples=40, deadline=None)
ratings = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=60)
passes = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=60)


def columns(pairs):
    return np.array(pairs, dtype=float).T


@quick
@given(st.one_of(ratings, passes))
def test_a_variant_against_itself_differs_by_nothing(pairs):
    a, _ = columns(pairs)
    interval = paired_difference(a, a)
    assert interval.estimate == 0 and interval.low < 0 < interval.high


@quick
@given(st.one_of(ratings, passes))
def test_swapping_the_sides_negates(pairs):
    a, b = columns(pairs)
    assert tuple(paired_difference(b, a)) == pytest.approx(
        tuple(-paired_difference(a, b)), abs=1e-12
    )


@quick
@given(st.one_of(ratings, passes), st.randoms(use_true_random=False))
def test_the_order_of_examples_changes_nothing(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    before, after = paired_difference(*columns(pairs)), paired_difference(*columns(shuffled))
    assert tuple(after) == pytest.approx(tuple(before), abs=1e-9)


@quick
@given(st.one_of(ratings, passes))
def test_four_times_the_examples_halve_the_interval_or_better(pairs):
    a, b = columns(pairs)
    one, four = paired_difference(a, b), paired_difference(np.tile(a, 4), np.tile(b, 4))
    assert four.half_width <= 0.75 * one.half_width + 1e-12


@quick
@given(st.one_of(ratings, passes))
def test_an_unscored_row_leaves_whatever_the_other_side_says(pairs):
    a, b = columns(pairs)
    assert paired_difference(np.r_[a, math.nan, 1], np.r_[b, 1, math.nan]) == paired_difference(
        a, b
    )


def test_ratings_have_students_limits():
    interval = paired_difference([5, 4, 3, 5, 2], [3, 4, 4, 2, 2])
    assert interval == Interval(
        0.8, pytest.approx(-1.240262, abs=1e-6), pytest.approx(2.840262, abs=1e-6)
    )


@quick
@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=5, max_size=30).map(columns)
)
def test_graded_scores_equal_scipys_paired_t_and_are_wider_only_where_nearly_all_are_on_one_side(
    pair,
):
    a, b = pair
    difference = np.abs(a - b)
    if (
        not difference.max() > 1e-3
        or np.isin(np.round(difference / difference.max(), 9), (0, 1)).all()
    ):
        return  # no spread, or signs alone: another rule
    scipy_stats = pytest.importorskip("scipy.stats")
    oracle = scipy_stats.ttest_rel(a, b).confidence_interval(0.9)
    interval = paired_difference(a, b, level=0.9)
    assert interval.low <= oracle.low + 1e-9 and interval.high >= oracle.high - 1e-9
    if abs((a - b).mean()) < 0.5 * (a - b).std():
        assert tuple(interval) == pytest.approx(
            (interval.estimate, oracle.low, oracle.high), abs=1e-9
        )


@pytest.mark.parametrize("count", [10, 20, 50])
def test_the_difference_of_a_good_and_a_bad_variant_is_covered(count):
    random = np.random.default_rng(0)
    a = random.choice([1.0, 2, 3, 4, 5], p=[0.02, 0.02, 0.03, 0.03, 0.9], size=(1500, count))
    b = random.choice([1.0, 2, 3, 4, 5], p=[0.9, 0.04, 0.03, 0.02, 0.01], size=(1500, count))
    assert (
        np.mean([4.77 - 1.2 in paired_difference(x, y) for x, y in zip(a, b, strict=True)]) > 0.93
    )


def test_ten_equal_pairs_prove_no_tie():
    interval = paired_difference([1] * 10, [1] * 10)
    assert interval.estimate == 0 and interval.high > 0.25
    assert decide(interval, 0.05) == Decision.NEED_MORE
    assert decide(paired_difference([1] * 400, [1] * 400), 0.02) == Decision.TIE


def test_equal_ratings_are_as_uncertain_as_their_scale_is_wide():
    assert paired_difference([4] * 10, [4] * 10, bounds=(1, 5)).high == pytest.approx(
        4 * paired_difference([1] * 10, [1] * 10).high
    )


def test_a_difference_of_passes_stays_within_one():
    assert paired_difference([1, 1, 1], [0, 0, 0]).high == 1
    assert paired_difference([1], [0]) == Interval(1, -1, 1)


def test_one_example_and_none_are_unknown():
    assert paired_difference([5], [3]) == Interval(2, -math.inf, math.inf)
    assert math.isnan(paired_difference([math.nan], [1]).estimate)
    assert decide(paired_difference([], []), 0.02) == Decision.NEED_MORE


def test_repeats_of_an_example_are_one_cluster():
    random = np.random.default_rng(0)
    a, b = random.integers(1, 6, 30).astype(float), random.integers(1, 6, 30).astype(float)
    copies = paired_difference(
        np.repeat(a, 4), np.repeat(b, 4), clusters=np.repeat(np.arange(30), 4)
    )
    assert tuple(copies) == pytest.approx(tuple(paired_difference(a, b)), abs=1e-9)
    passes = paired_difference(
        np.repeat(a > 3, 4), np.repeat(b > 3, 4), clusters=np.repeat(np.arange(30), 4)
    )
    assert passes.half_width == pytest.approx(paired_difference(a > 3, b > 3).half_width, rel=0.03)


@pytest.mark.parametrize(
    "only_a, only_b, count", [(0.02, 0.0, 100), (0.05, 0.05, 30), (0.3, 0.1, 20), (0.9, 0.05, 50)]
)
def test_differences_of_passes_are_covered_where_plain_t_fails(only_a, only_b, count):
    random = np.random.default_rng(1)
    draws = random.random((1500, count))
    a = (draws < only_a + 0.05).astype(float)  # 5 % pass on both sides
    b = ((draws >= only_a) & (draws < only_a + 0.05 + only_b)).astype(float)
    hits = [only_a - only_b in paired_difference(x, y) for x, y in zip(a, b, strict=True)]
    assert np.mean(hits) > 0.93


@pytest.mark.parametrize(
    "low, high, word",
    [
        (-0.01, 0.02, "tie"),
        (0.001, 0.05, "better"),
        (-0.3, -0.001, "worse"),
        (-0.03, 0.01, "need more"),
        (0, 0, "tie"),
    ],
)
def test_the_word_follows_from_interval_and_margin(low, high, word):
    assert decide(Interval((low + high) / 2, low, high), 0.02) == word


def test_a_missing_interval_needs_more_and_a_negative_margin_is_a_mistake():
    assert decide(Interval(math.nan, math.nan, math.nan), 0.02) == "need more"
    with pytest.raises(ValueError, match="margin"):
        decide(Interval(0, 0, 0), -0.1)


@quick
@given(st.floats(-1, 1), st.floats(0.001, 1), st.floats(0.001, 0.5))
def test_swapping_the_sides_swaps_better_and_worse(estimate, half, margin):
    interval = Interval(estimate, estimate - half, estimate + half)
    mirrored = {"better": "worse", "worse": "better"}
    assert decide(-interval, margin) == mirrored.get(
        decide(interval, margin), decide(interval, margin)
    )


def test_p_of_passes_is_mcnemars_exact_one():
    a, b = [1] * 10 + [0] * 3 + [1] * 5, [0] * 10 + [1] * 3 + [1] * 5
    assert paired_p_value(a, b) == pytest.approx(0.0922852, abs=1e-7)
    assert paired_p_value([1, 0], [1, 0]) == 1 and math.isnan(paired_p_value([], []))


@quick
@given(passes)
def test_p_of_passes_equals_statsmodels(pairs):
    tables = pytest.importorskip(
        "statsmodels.stats.contingency_tables", reason="statsmodels is the oracle"
    )
    a, b = columns(pairs)
    table = [[((a == i) & (b == j)).sum() for j in (1, 0)] for i in (1, 0)]
    oracle = tables.mcnemar(table, exact=True).pvalue
    assert paired_p_value(a, b) == pytest.approx(oracle, abs=1e-12)


def test_p_of_ratings_is_students():
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


def test_holm_gives_the_textbook_values():
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]).size == 0


@quick
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_equals_statsmodels(p):
    multitest = pytest.importorskip(
        "statsmodels.stats.multitest", reason="statsmodels is the oracle"
    )
    gc.freeze()  # it searches all there is for garbage, each time
    wanted = multitest.multipletests(p, method="holm")[1]
    gc.unfreeze()
    assert np.allclose(holm(p), wanted)


def test_each_of_three_intervals_is_wider():
    assert each_level(0.95, 3) == pytest.approx(1 - 0.05 / 3)
    assert each_level(0.95, 0) == 0.95


@pytest.mark.parametrize("bounds", [(1, 0), (1, 1), (0, math.inf), (math.nan, 1)])
def test_bounds_that_are_no_scale_are_a_mistake(bounds):
    with pytest.raises(ValueError, match="bounds"):
        paired_difference([1, 0], [0, 1], bounds=bounds)
    with pytest.raises(ValueError, match="bounds"):
        missing_bounds([1, 0], [0, 1], bounds)


def test_missing_scores_bound_the_difference_from_both_ends():
    bounds = missing_bounds([1, math.nan, 0, 1], [0, 1, math.nan, 1], (0, 1))
    assert bounds == Interval(0.5, -0.25, 0.25)
    assert math.isnan(missing_bounds([math.nan], [math.nan], (1, 5)).estimate)
    assert missing_bounds([math.nan], [math.nan], (1, 5)).low == -4


def test_more_examples_come_from_the_width_and_not_from_the_effect():
    assert more_examples(Interval(0.1, 0.0, 0.2), 100, 0.05) == 300
    assert more_examples(Interval(0.7, 0.6, 0.8), 100, 0.05) == 300
    assert more_examples(Interval(0.0, -0.01, 0.01), 100, 0.05) == 0
    with pytest.raises(TooFewLabels, match="at least 5"):
        more_examples(Interval(1, -math.inf, math.inf), 1, 0.05)
