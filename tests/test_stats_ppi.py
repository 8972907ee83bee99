"""People's differences, a critic as their control variate, and the words that stand on them."""

import math

import numpy as np
import pytest
from scipy.special import stdtr

from workbench.errors import TooFewLabels
from workbench.stats import corrected_share

GAINS = np.array([1, 1, 0, 0, 1, -1, 0, 1, 0, 0, 1, 0] * 3, dtype=float)


def test_a_share_is_ppi_with_heavy_corners_and_students_p():
    found = corrected_share(GAINS, GAINS, np.tile(GAINS, 3))
    assert (found.labels, found.degrees) == (36, 34)
    assert found.estimate == pytest.approx(1 / 3)
    y = np.append(GAINS, [-1, -1, 1, 1])
    f = np.append(GAINS, [-1, 1, -1, 1])
    every = np.append(np.tile(GAINS, 4), [-1, 1, -1, 1])
    lam = np.cov(y, f, ddof=0)[0, 1] / ((1 + 1 / 3) * every.var())
    variance = lam**2 * GAINS.var() / 108 + (y - lam * f).var() / 34
    assert found.error == pytest.approx(math.sqrt(variance))
    t = found.estimate / found.error
    assert found.p_at_most(0) == pytest.approx(float(stdtr(34, -t)))
    assert found.p_at_least(0) == pytest.approx(1 - found.p_at_most(0))
    low, high = found.limits(0.025)
    assert found.p_at_most(low) == pytest.approx(0.025) == pytest.approx(found.p_at_least(high))


def test_labels_alone_still_have_a_share():
    alone = corrected_share(GAINS, np.zeros(36), np.zeros(100))
    assert alone == corrected_share(GAINS, GAINS, [])
    assert (alone.estimate, alone.degrees) == (pytest.approx(1 / 3), 35)
    assert alone.error > GAINS.std(ddof=1) / 6


def test_a_share_knows_its_mirror_and_its_clusters():
    random = np.random.default_rng(0)
    f, rest = GAINS + random.normal(0, 0.3, 36), random.normal(0, 0.6, 100)
    found, mirror = corrected_share(GAINS, f, rest), corrected_share(-GAINS, -f, -rest)
    assert (mirror.estimate, mirror.error) == (
        pytest.approx(-found.estimate),
        pytest.approx(found.error),
    )
    assert mirror.p_at_least(0.1) == pytest.approx(found.p_at_most(-0.1))
    names = np.repeat(np.arange(12), 3)
    clustered = corrected_share(GAINS, f, rest, clusters=names)
    assert (clustered.labels, clustered.degrees) == (36, 10)
    with pytest.raises(TooFewLabels, match="4 labelled clusters"):
        corrected_share(GAINS, f, rest, clusters=np.repeat(np.arange(4), 9))


def test_a_critic_on_a_sliver_of_the_scale_is_not_stretched():
    sliver = corrected_share(GAINS, 0.01 * GAINS, np.full(100, 0.01))
    assert sliver.estimate == pytest.approx(1 / 3 + 0.01 * 2 / 3)


def test_shares_off_the_scale_and_few_labels_are_refused():
    with pytest.raises(ValueError, match="shares of the scale"):
        corrected_share([0, 1, 2, 1, 0], [0] * 5, [])
    with pytest.raises(TooFewLabels, match="4 labels"):
        corrected_share([0, 1, 1, 0, math.nan], [0] * 5, [])
