"""The one place where text and plain data are made storable, so that both databases give back what
they were given.

SQLite and PostgreSQL refuse lone surrogates and PostgreSQL refuses NUL in text; neither is refused
here. Data is stored as JSON bytes, which both take.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import orjson

_UNSTORABLE = re.compile("[\0\x1a\ud800-\udfff]")
_ESCAPED = re.compile("\x1a([0-9a-f]{4})")
_BIG_INTEGER = "\x1ainteger"  # no key of plain data begins with the escape character by accident
_FEW_DIGITS = 2**13_000  # below Python's limit of 4,300 digits for text


def storable(text: str) -> str:
    """Text that both databases take; `restored` gives back the original exactly."""
    return (
        _UNSTORABLE.sub(lambda found: f"\x1a{ord(found[0]):04x}", text)
        if _UNSTORABLE.search(text)
        else text
    )


def restored(text: str) -> str:
    """The text that `storable` was given."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "\x1a" in text else text


def writable(text: str) -> str:
    """Text that files in UTF-8 take: U+FFFD for a lone surrogate, which stands for no character.

    This is for what goes out; what is stored is given back as it was.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def pack(value: Any) -> bytes:
    """Plain data as JSON bytes; NaN, lone surrogates and integers of any length survive."""
    try:
        return json.dumps(value, separators=(",", ":")).encode()
    except ValueError:  # an integer with more digits than Python writes out
        return json.dumps(_spelled(value), separators=(",", ":")).encode()


def pack_finite(value: Any) -> bytes:
    """`pack`, faster, for data without NaN and infinities: they would come back as None."""
    try:
        return orjson.dumps(value)
    except TypeError:  # lone surrogates, integers beyond 64 bits
        return pack(value)


def unpack(data: bytes) -> Any:
    """The value that `pack` was given."""
    if b"\\u001ainteger" in data:
        return json.loads(data, object_hook=_integer)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:  # it refuses NaN and lone surrogates
        return json.loads(data)


def or_nan(value: float | None) -> float:
    """NaN for None: fast JSON and SQLite have no NaN of their own."""
    return math.nan if value is None else value


def _spelled(value: Any) -> Any:
    """The value with its long integers written in hexadecimal, which has no limit."""
    if isinstance(value, int) and abs(value) >= _FEW_DIGITS:
        return {_BIG_INTEGER: hex(value)}
    if isinstance(value, Mapping):
        return {key: _spelled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(item) for item in value]
    return value


def _integer(found: dict[str, Any]) -> Any:
    return int(found[_BIG_INTEGER], 16) if set(found) == {_BIG_INTEGER} else found
