"""Agreement of ratings, ranking, and the human ceiling."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.stats import Interval, auc, rater_agreement, rating_agreement

quick = settings(max_examples=30, deadline=None)
pairs = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=4, max_size=50)
graded = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=4, max_size=50)


@quick
@given(pairs)
def test_weighted_kappa_equals_scikit_learn_and_spearman_scipy(rows):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")
    stats = pytest.importorskip("scipy.stats")
    y, f = np.array(rows).T
    found = rating_agreement(y, f)
    if len(set(y) | set(f)) > 1:
        assert found.weighted_kappa.estimate == pytest.approx(
            metrics.cohen_kappa_score(y, f, weights="quadratic", labels=range(1, 6))
        )
    if len(set(y)) > 1 and len(set(f)) > 1:
        assert found.spearman.estimate == pytest.approx(stats.spearmanr(y, f)[0])
    assert found.excess.estimate == pytest.approx(np.mean(f - y))


@quick
@given(graded)
def test_auc_equals_scikit_learn(rows):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")
    y, score = np.array(rows).T
    if 0 < y.sum() < len(y):
        assert auc(y, score).estimate == pytest.approx(metrics.roc_auc_score(y, score))
        flipped = auc(y, -score)
        assert flipped.estimate == pytest.approx(1 - auc(y, score).estimate)


def test_a_perfect_ranking_of_few_is_not_proven_perfect():
    assert auc([1, 1, 1, 0, 0, 0], [3, 3, 3, 1, 1, 1]) == Interval(
        1.0, pytest.approx(0.299674, abs=1e-6), 1.0
    )
    assert auc([1] * 50 + [0] * 50, [3] * 50 + [1] * 50).low > 0.9
    assert auc([1, 0] * 20, [1] * 40).estimate == 0.5


def test_auc_without_both_kinds_is_unknown():
    unknown = auc([1, 1, 1], [1, 2, 3])
    assert math.isnan(unknown.estimate) and (unknown.low, unknown.high) == (0, 1)
    with pytest.raises(ValueError, match="0 or 1"):
        auc([1, 2], [1, 2])


def test_auc_is_covered_where_few_fail():
    random, hits = np.random.default_rng(0), []
    for _ in range(400):
        fails = random.random(40) < 0.15
        score = np.where(fails, random.normal(0, 1, 40), random.normal(1, 1, 40))
        hits.append(0.76025 in auc(~fails, score))  # Phi(1/sqrt 2)
    assert np.mean(hits) > 0.93


def test_copies_of_rows_do_not_narrow_when_clustered():
    random = np.random.default_rng(2)
    y, f = random.integers(1, 6, 40).astype(float), random.integers(1, 6, 40).astype(float)
    clusters = np.repeat(np.arange(40), 4)
    single, copies = (
        rating_agreement(y, f),
        rating_agreement(np.repeat(y, 4), np.repeat(f, 4), clusters=clusters),
    )
    assert copies.weighted_kappa.half_width > 0.75 * single.weighted_kappa.half_width
    ranked = auc(np.repeat(y > 3, 4), np.repeat(f, 4), clusters=clusters)
    assert ranked.half_width > 0.85 * auc(y > 3, f).half_width


def test_ten_equal_ratings_leave_doubt_and_constant_ones_say_nothing():
    same = rating_agreement([1, 2, 3, 4, 5] * 2, [1, 2, 3, 4, 5] * 2)
    assert same.weighted_kappa.estimate == pytest.approx(1) and same.weighted_kappa.low < 0.9
    constant = rating_agreement([5] * 10, [5] * 10)
    assert math.isnan(constant.weighted_kappa.estimate) and constant.spearman.low == -1
    assert rating_agreement([], []).count == 0
    assert rating_agreement([3, math.nan], [3, 4]).count == 1


def test_weighted_kappa_is_covered_for_skewed_ratings():
    random = np.random.default_rng(0)
    y = random.choice(5, 100_000, p=[0.02, 0.03, 0.05, 0.1, 0.8]) + 1.0
    f = np.clip(y + random.choice([-1, 0, 1], 100_000), 1, 5)
    truth, hits = rating_agreement(y, f), []
    for _ in range(300):
        rows = random.integers(0, len(y), 40)
        found = rating_agreement(y[rows], f[rows])
        hits.append(
            [
                truth.weighted_kappa.estimate in found.weighted_kappa,
                truth.spearman.estimate in found.spearman,
            ]
        )
    assert np.mean(hits, axis=0).min() > 0.9


def test_the_human_ceiling_of_three_raters():
    random = np.random.default_rng(0)
    truth = random.integers(1, 6, 60)
    table = np.clip(truth + random.integers(-1, 2, (3, 60)), 1, 5).astype(float)
    table[0, :10] = math.nan
    ceiling = rater_agreement(table)
    assert (ceiling.raters, ceiling.items) == (3, 60)
    package = pytest.importorskip("krippendorff", reason="krippendorff is the oracle")
    assert ceiling.alpha.estimate == pytest.approx(
        package.alpha(table, level_of_measurement="ordinal"), abs=1e-9
    )
    assert 0.6 < ceiling.kappa.low < ceiling.kappa.estimate < ceiling.spearman.estimate < 0.95


@quick
@given(st.integers(0, 999), st.sampled_from([2, 5]))
def test_alpha_equals_the_krippendorff_package(seed, levels):
    package = pytest.importorskip("krippendorff", reason="krippendorff is the oracle")
    random = np.random.default_rng(seed)
    table = random.integers(1, levels + 1, (3, 12)).astype(float)
    table[random.random((3, 12)) < 0.2] = math.nan
    kept = table[:, (~np.isnan(table)).sum(axis=0) > 1]
    if len(np.unique(kept[~np.isnan(kept)])) > 1:
        expected = package.alpha(kept, level_of_measurement="ordinal")
        assert rater_agreement(table).alpha.estimate == pytest.approx(expected, abs=1e-9)


def test_raters_who_share_nothing_have_no_agreement():
    lonely = rater_agreement([[1, 2, 3, math.nan], [math.nan, math.nan, math.nan, 4]])
    assert lonely.items == 0 and math.isnan(lonely.kappa.estimate) and lonely.kappa.low == -1
    assert math.isnan(rater_agreement([1, 2, 3]).alpha.estimate)
