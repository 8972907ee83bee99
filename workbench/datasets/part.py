"""A part of a dataset's examples: by tag, by a function, at random."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.arguments import expect
from workbench.datasets.dataset import Dataset, Example, tag_text
from workbench.datasets.source import Source
from workbench.errors import DatasetError
from workbench.meant import instead


@dataclass(frozen=True)
class Part:
    """Which examples are asked for."""

    where: Mapping[str, Any] | Callable[[Example], bool] | None
    limit: int | None
    after: int
    seed: int | None

    @property
    def in_words(self) -> str:
        said = ["where"] * (self.where is not None)
        said += [f"limit={self.limit}"] * (self.limit is not None)
        return " and ".join(said + [f"after={self.after}"] * bool(self.after))


def part_of(source: Source, every: list[Example], part: Part) -> tuple[list[Example], int]:
    """The examples that are asked for, and how many there are to ask for; more are noticed."""
    examples = every if part.where is None else _selected(every, part.where, source.where)
    _check(part, len(examples), source)
    available = len(examples) - part.after
    if part.limit is not None or part.after:
        stop = len(examples) if part.limit is None else part.after + part.limit
        examples = _sampled(examples, part.after, stop, part.seed)
    if len(examples) < len(every):
        taken = f"{len(examples):,} of {len(every):,} examples, by {part.in_words}"
        source.noticed.add("part", taken)
    return examples, available


def _check(part: Part, count: int, source: Source) -> None:
    limit, after = part.limit, part.after
    if limit is not None and not (type(limit) is int and limit > 0):
        source.refuse(f"limit is {limit!r}: give a number of examples from 1, or None for all")
    if not (type(after) is int and 0 <= after < count):
        source.refuse(f"after is {after!r}: give a number of examples below {count}")


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
    such = 'give the values of a tag, such as {"language": ["en"]}, or a function of an example'
    expect(wanted, Mapping, "where", such)
    known = Dataset(examples).tags
    for key in wanted:
        if key not in known:
            raise DatasetError(f"{where} has no tag {key!r}: {instead(key, known)}")
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
        return {None if value is None else tag_text(key, value) for value in listed}
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
