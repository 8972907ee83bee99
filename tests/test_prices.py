"""A price is stated, or known to be nothing, or listed for that host; otherwise it is unknown,
never guessed.
"""

import math

import pytest

from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import Price
from workbench.models.model import Model
from workbench.models.prices import Prices, price_of

OPENAI = "https://api.openai.com/v1"


def test_the_price_in_models_yaml_wins():
    assert price_of(Model("m", id="gpt-4.1", base_url=OPENAI, price=Price(1, 2))) == Price(1, 2)


def test_a_local_server_costs_nothing():
    assert price_of(Model("m", id="gpt-4.1", server="vllm")) == Price(0, 0)


def test_a_listed_price_is_found_without_a_network(monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection was opened"))
    assert price_of(Model("m", id="gpt-4", base_url=OPENAI)) == Price(30.0, 60.0)


def test_a_tiered_price_counts_at_its_highest():
    google = "https://generativelanguage.googleapis.com/v1beta/openai"
    assert price_of(Model("m", id="gemini-2.5-pro", base_url=google)) == Price(2.5, 15.0)


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


def test_the_most_a_call_may_cost_takes_every_byte_for_a_token():
    assert Prices().most(Request(PRICED, [], {"max_tokens": 100}), b"x" * 1000) == 2e-3
    assert Prices().most(Request(PRICED, []), b"x" * 1000) == pytest.approx(1e-3 + 4096e-5)
    assert math.isnan(Prices().most(Request(UNPRICED, []), b"x"))
