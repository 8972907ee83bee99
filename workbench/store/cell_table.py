"""The finished rows of runs: written with a seal, read with their actors' completions."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from workbench.store import calls
from workbench.store.inserting import replace
from workbench.store.schema import call, cell
from workbench.store.sealing import Damaged, as_kept, reading, sealed, unsealed

_log = logging.getLogger("workbench")
_COLUMNS = (cell, call.c.status.label("call_status"), call.c.reply, call.c.request, call.c.at)
_WITH_CALLS = select(*_COLUMNS).select_from(
    cell.outerjoin(call, (cell.c.key == call.c.key) & (cell.c.digest == call.c.digest))
)


def write(connection: Connection, cells: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or write them over those that are there."""
    replace(connection, cell, [{**each, "detail": _sealed(each)} for each in cells])


def read(
    connection: Connection, run: str, rows: Sequence[int] | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of a run (or some); a damaged one is left out, with a warning."""
    query = _WITH_CALLS.where(cell.c.run == run).order_by(cell.c.row)
    if rows is not None:
        query = query.where(cell.c.row.in_(rows))
    for found in connection.execution_options(yield_per=500).execute(query).mappings():
        try:
            detail = detail_of(found)
        except Damaged as error:
            _log.warning("store: %s", error)
            continue
        answer = (found["key"], found["digest"], found["call_status"], found["reply"])
        completion = calls.read(*answer) if found["reply"] is not None else None
        yield {**found, "detail": detail, "completion": completion}


def detail_of(row: RowMapping) -> dict[str, Any]:
    """What stands in a row besides its columns; Damaged where any of it was changed."""
    with reading(_name(row)):
        return unsealed(row["detail"], _name(row), *_beside(row))


def _name(row: RowMapping) -> str:
    return f"row {row['row']} of run {row['run']}"


def calls_of(connection: Connection, run: str) -> set[tuple[bytes, bytes]]:
    """Key and digest of every call that a run's rows stand on; Damaged where one cannot tell."""
    found: set[tuple[bytes, bytes]] = set()
    for row in connection.execute(select(cell).where(cell.c.run == run)).mappings():
        found.add((row["key"], row["digest"]))
        with reading(_name(row)):
            found.update(_calls(detail_of(row)))
    return found


def _calls(detail: Mapping[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    for judged in (*detail["verdicts"].values(), *detail.get("filters", {}).values()):
        for key, digest in judged["calls"]:
            yield bytes.fromhex(key), bytes.fromhex(digest)


def _sealed(row: Mapping[str, Any]) -> bytes:
    return sealed(row["detail"], *_beside(row))


def _beside(row: Mapping[Any, Any]) -> tuple[object, ...]:
    """The columns beside the detail, as either database gives them back."""
    named = (row["run"], row["row"], row["key"], row["digest"], row["status"])
    return (*named, bool(row["cached"]), as_kept(row["cost"]))
