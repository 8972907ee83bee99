# pyright: strict
"""Values of JSON that others wrote, whatever their kind."""

from typing import Any, cast


def mapping(value: Any) -> dict[str, Any]:
    """A mapping as it is, anything else as an empty one."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """A list as it is, anything else as an empty one."""
    return cast(list[Any], value) if isinstance(value, list) else []
