# pyright: strict
"""Servers that processes of this machine share, and what is left of those whose supervisor was
killed.

A server has two files in a folder of the user's own. Whoever uses it holds a shared lock on its
record, and its supervisor takes the exclusive one before it ends it: so a server lives as long as
one process uses it. The supervisor holds the lock on the second file, its turn, all its life:
whether it lives, and may be joined, is asked of that lock, which goes with it however it ends.
"""

import fcntl
import json
import os
import stat
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from workbench.errors import ModelError
from workbench.models.servers.processes import Process, boot, end_session, of_session

PROBES, PROBE_SECONDS = 10, 0.005  # of a lock that may be held for a moment


@dataclass(frozen=True, slots=True)
class Record:
    """A server as other processes need to know it."""

    what: str  # in words
    session: int  # the number of its supervisor, and of its session
    port: int
    log: str
    boot: str  # of the machine: numbers of processes begin anew with it


class Place:
    """Where a server that is like others in all that matters has its record and its turn."""

    def __init__(self, identity: str) -> None:
        self.record_file = _folder() / f"{identity}.json"
        self._turn_file = self.record_file.with_suffix(".turn")

    def use(self) -> IO[bytes]:
        """Become a user of whatever server is here, until the file is closed."""
        file = _opened(self.record_file)
        fcntl.flock(file, fcntl.LOCK_SH)  # a supervisor about to end its server has it for a moment
        return file

    def running(self) -> Record | None:
        """The server that is here, if its supervisor lives."""
        return None if self._is_free() else _read(self.record_file)

    def enter(self, record: Record) -> None:
        """The server that is here now."""
        self.record_file.write_text(json.dumps(asdict(record)))

    def turn(self) -> IO[bytes]:
        """The lock that the supervisor to be holds; while another has it, it is that one's to wait
        for it.
        """
        file, tries = _opened(self._turn_file), 0
        while not _try_lock(file) and (tries := tries + 1) < PROBES:
            time.sleep(PROBE_SECONDS)  # perhaps somebody merely asks whether it is free
        return file

    def others_use(self) -> bool:
        """Whether a process uses the server, other than one that asks after it has left."""
        with _opened(self.record_file) as file:
            if _try_lock(file):
                return False
            fcntl.flock(file, fcntl.LOCK_SH)  # a supervisor about to end its server has it for a
            return bool(file.read(1))  # moment, and empties the record before it lets go

    def _is_free(self) -> bool:
        with _opened(self._turn_file) as file:
            return _try_lock(file)


@contextmanager
def alone() -> Generator[None]:
    """One process at a time decides whether it joins a server or starts one."""
    with _opened(_folder() / "deciding") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def left_behind() -> list[tuple[Record, list[Process]]]:
    """Servers whose supervisor is gone and whose processes are not."""
    records = ((Place(file.stem), _read(file)) for file in _folder().glob("*.json"))
    gone = (record for place, record in records if record and place.running() is None)
    left = ((record, of_session(record.session)) for record in gone if record.boot == boot())
    # the number of a supervisor that is gone may be another's by now
    return [
        (record, processes)
        for record, processes in left
        if processes and record.session not in (each.pid for each in processes)
    ]


def clear_away() -> list[str]:
    """End what is left behind; what that was, in words."""
    said: list[str] = []
    for record, processes in left_behind():
        end_session(record.session)
        named = ", ".join(f"{each.pid} {each.name}" for each in processes)
        said.append(f"{record.what} had outlived its supervisor, and was ended: {named}")
    return said


def _folder() -> Path:
    """A folder of this user on this machine; ModelError where another user made it."""
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    folder = Path(base) / f"workbench-servers-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise ModelError(f"{folder} is not this user's own folder: remove it, or set TMPDIR")
    return folder


def _opened(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")


def _try_lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: Path) -> Record | None:
    try:
        return Record(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):  # nothing there, or an older workbench's
        return None
