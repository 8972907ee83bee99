"""Datasets: examples in order, checked, split and written."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, overload

from workbench import words
from workbench.arguments import expect
from workbench.datasets.noticed import Remark
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
from workbench.meant import instead
from workbench.printing import printed


@printed
@dataclass(frozen=True, slots=True)
class Example:
    """One row of a dataset, of plain data; its tags are the slices that results are shown by.

    `held`: kept back by `split`, to settle a claim while nobody reads it.
    """

    id: str
    inputs: Mapping[str, Any]
    expected: Any = None
    tags: Mapping[str, str] = field(default_factory=dict)
    held: bool = field(default=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        inputs, tags = self.inputs, self.tags
        if not (isinstance(inputs, dict) and isinstance(tags, dict)):
            expect(inputs, Mapping, "what an example holds", 'give {"message": ...}')
            expect(tags, Mapping, "what an example is tagged with", 'give {"language": ...}')
        held = (self.expected or "", *inputs, *inputs.values(), *tags, *tags.values())
        if set(map(type, held)) == {str}:  # as in most: no text lacks a form in JSON
            return
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
        remarks: tuple[Remark, ...] = (),
        load: "Callable[[int], Dataset] | None" = None,
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
        self.remarks = remarks  # what was noticed while it was read
        self._load = load  # the same part of the same file with another limit
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
    def held(self) -> bool:
        """Whether rows here are held back."""
        return holds_back(self)

    @cached_property
    def tags(self) -> dict[str, list[str]]:
        """Every tag with its values, sorted."""
        values: dict[str, set[str]] = {}
        for example in self._examples:
            for key, value in example.tags.items():
                values.setdefault(key, set()).add(value)
        return {key: sorted(values[key]) for key in sorted(values)}

    @cached_property
    def _by_id(self) -> dict[str, Example]:
        return {example.id: example for example in self._examples}

    @overload
    def __getitem__(self, key: int | str) -> Example: ...
    @overload
    def __getitem__(self, key: slice) -> "Dataset": ...
    def __getitem__(self, key: int | str | slice) -> "Example | Dataset":
        if isinstance(key, slice):
            part = self._examples[key]
            return Dataset(part, self.name, self.path, self.available, self.remarks)
        if not isinstance(key, str):
            return self._examples[key]
        if key not in self._by_id:
            raise DatasetError(f"no example {key!r} in {self.name}: {instead(key, self._by_id)}")
        return self._by_id[key]

    def __contains__(self, item: object) -> bool:
        return item in (self._by_id if isinstance(item, str) else self._examples)

    def __len__(self) -> int:
        return len(self._examples)

    def __iter__(self) -> Iterator[Example]:
        return iter(self._examples)

    def __repr__(self) -> str:
        of = f" of {self.available:,}" if (self.available or 0) > len(self) else ""
        tags = ", ".join(self.tags) or "none"
        return f"Dataset({self.name!r}, {len(self)}{of} examples, tags {tags})"

    @property
    def within_reach(self) -> int:
        """As many examples as `grown` can give."""
        return len(self) if self._load is None else max(len(self), self.available or 0)

    def grown(self, rows: int) -> "Dataset":
        """These examples and the next ones of the same part of their file, `rows` or as many as
        there are; itself where it is not known where it came from.

        Raises DatasetError where the file has changed, so that these are no longer among them.
        """
        if self._load is None or rows <= len(self):
            return self
        more = self._load(rows)
        kept = {each.id: each for each in more}
        if any(kept.get(each.id) != each for each in self):
            raise DatasetError(
                f"{self.name}: its file has changed since it was loaded: load it and run again"
            )
        return more

    def split(self, search: float = 1 / 3, seed: int = 0, *, cluster: str | None = None) -> "Split":
        """About the share `search` of the rows, to write prompts on, and the others, held back to
        settle a claim.

        The side of a row hangs on `seed` and its inputs alone: it stays when rows are added, left
        out or reordered, and when an answer is corrected. `cluster` names a tag whose values group
        rows that belong together: a group stays on one side.
        """
        share = check_share(search)
        if cluster is not None and cluster not in self.tags:
            raise DatasetError(f"{self.name} has no tag {cluster!r}: {instead(cluster, self.tags)}")
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
        from 40 on, else nothing; 0 holds nothing back, 1 everything, such as rows that are new.
        """
        if share is None:
            share = held_share(len(self))
        if share == 0:
            return Split(self, self[:0])
        if share == 1:
            return Split(self[:0], self._side([False] * len(self), False, HELD))
        return self.split(1 - share, seed, cluster=cluster)

    def _side(self, sides: Sequence[bool], wanted: bool, ending: str) -> "Dataset":
        rows = [each for each, side in zip(self, sides, strict=True) if side is wanted]
        available = len(rows) if self.available == len(self) else None
        marked = (replace(each, held=ending == HELD) for each in rows)
        return Dataset(marked, self.name + ending, self.path, available, self.remarks)

    def save(self, path: str | Path) -> Path:
        """Write the examples as JSON Lines; a relative path counts from the project root."""
        path = resolve(path)
        if path.suffix != ".jsonl":
            raise DatasetError(
                f"{path.name}: a dataset is written as JSON Lines: use a name that ends in .jsonl"
            )
        return write_whole(path, self.lines())

    def lines(self) -> Iterator[str]:
        """The examples as JSON Lines, each with its line end."""
        return (_line(example) for example in self._examples)


def holds_back(examples: Iterable[Example]) -> bool:
    """Whether rows among these are held back."""
    return any(each.held for each in examples)


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


def tag_text(key: str, value: Any) -> str:
    """A tag's value as text; ValueError for what is no one text or number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ValueError(f"tag {key!r} is {type(value).__name__}: it must be one text or number")
    return str(value)
