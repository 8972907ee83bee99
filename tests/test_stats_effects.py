"""Length, family and panels."""

import math

import numpy as np
import pytest

from workbench.stats import effective_votes, length_effect, self_preference


def biased(seed=0, per_word=0.02, count=300):
    random = np.random.default_rng(seed)
    people, words = (
        random.integers(1, 6, count).astype(float),
        random.integers(20, 90, count).astype(float),
    )
    return people + per_word * words + random.normal(0, 0.5, count), people, words


def test_a_critic_that_likes_length_shows_its_size():
    critic, people, words = biased()
    effect = length_effect(critic, people, words)
    assert 0.02 in effect and effect.low > 0.015
    assert length_effect(critic, people, words / 10).estimate == pytest.approx(10 * effect.estimate)


def test_the_length_effect_equals_statsmodels_with_clusters():
    models = pytest.importorskip("statsmodels.api", reason="statsmodels is the oracle")
    critic, people, words = biased()
    clusters = np.repeat(np.arange(30), 10)
    design = models.add_constant(np.column_stack([people, words]))
    oracle = models.OLS(critic, design).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True
    )
    effect = length_effect(critic, people, words, clusters=clusters)
    assert effect.estimate == pytest.approx(oracle.params[2], abs=1e-9)
    assert effect.half_width == pytest.approx(
        oracle.bse[2] * 2.0518305, rel=1e-6
    )  # t of 30 clusters - 3 columns


def test_an_honest_critic_shows_no_length_effect():
    hits = [0 in length_effect(*biased(seed, per_word=0, count=60)) for seed in range(300)]
    assert np.mean(hits) > 0.92


def test_length_that_does_not_vary_tells_nothing():
    effect = length_effect([1, 2, 3, 4], [1, 2, 2, 4], [7, 7, 7, 7])
    assert math.isnan(effect.estimate) and effect.high == math.inf
    assert math.isnan(length_effect([], [], []).estimate)


def test_self_preference_is_the_excess_on_own_answers():
    people, own = np.array([3, 4, 5, 2] * 20), np.array([1, 1, 0, 0] * 20)
    noise = np.tile([0.1, -0.1, 0.1, -0.1], 20)
    effect = self_preference(people + 0.6 * own + noise, people, own)
    assert effect.estimate == pytest.approx(0.6) and 0.5 < effect.low < 0.6
    assert math.isnan(self_preference(people, people, np.ones(80)).estimate)
    with pytest.raises(ValueError, match="0 or 1"):
        self_preference(people, people, own + 1)


def test_copies_of_a_critic_have_one_vote():
    random = np.random.default_rng(0)
    errors = random.normal(size=(3, 4000))
    assert effective_votes(errors) == pytest.approx(3, abs=0.15)
    assert effective_votes(np.vstack([errors[0]] * 5)) == pytest.approx(1)
    assert effective_votes([errors[0], errors[0], errors[1]], [0.5, 0.5, 1]) == pytest.approx(
        2, abs=0.1
    )
    assert effective_votes(np.zeros((2, 9))) == 2 and effective_votes([[1, 2, 3]]) == 1
    assert effective_votes([errors[0], -errors[0]]) == 2
