# pyright: strict
"""Checks bounded in processor time: what a pattern makes of one answer may take for ever."""

import math
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from workbench.critics.verdict import Verdict

Critic = TypeVar("Critic")
Given = ParamSpec("Given")
SECONDS = 2.0  # of the processor, for one answer; a check takes microseconds


class SlowCheckError(Exception):
    """A check that came to no end in time."""


def in_time(
    verdict: Callable[Concatenate[Critic, Given], Verdict],
) -> Callable[Concatenate[Critic, Given], Verdict]:
    """A check's `verdict` that leaves an answer unscored on which it takes too long."""

    @wraps(verdict)
    def bounded(critic: Critic, *given: Given.args, **named: Given.kwargs) -> Verdict:
        try:
            with _bounded():
                return verdict(critic, *given, **named)
        except SlowCheckError:
            slow = f"not checked: more than {SECONDS:g} s of the processor on this answer"
            return Verdict(math.nan, "", slow, "check")

    return bounded


@contextmanager
def _bounded() -> Generator[None]:
    """Raise SlowCheckError within, after SECONDS; not on Windows, and not in other threads than the
    main one, which alone hears signals.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() != threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before or signal.SIG_DFL)


def _too_slow(*_: object) -> None:
    raise SlowCheckError
