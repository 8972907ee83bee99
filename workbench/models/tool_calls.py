# pyright: strict
"""Calls of tools that a reply asks for: read, put together from a stream, and as text. None is made
here.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

import orjson

from workbench.json_values import mapping


def calls_in(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a message calls, `{name, arguments}` each, in OpenAI's form or its older one."""
    listed = message.get("tool_calls") or message.get("function_call")
    calls = cast(list[Any], listed) if isinstance(listed, list) else [listed] if listed else []
    return [mapping(mapping(call).get("function") or call) for call in calls]


def as_text(calls: Iterable[Mapping[str, Any]], text: str) -> tuple[str, str]:
    """`{"tool_calls": [{"name": ..., "arguments": {...}}]}`, with what the reply says beside them
    as its `content`; and what is wrong with a call.
    """
    fault, made = "", list[dict[str, Any]]()
    for call in calls:
        name, arguments = str(call.get("name") or ""), _arguments(call.get("arguments"))
        made.append({"name": name, "arguments": arguments})
        if not name:
            fault = fault or "the reply calls a tool without a name"
        elif not isinstance(arguments, dict):
            fault = fault or f"the arguments for {name[:80]} are no JSON object"
    said = {"content": text} if text.strip() else {}
    return json.dumps({**said, "tool_calls": made}, ensure_ascii=False), fault


def _arguments(given: Any) -> Any:
    """The arguments as an object; as they came where they are none."""
    if not isinstance(given, str):
        return {} if given is None else given
    try:
        return orjson.loads(given) if given.strip() else {}
    except orjson.JSONDecodeError:
        return given


def whole(pieces: Iterable[Any]) -> list[dict[str, Any]]:
    """The calls that the pieces of a stream make: the index of a piece says of which call it is, a
    new id where there is none.
    """
    calls = dict[Any, dict[str, Any]]()
    latest: Any = None
    for piece in map(mapping, pieces):
        index = piece.get("index")
        if index is None:
            index = piece.get("id") or latest
        latest = index
        call = calls.setdefault(index, {"name": "", "arguments": ""})
        function = mapping(piece.get("function"))
        call["name"] += str(function.get("name") or "")
        arguments = function.get("arguments") or ""
        call["arguments"] = (
            call["arguments"] + arguments if isinstance(arguments, str) else arguments
        )
    return [{"function": call} for call in calls.values()]
