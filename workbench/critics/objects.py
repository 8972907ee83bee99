"""JSON objects within a text, and where their values stand in it."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_STRING = r"(\"(?:[^\"\\\n]|\\.)*\")"
_COMMENT = re.compile(rf"{_STRING}|/\*(?:[^*]|\*(?!/)){{0,500}}\*/|(?<![:\w])//[^\n]*")
_PYTHON = re.compile(rf"{_STRING}|(?<=[{{\[,:])(\s*)'([^'\"\\\n]*)'(?=\s*[,:}}\]])")
_TRAILING = re.compile(rf"{_STRING}|,(?=\s*[}}\]])")
LONGEST = 50_000  # characters of a text in which comments are looked for
MOST = 50  # braces that are tried: an unclosed one costs a scan to the end each


class Found(NamedTuple):
    """A JSON object, or a list that begins with one, at `text[start:end]`."""

    start: int
    end: int
    value: Any

    @property
    def mappings(self) -> list[dict[str, Any]]:
        """The object, or those of the list."""
        values = self.value if isinstance(self.value, list) else [self.value]
        return [value for value in values if isinstance(value, dict)]


def objects_in(text: str) -> Iterator[Found]:
    """The outermost JSON objects in `text`, in order; comments and trailing commas are no part."""
    if "{" not in text:
        return
    decoder, end, text = json.JSONDecoder(object_pairs_hook=_object), 0, _strict(text)
    for _ in range(MOST):
        brace = text.find("{", end)
        if brace < 0:
            return
        listed = re.search(r"\[\s*$", text[max(end, brace - 20) : brace])
        end = brace + 1
        for start in (brace - len(listed[0]), brace) if listed else (brace,):
            try:
                value, end = decoder.raw_decode(text, start)
            except (ValueError, RecursionError):
                continue
            yield Found(start, end, value)
            break


def _strict(text: str) -> str:
    """`text`, as long as before, without what people write in JSON and JSON does not know."""
    if len(text) > LONGEST:
        return text
    text = _PYTHON.sub(lambda found: found[1] or f'{found[2]}"{found[3]}"', text)
    for kind in (_COMMENT, _TRAILING):
        text = kind.sub(lambda found: found[1] or re.sub(r"[^\n]", " ", found[0]), text)
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that is given two values has none."""
    fields: dict[str, Any] = {}
    for key, value in pairs:
        fields[key] = value if fields.get(key, value) == value else None
    return fields


def value_at(text: str, name: str) -> tuple[int, str] | None:
    """Where the value of the one key `name` begins in `text`, and how it is written; None where
    there is not just one.

    Broken or cut JSON counts too, as long as the value itself is whole.
    """
    key = rf"(?<![\w\\])(?P<q>[\"']?){re.escape(name)}(?P=q)\s*:\s*"
    value = r"(\"(?:[^\"\\]|\\.)*\"|'[^'\\\n]*'|[^\s\"'{}\[\],]+(?=\s*[,}\n]))"
    found = list(re.finditer(key + value, text, re.I))
    return (found[0].start(2), found[0][2]) if len(found) == 1 else None
