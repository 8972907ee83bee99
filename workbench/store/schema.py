"""The tables, one schema for SQLite and PostgreSQL. Times are seconds since 1970."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)


def as_bound(value: Any) -> Any:
    """A value as SQLite's driver takes it at once: for bytes it looks for an adapter first, which
    takes longer than all else that is done with them.
    """
    return bytearray(value) if type(value) is bytes else value


class Bytes(LargeBinary):
    """Bytes as both drivers take them best."""

    def bind_processor(self, dialect: Any) -> Callable[[Any], Any] | None:
        """None: there is nothing to do to a value."""
        return as_bound if dialect.name == "sqlite" else None


# Raised with every change of a table: older code then refuses the store, where it would read it
# wrong, and this code makes what the store lacks. Columns with rows in them are never changed.
VERSION = 3
tables = MetaData()
_counter = BigInteger().with_variant(
    Integer, "sqlite"
)  # only an INTEGER key counts up by itself there

meta = Table(
    "meta", tables, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)

# Every outcome of every call, appended and never changed. A key's answer is its first row that is
# complete: ok, malformed, truncated or filtered.
call = Table(
    "call",
    tables,
    Column("id", _counter, primary_key=True, autoincrement=True),
    Column("key", Bytes, nullable=False),  # Request.key
    Column("digest", Bytes, nullable=False),  # of key, status and reply: checked when read
    Column("status", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("repeat", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("request", Bytes, nullable=False),  # Request.payload, as it was sent
    Column("reply", Bytes, nullable=False),
)
Index("call_by_key", call.c.key)

# Who is at work on a call. A lease whose owner is dead may be taken over.
lease = Table(
    "lease",
    tables,
    Column("key", Bytes, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
)
owner = Table(
    "owner",
    tables,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("beat", Float, nullable=False),
)

run = Table(
    "run",
    tables,
    Column(
        "id", Text, primary_key=True
    ),  # fingerprint of what was asked for: asked again, it goes on
    Column("state", Text, nullable=False),  # running, finished, stopped, interrupted or failed
    Column("started", Float, nullable=False),
    Column("seconds", Float),
    Column("meta", Bytes, nullable=False),
    Column("counts", Bytes),
)
cell = Table(
    "cell",
    tables,
    Column("run", Text, primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("key", Bytes),  # the actor's call; with digest it names the outcome
    Column("digest", Bytes),
    Column("status", Text, nullable=False),
    Column("cached", Boolean, nullable=False),
    Column("cost", Float),
    Column("detail", Bytes, nullable=False),  # the error, and verdicts with their calls
    sqlite_with_rowid=False,
)
# Prompts' texts and chunks of examples, each once, by the hash of its content.
document = Table(
    "document",
    tables,
    Column("digest", Bytes, primary_key=True),
    Column("body", Bytes, nullable=False),
)

label = Table(
    "label",
    tables,
    Column(
        "number", _counter, primary_key=True, autoincrement=True
    ),  # the order in which they were given
    Column("id", Text, nullable=False, unique=True),
    Column("question", Text, key="critic", nullable=False),  # its name in stores of old
    Column("example", Text, nullable=False),
    Column("output_hash", Text, nullable=False),
    Column("rater", Text, nullable=False),
    Column("value", Float),
    Column("at", Text, nullable=False),  # ISO 8601
    Column("purpose", Text, nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("shown_score", Float),
    Column("selection", Bytes, nullable=False),
    Column("context", Bytes, nullable=False),
    Column("skipped", Boolean, nullable=False),
)
# What an endpoint has said that it cannot do, and when: it is asked again after some time.
refusal = Table(
    "refusal",
    tables,
    Column("endpoint", Text, primary_key=True),
    Column("model", Text, primary_key=True),  # its id there
    Column("feature", Text, primary_key=True),  # as a request's body names it
    Column("at", Float, nullable=False),
)
# Calls whose batch nobody has fetched, with the batch's name here and its id at the endpoint
# (empty: it was about to be made). Whoever is to make the call fetches it and does not pay twice.
batched = Table(
    "batched",
    tables,
    Column("key", Bytes, primary_key=True),
    Column("ticket", Text, nullable=False, index=True),
    Column("batch", Text, nullable=False),
    Column("at", Float, nullable=False),
)
# Dollars of a run, a row for each process that works or worked on it.
spend = Table(
    "spend",
    tables,
    Column("run", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("reserved", Float, nullable=False),
    Column("spent", Float, nullable=False),
)
# Names under which processes work on one run together (`NAME/0` for a notebook's first one).
team = Table(
    "team", tables, Column("name", Text, primary_key=True), Column("run", Text, nullable=False)
)
# The processes of teams. `heard`: since when each uses no more than its share among all who were
# there; one that came later waits for that.
mate = Table(
    "mate",
    tables,
    Column("id", Text, primary_key=True),  # as owner of leases, too
    Column("team", Text, nullable=False, index=True),
    Column("host", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("beat", Float, nullable=False),
    Column("heard", Float, nullable=False),
)
# Rows (sorted hashes of examples, joined) and when a run first began on them.
sighting = Table(
    "sighting",
    tables,
    Column("digest", Bytes, primary_key=True),
    Column("rows", Bytes, nullable=False),
    Column("at", Float, nullable=False),
)
# Prompts by the fingerprint of what they ask, and when a run first knew them.
registration = Table(
    "registration",
    tables,
    Column("prompt", Text, primary_key=True),
    Column("at", Float, nullable=False),
)
# Looks, in the order in which they were taken.
looked = Table(
    "looked",
    tables,
    Column("number", _counter, primary_key=True, autoincrement=True),
    Column("digest", Bytes, nullable=False, unique=True),  # of all that follows but `at`
    Column("critic", Text, nullable=False),
    Column("baseline", Text, nullable=False),
    Column("rows", Bytes, nullable=False),
    Column("record", Bytes, nullable=False),
    Column("at", Float, nullable=False),
)
# What was said of a run when it was compared: it stays said, whatever is said later.
said = Table(
    "said",
    tables,
    Column("number", _counter, primary_key=True, autoincrement=True),
    Column("digest", Bytes, nullable=False, unique=True),  # of run and record
    Column("run", Text, nullable=False, index=True),
    Column("record", Bytes, nullable=False),
    Column("at", Float, nullable=False),
)
# What later stages measured of a prompt on a model: load on its server, a limited release of it,
# the forecast of its full launch. Appended and never changed.
evidence = Table(
    "evidence",
    tables,
    Column("number", _counter, primary_key=True, autoincrement=True),
    Column("digest", Bytes, nullable=False, unique=True),  # of all that follows but `at`
    Column("kind", Text, nullable=False),
    Column("prompt", Text, nullable=False),  # what it asks, as the ledger knows it
    Column("model", Text, nullable=False),  # fingerprint of id, endpoint and parameters
    Column("filters", Text, nullable=False),  # fingerprint of those that stood before it
    Column("named", Bytes, nullable=False),  # prompt, model and data, as people call them
    Column("body", Bytes, nullable=False),
    Column("at", Float, nullable=False),  # when it was measured
)
