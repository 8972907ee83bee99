"""Hosted against own servers: golden values, the saw-tooth, and what nobody measured."""

import numpy as np
import pytest

from workbench import stats
from workbench.stats.saw_tooth import drawn

HOSTED = stats.HostedCost(1155, 211, 0.15, 0.60)
OWN = stats.OwnCost(carries=6.6, server_hour=3.13, utilisation=0.8, peak=2)


def found(price, **more):
    own = stats.OwnCost(carries=6.6, server_hour=3.13, utilisation=0.8, peak=2, **more)
    return tuple(round(float(rate), 3) for rate in stats.break_even(price, own))


def test_the_golden_costs_of_1000_requests():
    assert float(HOSTED.per_1000) == pytest.approx(0.29985, abs=5e-6)
    assert float(OWN.per_1000(2.0)) == pytest.approx(0.43472, abs=5e-6)
    assert float(OWN.per_1000(0.2)) == pytest.approx(4.347, abs=5e-4)


def test_cached_tokens_and_retries_are_paid_as_they_are_billed():
    cached = stats.HostedCost(1000, 0, 1.0, 0.0, cached=0.5, discount=0.9, retries=0.1)
    assert float(cached.per_1000) == pytest.approx(1.0 * (1 - 0.45) * 1.1)


def test_the_golden_break_even_rates():
    assert found(1.00) == (0.869, 0.869)
    assert found(0.40) == (2.174, 10.868)
    assert found(1.00, at_least=2, fixed=5000) == (3.641, 3.641)


def test_where_no_rate_pays_there_is_none():
    assert stats.break_even(0.29985, OWN).none
    at_its_lowest = 3.13 / 3.6 / float(OWN.each)
    assert stats.break_even(at_its_lowest, OWN).none
    assert not stats.break_even(at_its_lowest + 1e-9, OWN).none


@pytest.mark.parametrize("price", [0.34, 0.4, 0.55, 1.0, 3.0])
@pytest.mark.parametrize("more", [{}, {"at_least": 3}, {"fixed": 900.0}, {"fixed": 4e4}])
def test_both_rates_are_those_that_a_walk_along_the_saw_tooth_finds(price, more):
    own = stats.OwnCost(carries=6.6, server_hour=3.13, utilisation=0.8, peak=2, **more)
    first, lasting = (float(rate) for rate in stats.break_even(price, own))
    rates = np.linspace(0.001, 1.2 * lasting + 5, 400_001)
    cheaper = own.per_1000(rates) <= price
    step = rates[1] - rates[0]
    assert rates[cheaper.argmax()] == pytest.approx(first, abs=2 * step)
    assert rates[~cheaper][-1] == pytest.approx(lasting, abs=2 * step)


def test_a_quarter_of_the_use_costs_four_times():
    quarter = stats.OwnCost(carries=6.6, server_hour=3.13, utilisation=0.2, peak=2)
    busy = 400.0
    assert float(quarter.per_1000(busy) / OWN.per_1000(busy)) == pytest.approx(4, rel=0.01)


def test_a_rate_that_just_fills_the_servers_needs_no_further_one():
    assert float(OWN.servers(3 * float(OWN.each))) == 3
    assert float(OWN.servers(3 * float(OWN.each) + 0.001)) == 4


def test_draws_scatter_as_stated_and_are_the_same_for_a_seed():
    hosted, own = drawn(HOSTED, OWN, stats.Spreads(), 20_000, seed=3)
    again, _ = drawn(HOSTED, OWN, stats.Spreads(), 20_000, seed=3)
    assert np.array_equal(hosted.per_1000, again.per_1000)
    assert np.std(np.log(own.server_hour)) == pytest.approx(0.25, abs=0.01)
    assert np.mean(own.utilisation) == pytest.approx(0.8, abs=0.01)
    assert own.peak.min() >= 1
    assert np.median(hosted.tokens_out) == pytest.approx(211, rel=0.01)


def test_a_machine_that_is_said_to_be_wholly_used_is():
    full = stats.OwnCost(carries=6.6, server_hour=3.13, utilisation=1.0)
    assert set(drawn(HOSTED, full, stats.Spreads(), 10, seed=0)[1].utilisation) == {1.0}


def test_adequate_models_are_all_right_at_once():
    p = (0.020, 0.030, 0.5)
    assert stats.adequate(p) == (False, False, False)
    assert stats.adequate((0.01, 0.024, 0.5)) == (True, True, False)
    assert stats.adequate(p, in_order=True) == (True, True, False)
    assert stats.adequate((0.5, 0.001), in_order=True) == (False, False)
    assert stats.adequate(()) == ()
