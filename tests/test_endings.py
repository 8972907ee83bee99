"""A reply is an answer only where its end is one of the known good ones."""

import pytest

from workbench.models.endings import blocked, ending, filtered_by

WORDS = {
    "ok": ["", "stop", "STOP", "eos_token", "end_turn", "stop_sequence", "COMPLETE", "tool_calls"],
    "truncated": [
        "length", "model_length", "MAX_TOKENS", "max_output_tokens", "maxTokens", "token_limit",
        "model_context_window_exceeded",
    ],
    "filtered": [
        "content_filter", "content-filter", "ContentFilter", "sensitive", "SAFETY", "RECITATION",
        "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "refusal", "guardrail_intervened", "ERROR_TOXIC",
    ],
    "error": [
        "error", "abort", "insufficient_system_resource", "network_error", "OTHER", "banana", "7",
        "終わり",
    ],
}  # fmt: skip


@pytest.mark.parametrize("status", WORDS)
def test_every_word_for_an_end_has_a_status_and_unknown_ones_are_no_answer(status):
    assert {word: ending(word) for word in WORDS[status]} == dict.fromkeys(WORDS[status], status)


FILTERS = [
    (400, {"error": {"code": "data_inspection_failed", "message": "Input data may contain..."}}),
    (400, {"code": "DataInspectionFailed", "message": "Output data may contain..."}),
    (400, {"error": {"message": "Content Exists Risk", "type": "invalid_request_error"}}),
    (400, {"error": {"code": "400", "message": "litellm.ContentPolicyViolationError: no"}}),
    (400, {"error": {"code": 1301, "message": "系统检测到输入或生成内容可能包含不安全或敏感内容"}}),
    (500, {"error": "Content Exists Risk"}),
]


@pytest.mark.parametrize(("status", "document"), FILTERS)
def test_a_filters_word_is_known_whoever_says_it(status, document):
    assert filtered_by(status, document) == ""


def test_a_filter_says_what_it_objected_to():
    results = {
        "hate": {"filtered": True, "severity": "high"},
        "jailbreak": {"filtered": True, "detected": True},
        "violence": {"filtered": False, "severity": "low"},
    }
    azure = {"code": "content_filter", "innererror": {"content_filter_result": results}}
    assert filtered_by(400, {"error": azure}) == "hate (high), jailbreak"
    flagged = {"message": "Your input was flagged", "metadata": {"reasons": ["violence"]}}
    assert filtered_by(403, {"error": flagged}) == "violence"
    assert blocked({"content_filter_results": results}) == "hate (high), jailbreak"
    prompt = [{"prompt_index": 0, "content_filter_results": results}]
    assert blocked({"prompt_filter_results": prompt}) == "hate (high), jailbreak"
    only_seen = {"jailbreak": {"filtered": False, "detected": True}, "error": {"code": "x"}}
    assert blocked({"content_filter_results": only_seen}) == ""


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (401, {"error": {"message": "no access to content policy settings"}}),
        (404, {"error": {"message": "no endpoint matches your content policy"}}),
        (429, {"error": {"message": "moderation is rate limited", "code": "moderation"}}),
        (400, {"error": {"message": "maximum context length", "code": "context_length_exceeded"}}),
        (400, {"error": {"message": 3, "code": None}}),
        (500, {}),
    ],
)
def test_other_errors_are_no_filters(status, document):
    assert filtered_by(status, document) is None
