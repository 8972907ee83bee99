"""Servers for a peak, and a rate over several runs."""

import math

import pytest

from workbench import stats
from workbench.stats.peak_load import crossing_rate


def test_servers_carry_the_peak_at_85_hundredths_of_their_highest_rate():
    assert stats.replicas(1.8, 6.2) == 1
    assert stats.replicas(28.05, 6.6) == 5
    assert stats.replicas(28.06, 6.6) == 6
    assert stats.replicas(28.06, 6.6, growth=2) == 11
    assert stats.replicas(0, 6.6) == 1


@pytest.mark.parametrize("given", [(1, 0), (-1, 2), (1, math.nan), (1, 2, 0)])
def test_rates_that_are_none_are_refused(given):
    with pytest.raises(ValueError, match="above 0"):
        stats.replicas(*given)


def test_the_interval_of_a_rate_comes_from_runs():
    alike = stats.over_runs([6.0, 6.1, 6.2, 6.3])
    apart = stats.over_runs([5.0, 5.8, 6.6, 7.4])
    assert alike.low == pytest.approx(5.945, abs=0.005)
    assert alike.high == pytest.approx(6.356, abs=0.005)
    assert apart.low < alike.low < alike.estimate < alike.high < apart.high


def test_one_run_has_no_interval():
    assert tuple(stats.over_runs([6.2])) == (pytest.approx(6.2), 0.0, math.inf)


def test_the_share_crosses_between_the_rates_that_it_falls_between():
    """.97 at 4 and .93 at 5: a straight line has .95 at 4.5."""
    assert crossing_rate([5, 4, 3], [0.93, 0.97, 1.0], [100] * 3, 0.95) == pytest.approx(4.5)
    # 4 by bad luck lies below 5: together .945 of 300, so that 3 is the last above
    lucky = crossing_rate([3, 4, 5], [0.98, 0.93, 0.9525], [100, 100, 200], 0.95)
    assert lucky == pytest.approx(3 + 0.03 / (0.98 - 0.945))
    assert math.isnan(crossing_rate([1, 2], [1.0, 0.99], [9, 9], 0.95))
    assert math.isnan(crossing_rate([1, 2], [0.9, 0.8], [9, 9], 0.95))
