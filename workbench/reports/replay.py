"""Recordings: what a notebook's runs asked and got as one file of JSON Lines in git, so that CI
decides the same without a key, a network or a cent.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.files import leads_out
from workbench.reports.execute import execute
from workbench.store import Store
from workbench.store.text import unpack


@contextmanager
def replaying(recordings: Sequence[Path], command: str) -> Iterator[dict[str, str]]:
    """What a kernel's environment needs to answer from recordings alone, the first answer of each
    call; `command` records them.

    The store is a new one each time, so that nothing but the recordings decides.
    """
    for path in recordings:
        if not path.is_file():
            raise WorkbenchError(f"{path} is not there: record it with: {command}")
        if leads_out(path):
            step = "put the file itself there"
            raise WorkbenchError(f"{path} is a link that leads out of the project: {step}")
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


def write_recording(
    recording: Path, runs: Iterable[str], where: str | None = None
) -> tuple[int, int]:
    """Write the calls of runs, and the ledger of their rows; how many calls there are, and how many
    that the recording held are none of them.
    """
    before = _keys(recording) if recording.is_file() else set[str]()
    store = Store(where)
    store.write_calls(recording, sorted(set(runs)))
    store.close()
    return len(_calls(recording)), len(before - _keys(recording))


def _keys(recording: Path) -> set[str]:
    return {str(unpack(line.encode()).get("key")) for line in _calls(recording)}


def held_in(recordings: Sequence[Path]) -> dict[str, Any]:
    """How many calls recordings hold that a store has read, and the days (UTC) on which the oldest
    and the newest answer came.
    """
    calls = {line: at for path in recordings for line, at in _calls(path).items()}
    first, last = min(calls.values(), default=0.0), max(calls.values(), default=0.0)
    return {"calls": len(calls)} | ({"oldest": _day(first), "newest": _day(last)} if calls else {})


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def refuse_older(held: Mapping[str, Any], most: float, command: str) -> None:
    """WorkbenchError for recordings whose oldest answer came more than so many days ago, or whose
    newest is still to come.
    """
    if "oldest" not in held:
        return
    today = datetime.now(UTC).date()
    first, last = (date.fromisoformat(held[name]) for name in ("oldest", "newest"))
    age = (today - first).days
    if age > most:
        fault = f"the oldest recorded answer is {age:,} days old, and at most {most:g} are allowed"
    elif last > today + timedelta(days=1):  # of a clock that is ahead
        fault = f"a recorded answer is dated {last}, which is to come"
    else:
        return
    raise WorkbenchError(f"{fault}: ask again with: {command} --afresh")


def changes_of(recording: Path, revision: str) -> dict[str, Any]:
    """How many calls of a recording a revision of it does not hold, where git knows."""
    before = _at(recording, revision)
    known = {} if before is None else {"changed": len(_calls(recording).keys() - _calls_in(before))}
    return {**known, "since": revision}


def _calls(recording: Path) -> dict[str, float]:
    return _calls_in(recording.read_text("utf-8", "replace"))


def _calls_in(text: str) -> dict[str, float]:
    """The lines of calls, each with the time of its answer; read as JSON, for `request` may be
    spelled in several ways.
    """
    # no splitlines(): U+2028 within a text ends no line of JSON Lines
    calls: dict[str, float] = {}
    for line in text.split("\n"):
        with suppress(ValueError, TypeError, LookupError, RecursionError):  # a store refuses these
            record = unpack(line.encode())
            if "request" in record:
                calls[line] = record["at"]
    return calls


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
