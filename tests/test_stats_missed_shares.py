"""The share of requests that missed a time: requests that wait behind one another count less."""

import math

import numpy as np
import pytest
from scipy.stats import beta

from workbench.stats.missed_shares import share_missed


def window(missed, due=20.0):
    """Sixty blocks of 5 s, of which each missed so many."""
    return np.array(missed, float), np.full(len(missed), due)


def test_requests_that_miss_on_their_own_have_clopper_and_pearsons_limits():
    spread = window([1.0, 0.0] * 30)  # 30 of 1,200, more evenly than chance has it
    found = share_missed([spread], 0.025)
    assert found.estimate == 0.025
    assert found.low == pytest.approx(beta.ppf(0.025, 30, 1171))
    assert found.high == pytest.approx(beta.ppf(0.975, 31, 1170))


def test_the_same_misses_in_one_spell_say_far_less():
    spell = window([10.0] * 3 + [0.0] * 57)
    assert share_missed([spell], 0.025).high > 0.15
    assert share_missed([spell], 0.025).low < 0.002


def test_windows_are_clusters_of_their_own_and_more_of_them_narrow_it():
    uneven = window(np.random.default_rng(0).binomial(20, 0.05, 60))
    one, three = share_missed([uneven], 0.025), share_missed([uneven] * 3, 0.025)
    assert one.low < three.low < three.estimate < three.high < one.high


def test_no_miss_no_request_and_all_missed():
    assert share_missed([window([0.0] * 60)], 0.05).low == 0.0
    assert share_missed([window([0.0] * 60)], 0.05).high == pytest.approx(1 - 0.05 ** (1 / 1200))
    assert share_missed([window([20.0] * 60)], 0.05).high == 1.0
    nothing = share_missed([window([0.0] * 60, 0.0)], 0.05)
    assert math.isnan(nothing.estimate)
    assert (nothing.low, nothing.high) == (0.0, 1.0)


def test_at_the_edge_it_is_taken_for_less_in_one_of_twenty_windows_at_most():
    """Just .05 miss, one by one, 300 s at 4 a second; `benchmarks/servers.py` has more."""
    random = np.random.default_rng(1)
    windows = [window(random.binomial(20, 0.05, 60)) for _ in range(300)]
    assert np.mean([share_missed([each], 0.025).high <= 0.05 for each in windows]) <= 0.04
    assert np.mean([share_missed([each], 0.025).low >= 0.05 for each in windows]) <= 0.04
