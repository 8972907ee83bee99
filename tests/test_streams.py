"""A streamed reply is the same reply, with its times."""

import json
import math

import pytest
from loopback import ask, complete, first

from workbench import testing
from workbench.models.transport import Transport
from workbench.testing import Reply


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


def events(*documents: dict, end: bytes = b"data: [DONE]\n\n", line: bytes = b"\n") -> bytes:
    """A stream of these events."""
    lines = (b"data: " + json.dumps(each).encode() + 2 * line for each in documents)
    return b"".join(lines) + end


def piece(content: object = None, finish: object = None, **delta: object) -> dict:
    return {"choices": [{"delta": {"content": content, **delta}, "finish_reason": finish}]}


USAGE = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
STREAMS = {
    "parts": events(piece([{"type": "text", "text": "a"}, {"text": "b"}]), piece(finish="stop")),
    "no finish_reason": events(piece("a"), piece("b"), USAGE),
    "empty finish_reason": events(piece("a", ""), piece("b", "")),
    "last line without its end": events(
        piece("ab"), end=events(piece(finish="stop"), end=b"")[:-2]
    ),
    "CRLF": events(piece("a"), piece("b", "stop"), line=b"\r\n"),
    "comments and names": b": keep-alive\n\nevent: message\nid: 1\n" + events(piece("ab", "stop")),
    "byte order mark": b"\xef\xbb\xbf" + events(piece("a"), piece("b", "stop")),
    "null as a word": events(piece("a", "null"), piece("b", "stop")),
    "a status on the way": events(piece("a"), {"type": "ping", "message": "x"}, piece("b", "stop")),
    "ever longer messages": events(
        {"choices": [{"message": {"content": "a"}}]},
        {"choices": [{"message": {"content": "ab"}, "finish_reason": "stop"}]},
    ),
    "whole at the end": events(
        piece("a"), {"choices": [{"message": {"content": "ab"}, "finish_reason": "stop"}]}
    ),
    "no space": events(piece("ab", "stop")).replace(b"data: ", b"data:"),
    "several choices": events(piece("ab"), {"choices": [{"index": 1, "delta": {"content": "c"}}]}),
    "events in a list": b"data: ["
    + json.dumps(piece("a")).encode()
    + b"]\n\n"
    + events(piece("b", "stop")),
    "whole message": events({"choices": [{"message": {"content": "ab"}, "finish_reason": "stop"}]}),
    "thinking": events(piece(None, None, reasoning_content="hm"), piece("ab", "stop"), USAGE),
    "thinking in marks": events(piece("<thi"), piece("nk>hm</think>"), piece("ab", "stop")),
}


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("kind", ["text/event-stream; charset=utf-8", "text/plain"])
async def test_a_whole_stream_is_an_answer_whatever_its_form(name, kind):
    reply = Reply(body=STREAMS[name], headers={"Content-Type": kind})
    [done] = await complete(lambda asked: reply, "hi", stream=True)
    assert (done.status, done.text, done.attempts) == ("ok", "ab", 1)
    assert done.thinking == ("hm" if "thinking" in name else "")
    assert done.prompt_tokens == (3 if b"usage" in STREAMS[name] else -1)
    assert done.first_token_seconds >= 0


async def test_a_reply_that_is_no_stream_is_read_as_it_is():
    body = b'{"choices":[{"message":{"content":\n"ab"},"finish_reason":"stop"}]}'
    [done] = await complete(lambda asked: Reply(body=body), "hi", stream=True)
    assert (done.status, done.text) == ("ok", "ab") and math.isnan(done.first_token_seconds)


BROKEN = {
    "cut off": events(piece("half an"), end=b""),
    "cut in a line": events(piece("half an"), end=b'data: {"choices":[{"del'),
    "nothing but its end": events(),
    "an error on the way": events(piece("half an"), {"error": {"message": "out of memory"}}),
    "an event that is an error": events(
        piece("half"), end=b'event: error\ndata: {"message":"x"}\n'
    ),
    "an error that is an event": events(piece("half an"), {"code": 500, "message": "x"}),
    "an error by its type": events(piece("half an"), {"type": "error", "message": "x"}),
    "null as its last word": events(piece("half an", "null"), end=b""),
    "an error in the choice": events({"choices": [{"delta": {}, "error": {"message": "x"}}]}),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_stream_is_tried_again(name):
    reply = Reply(body=BROKEN[name], headers={"Content-Type": "text/event-stream"})
    [done] = await complete(first(reply), "hi", stream=True)
    assert (done.text, done.attempts) == ("fine", 2)


async def test_a_filter_that_speaks_at_the_end_of_a_stream_is_heard():
    hate = {"hate": {"filtered": True, "severity": "high"}}
    said = {"choices": [{"delta": {}, "content_filter_results": hate}]}
    safe = {"choices": [{"delta": {}, "content_filter_results": {"hate": {"filtered": False}}}]}
    body = events(piece("half"), said, safe, piece(finish="stop"))
    [done] = await complete(lambda asked: Reply(body=body), "hi", stream=True)
    assert (done.status, done.text) == ("filtered", "half") and "hate (high)" in done.error
