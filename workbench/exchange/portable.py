"""What of a prompt's Jinja2 lies outside the subset that every runtime of Prompty renders alike.

Source: microsoft/prompty, spec/jinja-subset.md, sections 2 to 4 (draft, 2026).
"""

from collections.abc import Iterator, Sequence

from workbench.exchange.carrying import MISSING, Lost
from workbench.exchange.trees import spoken, values_in
from workbench.prompts import Prompt
from workbench.prompts.syntax import Tree

FILTERS = ("upper", "lower", "trim", "join", "length", "default")
OUTSIDE = "{} is outside Prompty's portable Jinja"
BLANKS = "text of blanks alone between two tags is dropped by Prompty for C#"


def not_portable(prompt: Prompt) -> Iterator[Lost]:
    """The constructs that other runtimes than Python's may render otherwise, or not at all."""
    if prompt.variables:
        yield Lost("missing", MISSING)
        yield Lost("role", "prompty refuses a value that holds a line such as system:")
    for message in spoken(prompt):
        for part in message.parts:
            if part.kind == "text":
                yield from _of_text(part.what, part.line)


def _of_text(statements: Sequence[Tree], first: int) -> Iterator[Lost]:
    for line, value in values_in(statements):
        if outside := _outside(value):
            yield Lost("template", OUTSIDE.format(outside), first + line - 1)
    yield from _of_blocks(statements, first)


def _of_blocks(statements: Sequence[Tree], first: int) -> Iterator[Lost]:
    """What the statements themselves use, and those within them."""
    if any(each[0] == "text" and _is_blank(each[1]) for each in statements[1:-1]):
        yield Lost("template", BLANKS, first)
    for kind, *parts in statements:
        if kind == "for" and (parts[3] or parts[5]):
            word = "else" if parts[5] else "if"
            yield Lost("template", OUTSIDE.format(f"for with {word}"), first + parts[0] - 1)
        for body in parts[-2:] if kind in ("if", "for") else ():
            yield from _of_blocks(body, first)


def _is_blank(text: str) -> bool:
    return bool(text) and not text.strip(" \t")


def _outside(value: Tree) -> str:
    """What an expression is that the subset lacks; empty where it has it."""
    kind, *parts = value
    if kind == "filter":
        return "" if parts[0] in FILTERS else f"the filter {parts[0]}"
    if kind == "name":
        return "loop" if parts[0] == "loop" else ""
    if kind == "get":
        dotted = parts[1][0] == "value" and isinstance(parts[1][1], str)
        return "" if dotted else "a position or a key in brackets"
    return {"value": "", "test": f"the test {parts[0]}", "compare": "a comparison"}.get(
        kind, f"{kind!r} in an expression"
    )
