# pyright: strict
"""Processes of this machine by their session, where the system lists them in /proc."""

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process that runs: one that merely waits to be reaped is none."""

    pid: int
    session: int
    name: str


def of_session(session: int) -> list[Process]:
    """The processes of a session, lowest number first."""
    return sorted((each for each in _all() if each.session == session), key=_by_pid)


def end_session(session: int) -> None:
    """Kill what runs of a session, at once: it has lost its supervisor."""
    for each in of_session(session):
        with contextlib.suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGKILL)


def boot() -> str:
    """Names the time since the machine was started; empty where it is not told."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def _by_pid(process: Process) -> int:
    return process.pid


def _all() -> Iterator[Process]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # "12 (a name) S 1 12 12 ...": a name may hold anything, brackets too
            before, _, after = (folder / "stat").read_text().rpartition(")")
        except OSError:  # it has ended
            continue
        state, _parent, _group, session = after.split()[:4]
        if state not in "ZX":
            yield Process(int(folder.name), int(session), before.partition("(")[2])
