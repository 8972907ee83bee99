"""What the stages after the evaluation measured, as rows: of which prompt on which model, when."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from workbench.printing import printed
from workbench.store.database import Database
from workbench.store.inserting import insert_new
from workbench.store.ledger import digest_of
from workbench.store.schema import evidence
from workbench.store.sealing import damaged, reading
from workbench.store.text import pack, restored, storable, unpack

KEYS = ("kind", "prompt", "model", "filters")  # what makes one thing the newer of another


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing that was measured: its `kind`, what the prompt asks, the fingerprints of model and
    filters, how people call these and the data, and the thing itself as plain data. `at` is when
    it was measured, seconds since 1970.
    """

    kind: str
    prompt: str
    model: str
    filters: str
    named: Mapping[str, str]
    body: Any
    at: float

    @property
    def plain(self) -> dict[str, Any]:
        """As a line of a recording has it."""
        keys = {name: getattr(self, name) for name in KEYS}
        return {**keys, "named": dict(self.named), "body": self.body}


@printed
class EvidenceTable:
    """Measurements in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __repr__(self) -> str:
        return f"Evidence of store {self._database.location}"

    def add(self, measurements: Iterable[Measurement]) -> None:
        """Keep them; the same thing twice is one."""
        with self._database.write() as connection:
            for each in measurements:
                append(connection, each)

    def every(self) -> list[Measurement]:
        """All that is kept, oldest first."""
        with self._database.read() as connection:
            return list(_read(connection))


def append(connection: Connection, measured: Measurement) -> None:
    texts = {name: storable(getattr(measured, name)) for name in KEYS}
    packed = {"named": pack(dict(measured.named)), "body": pack(measured.body)}
    row = {**texts, **packed, "digest": _digest({**texts, **packed}), "at": measured.at}
    insert_new(connection, evidence, [row])


def newest_of(connection: Connection, prompts: Iterable[str] | None) -> list[Measurement]:
    """The newest of each kind, prompt, model and filters, of prompts of these names (None: all)."""
    wanted = None if prompts is None else frozenset(prompts)
    found: dict[tuple[str, ...], Measurement] = {}
    for each in _read(connection):
        if wanted is None or each.named.get("prompt") in wanted:
            found[tuple(getattr(each, name) for name in KEYS)] = each
    return list(found.values())


def measurement(given: Any, at: float) -> Measurement:
    """The way back from `Measurement.plain`; TypeError or KeyError where it is no such thing."""
    keys = {name: given[name] for name in KEYS}
    named = given["named"]
    if not all(isinstance(text, str) for text in (*keys.values(), *named, *named.values())):
        raise TypeError("what was measured is told by texts")
    return Measurement(**keys, named=named, body=given["body"], at=at)


def _read(connection: Connection) -> Iterator[Measurement]:
    rows = connection.execute(select(evidence).order_by(evidence.c.at, evidence.c.number))
    for row in rows:
        yield _measured(row)


def _measured(row: Any) -> Measurement:
    """What a row of the table keeps; Damaged where it was changed."""
    what, step = f"measurement {row.number}", "put a copy of the store back, or measure it again"
    with reading(what, step):
        if _digest(row._mapping) != row.digest:
            raise damaged(what, step=step)
        keys = {name: restored(getattr(row, name)) for name in KEYS}
        named, body = unpack(row.named), unpack(row.body)
        return Measurement(**keys, named=named, body=body, at=float(row.at))


def _digest(row: Mapping[Any, Any]) -> bytes:
    """What a measurement is told apart by."""
    texts = (row[name].encode() for name in KEYS)
    return digest_of(b"\0".join([*texts, row["named"], row["body"]]))
