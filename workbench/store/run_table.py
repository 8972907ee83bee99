"""Runs as rows, and what was said of them.

A run that is asked for again goes on under the same row: what it took before is added up, and it is
as old as the last asking that made a call.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, desc, select, update

from workbench.store.inserting import insert_new
from workbench.store.inserting import replace as write_over
from workbench.store.ledger import digest_of
from workbench.store.schema import run, said
from workbench.store.text import or_nan, pack, unpack

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
    old = one(connection, id)
    if old and TEAM in meta and old.meta.get(TEAM) == meta[TEAM]:
        connection.execute(update(run).where(run.c.id == id).values(state="running"))
        return
    before = {BEFORE: _before(old)} if old else {}
    row = {"id": id, "state": "running", "started": started, "meta": pack({**meta, **before})}
    write_over(connection, run, [row | {"seconds": None, "counts": None}])


def _before(old: Kept) -> dict[str, float]:
    return {name: getattr(old, name) for name in ("made", "calls", "cost", "unpriced")}


def end(
    connection: Connection, id: str, state: str, seconds: float, counts: Mapping[str, Any]
) -> None:
    values = {"state": state, "seconds": seconds, "counts": pack(counts)}
    connection.execute(update(run).where(run.c.id == id).values(values))


def find(connection: Connection, id: str) -> dict[str, Any] | None:
    """A run's row with meta and counts unpacked; "last" is the newest."""
    query = select(run).order_by(desc(run.c.started)).limit(1)
    if id != "last":
        query = query.where(run.c.id == id)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    counts = unpack(row["counts"]) if row["counts"] else {}
    return {**row, "meta": unpack(row["meta"]), "counts": counts}


def one(connection: Connection, id: str) -> Kept | None:
    """A run, without what was said of it."""
    row = connection.execute(select(run).where(run.c.id == id)).one_or_none()
    return kept(row) if row else None


def every(connection: Connection) -> list[Kept]:
    """All runs, newest first."""
    words: dict[str, list[Mapping[str, Any]]] = {}
    for row in connection.execute(select(said).order_by(said.c.number)):
        words.setdefault(row.run, []).append(_told(row))
    runs = map(kept, connection.execute(select(run).order_by(desc(run.c.started))))
    listed = [replace(each, said=tuple(words.get(each.id, ()))) for each in runs]
    return sorted(listed, key=lambda each: -each.made)


def kept(row: Row[Any]) -> Kept:
    """A row with what its askings came to together."""
    meta, counts = unpack(row.meta), unpack(row.counts) if row.counts else {}
    before = meta.get(BEFORE)
    calls, unpriced = counts.get("calls", 0), counts.get("unpriced", 0)
    made, cost = row.started, or_nan(counts.get("cost"))
    if before:
        made = made if calls or not counts else before["made"]
        cost = _sum([cost, or_nan(before["cost"])])
        calls, unpriced = calls + before["calls"], unpriced + before["unpriced"]
    return Kept(row.id, row.state, made, meta, calls, cost, unpriced)


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


def _told(row: Row[Any]) -> dict[str, Any]:
    return {**unpack(row.record), "at": row.at}
