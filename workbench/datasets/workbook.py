"""The parts of a zipped workbook: one sheet's text, and which of its rows are out of sight."""

import re
import zipfile
from xml.etree import ElementTree

from workbench.datasets.source import Source

_HIDDEN = re.compile(rb'<row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="(\d+)"')


def sheet_xml(source: Source, sheet: str) -> bytes:
    """The text of a .xlsx workbook's sheet; KeyError where it is not there."""
    with source.open() as file, zipfile.ZipFile(file) as book:
        return book.read(_part(book, sheet))


def hidden_rows(source: Source, sheet: str) -> set[int]:
    """The rows, from 1, that are hidden or filtered away; known of .xlsx files only."""
    if source.ending != ".xlsx":
        return set()
    try:
        return {int(row) for row in _HIDDEN.findall(sheet_xml(source, sheet))}
    except (KeyError, zipfile.BadZipFile, ElementTree.ParseError):
        return set()


def _part(book: zipfile.ZipFile, sheet: str) -> str:
    """The file of a workbook that holds a sheet."""
    listed = ElementTree.fromstring(book.read("xl/workbook.xml"))
    linked = links(book, "xl/_rels/workbook.xml.rels")
    for each in listed.iter():
        if each.tag.endswith("}sheet") and each.get("name") == sheet:
            return linked[next((value for name, value in each.items() if name.endswith("}id")), "")]
    raise KeyError(sheet)


def links(book: zipfile.ZipFile, name: str) -> dict[str, str]:
    """The files of a workbook by the ids that its list of sheets knows them by."""
    linked = ElementTree.fromstring(book.read(name))
    targets = {each.get("Id", ""): each.get("Target", "") for each in linked}
    return {
        link: target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        for link, target in targets.items()
    }
