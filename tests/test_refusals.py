"""What endpoints say of features that they lack, in their own words; what speaks of none."""

import json

import pytest

from workbench.models.refusals import LOGPROBS, PARAMETERS, SCHEMA, refused

ALL = frozenset({LOGPROBS, SCHEMA})


def body(message: str, **fields: object) -> bytes:
    """An error as OpenAI writes it."""
    return json.dumps({"error": {"message": message, "type": "x", **fields}}, indent=1).encode()


OF_LOGPROBS = [
    "You are not allowed to request logprobs from this model",
    "This model does not support the 'logprobs' parameter.",
    "Unrecognized request argument supplied: logprobs",
    "Unsupported parameter: 'logprobs' is not supported with this model.",
    "`logprobs` is not supported with this model",
    "logprobs are not supported with reasoning models.",
    "Logprobs is not enabled for models/gemini-2.5-pro",
    "Unable to submit request because Logprobs is not supported for this model.",
    "Gaudi doesn't support logprobs. Please remove 'logprobs'/'top_logprobs' from your request.",
    "5 is greater than the maximum of 1 - 'logprobs'",
    "Requested sample logprobs of 20, which is is greater than max allowed: 5",
    "Argument not supported on this model: logprobs",
    "Unknown parameter: 'logprobs'.",
    "property 'top_logprobs' is unsupported",
    "[{'type': 'extra_forbidden', 'loc': ('body', 'logprobs'), 'msg': 'Extra inputs are not "
    "permitted', 'input': True}]",
    "Invalid 'top_logprobs': integer above maximum value. Expected a value <= 5, but got 20.",
]
OF_SCHEMAS = [
    "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. "
    "Learn more about supported models at the Structured Outputs guide: https://x.example/guide",
    "Invalid parameter: 'response_format' must be one of 'json_object', 'text'.",
    "This response_format type is unavailable now",
    "Failed to deserialize the JSON body into the target type: response_format: "
    "response_format.type `json_schema` is unavailable now at line 1 column 8513",
    "'response_format.type' : value is not one of the allowed values ['text','json_object']",
    "The parameter `response_format.type` specified in the request are not valid: invalid value: "
    "`json_schema`, supported values are: `json_object` and `text`.",
    "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and "
    "later",
    "This model does not support response format `json_schema`. See supported models.",
    "Unsupported `response_format` {'type': 'json_schema', 'json_schema': {'name': 'reply'}}",
    'response_format type must be one of "text" or "json_object", but got: json_schema',
    "Structured outputs are not supported by this model",
]
OF_NEITHER = [
    "no such thing",
    "refused the key",
    "max_tokens is not supported with this model. Use max_completion_tokens instead.",
    "This model's maximum context length is 4096 tokens; logprobs and messages take 5000.",
    "Invalid schema for response_format 'reply': In context=(), 'additionalProperties' is required "
    "to be supplied and to be false.",
    "Invalid schema for response_format 'reply': In context=('properties', 'x'), 'oneOf' is not "
    "permitted.",
    "The provided JSON schema contains features not supported by xgrammar.",
    "Generated JSON does not match the expected schema. Please adjust your prompt.",
]


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_an_endpoint_without_a_feature_says_so_in_its_own_words(status):
    for feature, messages in ((LOGPROBS, OF_LOGPROBS), (SCHEMA, OF_SCHEMAS)):
        found = {message: refused(status, body(message), ALL) for message in messages}
        assert found == dict.fromkeys(messages, frozenset({feature}))
    assert {message: refused(status, body(message), ALL) for message in OF_NEITHER} == (
        dict.fromkeys(OF_NEITHER, frozenset())
    )


def test_every_shape_of_an_error_is_read():
    detail = {"type": "extra_forbidden", "msg": "Extra inputs are not permitted", "input": True}
    two = [{**detail, "loc": ["body", name]} for name in ("logprobs", "response_format")]
    raw = json.dumps({"error": {"message": "`logprobs` is not supported with this model"}})
    for given, expected in (
        (json.dumps({"detail": two}).encode(), ALL),
        (body("Provided value is not supported", param="logprobs"), {LOGPROBS}),
        (body("Provider returned error", metadata={"raw": raw}), {LOGPROBS}),
        (b"logprobs not supported", {LOGPROBS}),
        (b"\xff\xfe", set()),
        (b"", set()),
    ):
        assert refused(422, given, ALL) == expected


def test_what_was_not_asked_for_was_not_refused_and_some_statuses_tell_of_other_things():
    assert refused(400, body(OF_LOGPROBS[0]), frozenset({SCHEMA})) == frozenset()
    for status in (401, 402, 408, 429, 503):
        assert refused(status, body(OF_LOGPROBS[0]), ALL) == frozenset()


OF_PARAMETERS = {
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
    "'max_completion_tokens' instead.": "max_tokens",
    "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) "
    "value is supported.": "temperature",
    "invalid temperature: only 0.6 is allowed for this model": "temperature",
    "`temperature` is deprecated for this model.": "temperature",
    "`temperature` may only be set to 1 when thinking is enabled.": "temperature",
    "Unsupported parameter: 'top_p' is not supported with this model.": "top_p",
    "Unrecognized request argument supplied: reasoning_effort": "reasoning_effort",
    "Unrecognized request argument supplied: max_completion_tokens": "max_completion_tokens",
    "Model grok-4 does not support parameter presencePenalty.": "presence_penalty",
    "Argument not supported on this model: stop": "stop",
    "property 'seed' is unsupported": "seed",
    "[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), 'msg': 'Extra inputs "
    "are not permitted', 'input': 64}]": "max_completion_tokens",
    'Invalid JSON payload received. Unknown name "seed": Cannot find field.': "seed",
    "Malformed input request: extraneous key [presence_penalty] is not permitted": (
        "presence_penalty"
    ),
}
OF_VALUES = [
    "max_tokens is too large: 100000. This model supports at most 16384 completion tokens",
    "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
    "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported "
    "values are: 'low', 'medium', and 'high'.",
    "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
    "temperature must be between 0 and 2",
    "Could not finish the message because max_tokens or model output limit was reached.",
    "Please stop: this seed is not allowed here",
]


def test_a_parameter_is_refused_in_the_endpoints_own_words_and_a_wrong_value_is_the_users():
    every = ALL | PARAMETERS
    found = {said: refused(400, body(said), every) for said in OF_PARAMETERS}
    assert found == {said: {name} for said, name in OF_PARAMETERS.items()}
    assert [said for said in OF_VALUES if refused(400, body(said), every)] == []
    assert not refused(500, body("Unsupported parameter: 'temperature'"), every)
