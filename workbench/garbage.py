# pyright: strict
"""Python's collector of objects that refer to one another, while there is much work."""

import contextlib
import gc
import threading
from collections.abc import Generator

SELDOM = 10_000  # new objects between two searches; Python's own number is 700, from 3.14 on 2,000

_lock = threading.Lock()
_at_work = 0  # who wants it now, in any thread
_before = 0  # the number that they found


@contextlib.contextmanager
def seldom_collecting() -> Generator[None, None, None]:
    """Search seldom, and never through what was there before: hardly any of it is garbage, and each
    search goes through all that is in flight, a tenth of a run's time.

    Who has set a larger number, or none, keeps it. The last one to leave sets things back.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _at_work, _before
    with _lock:
        _at_work += 1
        if _at_work == 1:
            _before, *others = gc.get_threshold()
            if 0 < _before < SELDOM:
                gc.set_threshold(SELDOM, *others)
        gc.freeze()


def _leave() -> None:
    global _at_work
    with _lock:
        _at_work -= 1
        if not _at_work:
            gc.unfreeze()
            gc.set_threshold(_before, *gc.get_threshold()[1:])
