"""Endpoints that want a query, another header for the key, or further headers."""

import contextlib
import json

import pytest
from aiohttp import web
from loopback import ask
from test_catalogue import entry_refusal

import workbench as wb
from workbench.errors import ModelError
from workbench.models.entry import Price
from workbench.models.sent_headers import headers_for
from workbench.models.session import session_for
from workbench.models.transport import Transport
from workbench.runs import load_run, run

KEY = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"  # as Azure's look
HOST = "https://mine.openai.azure.com/openai"
MESSAGES = [{"role": "user", "content": "hi"}]
REPLY = {"choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}]}


@contextlib.asynccontextmanager
async def gateway():
    """Base address of an endpoint below any path, and what it was asked."""
    asked = []

    async def answer(request):
        asked.append(request)
        await request.read()
        return web.json_response(REPLY)

    application = web.Application()
    application.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("path", "query", "sent_to"),
    [
        (
            "/openai/deployments/gpt-41",
            "{api-version: 2024-10-21}",
            "/openai/deployments/gpt-41/chat/completions?api-version=2024-10-21",
        ),
        ("/openai/v1", "{}", "/openai/v1/chat/completions"),
        (
            "/openai/v1/",
            "{api-version: preview, n: 1}",
            "/openai/v1/chat/completions?api-version=preview&n=1",
        ),
    ],
)
async def test_azure_is_reached_in_its_classic_and_its_new_form(
    models_file, monkeypatch, path, query, sent_to
):
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    async with gateway() as (address, asked):
        models_file(
            f"models: {{m: {{id: gpt-4.1, base_url: '{address}{path}', query: {query}, "
            "key_header: api-key, api_key_env: AZURE_OPENAI_API_KEY}}"
        )
        done = await wb.complete(wb.model("m"), MESSAGES)
    assert (done.text, asked[0].path_qs) == ("fine", sent_to)
    assert (asked[0].headers["api-key"], asked[0].headers.get("Authorization")) == (KEY, None)


async def test_headers_are_sent_with_values_from_the_file_or_from_the_environment(
    models_file, monkeypatch
):
    monkeypatch.setenv("ORG_ID", "org-7")
    async with gateway() as (address, asked):
        models_file(
            f"models: {{m: {{id: x, base_url: '{address}/v1', "
            "headers: {X-Route: canary, X-Org: {env: ORG_ID}}}}"
        )
        await wb.complete(wb.model("m"), MESSAGES)
        await wb.complete(wb.Model("c", "x", f"{address}/v1", headers={"X-A": "b"}), MESSAGES)
    assert [asked[0].headers[name] for name in ("X-Route", "X-Org")] == ["canary", "org-7"]
    assert asked[1].headers["X-A"] == "b"


def test_what_may_determine_the_answer_is_part_of_the_identity_and_the_key_is_not():
    plain = wb.Model("m", "x", f"{HOST}/v1", api_key_env="AZURE_OPENAI_API_KEY")
    assert plain.endpoint == f"{HOST}/v1"

    def identity(**fields):
        return wb.Model("m", "x", f"{HOST}/v1", **fields).endpoint

    assert identity(key_header="api-key") == plain.endpoint
    assert identity(query={"b": "1 2", "a": 3}) == f"{HOST}/v1?a=3&b=1+2"
    assert identity(query={"a": 3, "b": "1 2"}) == f"{HOST}/v1?a=3&b=1+2"
    routed = identity(headers={"X-Route": "canary", "X-Org": {"env": "ORG_ID"}})
    assert routed == f"{HOST}/v1 x-org: $ORG_ID x-route: canary"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("query: {api-key: x}", "'api-key' must not stand here"),
        ("query: {code: sk-abcdefghijklmnopqrstuv}", "what looks like a key in 'query'"),
        ("query: {code: aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW}", "what looks like a key in 'query'"),
        ("query: {code: correct horse battery}", "what looks like a key in 'query'"),
        ("query: {sig: x}", "'sig' must not stand here"),
        ("query: [1]", "query must be `name: value` lines of texts or whole numbers"),
        ("query: {a: true}", "query must be"),
        ("headers: {Authorization: Bearer x}", "'Authorization' must not stand here"),
        ("headers: {Cookie: a=b}", "'Cookie' must not stand here"),
        ("headers: {X-Api-Key: x}", "'X-Api-Key' must not stand here"),
        ("headers: {X-A: 'Bearer sk-abcdefghijklmnopqrstuv'}", "looks like a key in 'headers'"),
        ("headers: {X-A: {env: CANARY_KEY}}", "'CANARY_KEY' must not stand here"),
        ("headers: {X-A: {env: a b}}", "headers must be `Name: text` lines"),
        ('headers: {X-A: "b\\r\\nX-B: c"}', "headers must be"),
        ("headers: {X A: b}", "headers must be"),
        ("headers: {Host: b}", "headers must be"),
        ("headers: {content-length: '3'}", "headers must be"),
        ("headers: {X-A: 3}", "headers must be"),
        ("key_header: Content-Type", "key_header must be the name of the header"),
        ("key_header: 'api-key: '", "key_header must be"),
        ("key_header: sk-abcdefghijklmnopqrstuv", "what looks like a key in 'key_header'"),
        ("key_header: X-A, headers: {x-a: b}", "x-a carries the key"),
        ("parameters: {user: sk-abcdefghijklmnopqrstuv}", "looks like a key in 'parameters'"),
        ("parameters: {extra: {api_key: x}}", "looks like a key in 'parameters'"),
    ],
)
def test_what_is_no_query_or_header_or_carries_a_key_is_refused_and_not_repeated(
    models_file, monkeypatch, fields, said
):
    monkeypatch.setenv("CANARY_KEY", "correct horse battery")
    message = entry_refusal(models_file, f"{{id: x, base_url: 'https://h/v1', {fields}}}")
    assert message.startswith("models.yaml: model 'm': ")
    assert said in message
    assert not any(part in message for part in ("correct horse", "sk-abc", "aB3dE5"))


@pytest.mark.parametrize("field", ["query: {a: b}", "headers: {X-A: b}", "key_header: api-key"])
def test_a_local_server_takes_none_of_them(models_file, field):
    said = entry_refusal(models_file, f"{{server: embedded, {field}}}")
    assert said.endswith("belongs to a `base_url:`, not to `server:`")


def model(**fields):
    return wb.Model("m", "x", "https://far.example/v1", **fields)


def test_a_value_from_the_environment_goes_where_the_key_may_go_and_carries_none(monkeypatch):
    monkeypatch.delenv("WORKBENCH_KEY_HOSTS", raising=False)
    named = model(headers={"X-Org": {"env": "ORG_ID"}})
    monkeypatch.delenv("ORG_ID", raising=False)
    with pytest.raises(ModelError, match="the header X-Org needs a value: run `export ORG_ID="):
        headers_for(named)
    monkeypatch.setenv("ORG_ID", "org-7")
    with pytest.raises(ModelError, match=r"ORG_ID is not bound to far\.example:443"):
        headers_for(named)
    monkeypatch.setenv("WORKBENCH_KEY_HOSTS", "ORG_ID=far.example")
    assert headers_for(named)["X-Org"] == "org-7"
    monkeypatch.setenv("ORG_ID", "postgres://me:secret-word@db/x")
    with pytest.raises(ModelError, match="ORG_ID holds a key") as raised:
        headers_for(named)
    assert "secret-word" not in str(raised.value)


def test_what_a_session_says_of_itself_has_no_key(monkeypatch):
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.setenv("WORKBENCH_KEY_HOSTS", "MY_KEY=far.example")
    monkeypatch.setenv("https_proxy", "http://user:pass-word@proxy.example:3128")
    for header in ("", "api-key"):
        keyed = model(api_key_env="MY_KEY", key_header=header)
        session = session_for(keyed, keyed.base_url)
        assert KEY in "".join(session.headers.values())
        assert KEY not in repr(session) + repr(keyed)
        assert "pass-word" not in repr(session)


async def test_no_key_lies_in_the_store_or_stands_in_what_comes_back(prompt, tmp_path, monkeypatch):
    monkeypatch.setenv("MY_KEY", KEY)
    async with gateway() as (address, _):
        keyed = wb.Model(
            "m", "x", f"{address}/v1", api_key_env="MY_KEY", key_header="api-key",
            query={"api-version": "1"}, headers={"X-Route": "canary"},
        )  # fmt: skip
        examples = [wb.Example("a", {"text": "hi"})]
        done = await run(prompt("v1"), examples, keyed, store=tmp_path / "s.db")
        back = load_run(done.id, tmp_path / "s.db")
    assert done.columns["output"] == ["fine"]
    assert (back.plan.models[0].query, back.plan.models[0].endpoint) == (
        {"api-version": "1"},
        keyed.endpoint,
    )
    assert KEY.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("s.db*"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"base_url": "https://h/v1?key=abc"}, "that stands under `query:`"),
        ({"base_url": "https://me:word@h/v1"}, "without user, password or query"),
        ({"base_url": "https://h/sk-abcdefghijklmnopqrstuv/v1"}, "looks like a key in 'base_url'"),
        ({"query": {"key": "abc"}}, "'key' must not stand here"),
        ({"headers": {"Authorization": "Bearer abc"}}, "'Authorization' must not stand here"),
        ({"parameters": {"api_key": "abc"}}, "'api_key' must not stand here"),
        ({"parameters": {"messages": []}}, "it is no parameter of a model"),
        ({"parameters": {"temperature": "hot"}}, "it must be a number"),
        ({"max_concurrency": 0}, "max_concurrency must be a whole number above 0"),
        ({"api_key_env": "sk-abcdefghijklmnopqrstuv"}, "never the key itself"),
        ({"price": Price(-1, 0)}, "price must be"),
        ({"server": "tgi"}, "server must be embedded or triton or vllm"),
    ],
)  # fmt: skip
def test_a_model_made_in_code_is_checked_like_one_of_the_file(fields, said):
    with pytest.raises(ModelError) as raised:
        wb.Model("m", "x", **{"base_url": "https://h/v1", **fields})
    assert str(raised.value).startswith("wb.Model('m'): ")
    assert said in str(raised.value)
    assert not any(word in str(raised.value) for word in ("abc", "me:word"))


async def test_a_replayed_request_is_the_same_call_whatever_header_carries_its_key():
    keyed = ask(model(api_key_env="MY_KEY", key_header="api-key"), "hi")
    assert keyed.key() == ask(model(), "hi").key()
    assert keyed.key() != ask(model(query={"a": "b"}), "hi").key()
    assert json.loads(keyed.payload())["model"] == "x"
    async with Transport() as transport:
        with pytest.raises(ModelError, match="needs a key: run `export MY_KEY="):
            await transport.complete(keyed)
