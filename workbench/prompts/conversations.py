"""What a template must not do with a conversation, an image or another template language: it would
reach the model as plain text.
"""

import re
from collections.abc import Iterator

from jinja2 import nodes

ROLE, SAID = ("role",), ("content", "text", "message")
ADVICE = (
    "this loop writes the roles of a conversation, and all its turns would be one message: {give} "
    "kind: thread and write {{{{ {name} }}}} on a line of its own, so that each turn is a message"
)
FLATTENED = (
    "a conversation would be written as one text: declare the input as kind: thread, so that each "
    "turn is a message"
)
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_MUSTACHE = re.compile(r"\{\{\s*[#/^>&!=]|\{\{\{")


def handwritten_roles(tree: nodes.Template) -> tuple[int, str] | None:
    """The line of a loop that writes a turn's role and its words, and why it is refused."""
    for loop in tree.find_all(nodes.For):
        target = _turn(loop)
        if target and _writes(loop, target, ROLE) and _writes(loop, target, SAID):
            line = next(_lines_of_role(loop, target), loop.lineno)
            return line, _advice(loop.iter)
    return None


def _advice(turns: nodes.Node) -> str:
    """What to do in place of a loop over these; what lies within an input is no input."""
    while isinstance(turns, nodes.Filter) or (
        isinstance(turns, nodes.Getitem) and isinstance(turns.arg, nodes.Slice)
    ):
        turns = turns.node or nodes.Name("history", "load")
    if isinstance(turns, nodes.Name):
        return ADVICE.format(give="declare the input as", name=turns.name)
    name = turns.attr if isinstance(turns, nodes.Getattr) else "history"
    return ADVICE.format(give=f"give {name!r} as an input of its own, declare it as", name=name)


def _turn(loop: nodes.For) -> str:
    """The name of a loop's variable; empty where it has several."""
    return loop.target.name if isinstance(loop.target, nodes.Name) else ""


def _reads(node: nodes.Node, target: str, keys: tuple[str, ...]) -> Iterator[nodes.Node]:
    """Where one of the keys of the loop's variable is read."""
    for each in node.find_all((nodes.Getattr, nodes.Getitem)):
        if isinstance(each, nodes.Getattr):
            key = each.attr
        else:
            key = each.arg.value if isinstance(each.arg, nodes.Const) else ""
        if key in keys and isinstance(each.node, nodes.Name) and each.node.name == target:
            yield each


def _writes(loop: nodes.For, target: str, keys: tuple[str, ...]) -> bool:
    """Whether the loop writes such a value, or for a role words that hang on it."""
    tests = (branch.test for branch in loop.find_all((nodes.If, nodes.CondExpr)))
    asked = keys == ROLE and any(any(_reads(test, target, keys)) for test in _wrapped(tests))
    return asked or any(
        any(_reads(nodes.Output([part]), target, keys))
        for output in loop.find_all(nodes.Output)
        for part in output.nodes
    )


def _wrapped(tests: Iterator[nodes.Node]) -> Iterator[nodes.Node]:
    """`find_all` looks below a node only."""
    return (nodes.Output([test]) for test in tests)


def _lines_of_role(loop: nodes.For, target: str) -> Iterator[int]:
    return (each.lineno for each in _reads(loop, target, ROLE))


def image_line(source: str) -> tuple[int, str] | None:
    """The line that shows an image in Markdown, which would be sent as it is written."""
    if not (found := _IMAGE.search(source)):
        return None
    shown = found[0] if len(found[0]) <= 60 else f"{found[0][:59]}…"
    said = (
        f"the image {shown} would be sent as text: give it as an input of kind: image, and write "
        "that in double braces on a line of its own"
    )
    return source.count("\n", 0, found.start()) + 1, said


def mustache(source: str) -> tuple[int, str] | None:
    """The line with a tag of Mustache."""
    if not (found := _MUSTACHE.search(source)):
        return None
    tag = source[found.start() :].partition("}}")[0].split("\n")[0][:40] + "}}"
    said = f"{tag} is Mustache: messages are written in Jinja2, with {{% for %}} and {{% if %}}"
    return source.count("\n", 0, found.start()) + 1, said
