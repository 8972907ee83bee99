"""Datasets: examples read from JSON Lines, CSV, Parquet and OpenAI-evals files, checked, sampled
and written.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from sys import intern
from typing import Any, NamedTuple, overload

from workbench import words
from workbench.datasets.columns import Parted, how_parted
from workbench.datasets.rows import Row, at, fail, read_rows
from workbench.datasets.splitting import (
    FEWEST_HELD,
    HELD,
    SEARCH,
    check_share,
    held_share,
    position,
)
from workbench.errors import DatasetError
from workbench.files import fingerprint, json_fault, resolve, write_whole
from workbench.printing import printed

_NO_TAGS: Mapping[str, str] = {}
_TagSets = dict[tuple[tuple[str, str], ...], Mapping[str, str]]  # few differ: each is kept once


@printed
@dataclass(frozen=True, slots=True)
class Example:
    """One row of a dataset, of plain data; its tags are the slices that results are shown by."""

    id: str
    inputs: Mapping[str, Any]
    expected: Any = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if fault := json_fault([dict(self.inputs), self.expected, dict(self.tags)]):
            raise DatasetError(f"example {self.id!r} {fault}")

    def __repr__(self) -> str:
        text = " · ".join(map(str, self.inputs.values()))
        return f"Example {words.brief(self.id)}: {words.brief(text)!r}"


@printed
class Dataset(Sequence[Example]):
    """Examples with ids of their own, in order."""

    def __init__(
        self,
        examples: Iterable[Example],
        name: str = "dataset",
        path: Path | None = None,
        available: int | None = None,
    ) -> None:
        self._examples = tuple(examples)
        if not name or "\0" in name or Path(name).is_absolute() or ".." in Path(name).parts:
            raise DatasetError(
                f"{name!r} cannot name a dataset, whose winners lie in a folder of that name: "
                "use a plain name such as 'triage'"
            )
        self.name = name
        self.path = path
        self.available = available  # examples that its file has to give; None: not known
        seen: set[str] = set()
        for example in self._examples:
            if example.id in seen:
                raise DatasetError(
                    f"dataset {name!r} holds id {example.id!r} twice: give each its own"
                )
            seen.add(example.id)

    @cached_property
    def fingerprint(self) -> str:
        """Stands for the content of the examples, in order."""
        return fingerprint(
            [[each.id, each.inputs, each.expected, each.tags] for each in self._examples]
        )

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
            return Dataset(self._examples[key], self.name, self.path, self.available)
        return self._examples[key]

    def __len__(self) -> int:
        return len(self._examples)

    def __iter__(self) -> Iterator[Example]:
        return iter(self._examples)

    def __repr__(self) -> str:
        of = f" of {self.available:,}" if (self.available or 0) > len(self) else ""
        tags = ", ".join(self.tags) or "none"
        return f"Dataset({self.name!r}, {len(self)}{of} examples, tags {tags})"

    def split(self, search: float = 1 / 3, seed: int = 0, *, cluster: str | None = None) -> "Split":
        """About the share `search` of the rows, to write prompts on, and the others, held back to
        settle a claim.

        The side of a row hangs on `seed` and its inputs alone: it stays when rows are added, left
        out or reordered, and when an answer is corrected. `cluster` names a tag whose values group
        rows that belong together: a group stays on one side.
        """
        share = check_share(search)
        if cluster is not None and cluster not in self.tags:
            known = ", ".join(self.tags) or "none"
            raise DatasetError(f"{self.name} has no tag {cluster!r}: there are {known}")
        sides = [position(seed, _kept_together(each, cluster)) < share for each in self]
        if len(set(sides)) < 2:
            groups = f"groups by {cluster!r}" if cluster else "rows"
            raise DatasetError(
                f"{self.name}: search={search:.3g} and seed={seed} leave one side of its "
                f"{len(self):,} examples empty: give another seed, or write more {groups}"
            )
        return Split(self._side(sides, True, SEARCH), self._side(sides, False, HELD))

    def hold_back(
        self, share: float | None = None, seed: int = 0, *, cluster: str | None = None
    ) -> "Split":
        """A split with `share` of the rows held back, by default two thirds from 90 rows on, a half
        from 40 on, else nothing; 0 holds nothing back.
        """
        if share is None:
            share = held_share(len(self))
        return Split(self, self[:0]) if share == 0 else self.split(1 - share, seed, cluster=cluster)

    def _side(self, sides: Sequence[bool], wanted: bool, ending: str) -> "Dataset":
        rows = [each for each, side in zip(self, sides, strict=True) if side is wanted]
        available = len(rows) if self.available == len(self) else None
        return Dataset(rows, self.name + ending, self.path, available)

    def save(self, path: str | Path) -> Path:
        """Write the examples as JSON Lines; a relative path counts from the project root."""
        path = resolve(path)
        if path.suffix != ".jsonl":
            raise DatasetError(
                f"{path.name}: a dataset is written as JSON Lines: use a name that ends in .jsonl"
            )
        return write_whole(path, (_line(example) for example in self._examples))


@printed
class Split(NamedTuple):
    """The rows to write prompts on, and those held back to settle a claim."""

    search: Dataset
    held: Dataset

    def __repr__(self) -> str:
        if not self.held:
            new = f"To settle a claim, write down {FEWEST_HELD} new rows or more"
            return f"No example is held back of {len(self.search):,}. {new}, and read none before."
        held = f"{len(self.held):,} of {len(self.search) + len(self.held):,} examples"
        return f"{held} are held back to settle a claim: read none of them."


def _kept_together(example: Example, cluster: str | None) -> Mapping[str, Any] | str:
    """What decides a row's side: its group, else what prompts read of it."""
    group = example.tags.get(cluster) if cluster else None
    return dict(example.inputs) if group is None else group


def load_examples(
    path: str | Path,
    limit: int | None = None,
    seed: int | None = 0,
    where: Mapping[str, Any] | Callable[[Example], bool] | None = None,
    columns: Mapping[str, Any] | None = None,
    after: int = 0,
) -> Dataset:
    """The examples of a .jsonl, .csv, .tsv or .parquet file, or of an OpenAI-evals .jsonl.

    `limit` takes a random part in the file's order; a larger limit holds a smaller one; with
    `seed=None` it takes the first. `after` leaves out what a limit of that many takes: examples
    that nothing was chosen on. `where` is {tag: value or values}, None for examples without the
    tag, or a function of an example. `columns` says which columns are what: {"id": ..., "expected":
    ..., "inputs": [...] or {input: column}, "tags": [...] or {tag: column}}. An example without an
    id gets the fingerprint of its content.
    """
    file = resolve(path)
    examples = _examples(read_rows(file, str(path)), columns, str(path))
    if where is not None:
        examples = _selected(examples, where, str(path))
    _check_part(limit, after, len(examples), str(path))
    available = len(examples) - after
    if limit is not None or after:
        stop = len(examples) if limit is None else after + limit
        examples = _sampled(examples, after, stop, seed)
    return Dataset(examples, file.stem, file, available)


def _check_part(limit: int | None, after: int, count: int, where: str) -> None:
    if limit is not None and not (type(limit) is int and limit > 0):
        raise DatasetError(
            f"{where}: limit is {limit!r}: give a number of examples from 1, or None for all"
        )
    if not (type(after) is int and 0 <= after < count):
        raise DatasetError(f"{where}: after is {after!r}: give a number of examples below {count}")


def _line(example: Example) -> str:
    fields: dict[str, Any] = {"id": example.id, "inputs": dict(example.inputs)}
    if example.expected is not None:
        fields["expected"] = example.expected
    if example.tags:
        fields["tags"] = dict(example.tags)
    try:
        text = json.dumps(fields, ensure_ascii=False, allow_nan=False)
        text.encode()
    except UnicodeEncodeError:  # half a character has no UTF-8, yet an escape in JSON
        text = json.dumps(fields, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DatasetError(f"example {example.id!r} cannot be written as JSON: {error}") from None
    return text + "\n"


# --- Rows to examples


def _examples(rows: Iterable[Row], columns: Mapping[str, Any] | None, where: str) -> list[Example]:
    examples: list[Example] = []
    lines: dict[str, int] = {}
    tag_sets: _TagSets = {(): _NO_TAGS}
    parted = how_parted(columns, where)
    for number, row in rows:
        try:
            example = _example(row, parted, tag_sets)
        except (ValueError, DatasetError) as error:
            fail(where, number, str(error))
        if example.id in lines:
            taken = f"id {example.id!r} is on {at(lines[example.id], where)} already"
            fail(where, number, f"{taken}: give every example its own id")
        lines[example.id] = number
        examples.append(example)
    if not examples:
        raise DatasetError(
            f'{where} holds no example: write one a line, {{"id": ..., "inputs": {{...}}}}'
        )
    return examples


def _example(row: dict[str, Any], parted: Parted | None, kept: _TagSets) -> Example:
    """One row as an example; ValueError or DatasetError says what is wrong with it."""
    row = _in_parts(row, parted)
    inputs, expected = row.get("inputs"), row.get("expected")
    if not isinstance(inputs, dict):
        raise ValueError(
            'no "inputs" object: write {"id": ..., "inputs": {...}}, or say with columns= '
            "what is what"
        )
    inputs = {intern(name): value for name, value in inputs.items()}
    tags = _tags_of(row.get("tags"))
    tags = kept.setdefault(tuple(tags.items()), tags)
    return Example(_id_of(row.get("id"), inputs, expected), inputs, expected, tags)


def _in_parts(row: dict[str, Any], parted: Parted | None) -> dict[str, Any]:
    """A row by the parts of an example, as a dataset file, a table or OpenAI evals has them."""
    if isinstance(row.get("input"), list) and "inputs" not in row:
        row = {**row, "input": _last_user_text(row["input"]), "messages": row["input"]}
    if parted is not None:
        return parted(row)
    if "inputs" not in row and "input" in row:  # OpenAI evals
        inputs = {name: row[name] for name in ("input", "messages") if name in row}
        return {"id": row.get("id"), "inputs": inputs, "expected": row.get("ideal")}
    return row


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
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"id is {value!r}: it must be text or a whole number")
    return str(value)


def _tags_of(value: Any) -> dict[str, str]:
    if not isinstance(value, dict | None):
        raise ValueError('"tags" must be an object of texts, as in {"language": "en"}')
    return {
        intern(key): _tag_text(key, tag)
        for key, tag in (value or {}).items()
        if tag is not None and tag != ""
    }


def _tag_text(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ValueError(f"tag {key!r} is {type(value).__name__}: it must be one text or number")
    return str(value)


# --- A part of the examples


def _selected(examples: list[Example], wanted: Any, where: str) -> list[Example]:
    """The examples that a function accepts, or whose tags have the wanted values."""
    if callable(wanted):
        chosen, which = [each for each in examples if wanted(each)], "that `where` accepts"
    else:
        chosen, which = _tagged(examples, wanted, where)
    if not chosen:
        raise DatasetError(f"{where} has no example {which}: loosen `where`")
    return chosen


def _tagged(
    examples: list[Example], wanted: Mapping[str, Any], where: str
) -> tuple[list[Example], str]:
    """The examples whose tags have the wanted values, and these in words."""
    known = Dataset(examples).tags
    for key in wanted:
        if key not in known:
            raise DatasetError(
                f"{where} has no tag {key!r}: there are {', '.join(known) or 'none'}"
            )
    accepted = {key: _wanted(key, values, where) for key, values in wanted.items()}
    chosen = [
        each
        for each in examples
        if all(each.tags.get(key) in values for key, values in accepted.items())
    ]
    named = (f"{key} {' or '.join(sorted(map(str, values)))}" for key, values in accepted.items())
    return chosen, "with " + " and ".join(named)


def _wanted(key: str, values: Any, where: str) -> set[str | None]:
    """The values of a tag that `where` accepts; None stands for examples without the tag."""
    listed = values if isinstance(values, list | tuple | set) else [values]
    try:
        return {None if value is None else _tag_text(key, value) for value in listed}
    except ValueError as error:
        raise DatasetError(f"{where}: `where`: {error}") from None


def _sampled(examples: list[Example], start: int, stop: int, seed: int | None) -> list[Example]:
    """A part in file order, drawn by a hash of seed and id: what is drawn once stays when examples
    are added.
    """
    if seed is None:
        return examples[start:stop]
    names = (f"{seed}\0{each.id}".encode("utf-8", "surrogatepass") for each in examples)
    keys = [hashlib.blake2b(name, digest_size=8).digest() for name in names]
    drawn = sorted(range(len(examples)), key=keys.__getitem__)[start:stop]
    return [examples[position] for position in sorted(drawn)]
