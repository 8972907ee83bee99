"""The parts of a zipped workbook: one sheet's text, and what of it is out of sight."""

import re
import struct
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError

from workbench.datasets.binary_sheets import sheet_ids
from workbench.datasets.source import Source

UNREADABLE = (
    KeyError,
    IndexError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    ElementTree.ParseError,
    ExpatError,
)
LONGEST_NUMBER = 9  # digits of a row
# `<` stands in no attribute, so that a search ends at the next tag: a text of `<row ` would take
# the square of its length otherwise.
_TAGS = {name: re.compile(rb"<%s\b([^<>]*)>" % name.encode()) for name in ("row", "col")}
_ATTRIBUTE = re.compile(rb'(?<![\w:])([\w:]+)="([^"<>]*)"')


def sheet_xml(source: Source, sheet: str) -> bytes:
    """The text of a .xlsx workbook's sheet; one of UNREADABLE where it is not there."""
    with source.open() as file, zipfile.ZipFile(file) as book:
        return book.read(_part(book, sheet))


def xlsb_part(source: Source, number: int) -> bytes:
    """The records of a .xlsb workbook's sheet, counted from 0."""
    with source.open() as file, zipfile.ZipFile(file) as book:
        linked = links(book, "xl/_rels/workbook.bin.rels")
        return book.read(linked[sheet_ids(book.read("xl/workbook.bin"))[number]])


def column_number(letters: str) -> int:
    """A column's letters as its number from 0."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def seen_xml(source: Source, sheet: str) -> bytes:
    """The text that says what of a sheet is seen; empty for other files than .xlsx, and where it
    cannot be read, for then the cells are not read either.
    """
    if source.ending != ".xlsx":
        return b""
    try:
        return sheet_xml(source, sheet)
    except UNREADABLE:
        return b""


def hidden_rows(xml: bytes) -> set[int]:
    """The rows, from 1, that are hidden or filtered away."""
    return {row for (row,) in _hidden(xml, "row", b"r")}


def hidden_columns(xml: bytes, width: int) -> list[tuple[int, str]]:
    """The hidden among the first so many columns, each from 0 and by its letters."""
    spans = [range(low - 1, min(high, width)) for low, high in _hidden(xml, "col", b"min", b"max")]
    return [(at, _letters(at)) for at in sorted({at for span in spans for at in span})]


def _hidden(xml: bytes, name: str, *places: bytes) -> Iterator[list[int]]:
    """Where the tags of a name stand that are hidden, as far as they say so in numbers."""
    for tag in _TAGS[name].findall(xml):
        said = dict(_ATTRIBUTE.findall(tag)) if b"hidden" in tag else {}
        numbers = [said.get(place, b"") for place in places]
        if said.get(b"hidden") in (b"1", b"true") and all(map(_is_number, numbers)):
            yield [int(number) for number in numbers]


def _is_number(text: bytes) -> bool:
    return text.isdigit() and len(text) < LONGEST_NUMBER


def _letters(column: int) -> str:
    """A column from 0 as a workbook names it: A, Z, AA."""
    before, letter = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + letter)


def _part(book: zipfile.ZipFile, sheet: str) -> str:
    """The file of a workbook that holds a sheet."""
    listed = ElementTree.fromstring(book.read("xl/workbook.xml"))
    linked = links(book, "xl/_rels/workbook.xml.rels")
    sheets = [each for each in listed.iter() if each.tag.endswith("}sheet")]
    [named] = [each for each in sheets if each.get("name") == sheet]
    return linked[next((value for name, value in named.items() if name.endswith("}id")), "")]


def links(book: zipfile.ZipFile, name: str) -> dict[str, str]:
    """The files of a workbook by the ids that its list of sheets knows them by."""
    linked = ElementTree.fromstring(book.read(name))
    targets = {each.get("Id", ""): each.get("Target", "") for each in linked}
    return {
        link: target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        for link, target in targets.items()
    }
