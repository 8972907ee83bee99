"""Arguments of another kind than a public verb takes, refused in a line that says what to give."""

from collections.abc import Iterable
from inspect import isawaitable, iscoroutine
from numbers import Real
from typing import Any

Kinds = type | tuple[type, ...]


def expect(given: object, kinds: Kinds, what: str, step: str) -> None:
    """TypeError where an argument is of none of these kinds; `step` says where one comes from."""
    if not isinstance(given, kinds):
        raise misfit(given, what, step)


def misfit(given: object, what: str, step: str) -> TypeError:
    """The error that says what was given, and what to do; one `await` is all that some lack."""
    if not isawaitable(given):
        return TypeError(f"{what} is {kind_of(given)}: {step}")
    if iscoroutine(given):
        given.close()  # else Python warns of it a second time
    awaited = "write `await` before the call that makes it"
    return TypeError(f"{what} is still to be awaited: {awaited}")


def expect_each(given: Any, kinds: Kinds, what: str, step: str) -> None:
    """TypeError where a list is none, or holds something else."""
    expect(given, Iterable, what, step)
    for each in given:
        if isinstance(given, str) or not isinstance(each, kinds):
            place = f"{what} are" if isinstance(given, str) else f"{what} hold"
            raise TypeError(f"{place} {kind_of(each)}: {step}")


def expect_number(given: Any, what: str, low: float, high: float, such: str) -> None:
    """ValueError where a number is none, or lies outside of `low` to below `high`."""
    is_number = isinstance(given, Real) and not isinstance(given, bool)
    if not (is_number and low <= float(given) < high):
        raise ValueError(f"{what} is {given!r}: give {such}")


def kind_of(given: object) -> str:
    """What a thing is: a class is named as one, for it may be meant to be called."""
    if isinstance(given, type):
        return f"the class {given.__name__}"
    name = type(given).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
