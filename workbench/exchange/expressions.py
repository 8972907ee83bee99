"""Statements and expressions of templates as plain data, written with values; the standard library
alone, for an exported prompt holds this text.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from numbers import Number
from typing import Any


class PromptFault(ValueError):
    """Why an input cannot be written, or a reply not be used."""


class Missing:
    """A value that is not there: it can be asked for, and used in no other way."""

    def __init__(self, name: Any) -> None:
        self.name = name

    def _refuse(self, *_: Any) -> Any:
        raise PromptFault(f"the inputs lack {self.name}")

    __bool__ = __contains__ = __eq__ = __getitem__ = __hash__ = __iter__ = __len__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __ne__ = __neg__ = __reversed__ = __str__ = _refuse


def write(statements: Any, values: Mapping[str, Any]) -> str:
    """The text of a message's template; PromptFault names what is missing."""
    try:
        return "".join(_written(statements, values)).strip("\n")
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise PromptFault(str(error)) from None


def _written(statements: Any, names: Mapping[str, Any]) -> Iterator[str]:
    for kind, *parts in statements:
        if kind == "text":
            yield parts[0]
        elif kind == "write":
            yield _as_text(value_of(parts[1], names))
        elif kind == "if":
            _, test, body, otherwise = parts
            yield from _written(body if value_of(test, names) else otherwise, names)
        else:
            yield from _looped(parts, names)


def _as_text(value: Any) -> str:
    if isinstance(value, (list, tuple)) and value and all(map(_is_turn, value)):
        raise PromptFault("a conversation would be written as one text: declare it kind: thread")
    return "" if value is None else str(value)


def _is_turn(value: Any) -> bool:
    return isinstance(value, Mapping) and {"role", "content"} <= value.keys()


def _looped(parts: list[Any], names: Mapping[str, Any]) -> Iterator[str]:
    _, target, over, test, body, otherwise = parts
    found = value_of(over, names)
    if not isinstance(found, (list, tuple, dict, Missing)):
        raise TypeError(f"a loop reads a list or a mapping, not {type(found).__name__}")
    bound = [_bound(target, each) for each in found]
    turns = [own for own in bound if test is None or value_of(test, {**names, **own})]
    for index, own in enumerate(turns):
        yield from _written(body, {**names, **own, "loop": _loop(index, len(turns))})
    if not turns:
        yield from _written(otherwise, names)


def _loop(index: int, length: int) -> dict[str, Any]:
    return {
        "index": index + 1, "index0": index, "revindex": length - index,
        "revindex0": length - index - 1, "first": index == 0, "last": index == length - 1,
        "length": length,
    }  # fmt: skip


def _bound(target: Any, value: Any) -> dict[str, Any]:
    """The names of a loop's turn, with their values."""
    if isinstance(target, str):
        return {target: value}
    parts = list(value)
    if len(parts) != len(target):
        raise ValueError(f"a loop takes {len(target)} names, and a turn has {len(parts)} values")
    return {name: each for pair in zip(target, parts) for name, each in _bound(*pair).items()}  # noqa: B905


def value_of(expression: Any, names: Mapping[str, Any]) -> Any:
    """What an expression says of values by their names."""
    kind, *parts = expression
    return _EXPRESSIONS[kind](names, *parts)


def _got(names: Mapping[str, Any], of: Any, key: Any) -> Any:
    owner, wanted = value_of(of, names), value_of(key, names)
    try:
        return owner[wanted]
    except (AttributeError, TypeError, LookupError):
        return Missing(wanted)


def _sliced(names: Mapping[str, Any], of: Any, *ends: Any) -> Any:
    return value_of(of, names)[slice(*(end and value_of(end, names) for end in ends))]


def _filtered(names: Mapping[str, Any], name: str, of: Any, given: Any, named: Any) -> Any:
    arguments = [value_of(each, names) for each in given]
    by_name = {key: value_of(each, names) for key, each in named.items()}
    return _FILTERS[name](value_of(of, names), *arguments, **by_name)


def _compared(names: Mapping[str, Any], first: Any, others: Any) -> bool:
    left, holds = value_of(first, names), True
    for word, other in others:
        right = value_of(other, names)
        holds = _COMPARED[word](left, right)
        if not holds:
            return holds
        left = right
    return holds


def _chosen(names: Mapping[str, Any], test: Any, then: Any, otherwise: Any) -> Any:
    if value_of(test, names):
        return value_of(then, names)
    return Missing("else") if otherwise is None else value_of(otherwise, names)


_EXPRESSIONS: dict[str, Callable[..., Any]] = {
    "name": lambda names, name: names.get(name, Missing(name)),
    "value": lambda names, value: value,
    "get": _got,
    "slice": _sliced,
    "filter": _filtered,
    "test": lambda names, name, of: _TESTS[name](value_of(of, names)),
    "compare": _compared,
    "and": lambda names, left, right: value_of(left, names) and value_of(right, names),
    "or": lambda names, left, right: value_of(left, names) or value_of(right, names),
    "not": lambda names, of: not value_of(of, names),
    "neg": lambda names, of: -value_of(of, names),
    "choose": _chosen,
    "list": lambda names, values: [value_of(each, names) for each in values],
    "tuple": lambda names, values: tuple(value_of(each, names) for each in values),
    "dict": lambda names, pairs: {
        value_of(key, names): value_of(value, names) for key, value in pairs
    },
}
_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": lambda left, right: left < right,
    "lteq": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "gteq": lambda left, right: left >= right,
    "in": lambda left, right: left in right,
    "notin": lambda left, right: left not in right,
}


def _default(value: Any, default_value: Any = "", boolean: bool = False) -> Any:
    return default_value if isinstance(value, Missing) or (boolean and not value) else value


def _title(text: str) -> str:
    words = re.split(r"([-\s({\[<]+)", text)
    return "".join(word[:1].upper() + word[1:].lower() for word in words)


def _items(value: Any) -> list[Any]:
    if not isinstance(value, dict):
        raise TypeError("items reads a mapping")
    return list(value.items())


def _json(value: Any) -> str:
    """JSON in which no tag of HTML can stand."""
    text = json.dumps(value, sort_keys=True)
    for sign in "<>&'":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _of_text(change: Callable[[str], str]) -> Callable[[Any], str]:
    return lambda value: change("" if value is None else str(value))


_FILTERS: dict[str, Callable[..., Any]] = {
    "capitalize": _of_text(str.capitalize),
    "count": len,
    "d": _default,
    "default": _default,
    "first": lambda value: next(iter(value), Missing("first")),
    "items": _items,
    "join": lambda values, separator="": str(separator).join(map(_joined, values)),
    "last": lambda value: next(reversed(value), Missing("last")),
    "length": len,
    "lower": _of_text(str.lower),
    "title": _of_text(_title),
    "tojson": _json,
    "trim": _of_text(str.strip),
    "upper": _of_text(str.upper),
}


def _joined(value: Any) -> str:
    return "" if value is None else str(value)


def _is_iterable(value: Any) -> bool:
    try:
        iter(value)
    except TypeError:
        return False
    return True


def _is_sequence(value: Any) -> bool:
    return not isinstance(value, Missing) and all(map(partial(hasattr, value), _OF_SEQUENCE))


_OF_SEQUENCE = ("__len__", "__getitem__")
_TESTS: dict[str, Callable[[Any], bool]] = {
    "boolean": lambda value: value is True or value is False,
    "defined": lambda value: not isinstance(value, Missing),
    "even": lambda value: value % 2 == 0,
    "false": lambda value: value is False,
    "float": lambda value: isinstance(value, float),
    "integer": lambda value: isinstance(value, int) and value is not True and value is not False,
    "iterable": _is_iterable,
    "mapping": lambda value: isinstance(value, Mapping),
    "none": lambda value: value is None,
    "number": lambda value: isinstance(value, Number),
    "odd": lambda value: value % 2 == 1,
    "sequence": _is_sequence,
    "string": lambda value: isinstance(value, str),
    "true": lambda value: value is True,
    "undefined": lambda value: isinstance(value, Missing),
}
