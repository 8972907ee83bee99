"""Replies and errors as servers of many makers send them, in their own words and shapes."""

import json
import math

import pytest
from loopback import ask, complete, first

from workbench import testing
from workbench.errors import ModelError
from workbench.models.error_bodies import error_text
from workbench.models.headers import wait_asked
from workbench.models.model import Model
from workbench.models.replies import Outcome, read_outcome
from workbench.models.streams import Stream
from workbench.models.transport import Transport
from workbench.models.usage import Usage, read_usage
from workbench.testing import Ask, Reply

REQUEST = ask(Model("actor", "actor", "http://127.0.0.1:1/v1"), "hi")
NOW = 1_700_000_000.0


def outcome(status: int, body: object, headers: dict[str, str] | None = None) -> Outcome:
    raw = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
    return read_outcome(REQUEST, status, headers or {}, raw, NOW)


def meant(came: Outcome) -> str:
    """What an outcome means for the run, in one word."""
    flags = (came.fatal, came.lasting, "loading" * came.loading, "limited" * came.limiting)
    words = (*flags, "busy" * came.throttled, "again" * came.retry)
    done = came.completion
    return next(filter(None, words), "row") if done.status == "error" else done.status


MEANT = {
    "quota": [
        (429, {"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}}),
        (400, {"code": "Arrearage", "message": "Access denied, ... account is in good standing."}),
        (403, {"code": 30001, "message": "Sorry, your account balance is insufficient"}),
        (400, {"error": {"message": "Budget has been exceeded!", "type": "budget_exceeded"}}),
        (429, {"error": "Your team has used all available credits or reached its spending limit."}),
        (403, {"statusCode": 403, "message": "Out of call volume quota. It comes back later."}),
        (429, {"error": {"message": "Your prepayment credits are depleted.", "code": 429}}),
        (403, {"code": "access_denied", "message": "The free tier of the model is exhausted."}),
        (403, {"error": {"message": "The account has an overdue balance.", "type": "Forbidden"}}),
        (429, {"message": "You have exceeded the free trial monthly limit."}),
        (429, {"message": "Trial keys are limited to 1000 API calls / month."}),
        (403, {"error": {"message": "Key limit exceeded (total limit).", "code": 403}}),
        (400, {"error": {"message": "You have reached your specified API usage limits."}}),
    ],
    "model": [
        (404, {"object": "error", "message": "The model `Qwen/Qwen2.5-7B` does not exist."}),
        (400, {"error": {"message": "The model `x` has been decommissioned"}}),
        (404, {"error": {"message": "No models loaded. Please load a model."}}),
        (404, {"error": {"message": "No endpoints found for foo/bar.", "code": 404}}),
        (404, {"error": {"message": "This model is only supported in v1/responses"}}),
        (400, {"error": {"message": "模型不存在，请检查模型代码。"}}),
        (400, {"message": "The provided model identifier is invalid."}),
        (404, {"error": {"message": "Not found the model x or Permission denied"}}),
        (404, {"type": "error", "error": {"type": "not_found_error", "message": "model: x"}}),
        (404, {"error": {"message": "The model `x` has been deprecated."}}),
        (404, {"message": "This model version has reached the end of its life."}),
        (400, {"detail": "Unsupported model: x"}),
        (404, {"error": {"message": "Unable to access non-serverless model x."}}),
        (403, {"error": {"message": "No access to model `x`", "code": "model_not_found"}}),
    ],
    "key": [
        (400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid key."}}]),
        (400, {"code": "...", "error": "Incorrect API key provided: xx***xx."}),
        (400, {"error": {"message": "Organization has been restricted."}}),
        (200, {"statusCode": 401, "message": "Access denied"}),
        (200, {"error": {"code": "invalid_api_key", "message": "no"}}),
        (200, {"base_resp": {"status_code": 1004, "status_msg": "login fail"}, "choices": None}),
    ],
    "address": [
        (400, "<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>"),
        (415, ""), (426, ""), (505, ""),
    ],
    "proxy": [(407, "")],
    "limited": [
        (200, {"error_code": 18, "error_msg": "Open api qps request limit reached"}),
        (200, {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}),
        (200, {"error": {"code": "429", "message": "no"}}),
        (200, {"base_resp": {"status_code": 1002, "status_msg": "rate limit"}, "choices": None}),
        (498, {"error": {"message": "Flex tier capacity exceeded"}}),
    ],
    "busy": [
        (400, {"message": "ThrottlingException: Too many requests, please wait"}),
        (400, {"object": "error", "message": "The request queue is full.", "code": 503}),
        (200, {"status": 503, "error": "Service Unavailable", "path": "/v1"}),
    ],
    "loading": [
        (503, {"error": {"message": "Model is cold booting"}}),
        (504, {"message": "Endpoint is scaling up"}),
    ],
    "row": [
        (500, {"error": {"message": "the request exceeds the available context size"}}),
    ],
    "again": [(499, ""), (421, "Misdirected Request"), (424, {"error": "CUDA out of memory"})],
    "filtered": [
        (400, {"error": {"message": "Your request was blocked. Presidio PII detected"}}),
        (400, {"error": {"message": "Prompt injection detected"}}),
        (400, {"error": {"message": "Response blocked by Model Armor"}}),
        (400, {"error": {"code": "336104", "message": "the content of the request is unsafe"}}),
        (200, {"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}),
        (400, {"error": {"message": "Provider returned error",
                         "metadata": {"raw": '{"message": "Content Exists Risk"}'}}}),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("word", "status", "body"), [(word, *each) for word in MEANT for each in MEANT[word]]
)
def test_an_error_means_what_its_maker_means_by_it(word, status, body):
    assert meant(outcome(status, body)) == word


@pytest.mark.parametrize("finish", ["length", "MAX_TOKENS"])
@pytest.mark.parametrize("name", ["finishReason", "finish_details", "stop_reason",
                                  "native_finish_reason"])  # fmt: skip
def test_the_word_for_an_end_is_found_under_its_other_names(name, finish):
    word = {"type": finish} if name == "finish_details" else finish
    choice = {"message": {"content": "cut"}, "finish_reason": None, name: word}
    assert outcome(200, {"choices": [choice]}).completion.status == "truncated"
    stream = Stream(begun=0.0)
    stream.feed(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n", 1.0)
    assert read_outcome(REQUEST, 200, {}, stream.body(), NOW).completion.status == "truncated"


WHOLE = {"choices": [{"index": 0, "message": {"content": "fine"}, "finish_reason": "stop"}]}
OF_TWO = [{"index": 1, "message": {"content": "b"}}, {"index": 0, "message": {"content": "fine"}}]


@pytest.mark.parametrize(
    "body",
    [
        {**WHOLE, "error": {"code": 0, "message": "success"}},
        {**WHOLE, "error": False, "message": "OK"},
        {"choices": OF_TWO},
        ": PROCESSING\n\n: PROCESSING\n\n" + json.dumps(WHOLE),
        *(json.dumps(WHOLE) + end for end in ("\n\ndata: [DONE]\n\n", "\0\0", "\x1a", "\ufeff")),
    ],
)
def test_an_answer_is_read_past_what_stands_around_it(body):
    assert outcome(200, body).completion.text == "fine"


def test_a_second_document_behind_an_answer_makes_it_none():
    came = outcome(200, json.dumps(WHOLE) + json.dumps(WHOLE).replace("fine", "no"))
    assert (came.completion.status, came.completion.text, came.retry) == ("error", "", True)


def test_a_character_that_came_in_part_costs_itself_alone():
    body = json.dumps(WHOLE).encode().replace(b"fine", b"fine \xf0\x9f\x98")
    assert read_outcome(REQUEST, 200, {}, body, NOW).completion.text == "fine \ufffd"


def test_what_is_drawn_by_no_font_is_no_text():
    unseen = "\u3164 \u2800\u200e"
    body = {"choices": [{"message": {"content": unseen}, "finish_reason": "stop"}]}
    assert outcome(200, body).completion.status == "malformed"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"detail": [{"loc": ["body", "x"], "msg": "required"}]}, "body.x: required"),
        ({"fault": {"faultstring": "Spike arrest"}}, "Spike arrest"),
        ({"error": True, "message": "overloaded"}, "overloaded"),
        ({"error": {"message": "Provider returned error", "metadata": {"raw": "why"}}},
         "Provider returned error: why"),
    ],
)  # fmt: skip
def test_the_words_of_an_error_are_found(document, told):
    assert error_text(document, b"", 400) == f"HTTP 400: {told}"


def test_a_page_is_told_by_its_title():
    page = b"\n<!-- x --><!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    assert error_text(None, page, 403) == "HTTP 403: Just a moment..."


@pytest.mark.parametrize(
    ("headers", "error", "seconds"),
    [
        ({"retry-after": "1m30s"}, "", 90),
        ({"retry-after": "30 seconds"}, "", 30),
        ({"retry-after": "1700000030"}, "", 30),
        ({"retry-after": "1700000030000"}, "", 30),
        ({"retry-after": "2023-11-14T22:13:50Z"}, "", 30),
        # by the endpoint's clock, whatever ours says
        ({"retry-after": "Mon, 01 Jan 2024 00:00:09 GMT", "date": "Mon, 01 Jan 2024 00:00:00 GMT"},
         "", 9),
        ({}, "Rate limit reached. Please try again in 11m31.2s.", 691.2),
        ({}, "Please retry after 26 seconds.", 26),
        ({}, "Request was throttled. Expected available in 58 seconds.", 58),
        ({"retry-after": "3"}, "try again in 60s", 3),
        ({}, "try again in a moment", math.nan),
        ({"retry-after": "999999999"}, "", math.nan),
    ],
)  # fmt: skip
def test_how_long_to_wait_is_read_however_it_is_said(headers, error, seconds):
    assert wait_asked(headers, error, NOW) == pytest.approx(seconds, nan_ok=True)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_date_without_a_zone_is_no_local_time(zone, monkeypatch):
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert wait_asked({"retry-after": "Tue, 14 Nov 2023 22:13:50"}, "", NOW) == 30
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"input_tokens": 10, "output_tokens": 5, "cache_creation_input_tokens": 500}, (510, 5)),
        ({"inputTokens": 10, "outputTokens": 5, "cacheReadInputTokens": 100}, (110, 5, -1, 100)),
        ({"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 20,
          "totalTokenCount": 35}, (10, 25, 20)),
        ({"prompt_tokens": None, "completion_tokens": 5, "total_tokens": 15}, (10, 5)),
        ({"billed_units": {"input_tokens": 10, "output_tokens": 5}, "tokens": {}}, (10, 5)),
        ({"input_token_count": 10, "generated_token_count": 5}, (10, 5)),
        ({"prompt_tokens": 10, "completion_tokens": 5, "num_cached_tokens": 8}, (10, 5, -1, 8)),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, (-1, 0)),
    ],
)  # fmt: skip
def test_what_was_billed_is_counted_and_zeros_are_no_count(usage, counted):
    assert read_usage(usage) == Usage(*counted)


def test_no_tokens_beside_a_text_are_no_count():
    done = outcome(200, {**WHOLE, "usage": {"prompt_tokens": 3, "completion_tokens": 0}}).completion
    assert (done.prompt_tokens, done.completion_tokens) == (3, -1)


def piece(text: str, **fields: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": text}}], **fields}


END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
PRETTY = json.dumps({"choices": [{"delta": {"content": "ab"}, "finish_reason": "stop"}]}, indent=1)
IN_PIECES = [{"prompt_tokens": 3}, {"completion_tokens": 2},
             {"prompt_tokens": 0, "completion_tokens": 0}]  # fmt: skip
STREAMS = {
    "CR alone": "\r\r".join(f"data: {json.dumps(each)}" for each in (piece("ab"), END)) + "\r\r",
    "several lines": "".join(f"data: {line}\n" for line in PRETTY.split("\n")) + "\n",
    "another [DONE]": f'data: {json.dumps(piece("ab"))}\n\ndata: "[done]"\n\n',
    "an index as text": f"data: {json.dumps(piece('ab')).replace('0', chr(34) + '0' + chr(34))}\n\n"
                        "data: [DONE]\n\n",
    "usage in pieces": "".join(
        f"data: {json.dumps(each)}\n\n"
        for each in (piece("a", usage=IN_PIECES[0]), piece("b", usage=IN_PIECES[1]),
                     {**END, "usage": IN_PIECES[2]})
    ),
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_read_in_whichever_way_its_lines_end_and_its_pieces_come(name, size):
    stream, raw = Stream(begun=0.0), STREAMS[name].encode()
    for start in range(0, len(raw), size):
        stream.feed(raw[start : start + size], 1.0)
    done = read_outcome(REQUEST, 200, {}, stream.body(), NOW).completion
    assert (done.status, done.text) == ("ok", "ab")
    assert done.completion_tokens == (2 if "usage" in name else -1)


BROKEN = {
    "a hole in the text": ('data: {"choices":[{"delta":{"con\n\n', "no JSON"),
    "words": ("event: error\ndata: out of memory\n\n", "out of memory"),
    "an error in its own object": ('event: error\ndata: {"error":{"message":"oom"}}\n\n', "oom"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_stream_with_a_hole_is_no_answer_and_says_why(name):
    broken, told = BROKEN[name]
    stream, whole = (
        Stream(begun=0.0),
        (f"data: {json.dumps(each)}\n\n" for each in (piece("a"), END)),
    )
    stream.feed((next(whole) + broken + next(whole)).encode(), 1.0)
    came = read_outcome(REQUEST, 200, {}, stream.body(), NOW)
    assert (came.completion.status, came.retry) == ("error", True)
    assert told in came.completion.error


async def test_a_balance_that_is_spent_on_the_way_ends_the_run_soon():
    def script(asked: Ask) -> str | Reply:
        spent = int(asked.text) >= 10
        return Reply("Your credit balance is too low", status=400) if spent else "fine"

    with testing.serve(script) as server:
        async with Transport() as transport:
            model = server.model(max_concurrency=1)
            with pytest.raises(ModelError, match=r"has no quota left.*what was answered is kept"):
                for number in range(300):
                    await transport.complete(ask(model, str(number)))
    assert len(server.log) == 15


async def test_a_proxy_that_wants_a_user_is_named_after_the_first_few():
    with pytest.raises(ModelError, match="a proxy that wants a user"):
        await complete(lambda asked: Reply(status=407), *map(str, range(20)))


async def test_a_header_may_be_long():
    reply = Reply("fine", headers={"Content-Security-Policy": "a" * 20_000})
    [done] = await complete(first(reply), "hi")
    assert (done.text, done.attempts) == ("fine", 1)
