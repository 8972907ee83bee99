"""Labels as rows: how a record is written and read back."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from workbench.store.schema import label
from workbench.store.text import or_nan, pack, restored, storable, unpack

_COLUMNS = [column.label(column.key) for column in label.columns]


def read(connection: Connection, critic: str, prompt: str) -> list[dict[str, Any]]:
    """The labels for a critic by this name, or of this prompt where there is one."""
    query = select(*_COLUMNS).order_by(label.c.number)
    if not prompt:
        query = query.where(label.c.critic == storable(critic))
    given = [_record(row) for row in connection.execute(query).mappings()]
    return _not_taken_back(
        [
            record
            for record in given
            if record["critic"] == critic or record["context"].get("critic_prompt") == prompt
        ]
    )


def _not_taken_back(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that were not taken back."""
    back = [record for record in records if "takes_back" in record["context"]]
    gone = {record["context"]["takes_back"] for record in back} | {each["id"] for each in back}
    return [record for record in records if record["id"] not in gone]


_TEXTS = ("critic", "example", "rater")


def row_of(record: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: storable(str(record[name])) for name in _TEXTS}
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


def _record(row: RowMapping) -> dict[str, Any]:
    record = {str(name): value for name, value in row.items() if name != "number"}
    return (
        record
        | {name: restored(record[name]) for name in _TEXTS}
        | {
            "value": or_nan(row["value"]),
            "selection": unpack(row["selection"]),
            "context": unpack(row["context"]),
        }
    )


def _number(value: float | None) -> float | None:
    """None for NaN, which SQLite cannot hold."""
    return None if value is None or math.isnan(value) else float(value)
