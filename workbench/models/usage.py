# pyright: strict
"""The tokens that an endpoint counted, under the names that different ones give them."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from workbench.json_values import listed, mapping

_IN = (
    "prompt_tokens",
    "input_tokens",
    "promptTokens",
    "inputTokens",
    "promptTokenCount",
    "input_token_count",
)
_OUT = (
    "completion_tokens", "output_tokens", "completionTokens", "outputTokens",
    "candidatesTokenCount", "generated_token_count",
)  # fmt: skip
_TOTAL = ("total_tokens", "totalTokens", "totalTokenCount")
_IN_DETAILS = ("prompt_tokens_details", "input_tokens_details")
_OUT_DETAILS = ("completion_tokens_details", "output_tokens_details")
_THOUGHT = ("reasoning_tokens", "thinking_tokens", "thoughtsTokenCount")
_OUTSIDE = ("cache_read_input_tokens", "cacheReadInputTokens")  # Anthropic's, Bedrock's
_CACHED = (
    "cached_tokens", "prompt_cache_hit_tokens", *_OUTSIDE, "cachedContentTokenCount",
    "num_cached_tokens",
)  # fmt: skip
_WRITTEN = ("cache_creation_input_tokens", "cacheWriteInputTokens")
_BESIDE = frozenset({*_OUTSIDE, *_WRITTEN})
_DETAILED = frozenset({*_IN_DETAILS, *_OUT_DETAILS, *_THOUGHT, *_CACHED})
_WHOLE = re.compile(r"\d{1,15}(?:\.0)?", re.ASCII)


class Usage(NamedTuple):
    """Tokens as they are billed, -1 for what is not said. Those of thinking are among the
    completion's, cached ones among the prompt's.
    """

    prompt: int = -1
    completion: int = -1
    thinking: int = -1
    cached: int = -1


def usage_in(document: Mapping[str, Any]) -> Usage:
    """The usage of a reply, wherever it stands in it."""
    found = document.get("usage")
    if not found:
        first = listed(document.get("choices"))[:1]
        places = [*first, *(mapping(each).get("message") for each in first), document.get("x_groq")]
        found = next((usage for place in places if (usage := mapping(place).get("usage"))), None)
    return read_usage(cast(Mapping[str, Any], found)) if isinstance(found, dict) else Usage()


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """The tokens of a `usage` object.

    Some count thinking outside the completion and say so by the total alone. No prompt has 0
    tokens: such a usage was not counted.
    """
    usage = _billed(usage)
    completion, total = _first(usage, _OUT), _first(usage, _TOTAL)
    thinking = cached = -1
    if not _DETAILED.isdisjoint(usage):
        thinking = _detail(usage, _OUT_DETAILS, _THOUGHT)
        cached = _detail(usage, _IN_DETAILS, _CACHED)
    prompt = _prompt(usage, cached)
    if prompt < 0 <= completion < total:
        prompt = total - completion
    rest = total - prompt
    if prompt < 0 or rest < 0:
        if total < 0 and thinking > completion >= 0:
            completion += thinking
    elif completion < 0:
        completion = rest
    elif rest > completion:
        thinking = rest - completion if thinking < 0 else thinking
        completion = rest
    return Usage(prompt, completion, thinking, cached)


def _billed(usage: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is billed of what was counted, where both are said (Cohere)."""
    billed = usage.get("billed_units")
    return cast(Mapping[str, Any], billed) if isinstance(billed, dict) else usage


def _prompt(usage: Mapping[str, Any], cached: int) -> int:
    """All tokens of the prompt: some count those read from a cache, or written to it, beside it."""
    prompt = _first(usage, _IN) or -1
    # by Anthropic's names, or since they are more
    outside = cached > prompt or not ("prompt_tokens" in usage or _BESIDE.isdisjoint(usage))
    if prompt < 0 or not outside:
        return prompt
    return prompt + max(cached, 0) + max(_first(usage, _WRITTEN), 0)


def _detail(usage: Mapping[str, Any], places: tuple[str, ...], names: tuple[str, ...]) -> int:
    """A count of the details, else of the usage itself."""
    for place in places:
        details = usage.get(place)
        if isinstance(details, dict):
            found = _first(cast(dict[str, Any], details), names)
            if found >= 0:
                return found
    return _first(usage, names)


def _first(counts: Mapping[str, Any], names: tuple[str, ...]) -> int:
    """The first of some counts that is there; -1 for none."""
    for name in names:
        if name in counts and (found := count(counts[name])) >= 0:
            return found
    return -1


def count(value: Any) -> int:
    """A token count from the wire, where some write numbers as texts or with a point; -1 for what
    is none.
    """
    if type(value) is not int and isinstance(value, float | str) and _WHOLE.fullmatch(str(value)):
        value = int(float(value))
    return value if type(value) is int and 0 <= value < 2**53 else -1
