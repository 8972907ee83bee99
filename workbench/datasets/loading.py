"""Examples loaded from files and DataFrames: rows in the parts of an example, and what was noticed
on the way.
"""

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from sys import intern
from typing import Any

from workbench.datasets.columnar import is_frame, read_frame
from workbench.datasets.columns import MAPPED, NEAR, Parted, how_parted
from workbench.datasets.dataset import Dataset, Example, tag_text
from workbench.datasets.describing import described
from workbench.datasets.noticed import Noticed
from workbench.datasets.part import Part, part_of
from workbench.datasets.rows import read_rows
from workbench.datasets.source import Asked, Source, check_asked, source_of
from workbench.datasets.tables import Odd, Row
from workbench.datasets.values import is_blank
from workbench.errors import DatasetError
from workbench.files import fingerprint, json_fault
from workbench.printing import in_line

_log = logging.getLogger("workbench.datasets")  # `%load_ext workbench` shows all of it
_EVALS = ("id", "input", "system", "messages", "tags")
_WRAPPING = ("data", "rows", "items", "examples", "records", "results", "samples", "instances")
_NOTHING = Example("", {})
_NO_TAGS: Mapping[str, str] = {}
_TagSets = dict[tuple[tuple[str, str], ...], Mapping[str, str]]  # few differ: each is kept once


def load_examples(
    path: str | Path | Any,
    limit: int | None = None,
    seed: int | None = 0,
    where: Mapping[str, Any] | Callable[[Example], bool] | None = None,
    columns: Mapping[str, Any] | None = None,
    after: int = 0,
    *,
    encoding: str = "",
    separator: str = "",
    sheet: str | int = "",
    header: int = 0,
    name: str = "",
) -> Dataset:
    """The examples of a file (JSON Lines, a JSON array, CSV, Excel, OpenDocument, Parquet, OpenAI
    evals; compressed too) or of a DataFrame.

    `limit` takes a random part in the file's order; a larger limit holds a smaller one; with
    `seed=None` it takes the first. `after` leaves out what a limit of that many takes: examples
    that nothing was chosen on. `where` is {tag: value or values}, None for examples without the
    tag, or a function of an example. `columns` says which columns are what: {"id": ..., "expected":
    ..., "inputs": [...] or {input: column}, "tags": [...] or {tag: column}}. An example without an
    id gets the fingerprint of its content. `encoding`, `separator`, `sheet` (a name, or a
    position from 0) and `header` (the row of the columns' names) are found where that is certain.
    `remarks` and a logged line say what was done.
    """
    asked = Asked(encoding, separator, sheet, header)
    part = Part(where, limit, after, seed)
    return _told(_loaded(path, asked, part, columns, name))


def read_examples(
    path: str | Path, columns: Mapping[str, Any] | None = None, **asked: Any
) -> Dataset:
    """All examples of a file, for who says himself what was read."""
    return _loaded(path, Asked(**asked), Part(None, None, 0, 0), columns, "")


def _loaded(
    path: Any, asked: Asked, part: Part, columns: Mapping[str, Any] | None, name: str
) -> Dataset:
    """The dataset, which can load more of its part itself."""
    source = _source(path, asked)
    rows = read_frame(source, path) if source.path is None else read_rows(source)
    examples, available = part_of(source, _examples(source, rows, columns), part)

    def more(limit: int) -> Dataset:
        return _told(_loaded(path, asked, replace(part, limit=limit), columns, name))

    remarks = source.noticed.remarks
    return Dataset(examples, name or source.name, source.path, available, remarks, more)


def _told(dataset: Dataset) -> Dataset:
    """The same, once what was read is logged; a warning where its author may think otherwise."""
    changed = any(remark.changes for remark in dataset.remarks)
    _log.log(logging.WARNING if changed else logging.INFO, "%s", in_line(described(dataset)))
    return dataset


def _source(given: Any, asked: Asked) -> Source:
    if is_frame(given):
        frame = Source("the DataFrame", ".frame", asked=asked, noticed=Noticed("row"))
        check_asked(frame)
        return frame
    if not isinstance(given, str | Path):
        raise TypeError(f"load_examples reads a path or a DataFrame, not {type(given).__name__}")
    return source_of(given, asked)


def _examples(
    source: Source, rows: Iterable[Row], columns: Mapping[str, Any] | None
) -> list[Example]:
    examples: dict[str, Example] = {}
    lines: dict[str, int] = {}
    nameless: list[int] = []
    for number, parts, example in _read(source, rows, columns):
        if example.id in lines:
            example = _other_id(source, number, example, lines)
        lines[example.id] = number
        examples[example.id] = example
        if is_blank(parts.get("id")):
            nameless.append(number)
    _notice(source, examples, lines, nameless)
    if not examples:
        line = 'one a line, {"id": ..., "inputs": {...}}'
        row = "the columns' names in the first row, and an example in each row below"
        raise DatasetError(
            f"{source.where} holds no example: write {row if source.is_table else line}"
        )
    return list(examples.values())


def _read(
    source: Source, rows: Iterable[Row], columns: Mapping[str, Any] | None
) -> Iterator[tuple[int, Mapping[str, Any], Example]]:
    """Each row's line, its parts and its example."""
    tag_sets: _TagSets = {(): _NO_TAGS}
    parted = how_parted(columns, source)
    for number, row in rows:
        flat = columns or source.is_table or not _is_evals(row)
        try:
            parts = _in_parts(source, number, row, parted if flat else None)
            example = _example(parts, tag_sets)
        except (ValueError, TypeError, DatasetError) as error:
            source.fail(number, _odd_cell(row) or str(error))
        yield number, parts, example


def _notice(
    source: Source, examples: Mapping[str, Example], lines: Mapping[str, int], nameless: list[int]
) -> None:
    """Note rows that are hardly examples: without inputs, or without an id that others have."""
    for name, example in examples.items():
        if all(map(is_blank, example.inputs.values())):
            source.noticed.add("no inputs", "", lines[name])
    for name in _made_floats(examples.values()) if source.is_table else ():
        source.noticed.add("made floats", name)
    for number in nameless if len(nameless) < len(examples) else ():
        source.noticed.add("no id", "", number)


def _made_floats(examples: Iterable[Example]) -> Iterator[str]:
    """The inputs that are whole numbers as 7.0, which pandas makes of 7 where one is missing."""
    for name in next(iter(examples), _NOTHING).inputs:
        values = [each.inputs.get(name) for each in examples]
        given = [value for value in values if value is not None]
        if 0 < len(given) < len(values) and all(map(_is_whole_float, given)):
            yield name


def _is_whole_float(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()


def _other_id(source: Source, number: int, example: Example, lines: Mapping[str, int]) -> Example:
    """A double of a row without an id of its own, told apart by a count; a given id is refused."""
    if example.id != fingerprint([example.inputs, example.expected]):
        taken = f"id {example.id!r} is on {source.at(lines[example.id])} already"
        source.fail(number, f"{taken}: give every example its own id")
    source.noticed.add("double", "", number)
    count = next(n for n in itertools.count(2) if f"{example.id}-{n}" not in lines)
    return replace(example, id=f"{example.id}-{count}")


def _odd_cell(row: Mapping[str, Any]) -> str:
    """The column whose value is no plain data, and why."""
    for column, value in row.items():
        fault = value.reason if isinstance(value, Odd) else json_fault(value)
        if fault:
            return f"column {column!r} holds {fault}: mend it, or map other columns".replace(
                "holds cannot", "cannot"
            )
    return ""


def _example(row: dict[str, Any], kept: _TagSets) -> Example:
    """A row in parts as an example; ValueError or DatasetError says what is wrong with it."""
    inputs, expected = row.get("inputs"), row.get("expected")
    if not isinstance(inputs, dict):
        raise ValueError(_without_inputs(row))
    inputs = {intern(name): value for name, value in inputs.items()}
    tags = _tags_of(row.get("tags"))
    tags = kept.setdefault(tuple(tags.items()), tags)
    return Example(_id_of(row.get("id"), inputs, expected), inputs, expected, tags)


def _without_inputs(row: Mapping[str, Any]) -> str:
    """What to do about a row that has no inputs: rows may lie one level deeper, as exports wrap
    them.
    """
    for name in _WRAPPING:
        if isinstance(row.get(name), list):
            return f"its rows stand in a list under {name!r}: save that list alone"
    return (
        'no "inputs" object: write {"id": ..., "inputs": {...}}, or say with columns= what is what'
    )


def _in_parts(
    source: Source, number: int, row: dict[str, Any], parted: Parted | None
) -> dict[str, Any]:
    """A row by the parts of an example, as a dataset file, a table or OpenAI evals has them."""
    evals = _is_evals(row)
    if evals and isinstance(row["input"], list):
        row = {**row, **_conversation(row["input"])}
    if parted is not None:
        return parted(row)
    known = {*_EVALS, "ideal" if "ideal" in row else "expected"} if evals else set(MAPPED)
    for name in row:
        if name not in known:
            _leave_out(source, number, row, name, evals=evals)
    if evals:
        inputs = {name: row[name] for name in ("input", "system", "messages") if name in row}
        return {**row, "inputs": inputs, "expected": row.get("ideal", row.get("expected"))}
    return row


def _is_evals(row: Mapping[str, Any]) -> bool:
    """Whether a row is one of OpenAI evals: an `input` with its `ideal`, or one of messages."""
    told = isinstance(row.get("input"), list) or ("input" in row and "ideal" in row)
    return told and "inputs" not in row


def _leave_out(
    source: Source, number: int, row: Mapping[str, Any], name: str, *, evals: bool
) -> None:
    """Note a field that is no part of an example; ValueError where it is a part misspelt."""
    absent = [part for part in MAPPED if part not in row] if not evals else []
    if not (near := get_close_matches(name.casefold(), absent, n=1, cutoff=NEAR)):
        source.noticed.add("left out", name, number)
        return
    step = ""
    if near == ["inputs"] and not isinstance(row[name], dict):
        inputs = [each for each in row if each not in MAPPED]
        step = f', as an object of {", ".join(inputs)}; or say columns={{"inputs": {inputs}}}'
    raise ValueError(f"{name!r} is no part of an example: is {near[0]!r} meant{step}?")


def _conversation(messages: list[Any]) -> dict[str, Any]:
    """An OpenAI-evals list: the last text of the user, what the system says before the first turn,
    and the turns.
    """
    given = {"input": _last_user_text(messages)}
    turns = list(itertools.dropwhile(_is_of_system, messages))
    before = [str(each.get("content")) for each in messages[: len(messages) - len(turns)]]
    return given | ({"system": "\n\n".join(before)} if before else {}) | {"messages": turns}


def _is_of_system(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") in ("system", "developer")


def _last_user_text(messages: list[Any]) -> str:
    for message in reversed(messages):
        if not isinstance(message, dict) or not isinstance(message.get("content"), str):
            raise ValueError('"input" is neither text nor messages with a text as "content"')
        if message.get("role") == "user":
            return message["content"]
    raise ValueError('"input" holds no message of the user')


def _id_of(value: Any, inputs: dict[str, Any], expected: Any) -> str:
    if value is None or value == "":
        return fingerprint([inputs, expected])
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)  # what a table makes of whole numbers where one is missing
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"id is {value!r}: it must be text or a whole number")
    return str(value)


def _tags_of(value: Any) -> dict[str, str]:
    if not isinstance(value, dict | None):
        raise ValueError('"tags" must be an object of texts, as in {"language": "en"}')
    return {
        intern(key): tag_text(key, tag)
        for key, tag in (value or {}).items()
        if tag is not None and tag != ""
    }
