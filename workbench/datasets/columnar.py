"""Parquet files and DataFrames: typed columns with names of their own."""

from collections.abc import Iterable, Iterator
from typing import Any

from workbench.datasets.source import Source
from workbench.datasets.tables import Row, is_blank
from workbench.datasets.values import as_json

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
            batches = table.iter_batches(batch_size=1000, columns=columns)
            rows = (row for batch in batches for row in batch.to_pylist(maps_as_pydicts="strict"))
            yield from _kept(source, rows)
    except (pyarrow.ArrowException, OSError) as error:
        source.refuse(f"not a Parquet file that can be read: {str(error).splitlines()[0]}")


def is_frame(thing: Any) -> bool:
    """Whether it is a DataFrame of pandas or polars, without importing either."""
    return hasattr(thing, "columns") and (hasattr(thing, "to_dicts") or hasattr(thing, "iloc"))


def read_frame(source: Source, frame: Any) -> Iterator[Row]:
    """The rows of a DataFrame; its index is no column."""
    names = [str(name) for name in frame.columns]
    if twice := next((name for name in names if names.count(name) > 1), ""):
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
