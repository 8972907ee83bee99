"""Runs that are deleted, and the room that this gives back.

What a run alone stands on goes: its row, its cells, its examples and its calls. What says that it
was ever made stays, so that nobody gets looks, a budget or claims back by deleting: the ledger,
what was said of it, what it spent, and every label. The ledger also learns that the answers are
gone: asked for anew, they are no first look, and the last word on these rows stands.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from workbench.errors import StoreError
from workbench.printing import printed
from workbench.store import leases, ledger, run_table
from workbench.store.cell_table import calls_of
from workbench.store.database import Database
from workbench.store.inserting import CHUNK, parts
from workbench.store.recordings import rows_of
from workbench.store.schema import call, cell, document, owner, run, team


@dataclass(frozen=True, slots=True)
class Discard:
    """What goes with some runs: their ids (those of the parts of races, too), rows, calls and how
    many bytes these take; `shared` calls stay, for other runs stand on them.
    """

    runs: tuple[str, ...] = ()
    rows: int = 0
    calls: int = 0
    size: int = 0
    shared: int = 0


@printed
class Discarding:
    """Deletes runs, and calls that no run stands on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __repr__(self) -> str:
        return f"Runs to delete of store {self._database.location}"

    def foresee(self, runs: Sequence[str], before: float | None = None) -> Discard:
        """What `discard` would take."""
        with self._database.read() as connection:
            return _Taking(connection, runs, before).told

    def discard(self, runs: Sequence[str], before: float | None = None) -> Discard:
        """Delete runs, and with `before` (seconds since 1970) the calls that are older and that no
        run stands on; StoreError while any run is at work on this store.
        """
        with self._database.write() as connection:
            _refuse_at_work(connection, self._database.location)
            taking = _Taking(connection, runs, before)
            taking.take()
            return taking.told

    def size(self) -> int:
        """Bytes that the store takes."""
        return self._database.size()

    def vacuum(self) -> None:
        """Give the room of what was deleted back."""
        self._database.vacuum()


def _refuse_at_work(connection: Connection, location: str) -> None:
    """What a run that is at work stands on is not known yet."""
    names = set(connection.execute(select(owner.c.id)).scalars())
    if at_work := len(names - leases.orphans(connection, names)):
        raise StoreError(
            f"store {location}: {at_work} at work on it, whose calls are not kept as a run's yet: "
            "delete when they have ended"
        )


class _Taking:
    """What goes with some runs."""

    def __init__(self, connection: Connection, runs: Sequence[str], before: float | None) -> None:
        listed = connection.execute(select(run.c.id)).scalars().all()
        self._connection = connection
        self._every = {id: run_table.meta_of(connection, id) for id in listed}
        self._ids = _with_parts(self._every, runs)
        self._others = self._every.keys() - set(self._ids)
        kept, mine = _keys(connection, self._others), _keys(connection, self._ids)
        sizes = dict(_calls(connection, sorted(mine - kept)))
        if before is not None:
            sizes |= _unused(connection, kept | mine, before)
        self._calls = sorted(sizes)  # by number
        shared = len(mine & kept)
        self.told = Discard(tuple(self._ids), self._rows(), len(sizes), sum(sizes.values()), shared)

    def _rows(self) -> int:
        rows = select(func.count()).select_from(cell).where(cell.c.run.in_(self._ids))
        return self._connection.execute(rows).scalar_one()

    def take(self) -> None:
        """Delete it."""
        connection = self._connection
        for id in self._ids:
            self._enter(id)
        connection.execute(delete(cell).where(cell.c.run.in_(self._ids)))
        connection.execute(delete(run).where(run.c.id.in_(self._ids)))
        connection.execute(delete(team).where(team.c.run.in_(self._ids)))
        for some in parts(self._calls):
            connection.execute(_DELETE_CALLS, {"some": some})
        gone = _documents(self._every, self._ids) - _documents(self._every, self._others)
        for some in parts(sorted(gone)):
            connection.execute(_DELETE_DOCUMENTS, {"some": some})

    def _enter(self, id: str) -> None:
        """Tell the ledger what it is to know of a run that goes."""
        rows, meta = rows_of(self._connection, id), self._every[id]
        if not meta["dataset"].get("held"):  # or nobody could see its answers
            _register(self._connection, id, rows)
        if self.told.calls:
            ledger.enter_deletion(self._connection, id, rows, meta["critics"], time.time())


def _with_parts(every: dict[str, Any], runs: Sequence[str]) -> list[str]:
    """The runs, and the parts of races that no other run was joined from."""
    parts = {part for id in runs for part in every[id].get(run_table.PARTS, ())}
    others = (meta for id, meta in every.items() if id not in runs)
    wanted = {part for meta in others for part in meta.get(run_table.PARTS, ())}
    return [*dict.fromkeys((*runs, *sorted(parts & every.keys() - wanted)))]


def _documents(every: dict[str, Any], ids: Iterable[str]) -> set[bytes]:
    return {bytes.fromhex(digest) for id in ids for digest in every[id]["examples"]}


def _keys(connection: Connection, runs: Iterable[str]) -> set[bytes]:
    """The keys of all calls that the rows of runs stand on."""
    return {key for id in runs for key, _ in calls_of(connection, id) if key}


def _register(connection: Connection, id: str, rows: bytes) -> None:
    """A run from before the ledger: its rows were seen when it was made; nothing is known of its
    prompts, so that none may be claimed on these rows.
    """
    if ledger.unregistered(connection, id, rows):
        kept = run_table.one(connection, id)
        assert kept
        ledger.register(connection, rows, [], kept.made)


def _calls(connection: Connection, keys: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Number and size of every outcome of calls."""
    for some in parts(keys):
        for row in connection.execute(_BY_KEYS, {"some": some}):
            yield row.id, row.size


def _unused(connection: Connection, used: set[bytes], before: float) -> dict[int, int]:
    """Number and size of the calls that were made before a time and that no run stands on."""
    older = _SIZED.where(call.c.at < before).execution_options(yield_per=CHUNK)
    return {row.id: row.size for row in connection.execute(older) if row.key not in used}


_SIZED = select(
    call.c.id, call.c.key, (func.length(call.c.request) + func.length(call.c.reply)).label("size")
)
_SOME = bindparam("some", expanding=True)
_BY_KEYS = _SIZED.where(call.c.key.in_(_SOME))
_DELETE_CALLS = delete(call).where(call.c.id.in_(_SOME))
_DELETE_DOCUMENTS = delete(document).where(document.c.digest.in_(_SOME))
