"""Which columns of a flat row are which part of an example."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from workbench.datasets.rows import decode
from workbench.errors import DatasetError

MAPPED = ("id", "inputs", "expected", "tags")  # what `columns` may map
Parted = Callable[[dict[str, Any]], dict[str, Any]]


def how_parted(columns: Mapping[str, Any] | None, where: str) -> Parted | None:
    """What reads flat rows in the parts of an example; None where rows have these parts."""
    if columns is not None and not set(columns) <= set(MAPPED):
        odd = ", ".join(map(str, set(columns) - set(MAPPED)))
        raise DatasetError(f"{where}: columns maps {', '.join(MAPPED)}, not {odd}")
    table = not where.lower().endswith(".jsonl")
    return _parted(columns or {}, table) if table or columns is not None else None


def _parted(columns: Mapping[str, Any], table: bool) -> Parted:
    """What reads a flat row in the parts of an example; parts that it holds as a dataset file does
    stay as they are.
    """
    plan = cache(lambda names: _plan(names, columns, table))

    def parted(row: dict[str, Any]) -> dict[str, Any]:
        whole = {
            part: _mapping(row.get(part), part, table)
            for part in ("inputs", "tags")
            if part not in columns
        }
        whole = {part: mapping for part, mapping in whole.items() if mapping is not None}
        flat = {name: value for name, value in row.items() if name not in whole}
        return {**_by_column(flat, plan(tuple(flat)), table), **whole}

    return parted


def _mapping(value: Any, column: str, table: bool) -> dict[str, Any] | None:
    """The mapping that a cell holds, in a CSV file as JSON; None where it holds something else."""
    if table and isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = decode(value)
        except (ValueError, RecursionError):
            step = f'write JSON, or say columns={{"{column}": ["{column}"]}} where it is text'
            raise ValueError(
                f"column {column!r} reads like a mapping and is no JSON: {step}"
            ) from None
    return value if isinstance(value, dict) else None


def _plan(
    names: tuple[str, ...], columns: Mapping[str, Any], table: bool
) -> dict[str, str | dict[str, str] | None]:
    """For each part of an example its column, or its names with their columns; unmapped parts go by
    column names.
    """
    given = _columns_given(names, columns)
    for part, spec in given.items():
        missing = [column for column in _columns_of(spec).values() if column not in names]
        if missing and (table or part == "inputs"):  # a line of JSON may leave the others out
            raise ValueError(
                f"no column {missing[0]!r}, which columns= gives as {part}: there are "
                f"{', '.join(names)}"
            )
    whole = ("id", "expected")  # one column is the part itself, not a name in it
    return {
        part: spec
        if spec is None or (isinstance(spec, str) and part in whole)
        else _columns_of(spec)
        for part, spec in given.items()
    }


def _columns_given(names: tuple[str, ...], columns: Mapping[str, Any]) -> dict[str, Any]:
    """What `columns` gives as each part; else what the columns' own names say."""
    expected = _prefixed(names, "expected.") or ("expected" if "expected" in names else None)
    given = {
        "id": columns.get("id", "id" if "id" in names else None),
        "expected": columns.get("expected", expected),
        "tags": columns.get("tags", _prefixed(names, "tag.")),
    }
    used = {column for spec in given.values() for column in _columns_of(spec).values()}
    others = {column: column for column in names if column not in used}
    return given | {"inputs": columns.get("inputs", _prefixed(names, "inputs.") or others)}


def _by_column(
    row: dict[str, Any], plan: Mapping[str, str | dict[str, str] | None], table: bool
) -> dict[str, Any]:
    """A flat row in the parts of an example."""
    parts: dict[str, Any] = {}
    for part, spec in plan.items():
        named = isinstance(spec, dict)
        parts[part] = (
            {name: row.get(column) for name, column in spec.items()}
            if named
            else spec and row.get(spec)
        )
    return (
        {**parts, "expected": None} if table and parts["expected"] == "" else parts
    )  # an empty cell


def _prefixed(names: Iterable[str], prefix: str) -> dict[str, str]:
    return {column.removeprefix(prefix): column for column in names if column.startswith(prefix)}


def _columns_of(spec: Any) -> dict[str, str]:
    """Name -> column, from one column, a list of columns, or the mapping itself."""
    if isinstance(spec, Mapping):
        return dict(spec)
    return {column: column for column in ([spec] if isinstance(spec, str) else spec or ())}
