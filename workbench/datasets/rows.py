"""The rows of dataset files: JSON Lines, CSV and Parquet, each with its line for errors."""

import csv
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from sys import intern
from typing import Any, NoReturn

from workbench.errors import DatasetError
from workbench.files import no_project

Row = tuple[int, dict[str, Any]]  # line of the file (row, for Parquet), and what it says by name
# characters in one field of a CSV file; the csv module's own limit is 131,072
MAX_FIELD = 100_000_000


def read_rows(file: Path, where: str) -> Iterator[Row]:
    """The rows of a file, read as its ending says; `where` names it in errors."""
    readers = {
        ".jsonl": _read_jsonl,
        ".csv": _read_csv,
        ".tsv": _read_csv,
        ".parquet": _read_parquet,
    }
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise DatasetError(
            f"{where}: {file.suffix or 'no ending'} is not known: use {', '.join(readers)}"
        )
    if not file.is_file():
        here = file.parent.iterdir() if file.parent.is_dir() else ()
        near = sorted(entry.name for entry in here if entry.suffix in readers)
        step = f"there is {', '.join(near[:8])}" if near else "check the path"
        raise DatasetError(f"{where} is not there: {step}{no_project()}")
    return reader(file, where)


def fail(where: str, number: int, problem: str) -> NoReturn:
    """Refuse a row, named by its line."""
    raise DatasetError(f"{where}, {at(number, where)}: {problem}") from None


def at(number: int, where: str) -> str:
    """A row's line, in words."""
    return f"{'row' if where.lower().endswith('.parquet') else 'line'} {number}"


# --- JSON Lines


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON: write null, or leave it out")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_constant(text)


# The standard library's decoder: orjson is faster, yet rounds whole numbers above 64 bits and
# refuses half characters.
decode = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).decode


def _read_jsonl(file: Path, where: str) -> Iterator[Row]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                row = decode(text) if text else None
            except UnicodeDecodeError:
                fail(where, number, "not UTF-8 text: save the file as UTF-8")
            except RecursionError:
                fail(where, number, "nested too deeply: flatten it")
            except ValueError as error:
                fail(where, number, f"not valid JSON: {error}: mend the line, one object a line")
            if not text:
                continue
            if not isinstance(row, dict):
                fail(
                    where,
                    number,
                    f'{type(row).__name__} in place of an object {{"id": ..., "inputs": {{...}}}}',
                )
            yield number, row


# --- CSV and Parquet


def _read_csv(file: Path, where: str) -> Iterator[Row]:
    reader = _csv_records(file, where)
    header: list[str] = []
    before = 0  # physical lines read before this record: a quoted field may hold line breaks
    try:
        for record in reader:
            number, before = before + 1, reader.line_num
            if record and header:
                yield number, _by_name(header, record, where, number)
            elif record:
                header = _checked_header(record, where, number)
    except csv.Error as error:
        fail(where, before + 1, f"not valid CSV: {error}: mend the quotes")


def _csv_records(file: Path, where: str) -> Any:
    """What reads a file's records, with the lines read as `line_num`."""
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fail(where, data.count(b"\n", 0, error.start) + 1, "not UTF-8 text: save the file as UTF-8")
    csv.field_size_limit(MAX_FIELD)
    delimiter = "\t" if file.suffix.lower() == ".tsv" else ","
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _by_name(header: list[str], record: list[str], where: str, number: int) -> dict[str, Any]:
    if len(record) != len(header):
        count = f"{len(record)} fields, the header has {len(header)}"
        fail(where, number, f"{count}: quote text with commas")
    return dict(zip(header, record, strict=True))


def _checked_header(header: list[str], where: str, number: int) -> list[str]:
    header = [name.strip() for name in header]
    if len(header) == 1 and ";" in header[0]:
        fail(where, number, "the columns are parted by semicolons: save the file with commas")
    if "" in header or len(set(header)) < len(header):
        fail(where, number, "the header needs a different name for every column")
    return [intern(name) for name in header]


def _read_parquet(file: Path, where: str) -> Iterator[Row]:
    import pyarrow  # here: half a second and 60 MB that JSON Lines do without
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(file) as table:
            columns = [
                name for name in table.schema_arrow.names if not name.startswith("__index_level_")
            ]  # pandas'
            nested = {
                each.name for each in table.schema_arrow if pyarrow.types.is_nested(each.type)
            }
            number = 0
            for batch in table.iter_batches(batch_size=1000):
                for row in batch.select(columns).to_pylist(maps_as_pydicts="strict"):
                    number += 1
                    for column, value in row.items():
                        _check_cell(column, value, where, number)
                    yield (
                        number,
                        {
                            name: _without_nulls(value) if name in nested else value
                            for name, value in row.items()
                        },
                    )
    except (pyarrow.ArrowException, OSError) as error:
        raise DatasetError(
            f"{where}: not a Parquet file that can be read: {str(error).splitlines()[0]}"
        ) from None


def _without_nulls(value: Any) -> Any:
    """Nested data without the nulls that fill it up: in a column every mapping has the keys of all
    the others.
    """
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return value


def _check_cell(column: str, value: Any, where: str, number: int) -> None:
    if isinstance(value, str | int | None):
        return
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        fail(where, number, f"column {column!r}: {error}: write it as text")
