"""Means of rows in clusters: CR2 beside its matrix formula, and losses of whole clusters."""

import math

import numpy as np
import pytest
from scipy.special import stdtrit

from workbench.stats import (
    bounded_interval,
    clustered_interval,
    clustered_mean,
    clustered_p_at_most,
    p_mean_at_most,
)


def by_matrices(x, clusters):
    """CR2 and Bell-McCaffrey degrees of freedom of a regression on a constant, as defined."""
    n, names = len(x), sorted(set(clusters))
    residual_maker = np.eye(n) - np.full((n, n), 1 / n)
    columns = []
    for name in names:
        rows = np.flatnonzero(np.array(clusters) == name)
        values, vectors = np.linalg.eigh(residual_maker[np.ix_(rows, rows)])
        root = vectors @ np.diag(values**-0.5) @ vectors.T
        columns.append(residual_maker[rows].T @ root @ np.ones(len(rows)) / n)
    columns = np.array(columns).T
    eigenvalues = np.linalg.eigvalsh(columns.T @ columns)
    degrees = eigenvalues.sum() ** 2 / (eigenvalues**2).sum()
    return math.sqrt(((columns.T @ x) ** 2).sum()), degrees


@pytest.mark.parametrize("sizes", [[1] * 10, [3] * 6, [1, 2, 3, 4, 10], [20, 1, 1, 1, 1, 1]])
def test_errors_and_degrees_of_freedom_are_those_of_the_matrix_formula(sizes):
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    x = np.random.default_rng(0).normal(size=len(clusters)) + clusters
    found = clustered_mean(x, clusters)
    assert (found.error, found.degrees) == pytest.approx(by_matrices(x, clusters))
    assert (found.estimate, found.clusters) == (pytest.approx(x.mean()), len(sizes))


def test_equal_clusters_have_one_degree_less_than_there_are():
    assert clustered_mean(np.arange(12.0), np.repeat(np.arange(4), 3)).degrees == pytest.approx(3)


def test_rows_without_clusters_have_the_ordinary_standard_error():
    x = np.array([1.0, 2, 4, math.nan])
    assert clustered_mean(x, None).error == pytest.approx(x[:3].std(ddof=1) / math.sqrt(3))
    assert clustered_mean(x, None).degrees == pytest.approx(2)


def test_the_errors_are_those_of_statsmodels_where_clusters_are_equal():
    import statsmodels.api as sm

    clusters = np.repeat(np.arange(8), 5)
    x = np.random.default_rng(1).normal(size=40) + clusters / 4
    fit = sm.OLS(x, np.ones(40)).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}
    )
    assert clustered_mean(x, clusters).error == pytest.approx(fit.bse[0] * math.sqrt(8 / 7))


@pytest.mark.parametrize("sizes", [[5] * 20, [1] * 15 + [17] * 5])
def test_the_mean_lies_within_the_limits_as_often_as_said(sizes):
    random = np.random.default_rng(0)
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    held = 0
    for _ in range(1500):
        x = random.normal(size=len(clusters)) + random.normal(size=len(sizes))[clusters]
        low, high = clustered_mean(x, clusters).limits(0.025, 0.025)
        held += low <= 0 <= high
    assert 0.925 <= held / 1500 <= 0.975


def test_of_rows_alone_the_interval_is_the_hull_of_both():
    x = np.random.default_rng(0).choice([-1.0, 0, 0.5], 60)
    interval = clustered_interval(x, None, (-1, 1))
    bound, found = bounded_interval(x, (-1, 1)), clustered_mean(x, None)
    half = -float(stdtrit(59, 0.025)) * found.error
    assert interval.low == pytest.approx(min(bound.low, x.mean() - half))
    assert interval.high == pytest.approx(max(bound.high, x.mean() + half))
    assert clustered_p_at_most(x, -0.5, None, (-1, 1)) >= float(p_mean_at_most(x, -0.5, -1))


def test_equal_clusters_are_bounded_like_rows_of_their_means():
    means = np.array([0.1, 0.3, -0.2, 0.5, 0.4, 0.2])
    interval = clustered_interval(np.repeat(means, 4), np.repeat(np.arange(6), 4), (-1, 1))
    assert interval.low == pytest.approx(bounded_interval(means, (-1, 1)).low, abs=1e-6)


def test_whole_clusters_that_lose_rarely_make_no_false_better():
    random = np.random.default_rng(0)
    clusters = np.repeat(np.arange(20), random.integers(1, 6, 20))
    false = 0
    for _ in range(600):
        x = np.where(random.random(20) < 0.05, -0.95, 0.05)[clusters]
        false += clustered_p_at_most(x, 0, clusters, (-1, 1)) < 0.025
    assert false / 600 <= 0.015


def test_equal_rows_still_have_limits():
    interval = clustered_interval(np.zeros(40), np.repeat(np.arange(10), 4), (-1, 1))
    assert interval.low == pytest.approx(-interval.high)
    assert 0.2 < interval.high < 0.5


def test_one_cluster_and_no_row_say_nothing():
    assert list(clustered_interval([0.2, 0.3], ["a", "a"], (-1, 1)))[1:] == [-1, 1]
    assert list(clustered_interval([], [], (-1, 1)))[1:] == [-1, 1]
    assert clustered_p_at_most([0.2, 0.3], 0, ["a", "a"], (-1, 1)) == 1
    assert clustered_p_at_most([], 0, [], (-1, 1)) == 1


def test_a_scale_that_does_not_lie_around_zero_is_shifted():
    x, clusters = np.array([1.0, 5, 4, 4, 2, 3]), [0, 0, 1, 1, 2, 3]
    wide = clustered_interval(x, clusters, (1, 5))
    unit = clustered_interval((x - 3) / 2, clusters, (-1, 1))
    assert list(wide) == pytest.approx([2 * value + 3 for value in unit])


def test_a_value_off_the_scale_is_refused():
    with pytest.raises(ValueError, match="off the scale"):
        clustered_interval([0.5, 2], ["a", "b"], (-1, 1))
