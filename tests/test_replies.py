"""What an endpoint's answer means, from the plain to the odd."""

import json
import math

import pytest
from loopback import ask, complete, first

from workbench import testing
from workbench.critics.answer_text import answer_start
from workbench.errors import ModelError
from workbench.models.entry import ATTEMPTS, Price
from workbench.models.prices import cost_at
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
    "refusal in a part": (
        Reply(body=choice('{"content":[{"type":"refusal","refusal":"I will not"}]}')),
        ("filtered", "I will not", 1),
    ),
    "refusal beside a text": (
        Reply(body=choice('{"content":"Sure, but","refusal":"I will not"}', finish_reason="stop")),
        ("filtered", "Sure, but", 1),
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
    "error in the choice": (
        Reply(
            body=b'{"choices":[{"error":{"code":400,"message":"no"},"message":{"content":"x"}}]}'
        ),
        ("error", "", 1),
    ),
    "filter in the choice": (
        Reply(
            body=choice('{"content":"half"}', content_filter_results={"hate": {"filtered": True}})
        ),
        ("filtered", "half", 1),
    ),
    "a provider's cut": (
        Reply(
            body=choice(
                '{"content":"cut"}', finish_reason="stop", native_finish_reason="MAX_TOKENS"
            )
        ),
        ("truncated", "cut", 1),
    ),
    "a provider's filter": (
        Reply(
            body=choice('{"content":"half"}', finish_reason="stop", native_finish_reason="SAFETY")
        ),
        ("filtered", "half", 1),
    ),
    "a provider's good end": (
        Reply(body=choice('{"content":"all"}', finish_reason="stop", native_finish_reason="done")),
        ("ok", "all", 1),
    ),
    "an unknown end": (Reply("half", finish_reason="banana"), ("error", "half", 1)),
    "an end that may pass": (
        Reply("half", finish_reason="network_error"),
        ("error", "half", ATTEMPTS),
    ),
    "thinking": (Reply("<think>hm</think>\nyes"), ("ok", "yes", 1)),
    "thinking only": (Reply("<think>hm</think>\n"), ("malformed", "", 1)),
    "thinking cut": (Reply("<think>hm", finish_reason="length"), ("truncated", "", 1)),
    "reasoning beside nothing": (
        Reply(body=choice('{"content":"","reasoning_content":"hm"}', finish_reason="stop")),
        ("malformed", "", 1),
    ),
    "moderated": (
        Reply(status=403, body=b'{"error":{"message":"Your input was flagged: violence"}}'),
        ("filtered", "", 1),
    ),
    "no text": (Reply(""), ("malformed", "", 1)),
    "nothing to see": (Reply("\u200b \ufeff"), ("malformed", "\u200b \ufeff", 1)),
    "created": (Reply("made", status=201, body=choice('{"content":"made"}')), ("ok", "made", 1)),
    "an error that says nothing": (
        Reply(body=choice('{"content":"fine"}')[:-1] + b',"error":{"message":"","code":null}}'),
        ("ok", "fine", 1),
    ),
    "an end in an object": (
        Reply(body=choice('{"content":"cut"}', finish_reason={"type": "length"})),
        ("truncated", "cut", 1),
    ),
    "a prompt that is blocked": (
        Reply(body=b'{"choices":[],"promptFeedback":{"blockReason":"SAFETY"}}'),
        ("filtered", "", 1),
    ),
    "redirect": (Reply(status=307, headers={"Location": "http://127.0.0.1:9/"}), ("error", "", 1)),
}


async def test_odd_answers_have_their_own_status():
    done = await complete(lambda asked: ODD[asked.text][0], *ODD)
    seen = {
        name: (each.status, each.text, each.attempts) for name, each in zip(ODD, done, strict=True)
    }
    assert seen == {name: expected for name, (_, expected) in ODD.items()}


async def test_the_word_for_an_end_is_told():
    ends = ("length", "model_length", "SAFETY", "content_filter", "banana")
    done = await complete(lambda asked: Reply("a", finish_reason=asked.text), *ends)
    assert [each.error for each in done] == [
        "the reply was cut at max_tokens",
        "the reply was cut (model_length)",
        "the endpoint's content filter stopped the reply (SAFETY)",
        "the endpoint's content filter stopped the reply",
        "the endpoint ended the reply with 'banana'",
    ]


ERRORS = {
    "in a list": (400, b'[{"error":{"code":400,"message":"no"}}]', "HTTP 400: no"),
    "among several": (400, b'{"success":false,"errors":[{"message":"no"}]}', "HTTP 400: no"),
    "as msg": (400, b'{"code":7,"msg":"no"}', "HTTP 400: no"),
    "several with 200": (200, b'{"errors":[{"code":400,"message":"no"}]}', "HTTP 400: no"),
    "beside no choices": (
        200, b'{"base_resp":{"status_code":400,"status_msg":"no"},"choices":null}', "HTTP 400: no",
    ),
    "none": (200, b'{"choices":[],"busy":1}', """holds no choice: '{"choices":[],"busy":1}'"""),
}  # fmt: skip


async def test_the_words_of_an_error_are_told_wherever_they_stand():
    replies = {name: Reply(status=each[0], body=each[1]) for name, each in ERRORS.items()}
    done = await complete(lambda asked: replies[asked.text], *ERRORS, attempts=1)
    told = {name: each.error for name, each in zip(ERRORS, done, strict=True)}
    assert [name for name in ERRORS if not told[name].endswith(ERRORS[name][2])] == []


async def test_a_spent_balance_told_with_200_ends_the_run_after_the_first_few():
    body = b'{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"},"choices":null}'
    with pytest.raises(ModelError, match=r"has no quota left: .*insufficient balance"):
        await complete(lambda asked: Reply(body=body), *map(str, range(20)))


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


BILLED = b'"usage":{"prompt_tokens":100,"completion_tokens":20}}'


async def test_what_is_billed_counts_answered_or_not():
    tools = choice('{"content":null,"tool_calls":[{}]}', finish_reason="tool_calls")
    bodies = {
        "tools": Reply(body=tools[:-1] + b"," + BILLED),
        "filter": Reply(
            body=choice('{"content":"x"}', finish_reason="SAFETY")[:-1] + b"," + BILLED
        ),
        "refused": Reply(status=400, body=b'{"error":{"code":"content_filter"},' + BILLED),
        "in a choice": Reply(body=b'{"choices":[{"error":{"code":400,"message":"no"}}],' + BILLED),
    }
    done = await complete(lambda asked: bodies[asked.text], *bodies)
    assert [each.status for each in done] == ["error", "filtered", "filtered", "error"]
    assert {(each.prompt_tokens, each.completion_tokens) for each in done} == {(100, 20)}


async def test_attempts_that_were_billed_and_came_to_nothing_cost_their_tokens():
    usage = {"prompt_tokens": 1000, "completion_tokens": 100}
    script = first(Reply("half", finish_reason="abort", usage=usage))
    [done] = await complete(script, "hi")
    assert (done.text, done.prompt_tokens, done.attempts) == ("fine", 1, 2)
    assert (done.lost_prompt_tokens, done.lost_completion_tokens) == (1000, 100)
    assert cost_at(Price(1, 10), done) == pytest.approx(2e-3 + 11e-6)


async def test_a_critic_whose_thinking_was_taken_off_is_not_believed_at_a_second_end():
    [done] = await complete(lambda asked: "<think>a</think>it said </think>yes", "hi")
    assert (done.thinking, done.text) == ("a", "it said </think>yes")
    assert answer_start(done.text, thought=bool(done.thinking)) == len(done.text)
