"""Times of streamed replies, as `vllm bench serve` takes them."""

import math

import pytest

from workbench.stats import token_times
from workbench.stats.streamed_times import Times


def test_each_time_is_taken_as_the_field_defines_it():
    """Two replies: 3 tokens in 1.0 s after 0.4 s, 11 in 2.5 s after 0.5 s."""
    found = token_times([0.4, 0.5], [1.0, 2.5], [3, 11], [[0.1, 0.5], [0.2] * 10])
    assert found.ttft == Times(0.45, 0.45, pytest.approx(0.495), pytest.approx(0.499), 2)
    assert (found.tpot.mean, found.tpot.n) == (pytest.approx(0.25), 2)  # (0.3 + 0.2) / 2
    assert (found.itl.mean, found.itl.n) == (pytest.approx(2.6 / 12), 12)  # pooled, not 0.25
    assert found.itl.median == 0.2


def test_a_reply_of_one_token_has_no_time_per_token():
    found = token_times([0.4, 0.5], [0.4, 1.5], [1, 3], [[], [0.5, 0.5]])
    assert (found.ttft.n, found.tpot.n, found.tpot.mean) == (2, 1, 0.5)


def test_replies_that_were_not_streamed_are_left_out():
    found = token_times([math.nan, 0.2], [5.0, 0.6], [9, 3], [(), (0.2, 0.2)])
    assert (found.ttft.n, found.tpot.n, found.tpot.mean) == (1, 1, pytest.approx(0.2))
    none = token_times([math.nan], [5.0], [-1], [()])
    assert (none.ttft.n, none.itl.n) == (0, 0)
    assert math.isnan(none.tpot.p99)
    assert token_times([], [], [], []).ttft.n == 0


def test_a_count_that_is_not_known_makes_no_time():
    assert token_times([0.2], [0.6], [-1], [(0.2,)]).tpot.n == 0


def test_columns_of_different_lengths_are_a_mistake():
    with pytest.raises(ValueError, match="one value a reply"):
        token_times([0.1, 0.2], [1.0], [3, 3], [])
