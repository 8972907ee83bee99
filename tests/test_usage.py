"""What is billed counts, under whichever name an endpoint counts it."""

import pytest

from workbench.models.usage import Usage, read_usage, usage_in

COUNTED = {
    "plain": ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}, (10, 5, -1, -1)),
    "thinking within": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 50,
            "completion_tokens_details": {"reasoning_tokens": 45},
        },
        (10, 50, 45, -1),
    ),
    "thinking outside, and said": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 315,
            "completion_tokens_details": {"reasoning_tokens": 300},
        },
        (10, 305, 300, -1),
    ),
    "thinking outside, by the total alone": (
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 115},
        (10, 105, 100, -1),
    ),
    "thinking outside, without a total": (
        {"prompt_tokens": 10, "completion_tokens": 5, "reasoning_tokens": 40},
        (10, 45, 40, -1),
    ),
    "no completion but a total": ({"prompt_tokens": 10, "total_tokens": 15}, (10, 5, -1, -1)),
    "OpenAI's cache": (
        {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "prompt_tokens_details": {"cached_tokens": 8},
        },
        (10, 5, -1, 8),
    ),
    "DeepSeek's cache": (
        {"prompt_tokens": 10, "completion_tokens": 5, "prompt_cache_hit_tokens": 8},
        (10, 5, -1, 8),
    ),
    "Anthropic's cache": (
        {
            "input_tokens": 2,
            "output_tokens": 5,
            "cache_read_input_tokens": 8,
            "cache_creation_input_tokens": 3,
        },
        (13, 5, -1, 8),
    ),
    "other spellings": ({"promptTokens": 10, "completionTokens": 5}, (10, 5, -1, -1)),
    "texts and points": ({"prompt_tokens": "10", "completion_tokens": 5.0}, (10, 5, -1, -1)),
    "no counts": ({"prompt_tokens": 1.5, "completion_tokens": "5e3"}, (-1, -1, -1, -1)),
    "nonsense": (
        {"prompt_tokens": -3, "completion_tokens": "many", "total_tokens": True},
        (-1, -1, -1, -1),
    ),
    "details that are none": (
        {"prompt_tokens": 1, "completion_tokens": 1, "completion_tokens_details": [1]},
        (1, 1, -1, -1),
    ),
}


@pytest.mark.parametrize("name", COUNTED)
def test_tokens_are_counted_as_they_are_billed(name):
    usage, counted = COUNTED[name]
    assert read_usage(usage) == Usage(*counted)


def test_usage_is_found_where_endpoints_put_it():
    usage = {"prompt_tokens": 1, "completion_tokens": 2}
    for document in (
        {"usage": usage},
        {"choices": [{"usage": usage}]},
        {"choices": [{"message": {"content": "a", "usage": usage}}]},
        {"choices": [], "x_groq": {"usage": usage}},
    ):
        assert usage_in(document) == Usage(1, 2)
    assert usage_in({"choices": [1], "usage": None}) == Usage()
