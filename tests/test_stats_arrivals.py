"""When requests arrive."""

import numpy as np
import pytest

from workbench.stats.arrivals import gamma_arrivals, recorded_arrivals


def draw(seed=0):
    return np.random.default_rng(seed)


def test_as_many_arrive_as_the_rate_says():
    due = gamma_arrivals(7.0, 100.0, draw())
    assert len(due) == 700
    assert 0 < due[0] < due[-1] < 100.0
    assert (np.diff(due) >= 0).all()


@pytest.mark.parametrize(("shape", "variation"), [(1.0, 1.0), (0.2, 5**0.5), (4.0, 0.5)])
def test_gaps_vary_as_their_shape_says(shape, variation):
    """The standard deviation of gamma gaps is their mean / sqrt(shape)."""
    gaps = np.diff(gamma_arrivals(100.0, 300.0, draw(), shape))
    assert gaps.std() / gaps.mean() == pytest.approx(variation, rel=0.05)


def test_a_recording_is_stretched_to_the_rate_and_starts_anew():
    """Four arrivals at 0, 1, 1 and 6 s: one mean gap of 2 s after the last it begins again."""
    recorded = np.array([0.0, 1.0, 1.0, 6.0])
    due, which = recorded_arrivals(recorded, 0.5, 80.0, draw())  # as fast as it was
    assert len(due) == 40
    gaps = {0: 1.0, 1: 0.0, 2: 5.0, 3: 2.0}  # after each of them
    assert np.diff(due) == pytest.approx([gaps[place] for place in which[:-1]])
    faster, _ = recorded_arrivals(recorded, 5.0, 8.0, draw())
    assert faster == pytest.approx(due / 10)


def test_a_recording_begins_anywhere():
    starts = {int(recorded_arrivals(np.arange(10.0), 1, 5, draw(seed))[1][0]) for seed in range(40)}
    assert len(starts) > 6


def test_what_is_no_traffic_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        gamma_arrivals(0.0, 10.0, draw())
    with pytest.raises(ValueError, match="two arrivals"):
        recorded_arrivals(np.array([3.0, 3.0]), 1.0, 10.0, draw())
