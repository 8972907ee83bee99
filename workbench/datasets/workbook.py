"""The parts of a zipped workbook, such as one sheet's text."""

import struct
import zipfile
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


def sheet_xml(source: Source, sheet: str) -> bytes:
    """The text of a .xlsx workbook's sheet; one of UNREADABLE where it is not there."""
    with source.open() as file, zipfile.ZipFile(file) as book:
        return book.read(_part(book, sheet))


def is_uncalculated(source: Source) -> bool:
    """Whether a .xlsx workbook asks who opens it to calculate it all, as programs write it."""
    with source.open() as file, zipfile.ZipFile(file) as book:
        said = ElementTree.fromstring(book.read("xl/workbook.xml"))
    asked = (each.get("fullCalcOnLoad") for each in said.iter() if each.tag.endswith("}calcPr"))
    return any(value in ("1", "true") for value in asked)


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


def letters(column: int) -> str:
    """A column from 0 as a workbook names it: A, Z, AA."""
    before, letter = divmod(column, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + letter)


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
