"""Which columns of a flat row are which part of an example."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from workbench.datasets.rows import OddKeys, decode
from workbench.datasets.source import Source
from workbench.datasets.values import is_blank
from workbench.meant import instead

MAPPED = ("id", "inputs", "expected", "tags")  # what `columns` may map
NEAR = 0.8  # likeness from which a name is a misspelling
MEANT = ("expected", "expected.", "inputs.", "tag.")  # what a column's name may be meant as
Parted = Callable[[dict[str, Any]], dict[str, Any]]
Spec = str | dict[str, str] | None  # a column, or names with their columns


def how_parted(columns: Mapping[str, Any] | None, source: Source) -> Parted | None:
    """What reads flat rows in the parts of an example; None where rows have these parts."""
    if columns is not None and not set(columns) <= set(MAPPED):
        odd = next(str(name) for name in columns if name not in MAPPED)
        source.refuse(f"columns= has {odd!r}: {instead(odd, MAPPED, 'it maps')}")
    if source.is_table or columns is not None:
        return _parted(columns or {}, source)
    return None


def _parted(columns: Mapping[str, Any], source: Source) -> Parted:
    """What reads a flat row in the parts of an example; parts that it holds as a dataset file does
    stay as they are.
    """
    plan = cache(lambda names, whole: _plan(names, whole, columns, source))

    def parted(row: dict[str, Any]) -> dict[str, Any]:
        whole = {
            part: _mapping(row.get(part), part, source.is_table)
            for part in ("inputs", "tags")
            if part not in columns
        }
        whole = {part: mapping for part, mapping in whole.items() if mapping is not None}
        flat = {name: value for name, value in row.items() if name not in whole}
        spec = plan(tuple(flat), "inputs" in whole)
        return {**_by_column(flat, spec, source.is_table), **whole}

    return parted


def _mapping(value: Any, column: str, table: bool) -> dict[str, Any] | None:
    """The mapping that a cell holds, in a table as JSON; None where it holds something else."""
    if table and isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = decode(value)
        except OddKeys as error:
            raise ValueError(f"column {column!r}: {error}") from None
        except (ValueError, RecursionError):
            step = f'write JSON, or say columns={{"{column}": ["{column}"]}} where it is text'
            raise ValueError(
                f"column {column!r} reads like a mapping and is no JSON: {step}"
            ) from None
    return value if isinstance(value, dict) else None


def _plan(
    names: tuple[str, ...], inputs_whole: bool, columns: Mapping[str, Any], source: Source
) -> dict[str, Spec]:
    """For each part of an example its column, or its names with their columns; unmapped parts go by
    column names.
    """
    given = _columns_given(names, columns, source)
    _say_unmapped(names, {**given, "inputs": ()} if inputs_whole else given, source)
    for part, spec in given.items():
        missing = [column for column in _columns_of(spec).values() if column not in names]
        if missing and (source.is_table or part == "inputs"):  # JSON may leave the others out
            known = instead(missing[0], names)
            raise ValueError(f"no column {missing[0]!r}, which columns= gives as {part}: {known}")
    whole = ("id", "expected")  # one column is the part itself, not a name in it
    return {
        part: spec
        if spec is None or (isinstance(spec, str) and part in whole)
        else _columns_of(spec)
        for part, spec in given.items()
    }


def _columns_given(
    names: tuple[str, ...], columns: Mapping[str, Any], source: Source
) -> dict[str, Any]:
    """What `columns` gives as each part; else what the columns' own names say."""
    expected = _prefixed(names, "expected.") or _meant(names, "expected", source)
    given = {
        "id": columns["id"] if "id" in columns else _meant(names, "id", source),
        "expected": columns.get("expected", expected),
        "tags": columns.get("tags", _prefixed(names, "tag.")),
    }
    used = {column for spec in given.values() for column in _columns_of(spec).values()}
    others = {column: column for column in names if column not in used}
    inputs = columns.get("inputs", _prefixed(names, "inputs.") or others)
    if inputs is others:
        _refuse_misspelt(others, columns)
    return given | {"inputs": inputs}


def _say_unmapped(names: tuple[str, ...], given: Mapping[str, Any], source: Source) -> None:
    used = {column for spec in given.values() for column in _columns_of(spec).values()}
    if unmapped := [name for name in names if name not in used]:
        source.noticed.add("unmapped", ", ".join(unmapped))


def _meant(names: Iterable[str], part: str, source: Source) -> str | None:
    """The column of this name; else the one that has it in other letters, which is said."""
    found = next((name for name in names if name == part), None)
    if found is None:
        alike = [name for name in names if name.casefold() == part]
        found = alike[0] if len(alike) == 1 else None
        if found:
            source.noticed.add("taken as", f"column {found!r} taken as {part!r}")
    return found


def _refuse_misspelt(inputs: Iterable[str], columns: Mapping[str, Any]) -> None:
    """Refuse a column that would become an input by a slip of the pen."""
    for name in inputs:
        head, dot, _ = name.partition(".")
        near = get_close_matches(f"{head.casefold()}{dot}", MEANT, n=1, cutoff=NEAR)
        if near and near[0].endswith(".") == bool(dot) and "expected" not in columns:
            say = f'columns={{"inputs": [{name!r}, ...]}} where it is an input'
            raise ValueError(f"column {name!r}: is {near[0]!r} meant? Say {say}")


def _by_column(row: dict[str, Any], plan: Mapping[str, Spec], table: bool) -> dict[str, Any]:
    """A flat row in the parts of an example."""
    parts: dict[str, Any] = {
        part: {name: row.get(column) for name, column in spec.items()}
        if isinstance(spec, dict)
        else spec and row.get(spec)
        for part, spec in plan.items()
    }
    return {**parts, "expected": _filled(parts["expected"])} if table else parts


def _filled(expected: Any) -> Any:
    """The right answer of a table's row; None for empty cells."""
    if isinstance(expected, dict):
        expected = {name: None if is_blank(part) else part for name, part in expected.items()}
        return expected if any(part is not None for part in expected.values()) else None
    return None if is_blank(expected) else expected


def _prefixed(names: Iterable[str], prefix: str) -> dict[str, str]:
    """Name -> column, of the columns that begin so, in whatever letters."""
    return {
        column[len(prefix) :]: column for column in names if column.casefold().startswith(prefix)
    }


def _columns_of(spec: Any) -> dict[str, str]:
    """Name -> column, from one column, a list of columns, or the mapping itself."""
    if isinstance(spec, Mapping):
        return dict(spec)
    return {column: column for column in ([spec] if isinstance(spec, str) else spec or ())}
