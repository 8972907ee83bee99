"""Keys are recognised by their names, and their values leave every text."""

import base64
import json
from urllib.parse import quote

import pytest

from workbench.key_shapes import is_key_like
from workbench.secrets import blots, blotted, redact

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


LONG_KEY = "sk-" + "proj/aB3+dE5fG7hI9=jK1lM3"
CODED = {
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "a header in base64": lambda key: base64.b64encode(f"Bearer {key}".encode()).decode(),
    "user and key in base64": lambda key: base64.b64encode(f"ab:{key}".encode()).decode(),
    "base64 in URLs": lambda key: base64.urlsafe_b64encode(f"k={key}&a".encode()).decode(),
    "base64 in a URL's value": lambda key: quote(base64.b64encode(f"x{key}".encode()).decode(), ""),
    "base64 in lines": lambda key: base64.encodebytes(f"{'a' * 40}{key}".encode()).decode(),
    "hexadecimals": lambda key: key.encode().hex(),
    "large hexadecimals": lambda key: key.encode().hex().upper(),
    "bytes": lambda key: key.encode().hex(":"),
    "a URL": lambda key: quote(key, ""),
    "a URL, all of it": lambda key: "".join(f"%{byte:02X}" for byte in key.encode()),
    "JSON, all of it": lambda key: "".join(f"\\u{ord(each):04x}" for each in key),
    "Python": lambda key: "".join(f"\\x{ord(each):02x}" for each in key),
    "HTML, all of it": lambda key: "".join(f"&#{ord(each)};" for each in key),
    "backwards": lambda key: key[::-1],
    "two lines": lambda key: f"{key[:9]}\n  {key[9:]}",
    "two lines of JSON": lambda key: json.dumps(f"{key[:9]}\n{key[9:]}"),
    "two strings": lambda key: f"'{key[:9]}' + '{key[9:]}'",
    "two tags": lambda key: f"<b>{key[:9]}</b><i>{key[9:]}</i>",
    "what nobody sees": lambda key: "\u200b".join(key),
}


@pytest.mark.parametrize("form", CODED)
def test_a_key_is_blotted_in_every_coding_that_can_be_told(monkeypatch, form):
    monkeypatch.setenv("CODED_API_KEY", LONG_KEY)
    text = f"before {CODED[form](LONG_KEY)} after"
    assert "[CODED_API_KEY]" in redact(text)
    assert b"[key]" in blotted(text.encode(), blots(LONG_KEY))
    assert is_key_like("task", text)


@pytest.mark.parametrize("form", [name for name in CODED if "base64" in name])
def test_of_a_key_in_base64_hardly_a_letter_is_left(monkeypatch, form):
    monkeypatch.setenv("CODED_API_KEY", LONG_KEY)
    left = redact(CODED[form](LONG_KEY)).replace("[CODED_API_KEY]", "").replace("%3D", "")
    assert len(left.strip().rstrip("=").replace("YWFh", "")) <= 16  # of what stood beside it


def test_a_text_without_a_key_stays_as_it_is(monkeypatch):
    monkeypatch.setenv("CODED_API_KEY", LONG_KEY)
    text = 'sk-proj and aB3 "quoted" + "twice" <b>x</b> c2st 736b2d %73%6b ' * 100
    assert redact(text) == text
