"""What an endpoint's answer means, from the plain to the odd."""

import json
import math

from loopback import ask, complete

from workbench import testing
from workbench.models.entry import ATTEMPTS
from workbench.models.transport import Transport
from workbench.testing import Reply


def choice(message: str, **more: object) -> bytes:
    """A body with one choice, whose message is this JSON."""
    fields = "".join(f',"{name}":{json.dumps(value)}' for name, value in more.items())
    return f'{{"choices":[{{"message":{message}{fields}}}]}}'.encode()


ODD = {
    "length": (Reply("cut", finish_reason="length"), ("truncated", "cut", 1)),
    "filter": (Reply("half", finish_reason="content_filter"), ("filtered", "half", 1)),
    "refusal": (
        Reply(body=choice('{"content":null,"refusal":"I will not"}', finish_reason="stop")),
        ("filtered", "I will not", 1),
    ),
    "azure": (
        Reply(status=400, body=b'{"error":{"code":"content_filter","message":"no"}}'),
        ("filtered", "", 1),
    ),
    "empty": (Reply(body=b'{"choices":[]}'), ("error", "", ATTEMPTS)),
    "tools": (
        Reply(body=choice('{"content":null,"tool_calls":[{}]}', finish_reason="tool_calls")),
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
        Reply(body=choice('{"content":[{"type":"text","text":"a"},{"text":"b"}]}')),
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


def usage(text: str, prompt_tokens: bytes) -> bytes:
    """A body with this text, and these bytes for the number of its prompt's tokens."""
    whole = choice(json.dumps({"content": text}))
    return whole[:-1] + b',"usage":{"prompt_tokens":' + prompt_tokens + b"}}"


async def test_replies_that_are_no_json_or_hold_nonsense_break_nothing():
    bodies = {
        "deep": b"[" * 100_000,
        "digits": usage("a", b"9" * 5000),
        "usage": usage("b", b'-3,"completion_tokens":"many"'),
        "logprobs": choice('{"content":"c"}', logprobs={"content": [{"token": 1}]}),
        "nan": usage("d", b"NaN"),
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
