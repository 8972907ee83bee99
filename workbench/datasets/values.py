"""Values of tables as plain data: whole numbers whole, times as ISO text, what is missing None."""

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID


def is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def plain(value: Any) -> Any:
    """A cell of a workbook: its numbers are all floats, so whole ones are written whole."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return as_json(value)


def as_json(value: Any) -> Any:
    """A cell of a typed table; what has no form in JSON stays as it is, to be refused if used."""
    if isinstance(value, str | bool | int | None):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _span(value)
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return as_json(value.tolist()) if hasattr(value, "tolist") else value  # numpy's


def _span(value: timedelta) -> str:
    """A length of time in hours, as sheets show it: 30:15:00, -0:30:00."""
    seconds, rest = divmod(abs(value), timedelta(seconds=1))
    minutes, seconds = divmod(seconds, 60)
    parts = f"{rest.total_seconds():.9f}"[1:].rstrip("0") if rest else ""  # pandas counts to 1e-9
    sign = "-" if value < timedelta(0) else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{seconds:02}{parts}"
