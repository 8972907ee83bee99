# pyright: strict
"""Calls of tools that a reply asks for: read, put together from a stream, and as text. None is made
here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
    """The calls that the pieces of a stream make, in the order of their indices."""
    calls, under_way, latest = list[_Call](), dict[Any, _Call](), None
    for piece in map(mapping, pieces):
        latest = piece.get("id") or latest if piece.get("index") is None else piece["index"]
        call = under_way.get(latest)
        if call is None or call.is_over(piece):
            call = under_way[latest] = _Call(latest)
            calls.append(call)
        call.add(piece)
    if all(isinstance(call.index, int) for call in calls):
        calls.sort(key=lambda call: call.index)
    return [{"function": {"name": call.name, "arguments": call.arguments}} for call in calls]


@dataclass
class _Call:
    """A call that is put together; the index of a piece says of which call it is, a new id where
    there is none.
    """

    index: Any
    id: str = ""
    name: str = ""
    arguments: Any = ""

    def is_over(self, piece: Mapping[str, Any]) -> bool:
        """Whether a piece is of another call, where a server gives all of them one index."""
        id, name = piece.get("id"), mapping(piece.get("function")).get("name")
        return bool(id and self.id and id != self.id and name)

    def add(self, piece: Mapping[str, Any]) -> None:
        function = mapping(piece.get("function"))
        name, arguments = str(function.get("name") or ""), function.get("arguments") or ""
        self.id = self.id or str(piece.get("id") or "")
        self.name += "" if name == self.name else name  # some say it in every piece
        if isinstance(arguments, str) and isinstance(self.arguments, str):
            self.arguments += arguments
        elif arguments:
            self.arguments = arguments
