"""Excel and OpenDocument workbooks: one sheet's rows, numbers and dates as people see them."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from workbench.datasets.source import Source
from workbench.datasets.tables import Odd, Row, is_blank, named_rows
from workbench.datasets.values import plain

_CELL = re.compile(rb"<c\s([^>]*)>\s*(?:<f[^>]*?(?:/>|>.*?</f>)\s*)?<v>([^<]*)</v>", re.DOTALL)


def read_sheet(source: Source) -> Iterator[Row]:
    """The rows of the sheet that is asked for, else of the first shown one that holds any."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with source.open() as file:
            book = CalamineWorkbook.from_filelike(file)
            name, cells = _chosen(source, book)
    except PasswordError:
        source.refuse("it is locked by a password: save it without one")
    except (CalamineError, OSError) as error:
        source.refuse(f"not a workbook that can be read ({error}): save it as .xlsx or .csv")
    errors = _formula_errors(source, name)
    records = (
        (number, [errors.get((number, at), plain(cell)) for at, cell in enumerate(row)])
        for number, row in enumerate(cells, 1)
    )
    yield from named_rows(source, records)


def _chosen(source: Source, book: Any) -> tuple[str, list[list[Any]]]:
    """The sheet's name and all its cells from A1 on."""
    names = [each.name for each in book.sheets_metadata]
    if source.asked.sheet != "":
        name = _asked(source, names)
        return name, _cells(book, name)
    shown = [each.name for each in book.sheets_metadata if str(each.visible).endswith(".Visible")]
    for name in shown or names:
        cells = _cells(book, name)
        if any(not is_blank(cell) for row in cells for cell in row):
            if len(names) > 1:
                source.noticed.add("sheet", f"{name!r} (of {', '.join(names)})")
            return name, cells
    return names[0], []


def _asked(source: Source, names: Sequence[str]) -> str:
    """The sheet that is asked for, by name or position."""
    sheet = source.asked.sheet
    if isinstance(sheet, int) and 0 <= sheet < len(names):
        return names[sheet]
    if sheet not in names:
        source.refuse(f"no sheet {sheet!r}: there are {', '.join(names)}")
    return str(sheet)


def _cells(book: Any, name: str) -> list[list[Any]]:
    return book.get_sheet_by_name(name).to_python(skip_empty_area=False)


# --- Errors of formulas: calamine reads them as empty cells


def _formula_errors(source: Source, sheet: str) -> Mapping[tuple[int, int], Odd]:
    """By row from 1 and column from 0 what a formula could not say; known of .xlsx files only."""
    if source.ending != ".xlsx":
        return {}
    try:
        with source.open() as file, zipfile.ZipFile(file) as book:
            xml = book.read(_part(book, sheet))
    except (KeyError, zipfile.BadZipFile, ElementTree.ParseError):
        return {}
    if b't="e"' not in xml:
        return {}
    found = (
        (re.search(rb'\br="([A-Z]+)(\d+)"', tag), tag, text) for tag, text in _CELL.findall(xml)
    )
    return {
        (int(place[2]), _column(place[1].decode())): Odd(f"the formula error {text.decode()}")
        for place, tag, text in found
        if place and b't="e"' in tag
    }


def _part(book: zipfile.ZipFile, sheet: str) -> str:
    """The file of a workbook that holds a sheet."""
    listed = ElementTree.fromstring(book.read("xl/workbook.xml"))
    linked = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    targets = {each.get("Id"): each.get("Target", "") for each in linked}
    for each in listed.iter():
        if each.tag.endswith("}sheet") and each.get("name") == sheet:
            link = next((value for name, value in each.items() if name.endswith("}id")), "")
            target = targets[link]
            return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError(sheet)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
