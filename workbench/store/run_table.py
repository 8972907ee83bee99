"""Runs as rows, and what was said of them.

A run that is asked for again goes on under the same row: what it took before is added up, and it is
as old as the last asking that made a call.
"""

import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, desc, select, update

from workbench.store.inserting import insert_new
from workbench.store.inserting import replace as write_over
from workbench.store.ledger import digest_of
from workbench.store.schema import run, said
from workbench.store.sealing import Damaged, as_kept, damaged, reading, sealed, unsealed
from workbench.store.text import or_nan, pack, unpack

_log = logging.getLogger("workbench")
BEFORE = "before"  # in a run's meta: what it was before it was asked for again
PARTS = "parts"  # in a run's meta: the runs that it was joined from
TEAM = "team"  # in a run's meta: the name under which several processes make it


@dataclass(frozen=True, slots=True)
class Kept:
    """A run in a list of runs: `made` when it last made a call, `calls` and `cost` (dollars, NaN
    where nothing of it is known) of all its askings; `unpriced` rows are not in it; what was `said`
    of it, oldest first.
    """

    id: str
    state: str
    made: float
    meta: Mapping[str, Any]
    calls: int
    cost: float
    unpriced: int
    said: tuple[Mapping[str, Any], ...] = ()


def begin(connection: Connection, id: str, started: float, meta: Mapping[str, Any]) -> None:
    """A run begins, or begins again; one more process that makes it with others begins nothing."""
    old = _begun_before(connection, id)
    if old and TEAM in meta and old.meta.get(TEAM) == meta[TEAM]:
        connection.execute(update(run).where(run.c.id == id).values(state="running"))
        return
    before = {BEFORE: _before(old)} if old else {}
    packed = sealed(pack({**meta, **before}), id)
    row = {"id": id, "state": "running", "started": started, "meta": packed}
    write_over(connection, run, [row | {"seconds": None, "counts": None}])


def _begun_before(connection: Connection, id: str) -> Kept | None:
    """The run that begins again; none where it is damaged, which beginning again mends."""
    try:
        return one(connection, id)
    except Damaged as error:
        _log.warning("store: %s: what it took before is not known any more", error)
        return None


def _before(old: Kept) -> dict[str, float]:
    return {name: getattr(old, name) for name in ("made", "calls", "cost", "unpriced")}


def end(
    connection: Connection, id: str, state: str, seconds: float, counts: Mapping[str, Any]
) -> None:
    values = {
        "state": state,
        "seconds": seconds,
        "counts": sealed(pack(counts), id, as_kept(seconds)),
    }
    connection.execute(update(run).where(run.c.id == id).values(values))


def find(connection: Connection, id: str) -> dict[str, Any] | None:
    """A run's row with meta and counts unpacked; "last" is the newest."""
    query = select(run).order_by(desc(run.c.started)).limit(1)
    if id != "last":
        query = query.where(run.c.id == id)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return {**row, **_documents(row)}


def meta_of(connection: Connection, id: str) -> dict[str, Any]:
    """What a run was made of."""
    row = connection.execute(select(run).where(run.c.id == id)).mappings().one()
    return _documents(row)["meta"]


def _documents(row: RowMapping) -> dict[str, dict[str, Any]]:
    """A row's meta and counts; Damaged where one of them was changed."""
    what, id = f"run {row['id']}", row["id"]
    with reading(what):
        seconds = as_kept(row["seconds"])
    counts = unsealed(row["counts"], what, id, seconds) if row["counts"] is not None else {}
    return {"meta": unsealed(row["meta"], what, id), "counts": counts}


def one(connection: Connection, id: str) -> Kept | None:
    """A run, without what was said of it."""
    row = connection.execute(select(run).where(run.c.id == id)).mappings().one_or_none()
    return kept(row) if row else None


def every(connection: Connection) -> list[Kept]:
    """All runs, newest first."""
    words = _words(connection)
    runs = _undamaged(connection.execute(select(run).order_by(desc(run.c.started))).mappings())
    listed = [replace(each, said=tuple(words.get(each.id, ()))) for each in runs]
    return sorted(listed, key=lambda each: -each.made)


def _undamaged(rows: Iterable[RowMapping]) -> Iterator[Kept]:
    """The runs that can be read; of each other one a warning."""
    for row in rows:
        try:
            yield kept(row)
        except Damaged as error:
            _log.warning("store: %s", error)


def kept(row: RowMapping) -> Kept:
    """A row with what its askings came to together; Damaged where it cannot be read."""
    meta, counts = _documents(row).values()
    with reading(f"run {row['id']}"):
        return _kept(row, meta, counts)


def _kept(row: RowMapping, meta: Mapping[str, Any], counts: Mapping[str, Any]) -> Kept:
    before = meta.get(BEFORE)
    calls, unpriced = counts.get("calls", 0), counts.get("unpriced", 0)
    made, cost = float(row["started"]), or_nan(counts.get("cost"))
    if before:
        made = made if calls or not counts else float(before["made"])
        cost = _sum([cost, or_nan(before["cost"])])
        calls, unpriced = calls + before["calls"], unpriced + before["unpriced"]
    return Kept(row["id"], row["state"], made, meta, calls, cost, unpriced)


def _sum(dollars: Iterable[float]) -> float:
    known = [each for each in dollars if not math.isnan(each)]
    return sum(known) if known else math.nan


def is_said(connection: Connection, id: str, record: Mapping[str, Any]) -> bool:
    query = select(said.c.number).where(said.c.digest == _digest(id, record))
    return connection.execute(query).first() is not None


def say(connection: Connection, id: str, record: Mapping[str, Any], at: float) -> None:
    """Keep what was said of a run; the same said twice is one."""
    row = {"digest": _digest(id, record), "run": id, "record": pack(dict(record)), "at": at}
    insert_new(connection, said, [row])


def _digest(id: str, record: Mapping[str, Any]) -> bytes:
    return digest_of(pack([id, dict(record)]))


def _words(connection: Connection) -> dict[str, list[Mapping[str, Any]]]:
    """What was said of each run, oldest first; what is damaged is left out, with a warning."""
    words: dict[str, list[Mapping[str, Any]]] = {}
    for row in connection.execute(select(said).order_by(said.c.number)):
        try:
            words.setdefault(row.run, []).append(_told(row))
        except Damaged as error:
            _log.warning("store: %s", error)
    return words


def _told(row: Row[Any]) -> dict[str, Any]:
    what, step = f"what was said of run {row.run}", "compare it again"
    with reading(what, step):
        if digest_of(b"[%b,%b]" % (pack(row.run), row.record)) != row.digest:
            raise damaged(what, step=step)
        return {**unpack(row.record), "at": float(row.at)}
