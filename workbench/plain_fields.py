# pyright: strict
"""Frozen dataclasses as plain data, and back by the types of their fields."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

UNIONS = (Union, UnionType)


def plain(value: Any) -> Any:
    """A dataclass as a mapping, a date as text, and what else holds values as list or mapping."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.init}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in cast(list[Any], value)]
    return value


def read(kind: Any, value: Any) -> Any:
    """The way back from `plain`. TypeError, KeyError or ValueError where it is no such thing; a
    field that is not there has its default.
    """
    if get_origin(kind) in UNIONS:
        return _one_of(get_args(kind), value)
    if is_dataclass(kind):
        return _dataclass(cast(type, kind), value)
    if kind is date:
        return date.fromisoformat(value)
    if kind is float:
        return float(value)
    return _held(get_origin(kind), get_args(kind), value)


def _held(origin: Any, of: tuple[Any, ...], value: Any) -> Any:
    """A tuple or a mapping with what it holds; anything else as it is."""
    if origin is tuple:
        kinds = of[:1] * len(value) if of[1:] == (...,) else of
        return tuple(read(each, one) for each, one in zip(kinds, value, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {_key(of[0], name): read(of[1], each) for name, each in value.items()}
    return value


def _key(kind: Any, name: str) -> Any:
    """A key, which JSON knows as text alone."""
    return int(name) if kind is int else name


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    """By the first kind that has the fields of the value; scalars are as they are."""
    if value is None and NoneType in kinds:
        return None
    classes = [kind for kind in kinds if is_dataclass(kind)]
    if isinstance(value, Mapping):
        named = cast(Mapping[str, Any], value).keys()
        classes = [kind for kind in classes if named == _hints(cast(type, kind)).keys()] or classes
        return read(classes[0], value) if classes else cast(Any, value)
    left = [kind for kind in kinds if kind is not NoneType]
    return read(left[0], value) if len(left) == 1 else value


def _dataclass(kind: type, value: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    return kind(**{name: read(hints[name], each) for name, each in value.items() if name in hints})


@cache
def _hints(kind: type) -> dict[str, Any]:
    """The types of the fields that a value is made of."""
    known = get_type_hints(kind)
    return {each.name: known[each.name] for each in fields(kind) if each.init}
