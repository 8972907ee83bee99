# pyright: strict
"""What an endpoint's word for the end of a reply means, and what its content filter says."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

# squashed to their letters; a reply without any word ended as it should
_GOOD = frozenset({
    "", "stop", "stopped", "stopsequence", "stoptoken", "stopstring", "stopstr", "eos", "eostoken",
    "eot", "endturn", "endofturn", "end", "complete", "completed", "done", "finished",
    "toolcall", "toolcalls", "tooluse", "functioncall", "functioncalls",
})  # fmt: skip
_CUT = re.compile(r"length|max.*token|token.*limit|limit.*token|context|truncat|incomplete|cutoff")
_FILTERED = re.compile(
    r"filter|safe|sensitiv|recitation|prohibit|forbid|block|spii|refus|toxic|moderat|guardrail"
    r"|polic|inspect|harm|violat|censor|copyright|flagged|modelarmor|language|risk"
)
_PASSING = re.compile(r"error|abort|cancel|resource|network|time|overload|interrupt|unavailable")

# statuses that speak of keys, money, addresses and rates, whatever their words
_NOT_OF_CONTENT = frozenset({401, 402, 404, 429})
_FILTER_CODE = re.compile(
    r"content_?filter|content_?polic|data_?inspection|responsible_?ai|sensitive|moderation|safety"
    r"|prohibited_?content|guardrail|harmful|risk_?control",
    re.IGNORECASE,
)
_FILTER_WORDS = re.compile(
    r"content exists risk|content[ _]?policy[ _]?violation|content (?:management|filter)"
    r"|(?:content|usage|safety) polic(?:y|ies)|(?:was|were|been|input) flagged"
    r"|safety (?:system|reasons|filters?)|sensitive (?:content|information|words?)"
    r"|inappropriate content|data inspection|considered high risk|requires moderation"
    r"|敏感|不安全|违规",
    re.IGNORECASE,
)


def ending(finish: str) -> str:
    """The status of a reply that ended with a word: `ok` for good ends alone, `error` for unknown
    ones.
    """
    if finish == "stop":
        return "ok"
    word = _squashed(finish)
    if word in _GOOD and (word or not finish):
        return "ok"
    return "truncated" if _CUT.search(word) else "filtered" if _FILTERED.search(word) else "error"


def may_pass(finish: str) -> bool:
    """Whether a bad end is the endpoint's trouble, which another attempt may not meet."""
    return bool(_PASSING.search(_squashed(finish)))


def _squashed(finish: str) -> str:
    return re.sub(r"[^a-z]", "", finish.casefold().removeprefix("finish_reason_"))


def blocked(annotated: Mapping[str, Any]) -> str:
    """The categories that Azure's annotations of a choice, or of the prompt, say were filtered:
    `hate (high), jailbreak`; empty for none.
    """
    if results := annotated.get("content_filter_results"):
        return _categories(results)
    prompts = annotated.get("prompt_filter_results")
    for prompt in cast(list[Any], prompts) if isinstance(prompts, list) else []:
        if found := _categories(_object(prompt).get("content_filter_results")):
            return found
    return ""


def filtered_by(status: int, document: Mapping[str, Any]) -> str | None:
    """What a content filter objected to where an error is its word, empty where it does not say;
    None where the error is another.
    """
    if status in _NOT_OF_CONTENT:
        return None
    error = _object(document.get("error"))
    inner = _object(error.get("innererror") or error.get("inner_error"))
    words = error.get("message") or document.get("message") or document.get("error")
    said = isinstance(words, str) and _FILTER_WORDS.search(words[:1000])
    if not said and not _FILTER_CODE.search(_codes(error, inner, document)):
        return None
    results = inner.get("content_filter_result") or inner.get("content_filter_results")
    reasons = _object(error.get("metadata")).get("reasons")
    listed = cast(list[Any], reasons) if isinstance(reasons, list) else []
    return _categories(results) or ", ".join(map(str, listed))


def _codes(*errors: Mapping[str, Any]) -> str:
    """The words that errors go by."""
    named = (each.get(name) for each in errors for name in ("code", "type"))
    return " ".join(name for name in named if isinstance(name, str))


def _categories(results: Any) -> str:
    return ", ".join(dict.fromkeys(_filtered(results)))


def _filtered(results: Any) -> Iterator[str]:
    """The names of categories that are marked as filtered, with their severity."""
    for name, result in _object(results).items():
        listed = cast(list[Any], result) if isinstance(result, list) else [result]
        for each in map(_object, listed):
            severity = each.get("severity")
            if each.get("filtered") is True:
                yield f"{name} ({severity})" if severity else str(name)


def _object(value: Any) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else {}
