"""The records of .xls and .xlsb sheets, as far as they hold the errors of formulas ([MS-XLS],
[MS-XLSB]).
"""

import struct
from collections.abc import Iterator, Sequence

from workbench.datasets.compound import Compound

Record = tuple[int, memoryview]  # what it is, and what it holds
Found = tuple[int, int, str]  # row from 1, column from 0, and the error as people see it
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip

# Records of .xls
FORMULA, END, SHEET, VALUE, BEGIN = 0x0006, 0x000A, 0x0085, 0x0205, 0x0809
CELLS = {0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x027E}
SEVERAL = {0x00BD, 0x00BE}  # cells in a row, of which the last ends the record
# Records of .xlsb
ROW, CELL_ERROR, FORMULA_ERROR, BUNDLED = 0, 3, 11, 156
CELLS_OF_XLSB = range(1, 12)
NONE = 0xFFFFFFFF  # in place of a length


def of_xls(data: bytes, sheet: int) -> Iterator[Found]:
    """The errors of a sheet, counted from 0."""
    book, starts = _book(data)
    for kind, held in _records(book, starts[sheet]):
        code = _code(kind, held)
        if code is not None:
            row, column = struct.unpack_from("<HH", held)
            yield row + 1, column, _text(code)


def _book(data: bytes) -> tuple[memoryview, list[int]]:
    """All records, and where those of each sheet begin."""
    book = memoryview(Compound(data).stream("Workbook", "Book"))
    starts = [
        struct.unpack_from("<I", held)[0] for kind, held in _records(book, 0) if kind == SHEET
    ]
    return book, starts


def _records(book: memoryview, at: int) -> Iterator[Record]:
    """The records from a place to the end of what begins there, without what lies inside it."""
    depth = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        depth += (kind == BEGIN) - (kind == END)
        if depth == 1:
            yield kind, book[at + 4 : at + 4 + length]
        if depth <= 0:
            return
        at += 4 + length


def last_cells_of_xls(data: bytes) -> list[tuple[int, int]]:
    """The last row and column, from 1, that a cell of each sheet is in."""
    book, starts = _book(data)
    return [_last_of(list(_records(book, start))) for start in starts]


def _last_of(held: Sequence[Record]) -> tuple[int, int]:
    places = [struct.unpack_from("<HH", each) for kind, each in held if kind in CELLS]
    ends = [struct.unpack_from("<H", each, len(each) - 2) for kind, each in held if kind in SEVERAL]
    last = max((column for _, column in places), default=-1), max(ends, default=(-1,))[0]
    return max((row for row, _ in places), default=-1) + 1, max(last) + 1


def last_cell_of_xlsb(data: bytes) -> tuple[int, int]:
    """The same of a sheet's part."""
    rows, columns = 0, 0
    for kind, held in _parts(data):
        if kind in (ROW, *CELLS_OF_XLSB):
            (place,) = struct.unpack_from("<I", held)
            rows, columns = (
                (max(rows, place + 1), columns) if kind == ROW else (rows, max(columns, place + 1))
            )
    return rows, columns


def _code(kind: int, held: memoryview) -> int | None:
    """The code of the error in a cell: by itself, or as the result of a formula."""
    if kind == VALUE and held[7]:
        return held[6]
    if kind == FORMULA and held[12:14] == b"\xff\xff" and held[6] == 2:
        return held[8]
    return None


def sheet_ids(data: bytes) -> list[str]:
    """The ids of a .xlsb workbook's sheets, in their order."""
    bundled = (_wide(held, 8) for kind, held in _parts(data) if kind == BUNDLED)
    return [each for each in bundled if each is not None]


def _wide(held: memoryview, at: int) -> str | None:
    """A text after the number of its characters; None where there is none."""
    (length,) = struct.unpack_from("<I", held, at)
    return None if length == NONE else bytes(held[at + 4 : at + 4 + 2 * length]).decode("utf-16-le")


def of_xlsb(data: bytes) -> Iterator[Found]:
    """The errors of a sheet's part."""
    row = 0
    for kind, held in _parts(data):
        if kind == ROW:
            (row,) = struct.unpack_from("<I", held)
        elif kind in (CELL_ERROR, FORMULA_ERROR):
            (column,) = struct.unpack_from("<I", held)
            yield row + 1, column, _text(held[8])


def _parts(data: bytes) -> Iterator[Record]:
    """The records of a part: a kind of one or two bytes, a length of one to four."""
    view, at = memoryview(data), 0
    while at < len(view):
        kind, at = _number(view, at, 2)
        length, at = _number(view, at, 4)
        yield kind, view[at : at + length]
        at += length


def _number(view: memoryview, at: int, most: int) -> tuple[int, int]:
    """A number of at most so many bytes, of seven bits each while the eighth is set, and the place
    behind it.
    """
    number = 0
    for place in range(most):
        byte = view[at + place]
        number |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return number, at + place + 1
    return number, at + most


def _text(code: int) -> str:
    return ERRORS.get(code, f"number {code}")
