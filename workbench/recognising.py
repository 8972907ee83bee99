"""What the columns of a table are taken for, where nobody says: a task is begun from it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench import words
from workbench.datasets import Dataset, Example
from workbench.datasets.describing import summary
from workbench.datasets.loading import read_examples
from workbench.datasets.noticed import MOST_NAMED, Remark
from workbench.datasets.spelling import meant_labels, respelt, usual
from workbench.datasets.surveying import survey
from workbench.datasets.values import is_blank
from workbench.errors import DatasetError
from workbench.meant import instead

MOST_LABELS = 20
LONGEST_LABEL = 40  # characters
PART = "label"  # the part of `expected` that holds a label
LABEL_NAMES = re.compile(
    r"label|class|categor|kategor|klasse|queue|intent|topic|thema|sentiment|target|gold|expected"
    r"|answer|antwort|typ", re.IGNORECASE,
)  # fmt: skip
ANSWER_NAMES = re.compile(  # of a column of right answers in free words
    r"\W*(answer|antwort|réponse|reponse|respuesta|risposta|reply|reference|solution|lösung|ideal|gold"
    r"|答案|回答|答え)\W*", re.IGNORECASE,
)  # fmt: skip
AROUND_NAMES = re.compile(  # of what a row came with, which no model is asked for
    r"(^|[\W_])(lang|language|sprache|langue|idioma|locale|country|land|pays|region|channel|kanal|canal"
    r"|source|quelle|customer|client|kunde|user|agent|author|autor|date|datum|year|jahr|month|monat"
    r"|version|split)([\W_]|$)", re.IGNORECASE,
)  # fmt: skip
DOUBTFUL = ("leak", "contradiction", "same", "nearly same", "language")
NAMED = 0.9  # share of the rows that an id's column names
ID_NAMES = re.compile(
    r"(?i:(^|[\W_])(id|key|nr|no|number|nummer|uuid|index|ticket|vorgang)\W*$)|[a-z](ID|Id|Nr)\W*$"
)
# Kana, Han and Thai put no blanks between words: about three characters are one.
UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]")


@dataclass(frozen=True)
class Columns:
    """Columns by what they are for; empty where nobody says."""

    inputs: tuple[str, ...] = ()
    expected: str = ""
    id: str = ""
    tags: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()  # as a cell has it, and as it is meant


@dataclass(frozen=True)
class Recognised:
    """A table as the examples of a task."""

    examples: Dataset
    columns: Columns
    left_out: tuple[str, ...]
    labels: tuple[str, ...]  # the different right answers where they are few, else none
    rivals: tuple[str, ...] = ()  # columns that may hold the right answers as well as the one taken

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
        columns = f"columns: {'; '.join(part for part in said if part)}"
        noticed = [remark.sentence for remark in self.examples.remarks]
        taken = [columns, f"taken for {self._kind}"]
        doubted = [*self._doubted, *self._unnamed]
        return [summary(self.examples), *noticed, *taken, *doubted, *self._alike]

    @property
    def _kind(self) -> str:
        if self.labels:
            return f"a classification with {len(self.labels)} labels: {', '.join(self.labels)}"
        unused = ": the right answers are kept, and no check compares with them"
        return f"a task with free answers{unused if self.columns.expected else ''}"

    @property
    def _doubted(self) -> list[str]:
        """A column that is called like right answers, where none is taken for them."""
        if self.rivals:
            them = words.listed([f"{name!r}" for name in self.rivals])
            taken = f"{self.columns.expected!r} is" if self.columns.expected else "nothing is"
            return [f"{taken} taken for right answers: --expected takes {them} instead"]
        called = [name for name in self.left_out if LABEL_NAMES.search(name)]
        if self.columns.expected or not called:
            return []
        few = "it has one value, or hardly any twice"
        return [f"{called[-1]!r} is not taken for right answers, since {few}: --expected takes it"]

    @property
    def _unnamed(self) -> list[str]:
        """That the names of the columns are one of their values: a table without names."""
        if self.columns.expected.strip() not in self.labels:
            return []
        named = f"column {self.columns.expected!r} is called like one of its values"
        return [f"{named}: if that row is an example, write a row with the columns' names above it"]

    @property
    def _alike(self) -> list[str]:
        """Examples that are hardly evidence of their own, or whose right answer is in doubt."""
        found = survey(self.examples).findings
        return [each.sentence for each in found if each.kind in DOUBTFUL]


def _quoted(what: str, names: Sequence[str]) -> str:
    named = [f"{name!r}" for name in names if name]
    return f"{what} {words.listed(named)}" if named else ""


def recognise(path: str | Path, given: Columns, *, name: str = "", **asked: Any) -> Recognised:
    """A file as examples, with inputs under names that templates can say."""
    given = replace(given, id="") if given.id.casefold() == "id" else given  # it is so unasked
    read = read_examples(path, {"id": None} if given.id else {}, **asked)
    cells = [_cells(each) for each in read]
    names = list(dict.fromkeys(name for row in cells for name in row))
    _check(given, names, str(path))
    columns = _columns(cells, names, given)
    cells, spelling = _spelt(cells, columns, str(path))
    read = Dataset(read, name or read.name, read.path, len(read), (*read.remarks, *spelling))
    task = _as_task(read, cells, columns, _left_out(names, columns))
    return replace(task, rivals=_rivals(columns, given))


def _as_task(
    read: Dataset, cells: Sequence[Mapping[str, Any]], columns: Columns, left_out: tuple[str, ...]
) -> Recognised:
    labels = _labels([row.get(columns.expected) for row in cells])
    faults = [_fault(row, columns, labels) for row in cells]
    examples = _examples(read, cells, faults, columns, labels)
    remarks = (*read.remarks, *_dropped(cells, faults, columns))
    dataset = Dataset(examples, read.name, read.path, len(examples), remarks)
    return Recognised(dataset, columns, left_out, labels)


def _spelt(
    cells: Sequence[Mapping[str, Any]], columns: Columns, where: str
) -> tuple[list[Mapping[str, Any]], tuple[Remark, ...]]:
    """The rows with each label in its one spelling, and what that changed."""
    right = [_label(row, columns) for row in cells]
    meant = _meant(right, columns, where)
    return [_respelt(row, columns.expected, meant) for row in cells], tuple(respelt(right, meant))


def _rivals(found: Columns, given: Columns) -> tuple[str, ...]:
    """Columns of few values that are as good a guess of right answers as the one taken."""
    if given.expected or LABEL_NAMES.search(found.expected):
        return ()
    few = [name for name in found.tags if name not in given.tags]
    return tuple(name for name in few if not found.expected or not AROUND_NAMES.search(name))


def _label(row: Mapping[str, Any], columns: Columns) -> str:
    value = row.get(columns.expected)
    return "" if value is None else str(value).strip()


def _meant(right: Sequence[str], columns: Columns, where: str) -> dict[str, str]:
    """The label that each right answer stands for; none where they are no labels."""
    if not _labels(right):
        return {}
    return meant_labels(right, dict(columns.labels), f"{where}: column {columns.expected!r}")


def _respelt(row: Mapping[str, Any], column: str, meant: Mapping[str, str]) -> Mapping[str, Any]:
    written = str(row.get(column, "")).strip()
    return {**row, column: meant[written]} if written in meant else row


def _fault(row: Mapping[str, Any], columns: Columns, labels: Sequence[str]) -> str:
    """Why a row is no example: the kind of a remark, or empty."""
    unanswered = columns.expected and is_blank(row.get(columns.expected))
    if columns.id and unanswered and is_blank(row.get(columns.id)):
        return "sums"  # all others have an id or a right answer
    if all(is_blank(row.get(name)) for name in columns.inputs):
        return "no text"
    return "no answer" if labels and unanswered else ""


def _dropped(
    cells: Sequence[Mapping[str, Any]], faults: Sequence[str], columns: Columns
) -> Iterator[Remark]:
    """The rows left out, by the ids that their file gives them."""
    for kind in dict.fromkeys(filter(None, faults)):
        rows = [row for row, fault in zip(cells, faults, strict=True) if fault == kind]
        ids = [str(row[columns.id]) for row in rows if not is_blank(row.get(columns.id))]
        more = [f"{len(ids) - MOST_NAMED:,} more"] if len(ids) > MOST_NAMED else []
        named = words.listed(ids[:MOST_NAMED] + more)
        yield Remark(kind, f"({columns.id} {named})" if ids else "", len(rows))


def _examples(
    read: Dataset,
    cells: Sequence[Mapping[str, Any]],
    faults: Sequence[str],
    columns: Columns,
    labels: Sequence[str],
) -> list[Example]:
    """The rows without a fault; DatasetError where there is none, or an id stands twice."""
    rows = zip(read, cells, faults, strict=True)
    examples = [_example(each, row, columns, labels) for each, row, fault in rows if not fault]
    where = str(read.path)
    if not examples:
        raise DatasetError(f"{where}: no row has text and right answer: say --input, --expected")
    [(id, count)] = Counter(each.id for each in examples).most_common(1)
    if count > 1 and columns.id:
        step = "give every row its own, or name another column with --id"
        raise DatasetError(f"{where}: column {columns.id!r} holds {id!r} twice: {step}")
    return examples


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
            raise DatasetError(f"{where}: no column {name!r}: {instead(name, names)}")


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
    found = Columns(inputs, expected, id, given.tags or few, given.labels)
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
    """A column called so; else one of few values, by its name where there are several; else one of
    answers in free words.
    """
    if "expected" in values:
        return "expected"
    few = [name for name in values if _labels(values[name])]
    named = [name for name in few if LABEL_NAMES.search(name)]
    free = [name for name in values if ANSWER_NAMES.fullmatch(name)] if len(values) > 1 else []
    asked = [name for name in few if not AROUND_NAMES.search(name)]
    return next((names[-1] for names in (named, free, asked) if names), "")


def _labels(values: Sequence[Any]) -> tuple[str, ...]:
    """The different values in order of their number; none where they are no labels: too many, too
    long, or hardly any twice.
    """
    texts = [str(value).strip() for value in values if not is_blank(value)]
    spelling = usual(texts)
    counts = Counter(spelling[text] for text in texts)
    fits = 1 < len(counts) <= MOST_LABELS and counts.total() >= 2 * len(counts)
    if not fits or any(len(text) > LONGEST_LABEL or "\n" in text for text in counts):
        return ()
    return tuple(sorted(counts, key=lambda text: (-counts[text], text)))


def _is_id(name: str, values: Sequence[Any]) -> bool:
    texts = [str(value) for value in values if not is_blank(value)]
    most = len(texts) == len(set(texts)) >= NAMED * len(values)
    return most and not any(" " in each for each in texts) and bool(ID_NAMES.search(name))


def _inputs(values: Mapping[str, Sequence[Any]]) -> tuple[str, ...]:
    """The columns of sentences; else the one with the longest text, numbers last."""
    long = {name: (_words(each), _letters(each)) for name, each in values.items()}
    sentences = tuple(name for name, (number, _) in long.items() if number >= 3)
    longest = max(long, key=lambda name: long[name][::-1]) if long else ""
    return sentences or ((longest,) if longest else ())


def _words(values: Iterable[Any]) -> float:
    """How many words a text has, in the mean."""
    texts = [str(value) for value in values if value not in (None, "")]
    counts = [len(text.split()) + len(UNSPACED.findall(text)) / 3 for text in texts]
    return sum(counts) / max(1, len(counts))


def _letters(values: Iterable[Any]) -> int:
    """How many letters all texts hold: numbers and dates have next to none."""
    return sum(letter.isalpha() for value in values for letter in str(value or ""))


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
