"""Calls against a loopback endpoint whose log is the witness: what is retried, what ends a run,
what is one call.
"""

import asyncio
import json
import math
import time
from email.utils import formatdate

import pytest

from workbench import testing
from workbench.errors import ModelError, PausedTooLong
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.model import Model
from workbench.models.transport import ATTEMPTS, Transport
from workbench.testing import Reply


def ask(model: Model, text: str, **fields) -> Request:
    return Request(model, [{"role": "user", "content": text}], **fields)


async def complete(
    script, *texts: str, stream: bool = False, parameters=None, **fields
) -> list[Completion]:
    """The completions of texts, asked all at once of an endpoint that answers by script."""
    with testing.serve(script) as server:
        model = server.model("actor", **fields)
        async with Transport() as transport:
            asked = [ask(model, text, parameters=parameters or {}) for text in texts]
            return await asyncio.gather(
                *(transport.complete(request, stream=stream) for request in asked)
            )


def first(reply: Reply, then: str = "fine"):
    """A script that gives a reply once, then answers."""
    return lambda asked: reply if asked.attempt == 1 else then


async def test_a_completion_has_what_the_endpoint_said():
    reply = Reply("Hello you", usage={"prompt_tokens": 7, "completion_tokens": 2})
    [done] = await complete(lambda asked: reply, "hi")
    assert (done.text, done.status, done.finish_reason, done.error) == (
        "Hello you",
        "ok",
        "stop",
        "",
    )
    assert (done.prompt_tokens, done.completion_tokens, done.model) == (7, 2, "actor")
    assert (done.attempts, done.cached) == (1, False)
    assert 0 < done.seconds < 5


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
async def test_what_may_pass_is_tried_again(status):
    [done] = await complete(first(Reply(status=status)), "hi")
    assert (done.text, done.status, done.attempts) == ("fine", "ok", 2)


@pytest.mark.parametrize("status", [400, 404, 413, 422])
async def test_what_cannot_pass_is_tried_once(status):
    [done] = await complete(lambda asked: Reply("no such thing", status=status), "hi")
    assert (done.status, done.attempts, done.text) == ("error", 1, "")
    assert done.error == f"HTTP {status}: no such thing"


@pytest.mark.parametrize("fault", ["reset", "cut"])
async def test_a_broken_connection_is_tried_again(fault):
    [done] = await complete(first(Reply("half", fault=fault)), "hi")
    assert (done.text, done.attempts) == ("fine", 2)


async def test_a_call_that_fails_every_time_is_an_error_with_its_reason():
    replies = {
        "a": Reply("broken", status=500),
        "b": Reply(fault="reset"),
        "c": Reply(body=b"<html>"),
    }
    done = await complete(lambda asked: replies[asked.text], *replies)
    assert [each.status for each in done] == ["error"] * 3
    assert [each.attempts for each in done] == [ATTEMPTS] * 3
    assert done[0].error == "HTTP 500: broken"
    assert done[1].error.startswith("the connection broke")
    assert "not a JSON completion: '<html>'" in done[2].error


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "0.4"},
        {"retry-after-ms": "400", "Retry-After": "60"},
        {"Retry-After": "later", "retry-after-ms": "400"},
    ],
)
async def test_the_endpoint_says_when_to_come_back(headers):
    with testing.serve(first(Reply(status=429, headers=headers))) as server:
        async with Transport() as transport:
            done = await transport.complete(ask(server.model(), "hi"))
    assert done.status == "ok"
    assert 0.38 <= server.log[1].ask.at - server.log[0].ask.at < 3


async def test_the_endpoint_may_name_a_date():
    script = first(
        Reply(status=503, headers={"Retry-After": formatdate(time.time() + 1.5, usegmt=True)})
    )
    with testing.serve(script) as server:
        async with Transport() as transport:
            await transport.complete(ask(server.model(), "hi"))
    assert 0.3 <= server.log[1].ask.at - server.log[0].ask.at < 4  # dates have whole seconds


@pytest.mark.parametrize("said", ["-5", "nan", "soon", "", "Thu, 01 Jan 1970 00:00:00 GMT"])
async def test_nonsense_in_retry_after_is_no_reason_to_wait_or_fail(said):
    began = time.monotonic()
    [done] = await complete(first(Reply(status=429, headers={"Retry-After": said})), "hi")
    assert (done.status, done.attempts) == ("ok", 2)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("said", ["86400", "inf", formatdate(time.time() + 86400, usegmt=True)])
async def test_nobody_sleeps_for_a_day(said):
    began = time.monotonic()
    with pytest.raises(PausedTooLong, match=r"model 'actor' .* asks to wait .* run again then"):
        await complete(lambda asked: Reply(status=429, headers={"Retry-After": said}), "hi")
    assert time.monotonic() - began < 3


async def test_x_should_retry_is_obeyed():
    yes, no = {"x-should-retry": "true"}, {"x-should-retry": "false"}
    [tried] = await complete(first(Reply(status=400, headers=yes)), "hi")
    [left] = await complete(first(Reply(status=500, headers=no)), "hi")
    assert (tried.status, tried.attempts) == ("ok", 2)
    assert (left.status, left.attempts) == ("error", 1)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_ends_the_run_and_is_not_shown(status, monkeypatch):
    monkeypatch.setenv("SECRET_API_KEY", "sk-very-secret-key")
    with pytest.raises(
        ModelError, match=r"model 'actor' .* refused the key.*SECRET_API_KEY"
    ) as stopped:
        await complete(
            lambda asked: Reply("bad key sk-very-secret-key", status=status),
            "hi",
            api_key_env="SECRET_API_KEY",
        )
    assert "sk-very-secret-key" not in str(stopped.value)


async def test_no_quota_left_ends_the_run_at_once():
    body = json.dumps({"error": {"message": "You exceeded", "code": "insufficient_quota"}})
    with pytest.raises(ModelError, match="no quota left"):
        await complete(lambda asked: Reply(status=429, body=body.encode()), "hi")


async def test_an_endpoint_that_is_down_is_named():
    model = Model("actor", "m", "http://127.0.0.1:9/v1")
    with pytest.raises(ModelError, match=r"model 'actor' .* cannot be reached.*127\.0\.0\.1:9"):
        async with Transport() as transport:
            await transport.complete(ask(model, "hi"))


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


ODD = {
    "length": (Reply("cut", finish_reason="length"), ("truncated", "cut", 1)),
    "filter": (Reply("half", finish_reason="content_filter"), ("filtered", "half", 1)),
    "refusal": (
        Reply(
            body=b'{"choices":[{"message":{"content":null,"refusal":"I will not"},"finish_reason":"stop"}]}'
        ),
        ("filtered", "I will not", 1),
    ),
    "azure": (
        Reply(status=400, body=b'{"error":{"code":"content_filter","message":"no"}}'),
        ("filtered", "", 1),
    ),
    "empty": (Reply(body=b'{"choices":[]}'), ("error", "", ATTEMPTS)),
    "tools": (
        Reply(
            body=b'{"choices":[{"message":{"content":null,"tool_calls":[{}]},"finish_reason":"tool_calls"}]}'
        ),
        ("error", "", 1),
    ),
    "200 with a client's error": (
        Reply(body=b'{"error":{"code":400,"message":"too long"}}'),
        ("error", "", 1),
    ),
    "200 with a server's error": (
        Reply(body=b'{"error":{"message":"overloaded"}}'),
        ("error", "", ATTEMPTS),
    ),
    "parts": (
        Reply(
            body=b'{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"text":"b"}]}}]}'
        ),
        ("ok", "ab", 1),
    ),
    "no text": (Reply(""), ("ok", "", 1)),
    "redirect": (Reply(status=307, headers={"Location": "http://127.0.0.1:9/"}), ("error", "", 1)),
}


async def test_odd_answers_have_their_own_status():
    done = await complete(lambda asked: ODD[asked.text][0], *ODD)
    seen = {
        name: (each.status, each.text, each.attempts) for name, each in zip(ODD, done, strict=True)
    }
    assert seen == {name: expected for name, (_, expected) in ODD.items()}


async def test_a_reply_cut_after_the_one_token_or_choice_asked_for_is_whole():
    with testing.serve(lambda asked: Reply("Yes", finish_reason="length")) as server:
        async with Transport() as transport:
            one = await transport.complete(ask(server.model(), "a", parameters={"max_tokens": 1}))
            choice = await transport.complete(ask(server.model(), "b", choices=("Yes", "No")))
            text = await transport.complete(ask(server.model(), "c", parameters={"max_tokens": 2}))
    assert [one.status, choice.status, text.status] == ["ok", "ok", "truncated"]


async def test_texts_that_databases_and_parsers_choke_on_arrive_as_they_are():
    texts = {
        "surrogate": "\ud800",
        "nul": "a\0b",
        "long": "x" * 10_000_000,
        "digits": "9" * 5000,
        "deep": "[" * 100_000,
    }
    done = await complete(lambda asked: texts[asked.text], *texts)
    assert [each.status for each in done] == ["ok"] * len(texts)
    assert [each.text for each in done] == list(texts.values())


async def test_replies_that_are_no_json_or_hold_nonsense_break_nothing():
    bodies = {
        "deep": b"[" * 100_000,
        "digits": b'{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":'
        + b"9" * 5000
        + b"}}",
        "usage": b'{"choices":[{"message":{"content":"b"}}],"usage":{"prompt_tokens":-3,"completion_tokens":"many"}}',
        "logprobs": b'{"choices":[{"message":{"content":"c"},"logprobs":{"content":[{"token":1}]}}]}',
        "nan": b'{"choices":[{"message":{"content":"d"}}],"usage":{"prompt_tokens":NaN}}',
    }
    done = await complete(lambda asked: Reply(body=bodies[asked.text]), *bodies)
    assert {name: (each.status, each.text) for name, each in zip(bodies, done, strict=True)} == {
        "deep": ("error", ""),
        "digits": ("error", ""),
        "usage": ("ok", "b"),
        "logprobs": ("ok", "c"),
        "nan": ("ok", "d"),
    }
    assert (done[2].prompt_tokens, done[2].completion_tokens, done[3].tokens) == (-1, -1, ())


async def test_log_probabilities_come_as_tokens():
    with testing.serve(
        lambda asked: Reply("Yes", probabilities={"Yes": 0.75, "No": 0.25})
    ) as server:
        async with Transport() as transport:
            done = await transport.complete(ask(server.model(), "hi", top_logprobs=2))
    [token] = done.tokens
    assert token.text == "Yes"
    assert [(text, round(math.exp(logprob), 6)) for text, logprob in token.top] == [
        ("Yes", 0.75),
        ("No", 0.25),
    ]


@pytest.mark.parametrize("fault", ["hang", "drip"])
async def test_an_attempt_and_a_call_have_a_deadline(fault):
    began = time.monotonic()
    [done] = await complete(
        lambda asked: Reply("long enough to drip", fault=fault), "hi", deadline_seconds=0.3
    )
    assert done.status == "timeout"
    assert done.attempts >= 2
    assert time.monotonic() - began <= ATTEMPTS * 0.3 + 1


async def test_after_a_timeout_the_next_attempt_may_succeed():
    [done] = await complete(first(Reply(fault="hang")), "hi", deadline_seconds=0.3)
    assert (done.status, done.text, done.attempts) == ("ok", "fine", 2)
    assert done.seconds < 0.3


async def test_identical_requests_in_flight_are_one_call():
    with testing.serve(lambda asked: Reply("once", seconds=0.2)) as server:
        async with Transport() as transport:
            request = ask(server.model(), "hi")
            done = await asyncio.gather(*(transport.complete(request) for _ in range(10)))
            again = await transport.complete(request)
    assert {each.text for each in done} == {"once"}
    assert (len(server.log), again.text) == (2, "once")  # the second after the first was over


async def test_repeats_are_calls_of_their_own():
    with testing.serve(lambda asked: Reply("sample", seconds=0.1)) as server:
        async with Transport() as transport:
            await asyncio.gather(
                *(transport.complete(ask(server.model(), "hi", repeat=k)) for k in range(3))
            )
    assert len(server.log) == 3


async def test_a_failure_reaches_all_who_wait_and_is_not_kept():
    script = first(Reply("no", status=400, seconds=0.1))
    with testing.serve(script) as server:
        async with Transport() as transport:
            request = ask(server.model(), "hi")
            done = await asyncio.gather(*(transport.complete(request) for _ in range(3)))
            again = await transport.complete(request)
    assert [each.status for each in done] == ["error"] * 3
    assert (again.status, len(server.log)) == ("ok", 2)


async def test_cancelling_one_who_waits_leaves_the_others_their_answer():
    with testing.serve(lambda asked: Reply("kept", seconds=0.3)) as server:
        async with Transport() as transport:
            request = ask(server.model(), "hi")
            leader, other = (asyncio.create_task(transport.complete(request)) for _ in range(2))
            await asyncio.sleep(0.1)
            leader.cancel()
            assert (await other).text == "kept"
    assert len(server.log) == 1


async def test_a_streamed_reply_is_the_same_text_with_its_times():
    with testing.serve(lambda asked: "one two three four") as server:
        async with Transport() as transport:
            whole = await transport.complete(ask(server.model(), "hi"))
            streamed = await transport.complete(ask(server.model(), "hi"), stream=True)
    assert (streamed.text, streamed.status, streamed.completion_tokens) == (whole.text, "ok", 4)
    assert 0 < streamed.first_token_seconds <= streamed.seconds
    assert streamed.token_seconds > 0
    assert math.isnan(whole.first_token_seconds)
    assert server.log[1].ask.body["stream_options"] == {"include_usage": True}


async def test_streaming_can_be_a_models_own_parameter():
    [done] = await complete(lambda asked: "one two", "hi", parameters={"stream": True})
    assert done.first_token_seconds > 0


async def test_a_stream_that_breaks_off_is_no_answer():
    events = b'data: {"choices":[{"delta":{"content":"half an"}}]}\n\n'
    script = first(Reply(body=events, headers={"Content-Type": "text/event-stream"}))
    [done] = await complete(script, "hi", stream=True)
    assert (done.text, done.attempts) == ("fine", 2)


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


async def test_a_refusal_holds_the_whole_pool_back():
    script = first(Reply(status=429, headers={"Retry-After": "1"}))
    with testing.serve(script) as server:
        async with Transport() as transport:
            model = server.model()
            one = asyncio.create_task(transport.complete(ask(model, "one")))
            await asyncio.sleep(0.3)  # the refusal is in
            await asyncio.gather(
                one, *(transport.complete(ask(model, text)) for text in ("two", "three"))
            )
    assert min(logged.ask.at for logged in server.log[1:]) - server.log[0].ask.at >= 0.98


async def test_a_rate_limit_is_met_with_few_refusals_and_little_idling():
    left, at = 20.0, time.monotonic()

    def limited(asked: testing.Ask) -> str | Reply:
        nonlocal left, at
        left, at = min(20.0, left + (asked.at - at) * 50), asked.at
        if left < 1:
            return Reply(status=429, headers={"retry-after-ms": str((1 - left) * 20)})
        left -= 1
        return "ok"

    with testing.serve(limited) as server:
        async with Transport() as transport:
            model, began = server.model(max_concurrency=32), time.monotonic()
            done = await asyncio.gather(
                *(transport.complete(ask(model, str(number))) for number in range(200))
            )
            seconds = time.monotonic() - began
    refused = sum(logged.sent == "429" for logged in server.log)
    assert {each.status for each in done} == {"ok"}
    assert refused / len(server.log) <= 0.15
    assert 200 / seconds >= 0.6 * 50  # the long form, on a quiet machine, asks for 0.8
