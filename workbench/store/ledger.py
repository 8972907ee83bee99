"""What was seen, registered and looked at: appended and never changed (METHODS 4.3, 4.4).

Which rows were ever answered decides which prompts may be claimed on them: those registered
before. Every look at a decision is kept with the rows it stood on, so that the next one knows what
is spent.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from workbench.files import as_read, canonical
from workbench.store.inserting import insert_new, parts
from workbench.store.schema import call, cell, looked, registration, sighting
from workbench.store.schema import run as kept_run
from workbench.store.sealing import damaged, reading
from workbench.store.text import pack, restored, storable, unpack

HASH_BYTES = 8  # of a row of a dataset
CLOCKS = 60.0  # seconds by which those of two machines may differ
COPY = "put a copy of the store back"  # looks that are lost are paid for by nobody
DELETED = "deleted"  # in a record: the run whose answers to these rows were deleted


@dataclass(frozen=True, slots=True)
class Entry:
    """One look: the deciding critic, the baseline, the rows it stood on, and what it concluded."""

    critic: str
    baseline: str
    rows: bytes
    record: Mapping[str, Any]
    at: float


def row_content(id: str, inputs: Mapping[str, Any]) -> bytes:
    """What a row of a dataset is known by: its inputs as they read, so that neither a right answer
    that is corrected nor a blank at a text's end makes a new row; without inputs its id.
    """
    return canonical(as_read(dict(inputs)) or id)


def row_hashes(rows: Iterable[bytes]) -> bytes:
    """Rows of a dataset, given as bytes of their content, as sorted hashes joined to one value."""
    hashes = {hashlib.blake2b(row, digest_size=HASH_BYTES).digest() for row in rows}
    return b"".join(sorted(hashes))


def digest_of(body: bytes) -> bytes:
    """What a sighting or a look is told apart by."""
    return hashlib.blake2b(body, digest_size=16).digest()


def lineage(rows: bytes, others: Sequence[bytes]) -> list[int]:
    """The places of those values that share a row with `rows`, or with another that does."""
    return _related(rows, lambda: enumerate(others))


def _related(rows: bytes, read: Callable[[], Iterable[tuple[int, bytes]]]) -> list[int]:
    """The keys of those values that share a row with `rows`, or with another that does; `read`
    begins anew for each generation of them, and most often there is one.
    """
    found, known, new = set[int](), set[int](), set(_hashes(rows))
    while new:
        known |= new
        hits = [each for each in read() if each[0] not in found and _share(new, each[1])]
        found.update(key for key, _ in hits)
        new = {row for _, value in hits for row in _hashes(value)} - known
    return sorted(found)


def shared(rows: bytes, others: bytes) -> int:
    """How many rows two such values have in common."""
    return len(each_row(rows) & each_row(others))


def _share(mine: AbstractSet[int], rows: bytes) -> bool:
    """Whether any of the rows is one of mine."""
    return not mine.isdisjoint(_hashes(rows))


def _hashes(rows: bytes) -> memoryview:
    """The hashes that such a value joins, as numbers: no object is made for each but when read."""
    if not isinstance(rows, bytes):
        raise damaged("what its ledger holds of rows", step=COPY)
    return memoryview(rows)[: len(rows) // HASH_BYTES * HASH_BYTES].cast("Q")


def each_row(rows: bytes) -> set[bytes]:
    """The hashes that such a value joins."""
    return {rows[at : at + HASH_BYTES] for at in range(0, len(rows), HASH_BYTES)}


def register(connection: Connection, rows: bytes, prompts: Sequence[str], at: float) -> None:
    """A run is about to answer rows, and knows these prompts; what is known already stays."""
    known = [{"prompt": prompt, "at": at} for prompt in dict.fromkeys(prompts)]
    if known:
        insert_new(connection, registration, known)
    if rows:
        insert_new(connection, sighting, [{"digest": digest_of(rows), "rows": rows, "at": at}])


def written_after(
    connection: Connection, run: str, rows: bytes, prompts: Sequence[str]
) -> frozenset[str]:
    """Those of the prompts that were registered only after one of the rows of a run was first
    answered, in whatever dress: a column that is added makes new rows, and no new answers.

    A prompt that nobody registered counts as written after, where the rows were seen at all.
    """
    times = [seen.at for seen in _sightings(connection, rows)]
    if not times:
        return frozenset()
    first = min(*times, _reused(connection, run) + CLOCKS)
    early = select(registration.c.prompt).where(
        registration.c.prompt.in_(prompts), registration.c.at <= first
    )
    return frozenset(prompts) - set(connection.execute(early).scalars())


def _reused(connection: Connection, run: str) -> float:
    """When the oldest of the answers came that a run took from the store, of those that came since
    prompts are registered; infinite where it took none.
    """
    begun = select(func.min(registration.c.at)).scalar_subquery()
    same = (cell.c.key == call.c.key) & (cell.c.digest == call.c.digest)
    oldest = select(func.min(call.c.at)).select_from(cell.join(call, same))
    taken = oldest.where(cell.c.run == run, cell.c.cached, call.c.at >= begun)
    found = connection.execute(taken).scalar()
    return inf if found is None else found


def read_before(connection: Connection, run: str) -> list[tuple[int, frozenset[int]]]:
    """Other runs that hold no row back and have answers of this one, which somebody could read
    there, whatever the rows were called: how many examples each has, and which rows of this one.
    """
    mine = _rows_by_key(connection, run)
    other = cell.alias()
    asked = select(cell.c.key).where(cell.c.run == run)  # no join: keys of rows have no index
    also = select(other.c.run, other.c.key).join(kept_run, kept_run.c.id == other.c.run)
    rows: dict[str, set[int]] = {}
    for id, key in connection.execute(also.where(other.c.run != run, other.c.key.in_(asked))):
        rows.setdefault(id, set()).update(mine[key])
    every = [(_dataset(connection, id), frozenset(each)) for id, each in rows.items()]
    return [(about["n"], each) for about, each in every if not about.get("held")]


def _rows_by_key(connection: Connection, run: str) -> dict[bytes, set[int]]:
    """The rows of a run by the key of the call that answered them."""
    rows: dict[bytes, set[int]] = {}
    for key, row in connection.execute(select(cell.c.key, cell.c.row).where(cell.c.run == run)):
        rows.setdefault(key, set()).add(row)
    return rows


def _dataset(connection: Connection, run: str) -> Mapping[str, Any]:
    """What a run keeps of its dataset."""
    kept = select(kept_run.c.meta).where(kept_run.c.id == run)
    return unpack(connection.execute(kept).scalar_one())["dataset"]


def seen(connection: Connection, rows: bytes) -> bytes:
    """Those of the rows that were answered where anybody could read the answers."""
    return _among(rows, (each.rows for each in _every_sighting(connection)))


def ended(connection: Connection, rows: bytes) -> bytes:
    """Those of the rows on which a claim found something better while they were held back."""
    looks = looks_on(connection, rows)
    return _among(rows, (each.rows for each in looks if each.record.get("ended")))


def _among(rows: bytes, others: Iterable[bytes]) -> bytes:
    found = each_row(rows) & {row for each in others for row in each_row(each)}
    return b"".join(sorted(found))


class Around(NamedTuple):
    """What is known of a run's rows besides the looks at them.

    `left_out` are the rows that were answered together with some of these, before these were `seen`
    as they are (never: infinite), and are not among them; `unregistered`: the run is kept, and was
    made before rows and looks were counted.
    """

    left_out: bytes
    seen: float
    unregistered: bool


def around(connection: Connection, run: str, rows: bytes) -> Around:
    """What else happened to the rows of a run."""
    mine, sightings = each_row(rows), list(_sightings(connection, rows))
    first = min((seen.at for seen in sightings if seen.rows == rows), default=inf)
    early = (each_row(seen.rows) - mine for seen in sightings if seen.at < first)
    left = sorted(set[bytes]().union(*early))
    return Around(b"".join(left), first, not sightings and _is_kept(connection, run))


def unregistered(connection: Connection, run: str, rows: bytes) -> bool:
    """Whether a run is kept whose rows nobody registered: it was made before the ledger was."""
    return _is_kept(connection, run) and next(_sightings(connection, rows), None) is None


def _is_kept(connection: Connection, run: str) -> bool:
    found = connection.execute(select(kept_run.c.id).where(kept_run.c.id == run))
    return found.first() is not None


def _sightings(connection: Connection, rows: bytes) -> Iterator[Any]:
    """When any of the rows was first answered."""
    mine = set(_hashes(rows))
    return (seen for seen in _every_sighting(connection) if _share(mine, seen.rows))


def _every_sighting(connection: Connection) -> Iterator[Any]:
    """When which rows were answered; Damaged where a row of the table was changed."""
    for row in connection.execute(select(sighting)):
        if not isinstance(row.rows, bytes) or digest_of(row.rows) != row.digest:
            raise damaged("what its ledger holds of rows", step=COPY)
        yield row


def append(connection: Connection, entry: Entry) -> None:
    """Keep a look; the same look twice is one."""
    record = pack(dict(entry.record))
    parts = (storable(entry.critic), storable(entry.baseline), entry.rows, record)
    row = dict(zip(_TOLD_BY, parts, strict=True))
    insert_new(connection, looked, [{**row, "digest": _digest(parts), "at": entry.at}])


_TOLD_BY = ("critic", "baseline", "rows", "record")


def _digest(parts: Iterable[str | bytes]) -> bytes:
    """What a look is told apart by."""
    encoded = (part if isinstance(part, bytes) else part.encode() for part in parts)
    return digest_of(b"\0".join(encoded))


def enter_deletion(
    connection: Connection, run: str, rows: bytes, critics: Iterable[str], at: float
) -> None:
    """The answers of a run to these rows are deleted: who looked at them by one of its critics, or
    gated on them, could ask for others.
    """
    judges = {"", *critics}  # gates have no critic's name
    every = (entry(row) for row in connection.execute(select(looked)))
    looks = {(each.critic, each.baseline) for each in every if each.rows == rows}
    for critic, baseline in sorted(looks):
        if critic in judges:
            append(connection, Entry(critic, baseline, rows, {DELETED: run, "since": at}, at))


def entries(connection: Connection, critic: str, baseline: str) -> list[Entry]:
    """The looks by a critic against a baseline, on whatever rows, oldest first."""
    mine = looked.c.baseline == storable(baseline), looked.c.critic == storable(critic)
    found = connection.execute(select(looked).where(*mine).order_by(looked.c.at, looked.c.number))
    return [entry(row) for row in found]


def looks_on(connection: Connection, rows: bytes) -> list[Entry]:
    """The looks of the lineage of some rows, by whatever critic against whatever baseline, oldest
    first: of the others only their rows are read.
    """
    every = select(looked.c.number, looked.c.rows)
    numbers = _related(rows, lambda: (tuple(row) for row in connection.execute(every)))
    found = [
        each
        for some in parts(numbers)
        for each in connection.execute(select(looked).where(looked.c.number.in_(some)))
    ]
    return [entry(row) for row in sorted(found, key=lambda row: (row.at, row.number))]


def entry(row: Any) -> Entry:
    """The look that a row of the table keeps; Damaged where it was changed."""
    what = f"look {row.number} of its ledger"
    with reading(what, COPY):
        if _digest(getattr(row, name) for name in _TOLD_BY) != row.digest:
            raise damaged(what, step=COPY)
        critic, baseline = restored(row.critic), restored(row.baseline)
        return Entry(critic, baseline, row.rows, unpack(row.record), float(row.at))
