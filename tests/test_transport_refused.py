"""What an endpoint refuses for good is left out, once it has said so; calls that fail for reasons
of their own teach nothing.
"""

import asyncio
import json
import time

import pytest
from loopback import ask

from workbench import testing
from workbench.errors import ModelError
from workbench.models.transport import Transport
from workbench.testing import Ask, Reply

NO_LOGPROBS = "You are not allowed to request logprobs from this model"
NO_SCHEMAS = "This response_format type is unavailable now"
SCHEMA = {
    "type": "object",
    "properties": {"verdict": {"enum": ["no", "yes"]}},
    "required": ["verdict"],
    "additionalProperties": False,
}


def plain_endpoint(asked: Ask) -> str | Reply:
    """An endpoint that has neither log probabilities nor schemas."""
    if "logprobs" in asked.body:
        return Reply(NO_LOGPROBS, status=403)
    if "response_format" in asked.body:
        return Reply(NO_SCHEMAS, status=400)
    return '{"verdict": "yes"}' if "JSON object" in asked.text else "yes"


def sent(server: testing.Server) -> list[tuple[bool, bool]]:
    """Whether each request asked for log probabilities and a schema."""
    bodies = [logged.ask.body for logged in server.log]
    return [("logprobs" in body, "response_format" in body) for body in bodies]


async def test_what_is_refused_is_asked_for_once_and_no_more():
    with testing.serve(plain_endpoint) as server:
        async with Transport() as transport:
            model = server.model()
            first = await transport.complete(ask(model, "hi", top_logprobs=20))
            later = await transport.complete(ask(model, "ho", top_logprobs=5))
            other = await transport.complete(ask(server.model("other"), "hi", top_logprobs=5))
    assert sent(server) == [
        (True, False),
        (False, False),
        (False, False),
        (True, False),
        (False, False),
    ]
    assert (first.text, first.status, first.attempts) == ("yes", "ok", 2)
    assert first.left_out == {"logprobs": True, "top_logprobs": 20}
    assert (later.attempts, later.left_out) == (1, {"logprobs": True, "top_logprobs": 5})
    assert (other.attempts, other.status) == (2, "ok")


async def test_a_schema_that_is_refused_is_told_in_words():
    with testing.serve(plain_endpoint) as server:
        async with Transport() as transport:
            asked = ask(server.model(), "hi", schema=SCHEMA, top_logprobs=20)
            done = await transport.complete(asked)
    assert sent(server) == [(True, True), (False, True), (False, False)]
    assert (done.text, done.attempts) == ('{"verdict": "yes"}', 3)
    assert server.log[-1].ask.text == (
        "hi\n\nAnswer with one JSON object that fits this schema, and with nothing else:\n"
        + json.dumps(SCHEMA)
    )
    assert done.left_out == {
        "logprobs": True,
        "top_logprobs": 20,
        "messages": [{"role": "user", "content": "hi"}],
        "response_format": asked.body()["response_format"],
    }
    body = asked.without(done.left_out).body()
    assert body == server.log[-1].ask.body
    assert asked.body() == body | done.left_out


async def test_what_is_known_to_be_refused_is_not_asked_for():
    with testing.serve(plain_endpoint) as server:
        model = server.model()
        known = {(model.endpoint, model.id): {"logprobs", "response_format"}}
        async with Transport(known) as transport:
            done = await transport.complete(ask(model, "hi", schema=SCHEMA, top_logprobs=20))
    assert (sent(server), done.attempts) == ([(False, False)], 1)
    assert set(done.left_out) == {"logprobs", "top_logprobs", "messages", "response_format"}


async def test_many_calls_at_once_learn_it_from_the_first_few():
    with testing.serve(plain_endpoint) as server:
        async with Transport() as transport:
            asked = [ask(server.model(), str(number), top_logprobs=20) for number in range(200)]
            done = await asyncio.gather(*map(transport.complete, asked))
    assert {each.status for each in done} == {"ok"}
    assert 200 < len(server.log) <= 220


async def test_a_streamed_reply_and_an_error_with_status_200_learn_it_too():
    body = json.dumps({"error": {"code": 400, "message": "logprobs is not supported"}}).encode()

    def script(asked: Ask) -> str | Reply:
        return Reply(body=body) if "logprobs" in asked.body else "y"

    with testing.serve(script) as server:
        async with Transport() as transport:
            asked = ask(server.model(), "hi", top_logprobs=2)
            done = await transport.complete(asked, stream=True)
    assert (done.text, done.attempts, sent(server)) == ("y", 2, [(True, False), (False, False)])
    assert server.log[1].ask.body["stream"] is True


@pytest.mark.parametrize(
    "error", ["no such thing", "'seed' is not supported with this model", "Invalid schema for x"]
)
async def test_an_error_that_does_not_speak_of_it_teaches_nothing(error):
    with testing.serve(
        lambda asked: Reply(error, status=400) if asked.text == "bad" else "yes"
    ) as server:
        async with Transport() as transport:
            bad, good = [
                await transport.complete(ask(server.model(), text, top_logprobs=2))
                for text in ("bad", "good")
            ]
    assert (bad.status, bad.attempts, bad.error) == ("error", 1, f"HTTP 400: {error}")
    assert (good.status, good.left_out) == ("ok", {})
    assert sent(server) == [(True, False)] * 2


async def test_an_error_that_quotes_the_users_words_teaches_nothing():
    quoted = "blocked: 'why is logprobs not supported?'"
    with testing.serve(
        lambda asked: Reply(quoted, status=400) if asked.text == "bad" else "yes"
    ) as server:
        async with Transport() as transport:
            bad, good = [
                await transport.complete(ask(server.model(), text, top_logprobs=2))
                for text in ("bad", "good")
            ]
    assert (bad.status, bad.attempts) == ("error", 2)
    assert (good.status, good.left_out) == ("ok", {})
    assert sent(server) == [(True, False), (False, False), (True, False)]


async def test_a_refused_key_still_ends_the_run():
    def script(asked: Ask) -> Reply:
        return Reply(NO_LOGPROBS if "logprobs" in asked.body else "bad key", status=403)

    with testing.serve(script) as server:
        async with Transport() as transport:
            with pytest.raises(ModelError, match="refused the key: HTTP 403: bad key"):
                await transport.complete(ask(server.model(), "hi", top_logprobs=2))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('```json\n{"verdict": "yes"}\n```', '{"verdict": "yes"}'),
        ('\n```\n{"a": 1,\n"b": 2}\n```\n', '{"a": 1,\n"b": 2}'),
        ('Sure:\n```json\n{"verdict": "yes"}\n```', 'Sure:\n```json\n{"verdict": "yes"}\n```'),
        ("```a\n```\nb\n```\n", "```a\n```\nb\n```\n"),
    ],
)
async def test_json_asked_for_in_words_may_stand_in_a_fence(text, answer):
    with testing.serve(lambda asked: text) as server:
        async with Transport() as transport:
            words = server.model(constrain="none")
            assert (await transport.complete(ask(words, "hi", schema=SCHEMA))).text == answer
            assert (await transport.complete(ask(words, "hi"))).text == text


async def test_the_seconds_of_a_call_leave_out_how_long_it_waited_for_us():
    with testing.serve(lambda asked: Reply("yes", seconds=0.05)) as server:
        async with Transport() as transport:
            model, began = server.model(max_concurrency=1), time.monotonic()
            done = await asyncio.gather(
                *(transport.complete(ask(model, str(number))) for number in range(10))
            )
            took = time.monotonic() - began
    assert took >= 0.5
    assert all(0.05 <= each.seconds < 0.25 for each in done)
