"""Datasets: examples read from JSON Lines, CSV, Parquet and OpenAI-evals files, checked, sampled and written."""

import csv
import hashlib
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from sys import intern
from typing import Any, NoReturn, overload

from workbench._files import fingerprint, resolve, write_whole
from workbench.errors import DatasetError

Row = tuple[int, dict[str, Any]]  # line of the file (row, for Parquet), and what it says by name

MAPPED = ("id", "inputs", "expected", "tags")  # what `columns` may map
MAX_FIELD = 100_000_000  # characters in one field of a CSV file; the csv module's own limit is 131,072
_NO_TAGS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a dataset; its tags are the slices that results are shown by."""

    id: str
    inputs: Mapping[str, Any]
    expected: Any = None
    tags: Mapping[str, str] = field(default_factory=dict)


class Dataset(Sequence[Example]):
    """Examples with ids of their own, in order."""

    def __init__(self, examples: Iterable[Example], name: str = "dataset", path: Path | None = None) -> None:
        self._examples = tuple(examples)
        self.name = name
        self.path = path
        seen: set[str] = set()
        for example in self._examples:
            if example.id in seen:
                raise DatasetError(f"dataset {name!r} holds id {example.id!r} twice: give each its own")
            seen.add(example.id)

    @cached_property
    def fingerprint(self) -> str:
        """Stands for the content of the examples, in order."""
        return fingerprint([[each.id, each.inputs, each.expected, each.tags] for each in self._examples])

    @cached_property
    def tags(self) -> dict[str, list[str]]:
        """Every tag with its values, sorted."""
        values: dict[str, set[str]] = {}
        for example in self._examples:
            for key, value in example.tags.items():
                values.setdefault(key, set()).add(value)
        return {key: sorted(values[key]) for key in sorted(values)}

    @overload
    def __getitem__(self, key: int) -> Example: ...
    @overload
    def __getitem__(self, key: slice) -> "Dataset": ...
    def __getitem__(self, key: int | slice) -> "Example | Dataset":
        if isinstance(key, slice):
            return Dataset(self._examples[key], self.name, self.path)
        return self._examples[key]

    def __len__(self) -> int:
        return len(self._examples)

    def __iter__(self) -> Iterator[Example]:
        return iter(self._examples)

    def __repr__(self) -> str:
        return f"Dataset({self.name!r}, {len(self)} examples, tags {', '.join(self.tags) or 'none'})"

    def save(self, path: str | Path) -> Path:
        """Write the examples as JSON Lines; a relative path counts from the project root."""
        path = resolve(path)
        if path.suffix != ".jsonl":
            raise DatasetError(f"{path.name}: a dataset is written as JSON Lines: use a name that ends in .jsonl")
        return write_whole(path, (_line(example) for example in self._examples))


def load_examples(
    path: str | Path,
    limit: int | None = None,
    seed: int | None = 0,
    where: Mapping[str, Any] | Callable[[Example], bool] | None = None,
    columns: Mapping[str, Any] | None = None,
) -> Dataset:
    """The examples of a .jsonl, .csv, .tsv or .parquet file, or of an OpenAI-evals .jsonl.

    `limit` takes a random part in the file's order; a larger limit holds a smaller one; with `seed=None` it takes the
    first. `where` is {tag: value or values}, or a function of an example. `columns` says which columns are what:
    {"id": ..., "expected": ..., "inputs": [...] or {input: column}, "tags": [...] or {tag: column}}. An example
    without an id gets the fingerprint of its content.
    """
    file = resolve(path)
    examples = _examples(_rows(file, str(path)), columns, str(path))
    if where is not None:
        examples = _selected(examples, where, str(path))
    if limit is not None:
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise DatasetError(f"{path}: limit is {limit!r}: give a number of examples from 1, or None for all")
        examples = _sampled(examples, limit, seed)
    return Dataset(examples, file.stem, file)


def _rows(file: Path, where: str) -> Iterator[Row]:
    readers = {".jsonl": _read_jsonl, ".csv": _read_csv, ".tsv": _read_csv, ".parquet": _read_parquet}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise DatasetError(f"{where}: {file.suffix or 'no ending'} is not known: use {', '.join(readers)}")
    if not file.is_file():
        here = file.parent.iterdir() if file.parent.is_dir() else ()
        near = sorted(entry.name for entry in here if entry.suffix in readers)
        raise DatasetError(f"{where} is not there: {'there is ' + ', '.join(near[:8]) if near else 'check the path'}")
    return reader(file, where)


def _fail(where: str, number: int, problem: str) -> NoReturn:
    raise DatasetError(f"{where}, {_at(number, where)}: {problem}") from None


def _at(number: int, where: str) -> str:
    return f"{'row' if where.lower().endswith('.parquet') else 'line'} {number}"


# --- JSON Lines


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON: write null, or leave it out")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_constant(text)


# The standard library's decoder: orjson is faster, yet rounds whole numbers above 64 bits and refuses half characters.
_DECODE = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).decode


def _read_jsonl(file: Path, where: str) -> Iterator[Row]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                row = _DECODE(text) if text else None
            except UnicodeDecodeError:
                _fail(where, number, "not UTF-8 text: save the file as UTF-8")
            except RecursionError:
                _fail(where, number, "nested too deeply: flatten it")
            except ValueError as error:
                _fail(where, number, f"not valid JSON: {error}: mend the line, one object a line")
            if not text:
                continue
            if not isinstance(row, dict):
                _fail(where, number, f'{type(row).__name__} in place of an object {{"id": ..., "inputs": {{...}}}}')
            yield number, row


def _line(example: Example) -> str:
    said: dict[str, Any] = {"id": example.id, "inputs": dict(example.inputs)}
    if example.expected is not None:
        said["expected"] = example.expected
    if example.tags:
        said["tags"] = dict(example.tags)
    try:
        text = json.dumps(said, ensure_ascii=False, allow_nan=False)
        text.encode()
    except UnicodeEncodeError:  # half a character has no UTF-8, yet an escape in JSON
        text = json.dumps(said, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DatasetError(f"example {example.id!r} cannot be written as JSON: {error}") from None
    return text + "\n"


# --- CSV and Parquet


def _read_csv(file: Path, where: str) -> Iterator[Row]:
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _fail(where, data.count(b"\n", 0, error.start) + 1, "not UTF-8 text: save the file as UTF-8")
    csv.field_size_limit(MAX_FIELD)
    delimiter = "\t" if file.suffix.lower() == ".tsv" else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    before = 0  # physical lines read before this record: a quoted field may hold line breaks
    try:
        for record in reader:
            number, before = before + 1, reader.line_num
            if not record:
                continue
            if not header:
                header = _checked_header(record, where, number)
                continue
            if len(record) != len(header):
                _fail(where, number, f"{len(record)} fields, the header has {len(header)}: quote text with commas")
            yield number, dict(zip(header, record, strict=True))
    except csv.Error as error:
        _fail(where, before + 1, f"not valid CSV: {error}: mend the quotes")


def _checked_header(header: list[str], where: str, number: int) -> list[str]:
    header = [name.strip() for name in header]
    if len(header) == 1 and ";" in header[0]:
        _fail(where, number, "the columns are parted by semicolons: save the file with commas")
    if "" in header or len(set(header)) < len(header):
        _fail(where, number, "the header needs a different name for every column")
    return [intern(name) for name in header]


def _read_parquet(file: Path, where: str) -> Iterator[Row]:
    import pyarrow  # here: half a second and 60 MB that JSON Lines do without
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(file) as table:
            number = 0
            for batch in table.iter_batches(batch_size=1000):
                for row in batch.to_pylist():
                    number += 1
                    for column, value in row.items():
                        _check_cell(column, value, where, number)
                    yield number, row
    except (pyarrow.ArrowException, OSError) as error:
        raise DatasetError(f"{where}: not a Parquet file that can be read: {str(error).splitlines()[0]}") from None


def _check_cell(column: str, value: Any, where: str, number: int) -> None:
    if isinstance(value, str | int | None):
        return
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        _fail(where, number, f"column {column!r}: {error}: write it as text")


# --- Rows to examples


def _examples(rows: Iterable[Row], columns: Mapping[str, Any] | None, where: str) -> list[Example]:
    if columns is not None and not set(columns) <= set(MAPPED):
        odd = ", ".join(map(str, set(columns) - set(MAPPED)))
        raise DatasetError(f"{where}: columns maps {', '.join(MAPPED)}, not {odd}")
    examples: list[Example] = []
    lines: dict[str, int] = {}
    tag_sets: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {(): _NO_TAGS}  # few differ: each is kept once
    table = not where.lower().endswith(".jsonl")
    plan = cache(lambda names: _plan(names, columns or {}, table)) if table or columns is not None else None
    for number, row in rows:
        try:
            example = _example(row, plan, table)
        except ValueError as error:
            _fail(where, number, str(error))
        if example.id in lines:
            taken = f"id {example.id!r} is on {_at(lines[example.id], where)} already"
            _fail(where, number, f"{taken}: give every example its own id")
        lines[example.id] = number
        tags = tag_sets.setdefault(tuple(example.tags.items()), example.tags)
        examples.append(Example(example.id, example.inputs, example.expected, tags))
    if not examples:
        raise DatasetError(f'{where} holds no example: write one a line, {{"id": ..., "inputs": {{...}}}}')
    return examples


def _example(row: dict[str, Any], plan: Callable[[tuple[str, ...]], Any] | None, table: bool) -> Example:
    """One row as an example; ValueError says what is wrong with it."""
    if isinstance(row.get("input"), list) and "inputs" not in row:
        row = {**row, "input": _last_user_text(row["input"]), "messages": row["input"]}
    if plan is not None:
        row = _by_column(row, plan(tuple(row)), table)
    elif "inputs" not in row and "input" in row:  # OpenAI evals
        inputs = {name: row[name] for name in ("input", "messages") if name in row}
        row = {"id": row.get("id"), "inputs": inputs, "expected": row.get("ideal")}
    inputs, expected = row.get("inputs"), row.get("expected")
    if not isinstance(inputs, dict):
        raise ValueError('no "inputs" object: write {"id": ..., "inputs": {...}}, or say with columns= what is what')
    inputs = {intern(name): value for name, value in inputs.items()}
    return Example(_id_of(row.get("id"), inputs, expected), inputs, expected, _tags_of(row.get("tags")))


def _last_user_text(messages: list[Any]) -> str:
    for message in reversed(messages):
        if not isinstance(message, dict) or not isinstance(message.get("content"), str):
            raise ValueError('"input" is neither text nor messages with a text as "content"')
        if message.get("role") == "user":
            return message["content"]
    raise ValueError('"input" holds no message of the user')


def _plan(names: tuple[str, ...], columns: Mapping[str, Any], table: bool) -> dict[str, str | dict[str, str] | None]:
    """For each part of an example its column, or its names with their columns; unmapped parts go by column names."""
    expected = _prefixed(names, "expected.") or ("expected" if "expected" in names else None)
    given = {
        "id": columns.get("id", "id" if "id" in names else None),
        "expected": columns.get("expected", expected),
        "tags": columns.get("tags", _prefixed(names, "tag.")),
    }
    used = {column for spec in given.values() for column in _columns_of(spec).values()}
    others = {column: column for column in names if column not in used}
    given["inputs"] = columns.get("inputs", _prefixed(names, "inputs.") or others)
    for part, spec in given.items():
        missing = [column for column in _columns_of(spec).values() if column not in names]
        if missing and (table or part == "inputs"):  # a line of JSON may leave the others out
            raise ValueError(f"no column {missing[0]!r}, which columns= gives as {part}: there are {', '.join(names)}")
    whole = ("id", "expected")  # one column is the part itself, not a name in it
    return {
        part: spec if spec is None or (isinstance(spec, str) and part in whole) else _columns_of(spec)
        for part, spec in given.items()
    }


def _by_column(row: dict[str, Any], plan: Mapping[str, str | dict[str, str] | None], table: bool) -> dict[str, Any]:
    """A flat row in the parts of an example."""
    parts: dict[str, Any] = {}
    for part, spec in plan.items():
        named = isinstance(spec, dict)
        parts[part] = {name: row.get(column) for name, column in spec.items()} if named else spec and row.get(spec)
    return {**parts, "expected": None} if table and parts["expected"] == "" else parts  # an empty cell


def _prefixed(names: Iterable[str], prefix: str) -> dict[str, str]:
    return {column.removeprefix(prefix): column for column in names if column.startswith(prefix)}


def _columns_of(spec: Any) -> dict[str, str]:
    """Name -> column, from one column, a list of columns, or the mapping itself."""
    if isinstance(spec, Mapping):
        return dict(spec)
    return {column: column for column in ([spec] if isinstance(spec, str) else spec or ())}


def _id_of(value: Any, inputs: dict[str, Any], expected: Any) -> str:
    if value is None or value == "":
        return fingerprint([inputs, expected])
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"id is {value!r}: it must be text or a whole number")
    return str(value)


def _tags_of(value: Any) -> dict[str, str]:
    if not isinstance(value, dict | None):
        raise ValueError('"tags" must be an object of texts, as in {"language": "en"}')
    return {intern(key): _tag_text(key, tag) for key, tag in (value or {}).items() if tag is not None and tag != ""}


def _tag_text(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ValueError(f"tag {key!r} is {type(value).__name__}: it must be one text or number")
    return str(value)


# --- A part of the examples


def _selected(examples: list[Example], where: Any, place: str) -> list[Example]:
    """The examples that a function accepts, or whose tags have the wanted values."""
    if callable(where):
        chosen, said = [example for example in examples if where(example)], "that `where` accepts"
    else:
        known = Dataset(examples).tags
        for key in where:
            if key not in known:
                raise DatasetError(f"{place} has no tag {key!r}: there are {', '.join(known) or 'none'}")
        wanted = {
            key: {_tag_text(key, value) for value in (values if isinstance(values, list | tuple | set) else [values])}
            for key, values in where.items()
        }
        chosen = [each for each in examples if all(each.tags.get(key) in values for key, values in wanted.items())]
        said = "with " + " and ".join(f"{key} {' or '.join(sorted(values))}" for key, values in wanted.items())
    if not chosen:
        raise DatasetError(f"{place} has no example {said}: loosen `where`")
    return chosen


def _sampled(examples: list[Example], limit: int, seed: int | None) -> list[Example]:
    """`limit` examples in file order, by a hash of seed and id: what is drawn once stays when examples are added."""
    if seed is None:
        return examples[:limit]
    names = (f"{seed}\0{each.id}".encode("utf-8", "surrogatepass") for each in examples)
    keys = [hashlib.blake2b(name, digest_size=8).digest() for name in names]
    drawn = sorted(range(len(examples)), key=keys.__getitem__)[:limit]
    return [examples[position] for position in sorted(drawn)]
