"""A reply is an answer only where its end is one of the known good ones."""

import pytest

from workbench.models.endings import blocked, ending, filtered_by, word_of

WORDS = {
    "ok": [
        "", "stop", "STOP", "eos_token", "end_turn", "stop_sequence", "COMPLETE", "tool_calls",
        "normal", "endoftext", "END_ID", "FinishReason.STOP", "FINISH_REASON_STOP", "null", "None",
        "stop_words", "stop_before", "eog",
    ],
    "truncated": [
        "length", "model_length", "MAX_TOKENS", "max_output_tokens", "maxTokens", "token_limit",
        "model_context_window_exceeded", "ERROR_LIMIT", "limit", "FinishReason.MAX_TOKENS",
        "not_finished", "REASON_MAX_LEN", "partial",
    ],
    "filtered": [
        "content_filter", "content-filter", "ContentFilter", "sensitive", "SAFETY", "RECITATION",
        "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "refusal", "guardrail_intervened", "ERROR_TOXIC",
        "content_filter: RECITATION", "input_guardrail_triggered",
    ],
    "error": [
        "error", "abort", "insufficient_system_resource", "network_error", "OTHER", "banana", "7",
        "終わり", "rate_limit", "time_limit", "pause_turn", "MALFORMED_FUNCTION_CALL", "True",
    ],
}  # fmt: skip


@pytest.mark.parametrize("status", WORDS)
def test_every_word_for_an_end_has_a_status_and_unknown_ones_are_no_answer(status):
    assert {word: ending(word) for word in WORDS[status]} == dict.fromkeys(WORDS[status], status)


def test_a_word_for_an_end_may_stand_in_an_object():
    given = [{"type": "stop", "matched": 2}, {"reason": "endoftext"}, {"type": "length"}, {}, None]
    words = [word_of({"finish_reason": each}) for each in given]
    assert words == ["stop", "endoftext", "length", "", ""]


FILTERS = [
    (400, {"error": {"code": "data_inspection_failed", "message": "Input data may contain..."}}),
    (400, {"code": "DataInspectionFailed", "message": "Output data may contain..."}),
    (400, {"error": {"message": "Content Exists Risk", "type": "invalid_request_error"}}),
    (400, {"error": {"code": "400", "message": "litellm.ContentPolicyViolationError: no"}}),
    (400, {"error": {"code": 1301, "message": "系统检测到输入或生成内容可能包含不安全或敏感内容"}}),
    (500, {"error": "Content Exists Risk"}),
    (400, {"code": 10013, "msg": "输入内容审核不通过，涉嫌违规"}),
    (403, {"error": "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}),
    (446, {"error": {"message": "The guardrail checks defined in the config failed."}}),
    (400, {"error": {"message": "Violated guardrail policy: Bedrock"}}),
    (400, {"message": "Request blocked by our content moderation"}),
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
    assert blocked({"promptFeedback": {"blockReason": "SAFETY"}}) == "SAFETY"
    assert blocked({"input_sensitive": False, "output_sensitive": True}) == "output_sensitive"
    only_seen = {"jailbreak": {"filtered": False, "detected": True}, "error": {"code": "x"}}
    assert blocked({"content_filter_results": only_seen}) == ""


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (401, {"error": {"message": "no access to content policy settings"}}),
        (404, {"error": {"message": "no endpoint matches your content policy"}}),
        (429, {"error": {"message": "moderation is rate limited", "code": "moderation"}}),
        (400, {"error": {"message": "maximum context length", "code": "context_length_exceeded"}}),
        (400, {"error": {"message": "guardrail 'pii' is not configured"}}),
        (400, {"error": {"message": "blocked by CORS"}}),
        (400, {"error": {"message": 3, "code": None}}),
        (500, {}),
    ],
)
def test_other_errors_are_no_filters(status, document):
    assert filtered_by(status, document) is None
