"""Tools that a prompt offers: what its file says of them, and what an endpoint is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import PromptError
from workbench.meant import instead
from workbench.printing import printed
from workbench.prompts.properties import Property, read_properties

_FIELDS = ("name", "kind", "description", "parameters", "strict")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@printed
@dataclass(frozen=True)
class Tool:
    """A function that the model may call; it is offered, and what is called is shown and checked,
    never run. Parameters are optional unless `required: true`, all are required where `strict`.
    """

    name: str
    description: str = ""
    parameters: tuple[Property, ...] = ()
    strict: bool = False

    @property
    def wire(self) -> dict[str, Any]:
        """The tool as endpoints are told of it."""
        schema = _object_schema(self.parameters, self.strict)
        function: dict[str, Any] = {"name": self.name, "parameters": schema}
        if self.description:
            function["description"] = self.description
        if self.strict:
            function["strict"] = True
            schema["additionalProperties"] = False
        return {"type": "function", "function": function}

    @property
    def front(self) -> dict[str, Any]:
        """What a Prompty file says of it."""
        fields = {
            "name": self.name,
            "kind": "function",
            "description": self.description,
            "parameters": [each.front for each in self.parameters],
            "strict": self.strict,
        }
        return {key: value for key, value in fields.items() if value}


def _object_schema(parameters: tuple[Property, ...], strict: bool) -> dict[str, Any]:
    needed = [each.name for each in parameters if strict or each.required]
    schemas = {each.name: _schema(each, strict) for each in parameters}
    made: dict[str, Any] = {"type": "object", "properties": schemas}
    return {**made, "required": needed} if needed else made


def _schema(each: Property, strict: bool) -> dict[str, Any]:
    """One parameter; optional ones admit null only where `strict` asks for all."""
    schema = each.schema
    if each.required is not True and not strict and not each.nullable:
        schema = {**schema, "type": _not_null(schema["type"])}
        if "enum" in schema:
            schema["enum"] = [value for value in schema["enum"] if value is not None]
    elif each.required is not True and strict and not isinstance(schema["type"], list):
        schema = {**schema, "type": [schema["type"], "null"]}
    return schema


def _not_null(kind: Any) -> Any:
    return kind[0] if isinstance(kind, list) else kind


def read_tools(data: Any, where: str) -> tuple[Tool, ...]:
    """The tools of a file, a list or a mapping by name; PromptError for what is not offered."""
    if isinstance(data, dict):
        data = [{"name": name, **_mapping(entry, where)} for name, entry in data.items()]
    if not isinstance(data, list | None):
        raise PromptError(f"{where}: tools must be a list of `name: ..., kind: function`")
    tools = tuple(_read_tool(_mapping(entry, where), where) for entry in data or ())
    if len({tool.name for tool in tools}) < len(tools):
        raise PromptError(f"{where}: every tool needs a name of its own")
    return tools


def _mapping(entry: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping):
        raise PromptError(f"{where}: a tool must be `name: ..., kind: function` lines")
    return entry


def _read_tool(entry: Mapping[str, Any], where: str) -> Tool:
    name = entry.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise PromptError(f"{where}: tool {name!r}: name it with letters, digits, _ and -")
    where = f"{where}: tool {name!r}"
    _check_fields(entry, where)
    read = read_properties(entry.get("parameters"), "parameter", where)
    return Tool(name, str(entry.get("description") or ""), read, bool(entry.get("strict")))


def _check_fields(entry: Mapping[str, Any], where: str) -> None:
    kind, parameters = entry.get("kind"), entry.get("parameters")
    if kind != "function":
        raise PromptError(f"{where} is of kind {kind!r}: only kind: function is offered")
    if odd := [key for key in entry if key not in _FIELDS]:
        raise PromptError(f"{where}: {odd[0]} is not known: {instead(odd[0], _FIELDS, 'use')}")
    if isinstance(parameters, dict) and "properties" in parameters:
        raise PromptError(f"{where}: parameters are a list of `name: ..., kind: ...`, no schema")
    if not isinstance(entry.get("strict"), bool | None):
        raise PromptError(f"{where}: strict must be true or false")
