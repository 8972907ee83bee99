"""By which way an endpoint is reached, and that no key comes back."""

import pytest
from loopback import ask, complete

from workbench import testing
from workbench.errors import ModelError
from workbench.models.model import Model
from workbench.models.transport import Transport
from workbench.testing import Reply


@pytest.fixture
def proxied(monkeypatch):
    """Sets the proxy of every connection."""
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return lambda address: monkeypatch.setenv("http_proxy", address)


async def test_this_machine_is_never_asked_through_a_proxy(proxied):
    proxied("http://127.0.0.1:9")
    with testing.serve(lambda asked: "straight") as server:
        for host in ("127.0.0.1", "localhost"):
            base_url = server.model().base_url.replace("127.0.0.1", host)
            async with Transport() as transport:
                assert (
                    await transport.complete(ask(Model("actor", "m", base_url), "hi"))
                ).text == "straight"


async def test_a_proxy_may_be_named_without_its_scheme(proxied):
    with testing.serve(lambda asked: "by proxy") as server:
        proxied(server.model().base_url.removeprefix("http://").removesuffix("/v1"))
        async with Transport() as transport:
            done = await transport.complete(ask(Model("actor", "m", "http://api.example/v1"), "hi"))
    assert done.text == "by proxy"


async def test_a_proxy_that_fails_is_named_without_user_and_password(proxied):
    model = Model("actor", "m", "http://api.example/v1")
    proxied("http://user:s3cret@127.0.0.1:9")
    with pytest.raises(
        ModelError, match=r"api\.example through the proxy http://127\.0\.0\.1:9: "
    ) as down:
        async with Transport() as transport:
            await transport.complete(ask(model, "hi"))
    with testing.serve(lambda asked: Reply(fault="reset")) as server:
        address = server.model().base_url.removesuffix("/v1")
        proxied(address.replace("http://", "http://user:s3cret@"))
        async with Transport() as transport:
            broken = (await transport.complete(ask(model, "hi"))).error
    assert broken.startswith(f"the connection through the proxy {address} broke: ")
    assert "s3cret" not in str(down.value) + broken


@pytest.mark.parametrize("address", ["socks5://h:1", "http://[::1", "h:99999"])
async def test_a_proxy_that_is_none_is_refused(proxied, address):
    proxied(address)
    with pytest.raises(
        ModelError, match="model 'actor': http_proxy holds no address of an HTTP proxy"
    ):
        async with Transport() as transport:
            await transport.complete(ask(Model("actor", "m", "http://api.example/v1"), "hi"))


async def test_a_key_that_an_endpoint_echoes_is_blotted_out(monkeypatch):
    monkeypatch.setenv("SECRET_API_KEY", "sk-very-secret-key")
    texts = {
        "error": Reply("your key sk-very-secret-key", status=400),
        "text": Reply("it is sk-very-secret-key"),
    }
    for stream in (False, True):
        done = await complete(
            lambda asked: texts[asked.text], *texts, stream=stream, api_key_env="SECRET_API_KEY"
        )
        assert [done[0].error, done[1].text] == ["HTTP 400: your key [key]", "it is [key]"]
