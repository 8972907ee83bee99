"""Requests under open load, as arrays."""

import numpy as np
import pytest

from workbench.stats.answered import Answered, rising, slope_t

NAN = float("nan")


def answered(due, first, whole, **other):
    due, first, whole = (np.array(each, dtype=float) for each in (due, first, whole))
    n = len(due)
    fields = {
        "due": due, "lag": np.zeros(n), "first": first, "whole": whole, "ended": whole,
        "input_tokens": np.full(n, 10.0), "output_tokens": np.full(n, 5.0),
        "status": np.full(n, ""), "gaps_at": due, "gaps": whole - first, "gap_counts": np.ones(n),
    }  # fmt: skip
    return Answered(**{**fields, **other})


def test_a_window_holds_what_was_due_in_it():
    found = answered([0, 1, 2, 3], [1] * 4, [2] * 4).between(1, 3)
    assert (found.due.tolist(), len(found.gaps)) == ([1, 2], 2)


def test_time_per_token_leaves_out_the_first_and_replies_of_one():
    found = answered([0, 0], [1, 1], [3, 1], output_tokens=np.array([5.0, 1.0]))
    assert found.per_token.tolist() == pytest.approx([0.5, NAN], nan_ok=True)


def test_in_flight_counts_each_request_for_as_long_as_it_waits():
    """Two requests of 3 s, due at 0 and at 2: one, then two, then one."""
    found = answered([0, 2], [1, 1], [3, 3])
    assert found.in_flight(np.arange(6.0)).tolist() == [1, 1, 2, 1, 1]
    assert found.most_in_flight() == 2
    assert answered([0, 3], [1, 1], [3, 3]).most_in_flight() == 1  # one leaves as the other comes


def test_tokens_are_counted_when_they_come_not_when_they_were_asked_for():
    """Ten tokens read at 1 s, five generated from 1 s to 3 s: half of them before 2 s."""
    found = answered([0], [1], [3])
    assert found.tokens_between(0, 2) == (10, 2.5)
    assert found.tokens_between(2, 9) == (0, 2.5)
    nothing = answered([0], [NAN], [NAN], ended=np.array([9.0]))
    assert nothing.tokens_between(0, 9) == (0, 0)


def test_a_server_that_falls_behind_is_seen_and_one_that_is_merely_slow_is_not():
    """Ten requests a second for a minute; first tokens 0.1 s later every second, or 8 s late."""
    due = np.arange(0, 60, 0.1)
    jitter = np.random.default_rng(0).normal(0, 0.05, len(due))
    behind = answered(due, 1 + due / 10 + jitter, 2 + due / 10 + jitter)
    assert rising(behind, 0, 60).saturated
    slow = answered(np.arange(-20, 60, 0.1), np.full(800, 8.0), np.full(800, 9.0))
    assert not rising(slow, 0, 60).saturated
    waits_only = answered(due, np.full(600, 0.1), 2 + due / 10)  # long replies, no queue
    assert not rising(waits_only, 0, 60).saturated


def test_what_never_answered_counts_with_as_long_as_it_waited():
    due = np.arange(0, 30, 0.1)
    lost = np.where(due > 15, NAN, 0.1)
    found = answered(due, lost, lost, ended=np.where(due > 15, due - 10, 0.1))
    assert rising(found, 0, 30).saturated


def test_the_slope_is_that_of_a_line_by_least_squares():
    """1, 2, 2, 4: slope .9, residual variance .35, error sqrt(.35 / 5)."""
    assert slope_t(np.array([1.0, 2.0, 2.0, 4.0])) == pytest.approx(0.9 / (0.35 / 5) ** 0.5)
    assert slope_t(np.array([1.0, NAN, 3.0, 4.0, 5.0])) == float("inf")
    assert slope_t(np.full(5, 2.0)) == 0
    assert np.isnan(slope_t(np.array([1.0, 2.0, 3.0])))
