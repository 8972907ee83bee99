"""A prompt's messages as plain data, from which the formats of other tools are written."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from workbench.prompts import Prompt
from workbench.prompts.pieces import Text
from workbench.prompts.syntax import Tree, tree

TEMPLATE_SIGNS = ("{{", "{%", "{#")


class Part(NamedTuple):
    """A text with its statements, or the place of a conversation or an image with its name."""

    kind: str  # text, thread or image
    what: Any
    line: int  # of the prompt's file, on which a text begins


class Spoken(NamedTuple):
    """A message: who speaks, and what it is made of."""

    role: str
    parts: tuple[Part, ...]


def spoken(prompt: Prompt) -> list[Spoken]:
    """The messages of a prompt."""
    return [
        Spoken(message.role, tuple(map(_part, pieces)))
        for message, pieces in zip(prompt.messages, prompt.pieces, strict=True)
    ]


def _part(piece: Any) -> Part:
    if not isinstance(piece, Text):
        return Part(piece.kind, piece.name, 0)
    template = piece.template
    statements = tree(template.text) if template.compiled else [["text", template.text]]
    return Part("text", _without_ends(statements), piece.line)


def _without_ends(statements: list[Tree]) -> list[Tree]:
    """Line breaks at the ends of a message are never sent; where a block stands, its lines may."""
    made = [list(each) for each in statements]
    if made and made[0][0] == "text":
        made[0][1] = made[0][1].lstrip("\n")
    if made and made[-1][0] == "text":
        made[-1][1] = made[-1][1].rstrip("\n")
    return made


def ends_in_a_block(statements: Sequence[Tree]) -> bool:
    """Whether a message may begin or end with line breaks that a rendering has to strip."""
    ends = [statements[0], statements[-1]] if statements else []
    return any(each[0] in ("if", "for") for each in ends)


def values_in(statements: Sequence[Tree]) -> Iterator[tuple[int, Tree]]:
    """Every expression of a text and those within it, each with its line in the text."""
    for kind, *parts in statements:
        if kind == "write":
            yield from _within(parts[0], parts[1])
        elif kind == "if":
            yield from _within(parts[0], parts[1])
            yield from (each for body in parts[2:] for each in values_in(body))
        elif kind == "for":
            yield from _within(parts[0], parts[2])
            yield from _within(parts[0], parts[3]) if parts[3] else ()
            yield from (each for body in parts[4:] for each in values_in(body))


def _within(line: int, value: Any) -> Iterator[tuple[int, Tree]]:
    if isinstance(value, list) and value and isinstance(value[0], str):
        yield line, value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        if isinstance(each, list | dict):
            yield from _within(line, each)
