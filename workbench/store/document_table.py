"""Chunks of examples, each once, by the hash of its content."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from workbench.store.inserting import replace
from workbench.store.ledger import digest_of
from workbench.store.schema import document


def write(connection: Connection, documents: Iterable[tuple[bytes, bytes]]) -> None:
    """Insert documents that are not there as they are given."""
    for digest, body in documents:
        if digest not in read(connection, [digest]):
            replace(connection, document, [{"digest": digest, "body": body}])


def read(connection: Connection, digests: Sequence[bytes]) -> dict[bytes, bytes]:
    """Those of the documents that are there and undamaged."""
    rows = connection.execute(select(document).where(document.c.digest.in_(digests)))
    bodies = ((row.digest, row.body) for row in rows)
    return {digest: body for digest, body in bodies if _is_of(body, digest)}


def _is_of(body: object, digest: bytes) -> bool:
    return isinstance(body, bytes) and digest_of(body) == digest
