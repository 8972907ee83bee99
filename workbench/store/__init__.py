"""The one durable store: calls, runs, cells, labels, looks and spend, in SQLite or PostgreSQL."""

import hashlib
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import RowMapping, desc, select, update

from workbench.errors import StoreError
from workbench.files import resolve, write_whole
from workbench.models.completion import Completion
from workbench.store import answers, leases, recordings, schema, spending
from workbench.store.answers import Found, call_row
from workbench.store.database import Database
from workbench.store.rows import insert_new, replace
from workbench.store.spending import Bill
from workbench.store.text import or_nan, pack, restored, storable, unpack

__all__ = ["Bill", "Exchange", "Found", "Store", "call_row", "output_hash"]


def output_hash(text: str) -> str:
    """Sixteen hex digits that stand for an output: what a label is joined by."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one exchange with the store gave: stored answers, and the calls that are now the asker's
    to make.

    `unaffordable` calls are beyond the budget; `others_hold`: another process holds reservations
    that may come back.
    """

    found: Mapping[bytes, Found] = field(default_factory=dict)
    claimed: frozenset[bytes] = frozenset()
    unaffordable: frozenset[bytes] = frozenset()
    others_hold: bool = False


class Compared(Protocol):
    """What `look` reads of a run."""

    @property
    def meta(self) -> Mapping[str, Any]: ...


class Store:
    """The store at a path or database URL (default: .workbench/store.db under the root); any thread
    may use it.
    """

    def __init__(self, where: str | Path | None = None) -> None:
        self._database = Database(where)

    @property
    def place(self) -> str:
        """Its file, or its URL without the password."""
        return self._database.place

    def close(self) -> None:
        self._database.close()

    # Calls

    def answers(
        self, keys: Sequence[bytes], failed_since: float = math.inf
    ) -> Mapping[bytes, Found]:
        """The stored answers of those calls that have one."""
        with self._database.read() as connection:
            return answers.find(connection, keys, failed_since)

    def exchange(
        self,
        owner: str,
        bill: Bill,
        *,
        calls: Sequence[Mapping[str, Any]] = (),
        cells: Sequence[Mapping[str, Any]] = (),
        wanted: Sequence[bytes] = (),
        failed_since: float = math.inf,
    ) -> Exchange:
        """Commit calls and cells, then find or claim the wanted calls.

        A call that failed counts as an answer when it was made after `failed_since`: by another
        process, on this run.
        """
        if calls or cells:
            self._commit(owner, bill, calls, cells)
        found: Mapping[bytes, Found] = self.answers(wanted, failed_since) if wanted else {}
        missing = [key for key in wanted if key not in found]
        return (
            self._claim(owner, bill, missing, found, failed_since) if missing else Exchange(found)
        )

    def _commit(
        self,
        owner: str,
        bill: Bill,
        calls: Sequence[Mapping[str, Any]],
        cells: Sequence[Mapping[str, Any]],
    ) -> None:
        with self._database.write() as connection:
            # in one order everywhere, so that two processes on one run cannot wait for each other
            if cells:
                replace(connection, schema.cell, sorted(cells, key=lambda cell: cell["row"]))
            if calls:
                connection.execute(schema.call.insert(), calls)
                leases.release(connection, [call["key"] for call in calls])
                spending.settle(connection, owner, bill)

    def _claim(
        self,
        owner: str,
        bill: Bill,
        keys: Sequence[bytes],
        found: Mapping[bytes, Found],
        failed_since: float,
    ) -> Exchange:
        """A transaction of its own: one that also gave leases back could wait for another that
        waits for it.
        """
        with self._database.write() as connection:
            spending.lock(connection, bill)
            claimed = leases.claim(connection, owner, keys)
            late = answers.find(
                connection, list(claimed), failed_since
            )  # answered since the look that found nothing
            grant = spending.reserve(connection, owner, bill, claimed - late.keys())
            leases.release(connection, list(claimed - grant.affordable))
        unaffordable = frozenset(claimed - late.keys() - grant.affordable)
        return Exchange({**found, **late}, grant.affordable, unaffordable, grant.others_hold)

    def record(self, cells: Sequence[Mapping[str, Any]]) -> None:
        """Commit finished rows."""
        with self._database.write() as connection:
            replace(connection, schema.cell, cells)

    def end_owner(self, owner: str, run: str) -> None:
        """Give back what the owner had claimed and reserved."""
        with self._database.write() as connection:
            leases.leave(connection, owner)
            spending.forget(connection, owner, run)

    def enroll(self, owner: str) -> None:
        """Begin to be an owner of calls in progress."""
        with self._database.write() as connection:
            leases.enroll(connection, owner)

    def beat(self, owner: str) -> None:
        """Say that the owner lives."""
        with self._database.write() as connection:
            leases.beat(connection, owner)

    # Runs

    def begin_run(
        self,
        id: str,
        started: float,
        meta: Mapping[str, Any],
        documents: Iterable[tuple[bytes, bytes]],
    ) -> None:
        """Record that a run has begun (or begins again), with the documents that its meta names by
        digest.
        """
        with self._database.write() as connection:
            for digest, body in documents:
                insert_new(connection, schema.document, [{"digest": digest, "body": body}])
            row = {"id": id, "state": "running", "started": started, "meta": pack(meta)}
            replace(connection, schema.run, [row | {"seconds": None, "counts": None}])

    def end_run(self, id: str, state: str, seconds: float, counts: Mapping[str, Any]) -> None:
        with self._database.write() as connection:
            values = {"state": state, "seconds": seconds, "counts": pack(counts)}
            connection.execute(update(schema.run).where(schema.run.c.id == id).values(values))
        self._database.checkpoint()

    def run_record(self, id: str) -> dict[str, Any]:
        """A run's row with meta and counts unpacked; "last" is the newest."""
        query = select(schema.run).order_by(desc(schema.run.c.started)).limit(1)
        if id != "last":
            query = query.where(schema.run.c.id == id)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            what = "no run yet" if id == "last" else f"no run {id!r}"
            raise StoreError(
                f"store {self.place} holds {what}: run one, or name the store it is in"
            )
        counts = unpack(row["counts"]) if row["counts"] else {}
        return {**row, "meta": unpack(row["meta"]), "counts": counts}

    def cells(self, run: str, row: int | None = None) -> Iterable[dict[str, Any]]:
        """The finished rows of a run (or one of them), each with its actor's completion where there
        was one.
        """
        cell, call = schema.cell, schema.call
        joined = cell.outerjoin(call, (cell.c.key == call.c.key) & (cell.c.digest == call.c.digest))
        query = select(
            cell, call.c.status.label("call_status"), call.c.reply, call.c.request
        ).select_from(joined)
        query = query.where(cell.c.run == run).order_by(cell.c.row)
        if row is not None:
            query = query.where(cell.c.row == row)
        with self._database.read() as connection:
            for found in connection.execution_options(yield_per=500).execute(query).mappings():
                read = (found["key"], found["digest"], found["call_status"], found["reply"])
                completion = answers.read(*read) if found["reply"] is not None else None
                yield {**found, "detail": unpack(found["detail"]), "completion": completion}

    def exchanged(self, key: bytes, digest: bytes) -> tuple[Any, Completion]:
        """Request body and completion of one stored call; StoreError where it is not there or was
        damaged.
        """
        query = (
            select(schema.call)
            .where(schema.call.c.key == key, schema.call.c.digest == digest)
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        completion = answers.read(key, digest, row.status, row.reply) if row else None
        if row is None or completion is None:
            raise StoreError(
                f"store {self.place} has lost call {key.hex()}: run again to have it made again"
            )
        return unpack(row.request), completion

    def documents(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """The documents of these digests; StoreError where one is not there."""
        document = schema.document
        with self._database.read() as connection:
            rows = connection.execute(select(document).where(document.c.digest.in_(digests)))
            found = {row.digest: row.body for row in rows}
        if lost := len(set(digests) - found.keys()):
            raise StoreError(
                f"store {self.place} has lost {lost} documents of a run's examples: make the run again"
            )
        return found

    def write_calls(self, path: str | Path, run: str | None = None) -> Path:
        """Export the calls that a run ("last": the newest) stands on, or every call, as JSON Lines."""
        run = self.run_record(run)["id"] if run else None
        with self._database.read() as connection:
            return write_whole(resolve(path), recordings.lines(connection, run))

    def read_calls(self, path: str | Path) -> int:
        """Import calls from JSON Lines, all or none; how many were new."""
        new = 0
        with self._database.write() as connection:
            rows = recordings.rows(resolve(path))
            while batch := list(islice(rows, recordings.BATCH)):
                new += recordings.insert(connection, batch)
        return new

    # Labels and looks

    def add_labels(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Append label records (DESIGN, section 4); a record whose id is known is left alone."""
        rows = [_label_row(record) for record in records]
        if rows:
            with self._database.write() as connection:
                insert_new(connection, schema.label, rows)

    def labels(self, question: str) -> list[dict[str, Any]]:
        """Every label given for a question and not taken back, oldest first."""
        label = schema.label
        query = select(label).where(label.c.question == storable(question)).order_by(label.c.number)
        with self._database.read() as connection:
            records = [_label(row) for row in connection.execute(query).mappings()]
        back = [record for record in records if "takes_back" in record["context"]]
        gone = {record["context"]["takes_back"] for record in back} | {
            record["id"] for record in back
        }
        return [record for record in records if record["id"] not in gone]

    def look(self, run: Compared, critic: str) -> int:
        """Note that a run's scores are compared; which look at its dataset this is, by the set of
        examples compared on.

        The same set is the same look whenever it is taken again, so that a decision does not change
        by being repeated.
        """
        dataset, look = run.meta["dataset"], schema.look
        with self._database.write() as connection:
            mine = (look.c.dataset == storable(dataset["name"]), look.c.critic == storable(critic))
            seen = list(
                connection.execute(
                    select(look.c.examples).where(*mine).order_by(look.c.number)
                ).scalars()
            )
            if dataset["fingerprint"] not in seen:
                row = {
                    "dataset": storable(dataset["name"]),
                    "critic": storable(critic),
                    "at": time.time(),
                    "examples": dataset["fingerprint"],
                    "variants": pack(sorted(run.meta["prompts"])),
                    "n": dataset["n"],
                }
                connection.execute(look.insert().values(row))
        return [*seen, dataset["fingerprint"]].index(dataset["fingerprint"]) + 1

    def looks(self, dataset: str) -> list[dict[str, Any]]:
        """The sets of examples of a dataset on which variants were compared, oldest first."""
        look = schema.look
        query = select(look).where(look.c.dataset == storable(dataset)).order_by(look.c.number)
        with self._database.read() as connection:
            return [
                {
                    **row,
                    "dataset": dataset,
                    "critic": restored(row["critic"]),
                    "variants": unpack(row["variants"]),
                }
                for row in connection.execute(query).mappings()
            ]


_LABEL_TEXTS = ("question", "example", "rater")


def _label_row(record: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: storable(str(record[name])) for name in _LABEL_TEXTS}
    return {
        "id": record["id"],
        "output_hash": record["output_hash"],
        "at": record["at"],
        "purpose": record["purpose"],
        "blind": record["blind"],
        "skipped": record["skipped"],
        "value": _number(record["value"]),
        "shown_score": _number(record["shown_score"]),
        "selection": pack(record["selection"]),
        "context": pack(record["context"]),
        **texts,
    }


def _label(row: RowMapping) -> dict[str, Any]:
    record = {str(name): value for name, value in row.items() if name != "number"}
    return (
        record
        | {name: restored(record[name]) for name in _LABEL_TEXTS}
        | {
            "value": or_nan(row["value"]),
            "selection": unpack(row["selection"]),
            "context": unpack(row["context"]),
        }
    )


def _number(value: float | None) -> float | None:
    """None for NaN, which SQLite cannot hold."""
    return None if value is None or math.isnan(value) else float(value)
