"""Which record of a table names its columns: titles may stand above it."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from workbench.datasets.source import Source
from workbench.datasets.values import is_blank

LOOKED_AT = 30  # records from the top, in which the titles end
Record = tuple[int, Sequence[Any]]  # its line or row, and its cells


def from_header(source: Source, records: Iterable[Record]) -> Iterator[Record]:
    """The records from the one that names the columns on: the one that is asked for; else the first
    that is no title. What stands above it is left out, and said.
    """
    records = iter(records)
    start = list(itertools.islice(records, LOOKED_AT))
    header = source.asked.header or _found(start)
    is_there = False
    for number, record in itertools.chain(start, records):
        if number < header and not all(map(is_blank, record)):
            source.noticed.add("title", "", number)
        elif number >= header:
            is_there = is_there or (number == header and not all(map(is_blank, record)))
            _check_asked(source, number, is_there=is_there)
            yield number, record
    _check_asked(source, header, is_there=is_there)


def _check_asked(source: Source, number: int, *, is_there: bool) -> None:
    asked = source.asked.header
    if asked and number >= asked and not is_there:
        place = source.at(asked)
        source.refuse(f"{place} names no columns: header= or --header takes the one that does")


def _found(start: Sequence[Record]) -> int:
    """The row of the first record that names every column with a value below it, where those above
    are titles; 0 where the first names them all, or none does.
    """
    filled = [(number, _filled(record)) for number, record in start]
    filled = [(number, cells) for number, cells in filled if cells]
    below: set[int] = set()
    naming = []
    for at in reversed(range(len(filled) - 1)):
        below |= set(filled[at + 1][1])
        if below <= set(filled[at][1]):
            naming.append(at)
    at = next((at for at in reversed(naming) if _are_names(filled[at][1])), 0)
    if not at or 0 in naming or not all(_is_title(filled[n][1], filled[at][1]) for n in range(at)):
        return 0
    return filled[at][0]


def _filled(record: Sequence[Any]) -> dict[int, Any]:
    """The cells that are not blank, by their columns."""
    return {at: cell for at, cell in enumerate(record) if not is_blank(cell)}


def _are_names(cells: dict[int, Any]) -> bool:
    """Whether cells may name columns: texts with letters, all different."""
    texts = [cell.strip() for cell in cells.values() if isinstance(cell, str)]
    worded = [text for text in texts if any(letter.isalpha() for letter in text)]
    return len(set(worded)) == len(cells)


def _is_title(cells: dict[int, Any], header: dict[int, Any]) -> bool:
    """Whether a record above the names is a title: alone in the first column, or narrow."""
    return len(header) > 1 and (list(cells) == [min(header)] or 2 * len(cells) < len(header))
