"""Token buckets and the rate learnt from refusals, each by its arithmetic."""

import pytest

from workbench.models.rates import Rate, TokenBucket


def test_a_bucket_holds_a_seconds_worth_and_refills_at_its_rate():
    bucket = TokenBucket(600)
    for _ in range(10):
        assert bucket.delay(100.0, 1) == 0
        bucket.take(100.0, 1)
    assert bucket.delay(100.0, 1) == pytest.approx(0.1)
    assert bucket.delay(100.1, 1) == pytest.approx(0)


def test_more_than_a_bucket_ever_holds_waits_for_all_of_it():
    bucket = TokenBucket(600)
    bucket.take(100.0, 10)
    assert bucket.delay(100.0, 10_000) == pytest.approx(1.0)


def test_an_endpoint_states_what_is_left_and_when_all_will_be():
    bucket = TokenBucket(600)
    bucket.state(100.0, limit=100, left=40, reset=30, under_way=40)
    assert bucket.delay(100.0, 1) == pytest.approx(0.5)  # 60 used come back in 30 s: 2 a second


def answered(rate: Rate, start: float, end: float, a_second: int) -> None:
    for number in range(int((end - start) * a_second)):
        rate.sent(start + number / a_second)
        rate.answered(start + number / a_second)


def test_nothing_is_held_back_until_calls_are_refused_often():
    rate = Rate()
    answered(rate, 0.0, 5.0, 20)
    rate.refused(5.0, 5.0, often=False)
    rate.sent(5.0)
    assert rate.delay(5.0) == 0


def test_refused_often_it_is_what_was_answered():
    rate = Rate()
    answered(rate, 0.0, 5.0, 20)
    rate.refused(5.0, 4.9, often=True)
    for _ in range(2):
        rate.sent(5.0)
    assert rate.delay(5.0) == pytest.approx(1 / 20, rel=0.05)


def test_time_in_which_everything_was_refused_does_not_count():
    rate = Rate()
    answered(rate, 0.0, 4.0, 10)
    before = rate.answers(4.0)
    rate.shut(60.0)
    assert rate.answers(64.0) == pytest.approx(before)
