"""Calls that are in a batch somewhere, as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from workbench.printing import printed
from workbench.store.database import Database
from workbench.store.inserting import parts, remove, replace
from workbench.store.schema import batched


@dataclass(frozen=True, slots=True)
class Ticket:
    """A batch as this store knows it: a name of its own, the endpoint's id of it (empty: it was
    about to be made), and when that was.
    """

    name: str
    batch: str
    at: float


@printed
class BatchTable:
    """Which calls are in a batch that nobody has fetched."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __repr__(self) -> str:
        return f"Batches of store {self._database.location}"

    def enter(self, ticket: Ticket, keys: Sequence[bytes]) -> None:
        """Calls are in a batch, or about to be, until they are answered."""
        named = {"ticket": ticket.name, "batch": ticket.batch, "at": ticket.at}
        with self._database.write() as connection:
            replace(connection, batched, [named | {"key": key} for key in sorted(keys)])

    def find(self, keys: Sequence[bytes]) -> Mapping[bytes, Ticket]:
        """Those of the calls that are in a batch."""
        found: dict[bytes, Ticket] = {}
        with self._database.read() as connection:
            for some in parts(keys):
                rows = connection.execute(_OF_KEYS, {"keys": some})
                found |= {row.key: Ticket(row.ticket, row.batch, row.at) for row in rows}
        return found

    def leave(self, keys: Sequence[bytes]) -> None:
        """A batch ended without answers to these calls."""
        with self._database.write() as connection:
            leave(connection, keys)


def leave(connection: Connection, keys: Sequence[bytes]) -> None:
    """Calls are in no batch any more; mostly none was in any."""
    if connection.execute(_ANY).first():
        remove(connection, batched.c.key, keys)


_ANY = select(batched.c.key).limit(1)
_OF_KEYS = select(batched).where(batched.c.key.in_(bindparam("keys", expanding=True)))
