"""Parquet files and DataFrames: typed columns with names of their own."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.datasets.source import Source, most_bytes
from workbench.datasets.tables import Row
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
            if twice := next((name for name in columns if columns.count(name) > 1), ""):
                source.refuse(f"column {twice!r} stands twice: rename one")
            _check_cells(source, table.metadata.num_rows, len(columns))
            batches = _bounded(source, table.iter_batches(batch_size=BATCH, columns=columns))
            rows = (row for batch in batches for row in batch.to_pylist(maps_as_pydicts="strict"))
            yield from _kept(source, rows)
    except (pyarrow.ArrowException, OSError) as error:
        source.refuse(f"not a Parquet file that can be read: {str(error).splitlines()[0]}")


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
    whole = frame.astype(object).where(frame.notna(), None)
    yield from _kept(source, whole.set_axis(names, axis=1).to_dict("records"))


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
