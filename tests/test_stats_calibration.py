"""Probabilities that can be believed, thresholds, and cascades."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import TooFewLabels
from workbench.stats import (
    brier,
    calibrate,
    calibration_error,
    calibration_of,
    cascade_mean,
    cascade_report,
    corrected_rate,
    cross_fitted,
    fit_cascade,
    pass_threshold,
    passes,
)
from workbench.stats.cascades import nearest_half

quick = settings(max_examples=30, deadline=None)


def lenient(count, seed=0):
    """Labels that 40 % pass and ratings 1..5 that sit mostly at the top."""
    random = np.random.default_rng(seed)
    y = (random.random(count) < 0.4).astype(float)
    return y, np.clip(np.round(random.normal(3.6 + 1.0 * y, 0.9)), 1, 5)


@pytest.mark.parametrize("labels, worst", [(30, 0.1), (100, 0.07), (300, 0.06)])
def test_a_lenient_critic_is_calibrated_by_few_labels(labels, worst):
    found = []
    for seed in range(30):
        y, f = lenient(3000, seed)
        found.append(calibration_of(y[labels:], calibrate(y[:labels], f[:labels])(f[labels:])))
    raw = calibration_error(*(lambda y, f: (y, (f - 1) / 4))(*lenient(3000)))
    assert raw > 0.3 and np.mean([each.error for each in found]) < worst
    assert np.mean([each.brier - each.base_brier for each in found]) < -0.01


@quick
@given(st.integers(0, 500), st.sampled_from([True, False]))
def test_calibration_keeps_the_order_of_scores(seed, steps):
    y, f = lenient(60, seed)
    p = calibrate(y, f, steps=steps)(np.linspace(1, 5, 40))
    assert (np.diff(p) > 0).all() and p[0] > 0 and p[-1] < 1


def test_even_an_inverted_critic_keeps_its_order():
    p = calibrate([1, 1, 1, 0, 0, 0], [1, 1, 2, 4, 5, 5])([1, 5])
    assert p[0] < p[1] < p[0] + 0.01


def test_the_logistic_curve_agrees_with_scikit_learn():
    models = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is the oracle")
    y, f = lenient(2000)
    x = ((f - f.mean()) / f.std())[:, None]
    oracle = models.LogisticRegression(C=1.0, tol=1e-10).fit(x, y).predict_proba(x)[:, 1]
    assert np.allclose(
        calibrate(y, f, steps=False)(f), oracle, atol=2e-3
    )  # Platt's targets differ by 1/n


def test_the_steps_agree_with_scikit_learn():
    sk = pytest.importorskip("sklearn.isotonic", reason="scikit-learn is the oracle")
    y, f = lenient(400)
    steps = calibrate(y, f)
    oracle = sk.IsotonicRegression().fit(f, y).predict(steps.levels)
    assert np.allclose(steps.rates, oracle)


def test_labels_that_are_all_equal_and_a_constant_critic_stay_moderate():
    assert 0.9 < calibrate([1] * 20, [5] * 20)([5])[0] < 1
    assert calibrate([1, 0] * 10, [3] * 20)([3])[0] == pytest.approx(0.5)
    assert math.isnan(calibrate([1, 0] * 10, [3, 2] * 10)([math.nan])[0])
    with pytest.raises(TooFewLabels, match="4 labelled"):
        calibrate([1, 0, 1, 0, math.nan], [1, 2, 3, 4, 5])


def test_predictions_come_from_rows_that_were_not_fitted():
    y, f = lenient(50)

    def lookup(labels, scores):
        known = dict(zip(scores, labels, strict=True))
        return lambda values: np.array([known.get(value, 0.5) for value in values])

    assert (cross_fitted(y, f + np.arange(50) * 1e-6, lookup) == 0.5).all()
    clusters = np.repeat(np.arange(25), 2)
    assert (
        cross_fitted(np.repeat(y[:25], 2), np.repeat(np.arange(25.0), 2), lookup, clusters=clusters)
        == 0.5
    ).all()
    assert (cross_fitted(y, f) == cross_fitted(y, f)).all()


def test_calibration_is_reported_on_rows_that_were_not_fitted():
    y, f = lenient(200)
    found = calibration_of(y, cross_fitted(y, f))
    assert found.useful and found.count == 200
    assert not calibration_of(y, cross_fitted(y, np.random.default_rng(1).normal(size=200))).useful


def test_ece_and_brier_of_known_cases():
    assert calibration_error([1, 0, 1, 1], [0.75] * 4) == 0
    assert calibration_error([1, 1, 0, 0], [0.9, 0.9, 0.2, 0.2]) == pytest.approx(0.15)
    assert brier([1, 0, math.nan], [0.8, 0.4, 0.1]) == pytest.approx(0.1)
    assert math.isnan(calibration_error([], [])) and math.isnan(brier([], []))


def test_the_pass_threshold_of_a_lenient_critic_is_high():
    y, f = lenient(2000)
    assert pass_threshold(y, f + 1) == pass_threshold(y, f) + 1 > 4
    assert pass_threshold([0, 0, 0, 1, 1, 1], [1, 2, 2, 4, 5, 5]) == 3
    assert pass_threshold([1] * 9, range(9)) == 0 and pass_threshold([0] * 9, range(9)) > 8
    with pytest.raises(TooFewLabels, match="4 labelled"):
        pass_threshold([1, 0, 1, 0], range(4))


def test_a_threshold_chosen_on_noise_is_no_better_than_a_coin_on_other_rows():
    random = np.random.default_rng(0)
    y, f = (random.random(60) < 0.5).astype(float), random.normal(size=60)
    assert np.mean(passes(y, f)(f) == y) > 0.55
    right = [
        np.mean(cross_fitted(y, random.normal(size=60), passes, seed=seed) == y)
        for seed in range(40)
    ]
    assert abs(np.mean(right) - 0.5) < 0.05


def two_critics(count, seed=0):
    random = np.random.default_rng(seed)
    y = (random.random(count) < 0.6).astype(float)
    cheap = np.clip(np.round(random.normal(2.5 + 1.8 * y, 1.0)), 1, 5)
    strong = np.clip(np.round(random.normal(2 + 2.6 * y, 1.0)), 1, 5)
    return y, cheap, strong


def test_a_cascade_is_nearly_as_right_as_the_strong_critic_at_a_part_of_its_cost():
    y, cheap, strong = two_critics(6000)
    cascade = fit_cascade(y[:600], cheap[:600], strong[:600], share=0.3)
    report = cascade_report(cascade, y[600:], cheap[600:], strong[600:], prices=(1, 20))
    assert report.cost == pytest.approx(0.35, abs=0.001)
    assert report.cheap.high < report.strong.low
    assert report.behind.estimate > -0.02 and report.cascade.estimate > report.cheap.high


@pytest.mark.parametrize(
    ("prices", "cost"), [((1, 0), math.inf), ((0, 0), math.nan), ((0, 2), 0.3)]
)
def test_a_free_critic_divides_nothing(prices, cost):
    y, cheap, strong = two_critics(600)
    cascade = fit_cascade(y[:300], cheap[:300], strong[:300], share=0.3)
    report = cascade_report(cascade, y[300:], cheap[300:], strong[300:], prices=prices)
    assert report.cost == pytest.approx(cost, nan_ok=True)


def test_doubtful_and_unscored_cells_go_to_the_strong_critic():
    assert nearest_half([0.9, 0.5, math.nan, 0.6, 0.1], 0.6).tolist() == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert nearest_half([], 0.3).tolist() == [] and nearest_half([0.2], 0.0).tolist() == [False]


def test_a_cascade_speaks_wherever_one_critic_does():
    y, cheap, strong = two_critics(300)
    p = fit_cascade(y, cheap, strong).probability(
        [3, math.nan, 3, math.nan], [math.nan, 3, 3, math.nan]
    )
    assert not np.isnan(p[:3]).any() and math.isnan(p[3])
    with pytest.raises(TooFewLabels, match="19 labels"):
        fit_cascade(y[:19], cheap[:19], strong[:19])


def test_the_mean_of_a_strong_critic_from_a_part_of_its_calls():
    _, cheap, strong = two_critics(2000)
    part = strong.copy()
    part[200:] = math.nan
    assert strong.mean() in cascade_mean(part, cheap)
    passed = np.where(np.isnan(part), math.nan, (part >= 4).astype(float))
    assert cascade_mean(passed, cheap) == corrected_rate(passed[:200], cheap[:200], cheap[200:])
