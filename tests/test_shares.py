"""Shares of limits: together they are the limit, never more."""

import math

import pytest

from workbench.models.limits import Limit
from workbench.models.shares import Share


@pytest.mark.parametrize("limit", [1, 7, 64])
@pytest.mark.parametrize("of", [1, 2, 3, 64, 1000])
def test_all_shares_of_calls_at_a_time_are_the_limit(limit, of):
    assert sum(Share(number, of).calls(limit) for number in range(of)) == limit


def test_a_share_is_bounded_by_what_a_process_may_have_in_flight():
    assert Share(0, 2, most=16).calls(64) == 16
    assert Share(0, 8, most=16).calls(64) == 8
    assert Share(0, 2, most=16).own.calls(64) == 16


def test_a_share_of_nothing_lets_nobody_in_until_it_grows():
    share = Share(of=0)
    limit = Limit(8, share=lambda: share)
    assert limit.delay(0.0, 1) == math.inf
    share = Share(1, 4)
    assert limit.delay(0.0, 1) == 0
    limit.enter(0.0, 1)
    limit.enter(0.0, 1)
    assert limit.delay(0.0, 1) == math.inf  # a quarter of eight


def test_a_quarter_of_the_calls_a_minute_are_one_of_fours():
    limit = Limit(100, requests_per_minute=240, share=lambda: Share(0, 4))
    now, sent = 0.0, 0
    while now < 60:
        wait = limit.delay(now, 1)
        assert wait < math.inf
        now += wait
        if not limit.delay(now, 1):
            limit.leave(limit.enter(now, 1))
            sent += 1
    assert 58 <= sent <= 62
