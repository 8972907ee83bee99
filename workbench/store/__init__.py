"""The one durable store: calls, runs, cells, labels, looks and spend, in SQLite or PostgreSQL."""

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select

from workbench.errors import StoreError
from workbench.files import resolve, write_whole
from workbench.models.completion import Completion
from workbench.printing import printed
from workbench.store import calls as call_rows
from workbench.store import (
    cell_table,
    document_table,
    label_table,
    leases,
    ledger,
    recordings,
    refusal_table,
    run_table,
    schema,
    spending,
)
from workbench.store.batch_table import BatchTable
from workbench.store.calls import NONE as NO_FAILURES
from workbench.store.calls import Failures, Found, call_row
from workbench.store.database import Database
from workbench.store.discarding import Discarding
from workbench.store.evidence_table import EvidenceTable
from workbench.store.exchanges import Asker, Exchange, unanswered
from workbench.store.inserting import insert_new
from workbench.store.ledger import Around, Entry
from workbench.store.made import MadeCalls
from workbench.store.run_table import Kept
from workbench.store.spending import Settlement
from workbench.store.team_table import TeamTable
from workbench.store.text import unpack

__all__ = [
    "Exchange", "Failures", "Found", "Kept", "Settlement", "Store", "call_row", "output_hash",
]  # fmt: skip


def output_hash(text: str) -> str:
    """Sixteen hex digits that stand for an output: what a label is joined by."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class Examples(Protocol):
    """The examples of a run, as `look` reads them."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def n(self) -> int: ...


class Meta(Protocol):
    @property
    def dataset(self) -> Examples: ...
    @property
    def prompts(self) -> Mapping[str, Any]: ...


@printed
class Store:
    """The store at a path or database URL (default: .workbench/store.db under the root); any thread
    may use it.
    """

    def __init__(self, where: str | Path | None = None) -> None:
        self._database = Database(where)
        self.batches = BatchTable(self._database)  # calls that are in one
        self.discarding = Discarding(self._database)  # runs to delete
        self.evidence = EvidenceTable(self._database)  # of the stages after the evaluation
        self.made = MadeCalls(self._database)  # for a run, since a time
        self.teams = TeamTable(self._database)  # processes that work on one run

    @property
    def location(self) -> str:
        """Its file, or its URL without the password."""
        return self._database.location

    @property
    def is_server(self) -> bool:
        """Whether other machines may reach it."""
        return not self._database.sqlite

    def __repr__(self) -> str:
        return f"Store: {self.location}"

    def close(self) -> None:
        self._database.close()

    # Calls

    def answers(
        self, keys: Sequence[bytes], failures: Failures = NO_FAILURES, *, bounded: bool = False
    ) -> Mapping[bytes, Found]:
        """The stored answers of those calls that have one; `bounded`: for a run with a budget."""
        if not keys:
            return {}
        with self._database.read() as connection:
            return call_rows.find(connection, keys, failures, bounded=bounded)

    def exchange(
        self,
        owner: str,
        settlement: Settlement,
        *,
        calls: Sequence[Mapping[str, Any]] = (),
        cells: Sequence[Mapping[str, Any]] = (),
        wanted: Sequence[bytes] = (),
        most: int | None = None,
        sure: int = 0,
        unlikely: bool = False,
        failures: Failures = NO_FAILURES,
    ) -> Exchange:
        """Commit calls and cells, then find or claim the wanted calls: the first `sure`, and of
        those after them at most so many.

        Of the calls that failed those are answers that count among `failures`: made by another
        process, on this run. Where it is `unlikely` that there are answers, they are looked for
        only once the calls are claimed.
        """
        asker = Asker(owner, settlement, failures)
        standing: Mapping[bytes, Found] = {}
        if calls or cells:
            with self._database.write() as connection:
                standing = asker.commit(connection, calls, cells)
                if unlikely and not self.is_server:  # at once: writers come one by one
                    return asker.claim(connection, *unanswered(standing, {}, wanted, most, sure))
        found = {} if unlikely else self.answers(wanted, failures, bounded=asker.has_budget)
        tried, given = unanswered(standing, found, wanted, most, sure)
        if not tried:
            return given
        # a transaction of its own: one that also gave leases back could wait on a server for
        # another that waits for it
        with self._database.write() as connection:
            return asker.claim(connection, tried, given)

    def record(self, cells: Sequence[Mapping[str, Any]]) -> None:
        """Commit finished rows."""
        with self._database.write() as connection:
            cell_table.write(connection, cells)

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

    def refusals(self, since: float) -> dict[tuple[str, str], frozenset[str]]:
        """The features that endpoints have refused since a time, by endpoint and model id."""
        with self._database.read() as connection:
            return refusal_table.find(connection, since)

    def add_refusals(self, endpoint: str, model: str, features: Iterable[str], at: float) -> None:
        """Note that an endpoint refused features for a model at a time."""
        with self._database.write() as connection:
            refusal_table.add(connection, endpoint, model, features, at)

    def drop_refusals(self, endpoint: str, model: str, features: Iterable[str]) -> None:
        """Forget that an endpoint refused features for a model."""
        with self._database.write() as connection:
            refusal_table.drop(connection, endpoint, model, features)

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
            document_table.write(connection, documents)
            run_table.begin(connection, id, started, meta)

    def end_run(self, id: str, state: str, seconds: float, counts: Mapping[str, Any]) -> None:
        with self._database.write() as connection:
            run_table.end(connection, id, state, seconds, counts)
        self._database.checkpoint()

    def run_record(self, id: str) -> dict[str, Any]:
        """A run's row with meta and counts unpacked; "last" is the newest."""
        with self._database.read() as connection:
            found = run_table.find(connection, id)
        if found is None:
            what = "no run yet" if id == "last" else f"no run {id!r}"
            raise StoreError(
                f"store {self.location} holds {what}: run one, or name the store it is in"
            )
        return found

    def kept(self, id: str) -> Kept | None:
        """A run as it stands in the list of runs; None where it is not there."""
        with self._database.read() as connection:
            return run_table.one(connection, id)

    def runs(self) -> list[Kept]:
        """Every run that was kept, newest first."""
        with self._database.read() as connection:
            return run_table.every(connection)

    def spent(self, run: str) -> float:
        """Dollars that the calls of a run came to, in all its askings, as far as they are known."""
        with self._database.read() as connection:
            return spending.spent(connection, run)

    def say(self, run: str, record: Mapping[str, Any]) -> None:
        """Keep what was said of a run; the same said twice is one."""
        with self._database.read() as connection:
            if run_table.is_said(connection, run, record):
                return
        with self._database.write() as connection:
            run_table.say(connection, run, record, time.time())

    def cells(self, run: str, rows: Sequence[int] | None = None) -> Iterable[dict[str, Any]]:
        """The finished rows of a run (or some), each with its actor's completion, if any."""
        with self._database.read() as connection:
            yield from cell_table.read(connection, run, rows)

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
        completion = call_rows.read(key, digest, row.status, row.reply) if row else None
        if row is None or completion is None:
            raise StoreError(
                f"store {self.location} has lost call {key.hex()}: run again to have it made again"
            )
        return unpack(row.request), completion

    def documents(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """The documents of these digests; StoreError where one is not there."""
        with self._database.read() as connection:
            found = document_table.read(connection, digests)
        if lost := len(set(digests) - found.keys()):
            raise StoreError(
                f"store {self.location} has lost {lost} documents of a run's examples: "
                "make the run again"
            )
        return found

    def write_calls(self, path: str | Path, run: str | Sequence[str] | None = None) -> Path:
        """Export the calls of a run ("last": the newest) or several, or every call, as JSON Lines,
        and the ledger: when these rows were seen, which prompts were known, and who looked.
        """
        given = [run] if isinstance(run, str) else run
        runs = [self.run_record(id)["id"] for id in given] if given else None
        with self._database.read() as connection:
            return write_whole(resolve(path), recordings.lines(connection, runs))

    def read_calls(self, path: str | Path) -> int:
        """Import calls and the ledger from JSON Lines, all or none; how many calls were new."""
        with self._database.write() as connection:
            return recordings.take(connection, resolve(path))

    def answered_otherwise(self, *paths: str | Path) -> int:
        """How many calls of files of JSON Lines, the first that holds one, have another answer
        here.
        """
        with self._database.read() as connection:
            return recordings.otherwise(connection, [resolve(path) for path in paths])

    # Labels and looks

    def add_labels(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Append label records (DESIGN, section 4); a record whose id is known is left alone."""
        if rows := [label_table.row_of(record) for record in records]:
            with self._database.write() as connection:
                insert_new(connection, schema.label, rows)

    def labels(self, critic: str, prompt: str = "") -> list[dict[str, Any]]:
        """Every label given for a critic and not taken back, oldest first; with `prompt`, a
        fingerprint, also those given for a critic of that prompt by another name.
        """
        with self._database.read() as connection:
            return label_table.read(connection, critic, prompt)

    def register(self, rows: bytes, prompts: Sequence[str]) -> None:
        """A run is about to answer these rows (`row_hashes`), and knows these prompts."""
        with self._database.write() as connection:
            ledger.register(connection, rows, prompts, time.time())

    def written_after(self, run: str, rows: bytes, prompts: Sequence[str]) -> frozenset[str]:
        """Those of the prompts that came after the first answer to one of the run's rows."""
        with self._database.read() as connection:
            return ledger.written_after(connection, run, rows, prompts)

    def read_before(self, run: str) -> list[tuple[int, frozenset[int]]]:
        """How many examples other runs have in which answers of this one could be read, and of
        which of its rows.
        """
        with self._database.read() as connection:
            return ledger.read_before(connection, run)

    def seen(self, rows: bytes) -> bytes:
        """Those of the rows whose answers somebody could read."""
        with self._database.read() as connection:
            return ledger.seen(connection, rows)

    def ended(self, rows: bytes) -> bytes:
        """Those of the rows on which a claim found something better while they were held back."""
        with self._database.read() as connection:
            return ledger.ended(connection, rows)

    def around(self, run: str, rows: bytes) -> Around:
        """What else happened to these rows of a run."""
        with self._database.read() as connection:
            return ledger.around(connection, run, rows)

    def looks_on(self, rows: bytes) -> list[Entry]:
        """The looks at these rows, or at others of their lineage, oldest first."""
        with self._database.read() as connection:
            return ledger.looks_on(connection, rows)

    def looks_at(self, critic: str, baseline: str) -> list[Entry]:
        """The looks at decisions by a critic against a baseline, oldest first."""
        with self._database.read() as connection:
            return ledger.entries(connection, critic, baseline)

    def add_look(self, entry: Entry) -> None:
        """Keep a look at a decision."""
        with self._database.write() as connection:
            ledger.append(connection, entry)
