"""What a message's template says, as plain data that other languages can be written from."""

from collections.abc import Sequence
from typing import Any

from jinja2 import nodes

from workbench.prompts.sandbox import ENVIRONMENT

Tree = list[Any]
# A statement is ["text", text], ["write", line, value], ["if", line, test, body, otherwise] or
# ["for", line, names, over, test, body, otherwise]. A value is ["name", name], ["value", plain],
# ["get", of, key], ["slice", of, start, stop, step], ["filter", name, of, values, named],
# ["test", name, of], ["compare", first, [[word, value], ...]], ["and" | "or", left, right],
# ["not" | "neg", of], ["choose", test, value, otherwise], ["list" | "tuple", values]
# or ["dict", [[key, value], ...]].


def tree(source: str) -> list[Tree]:
    """The statements of a template that was checked when its prompt was made."""
    return _body(ENVIRONMENT.parse(source).body)


def _body(statements: Sequence[nodes.Node]) -> list[Tree]:
    return [each for statement in statements for each in _statement(statement)]


def _statement(node: Any) -> list[Tree]:
    if isinstance(node, nodes.Output):
        return [_written(part, node.lineno) for part in node.nodes]
    if isinstance(node, nodes.If):
        return [_if(node)]
    names, test = _names(node.target), _value(node.test) if node.test else None
    body, otherwise = _body(node.body), _body(node.else_)
    return [["for", node.lineno, names, _value(node.iter), test, body, otherwise]]


def _written(part: nodes.Node, line: int) -> Tree:
    if isinstance(part, nodes.TemplateData):
        return ["text", part.data]
    return ["write", part.lineno or line, _value(part)]


def _if(node: nodes.If) -> Tree:
    """Every `elif` as an `if` of its own, within what is otherwise."""
    otherwise = _body(node.else_)
    for each in reversed(node.elif_):
        otherwise = [["if", each.lineno, _value(each.test), _body(each.body), otherwise]]
    return ["if", node.lineno, _value(node.test), _body(node.body), otherwise]


def _names(target: Any) -> Any:
    """The name of a loop's variable, or the names that its parts go to."""
    return [_names(each) for each in target.items] if hasattr(target, "items") else target.name


def _value(node: Any) -> Tree:
    return _VALUES[type(node)](node)


def _values(found: Sequence[nodes.Node]) -> list[Tree]:
    return [_value(each) for each in found]


def _getitem(node: nodes.Getitem) -> Tree:
    if isinstance(node.arg, nodes.Slice):
        parts = (node.arg.start, node.arg.stop, node.arg.step)
        return ["slice", _value(node.node), *(_value(part) if part else None for part in parts)]
    return ["get", _value(node.node), _value(node.arg)]


def _filter(node: nodes.Filter) -> Tree:
    named = {each.key: _value(each.value) for each in node.kwargs}
    return ["filter", node.name, _value(node.node), _values(node.args), named]


def _choose(node: nodes.CondExpr) -> Tree:
    otherwise = _value(node.expr2) if node.expr2 else None
    return ["choose", _value(node.test), _value(node.expr1), otherwise]


_VALUES = {
    nodes.Name: lambda node: ["name", node.name],
    nodes.Const: lambda node: ["value", node.value],
    nodes.TemplateData: lambda node: ["value", node.data],
    nodes.Getattr: lambda node: ["get", _value(node.node), ["value", node.attr]],
    nodes.Getitem: _getitem,
    nodes.Filter: _filter,
    nodes.Test: lambda node: ["test", node.name, _value(node.node)],
    nodes.Compare: lambda node: [
        "compare", _value(node.expr), [[each.op, _value(each.expr)] for each in node.ops]
    ],
    nodes.And: lambda node: ["and", _value(node.left), _value(node.right)],
    nodes.Or: lambda node: ["or", _value(node.left), _value(node.right)],
    nodes.Not: lambda node: ["not", _value(node.node)],
    nodes.Neg: lambda node: ["neg", _value(node.node)],
    nodes.CondExpr: _choose,
    nodes.List: lambda node: ["list", _values(node.items)],
    nodes.Tuple: lambda node: ["tuple", _values(node.items)],
    nodes.Dict: lambda node: [
        "dict", [[_value(each.key), _value(each.value)] for each in node.items]
    ],
}  # fmt: skip
