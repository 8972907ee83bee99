# pyright: strict
"""What an endpoint's word for the end of a reply means, and what its content filter says."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from workbench.json_values import listed, mapping
from workbench.models.error_bodies import error_in, error_text

# squashed to their letters; a reply without any word ended as it should
_GOOD = frozenset({
    "", "none", "null", "stop", "stopped", "stopsequence", "stoptoken", "stopstring", "stopstr",
    "stopword", "stopwords", "stopbefore", "eog", "eogtoken",
    "stopeos", "stoptokenid", "endofsequence", "imend", "eotid", "eod", "eom",
    "eos", "eostoken", "eot", "endturn", "endofturn", "endoftext", "endid", "end", "normal",
    "complete", "completed", "done", "finished",
    "toolcall", "toolcalls", "tooluse", "functioncall", "functioncalls",
})  # fmt: skip
_CUT = re.compile(
    r"length|max.*token|token.*limit|limit.*token|context|truncat|incomplete|cutoff|repetit"
    r"|notfinished|^(?:output|error)?limit$|^(?:reason)?maxlen$|^partial$"
)
_FILTERED = re.compile(
    r"filter|safe|sensitiv|recitation|prohibit|forbid|bl[ao]ck|spii|refus|toxic|moderat|guardrail"
    r"|polic|inspect|harm|violat|censor|copyright|flagged|modelarmor|language|risk|jailbreak|disallow"
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
    r"|(?:usage|content|safety|community) guidelines|safety[ _]check"
    r"|\bblocked by (?:\w+ ){0,3}(?:guardrails?|filters?|polic(?:y|ies)|moderation)\b"
    r"|\bviolat\w* (?:\w+ ){0,3}(?:guardrail|polic(?:y|ies)|guidelines)"
    r"|\bguardrails?\b[^.]{0,60}\b(?:failed|interven|triggered|violat)"
    r"|\bnew_sensitive|\bunsafe (?:content|input|output|prompt)|\bcontent\b[^.]{0,40}\bis unsafe"
    r"|\bpii (?:was |is )?(?:detected|found)|\b(?:detected|found|contains) pii\b"
    r"|\bblocked entity detected|\bpersonal (?:data|information) (?:was |is )?detected"
    r"|\billegal (?:content|text)|\btext illegal|\baudit failed|敏感|不安全|违规|不合规|违法|违禁"
    r"|\b(?:prompt injection|jailbreak) (?:attack |attempt )?(?:was |is )?detected"
    r"|\bblocked (?:due to security|by model armor)"
    r"|\b(?:prompt|input|response) is (?:not safe|unsafe)",
    re.IGNORECASE,
)


# where annotations stand, of Azure's filters and of others'
_ANNOTATIONS = frozenset({
    "content_filter_results", "prompt_filter_results", "promptFeedback", "prompt_feedback",
    "input_sensitive", "output_sensitive",
})  # fmt: skip


# where a choice has the word for its end, the first that says one
END_NAMES = (
    "finish_reason", "finishReason", "finish_details", "native_finish_reason", "stop_reason",
)  # fmt: skip


def word_of(choice: Mapping[str, Any]) -> str:
    """The word for the end of a choice, empty for none; a provider's own word for a cut or a filter
    counts where a gateway made `stop` of it.
    """
    first = choice.get("finish_reason")
    if first == "stop":
        own = _word(choice.get("native_finish_reason"))
        return own if own and ending(own) in ("truncated", "filtered") else first
    words = (_word(choice[name]) for name in END_NAMES if choice.get(name))
    return next(filter(None, words), "")


def _word(finish: Any) -> str:
    """A word for an end; some put it into an object, or write null as a word."""
    if isinstance(finish, dict):
        told = cast(Mapping[str, Any], finish)
        finish = told.get("type") or told.get("reason")
    return "" if finish in (None, "null") else str(finish)


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
    return re.sub(r"^finish_?reason[_.]|[^a-z]", "", finish.casefold())


def blocked(annotated: Mapping[str, Any]) -> str:
    """The categories that annotations of a choice, or of the prompt, say were filtered, by Azure
    (`hate (high), jailbreak`) or others; empty for none.
    """
    if _ANNOTATIONS.isdisjoint(annotated):
        return ""
    if results := annotated.get("content_filter_results"):
        return _categories(results)
    for prompt in listed(annotated.get("prompt_filter_results")):
        if found := _categories(mapping(prompt).get("content_filter_results")):
            return found
    feedback = mapping(annotated.get("promptFeedback") or annotated.get("prompt_feedback"))
    reason = feedback.get("blockReason") or feedback.get("block_reason") or ""
    sides = ("input_sensitive", "output_sensitive")
    return str(reason) or ", ".join(side for side in sides if annotated.get(side) is True)


def unlooked(annotated: Mapping[str, Any]) -> bool:
    """Whether annotations say that the content filter failed, and so did not look (Azure's
    `content_filter_error`).
    """
    if _ANNOTATIONS.isdisjoint(annotated):
        return False
    prompts = map(mapping, listed(annotated.get("prompt_filter_results")))
    found = [annotated, *prompts]
    return any(mapping(each.get("content_filter_results")).get("error") for each in found)


def filtered_by(status: int, document: Mapping[str, Any]) -> str | None:
    """What a content filter objected to where an error is its word, empty where it does not say;
    None where the error is another.
    """
    if status in _NOT_OF_CONTENT:
        return None
    error = mapping(error_in(document))
    inner = mapping(error.get("innererror") or error.get("inner_error"))
    said = _FILTER_WORDS.search(error_text(document, b"", status))
    if not said and not _FILTER_CODE.search(_codes(error, inner, document)):
        return None
    results = inner.get("content_filter_result") or inner.get("content_filter_results")
    reasons = mapping(error.get("metadata")).get("reasons")
    return _categories(results) or ", ".join(map(str, listed(reasons)))


def _codes(*errors: Mapping[str, Any]) -> str:
    """The words that errors go by."""
    named = (each.get(name) for each in errors for name in ("code", "type"))
    return " ".join(name for name in named if isinstance(name, str))


def _categories(results: Any) -> str:
    return ", ".join(dict.fromkeys(_filtered(results)))


def _filtered(results: Any) -> Iterator[str]:
    """The names of categories that are marked as filtered, with their severity."""
    for name, result in mapping(results).items():
        for each in map(mapping, listed(result) or [result]):
            severity = each.get("severity")
            if each.get("filtered") is True:
                yield f"{name} ({severity})" if severity else str(name)
