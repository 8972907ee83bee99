"""Replies against the schema that a prompt asks for; the standard library alone, for an exported
prompt holds this text.
"""

from collections.abc import Iterator, Mapping
from typing import Any


def faults(value: Any, schema: Mapping[str, Any], path: str = "$") -> Iterator[str]:
    """Where a value does not fit the reply's schema, and why."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is_json(value, kind) for kind in kinds):
        yield f"{path} is no {' or '.join(kinds)}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{path} is none of {', '.join(map(str, schema['enum']))}"
    elif isinstance(value, dict):
        yield from _of_object(value, schema, path)
    elif isinstance(value, list) and "items" in schema:
        for number, each in enumerate(value):
            yield from faults(each, schema["items"], f"{path}[{number}]")


def _of_object(value: dict[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[str]:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path} lacks {name}"
    if schema.get("additionalProperties") is False:
        for name in value.keys() - known.keys():
            yield f"{path} has {name!r}, which is not asked for"
    for name in known.keys() & value.keys():
        yield from faults(value[name], known[name], f"{path}.{name}")


def _is_json(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _JSON.get(kind, ()))


_JSON: dict[str, Any] = {
    "string": str, "number": (int, float), "array": list, "object": dict, "null": type(None),
}  # fmt: skip
