"""Jinja templates that may only say what an allow-list holds, with limits on what they cost."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from jinja2 import Template, meta, nodes
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer

from workbench.errors import PromptError
from workbench.meant import instead
from workbench.prompts.conversations import handwritten_roles, image_line, mustache
from workbench.prompts.needs import needed
from workbench.prompts.sandbox import (
    ENVIRONMENT,
    FILTER_ARGUMENTS,
    LOOP,
    MAX_OUTPUT,
    MAX_STEPS,
    ROOM,
    STEPS,
    TEST_NAMES,
)

MAX_SOURCE = 256 * 1024  # characters of all templates of a prompt
MAX_TOKENS = 10_000  # of Jinja's, in one message: bounds the time to parse and compile
# of nodes within nodes: Python's compiler refuses a hundred blocks or two hundred parentheses
MAX_DEPTH = 40
MAX_LOOPS = 2  # within one another

SCALARS = frozenset({str, int, float, bool, type(None)})
# of a rendering
FAULTS = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError)

RESERVED = {"caller", "kwargs", "loop", "self", "super", "varargs"}
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.CondExpr,
    nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Keyword,
    nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.Neg, nodes.Test, nodes.Filter,
)  # fmt: skip
PLAINLY = {  # what is refused, in the user's words; other nodes go by their own name
    nodes.Call: "a call", nodes.Assign: "set", nodes.AssignBlock: "set",
    nodes.Concat: "joining with ~", nodes.BinExpr: "arithmetic", nodes.UnaryExpr: "arithmetic",
    nodes.ImportedName: "import",
    nodes.FromImport: "import", nodes.Scope: "autoescape", nodes.FilterBlock: "a filter block",
    nodes.CallBlock: "a call block",
}  # fmt: skip


@dataclass(frozen=True)
class MessageTemplate:
    """One message's text, ready to be written with inputs."""

    text: str
    reads: frozenset[str]  # the names of all inputs it may read
    needs: frozenset[str]  # those without which it fails
    # text, and the name of the input behind it (empty: none), where there is nothing else
    parts: tuple[tuple[str, str], ...] | None
    compiled: Template | None  # None where nothing is to be filled in

    def filled(
        self, values: Mapping[str, Any], mark: Callable[[str], str] | None, room: int
    ) -> str | None:
        """What `write` gives, at a third of its cost, for a template of text and names of inputs
        that are texts, as most are; None for any other, and where `write` would fail.
        """
        if self.parts is None:
            return None
        made: list[str] = []
        for text, name in self.parts:
            made.append(text)
            if name:
                value = values.get(name)
                if type(value) is not str:
                    return None
                made.append(mark(value) if mark else value)
        whole = "".join(made)
        return whole.strip("\n") if len(whole) <= room else None

    def write(self, context: Context, room: int) -> str:
        """The message with inputs filled in, at most `room` characters; raises one of FAULTS."""
        if self.compiled is None:
            return self.text
        pieces = []
        for piece in self.compiled.root_render_func(context):
            room -= len(piece)
            if room < 0:
                raise ValueError(f"the messages would be longer than {MAX_OUTPUT:,} characters")
            pieces.append(piece)
        # as prompty does: a block at an end leaves an empty line
        return "".join(pieces).strip("\n")

    def line_of(self, error: BaseException) -> int:
        """The line of the template, counted from 1, where a rendering failed."""
        line, frame = 1, error.__traceback__
        while frame is not None:
            if (
                self.compiled is not None
                and frame.tb_frame.f_code.co_filename == self.compiled.filename
            ):
                line = self.compiled.get_corresponding_lineno(frame.tb_lineno)
            frame = frame.tb_next
        return line


def context_of(values: dict[str, Any]) -> Context:
    """What templates read while one prompt is rendered; `values` is taken over."""
    values[STEPS], values[ROOM] = MAX_STEPS, MAX_OUTPUT
    return Context(ENVIRONMENT, values, None, {})


def compile_message(source: str, where: str, first_line: int) -> MessageTemplate:
    """Check and compile one message; PromptError names the line of `where` that is refused."""
    try:
        return _compiled(source)
    except TemplateSyntaxError as error:
        raise PromptError(
            f"{where}, line {first_line + error.lineno - 1}: {error.message}"
        ) from None
    # of the parser, of Python's compiler
    except (RecursionError, MemoryError, SyntaxError, ValueError) as error:
        raise PromptError(
            f"{where}, line {first_line}: the template is nested too deeply or holds too much"
        ) from error


def _compiled(source: str) -> MessageTemplate:
    _refuse(image_line(source))
    try:
        tree = _parsed(source)
    except TemplateSyntaxError:
        _refuse(mustache(source))
        raise
    _check(tree)
    _refuse(handwritten_roles(tree))
    reads = frozenset(meta.find_undeclared_variables(tree))
    needs = frozenset(needed(tree, frozenset()))
    if all(
        isinstance(part, nodes.TemplateData)
        for output in tree.body
        for part in output.iter_child_nodes()
    ):
        literal = "".join(part.data for part in tree.find_all(nodes.TemplateData)).strip("\n")
        return MessageTemplate(literal, reads, needs, ((literal, ""),), None)
    parts = _parts(tree)
    _Counted().visit(tree)
    code = ENVIRONMENT.compile(tree, filename="<message of a prompt>")
    return MessageTemplate(source, reads, needs, parts, Template.from_code(ENVIRONMENT, code, {}))


def _parts(tree: nodes.Template) -> tuple[tuple[str, str], ...] | None:
    """The texts of a template, each with the name behind it; None where it holds anything else."""
    if not all(isinstance(each, nodes.Output) for each in tree.body):
        return None
    found, text = [], ""
    for node in (inner for output in tree.body for inner in output.iter_child_nodes()):
        if isinstance(node, nodes.TemplateData):
            text += node.data
        elif isinstance(node, nodes.Name):
            found.append((text, node.name))
            text = ""
        else:
            return None
    return (*found, (text, ""))


def _refuse(found: tuple[int, str] | None) -> None:
    if found:
        raise TemplateSyntaxError(found[1], found[0])


class _Counted(NodeTransformer):
    """Puts what counts against the rendering's limits around loops, slices, comparisons, and lists
    and mappings of inputs.
    """

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        node.iter = _through("each", node.iter)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        return _through("copied", node) if isinstance(node.arg, nodes.Slice) else node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:
        self.generic_visit(node)
        node.expr = _read("compared", node.expr)
        for each in node.ops:
            each.expr = _read("searched" if each.op in ("in", "notin") else "compared", each.expr)
        return node

    def visit_List(self, node: nodes.List | nodes.Tuple | nodes.Dict) -> nodes.Node:
        self.generic_visit(node)
        fixed = all(isinstance(part, nodes.Const) for part in node.items)
        return node if fixed or getattr(node, "ctx", "load") == "store" else _through("held", node)

    visit_Tuple = visit_Dict = visit_List


def _read(name: str, node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else _through(name, node)


def _through(name: str, node: Any) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno, environment=ENVIRONMENT)


def _parsed(source: str) -> nodes.Template:
    if sum(1 for _ in islice(ENVIRONMENT.lex(source), MAX_TOKENS + 1)) > MAX_TOKENS:
        raise TemplateSyntaxError(
            "the template holds too many tags: write a loop, or move text into the examples", 1
        )
    try:
        return ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        torn = error.message and (
            "end of template" in error.message or "unknown tag 'e" in error.message
        )
        note = (
            " Each message is a template of its own: no block may hold a role line." if torn else ""
        )
        raise TemplateSyntaxError(f"{error.message}{note}", error.lineno) from None


def _check(tree: nodes.Template) -> None:
    """Refuse whatever the allow-list does not hold, in the order of the text; never recursive."""
    stack: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    while stack:
        node, depth, loops = stack.pop()
        reason = (
            _refusal(node, loops)
            if depth <= MAX_DEPTH
            else "nesting this deep is not allowed in a prompt"
        )
        if reason:
            lines = (inner.lineno for inner in (node, *node.find_all(nodes.Node)))
            # a block's own node may have none
            raise TemplateSyntaxError(reason, next(filter(None, lines), 1))
        if (
            isinstance(node, nodes.Getattr)
            and isinstance(node.node, nodes.Name)
            and node.node.name == "loop"
        ):
            continue  # the one place where the name `loop` may stand
        inside = loops + isinstance(node, nodes.For)
        stack += reversed([(child, depth + 1, inside) for child in node.iter_child_nodes()])


def _refusal(node: nodes.Node, loops: int) -> str:
    """Why a node is refused, or an empty string."""
    if not isinstance(node, ALLOWED):
        own_name = type(node).__name__.lower()
        name = next((words for kind, words in PLAINLY.items() if isinstance(node, kind)), own_name)
        return (
            f"{name} is not allowed in a prompt: put the value into the inputs, "
            "or write the text out"
        )
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        return _key_refusal(node, loops)
    if isinstance(node, nodes.For):
        return _loop_refusal(node, loops)
    refuse = _REFUSALS.get(type(node))
    return refuse(node) if refuse else ""


def _name_refusal(node: nodes.Name) -> str:
    if node.name.startswith("_") or node.name in RESERVED:
        return f"the name {node.name!r} is not allowed in a prompt: rename the input"
    return ""


def _test_refusal(node: nodes.Test) -> str:
    if node.name not in TEST_NAMES or node.args or node.kwargs:
        known = instead(node.name, sorted(TEST_NAMES), "use")
        return f"the test {node.name!r} is not allowed in a prompt: {known}"
    return ""


def _sign_refusal(node: nodes.Neg) -> str:
    if type(getattr(node.node, "value", None)) not in (int, float):
        return "arithmetic is not allowed in a prompt: put the value into the inputs"
    return ""


def _literal_refusal(node: nodes.Const) -> str:
    if _is_too_large(node.value):
        return "a number this large is not allowed in a prompt"
    return ""


def _is_too_large(value: Any) -> bool:
    """Whether a literal is a whole number above 64 bits, or one like 1e999 that is infinite."""
    return value == math.inf or (isinstance(value, int) and value.bit_length() > 63)


def _key_refusal(node: nodes.Getattr | nodes.Getitem, loops: int) -> str:
    """Why `a.key` or `a["key"]` is refused, or an empty string."""
    if isinstance(node, nodes.Getattr):
        key = node.attr
    else:
        key = node.arg.value if isinstance(node.arg, nodes.Const) else ""
    if isinstance(node.node, nodes.Name) and node.node.name == "loop":
        if isinstance(node, nodes.Getattr) and key in LOOP and loops:
            return ""
        return (
            f"loop.{key} is not allowed here: inside a for, use loop.{', loop.'.join(sorted(LOOP))}"
        )
    if isinstance(key, str) and key.startswith("_"):
        return f"the attribute {key!r} is not allowed in a prompt: inputs are plain data"
    return ""


def _filter_refusal(node: nodes.Filter) -> str:
    """Why a filter is refused, or an empty string."""
    most = FILTER_ARGUMENTS.get(node.name)
    if most is None:
        known = instead(node.name, sorted(FILTER_ARGUMENTS), "use")
        return f"the filter {node.name!r} is not allowed in a prompt: {known}"
    if (
        node.node is None
        or node.dyn_args
        or node.dyn_kwargs
        or len(node.args) + len(node.kwargs) > most
    ):
        takes = most or "none"
        return f"the filter {node.name!r} is not allowed with these arguments: it takes {takes}"
    if node.name == "tojson" and any(
        inner.name == "tojson" for inner in _filters_within(node.node)
    ):
        return "tojson of tojson is not allowed in a prompt: each doubles the backslashes"
    return ""


_REFUSALS: dict[type[nodes.Node], Callable[[Any], str]] = {
    nodes.Name: _name_refusal,
    nodes.Filter: _filter_refusal,
    nodes.Test: _test_refusal,
    nodes.Neg: _sign_refusal,
    nodes.Const: _literal_refusal,
}


def _filters_within(node: nodes.Node) -> Iterator[nodes.Filter]:
    if isinstance(node, nodes.Filter):
        yield node
    yield from node.find_all(nodes.Filter)


def _loop_refusal(node: nodes.For, loops: int) -> str:
    """Why a loop is refused, or an empty string."""
    if node.recursive:
        return "a recursive loop is not allowed in a prompt: write at most two loops in one another"
    if loops >= MAX_LOOPS:
        return "more than two loops in one another are not allowed in a prompt: flatten the input"
    over = node.iter
    while isinstance(over, nodes.Getattr | nodes.Getitem) or (
        isinstance(over, nodes.Filter) and _passes_on(over)
    ):
        over = over.node
    return (
        ""
        if isinstance(over, nodes.Name)
        else "a loop over anything but an input is not allowed: name an input"
    )


def _passes_on(node: nodes.Filter) -> bool:
    """Whether a filter gives a loop its input itself: `items`, or `default` with an empty list."""
    empty = all(isinstance(argument, nodes.List) and not argument.items for argument in node.args)
    return node.name == "items" or (node.name in ("d", "default") and empty and not node.kwargs)


def odd_type(value: Any) -> str:
    """The type of the first value in nested data that is not plain data, or an empty string."""
    stack = [value]
    for _ in range(MAX_STEPS):
        if not stack:
            return ""
        item = stack.pop()
        if type(item) in SCALARS:
            continue
        if isinstance(item, list | tuple):
            stack += item
        elif isinstance(item, dict):
            stack += item.keys()
            stack += item.values()
        elif not isinstance(item, str | int | float):
            return type(item).__name__
    return f"data of more than {MAX_STEPS:,} values"
