"""What the formulas of a sheet could not say, by its place: calamine reads it as empty cells."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree

from workbench.datasets import binary_sheets
from workbench.datasets.seen_cells import UNCALCULATED, Seen
from workbench.datasets.source import Source
from workbench.datasets.tables import Odd
from workbench.datasets.workbook import UNREADABLE, xlsb_part

Found = tuple[int, int, str]  # row from 1, column from 0, and the error as people see it
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_SHOWN = re.compile(r"#(?:N/A|[A-Z0/]+[!?])|Err:\d+")


def formula_errors(
    source: Source, sheet: str, sheets: Sequence[str], seen: Seen
) -> Mapping[tuple[int, int], Odd]:
    """By row from 1 and column from 0 the errors of a sheet; a file that does not tell them is
    noticed.
    """
    try:
        found = list(_READERS[source.ending](source, sheet, sheets, seen))
    except UNREADABLE:
        source.noticed.add("formulas unread")
        return {}
    return {(row, column): Odd(_reason(text)) for row, column, text in found}


def _reason(text: str) -> str:
    return text if text == UNCALCULATED else f"the formula error {text}"


def _of_xlsx(source: Source, sheet: str, sheets: Sequence[str], seen: Seen) -> Iterator[Found]:
    return ((*place, text) for place, text in seen.errors.items())


def _of_xls(source: Source, sheet: str, sheets: Sequence[str], seen: Seen) -> Iterator[Found]:
    return binary_sheets.of_xls(source.read(), sheets.index(sheet))


def _of_xlsb(source: Source, sheet: str, sheets: Sequence[str], seen: Seen) -> Iterator[Found]:
    part = xlsb_part(source, sheets.index(sheet))
    return binary_sheets.of_xlsb(part)


def _of_ods(source: Source, sheet: str, sheets: Sequence[str], seen: Seen) -> Iterator[Found]:
    """LibreOffice marks an error; Excel writes a formula whose text is one."""
    with source.open() as file, zipfile.ZipFile(file) as book:
        xml = book.read("content.xml")
    if b"table:formula" not in xml:
        return
    found = ElementTree.fromstring(xml).iter(f"{TABLE}table")
    [table] = [each for each in found if each.get(f"{TABLE}name") == sheet]
    number = 1
    for row in table.iter(f"{TABLE}table-row"):
        rows, errors = _repeated(row, "rows"), list(_of_row(row))
        for down in range(number, number + rows if errors else number):
            yield from ((down, column, text) for column, text in errors)
        number += rows


def _of_row(row: ElementTree.Element) -> Iterator[tuple[int, str]]:
    column = 0
    for cell in row:
        if not cell.tag.endswith("table-cell"):
            continue
        columns, text = _repeated(cell, "columns"), _error(cell)
        if text:
            yield from ((at, text) for at in range(column, column + columns))
        column += columns


def _error(cell: ElementTree.Element) -> str:
    if cell.get(f"{TABLE}formula") is None:
        return ""
    shown = "".join("".join(each.itertext()) for each in cell.iter(f"{TEXT}p"))
    if not shown and cell.get(f"{OFFICE}value-type") is None:
        return UNCALCULATED
    is_marked = cell.get(f"{CALC}value-type") == "error"
    return shown if is_marked or _SHOWN.fullmatch(shown) else ""


def _repeated(element: ElementTree.Element, of: str) -> int:
    return int(element.get(f"{TABLE}number-{of}-repeated", "1"))


_READERS = {".xlsx": _of_xlsx, ".xls": _of_xls, ".xlsb": _of_xlsb, ".ods": _of_ods}
