"""Values as they are typed on a command line."""

import ast
import json
from collections.abc import Sequence
from typing import Any


def typed(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Parameters by name, as they were meant."""
    return {name: typed_value(text) for name, text in pairs}


def typed_value(text: str) -> Any:
    """A value that reads as YAML's scalars (`40`, `true`, `1e-3`), as JSON (`[1, 2]`) or as Python
    (`False`, `None`, `['a']`), else the text.
    """
    from workbench.plain_yaml import core_scalar

    for read in (core_scalar, json.loads, ast.literal_eval) if text else ():
        try:
            value = read(text)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        if value != text and (read is core_scalar or not isinstance(value, _LEFT_TO_YAML)):
            return value
    return text


# JSON and Python read more as such: NaN and 1_000 may be names
_LEFT_TO_YAML = (int, float, complex, tuple, set, bytes)
