"""What a dataset holds: its fields, their kinds, and how many are blank."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench import words
from workbench.datasets.dataset import Dataset, Example
from workbench.datasets.noticed import in_words
from workbench.datasets.values import is_blank
from workbench.turns import is_conversation

KINDS = {
    str: "text",
    bool: "true or false",
    int: "whole numbers",
    float: "numbers",
    list: "lists",
    dict: "mappings",
}
MOST_FIELDS = 12  # in a line


@dataclass(frozen=True)
class Field:
    """An input or a right answer: what kind of values it has, and in how many examples none."""

    part: str  # inputs or expected
    name: str  # empty where `expected` is the right answer itself
    kind: str
    blank: int

    @property
    def in_words(self) -> str:
        blank = f", {self.blank:,} blank" if self.blank else ""
        return f"{self.name} ({self.kind}{blank})".strip()


def fields_of(examples: Dataset) -> list[Field]:
    """The inputs in the order they first come, then the right answers."""
    inputs = [each.inputs for each in examples]
    expected = [_named(each) for each in examples]
    found = [_field("inputs", name, inputs) for name in _names(inputs)]
    right = [_field("expected", name, expected) for name in _names(expected)]
    return found + [each for each in right if each.blank < len(examples)]


def _named(example: Example) -> Mapping[str, Any]:
    whole = example.expected
    return whole if isinstance(whole, Mapping) else {} if whole is None else {"": whole}


def _names(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _field(part: str, name: str, rows: Iterable[Mapping[str, Any]]) -> Field:
    values = [row.get(name) for row in rows]
    given = [value for value in values if not is_blank(value)]
    if given and all(map(is_conversation, given)):
        return Field(part, name, "conversations", len(values) - len(given))
    kinds = {type(value) for value in given}
    if kinds == {int, float}:
        kinds = {float}
    shown = sorted(KINDS.get(kind, kind.__name__) for kind in kinds)
    return Field(part, name, " or ".join(shown) or "empty", len(values) - len(given))


def described(examples: Dataset) -> str:
    """tickets: 60 examples; inputs message (text); expected label (text, 3 blank); tags language;
    2 rows blank and left out (lines 3 and 4).
    """
    noticed = [in_words(examples.remarks)] if examples.remarks else []
    return "; ".join([summary(examples), *noticed])


def summary(examples: Dataset) -> str:
    """What examples hold, without what was noticed while they were read."""
    fields = fields_of(examples)
    parts = [f"{examples.name}: {words.count(len(examples), 'example')}"]
    for part, none in (("inputs", "no inputs"), ("expected", "no right answers")):
        named = [each.in_words for each in fields if each.part == part]
        more = [f"{len(named) - MOST_FIELDS} more"] if len(named) > MOST_FIELDS else []
        parts.append(f"{part} {', '.join(named[:MOST_FIELDS] + more)}" if named else none)
    parts += [f"tags {', '.join(examples.tags)}"] if examples.tags else []
    return "; ".join(parts)
