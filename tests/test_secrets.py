"""Keys are recognised by their names, and their values leave every text."""

import json

import pytest

from workbench.secrets import is_key_like, redact

KEY = 'a1"b2&c3<d4-canary'


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("CANARY_API_KEY", KEY)


@pytest.mark.parametrize(
    "name", ["X_TOKEN", "DB_PASSWORD", "SOME_SECRET", "password", "ApiKey", "MY_CREDENTIALS"]
)
def test_values_of_variables_named_like_keys_are_replaced_by_the_name(monkeypatch, name):
    monkeypatch.setenv(name, "correct horse battery")
    assert redact("say correct horse battery twice") == f"say [{name}] twice"


def test_a_key_is_found_in_json_and_in_html_too():
    assert redact(json.dumps({"said": KEY})) == '{"said": "[CANARY_API_KEY]"}'
    assert redact("<p>a1&quot;b2&amp;c3&lt;d4-canary</p>") == "<p>[CANARY_API_KEY]</p>"


def test_short_values_and_other_variables_are_left_alone(monkeypatch):
    monkeypatch.setenv("ANY_KEY", "en")
    monkeypatch.setenv("KEYBOARD", "dvorak-de-cuple")
    assert redact("english dvorak-de-cuple") == "english dvorak-de-cuple"


def test_the_longer_of_two_keys_goes_first(monkeypatch):
    monkeypatch.setenv("A_KEY", "sharedpart")
    monkeypatch.setenv("B_KEY", "sharedpart-and-more")
    assert redact("sharedpart-and-more") == "[B_KEY]"


@pytest.mark.parametrize(
    ("name", "value", "is_key"),
    [
        ("api_key", "anything", True),
        ("openai_token", "anything", True),
        ("task", f"prefix {KEY}", True),
        ("task", "sk-" + "proj-0123456789abcdef01", True),
        ("task", "ghp_" + "0123456789abcdefghij0123", True),
        ("task", "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW", True),
        ("task", "triage", False),
        ("max_tokens", 40, False),
        ("release_to", "prompts/released/some/long/folder/name-2026", False),
        ("keyboard", "dvorak", False),
        ("monkey", "see", False),
    ],
)
def test_a_parameter_looks_like_a_key_by_name_or_by_value(name, value, is_key):
    assert is_key_like(name, value) is is_key
