"""Intervals of one rate or one mean, and what importing the floor costs."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import stats
from workbench.stats import Interval, mean_interval, rate_interval, wilson
from workbench.stats.intervals import guarded_wilson

quick = settings(max_examples=40, deadline=None)


def test_importing_the_floor_loads_neither_numpy_nor_scipy():
    code = "import sys, workbench.stats; print(sorted({'numpy', 'scipy'} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip()
        == "[]"
    )


def test_every_listed_name_exists_and_an_unknown_one_does_not():
    assert dir(stats) == sorted(stats.__all__)
    assert all(getattr(stats, name) for name in dir(stats))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        stats.nothing  # noqa: B018 - the access itself is under test


def test_an_interval_unpacks_and_negates():
    estimate, low, high = -Interval(0.2, -0.1, 0.5)
    assert (estimate, low, high) == (-0.2, -0.5, 0.1)
    assert 0.0 in Interval(0.2, -0.1, 0.5) and 0.6 not in Interval(0.2, -0.1, 0.5)


def test_wilson_gives_the_textbook_limits():
    assert wilson(0.8, 10) == Interval(
        0.8, pytest.approx(0.490162, abs=1e-6), pytest.approx(0.943318, abs=1e-6)
    )
    assert wilson(1.0, 10) == Interval(1.0, pytest.approx(0.722467, abs=1e-6), 1.0)
    assert wilson(0.0, 10).low == 0.0


@quick
@given(st.integers(1, 200), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_equals_statsmodels(count, data, level):
    proportion = pytest.importorskip(
        "statsmodels.stats.proportion", reason="statsmodels is the oracle"
    )
    passes = data.draw(st.integers(0, count))
    low, high = proportion.proportion_confint(passes, count, alpha=1 - level, method="wilson")
    interval = wilson(passes / count, count, level=level)
    assert (interval.low, interval.high) == (
        pytest.approx(low, abs=1e-9),
        pytest.approx(high, abs=1e-9),
    )


def test_one_pass_in_ten_may_be_one_in_a_hundred():
    assert wilson(0.1, 10).low > 0.0178
    assert guarded_wilson(0.1, 10).low == pytest.approx(0.00513, abs=1e-5)


def test_a_rate_and_a_mean_of_nothing_are_unknown_not_zero():
    rate, mean = rate_interval([math.nan]), mean_interval([])
    assert math.isnan(rate.estimate) and (rate.low, rate.high) == (0, 1)
    assert math.isnan(mean.estimate) and (mean.low, mean.high) == (-math.inf, math.inf)


def test_unscored_rows_leave_a_rate_and_a_mean():
    assert rate_interval([1, 1, 0, math.nan, math.nan]) == rate_interval([1, 1, 0])
    assert mean_interval([3, 4, math.nan, 5]) == mean_interval([3, 4, 5])


def test_one_value_has_no_limits():
    assert mean_interval([4]) == Interval(4, -math.inf, math.inf)


def test_a_mean_has_students_limits():
    assert tuple(mean_interval([1, 2, 3, 4])) == pytest.approx((2.5, 0.445739, 4.554261), abs=1e-6)


def test_copies_of_a_row_add_nothing_when_they_are_one_cluster():
    values = np.random.default_rng(3).integers(0, 2, 40).astype(float)
    copies, clusters = np.repeat(values, 3), np.repeat(np.arange(40), 3)
    rate, mean = rate_interval(values).half_width, mean_interval(values).half_width
    assert rate_interval(copies).half_width < 0.65 * rate
    assert rate_interval(copies, clusters=clusters).half_width == pytest.approx(rate, rel=0.02)
    assert mean_interval(copies, clusters=clusters).half_width == pytest.approx(mean, rel=1e-9)


def test_equal_values_in_two_clusters_count_twice_not_twenty_times():
    assert rate_interval([1] * 20, clusters=[0] * 10 + [1] * 10) == rate_interval([1, 1])


def test_a_level_outside_0_to_1_and_clusters_of_another_length_are_mistakes():
    with pytest.raises(ValueError, match="level"):
        wilson(0.5, 10, level=95)
    with pytest.raises(ValueError, match="2 clusters for 3 rows"):
        mean_interval([1, 2, 3], clusters=[0, 1])
    with pytest.raises(ValueError, match="0 or 1"):
        rate_interval([0, 1, 2])


ONES = [1.0, 0.0] * 10
GRADED = [1.0, 3.0, 2.0, 5.0] * 5
TAKES_SCORES = {
    "a rate": lambda x, **more: stats.rate_interval(x, **more),
    "a mean": lambda x, **more: stats.mean_interval(x, **more),
    "a difference": lambda x, **more: stats.paired_difference(x, GRADED[: len(x)], **more),
    "a corrected rate": lambda x, **more: stats.corrected_rate(x, ONES[: len(x)], ONES, **more),
    "a critic's rate": lambda x, **more: stats.corrected_rate(ONES[: len(x)], x, ONES, **more),
    "a corrected mean": lambda x, **more: stats.corrected_mean(x, GRADED[: len(x)], GRADED, **more),
    "a corrected difference": lambda x, **more: stats.corrected_difference(
        x, GRADED[: len(x)], x, GRADED[: len(x)], GRADED, ONES, **more
    ),
    "agreement": lambda x, **more: stats.agreement(x, ONES[: len(x)], **more),
    "rating agreement": lambda x, **more: stats.rating_agreement(x, GRADED[: len(x)], **more),
    "auc": lambda x, **more: stats.auc(ONES[: len(x)], x, **more),
    "raters": lambda x, **more: stats.rater_agreement([x, GRADED[: len(x)]], **more),
    "a critic's worth": lambda x, **more: stats.label_value(x, GRADED[: len(x)], 100, **more),
    "length": lambda x, **more: stats.length_effect(x, GRADED[: len(x)], np.arange(len(x)), **more),
    "own family": lambda x, **more: stats.self_preference(
        x, GRADED[: len(x)], ONES[: len(x)], **more
    ),
    "a cascade's mean": lambda x, **more: stats.cascade_mean(x, GRADED[: len(x)], **more),
}


@pytest.mark.parametrize("what", TAKES_SCORES)
def test_a_level_outside_0_to_1_is_a_mistake_whatever_there_is_to_say(what):
    for level in (-0.1, 0, 1, 95, math.nan):
        with pytest.raises(ValueError, match="level"):
            TAKES_SCORES[what](ONES, level=level)


def test_a_level_outside_0_to_1_is_a_mistake_where_nothing_was_scored():
    for what in (
        "a rate",
        "a mean",
        "a difference",
        "agreement",
        "rating agreement",
        "auc",
        "raters",
    ):
        with pytest.raises(ValueError, match="level"):
            TAKES_SCORES[what]([], level=95)
    for plan in (
        lambda: stats.each_level(95, 3),
        lambda: stats.examples_for_power(0.1, sd=1, level=95),
    ):
        with pytest.raises(ValueError, match="level"):
            plan()
    with pytest.raises(ValueError, match="power"):
        stats.examples_for_power(0.1, sd=1, power=1)


@pytest.mark.parametrize("what", TAKES_SCORES)
def test_an_infinite_score_is_unscored(what):
    for endless in (math.inf, -math.inf):
        pierced, missing = [endless, *ONES[1:]], [math.nan, *ONES[1:]]
        assert repr(TAKES_SCORES[what](pierced)) == repr(TAKES_SCORES[what](missing))


def test_any_hashable_label_names_a_cluster():
    values, numbers = [1.0, 2.0, 4.0, 4.0, 2.0, 5.0], [0, 0, 1, 1, 2, 2]
    by_number = mean_interval(values, clusters=numbers)
    for names in (
        ["a", "a", None, None, "b", "b"],
        [("a", 1), ("a", 1), 2, 2, "2", "2"],
        np.array(numbers) + 0.5,
    ):
        assert tuple(mean_interval(values, clusters=names)) == pytest.approx(tuple(by_number))
    missing = mean_interval(values, clusters=[math.nan, float("nan"), 1, 1, 2, 2])
    assert tuple(missing) == pytest.approx(tuple(by_number))


def test_the_package_docstring_names_every_function():
    missing = [name for name in dir(stats) if name[0].islower() and name not in str(stats.__doc__)]
    assert missing == []
