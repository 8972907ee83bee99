"""Arms of users: golden values, and coverage where messages of a user are alike."""

import math

import numpy as np
import pytest
from scipy.special import ndtri

from workbench.stats.intervals import Interval
from workbench.stats.movers import (
    RareRate,
    log_quantile_ratio,
    rare_difference,
    rare_rate,
    user_quantile,
)
from workbench.stats.planned_looks import (
    information_curve,
    information_tails,
    sequence_tails,
    spending_shares,
)
from workbench.stats.sample_ratios import ALARM, ratio_evidence
from workbench.stats.user_ratios import (
    adjusted_difference,
    covariates,
    log_ratio,
    ratio_difference,
    user_ratio,
)


@pytest.mark.parametrize(
    "weight, expected",
    [
        (100, (-1.419, -0.3295, 15.524)),
        (1000, (-0.478, 0.6193, 15.174)),
        (10_000, (None, None, 8.655)),
    ],
)
def test_evidence_against_the_planned_share_is_that_of_the_tables(weight, expected):
    counts = ((821, 815), (5100, 4900), (5300, 4700))
    found = [ratio_evidence(*users, weight=weight) for users in counts]
    assert all(
        want is None or got == pytest.approx(want, abs=6e-4)
        for got, want in zip(found, expected, strict=True)
    )


def test_an_unequal_plan_is_no_alarm():
    assert ratio_evidence(9000, 1000, 0.1) < 0
    assert ratio_evidence(9000, 1000) > ALARM


@pytest.mark.parametrize(
    "information, last, tail, bounds",
    [
        ([0.2, 0.4, 0.6, 0.8, 1], True, 0.025, [4.877, 3.357, 2.680, 2.290, 2.031]),
        ([0.1, 0.35, 0.6, 1], True, 0.025, [6.991, 3.613, 2.673, 1.981]),
        ([0.3, 0.31, 0.9, 1], True, 0.025, [3.929, 3.916, 2.094, 2.053]),
        ([0.2, 0.4, 0.6, 0.8, 1], True, 0.05, [4.229, 2.888, 2.298, 1.962, 1.740]),
        ([0.16, 0.32, 0.48, 0.64, 0.8], True, 0.025, [5.482, 3.794, 3.038, 2.598, 1.972]),
    ],
)
def test_bounds_by_information_are_those_of_the_tables(information, last, tail, bounds):
    tails = information_tails(information, information, tail, last=last)
    assert [-float(ndtri(each)) for each in tails] == pytest.approx(bounds, abs=6e-4)


def test_a_plan_reached_early_keeps_the_rest_for_its_last_look():
    before = information_tails([50, 100, 120], [0.5, 1.0, 1.2], 0.025)
    assert before[1] > 0
    assert before[2] == 0  # everything but the rest is spent
    after = information_tails([50, 100, 120], [0.5, 1.0, 1.2], 0.025, last=True)
    assert after[:2] == before[:2]
    assert 0 < after[2] < 0.025


def test_a_look_at_nothing_new_spends_nothing():
    assert information_tails([10, 10], [0.4, 0.4], 0.025)[1] == 0
    assert information_tails([math.nan, 10], [0.0, 0.4], 0.025)[0] == 0


def test_half_of_the_spending_goes_by_the_calendar():
    assert spending_shares([2, 1, 8], 4, [0.25, 0.5, 0.75]) == [0.375, 0.5, 0.875]
    assert spending_shares([2, 1, 8], None, [0.25, 0.5, 0.75]) == [0.25, 0.5, 0.75]


def test_the_asymptotic_sequence_is_that_of_the_tables():
    tails = sequence_tails([1, 0.1, 0], 0.025)  # 1,000 and 100 values of standard deviation 1
    widths = [-float(ndtri(tail)) / n**0.5 for tail, n in zip(tails[:2], (1000, 100), strict=True)]
    assert widths == pytest.approx([0.0960, 0.3855], abs=6e-5)
    assert tails[2] == 0


def test_a_ratio_of_sums_has_leverage_and_the_degrees_of_equal_users():
    found = user_ratio([1, 2, 0, 0], [2, 2, 4, 0])
    assert found.estimate == 3 / 8
    assert found.kish == pytest.approx(64 / 24)
    assert found.users == 3
    residuals = np.array([1 - 0.75, 2 - 0.75, -1.5]) / (1 - np.array([2, 2, 4]) / 8)
    assert found.error == pytest.approx(math.sqrt((residuals**2).sum()) / 8)


@pytest.mark.parametrize("y, n", [([], []), ([0], [0]), ([3], [5])])
def test_nothing_is_known_of_no_user_and_little_of_one(y, n):
    found = user_ratio(y, n)
    assert found.limits(0.025) == (-math.inf, math.inf)
    both = ratio_difference(user_ratio([1, 0], [1, 1]), found)
    assert both.limits(0.025) == (-math.inf, math.inf)


def test_costs_are_compared_by_their_ratio():
    found = log_ratio(user_ratio([2.0, 2.2], [1, 1]), user_ratio([4.0, 4.4], [1, 1]))
    assert math.exp(found.estimate) == pytest.approx(2)
    assert log_ratio(user_ratio([0, 0], [1, 1]), user_ratio([1, 2], [1, 1])).degrees == 0


def test_histories_make_a_difference_surer_and_no_other():
    random = np.random.default_rng(0)
    users = 4000
    level = random.normal(0.6, 0.15, users).clip(0.01, 0.99)
    is_challenger = random.random(users) < 0.5
    n, n_before = random.poisson(8, users) + 1.0, random.poisson(8, users).astype(float)
    n_before[:800] = 0
    y = random.binomial(n.astype(int), (level + 0.03 * is_challenger).clip(0, 1)).astype(float)
    y_before = random.binomial(n_before.astype(int), level).astype(float)
    arms = [user_ratio(y[is_challenger == arm], n[is_challenger == arm]) for arm in (False, True)]
    plain = ratio_difference(*arms)
    adjusted = adjusted_difference(y, n, is_challenger, covariates(y_before, n_before))
    assert adjusted.error < 0.95 * plain.error
    assert adjusted.estimate == pytest.approx(0.03, abs=3 * adjusted.error)
    without = adjusted_difference(y, n, is_challenger, covariates(0 * y, 0 * n))
    assert (without.estimate, without.error) == pytest.approx((plain.estimate, plain.error))


def test_a_quantile_has_limits_by_users():
    values = np.arange(1.0, 101)
    alone = user_quantile(values, np.arange(100), 0.95)
    assert alone.estimate == 95
    low, high = alone.limits(0.025)
    assert 88 <= low < 95 < high <= 100
    crowded = user_quantile(values, np.arange(100) // 10, 0.95)  # the ten slowest are one user's
    assert crowded.limits(0.025)[0] < low
    assert math.isinf(crowded.limits(0.025)[1])
    assert math.isnan(user_quantile(values[:0], np.arange(0), 0.95).estimate)


def test_a_ratio_of_quantiles_is_on_the_logarithm():
    arm = user_quantile(np.arange(1.0, 1001), np.arange(1000) % 200, 0.95)
    twice = user_quantile(2 * np.arange(1.0, 1001), np.arange(1000) % 200, 0.95)
    found = log_quantile_ratio(arm, twice)
    assert found.estimate == pytest.approx(math.log(2))
    low, high = found.limits(0.05)
    assert low < found.estimate < high


def test_rare_rates_never_say_that_nothing_can_happen():
    none = rare_rate(np.zeros(1000), np.full(1000, 5.0))
    assert none.limits(0.05)[1] > 1 / 5000
    found = rare_difference(none, none)
    assert found.estimate == 0
    low, high = found.limits(0.05)
    assert low == pytest.approx(-high)
    assert 0 < high < 0.002
    assert rare_rate([], []).limits(0.05) == (0.0, 1.0)
    assert rare_rate([3], [3]).limits(0.05)[1] == 1.0
    assert isinstance(none, RareRate)


def test_events_of_few_users_are_worth_few_messages():
    n = np.full(500, 10.0)
    spread, crowded = np.zeros(500), np.zeros(500)
    spread[:50], crowded[:5] = 1, 10
    assert rare_rate(crowded, n).count < 0.2 * rare_rate(spread, n).count


def test_the_curve_of_information_is_found_again_and_never_turns():
    curve = information_curve([1, 2, 4, 8], [(0.4 / day + 0.1) ** 0.5 for day in (1, 2, 4, 8)])
    assert (curve.daily, curve.lasting) == pytest.approx((0.4, 0.1))
    assert curve.error(16, seen=1.0, on=4) == pytest.approx((0.125 / 0.2) ** 0.5)
    assert information_curve([1, 2], [1.0, 2.0]).daily == 0
    assert information_curve([3], [1.0]).lasting == 0
    with pytest.raises(ValueError, match="no error is known"):
        information_curve([1], [math.nan])


def covered(truth, found):
    low, high = found.limits(0.025)
    return truth in Interval(found.estimate, low, high)


def test_intervals_of_thirty_users_hold_what_they_promise():
    random, hits, runs = np.random.default_rng(1), 0, 400
    for _ in range(runs):
        rates = np.exp(random.normal(0.5, 1.1, 60))
        n = random.poisson(rates).astype(float)
        y = random.binomial(n.astype(int), random.beta(7, 3, 60)).astype(float)
        hits += covered(0, ratio_difference(user_ratio(y[:30], n[:30]), user_ratio(y[30:], n[30:])))
    assert 0.9 <= hits / runs <= 0.985
