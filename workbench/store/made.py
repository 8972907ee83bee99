"""The calls that were made: for a run since a time, or elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from workbench.models.completion import Completion
from workbench.printing import printed
from workbench.store import calls
from workbench.store.cell_table import calls_of
from workbench.store.database import Database
from workbench.store.inserting import CHUNK
from workbench.store.recordings import add
from workbench.store.schema import call
from workbench.store.text import unpack


@dataclass(frozen=True, slots=True)
class Made:
    """A call: what it is known by, when it was answered (seconds since 1970), where it went, the
    body that was sent, and what came back.
    """

    key: bytes
    digest: bytes
    at: float
    endpoint: str
    request: Any
    completion: Completion


@printed
class MadeCalls:
    """Calls in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __repr__(self) -> str:
        return f"Calls of store {self._database.location}"

    def add(self, made: Sequence[Mapping[str, Any]]) -> int:
        """Keep calls that were made elsewhere, as `call_row` writes them; how many were new."""
        with self._database.write() as connection:
            return add(connection, made)

    def since(self, run: str, at: float) -> Iterator[Made]:
        """Those that the rows of a run stand on and that were answered since a time, oldest
        first.
        """
        late = select(call).where(call.c.at >= at).order_by(call.c.id)
        with self._database.read() as connection:
            wanted = calls_of(connection, run)
            for row in connection.execute(late.execution_options(yield_per=CHUNK)):
                if (row.key, row.digest) not in wanted:
                    continue
                if completion := calls.read(row.key, row.digest, row.status, row.reply):
                    asked = unpack(row.request)
                    yield Made(row.key, row.digest, row.at, row.endpoint, asked, completion)
