"""A pull request that edits models.yaml cannot send a key to a host of its choosing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from workbench.errors import ModelError
from workbench.models.keys import address, key, key_for
from workbench.models.model import Model


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """Two keys, and none of the bindings of whoever runs the tests."""
    for name in ("OPENAI_BASE_URL", "WORKBENCH_KEY_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-open")
    monkeypatch.setenv("MY_KEY", "sk-mine")


def refusal(variable, url):
    with pytest.raises(ModelError) as error:
        key(variable, url, "model 'm'")
    assert "sk-" not in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_openais_key_goes_to_openai():
    assert key("OPENAI_API_KEY", "https://api.openai.com/v1", "model 'm'") == "sk-open"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1",
        "https://api.openai.com.evil.example/v1",
        "https://evil.example/api.openai.com/v1",
        "https://api.openai.com:444/v1",
        "http://127.0.0.1:8000/v1",
        "https://localhost/v1",
    ],
)
def test_a_bound_key_goes_nowhere_else_not_even_to_this_machine(url):
    assert "OPENAI_API_KEY is not bound to" in refusal("OPENAI_API_KEY", url)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com@evil.example/v1",
        "https://api.openai.com\\@evil.example/v1",
        "https://evil.example#@api.openai.com/v1",
        "https://evil.example?@api.openai.com/v1",
        "https://api.openai.com\n.evil.example/v1",
        "https://api.openai.com/v1\n",
        "https://аpi.openai.com/v1",  # a Cyrillic letter
        "ftp://api.openai.com/v1",
        "https://a..example/v1",
        "https://.example/v1",
        f"https://{'a' * 64}.example/v1",
        "//api.openai.com/v1",
        "${OPENAI_BASE_URL}",
        "",
    ],
)
def test_a_url_that_parsers_may_read_differently_is_refused(url):
    assert "must read like https://host/v1" in refusal("OPENAI_API_KEY", url)


def test_an_unbound_key_may_go_to_this_machine_only():
    for url in (
        "http://127.0.0.1:8000/v1",
        "http://localhost/v1",
        "http://[::1]:80/v1",
        "http://127.9.9.9/v1",
    ):
        assert key("MY_KEY", url, "model 'm'") == "sk-mine"
    for url in (
        "https://10.0.0.1/v1",
        "https://0.0.0.0/v1",
        "https://127.0.0.1.evil.example/v1",
        "https://2130706433/v1",
    ):
        assert "MY_KEY is not bound" in refusal("MY_KEY", url)


def test_the_refusal_says_what_to_set_and_setting_it_works(monkeypatch):
    said = refusal("MY_KEY", "https://API.example.com/v1")
    assert said.endswith('export WORKBENCH_KEY_HOSTS="MY_KEY=api.example.com:443"')
    monkeypatch.setenv("WORKBENCH_KEY_HOSTS", "MY_KEY=api.example.com:443")
    assert key("MY_KEY", "https://API.example.com/v1", "model 'm'") == "sk-mine"
    said = refusal("MY_KEY", "https://other.example:8443/v1")
    assert said.endswith(
        'export WORKBENCH_KEY_HOSTS="$WORKBENCH_KEY_HOSTS,MY_KEY=other.example:8443"'
    )


def test_a_binding_without_a_port_means_that_of_https(monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY_HOSTS", "MY_KEY=api.example.com, OPENAI_API_KEY=127.0.0.1:9")
    assert key("MY_KEY", "https://api.example.com/v1", "model 'm'") == "sk-mine"
    assert key("OPENAI_API_KEY", "http://127.0.0.1:9/v1", "model 'm'") == "sk-open"
    refusal("MY_KEY", "https://api.example.com:8443/v1")
    refusal("MY_KEY", "http://127.0.0.1/v1")


def test_openai_base_url_binds_openais_key_and_no_other(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:4000/v1")
    assert key("OPENAI_API_KEY", "http://127.0.0.1:4000/v1", "model 'm'") == "sk-open"
    refusal("OPENAI_API_KEY", "http://127.0.0.1:4001/v1")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.example/v1")
    assert key("OPENAI_API_KEY", "https://gateway.example/other", "model 'm'") == "sk-open"
    refusal("MY_KEY", "https://gateway.example/v1")


def test_the_users_settings_bind_too(tmp_path):
    settings_file = tmp_path / "workbench" / "hosts.yaml"
    settings_file.parent.mkdir()
    settings_file.write_text("MY_KEY: [a.example, 'b.example:8443']\nOTHER: c.example\n")
    assert key("MY_KEY", "https://a.example/v1", "model 'm'") == "sk-mine"
    assert key("MY_KEY", "https://b.example:8443/v1", "model 'm'") == "sk-mine"
    refusal("MY_KEY", "https://c.example/v1")
    settings_file.write_text("MY_KEY: https://a.example/v1")
    assert "hosts.yaml: 'https://a.example/v1' is not a host or host:port" in refusal(
        "MY_KEY", "https://a.example/v1"
    )


def test_a_key_never_leaves_over_plain_http(monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY_HOSTS", "MY_KEY=api.example.com:80")
    assert "plain http" in refusal("MY_KEY", "http://api.example.com/v1")


def test_a_missing_key_names_its_variable_and_how_to_set_it(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", " ")
    said = refusal("OPENAI_API_KEY", "https://api.openai.com/v1")
    assert (
        said
        == "model 'm' needs a key: run `export OPENAI_API_KEY=...` in the shell and start again"
    )


def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-a\r\nHost: evil")
    assert "copy it again" in refusal("MY_KEY", "http://127.0.0.1/v1")
    monkeypatch.setenv("MY_KEY", " sk-mine\n")
    assert key("MY_KEY", "http://127.0.0.1/v1", "model 'm'") == "sk-mine"


def test_a_broken_binding_is_named(monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY_HOSTS", "MY_KEY")
    said = refusal("MY_KEY", "https://a.example/v1")
    assert said == "WORKBENCH_KEY_HOSTS: 'MY_KEY' is not NAME=host or NAME=host:port"


@given(st.text(alphabet="htps:/.@#?\\[]%aB0-_ \n:1", max_size=30))
@settings(max_examples=50, deadline=None)
def test_what_is_let_through_means_the_same_host_to_the_library_that_connects(rest):
    url = f"https://api.example.com{rest}"
    try:
        ours = address(url, "url")
    except ModelError:
        return
    assert (ours.host, ours.port) == ((URL(url).raw_host or "").rstrip("."), URL(url).port)


def test_a_model_without_a_key_variable_sends_none():
    assert key_for(Model("m", base_url="https://api.example.com/v1")) is None


def test_a_local_server_counts_as_this_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("MY_KEY", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert key_for(Model("m", server="vllm", api_key_env="MY_KEY")) == "secret"
    with pytest.raises(ModelError, match=r"OPENAI_API_KEY is not bound to 127\.0\.0\.1:80"):
        key_for(Model("m", server="vllm", api_key_env="OPENAI_API_KEY"))
