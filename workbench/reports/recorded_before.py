# pyright: strict
"""The store in which a recording is made anew: what it holds already answers as it is recorded, so
that only what is new is paid for, and nothing that was reviewed changes beside it.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from workbench import words
from workbench.errors import StoreError
from workbench.files import OWN, root, write_whole
from workbench.printing import say
from workbench.store import Store


@contextmanager
def recording_in(
    recording: Path, *, afresh: bool, base: bytes | None = None
) -> Generator[Mapping[str, str]]:
    """What a kernel's environment needs to go on from a recording: its answers are in the usual
    store; where that one has given others, in one of their own. What the `base` of a branch holds
    stands before it, as where that branch is gated.

    `afresh`: a store with its looks alone, so that all is asked again; it goes once that is done,
    and an interrupted one is gone on with.
    """
    apart = root() / OWN / f"{'afresh' if afresh else 'recording'}-{recording.stem}.db"
    named = {"WORKBENCH_STORE": str(apart)}
    if afresh:
        _add_looks(recording, apart)
        yield named
        _remove(apart)
        return
    others = _gone_on_from(recording, base, apart)
    yield named if others else {}


def _gone_on_from(recording: Path, base: bytes | None, apart: Path) -> int:
    """Add what base and recording hold to the usual store; where that one answers calls of theirs
    otherwise, how many, and to a store `apart`.
    """
    with TemporaryDirectory(prefix="workbench-") as scratch:
        before = write_whole(Path(scratch, recording.name), base) if base else None
        files = [path for path in (before, recording) if path and path.is_file()]
        if others := _taken(files, None):
            said = f"{words.count(others, 'recorded call')} answered otherwise in your store"
            say(f"note: {said}: this goes on from the recorded answers, in {OWN}/{apart.name}")
            if apart.is_file() and _taken(files, apart):
                _remove(apart)
            _taken(files, apart)
        return others


def _taken(recordings: Sequence[Path], where: Path | None) -> int:
    """Add what recordings hold, the first one's answers first, to a store that answers nothing
    otherwise; how many calls it does answer otherwise.
    """
    store = Store(where)
    try:
        others = store.answered_otherwise(*recordings)
        for path in () if others else recordings:
            store.read_calls(path)
        return others
    except StoreError as error:  # such as the marks of a merge: made anew, it is whole again
        say(f"note: {error}: it is written anew, without what it holds")
    finally:
        store.close()
    return _taken(recordings[:-1], where) if recordings else 0


def _add_looks(recording: Path, where: Path) -> None:
    """Add what a recording knows of who looked at which rows, and none of its calls."""
    lines = recording.read_bytes().split(b"\n") if recording.is_file() else []
    with TemporaryDirectory(prefix="workbench-") as scratch:
        looks = Path(scratch, recording.name)
        looks.write_bytes(b"\n".join(line for line in lines if b'"request":' not in line))
        _taken([looks], where)


def _remove(database: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
