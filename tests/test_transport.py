"""Calls against a loopback endpoint whose log is the witness: what is retried, what ends a run,
what is one call.
"""

import asyncio
import json
import time
from email.utils import formatdate

import pytest
from loopback import ask, complete, first

from workbench import testing
from workbench.errors import ModelError, PausedTooLong
from workbench.models import bodies
from workbench.models.entry import ATTEMPTS
from workbench.models.model import Model
from workbench.models.transport import Transport
from workbench.testing import Reply


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
        "c": Reply(body=b"bad gateway"),
    }
    done = await complete(lambda asked: replies[asked.text], *replies)
    assert [each.status for each in done] == ["error"] * 3
    assert [each.attempts for each in done] == [ATTEMPTS] * 3
    assert done[0].error == "HTTP 500: broken"
    assert done[1].error.startswith("the connection broke")
    assert "not a JSON completion: 'bad gateway'" in done[2].error


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


@pytest.mark.parametrize(
    "said",
    [
        "-5", "nan", "inf", "1e400", "1e3", "1_000", "soon", "", "99999999999",
        "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
    ],
)  # fmt: skip
async def test_nonsense_in_retry_after_is_no_reason_to_wait_or_fail(said):
    began = time.monotonic()
    [done] = await complete(first(Reply(status=429, headers={"Retry-After": said})), "hi")
    assert (done.status, done.attempts) == ("ok", 2)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "said",
    ["86400", formatdate(time.time() + 86400, usegmt=True)],
    ids=["seconds", "date"],  # the same in every worker, whenever it collects
)
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


@pytest.mark.parametrize("fault", ["hang", "drip"])
async def test_an_attempt_and_a_call_have_a_deadline(fault):
    began = time.monotonic()
    [done] = await complete(
        lambda asked: Reply("long enough to drip", fault=fault), "hi", deadline_seconds=0.3
    )
    assert done.status == "timeout"
    assert done.attempts >= 2
    assert time.monotonic() - began <= ATTEMPTS * 0.3 + 1


@pytest.mark.parametrize("stream", [False, True])
async def test_a_reply_without_end_fills_no_memory_and_is_that_calls_error(monkeypatch, stream):
    monkeypatch.setattr(bodies, "LONGEST_REPLY", 2_000)
    script = {"long": "x" * 5_000}.get
    long, short = await complete(lambda ask: script(ask.text, "fine"), "long", "hi", stream=stream)
    assert (long.status, long.attempts, long.text) == ("error", 1, "")
    assert long.error == "the endpoint's reply is longer than 2,000 bytes"
    assert (short.status, short.text) == ("ok", "fine")


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
