"""A message's statements as Nunjucks, in which promptfoo writes its prompts."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from workbench.exchange.carrying import JSON_OTHERWISE, Lost, Untold
from workbench.exchange.trees import TEMPLATE_SIGNS, Part, values_in
from workbench.prompts.syntax import Tree

FILTERS = {
    "capitalize": "capitalize", "d": "default", "default": "default", "first": "first",
    "join": "join", "last": "last", "length": "length", "count": "length", "lower": "lower",
    "title": "title", "trim": "trim", "upper": "upper", "tojson": "dump",
}  # fmt: skip
TESTS = {"defined": "defined", "undefined": "undefined", "even": "even", "odd": "odd"}
SIGNS = {
    "eq": "===", "ne": "!==", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in",
    "notin": "not in",
}  # fmt: skip


_SIGN = re.compile("|".join(map(re.escape, TEMPLATE_SIGNS)))


def nunjucks(statements: Sequence[Tree]) -> str:
    """The text of a template; Untold names what Nunjucks has no words for."""
    return "".join(map(_statement, statements))


def loose(part: Part) -> Iterator[Lost]:
    """What Nunjucks writes a little otherwise."""
    for line, (kind, *rest) in values_in(part.what):
        if kind == "filter" and rest[0] == "tojson":
            yield Lost("text", JSON_OTHERWISE, part.line + line - 1)


def _statement(statement: Tree) -> str:
    kind, *parts = statement
    if kind == "text":
        return _literal(parts[0])
    try:
        return _written(kind, parts)
    except Untold as fault:
        raise Untold(str(fault), fault.line or parts[0]) from None


def _written(kind: str, parts: list[Any]) -> str:
    if kind == "write":
        return f"{{{{ {_value(parts[1])} }}}}"
    if kind == "if":
        _, test, body, otherwise = parts
        ends = f"{{% else %}}{nunjucks(otherwise)}" if otherwise else ""
        return f"{{% if {_value(test)} %}}{nunjucks(body)}{ends}{{% endif %}}"
    _, names, over, test, body, otherwise = parts
    if test:
        raise Untold("a loop with a condition of its own has no counterpart")
    ends = f"{{% else %}}{nunjucks(otherwise)}" if otherwise else ""
    return f"{{% for {_names(names)} in {_over(over)} %}}{nunjucks(body)}{ends}{{% endfor %}}"


def _names(names: Any) -> str:
    if isinstance(names, str):
        return names
    if all(isinstance(each, str) for each in names):
        return ", ".join(names)
    raise Untold("a loop that takes values within values apart has no counterpart")


def _over(value: Tree) -> str:
    """What a loop runs over; the items of a mapping are its own there."""
    return _value(value[2]) if value[0] == "filter" and value[1] == "items" else _value(value)


def _literal(text: str) -> str:
    """Text in which no sign of a template is read."""
    return _SIGN.sub(lambda sign: f'{{{{ "{sign[0]}" }}}}', text)


def _value(value: Tree) -> str:
    kind, *parts = value
    if kind not in _WORDS:
        raise Untold(f"{'a slice' if kind == 'slice' else kind} has no counterpart")
    return _WORDS[kind](*parts)


def _plain(value: Any) -> str:
    return json.dumps(value)


def _get(of: Tree, key: Tree) -> str:
    if of == ["name", "loop"]:
        return f"loop.{key[1]}"
    if key[0] == "value" and isinstance(key[1], int) and key[1] < 0:
        raise Untold("a place counted from the end has no counterpart")
    return f"{_value(of)}[{_value(key)}]"


def _filter(name: str, of: Tree, given: list[Tree], named: dict[str, Tree]) -> str:
    if name not in FILTERS:
        raise Untold(f"the filter {name} has no counterpart")
    arguments = ", ".join(map(_value, [*given, *named.values()]))
    return f"({_value(of)} | {FILTERS[name]}{f'({arguments})' if arguments else ''})"


def _test(name: str, of: Tree) -> str:
    if name not in TESTS:
        raise Untold(f"the test {name} has no counterpart")
    return f"({_value(of)} is {TESTS[name]})"


def _compare(first: Tree, others: list[list[Any]]) -> str:
    if len(others) > 1:
        raise Untold("a comparison of more than two values has no counterpart")
    [[word, other]] = others
    return f"({_value(first)} {SIGNS[word]} {_value(other)})"


def _choose(test: Tree, then: Tree, otherwise: Tree | None) -> str:
    other = _value(otherwise) if otherwise else '""'
    return f"({_value(then)} if {_value(test)} else {other})"


_WORDS = {
    "name": str,
    "value": _plain,
    "get": _get,
    "filter": _filter,
    "test": _test,
    "compare": _compare,
    "and": lambda left, right: f"({_value(left)} and {_value(right)})",
    "or": lambda left, right: f"({_value(left)} or {_value(right)})",
    "not": lambda of: f"(not {_value(of)})",
    "neg": lambda of: f"-{_value(of)}",
    "choose": _choose,
    "list": lambda values: f"[{', '.join(map(_value, values))}]",
    "tuple": lambda values: f"[{', '.join(map(_value, values))}]",
    "dict": lambda pairs: f"{{{', '.join(f'{_value(key)}: {_value(v)}' for key, v in pairs)}}}",
}
