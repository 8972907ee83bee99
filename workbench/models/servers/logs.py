# pyright: strict
"""Logs of what is started here: where they lie, how they end, and why a start failed."""

import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from workbench.errors import ModelError
from workbench.files import make_folder, root
from workbench.models.servers.kind import Cause
from workbench.secrets import redact

LOGS_KEPT = 20
TAIL_BYTES = 20_000  # that hold the last lines
LONGEST_LINE = 200  # characters of a line that are shown

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def new_log(name: str, whose: str) -> Path:
    """A new log's path; of the older ones the latest LOGS_KEPT stay."""
    folder = root() / ".workbench" / "logs"
    try:
        make_folder(folder)
        old = sorted(folder.glob("*.log"), key=lambda log: log.stat().st_mtime)
        for log in old[:-LOGS_KEPT]:
            log.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(f"{whose}'s log cannot be written in {folder}: {error}") from error
    plain_name = re.sub(r"[^\w.-]", "-", name)
    return folder / f"{plain_name}-{os.getpid()}-{time.time_ns() // 1_000_000}.log"


def last_lines(log: Path, most: int) -> list[str]:
    """The last lines that say something, without colours and without keys."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            text = redact(_plain(file.read()))
    except OSError:
        return []
    lines = (line.strip()[:LONGEST_LINE] for line in text.splitlines())
    return [line for line in lines if line][-most:]


def cause_in(log: Path, causes: Iterable[Cause]) -> tuple[Cause, str] | None:
    """The first of the causes that a log shows, and the line that does."""
    lines = redact(_plain(log.read_bytes())).splitlines() if log.is_file() else []
    found = (
        (cause, line.strip()[:LONGEST_LINE])
        for cause in causes
        for line in lines
        if cause.pattern.search(line)
    )
    return next(found, None)


def end_of(log: Path, causes: Iterable[Cause]) -> str:
    """What a log says of the end of its server: the likely cause, or else its last lines."""
    if known := cause_in(log, causes):
        return f"{known[0].says}; {log} says: {known[1]}"
    return f"{log} ends with: {' / '.join(last_lines(log, 4)) or 'nothing'}"


def _plain(said: bytes) -> str:
    return _ESCAPES.sub("", said.decode(errors="replace"))
