# pyright: strict
"""Commands that this process starts under a supervisor, and how they end.

A child, or its supervisor, holds the reading end of a pipe whose writing end only this process has:
its end, be it by `end`, at exit or by `kill -9`, is the sign to go.
"""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from workbench.models.servers.kind import Kind, script
from workbench.models.servers.sharing import Place
from workbench.secrets import is_secret_name

LEAVE_SECONDS = 20  # that an ended command may take to go; its supervisor alone takes up to ten


@dataclass(frozen=True, slots=True, eq=False)
class Child:
    """A process of this one's: the leader of a session in which its workers are, too."""

    process: subprocess.Popen[bytes]
    log: Path
    place: Place | None = None  # where other processes may use what it serves

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def let_go(self) -> None:
        """The sign to end; it goes on for as long as another process uses it."""
        assert self.process.stdin
        self.process.stdin.close()

    def end(self) -> None:
        """Wait for what was let go of, if nobody else uses it; kill its session if it stays."""
        if not self.runs or self._is_used():
            return  # long gone perhaps, and its number another's by now
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=LEAVE_SECONDS)
        if not self._is_used():
            _kill(self.process.pid)
            self.process.wait()

    def _is_used(self) -> bool:
        return self.runs and self.place is not None and self.place.others_use()


def spawn(command: Sequence[str], kind: Kind, log: Path) -> Child:
    """Start a command that ends by itself once its pipe does."""
    return _spawned(command, kind, log, None, ())


def spawn_supervised(
    command: Sequence[str], kind: Kind, log: Path, place: Place, turn: IO[bytes]
) -> Child:
    """Start a command under a supervisor, which takes over the turn."""
    under = script("supervision_child.py", str(place.record_file), str(turn.fileno()), *command)
    return _spawned(under, kind, log, place, (turn.fileno(),))


def _spawned(
    command: Sequence[str], kind: Kind, log: Path, place: Place | None, handed_on: Sequence[int]
) -> Child:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(kind),
            pass_fds=handed_on,
            # an interrupt in the terminal or notebook is not meant for it
            start_new_session=True,
        )
    child = Child(process, log, place)
    name = f"end of {process.pid}"
    threading.Thread(target=_clear_after, args=(process,), name=name, daemon=True).start()
    return child


def environment(kind: Kind) -> Mapping[str, str]:
    """This process's variables without keys that are none of the command's, and with usage reports
    off.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in kind.keys or not is_secret_name(name)
    }
    return {**kind.environment(), **kept, "DO_NOT_TRACK": "1", "PYTHONUNBUFFERED": "1"}


def _clear_after(process: subprocess.Popen[bytes]) -> None:
    """Whatever ended it, `kill -9` of the supervisor too: nothing of its session stays."""
    process.wait()
    _kill(process.pid)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
