"""The openai package and the workbench send the same body for the same request."""

import json

import pytest
from aiohttp import web
from openai import AsyncOpenAI

from workbench.models.call import Request
from workbench.models.model import Model
from workbench.models.transport import Transport

REPLY = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "some-model",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "{}"}}
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
}
MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": 'Grüße, 你好 🙂 "quoted"\n'},
]
SCHEMA = {
    "type": "object",
    "properties": {"label": {"type": "string", "enum": ["a", "b"]}},
    "required": ["label"],
    "additionalProperties": False,
}
JSON_SCHEMA = {
    "type": "json_schema",
    "json_schema": {"name": "reply", "schema": SCHEMA, "strict": True},
}
ONE_TOKEN = {"max_tokens": 1}
SAMPLING = {
    "temperature": 0.5,
    "top_p": 0.9,
    "seed": 7,
    "max_tokens": 64,
    "stop": ["\n\n", "END"],
    "frequency_penalty": 0.1,
    "reasoning_effort": "low",
}


@pytest.fixture
async def endpoint():
    """A loopback server that keeps what it received; gives its base URL and the list of (headers,
    body).
    """
    received = []

    async def complete(request):
        received.append((request.headers, await request.json()))
        return web.json_response(REPLY)

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", received
    await runner.cleanup()


# What one asks of the SDK, and the same asked of the workbench.
SAME = {
    "plain": ({}, {}),
    "sampling": (SAMPLING, {"parameters": SAMPLING}),
    "schema": ({"response_format": JSON_SCHEMA}, {"schema": SCHEMA}),
    "logprobs": (
        {"logprobs": True, "top_logprobs": 5, "max_tokens": 1},
        {"top_logprobs": 5, "parameters": ONE_TOKEN},
    ),
    "vLLM's choices": (
        {"extra_body": {"structured_outputs": {"choice": ["yes", "no"]}}},
        {"choices": ("yes", "no")},
    ),
}


@pytest.mark.parametrize("asked", SAME)
async def test_the_sdk_and_the_workbench_send_the_same(endpoint, monkeypatch, asked):
    base_url, received = endpoint
    monkeypatch.setenv("CONTRACT_KEY", "sk-contract")
    to_sdk, to_workbench = SAME[asked]
    async with AsyncOpenAI(base_url=base_url, api_key="sk-contract") as client:
        await client.chat.completions.create(model="some-model", messages=MESSAGES, **to_sdk)
    constrain = "choice" if "choices" in to_workbench else "schema"
    model = Model(
        "m", id="some-model", base_url=base_url, api_key_env="CONTRACT_KEY", constrain=constrain
    )
    request = Request(model, MESSAGES, **to_workbench)
    async with Transport() as transport:
        completion = await transport.complete(request)
    (sdk_headers, sdk_body), (headers, body) = received
    assert body == sdk_body
    assert json.loads(request.payload()) == sdk_body
    assert headers["Authorization"] == sdk_headers["Authorization"] == "Bearer sk-contract"
    assert headers["Content-Type"] == sdk_headers["Content-Type"] == "application/json"
    assert (completion.text, completion.prompt_tokens, completion.completion_tokens) == ("{}", 3, 1)


async def test_both_read_the_same_reply(endpoint):
    base_url, _ = endpoint
    async with AsyncOpenAI(base_url=base_url, api_key="none") as client:
        theirs = await client.chat.completions.create(model="some-model", messages=MESSAGES)
    ours = await Model("m", id="some-model", base_url=base_url).complete(MESSAGES)
    assert ours.text == theirs.choices[0].message.content
    assert (ours.finish_reason, ours.status) == (theirs.choices[0].finish_reason, "ok")
