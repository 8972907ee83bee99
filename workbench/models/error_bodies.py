"""What the body of an error says, in whichever shape it comes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.models.faults import NAMED

LONGEST_ERROR = 500  # characters of an endpoint's error that are kept

_WORDS = (
    "message", "msg", "error_msg", "error_message", "errorMessage", "status_msg", "detail",
    "faultstring", "title",
)  # fmt: skip
_FIELDS = frozenset({"error", "errors", "fault", "base_resp"})  # that hold an error
_CODES = ("code", "status", "error_code", "status_code", "statusCode", "type")
# what fields hold that tell of no error
_QUIET = frozenset({"", "0", "200", "ok", "success", "succeeded", "none", "null", "false"})
# how codes in words name a status, squashed to their letters
_NAMED_STATUSES = {
    429: re.compile("ratelimit|throttl|toomanyrequests|resourceexhausted|requestlimit"),
    503: re.compile("overload|unavailable"),
    401: re.compile("apikey|authenticat|unauthori[sz]ed"),
}
_GENERIC = re.compile(r"provider returned error|upstream error|bad request", re.IGNORECASE)
_PAGE = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html)\b", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>([^<]*)<", re.IGNORECASE)


def error_in(document: Any) -> Any:
    """The error that a body holds or, without an answer beside it, is; one that says nothing is
    none.
    """
    if not isinstance(document, dict):
        return None
    if document.get("object") == "error":
        return document
    if document.get("choices") and _FIELDS.isdisjoint(document):
        return None
    named = (document.get("error"), first_of(document.get("errors")), document.get("fault"))
    error = next(filter(None, named), None) or _in_base(document)
    bare = error is True or not (error or document.get("choices") or document.get("results"))
    if bare and _words(document):
        return document
    return None if _says_nothing(error) else error


def _says_nothing(error: Any) -> bool:
    values = error.values() if isinstance(error, dict) else (error,)
    return all(not value or str(value).casefold() in _QUIET for value in values)


def _words(error: Mapping[str, Any]) -> str:
    """What an error object says, under the first name that holds words."""
    said = (error[name] for name in _WORDS if isinstance(error.get(name), str))
    return next((words for words in said if words.casefold() not in _QUIET), "")


def _in_base(document: Mapping[str, Any]) -> dict[str, Any]:
    """MiniMax's error, which stands beside choices that are null."""
    base = document.get("base_resp")
    if document.get("choices") or not isinstance(base, dict):
        return {}
    return {"message": base.get("status_msg"), "code": base.get("status_code")}


def first_of(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def error_code(document: Any) -> str:
    """The error's code or type, whichever names a quota, model or filter."""
    error = error_in(document)
    if not isinstance(error, dict):
        return ""
    code, kind = str(error.get("code") or ""), str(error.get("type") or "")
    return kind if kind in NAMED else code


def error_status(error: Any) -> int:
    """The HTTP status that an error names itself, by number or by word; 0 for none."""
    named = (
        [str(error[name]) for name in _CODES if error.get(name)] if isinstance(error, dict) else []
    )
    for code in named:
        if re.fullmatch("[45][0-9]{2}", code):
            return int(code)
    squashed = " ".join(re.sub("[^a-z ]", "", code.casefold()) for code in named)
    return next((each for each, word in _NAMED_STATUSES.items() if word.search(squashed)), 0)


def error_text(document: Any, body: bytes, status: int) -> str:
    """One line of an error body: OpenAI's, an older vLLM's, FastAPI's or a gateway's shape, the
    title of a page, else its first characters.
    """
    said = ": ".join(dict.fromkeys(filter(None, _told(error_in(document) or document))))
    line = re.sub(r"\s+", " ", said or _beginning(body)).strip()
    return f"HTTP {status}: {line}"[:LONGEST_ERROR]


def _beginning(body: bytes) -> str:
    text = body[:2000].decode("utf-8", "replace")
    title = _TITLE.search(text) if _PAGE.match(text) else None
    return title[1] if title else text[:200]


def _told(error: Any) -> Iterator[str]:
    """What an error says, and what is wrapped in it where that is all there is to know."""
    if not isinstance(error, dict):
        yield error if isinstance(error, str) else ""
        return
    words = _words(error)
    yield words or next((_listed(error[name]) for name in _WORDS if error.get(name)), "")
    metadata = error.get("metadata")
    if isinstance(metadata, dict) and _GENERIC.search(words):  # OpenRouter's
        yield str(metadata.get("raw") or "")


def _listed(value: Any) -> str:
    """Words that stand in a list or deeper, as FastAPI's do."""
    entries = value if isinstance(value, list) else [value]
    return "; ".join(map(_entry, entries))


def _entry(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    place = ".".join(map(str, entry.get("loc") or ()))
    said = _words(entry) or next((_listed(entry[name]) for name in _WORDS if entry.get(name)), "")
    return f"{place}: {said}" if place and said else said or str(entry)
