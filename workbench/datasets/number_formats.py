"""Numbers that a workbook shows with leading zeros, as postcodes and order numbers are: 00123."""

import re
import zipfile

from workbench.datasets.source import Source
from workbench.datasets.workbook import UNREADABLE, column_number, sheet_xml

_ZEROS = re.compile(r"(?:\[\$[^\[\]]*\])?(0{2,20})(?:;@)?")  # a country's code may stand before
_FORMAT = re.compile(rb"<numFmt\b([^<>]*)>")
_STYLES = re.compile(rb"<cellXfs\b[^<>]*>(.*?)</cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<xf\b([^<>]*)>")
_CELL = re.compile(rb"<c\b([^<>]*)>")
_ATTRIBUTE = re.compile(rb'(?<![\w:])(\w+)="([^"<>]*)"')
_PLACE = re.compile(rb"([A-Z]{1,3})(\d{1,8})")


def shown_digits(source: Source, sheet: str) -> dict[tuple[int, int], int]:
    """(row from 1, column from 0) of cells that show whole numbers with so many digits at least;
    none for other files than .xlsx.
    """
    if source.ending != ".xlsx":
        return {}
    try:
        widths = _widths(source)
        xml = sheet_xml(source, sheet) if widths else b""
    except UNREADABLE:
        return {}
    shown: dict[tuple[int, int], int] = {}
    for cell in _CELL.findall(xml):
        said = dict(_ATTRIBUTE.findall(cell))
        place = _PLACE.fullmatch(said.get(b"r", b""))
        if place and (digits := widths.get(said.get(b"s", b""))):
            shown[int(place[2]), column_number(place[1].decode())] = digits
    return shown


def _widths(source: Source) -> dict[bytes, int]:
    """The digits that each style of a cell shows at least, by the number that cells name it by."""
    with source.open() as file, zipfile.ZipFile(file) as book:
        xml = book.read("xl/styles.xml")
    formats: dict[bytes, int] = {}
    for tag in _FORMAT.findall(xml):
        said = dict(_ATTRIBUTE.findall(tag))
        zeros = _ZEROS.fullmatch(said.get(b"formatCode", b"").decode("utf-8", "replace"))
        if zeros:
            formats[said.get(b"numFmtId", b"")] = len(zeros[1])
    listed = _STYLES.search(xml) if formats else None
    styles = _STYLE.findall(listed[1]) if listed else []
    ids = [dict(_ATTRIBUTE.findall(style)).get(b"numFmtId", b"") for style in styles]
    return {b"%d" % at: formats[id] for at, id in enumerate(ids) if id in formats}


def with_zeros(value: object, digits: int) -> object:
    """A whole number as its cell shows it; anything else as it is."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return value
    return str(value).zfill(digits)
