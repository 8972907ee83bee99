"""What the openai package sends goes where a model's calls go, with their headers and no others."""

from contextlib import asynccontextmanager

import pytest
from aiohttp import web

import workbench as wb
from workbench.errors import ModelError, PausedTooLong
from workbench.models.openai_client import Client
from workbench.models.session import session_for

LISTED = {"object": "list", "data": [{"id": "a", "object": "model", "created": 0, "owned_by": "x"}]}


@asynccontextmanager
async def endpoint(*answers):
    """Answers requests for its models with these in turn, and with the last one from then on."""
    asked = []

    async def models(request):
        asked.append(request)
        status, body, headers = answers[min(len(asked), len(answers)) - 1]
        return web.json_response(body, status=status, headers=headers)

    application = web.Application()
    application.router.add_get("/v1/models", models)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", asked
    await runner.cleanup()


async def listed(model):
    async def page(api):
        return await api.models.list()

    async with Client(session_for(model, model.base_url)) as client:
        return [each.id for each in (await client.asked("list its models", page)).data]


async def test_the_key_goes_in_its_header_and_nothing_of_the_environment_goes_along(monkeypatch):
    for name, value in {
        "OPENAI_API_KEY": "sk-other-key-of-the-environment",
        "OPENAI_ORG_ID": "org-7",
        "OPENAI_PROJECT_ID": "proj-7",
        "OPENAI_CUSTOM_HEADERS": "X-Secret: s3cret\nAuthorization: Bearer other",
        "HERE_KEY": "k-1",
    }.items():
        monkeypatch.setenv(name, value)
    async with endpoint((200, LISTED, {})) as (url, asked):
        model = wb.Model("m", "a", url, query={"api-version": "1"}, headers={"X-Route": "canary"})
        assert await listed(model) == ["a"]
        assert await listed(wb.Model("m", "a", url, api_key_env="HERE_KEY")) == ["a"]
        named = wb.Model("m", "a", url, api_key_env="HERE_KEY", key_header="api-key")
        assert await listed(named) == ["a"]
    keys = [[each.headers.get(name) for name in ("Authorization", "api-key")] for each in asked]
    assert keys == [[None, None], ["Bearer k-1", None], [None, "k-1"]]
    assert asked[0].query == {"api-version": "1"}
    assert asked[0].headers["X-Route"] == "canary"
    sent = str([dict(each.headers) for each in asked])
    assert [secret for secret in ("sk-other", "org-7", "proj-7", "s3cret") if secret in sent] == []


async def test_a_key_goes_to_no_host_that_it_is_not_bound_to(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-key-of-mine")
    async with endpoint((200, LISTED, {})) as (url, asked):
        with pytest.raises(ModelError, match="OPENAI_API_KEY is not bound to"):
            await listed(wb.Model("m", "a", url, api_key_env="OPENAI_API_KEY"))
    assert asked == []


async def test_redirects_are_not_followed():
    async with endpoint((307, {}, {"Location": "http://127.0.0.1:1/v1/models"})) as (url, _):
        with pytest.raises(ModelError, match=r"cannot list its models: HTTP 307: redirects"):
            await listed(wb.Model("m", "a", url))


async def test_what_passes_is_waited_for_and_asked_again():
    busy = (503, {"error": {"message": "busy"}}, {})
    soon = (429, {"error": {"message": "slow"}}, {"retry-after-ms": "1"})
    async with endpoint(busy, soon, (200, LISTED, {})) as (url, asked):
        assert await listed(wb.Model("m", "a", url)) == ["a"]
    assert len(asked) == 3


async def test_patience_ends_with_what_to_do():
    async with endpoint((500, {"error": {"message": "down"}}, {})) as (url, _):
        with pytest.raises(PausedTooLong, match=r"for 0 s: HTTP 500: down; .* run again"):
            await listed(wb.Model("m", "a", url, patience_seconds=0.1))
    with pytest.raises(PausedTooLong, match="no connection: "):
        await listed(wb.Model("m", "a", "http://127.0.0.1:9/v1", patience_seconds=0.1))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {"error": {"message": "bad key k-12345678"}}, {}), r"refused the key.*\[key\]"),
        ((404, {"error": {"message": "no such path"}}, {}), "cannot list its models: HTTP 404"),
        ((429, {"error": {"message": "x", "code": "insufficient_quota"}}, {}), "no quota left"),
    ],
)
async def test_what_will_not_pass_is_said_at_once(monkeypatch, answer, said):
    monkeypatch.setenv("HERE_KEY", "k-12345678")
    async with endpoint(answer) as (url, asked):
        with pytest.raises(ModelError, match=said):
            await listed(wb.Model("m", "a", url, api_key_env="HERE_KEY"))
    assert len(asked) == 1


async def test_the_proxy_of_the_environment_is_gone_through_and_its_password_not_told(monkeypatch):
    far = wb.Model("m", "a", "http://api.example/v1", patience_seconds=0.1)
    async with endpoint((200, LISTED, {})) as (url, asked):
        monkeypatch.setenv("http_proxy", url.removesuffix("/v1"))
        assert await listed(far) == ["a"]
    assert asked[0].headers["Host"] == "api.example"
    monkeypatch.setenv("http_proxy", "http://user:pass-word@127.0.0.1:9")
    with pytest.raises(PausedTooLong) as refused:
        await listed(far)
    assert "pass-word" not in str(refused.value)
