"""What the columns of a table are taken for, where nobody says: a task is begun from it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench import words
from workbench.datasets import Dataset, Example, described, load_examples
from workbench.datasets.noticed import Remark
from workbench.datasets.tables import is_blank
from workbench.errors import DatasetError

MOST_LABELS = 20
LONGEST_LABEL = 40  # characters
PART = "label"  # the part of `expected` that holds a label
LABEL_NAMES = re.compile(
    r"label|class|categor|kategor|klasse|queue|intent|topic|thema|sentiment|target|gold|expected"
    r"|answer|antwort|typ", re.IGNORECASE,
)  # fmt: skip
NAMED = 0.9  # share of the rows that an id's column names
ID_NAMES = re.compile(r"(?i:(^|[\W_])(id|key|nr|no|number|nummer|uuid|index)$)|[a-z](ID|Id|Nr)$")


@dataclass(frozen=True)
class Columns:
    """Columns by what they are for; empty where nobody says."""

    inputs: tuple[str, ...] = ()
    expected: str = ""
    id: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recognised:
    """A table as the examples of a task."""

    examples: Dataset
    columns: Columns
    left_out: tuple[str, ...]
    labels: tuple[str, ...]  # the different right answers where they are few, else none

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for each in self.examples for name in each.inputs))

    @property
    def sentences(self) -> list[str]:
        """What was taken for what."""
        said = [
            _quoted("input", self.columns.inputs),
            _quoted("right answer", (self.columns.expected,)),
            _quoted("id", (self.columns.id,)),
            _quoted("tag", self.columns.tags),
            _quoted("left out", self.left_out),
        ]
        kind = (
            f"a classification with {len(self.labels)} labels: {', '.join(self.labels)}"
            if self.labels
            else "a task with free answers"
        )
        columns = f"columns: {'; '.join(part for part in said if part)}"
        return [described(self.examples), columns, f"taken for {kind}"]


def _quoted(what: str, names: Sequence[str]) -> str:
    named = [f"{name!r}" for name in names if name]
    return f"{what} {words.listed(named)}" if named else ""


def recognise(path: str | Path, given: Columns, *, name: str = "", **asked: Any) -> Recognised:
    """A file as examples, with inputs under names that templates can say."""
    read = load_examples(path, **asked)
    cells = [_cells(each) for each in read]
    names = list(dict.fromkeys(name for row in cells for name in row))
    _check(given, names, str(path))
    columns = _columns(cells, names, given)
    labels = _labels([row.get(columns.expected) for row in cells]) if columns.expected else ()
    rows = zip(read, cells, strict=True)
    examples = [_example(*each, columns, labels) for each in rows if not _is_sum(each[1], columns)]
    remarks = read.remarks + _of_sums(len(read) - len(examples))
    dataset = Dataset(examples, name or read.name, read.path, len(examples), remarks)
    return Recognised(dataset, columns, _left_out(names, columns), labels)


def _is_sum(row: Mapping[str, Any], columns: Columns) -> bool:
    """Whether a row is no example: all others have an id or a right answer, and it has neither."""
    told = columns.id, columns.expected
    return all(told) and all(is_blank(row.get(name)) for name in told)


def _of_sums(count: int) -> tuple[Remark, ...]:
    return (Remark("sums", "", count),) if count else ()


def _left_out(names: Sequence[str], columns: Columns) -> tuple[str, ...]:
    used = {*columns.inputs, *columns.tags, columns.expected, columns.id}
    return tuple(name for name in names if name not in used)


def _cells(example: Example) -> dict[str, Any]:
    """An example as a flat row, its parts under the names they had."""
    right = example.expected
    expected = dict(right) if isinstance(right, Mapping) else {"expected": right}
    found = {**example.inputs, **example.tags, **expected}
    return {name: value for name, value in found.items() if value is not None}


def _check(given: Columns, names: Sequence[str], where: str) -> None:
    for name in (*given.inputs, *given.tags, given.expected, given.id):
        if name and name not in names:
            raise DatasetError(f"{where}: no column {name!r}: there are {', '.join(names)}")


def _columns(cells: Sequence[Mapping[str, Any]], names: Sequence[str], given: Columns) -> Columns:
    """What is given, and for the rest what the cells look like."""
    values = {name: [row.get(name) for row in cells] for name in names}
    for name in (*given.inputs, *given.tags):
        del values[name]
    expected = given.expected or _expected(values)
    values.pop(expected, None)
    id = given.id or next((name for name in values if _is_id(name, values[name])), "")
    values.pop(id, None)
    few = tuple(name for name in values if _labels(values[name]))
    inputs = given.inputs or _inputs({name: values[name] for name in values if name not in few})
    found = Columns(inputs, expected, id, given.tags or few)
    _check_names(found, names)
    return found


def _check_names(found: Columns, names: Sequence[str]) -> None:
    if not found.inputs:
        listed = ", ".join(names)
        raise DatasetError(f"no column holds text to work on: say which with --input: {listed}")
    for part in (found.inputs, found.tags):
        if len({plain_name(name) for name in part}) < len(part):
            raise DatasetError(f"columns {', '.join(part)} have names that read alike: rename one")


def _expected(values: Mapping[str, Sequence[Any]]) -> str:
    """A column called so; else one of few values, by its name where there are several."""
    if "expected" in values:
        return "expected"
    few = [name for name in values if _labels(values[name])]
    named = [name for name in few if LABEL_NAMES.search(name)]
    return (named or few)[-1] if named or few else ""


def _labels(values: Sequence[Any]) -> tuple[str, ...]:
    """The different values in order of their number; none where they are no labels: too many, too
    long, or hardly any twice.
    """
    counts = Counter(str(value).strip() for value in values if value not in (None, ""))
    fits = 1 < len(counts) <= MOST_LABELS and counts.total() >= 2 * len(counts)
    if not fits or any(len(text) > LONGEST_LABEL or "\n" in text for text in counts):
        return ()
    return tuple(sorted(counts, key=lambda text: (-counts[text], text)))


def _is_id(name: str, values: Sequence[Any]) -> bool:
    texts = [str(value) for value in values if not is_blank(value)]
    most = len(texts) == len(set(texts)) >= NAMED * len(values)
    return most and not any(" " in each for each in texts) and bool(ID_NAMES.search(name))


def _inputs(values: Mapping[str, Sequence[Any]]) -> tuple[str, ...]:
    """The columns of sentences; else the one with the longest text."""
    long = {name: _words(each) for name, each in values.items()}
    sentences = tuple(name for name, number in long.items() if number >= 3)
    longest = max(long, key=lambda name: long[name]) if long else ""
    return sentences or ((longest,) if longest else ())


def _words(values: Iterable[Any]) -> float:
    """How many words a text has, in the mean."""
    counts = [len(str(value).split()) for value in values if value not in (None, "")]
    return sum(counts) / max(1, len(counts))


def _example(
    read: Example, row: Mapping[str, Any], columns: Columns, labels: Sequence[str]
) -> Example:
    right = row.get(columns.expected)
    blank = right is None or right == ""
    expected = None if blank else {PART: str(right).strip()} if labels else right
    tags = {
        plain_name(name): str(row[name]) for name in columns.tags if row.get(name) not in (None, "")
    }
    inputs = {plain_name(name): row.get(name, "") for name in columns.inputs}
    id = read.id if is_blank(row.get(columns.id)) else str(row[columns.id])
    return replace(read, id=id, inputs=inputs, expected=expected, tags=tags)


def plain_name(column: str) -> str:
    """A column's name as a template can say it."""
    name = re.sub(r"\W+", "_", column).strip("_").lower() or "text"
    return f"column_{name}" if name[0].isdigit() else name
