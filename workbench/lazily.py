# pyright: strict
"""Packages that import what they offer when it is asked for (PEP 562), so that who needs one of
many modules does not pay for all.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def offering(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of a package; `homes` are the names that each of its modules
    has.
    """
    home_of = {name: module for module, names in homes.items() for name in names}

    def asked_for(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home_of[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return asked_for, lambda: sorted(home_of)
