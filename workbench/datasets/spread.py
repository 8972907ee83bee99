"""How much a workbook holds, seen before it is read: what reads it takes room for every cell from
the first to the last, and ends the whole process where there is none left.
"""

import re
import zipfile
import zlib
from contextlib import suppress
from typing import BinaryIO

from workbench.datasets.binary_sheets import last_cell_of_xlsb, last_cells_of_xls
from workbench.datasets.number_formats import with_zeros
from workbench.datasets.seen_cells import Seen, read_seen
from workbench.datasets.source import Source, most_bytes
from workbench.datasets.workbook import UNREADABLE, is_uncalculated, sheet_xml, xlsb_part

MOST_CELLS = 30_000_000  # from A1 to the last, blank ones too: a gigabyte
DENSEST = 1032  # times: no text is deflated to less
_PIECE = 1 << 20
_REPEATED = re.compile(rb'table:number-columns-repeated="(\d{1,10})"')
_FILLED = (b"<text:", b"office:value", b"office:string", b"office:date", b"office:time",
           b"office:boolean", b"table:formula")  # fmt: skip
_ROWS = re.compile(rb'^[^<>]*table:number-rows-repeated="(\d{1,10})"')


def check_whole(source: Source) -> None:
    """Refuse a workbook that holds too much in all, whatever it says of itself."""
    if source.ending == ".xls":
        _check_xls(source)
    with source.open() as file:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as book:
                _check_zip(source, file, book)


def _check_zip(source: Source, file: BinaryIO, book: zipfile.ZipFile) -> None:
    members, most = book.infolist(), most_bytes(source.size)
    if len({each.filename.casefold() for each in members}) < len(members):
        source.refuse("two of its parts have one name: save it anew")
    is_small = DENSEST * sum(each.compress_size for each in members) <= most
    if not is_small and _unpacked(file, members, most) > most:
        source.refuse(f"unpacked it holds more than {most:,} bytes: part it")
    if source.ending == ".ods" and _cells_of_ods(book) > MOST_CELLS:
        source.refuse(_too_far("its rows repeat to"))


def _check_xls(source: Source) -> None:
    """All sheets, which are read at once; a list of streams that is broken is read by others."""
    with suppress(*UNREADABLE):
        for rows, columns in last_cells_of_xls(source.read()):
            if rows * columns > MOST_CELLS:
                source.refuse(_too_far(f"a sheet reaches to row {rows:,} and column {columns:,},"))


def _unpacked(file: BinaryIO, members: list[zipfile.ZipInfo], most: int) -> int:
    """The bytes of all members, counted as far as `most`."""
    total = sum(each.file_size for each in members)
    for each in members if total <= most else ():
        total += max(0, _length(file, each, most - total) - each.file_size)
    return total


def _length(file: BinaryIO, member: zipfile.ZipInfo, more: int) -> int:
    """The length of a member, counted until it is `more` longer than it says."""
    if member.compress_type != zipfile.ZIP_DEFLATED:
        return member.compress_size
    file.seek(member.header_offset + 26)
    lengths = file.read(4)
    file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
    unpacking, packed, length = zlib.decompressobj(-15), file.read(member.compress_size), 0
    while packed and length <= member.file_size + more:
        length += len(unpacking.decompress(packed, _PIECE))
        packed = unpacking.unconsumed_tail
    return length


def seen_within(source: Source, sheet: str, number: int) -> Seen:
    """What the sheet of that number from 0 says beside its values; one with a cell too far from its
    first is refused.
    """
    if source.ending not in _SEEN:
        return Seen()
    try:
        seen = _SEEN[source.ending](source, sheet, number)
    except UNREADABLE:
        source.refuse(f"sheet {sheet!r} cannot be read: save the file anew, or as .csv")
    rows, columns = seen.rows, seen.columns
    if rows * columns > MOST_CELLS:
        source.refuse(_too_far(f"sheet {sheet!r} reaches to row {rows:,} and column {columns:,},"))
    return seen


def _too_far(said: str) -> str:
    step = "delete what stands far from the table, or save the table alone"
    return f"{said} more than {MOST_CELLS:,} cells: {step}"


def _of_xlsx(source: Source, sheet: str, number: int) -> Seen:
    calculated = not is_uncalculated(source)
    return read_seen(sheet_xml(source, sheet), with_zeros(source), calculated=calculated)


def _of_xlsb(source: Source, sheet: str, number: int) -> Seen:
    return Seen(*last_cell_of_xlsb(xlsb_part(source, number)))


_SEEN = {".xlsx": _of_xlsx, ".xlsb": _of_xlsb}


def _cells_of_ods(book: zipfile.ZipFile) -> int:
    """How many cells the rows of an OpenDocument take that hold something."""
    try:
        content = book.read("content.xml")
    except (KeyError, zipfile.BadZipFile):
        return 0
    return sum(_cells_of_row(row) for row in content.split(b"<table:table-row")[1:])


def _cells_of_row(row: bytes) -> int:
    repeated = _ROWS.match(row)
    if not any(mark in row for mark in _FILLED) or (repeated is None and b"-repeated" not in row):
        return 0  # blank, or no more than it is long
    columns = sum(int(number) for number in _REPEATED.findall(row)) + row.count(b"<table:")
    return columns * (int(repeated[1]) if repeated else 1)
