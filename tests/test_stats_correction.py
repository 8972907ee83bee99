"""Critic scores corrected by people's labels."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import TooFewLabels
from workbench.stats import (
    corrected_difference,
    corrected_mean,
    corrected_rate,
    mean_interval,
    paired_difference,
    wilson,
)

quick = settings(max_examples=30, deadline=None)


def sample(theta, false_pass, false_fail, count, rest, seed=0):
    """Labels and a critic's verdicts of `count` rows and its verdicts of `rest` more."""
    random = np.random.default_rng(seed)
    truth = random.random(count + rest) < theta
    verdict = np.where(
        truth, random.random(count + rest) >= false_fail, random.random(count + rest) < false_pass
    )
    return truth[:count].astype(float), verdict[:count].astype(float), verdict[count:].astype(float)


seeds = st.integers(0, 10_000)


@quick
@given(seeds, st.integers(5, 80), st.integers(1, 300), st.floats(0, 0.6), st.floats(0, 0.6))
def test_the_estimate_of_a_rate_equals_ppi_python(seed, count, rest, false_pass, false_fail):
    ppi = pytest.importorskip("ppi_py", reason="ppi-python is the oracle")
    y, f, f_rest = sample(0.6, false_pass, false_fail, count, rest, seed)
    if np.ptp(np.r_[f, f_rest]) == 0:
        return  # the oracle divides by zero
    oracle = float(np.clip(ppi.ppi_mean_pointestimate(y, f, f_rest)[0], 0, 1))
    assert corrected_rate(y, f, f_rest).estimate == pytest.approx(oracle, abs=1e-9)


@quick
@given(seeds, st.integers(5, 80), st.integers(2, 300))
def test_the_estimate_of_a_mean_equals_ppi_python(seed, count, rest):
    ppi = pytest.importorskip("ppi_py", reason="ppi-python is the oracle")
    random = np.random.default_rng(seed)
    truth = random.integers(1, 6, count + rest).astype(float)
    critic = np.clip(truth + random.integers(-2, 3, count + rest), 1, 5)
    critic[-2:] = 1, 5  # the whole scale, where the oracle's ceiling of 1 holds
    y, f, f_rest = truth[:count], critic[:count], critic[count:]
    oracle = ppi.ppi_mean_pointestimate(y, f, f_rest)[0]
    assert corrected_mean(y, f, f_rest).estimate == pytest.approx(oracle, abs=1e-9)
    other = ppi.ppi_mean_pointestimate(y - y[::-1], f - f[::-1], f_rest - f_rest[::-1])[0]
    mine = corrected_difference(y, y[::-1], f, f[::-1], f_rest, f_rest[::-1]).estimate
    assert mine == pytest.approx(other, abs=1e-9)


def test_a_lenient_critic_is_corrected_and_the_limits_hold_the_truth():
    y, f, f_rest = sample(0.6, 0.7, 0.02, 100, 3000, seed=5)
    assert f_rest.mean() > 0.85
    interval = corrected_rate(y, f, f_rest)
    assert 0.6 in interval and interval.high < 0.75


@pytest.mark.parametrize(
    "theta, false_pass, false_fail, count, rest",
    [
        (0.9, 0.3, 0.02, 50, 1000),
        (0.95, 0.02, 0.02, 20, 500),
        (0.05, 0.0, 0.3, 30, 300),
        (0.5, 0.02, 0.0, 20, 50),
    ],
)
def test_rates_are_covered_in_the_corners(theta, false_pass, false_fail, count, rest):
    hits = [
        theta in corrected_rate(*sample(theta, false_pass, false_fail, count, rest, seed))
        for seed in range(800)
    ]
    assert np.mean(hits) > 0.93


def test_differences_of_passes_are_covered_when_variants_are_nearly_equal():
    hits = []
    for seed in range(500):
        random = np.random.default_rng(seed)
        base = random.random(520) < 0.9
        better = base | (random.random(520) < 0.2)  # the truth: .02 more
        noisy = [
            np.where(random.random(520) < 0.05, ~side, side).astype(float)
            for side in (better, base)
        ]
        a, b = better.astype(float), base.astype(float)
        interval = corrected_difference(
            a[:20], b[:20], noisy[0][:20], noisy[1][:20], noisy[0][20:], noisy[1][20:]
        )
        hits.append(0.02 in interval)
    assert np.mean(hits) > 0.93


def test_skewed_ratings_are_covered_at_twenty_labels():
    random = np.random.default_rng(0)
    truth = random.choice([1, 3, 4, 5], p=[0.06, 0.05, 0.07, 0.82], size=(600, 420)).astype(float)
    critic = np.clip(truth + random.integers(-1, 2, truth.shape), 1, 5)
    mean = 0.06 + 0.15 + 0.28 + 4.1
    hits = [
        mean in corrected_mean(y[:20], f[:20], f[20:]) for y, f in zip(truth, critic, strict=True)
    ]
    assert np.mean(hits) > 0.93


@pytest.mark.parametrize("values, count", [((4, 5), 10), ((4, 5), 20), ((2, 1), 20)])
def test_a_mean_is_covered_where_labels_and_critic_show_one_end_of_the_scale_seldom_or_never(
    values, count
):
    random = np.random.default_rng(0)
    truth = random.choice(values, p=[0.95, 0.05], size=(600, count)).astype(float)
    critic = random.integers(2, 5, (600, count + 500)).astype(float)
    mean = 0.95 * values[0] + 0.05 * values[1]
    hits = [
        mean in corrected_mean(y, f[:count], f[count:]) for y, f in zip(truth, critic, strict=True)
    ]
    assert np.mean(hits) > 0.93


def test_a_mean_is_covered_by_a_constant_critic_and_labels_that_hardly_differ():
    truth = np.random.default_rng(0).choice([4.0, 3.0, 5.0], p=[0.98, 0.01, 0.01], size=(600, 100))
    assert np.mean([4 in corrected_mean(y, np.full(100, 4), np.full(500, 4)) for y in truth]) > 0.93


def test_limits_of_a_mean_pass_what_was_seen_unless_it_is_the_end_of_the_scale():
    seen = [4] * 20, [2, 3, 4, 4] * 5, [2, 3, 4] * 300
    assert corrected_mean(*seen).high > 4.05
    assert corrected_mean(*seen, bounds=(1, 4)).high == 4
    random = np.random.default_rng(0)
    y = random.integers(1, 6, 1050).astype(float)
    f = np.clip(y + random.integers(-1, 2, 1050), 1, 5)
    spread = y[:50], f[:50], f[50:]
    assert (
        corrected_mean(*spread).half_width
        < 1.03 * corrected_mean(*spread, bounds=(1, 5)).half_width
    )


@pytest.mark.parametrize("count", [10, 20, 50])
def test_the_difference_of_a_good_and_a_bad_variant_is_covered(count):
    random, hits = np.random.default_rng(0), []
    good, bad = [0.02, 0.02, 0.03, 0.03, 0.9], [0.9, 0.04, 0.03, 0.02, 0.01]
    for _ in range(600):
        truth = [
            random.choice([1.0, 2, 3, 4, 5], p=shares, size=count + 500) for shares in (good, bad)
        ]
        critic = [
            np.clip(np.round(side + random.normal(0, 0.7, count + 500)), 1, 5) for side in truth
        ]
        (a, b), (f_a, f_b) = truth, critic
        labelled, rest = slice(count), slice(count, None)
        hits.append(
            4.77 - 1.2
            in corrected_difference(
                a[labelled], b[labelled], f_a[labelled], f_b[labelled], f_a[rest], f_b[rest]
            )
        )
    assert np.mean(hits) > 0.93


def test_clusters_may_have_any_labels():
    y, f, f_rest = sample(0.7, 0.2, 0.1, 40, 60)
    names = ["a", None, ("b", 1), 2, "2"] * 8
    numbers = corrected_rate(y, f, f_rest, clusters=[0, 1, 2, 3, 4] * 8 + list(range(5, 65)))
    named = corrected_rate(
        y, f, f_rest, clusters=[repr(name) for name in names] + [f"row {i}" for i in range(60)]
    )
    mixed = corrected_rate(y, f, f_rest, clusters=names + [f"row {i}" for i in range(60)])
    assert tuple(named) == pytest.approx(tuple(numbers)) and tuple(mixed) == pytest.approx(
        tuple(numbers)
    )


def test_a_good_critic_narrows_and_a_dead_one_changes_nothing():
    y, f, f_rest = sample(0.6, 0.05, 0.05, 60, 2000, seed=1)
    assert corrected_rate(y, f, f_rest).half_width < 0.7 * wilson(y.mean(), 60).half_width
    assert corrected_rate(y, np.ones(60), np.ones(2000)) == wilson(float(y.mean()), 60)
    assert corrected_rate(y, np.full(60, math.nan), np.full(2000, math.nan)) == wilson(
        float(y.mean()), 60
    )


def test_without_unlabelled_rows_the_labels_stand_alone():
    y, f, _ = sample(0.6, 0.05, 0.05, 60, 10)
    assert corrected_rate(y, f, []) == wilson(float(y.mean()), 60)
    rated = corrected_mean(1 + 4 * y, 1 + 4 * f, [])
    assert rated.estimate == (1 + 4 * y).mean()
    assert rated.half_width == pytest.approx(mean_interval(1 + 4 * y).half_width, rel=0.05)


def test_a_critic_that_uses_a_sliver_of_its_scale_still_helps():
    y, f, f_rest = sample(0.6, 0.1, 0.1, 60, 2000, seed=2)
    squeezed = corrected_rate(y, 0.2 + 0.1 * f, 0.2 + 0.1 * f_rest)
    assert tuple(squeezed) == pytest.approx(tuple(corrected_rate(y, f, f_rest)), abs=1e-9)


@pytest.mark.parametrize("labels", [0, 1, 4])
def test_under_five_labels_every_correction_is_refused(labels):
    y, rest = np.ones(labels), np.ones(9)
    with pytest.raises(TooFewLabels, match=f"{labels} labels"):
        corrected_rate(y, y, rest)
    with pytest.raises(TooFewLabels):
        corrected_mean(y, y, rest)
    with pytest.raises(TooFewLabels):
        corrected_difference(y, y, y, y, rest, rest)


def test_unlabelled_rows_among_the_labels_do_not_count_as_labels():
    with pytest.raises(TooFewLabels, match="4 labels"):
        corrected_rate([1, 1, 0, 1, math.nan], [1, 1, 0, 1, 1], [1, 0])
    with pytest.raises(TooFewLabels, match="4 labelled clusters"):
        corrected_rate(np.ones(12), np.ones(12), [1, 0], clusters=np.repeat(np.arange(4), 3))


@pytest.mark.parametrize("unscored", [(0, 1), (1, 0)])
def test_a_critic_that_scored_one_side_alone_corrects_nothing(unscored):
    y, f, f_rest = sample(0.7, 0.05, 0.05, 40, 200, seed=4)
    labelled, others = (np.full(40, math.nan) if unscored[0] else f, f_rest)
    others = np.full(200, math.nan) if unscored[1] else others
    labels_alone = wilson(float(y.mean()), 40)
    assert corrected_rate(y, labelled, others) == labels_alone
    same = corrected_difference(y, 1 - y, labelled, 0 * labelled, others, 0 * others)
    assert same == paired_difference(y, 1 - y)


@pytest.mark.parametrize("unscored", [(0, 0.9), (0.1, 0.9), (0.9, 0)])
def test_limits_hold_where_the_critic_fell_silent_on_one_side(unscored):
    random, held = np.random.default_rng(5), [0, 0]
    for seed in range(300):
        y, f, f_rest = sample(0.7, 0.05, 0.05, 40, 200, seed=seed)
        f[random.random(40) < unscored[0]] = math.nan
        f_rest[random.random(200) < unscored[1]] = math.nan
        rate = corrected_rate(y, f, f_rest)
        mean = corrected_mean(y, f, f_rest, bounds=(0, 1))
        held[0] += rate.low <= 0.7 <= rate.high
        held[1] += mean.low <= 0.7 <= mean.high
    assert min(held) >= 0.92 * 300  # .86 and .72 before each score bore the mean's error


def test_an_unscored_critic_row_is_neither_pass_nor_fail():
    y, f, f_rest = sample(0.8, 0.1, 0.1, 40, 400, seed=3)
    f[:4] = math.nan
    f_rest[:40] = math.nan
    missing, zero = (
        corrected_rate(y, f, f_rest),
        corrected_rate(y, np.nan_to_num(f), np.nan_to_num(f_rest)),
    )
    assert missing.half_width < zero.half_width
    assert missing.estimate == pytest.approx(
        corrected_rate(y[4:], f[4:], f_rest[40:]).estimate, abs=0.06
    )


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_equal_labels_leave_doubt(value):
    interval = corrected_rate(np.full(10, value), np.full(10, value), np.full(200, value))
    assert interval.estimate == value and interval.half_width > 0.1
    assert corrected_rate(np.full(10, value), np.full(10, value), [0, 1] * 50).half_width > 0.1


def test_ten_equal_pairs_and_ten_equal_ratings_have_width():
    ten, many = np.ones(10), np.ones(50)
    assert corrected_difference(ten, ten, ten, ten, many, many).half_width > 0.2
    assert corrected_difference(ten, ten, ten, ten, [], []).half_width > 0.2
    assert corrected_mean(5 * ten, 5 * ten, 5 * many).half_width > 0.2
    assert corrected_mean(5 * ten, 5 * ten, [1, 5] * 20, bounds=(1, 5)).half_width > 0.2


@quick
@given(seeds, st.integers(5, 40), st.integers(0, 60), st.sampled_from([2, 6]))
def test_swapping_the_variants_negates_a_corrected_difference(seed, count, rest, levels):
    random = np.random.default_rng(seed)
    y_a, y_b, f_a, f_b = random.integers(0, levels, (4, count)).astype(float)
    r_a, r_b = random.integers(0, levels, (2, rest)).astype(float)
    forth, back = (
        corrected_difference(y_a, y_b, f_a, f_b, r_a, r_b),
        corrected_difference(y_b, y_a, f_b, f_a, r_b, r_a),
    )
    assert tuple(back) == pytest.approx(tuple(-forth), abs=1e-9)
    assert corrected_difference(y_a, y_a, f_a, f_a, r_a, r_a).estimate == 0


@quick
@given(seeds, st.integers(5, 60), st.integers(0, 90))
def test_the_order_of_rows_changes_nothing_of_a_corrected_mean_or_difference(seed, count, rest):
    random = np.random.default_rng(seed)
    y_a, y_b, f_a, f_b = random.integers(1, 6, (4, count)).astype(float)
    r_a, r_b = random.integers(1, 6, (2, rest)).astype(float)
    order, rest_order = random.permutation(count), random.permutation(rest)
    moved = (
        [column[order] for column in (y_a, y_b, f_a, f_b)],
        [column[rest_order] for column in (r_a, r_b)],
    )
    before, after = (
        corrected_difference(y_a, y_b, f_a, f_b, r_a, r_b),
        corrected_difference(*moved[0], *moved[1]),
    )
    assert tuple(after) == pytest.approx(tuple(before), abs=1e-9)
    before, after = (
        corrected_mean(y_a, f_a, r_a),
        corrected_mean(moved[0][0], moved[0][2], moved[1][0]),
    )
    assert tuple(after) == pytest.approx(tuple(before), abs=1e-9)


@quick
@given(seeds, st.integers(5, 60), st.integers(0, 90))
def test_the_order_of_rows_changes_nothing(seed, count, rest):
    y, f, f_rest = sample(0.7, 0.3, 0.1, count, rest, seed)
    order, rest_order = (
        np.random.default_rng(seed).permutation(count),
        np.random.default_rng(seed).permutation(rest),
    )
    before, after = (
        corrected_rate(y, f, f_rest),
        corrected_rate(y[order], f[order], f_rest[rest_order]),
    )
    assert tuple(after) == pytest.approx(tuple(before), abs=1e-9)


@quick
@given(seeds, st.integers(10, 60))
def test_more_of_the_same_labels_narrow(seed, count):
    y, f, f_rest = sample(0.7, 0.3, 0.1, count, 500, seed)
    assert (
        corrected_rate(np.tile(y, 4), np.tile(f, 4), f_rest).half_width
        < corrected_rate(y, f, f_rest).half_width
    )


def test_clusters_of_one_change_nothing_and_copies_add_nothing():
    y, f, f_rest = sample(0.7, 0.2, 0.1, 40, 400, seed=4)
    assert corrected_rate(y, f, f_rest, clusters=np.arange(40)) == corrected_rate(y, f, f_rest)
    copies, clusters = (np.repeat(y, 3), np.repeat(f, 3)), np.repeat(np.arange(40), 3)
    clustered = corrected_rate(*copies, f_rest, clusters=clusters)
    assert clustered.half_width == pytest.approx(corrected_rate(y, f, f_rest).half_width, rel=0.1)
    whole = np.r_[clusters, np.repeat(np.arange(100), 4)]
    assert (
        corrected_rate(*copies, f_rest, clusters=whole).half_width
        > corrected_rate(*copies, f_rest).half_width
    )
    naive = corrected_mean(*copies, f_rest).half_width
    assert corrected_mean(*copies, f_rest, clusters=clusters).half_width > 1.4 * naive


def test_labels_alone_give_the_paired_difference():
    random = np.random.default_rng(8)
    a, b = random.integers(1, 6, (2, 30)).astype(float)
    assert corrected_difference(a, b, a, b, [], []) == paired_difference(a, b)
    assert corrected_difference(a, b, a, a, a, a) == paired_difference(a, b)


def test_mistaken_shapes_and_labels_are_value_errors():
    with pytest.raises(ValueError, match="0 or 1"):
        corrected_rate([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1])
    with pytest.raises(ValueError, match="lengths"):
        corrected_rate([1, 0], [1], [1])
    with pytest.raises(ValueError, match="3 clusters for 5 labelled and 2 other rows"):
        corrected_rate([1] * 5, [1] * 5, [1, 0], clusters=[1, 2, 3])
