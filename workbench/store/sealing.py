"""Whether what a store gives back is what was written: a run's documents and rows are sealed, looks
and examples are named by their content.

A seal finds what was changed by accident or by hand; who means to deceive can make one. Documents
of old have none, and are read as they are.
"""

import contextlib
import hashlib
import math
from collections.abc import Iterator
from typing import Any

from workbench.errors import StoreError
from workbench.store.text import unpack

_KEY = "seal"
_LENGTH = len('"seal":"0123456789abcdef"}')


class Damaged(StoreError):
    """Something in a store that is not what was written."""


AGAIN = "run it again to have it written anew"
CHANGED = "it was changed since it was written"


def damaged(what: str, why: str = CHANGED, step: str = AGAIN) -> Damaged:
    return Damaged(f"{what} is damaged and not used ({why}): {step}")


@contextlib.contextmanager
def reading(what: str, step: str = AGAIN) -> Iterator[None]:
    """Damaged, which says what is and why, where stored data cannot be made sense of."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise damaged(what, f"{type(error).__name__}: {str(error)[:80]}", step) from error


def sealed(body: bytes, *about: object) -> bytes:
    """A JSON object with a seal on it, and on the columns that stand beside it."""
    comma = b"," if body != b"{}" else b""
    return b'%b%b"seal":"%b"}' % (body[:-1], comma, _seal(body, about))


def unsealed(stored: bytes, what: str, *about: object) -> dict[str, Any]:
    """The way back; Damaged where one of them was changed since."""
    with reading(what):
        value = unpack(stored)
    if not isinstance(value, dict):
        raise damaged(what)
    if value.pop(_KEY, None) is None:
        return value
    body = stored[:-_LENGTH].removesuffix(b",") + b"}"
    if sealed(body, *about) != stored:
        raise damaged(what)
    return value


def as_kept(number: float | None) -> float | None:
    """A number as either database gives it back: SQLite has no NaN."""
    return None if number is None or math.isnan(number) else float(number)


def _seal(body: bytes, about: tuple[object, ...]) -> bytes:
    beside = "".join([f"\0{each!r}" for each in about])
    return hashlib.blake2b(body + beside.encode(), digest_size=8).hexdigest().encode()
