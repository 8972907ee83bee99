# pyright: strict
"""The store in which a recording is made anew: what it holds already answers as it is recorded, so
that only what is new is paid for, and nothing that was reviewed changes beside it.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from workbench import words
from workbench.errors import StoreError
from workbench.files import OWN, root
from workbench.printing import say
from workbench.store import Store


@contextmanager
def recording_in(recording: Path, *, afresh: bool) -> Generator[Mapping[str, str]]:
    """What a kernel's environment needs to go on from a recording: its answers are in the usual
    store; where that one has given others, in one of their own.

    `afresh`: a store with its looks alone, so that all is asked again; it goes once that is done,
    and an interrupted one is gone on with.
    """
    apart = root() / OWN / f"{'afresh' if afresh else 'recording'}-{recording.stem}.db"
    named = {"WORKBENCH_STORE": str(apart)}
    if afresh:
        _add_looks(recording, apart)
        yield named
        _remove(apart)
    elif recording.is_file() and (others := _taken(recording, None)):
        said = f"{words.count(others, 'recorded call')} answered otherwise in your store"
        say(f"note: {said}: this goes on from the recorded answers, in {OWN}/{apart.name}")
        if apart.is_file() and _taken(recording, apart):
            _remove(apart)
        _taken(recording, apart)
        yield named
    else:
        yield {}


def _taken(recording: Path, where: Path | None) -> int:
    """Add what a recording holds to a store that answers nothing otherwise; how many calls it does
    answer otherwise.
    """
    store = Store(where)
    try:
        others = store.answered_otherwise(recording)
        if not others:
            store.read_calls(recording)
        return others
    except StoreError as error:  # such as the marks of a merge: made anew, it is whole again
        say(f"note: {error}: it is written anew, without what it holds")
        return 0
    finally:
        store.close()


def _add_looks(recording: Path, where: Path) -> None:
    """Add what a recording knows of who looked at which rows, and none of its calls."""
    lines = recording.read_bytes().split(b"\n") if recording.is_file() else []
    with TemporaryDirectory(prefix="workbench-") as scratch:
        looks = Path(scratch, recording.name)
        looks.write_bytes(b"\n".join(line for line in lines if b'"request":' not in line))
        _taken(looks, where)


def _remove(database: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
