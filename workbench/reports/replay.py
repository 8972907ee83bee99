"""Recordings: what a notebook's runs asked and got as one file of JSON Lines in git, so that CI
decides the same without a key, a network or a cent.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.reports.execute import execute
from workbench.store import Store

RECORDINGS = "recordings"  # the folder, in the project


@contextmanager
def replaying(recordings: Sequence[Path], command: str) -> Iterator[dict[str, str]]:
    """What a kernel's environment needs to answer from recordings alone, the first answer of each
    call; `command` records them.

    The store is a new one each time, so that nothing but the recordings decides.
    """
    if missing := next((path for path in recordings if not path.is_file()), None):
        raise WorkbenchError(f"{missing} is not there: record it with: {command}")
    with tempfile.TemporaryDirectory(prefix="workbench-", ignore_cleanup_errors=True) as scratch:
        path = Path(scratch, "store.db")
        store = Store(path)
        for recording in recordings:
            store.read_calls(recording)
        store.close()
        yield {"WORKBENCH_STORE": str(path), "WORKBENCH_OFFLINE": command}


def quoted(
    notebook: Path, parameters: Mapping[str, Any], environment: Mapping[str, str] = {}
) -> dict[str, Any] | None:
    """What the first run of a notebook that would send calls asks and costs; None where none would.

    Nothing is sent: the notebook runs as far as what the store holds.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-", ignore_cleanup_errors=True) as scratch:
        quote = Path(scratch, "quote.json")
        asked = {**environment, "WORKBENCH_QUOTE": str(quote)}
        try:
            execute(notebook, Path(scratch, "out"), parameters, environment=asked)
        except WorkbenchError:
            if not quote.is_file():
                raise
        return json.loads(quote.read_text("utf-8")) if quote.is_file() else None


def write_recording(recording: Path, runs: Iterable[str]) -> int:
    """Write the calls of runs, and the ledger of their rows; how many calls there are."""
    store = Store()
    store.write_calls(recording, sorted(set(runs)))
    store.close()
    return len(_calls(recording.read_text("utf-8")))


def changes_of(recording: Path, revision: str) -> dict[str, Any]:
    """How many calls a recording holds, and how many of them a revision of it does not hold, where
    git knows.
    """
    calls = _calls(recording.read_text("utf-8"))
    found: dict[str, Any] = {"calls": len(calls)}
    if revision and (before := _at(recording, revision)) is not None:
        found |= {"changed": len(calls - _calls(before)), "since": revision}
    return found


def _calls(lines: str) -> set[str]:
    return {line for line in lines.splitlines() if '"request":' in line}


def _at(file: Path, revision: str) -> str | None:
    """A file as a revision has it, empty where it has none; None where git knows nothing of it."""
    if revision.startswith("-"):
        return None
    with suppress(OSError, subprocess.SubprocessError):
        _git(file, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        with suppress(subprocess.CalledProcessError):
            return _git(file, "show", f"{revision}:./{file.name}")
        return ""
    return None


def _git(file: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, timeout=60, check=True)
    return done.stdout.decode("utf-8", "replace")
