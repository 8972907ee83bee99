"""What a notebook says of an argument that a public verb or class does not take: what is meant."""

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any

from workbench.meant import instead

_UNKNOWN = re.compile(r"([\w.]+)\(\) got an unexpected keyword argument '(\w+)'")
_GUESS = re.compile(r"\. Did you mean '\w+'\?$")  # Python's own, from 3.13 on
_PLACES = ("", ".labels", ".filters", ".testing", ".sections.figures")  # of public names


def tell_of_keywords(ipython: Any) -> None:
    """Let the notebook's errors say it, unless somebody has a say in them already."""
    if not ipython.custom_exceptions:
        ipython.set_custom_exc((TypeError,), _show)


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    traceback: TracebackType,
    tb_offset: int | None = None,
) -> None:
    said = _GUESS.sub("", str(error))
    if step := meant_keyword(said, shell.user_ns):
        error.args = (f"{said}: {step}",)
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)


def meant_keyword(said: str, names: Mapping[str, Any]) -> str:
    """is 'critics' meant? It takes ...; empty where Python's words are of no call of ours, or of a
    function of the user's own `names`.
    """
    found = _UNKNOWN.fullmatch(said)
    if found is None or _is_own(names.get(found[1].partition(".")[0])):
        return ""
    for called in _called(found[1]):
        taken = [
            each.name for each in filter(_named, inspect.signature(called).parameters.values())
        ]
        if taken and found[2] not in taken:
            return instead(found[2], taken, "it takes")
    return ""


def _named(taken: inspect.Parameter) -> bool:
    """Whether an argument may be given by its name."""
    by_name = taken.kind in (taken.POSITIONAL_OR_KEYWORD, taken.KEYWORD_ONLY)
    return by_name and taken.name != "self"


def _is_own(value: object) -> bool:
    module = getattr(value, "__module__", "")
    return callable(value) and not str(module).startswith("workbench")


def _called(name: str) -> Iterator[Callable[..., Any]]:
    """What is called so among the public names that are in use."""
    first, *parts = name.split(".")
    for place in filter(None, (sys.modules.get(f"workbench{each}") for each in _PLACES)):
        value = vars(place).get(first)
        for part in parts:
            value = getattr(value, part, None)
        if callable(value):
            yield value
