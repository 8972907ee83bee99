"""Traffic foreseen: what a request takes, by users, times the requests of a period, and a drift."""

import math

import pytest

from workbench.stats.forecasting import (
    LogEstimate,
    mean_period,
    of_a_share,
    per_request,
    replicas_for,
)
from workbench.stats.intervals import Interval


def test_a_request_is_measured_by_users():
    alone = per_request([10, 20, 30, 40], [1, 2, 3, 4])
    of_two = per_request([10, 20, 30, 40], [1, 1, 2, 2])
    assert alone.estimate == of_two.estimate == 25
    # residuals -15, -5, 5, 15, each over 3/4; and of two users -20 and 20, each over 1/2
    assert alone.error == pytest.approx(math.sqrt(500) / 0.75 / 4 / 25)
    assert of_two.error == pytest.approx(math.sqrt(3200) / 4 / 25)


def test_one_user_says_nothing_of_others():
    found = per_request([10, 20], [7, 7])
    assert (found.estimate, found.degrees) == (15, 0.0)
    assert found.interval() == Interval(15, 0.0, math.inf)


def test_a_mean_period_has_one_degree_less_a_kind():
    minutes = mean_period([90, 100, 110])
    assert (minutes.estimate, minutes.degrees) == (100, 2)
    assert minutes.error == pytest.approx(10 / math.sqrt(3) / 100)


def test_a_mean_day_weighs_weekdays_and_weekends_as_a_week_has_them():
    weekdays = [100.0] * 5 + [40.0] * 2 + [110.0, 120.0, 120.0]
    kinds = [0] * 5 + [1] * 2 + [0] * 3
    day = mean_period(weekdays, kinds, (5 / 7, 2 / 7))
    assert day.estimate == pytest.approx((5 * 106.25 + 2 * 40) / 7)
    assert day.degrees == 8
    assert mean_period(weekdays, kinds, (0.0, 1.0)).estimate == 40


def test_a_kind_that_was_not_seen_is_not_known():
    assert math.isnan(mean_period([100, 101], [0, 0], (5 / 7, 2 / 7)).estimate)
    assert mean_period([100]).degrees == 0


def test_the_drift_is_added_in_quadrature_on_the_log():
    known = LogEstimate(100.0, 0.0)
    assert known.interval(drift=0.1) == Interval(
        100.0, pytest.approx(100 * math.exp(-0.1)), pytest.approx(100 * math.exp(0.1))
    )
    found = LogEstimate(100.0, 0.1, 19)
    half = math.sqrt((2.093024 * 0.1) ** 2 + 0.1**2)
    assert found.interval(drift=0.1).high == pytest.approx(100 * math.exp(half))
    assert found.interval(0.9).high == pytest.approx(100 * math.exp(1.729133 * 0.1))


def test_a_product_keeps_both_errors_and_the_fewer_degrees():
    found = LogEstimate(3.0, 0.03, 9).times(LogEstimate(4.0, 0.04))
    assert found == LogEstimate(12.0, 0.05, 9)
    assert found.scaled(2) == LogEstimate(24.0, 0.05, 9)


def test_a_share_of_users_is_scaled_up_with_what_chance_put_into_it():
    assert of_a_share([1, 1, 2], 1.0) == LogEstimate(1.0, 0.0)
    found = of_a_share([1, 1, 2], 0.25)
    assert (found.estimate, found.degrees) == (4.0, 1)
    assert found.error == pytest.approx(math.sqrt(0.75 * 5) / 3)


def test_nothing_logged_is_no_interval():
    assert per_request([], []).degrees == 0
    empty = LogEstimate(0.0, 0.1, 5).interval(drift=0.1)
    assert empty.estimate == 0 and math.isnan(empty.low)


def test_replicas_are_filled_to_85_hundredths_at_the_peak():
    exact = Interval(6.6, 6.6, 6.6)
    assert replicas_for(Interval(5.61, 5.61, 5.61), exact) == Interval(1, 1, 1)
    assert replicas_for(Interval(5.62, 5.0, 12.0), exact) == Interval(2, 1, 3)
    assert replicas_for(Interval(10, 9, 11), Interval(6.6, 6.0, 7.0)) == Interval(2, 2, 3)
