"""What the body of an error says, in whichever shape it comes."""

import re
from collections.abc import Mapping
from typing import Any

from workbench.models.faults import NAMED

LONGEST_ERROR = 500  # characters of an endpoint's error that are kept
_ERRORS = frozenset({"error", "errors", "base_resp"})  # where one stands


def error_in(document: Any) -> Any:
    """The error that a body holds or, under an older name, is; one that says nothing is none."""
    if not isinstance(document, dict):
        return None
    if document.get("object") == "error":
        return document
    if _ERRORS.isdisjoint(document):
        return None
    error = document.get("error") or first_of(document.get("errors")) or _in_base(document)
    return error if not isinstance(error, dict) or any(error.values()) else None


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
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return ""
    code, kind = str(error.get("code") or ""), str(error.get("type") or "")
    return kind if kind in NAMED else code


def error_text(document: Any, body: bytes, status: int) -> str:
    """One line of an error body: OpenAI's, an older vLLM's, FastAPI's or a gateway's shape, else
    its first characters.
    """
    text: Any = None
    if isinstance(document, dict):
        error = document.get("error") or first_of(document.get("errors"))
        text = error.get("message") if isinstance(error, dict) else error
        text = text or next(filter(None, map(document.get, ("message", "detail", "msg"))), None)
    if not isinstance(text, str):
        text = body[:200].decode("utf-8", "replace") if text is None else str(text)
    line = re.sub(r"\s+", " ", text).strip()
    return f"HTTP {status}: {line}"[:LONGEST_ERROR]
