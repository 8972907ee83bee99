"""Parquet files and DataFrames: typed columns with names of their own."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from workbench.datasets.source import Source, most_bytes
from workbench.datasets.tables import MOST_COLUMNS, Odd, Row
from workbench.datasets.values import as_json, is_blank

BATCH = 100  # rows: one text that stands in each of them is unpacked so many times
# A few bytes may repeat one value for ever; a file below so many cells is read all the same.
FEW_CELLS, CELLS_A_BYTE = 1_000_000, 10
WHOLE = ("inputs", "expected", "tags")  # columns of a dataset's own layout


def read_parquet(source: Source) -> Iterator[Row]:
    import pyarrow  # here: half a second and 60 MB that JSON Lines do without
    from pyarrow import parquet

    try:
        with source.open() as file, parquet.ParquetFile(file) as table:
            columns = [
                name for name in table.schema_arrow.names if not name.startswith("__index_level_")
            ]  # pandas'
            if len(columns) > MOST_COLUMNS:
                source.refuse(f"more than {MOST_COLUMNS:,} columns: put what is long in rows")
            if twice := next((name for name, times in Counter(columns).items() if times > 1), ""):
                source.refuse(f"column {twice!r} stands twice: rename one")
            _check_cells(source, table.metadata.num_rows, len(columns))
            batches = _bounded(source, table.iter_batches(batch_size=BATCH, columns=columns))
            yield from _kept(source, _rows(source, batches, table.schema_arrow.metadata or {}))
    except (pyarrow.ArrowException, OSError) as error:
        source.refuse(f"not a Parquet file that can be read: {str(error).splitlines()[0]}")


def _rows(
    source: Source, batches: Iterable[Any], metadata: Mapping[bytes, bytes]
) -> Iterator[dict[str, Any]]:
    """The rows of batches, with classes by their names."""
    labels = _class_labels(metadata)
    for name in labels:
        source.noticed.add("taken as", f"{name} by the names of its Hugging Face classes")
    for batch in map(_as_written, batches):
        names = batch.schema.names
        for row in zip(*map(_cells, batch.columns), strict=True):
            yield _named(dict(zip(names, row, strict=True)), labels)


def _cells(column: Any) -> list[Any]:
    """The values of a column, each by itself where one of them is none of Python's."""
    try:
        return column.to_pylist(maps_as_pydicts="strict")
    except (ValueError, OverflowError, KeyError):
        return [_cell(each) for each in column]


def _cell(scalar: Any) -> Any:
    try:
        return scalar.as_py(maps_as_pydicts="strict")
    except (ValueError, OverflowError, KeyError) as error:  # the year 10000, a doubled key
        return Odd(f"a value that cannot be read ({error.args[0]})")


def _as_written(batch: Any) -> Any:
    """A batch whose numbers of single precision are the shortest that stand for them: .1, and not
    .10000000149.
    """
    import pyarrow

    for at, column in enumerate(batch.schema):
        if column.type == pyarrow.float32():
            shortest = batch.column(at).cast(pyarrow.string()).cast(pyarrow.float64())
            batch = batch.set_column(at, column.name, shortest)
    return batch


def _class_labels(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Columns of numbers that stand for classes, with their names, as Hugging Face's files say."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        classes = {
            name: each["names"]
            for name, each in features.items()
            if isinstance(each, dict) and each.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return {name: each for name, each in classes.items() if _are_texts(each)}


def _are_texts(names: Any) -> bool:
    return isinstance(names, list) and bool(names) and all(isinstance(name, str) for name in names)


def _named(row: dict[str, Any], labels: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A row with classes by their names; -1 is Hugging Face's for none."""
    for column, names in labels.items():
        number = row.get(column)
        if isinstance(number, int) and -1 <= number < len(names):
            row[column] = names[number] if number >= 0 else None
    return row


def _check_cells(source: Source, rows: int, columns: int) -> None:
    """Refuse a file whose footer tells of more cells than examples in its bytes could fill."""
    if rows * columns > max(FEW_CELLS, CELLS_A_BYTE * source.size):
        source.refuse(f"{rows:,} rows in {source.size:,} bytes are no texts of people: part it")


def _bounded(source: Source, batches: Iterable[Any]) -> Iterator[Any]:
    """Batches of rows, as far as they hold no more than a file of its size may."""
    held, most = 0, most_bytes(source.size)
    for batch in batches:
        held += sum(map(_size, batch.columns))
        if held > most:
            source.refuse(f"unpacked it holds more than {most:,} bytes: part it")
        yield batch


def _size(column: Any) -> int:
    """The bytes of a column's values, a text that stands in many rows counted in each."""
    return (column.dictionary_decode() if hasattr(column, "dictionary") else column).nbytes


def is_frame(thing: Any) -> bool:
    """Whether it is a DataFrame of pandas or polars, without importing either."""
    return hasattr(thing, "columns") and (hasattr(thing, "to_dicts") or hasattr(thing, "iloc"))


def read_frame(source: Source, frame: Any) -> Iterator[Row]:
    """The rows of a DataFrame; its index is no column."""
    names = [str(name) for name in frame.columns]
    if twice := next((name for name, times in Counter(names).items() if times > 1), ""):
        source.refuse(f"column {twice!r} stands twice: rename one")
    if hasattr(frame, "to_dicts"):  # polars
        yield from _kept(source, frame.to_dicts())
        return
    if named := [str(name) for name in frame.index.names if name is not None]:
        source.noticed.add("unmapped", f"the index {', '.join(named)} (reset_index() keeps it)")
    frame = _of_double_precision(frame)
    whole = frame.astype(object).where(frame.notna(), None)
    yield from _kept(source, whole.set_axis(names, axis=1).to_dict("records"))


def _of_double_precision(frame: Any) -> Any:
    """A DataFrame of pandas with the shortest numbers for those of single precision."""
    single = [name for name, kind in frame.dtypes.items() if str(kind) == "float32"]
    return frame.astype(dict.fromkeys(single, str)).astype(dict.fromkeys(single, float))


def _kept(source: Source, rows: Iterable[dict[str, Any]]) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        values = {name: _value(name, value) for name, value in row.items()}
        if all(map(is_blank, values.values())):
            source.noticed.add("blank row", "", number)
        else:
            yield number, values


def _value(column: str, value: Any) -> Any:
    value = as_json(value)
    return _without_nulls(value) if column in WHOLE else value


def _without_nulls(value: Any) -> Any:
    """Nested data without the nulls that fill it up: in a column of a dataset's own layout every
    mapping has the keys of all the others.
    """
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return value
