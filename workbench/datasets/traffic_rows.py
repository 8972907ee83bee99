"""Rows of a traffic trace: when each request came, and the tokens of its prompt and its reply."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import words
from workbench.datasets.rows import read_rows
from workbench.datasets.source import Source

FIELDS = ("timestamp", "input_length", "output_length")  # milliseconds, tokens, tokens
MILLISECONDS = 1000.0  # in the unit of `timestamp`: that of other tools' files
LATEST = 253_402_300_800_000.0  # milliseconds: the year 10,000
EPOCH = (1e9, 4e9)  # seconds since 1970 from 2001 on; as milliseconds they lie in January 1970
LONGEST = 10_000_000.0  # tokens of a prompt or a reply


def traffic_rows(source: Source, columns: Mapping[str, str] | None = None) -> NDArray[np.float64]:
    """The requests `(n, 3)` of a trace in the order of time: seconds from where its clock begins,
    tokens of the prompt and of the reply, one or more each. `columns` says what `timestamp`
    (milliseconds), `input_length` and `output_length` are called there instead.

    DatasetError for a file without requests and, with its line, for a row that is none.
    """
    named = {field: (columns or {}).get(field, field) for field in FIELDS}
    found = [_request(source, number, row, named) for number, row in read_rows(source)]
    if not found:
        source.refuse(f"holds no request: write one a line, with {', '.join(FIELDS)}")
    table = np.array(found, dtype=float)
    if EPOCH[0] <= table[:, 0].min() and table[:, 0].max() < EPOCH[1]:
        source.refuse(f"{named[FIELDS[0]]} reads like seconds since 1970: write milliseconds")
    table[:, 0] /= MILLISECONDS
    return table[np.argsort(table[:, 0], kind="stable")]


def _request(
    source: Source, number: int, row: Mapping[str, Any], named: Mapping[str, str]
) -> list[float]:
    return [_number(source, number, row, *each) for each in named.items()]


def _number(source: Source, number: int, row: Mapping[str, Any], field: str, name: str) -> float:
    if name not in row:
        source.fail(
            number,
            f"no {name}: a request has {', '.join(FIELDS)}; wb.Trace.read takes other names "
            "with columns=",
        )
    value = _float(row[name])
    if value is None:
        source.fail(number, f"{name} is no number: {words.brief(repr(row[name]))}")
    if field == FIELDS[0]:
        if not 0 <= value < LATEST:
            source.fail(number, f"{name} {value:g} is no time in milliseconds, from 0 on")
    elif not (1 <= value <= LONGEST and value.is_integer()):
        source.fail(number, f"{name} {value:g} is no length: tokens are whole, and 1 or more")
    return value


def _float(value: Any) -> float | None:
    """Of what is a number, also as text, as tables have it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
