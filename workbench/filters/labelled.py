"""The user's own labelled rows: read, checked and counted before anything is trained on them."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from workbench import words
from workbench.arguments import expect
from workbench.datasets import Example
from workbench.errors import DatasetError
from workbench.filters.likeness import clusters, near
from workbench.turns import texts_in

TRUE = {"1", "true", "yes", "unsafe", "block", "attack", "unwanted"}
FALSE = {"0", "false", "no", "safe", "allow", "harmless", "wanted"}
NO_GROUP = (None, "", "None")

Rows = str | Path | Iterable[Mapping[str, Any]] | Iterable[Example]


class Labelled(NamedTuple):
    """A text, whether it is unwanted, and what it belongs to."""

    text: str
    is_unwanted: bool
    source: str = ""
    group: Hashable = None
    category: str = ""


def read_labelled(rows: Rows) -> list[Labelled]:
    """Labelled rows of a file or a list: `text` and `label`, and where known `source`, `group` and
    `category`; or examples with their text as inputs, the label as `expected` and the rest as tags.

    DatasetError names the first that cannot be used.
    """
    return [_labelled(*each) for each in placed(rows)]


def placed(rows: Rows) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Rows as they are labelled, each with its place in words."""
    if isinstance(rows, str | Path):
        from workbench.datasets.rows import read_rows  # runs need no reader of tables
        from workbench.datasets.source import Asked, source_of

        source = source_of(rows, Asked())
        for number, row in read_rows(source):
            yield _flat(row), f"{source.where}, {source.at(number)}"
        return
    for number, row in enumerate(rows):
        yield _flat(row), f"row {number}"


def _flat(row: Mapping[str, Any] | Example) -> Mapping[str, Any]:
    """A row's text, label, source, group and category by these names."""
    if isinstance(row, Example):
        row = {"inputs": row.inputs, "expected": row.expected, "tags": row.tags}
    expect(row, Mapping, "a row", 'give a text, or {"text": ..., "label": ...}')
    if "inputs" not in row:
        return row
    inputs = row["inputs"]
    text = inputs if isinstance(inputs, str) else "\n\n".join(texts_in(inputs))
    return {"text": text, "label": row.get("expected"), **(row.get("tags") or {})}


def _labelled(row: Mapping[str, Any], where: str) -> Labelled:
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise DatasetError(f"{where} has no text: give it a field `text`")
    label, source, group = truth(row.get("label"), where), row.get("source"), row.get("group")
    return Labelled(text, label, str(source or ""), group, str(row.get("category") or ""))


def truth(label: Any, where: str) -> bool:
    """A label as a truth value; DatasetError where it is none."""
    said = str(label).strip().lower().removesuffix(".0")
    if said not in TRUE | FALSE:
        raise DatasetError(f"{where} has label {label!r}: use 1 for unwanted and 0 for harmless")
    return said in TRUE


@dataclass(frozen=True, slots=True)
class Counts:
    """What labelled rows are: so many, unwanted and harmless by source; `same` repeat another to
    the letter, `alike` nearly, and `torn` carry another label than a text that they repeat.
    """

    rows: int
    unwanted: int
    by_source: Mapping[str, tuple[int, int]]
    same: int
    alike: int
    torn: int

    def sentences(self) -> Iterator[str]:
        harmless = self.rows - self.unwanted
        yield f"{words.count(self.rows, 'row')}: {self.unwanted:,} unwanted, {harmless:,} harmless"
        if self.same or self.alike:
            yield f"{self.same:,} repeat another row to the letter, {self.alike:,} nearly"
        if self.torn:
            yield f"{self.torn:,} carry another label than a row that they repeat: look at them"


def counted(rows: Sequence[Labelled]) -> Counts:
    """Count labelled rows; DatasetError where nothing can be learnt from them."""
    unwanted = sum(row.is_unwanted for row in rows)
    if not 0 < unwanted < len(rows):
        kind = "unwanted" if unwanted else "harmless"
        raise DatasetError(
            f"all of {words.count(len(rows), 'row')} are {kind}: a filter is trained on both kinds"
        )
    sources = {name: _of_source(rows, name) for name in sorted({row.source for row in rows})}
    return Counts(len(rows), unwanted, sources, *_repeated(rows))


def _repeated(rows: Sequence[Labelled]) -> tuple[int, int, int]:
    """How many rows repeat another to the letter, nearly, and with another label."""
    texts = [" ".join(row.text.lower().split()) for row in rows]
    pairs = [(one, other) for one, other in near(texts, texts) if one != other]
    alike = {one for one, other in pairs if texts[one] != texts[other]}
    torn = {one for one, other in pairs if rows[one].is_unwanted != rows[other].is_unwanted}
    return len(texts) - len(set(texts)), len(alike), len(torn)


def _of_source(rows: Sequence[Labelled], source: str) -> tuple[int, int]:
    labels = [row.is_unwanted for row in rows if row.source == source]
    return sum(labels), len(labels) - sum(labels)


def folded(rows: Sequence[Labelled]) -> list[int]:
    """A number for each row, the same where rows share source and group, or repeat each other."""
    groups = [
        number if row.group in NO_GROUP else (row.source, row.group)
        for number, row in enumerate(rows)
    ]
    return clusters([row.text for row in rows], groups)
