"""Inputs and outputs of a prompt: what a Prompty file says of each, and its JSON schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.errors import PromptError

KINDS = {  # of a property, and its name in a JSON schema
    "string": "string", "integer": "integer", "float": "number", "number": "number",
    "boolean": "boolean", "array": "array", "object": "object",
}  # fmt: skip
INPUTS_ONLY = ("thread", "image")  # a conversation, which becomes messages, and an image
_KIND_OF = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "float",
    list: "array",
    dict: "object",
}


@dataclass(frozen=True)
class Property:
    """An input or an output of a prompt; an output without `required` is required, as `required:
    false` admits null.
    """

    name: str
    kind: str = "string"
    description: str = ""
    required: bool | None = None
    nullable: bool | None = None
    default: Any = None
    example: Any = None
    enum_values: tuple[Any, ...] = ()
    items: "Property | None" = None
    properties: "tuple[Property, ...]" = ()
    # whether a file says the kind; else it is told from a default or an example
    declared: bool = field(default=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind == "array" and self.items is None:
            object.__setattr__(self, "items", Property(""))

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of one value."""
        kind, enum = KINDS[self.kind], list(self.enum_values)
        if self.nullable or self.required is False:
            kind, enum = [kind, "null"], [*enum, None] if enum and None not in enum else enum
        found: dict[str, Any] = {"type": kind}
        if self.description:
            found["description"] = self.description
        if enum:
            found["enum"] = enum
        if self.items is not None:
            found["items"] = self.items.schema
        return {**json_schema(self.properties), **found} if self.kind == "object" else found

    @property
    def front(self) -> dict[str, Any]:
        """What a Prompty file says of it."""
        fields = {
            "name": self.name or None,
            "kind": self.kind,
            "description": self.description or None,
            "required": self.required,
            "nullable": self.nullable,
            "default": self.default,
            "example": self.example,
            "enumValues": list(self.enum_values) or None,
            "items": self.items.front if self.items else None,
            "properties": [inner.front for inner in self.properties] or None,
        }
        return {key: value for key, value in fields.items() if value is not None}


def json_schema(properties: Sequence[Property]) -> dict[str, Any]:
    """A schema fit for OpenAI's strict `response_format`: every property required, no others."""
    return {
        "type": "object",
        "properties": {each.name: each.schema for each in properties},
        "required": [each.name for each in properties],
        "additionalProperties": False,
    }


def read_properties(data: Any, what: str, where: str, samples: Any = None) -> tuple[Property, ...]:
    """Inputs or outputs, from a list or a mapping by name; `samples` are the examples of the first
    format.
    """
    listed = _listed(data, what, where)
    entries = {str(entry.get("name", "")): entry for entry in listed}
    if "" in entries or len(entries) < len(listed):
        raise PromptError(f"{where}: every {what} needs a name of its own")
    for name, sample in (samples if isinstance(samples, dict) else {}).items():
        entries[name] = {"name": name, "example": sample, **entries.get(name, {})}
    also = INPUTS_ONLY if what == "input" else ()
    return tuple(
        _read_property(entry, f"{where}: {what} {name!r}", also) for name, entry in entries.items()
    )


def _listed(data: Any, what: str, where: str) -> list[dict[str, Any]]:
    """The entries of a list, or of a mapping by name."""
    if isinstance(data, dict):
        spread = {
            name: value if isinstance(value, dict) else {"example": value}
            for name, value in data.items()
        }
        return [{"name": name, **entry} for name, entry in spread.items()]
    listed = data or []
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise PromptError(f"{where}: {what}s must be a list of `name: ..., kind: ...`")
    return listed


def _read_property(entry: Mapping[str, Any], where: str, also: Sequence[str] = ()) -> Property:
    """A property of one of the KINDS, or of those that are known `also`."""
    kind = _kind(entry, where, also)
    _check_flags(entry, where)
    items, properties = entry.get("items"), entry.get("properties")
    return Property(
        name=str(entry.get("name", "")),
        kind=kind,
        description=str(entry.get("description") or ""),
        required=entry.get("required"),
        nullable=entry.get("nullable"),
        default=entry.get("default"),
        example=entry.get("example"),
        enum_values=_enum(entry, kind, where),
        items=_read_property(items, f"{where}, items") if isinstance(items, dict) else None,
        properties=read_properties(properties, "property", where) if kind == "object" else (),
        declared=bool(entry.get("kind") or entry.get("type")),
    )


def _kind(entry: Mapping[str, Any], where: str, also: Sequence[str]) -> str:
    value = entry.get("default", entry.get("example"))
    kind = entry.get("kind") or entry.get("type") or _KIND_OF.get(type(value), "string")
    if not isinstance(kind, str) or kind not in (*KINDS, *also):
        listed = (
            "; a conversation is a thread, another list an array"
            if kind in ("list", "tuple")
            else ""
        )
        raise PromptError(f"{where} is of kind {kind!r}: use {', '.join((*KINDS, *also))}{listed}")
    return kind


def _enum(entry: Mapping[str, Any], kind: str, where: str) -> tuple[Any, ...]:
    if "enum" in entry:
        raise PromptError(f"{where}: write enumValues, not enum")
    values = entry.get("enumValues") or ()
    texts = isinstance(values, list | tuple) and all(isinstance(each, str) for each in values)
    if not isinstance(values, list | tuple) or (kind == "string" and not texts):
        raise PromptError(
            f"{where}: enumValues must be a list of values of its kind, texts in quotes"
        )
    return tuple(values)


def _check_flags(entry: Mapping[str, Any], where: str) -> None:
    for flag in ("required", "nullable"):
        if not isinstance(entry.get(flag), bool | None):
            raise PromptError(f"{where}: {flag} must be true or false")
