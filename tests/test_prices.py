"""A price is stated, or known to be nothing, or listed for that host; otherwise it is unknown,
never guessed.
"""

import math

import pytest

from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import Price
from workbench.models.model import Model
from workbench.models.prices import Prices, cost_at, price_of

OPENAI = "https://api.openai.com/v1"


def test_the_price_in_models_yaml_wins():
    assert price_of(Model("m", id="gpt-4.1", base_url=OPENAI, price=Price(1, 2))) == Price(1, 2)


def test_a_local_server_costs_nothing():
    assert price_of(Model("m", id="gpt-4.1", server="vllm")) == Price(0, 0)


def test_a_listed_price_is_found_without_a_network(monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection was opened"))
    assert price_of(Model("m", id="gpt-4", base_url=OPENAI)) == Price(30.0, 60.0)


def test_a_call_costs_what_its_own_tier_says_and_may_cost_the_dearest():
    google = "https://generativelanguage.googleapis.com/v1beta/openai"
    model = Model("m", id="gemini-2.5-pro", base_url=google)
    small = Completion(prompt_tokens=100_000, completion_tokens=1000)
    large = Completion(prompt_tokens=300_000, completion_tokens=1000)
    assert Prices().cost(model, small) == pytest.approx(0.135)  # 1.25 and 10 a million
    assert Prices().cost(model, large) == pytest.approx(0.765)  # 2.5 and 15
    most = Prices().most(Request(model, [], {"max_tokens": 1000}), b"x" * 1000)
    assert most == pytest.approx(0.0175)


@pytest.mark.parametrize(
    "model",
    [
        Model("m", id="gpt-4", base_url="http://127.0.0.1:8000/v1"),
        Model("m", id="gpt-4", base_url="https://gateway.example/v1"),
        Model("m", id="no-such-model", base_url=OPENAI),
    ],
)
def test_an_unlisted_host_or_model_has_no_price(model):
    assert price_of(model) is None


PRICED = Model("m", id="x", base_url="http://127.0.0.1/v1", price=Price(1, 10))
UNPRICED = Model("m", id="x", base_url="http://127.0.0.1/v1")


@pytest.mark.parametrize("status", ["ok", "truncated", "filtered", "malformed", "error", "timeout"])
def test_a_completion_costs_the_tokens_it_was_billed_for_answered_or_not(status):
    completion = Completion(status=status, prompt_tokens=1_000_000, completion_tokens=100_000)
    assert Prices().cost(PRICED, completion) == 2.0


@pytest.mark.parametrize("status", ["error", "unsent"])
def test_what_never_reached_a_model_costs_nothing(status):
    assert Prices().cost(PRICED, Completion(status=status)) == 0


@pytest.mark.parametrize("status", ["ok", "timeout"])
def test_a_cost_is_unknown_where_the_endpoint_counts_no_tokens_but_may_bill_them(status):
    assert math.isnan(Prices().cost(PRICED, Completion(status=status)))
    assert math.isnan(Prices().cost(UNPRICED, Completion(prompt_tokens=1, completion_tokens=1)))


def test_another_tier_of_service_has_no_listed_price():
    prices = Prices()
    usual, dear = (
        Model("m", id="gpt-4", base_url=OPENAI, parameters={"service_tier": tier})
        for tier in ("default", "priority")
    )
    assert (prices[usual], prices[dear]) == (Price(30.0, 60.0), None)


def test_an_answer_that_ended_badly_may_be_billed_where_no_tokens_are_counted():
    assert math.isnan(cost_at(Price(1, 2), Completion("half an ans", "error")))


def test_the_most_a_call_may_cost_takes_every_byte_for_a_token():
    assert Prices().most(Request(PRICED, [], {"max_tokens": 100}), b"x" * 1000) == 2e-3
    assert Prices().most(Request(PRICED, []), b"x" * 1000) == pytest.approx(1e-3 + 4096e-5)
    assert math.isnan(Prices().most(Request(UNPRICED, []), b"x"))


def test_cached_input_costs_its_own_price_where_one_is_known():
    completion = Completion(prompt_tokens=1_000_000, completion_tokens=0, cached_tokens=900_000)
    assert cost_at(Price(2, 8, cached=0.5), completion) == pytest.approx(0.65)
    assert cost_at(Price(2, 8), completion) == pytest.approx(2.0)
    listed = Model("m", id="gpt-4.1", base_url=OPENAI)
    assert Prices().cost(listed, completion) == pytest.approx(0.65)


def test_what_was_sent_in_a_batch_costs_half_and_what_is_free_stays_free():
    completion = Completion(prompt_tokens=1_000_000, completion_tokens=1_000_000, batched=True)
    assert cost_at(Price(2, 8), completion) == pytest.approx(5.0)
    assert cost_at(Price(0, 0), completion) == 0
    lost = Completion(status="error", lost_prompt_tokens=1_000_000, batched=True)
    assert cost_at(Price(2, 8), lost) == pytest.approx(1.0)


def test_a_reply_whose_tokens_are_known_by_half_has_no_known_cost():
    assert math.isnan(cost_at(Price(1, 1), Completion(prompt_tokens=10)))
    assert cost_at(Price(0, 0), Completion(prompt_tokens=10)) == 0
