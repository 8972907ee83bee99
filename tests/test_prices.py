"""A price is stated, or known to be nothing, or listed for that host; otherwise it is unknown,
never guessed.
"""

import pytest

from workbench.models.model import Model, Price
from workbench.models.prices import price_of

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
