# pyright: strict
"""The one JSON document that a reply is."""

import json
import re
from typing import Any

import orjson

_BEFORE = re.compile(r"(?:\s*+:[^\n]*+\n)*+")  # comments of a stream, before no stream
_BEHIND = re.compile(r"[\s\0\x1a]*(?:(?:event:[^\n]*\s+)?data:\s*\[DONE\])?[\s\0]*")  # and its end
_decoder = json.JSONDecoder()


def loads(body: bytes) -> Any:
    """JSON, or None for what is none; the slow parser takes what the fast one refuses (lone
    surrogates, NaN, characters of which a part is missing).
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            text = body.decode(json.detect_encoding(body), "replace")
            before = _BEFORE.match(text)
            return _document(text[before.end() if before else 0 :].strip("\ufeff \t\r\n\0"))
        except (ValueError, RecursionError):
            return None


def _document(text: str) -> Any:
    """The one JSON document that a text is, but for what ends streams and files; ValueError."""
    document, end = _decoder.raw_decode(text)
    if _BEHIND.fullmatch(text, end):
        return document
    raise ValueError("more than one document")
