"""Records of cells to rows by name: the first that is not blank names the columns."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from sys import intern
from typing import Any

from workbench.datasets.heading import from_header
from workbench.datasets.source import Source
from workbench.datasets.values import is_blank
from workbench.words import count, listed

Row = tuple[int, dict[str, Any]]  # its line (row, in a workbook or Parquet), and what it says
ERRORS = {
    "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
    "#ERROR!", "#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#VALEUR!", "#NOM?", "#NOMBRE!", "#¡VALOR!",
    "#¡REF!", "#¡DIV/0!", "#¿NOMBRE?", "#¡NUM!",
}  # fmt: skip
SINGLE = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}


MOST_COLUMNS = 16_384  # as many as Excel has
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*")
_UNNAMED = re.compile(r"Unnamed: \d+")  # how pandas calls a column without a name
_UNSEEN = " \t\r\n\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


class Odd:
    """A cell that is no value, with the reason; it matters only where its column is used."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def _plain_name(cell: Any) -> str:
    """A column's name as it is typed: without what nobody sees around it, its accents composed."""
    text = str(cell)
    if _UNNAMED.fullmatch(text):
        return ""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", text.replace("\u00a0", " ")).strip(_UNSEEN)


def named_rows(
    source: Source, records: Iterable[tuple[int, Sequence[Any]]], separator: str = ","
) -> Iterator[Row]:
    """Rows by the names of their columns; titles above these, blank rows and nameless blank columns
    are left out.
    """
    header: list[str] = []
    for number, record in from_header(source, records):
        if all(map(is_blank, record)):
            if header:
                source.noticed.add("blank row", "", number)
        elif header and _is_again(header, record):
            source.noticed.add("header again", "", number)
        elif header:
            yield number, _by_name(source, header, record, number, separator)
        else:
            header = _header(source, record, number)


def _header(source: Source, record: Sequence[Any], number: int) -> list[str]:
    """The columns' names; a column without one may hold nothing, which the rows will show."""
    names = ["" if cell is None else _plain_name(cell) for cell in record]
    given = [name for name in names if name]
    if len(given) > MOST_COLUMNS:
        source.fail(number, f"more than {MOST_COLUMNS:,} columns: put what is long in rows")
    if twice := next((name for name, times in Counter(given).items() if times > 1), ""):
        source.fail(
            number, f"the header needs a different name for every column: {twice!r} stands twice"
        )
    if numbers := [name for name in given if _NUMBER.fullmatch(name)]:
        source.noticed.add("number as name", listed([repr(name) for name in numbers[:3]]), number)
    if nameless := len(names) - len(given):
        source.noticed.add("blank column", count(nameless, "column"))
    return [intern(name) for name in names]


def _is_again(header: Sequence[str], record: Sequence[Any]) -> bool:
    """Whether a row is the header once more, as where tables were put one below the other."""
    return len(record) == len(header) > 1 and all(
        isinstance(cell, str) and _plain_name(cell) == name
        for name, cell in zip(header, record, strict=True)
    )


def _by_name(
    source: Source, header: list[str], record: Sequence[Any], number: int, separator: str
) -> dict[str, Any]:
    _check_width(source, header, record, number, separator)
    for position, (name, cell) in enumerate(zip(header, record, strict=False), 1):
        if not name and not is_blank(cell):
            source.fail(number, _nameless(position, cell, header, record))
    row = {name: cell for name, cell in zip(header, record, strict=False) if name}
    for cell in ERRORS.intersection(cell for cell in row.values() if isinstance(cell, str)):
        source.noticed.add("formula error", cell, number)
    return row


def _check_width(
    source: Source, header: list[str], record: Sequence[Any], number: int, separator: str
) -> None:
    beyond = any(not is_blank(cell) for cell in record[len(header) :])
    if beyond or len(record) < len(header):
        fields = count(len(record), "field")
        text = f"text with {SINGLE.get(separator, separator)}"
        source.fail(number, f"{fields}, the header has {len(header)}: quote {text}")


def _nameless(position: int, cell: Any, header: Sequence[str], record: Sequence[Any]) -> str:
    given = [name for name in header if name]
    if given == [header[0]] and position > 1:
        where = "say with header= or --header which row holds the columns' names"
        return f"{str(cell)[:40]!r} stands beside {given[0][:40]!r}, which seems a title: {where}"
    if position > 1 and len(given) + 1 < _named_apart(record):
        above = "if a lower row has the names, say header= or --header, else name the column"
        return f"column {position} has no name above and holds {str(cell)[:40]!r}: {above}"
    index = ", or write the file without pandas' index: to_csv(..., index=False)"
    return (
        f"column {position} has no name and holds {str(cell)[:40]!r}: give it one"
        f"{index if position == 1 else ''}"
    )


def _named_apart(record: Sequence[Any]) -> int:
    """How many columns a row could name: its cells where all are different texts, else none."""
    cells = [cell for cell in record if not is_blank(cell)]
    texts = {cell.strip() for cell in cells if isinstance(cell, str)}
    return len(texts) if len(texts) == len(cells) else 0
