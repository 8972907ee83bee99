"""Error rates, and how many labels and examples it takes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import TooFewLabels, WorkbenchError
from workbench.stats import (
    examples_for_power,
    expected_half_width,
    label_value,
    labels_needed,
    labels_saved,
    rogan_gladen,
    spread,
)

quick = settings(max_examples=40, deadline=None)


@pytest.mark.parametrize(
    "arguments, low, high",
    [
        ((0.4, 0.7, 0.9, 1000, 200, 200), 0.056351, 0.262733),
        ((0.62, 0.85, 0.93, 2000, 150, 350), 0.554477, 0.645633),
        ((1, 1, 1, 50, 10, 10), 0.904314, 1),
    ],
)
def test_rogan_gladen_gives_the_published_limits(arguments, low, high):
    interval = rogan_gladen(*arguments)
    assert (interval.low, interval.high) == (
        pytest.approx(low, abs=1e-6),
        pytest.approx(high, abs=1e-6),
    )


def test_rogan_gladen_undoes_known_errors():
    theta, tnr, tpr = 0.3, 0.8, 0.9
    assert rogan_gladen(
        theta * tpr + (1 - theta) * (1 - tnr), tnr, tpr, 500, 100, 100
    ).estimate == pytest.approx(0.3)


def test_rogan_gladen_refuses_a_coin_and_missing_labels():
    with pytest.raises(WorkbenchError, match="no better than a coin"):
        rogan_gladen(0.5, 0.5, 0.5, 100, 50, 50)
    with pytest.raises(WorkbenchError, match="no better than a coin"):
        rogan_gladen(0.5, 0.2, 0.6, 100, 50, 50)
    with pytest.raises(TooFewLabels, match="0 labelled fails"):
        rogan_gladen(0.5, 1.0, 0.9, 100, 0, 50)


@pytest.mark.parametrize("rate, tnr, tpr", [(0.02, 0.8, 0.9), (0.98, 0.9, 0.8)])
def test_rogan_gladen_claims_no_rate_where_none_fits(rate, tnr, tpr):
    with pytest.raises(WorkbenchError, match="no true rate fits"):
        rogan_gladen(rate, tnr, tpr, 200, 200, 200)


def test_rogan_gladen_limits_hold_the_estimate_where_one_label_of_a_kind_pulls_them_away():
    few_fails, few_passes = (rogan_gladen(0.5, 1, 1, 500, *labels) for labels in ((1, 40), (40, 1)))
    assert (few_fails.low, few_fails.estimate, few_fails.high) == (0, 0.5, 0.5)
    assert (few_passes.low, few_passes.estimate, few_passes.high) == (0.5, 0.5, 1)


@pytest.mark.parametrize("rates", [(1.2, 0.9, 0.9), (0.5, -0.1, 1.0), (0.5, 0.9, math.nan)])
def test_rogan_gladen_refuses_rates_that_are_none(rates):
    with pytest.raises(ValueError, match="lie between 0 and 1"):
        rogan_gladen(*rates, 100, 50, 50)


def test_labels_for_a_wished_width_as_in_the_books():
    assert labels_needed(0.1, sd=math.sqrt(0.87 * 0.13)) == 44
    assert labels_needed(0.1, sd=0.5) == 97
    assert labels_needed(0.1, sd=0.5, rho=0.6) == 62
    assert labels_needed(0.1, sd=0.5, rho=0.6, unlabelled=0) == 97


@quick
@given(st.floats(0.05, 0.5), st.floats(0.1, 2), st.floats(0, 0.95), st.integers(0, 5000))
def test_the_planned_labels_give_the_wished_width(half_width, sd, rho, unlabelled):
    needed = labels_needed(half_width, sd=sd, rho=rho, unlabelled=unlabelled)
    assert expected_half_width(needed, sd=sd, rho=rho, unlabelled=unlabelled) <= half_width + 1e-9
    if needed > 1:
        assert (
            expected_half_width(needed - 1, sd=sd, rho=rho, unlabelled=unlabelled)
            > half_width - 1e-9
        )


def test_examples_for_power_equal_the_formula():
    assert examples_for_power(0.3, sd=1.0) == 88
    assert examples_for_power(-0.3, sd=1.0, power=0.9) == 117
    with pytest.raises(ValueError, match="0"):
        examples_for_power(0.0, sd=1.0)


def test_a_critic_is_worth_what_its_correlation_saves():
    random = np.random.default_rng(0)
    y = random.normal(size=400)
    value = label_value(y, y + random.normal(size=400), unlabelled=4000)
    assert value.shown and 0.6 < value.rho.estimate < 0.8
    assert value.saving.estimate == pytest.approx(value.rho.estimate**2 * 4000 / 4400)
    assert value.labels.low < value.labels.estimate < value.labels.high
    assert value.labels.estimate == pytest.approx(400 / (1 - value.saving.estimate) - 400)
    assert labels_saved(0.6, 50, 10**9) == pytest.approx(50 / 0.64 - 50)
    assert labels_saved(math.nan, 50, 100) == 0


def test_a_dead_or_inverted_critic_is_worth_nothing():
    y = np.array([1, 0, 1, 1, 0, 1, 0, 1])
    assert label_value(y, np.ones(8), unlabelled=100).labels.estimate == 0
    assert label_value(y, 1 - y, unlabelled=100).labels.estimate == 0
    assert not label_value(y, 1 - y, unlabelled=100).shown
    assert label_value(y, y, unlabelled=0).labels.estimate == 0
    with pytest.raises(TooFewLabels, match="4 labelled"):
        label_value([1, 0, 1, 1, math.nan], [1, 1, 1, 1, 1], unlabelled=10)


def test_a_critic_that_knows_nothing_is_seldom_said_to_be_worth_labels():
    random, count = np.random.default_rng(4), 60
    values = (
        label_value(random.random(count) < 0.8, random.random(count), unlabelled=1000)
        for _ in range(300)
    )
    shown = sum(value.shown for value in values)
    assert shown <= 15  # |rho| > 1/sqrt(n - 2) alone would have said it of some 50


def test_the_spread_of_a_pilot():
    assert spread([1, 2, 3, math.nan]) == 1
    with pytest.raises(TooFewLabels, match="1 label"):
        spread([3])
