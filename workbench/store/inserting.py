"""Writing and deleting many rows at a time: hundreds a second, for which SQLAlchemy's own handling
of parameters takes longer than the database does. Statements are compiled once, values go to the
driver as they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Table, bindparam, case, delete

Rows = Sequence[Mapping[str, Any]]
CHUNK = 500  # keys or rows of one query


def parts(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Keys, as many at a time as one query takes."""
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def insert(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows that are not there."""
    _send(connection, _compiled(connection.dialect, table, "plain", tuple(rows[0])), rows)


def insert_new(connection: Connection, table: Table, rows: Rows) -> int:
    """Insert rows, leaving alone those whose key is there; how many there were to insert."""
    return _send(connection, _compiled(connection.dialect, table, "new", tuple(rows[0])), rows)


def replace(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert rows, or write them over those with their key."""
    if rows:
        _send(connection, _compiled(connection.dialect, table, "over", tuple(rows[0])), rows)


def insert_earliest(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row with a time `at`; where its key is there, the earlier time stays."""
    insert = _insert(connection.dialect, table)
    new, old = insert.excluded["at"], table.c["at"]
    earlier = {"at": case((new < old, new), else_=old)}
    keys = table.primary_key.columns
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=earlier), [row])


def remove(
    connection: Connection,
    column: Column[bytes],
    keys: Sequence[bytes],
    also: Mapping[Column[str], str] = {},
) -> int:
    """Delete the rows that have one of these keys (and `also` these values), in one order
    everywhere, so that two processes cannot wait for each other; how many there were.
    """
    if not keys:
        return 0
    values = {other.name: value for other, value in also.items()}
    rows = [{"gone": key, **values} for key in sorted(keys)]
    return _send(connection, _deletion(connection.dialect, column, tuple(also)), rows)


def _insert(dialect: Dialect, table: Table) -> Any:
    """The two databases share the words but not the classes, which are imported for the one in use:
    PostgreSQL's take 20 ms.
    """
    if dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    return insert(table)


@lru_cache(maxsize=64)
def _compiled(dialect: Dialect, table: Table, kind: str, names: tuple[str, ...]) -> Any:
    """An insertion of these columns; `kind` says what becomes of rows that are there."""
    insert = _insert(dialect, table)
    if kind == "new":
        insert = insert.on_conflict_do_nothing()
    elif kind == "over":
        others = [column.name for column in table.columns if not column.primary_key]
        written = {name: insert.excluded[name] for name in others}
        keys = table.primary_key.columns
        insert = insert.on_conflict_do_update(index_elements=keys, set_=written)
    return insert.compile(dialect=dialect, column_keys=names)


@lru_cache(maxsize=16)
def _deletion(dialect: Dialect, column: Column[bytes], others: tuple[Column[str], ...]) -> Any:
    wanted = [column == bindparam("gone"), *(each == bindparam(each.name) for each in others)]
    return delete(column.table).where(*wanted).compile(dialect=dialect)


def _send(connection: Connection, statement: Any, rows: Rows) -> int:
    """Execute a statement for each row; how many it changed."""
    names = statement.positiontup  # None where parameters go by name
    sent = [_bound(map(row.__getitem__, names)) for row in rows] if names else list(rows)
    return connection.exec_driver_sql(str(statement), sent).rowcount


def _bound(values: Iterable[Any]) -> tuple[Any, ...]:
    """Each as the driver takes it at once (`as_bound`), without a call for each of millions."""
    return tuple([bytearray(value) if type(value) is bytes else value for value in values])
