"""Inserting rows whose key may be there already; the two databases share the words but not the
classes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, case
from sqlalchemy.dialects import postgresql, sqlite


def _insert(connection: Connection, table: Table) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, leaving alone those whose key is there."""
    connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def insert_earliest(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row with a time `at`; where its key is there, the earlier time stays."""
    insert = _insert(connection, table)
    new, old = insert.excluded["at"], table.c["at"]
    earlier = {"at": case((new < old, new), else_=old)}
    keys = table.primary_key.columns
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=earlier), [row])


def replace(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or write them over those with their key."""
    if not rows:  # SQLAlchemy would insert one of defaults
        return
    insert = _insert(connection, table)
    others = {
        column.name: insert.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    connection.execute(
        insert.on_conflict_do_update(index_elements=table.primary_key.columns, set_=others), rows
    )
