# pyright: strict
"""A decision's parts as plain data."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, cast


def plain(value: Any) -> Any:
    """Plain JSON data; numbers to nine digits, NaN and infinity as None."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        items = cast(Mapping[object, object], value)
        return {str(key): plain(item) for key, item in items.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast(Sequence[object], value)]
    if value is None or isinstance(value, bool | str | int):
        return value
    number = float(value)
    return float(f"{number:.9g}") if math.isfinite(number) else None
