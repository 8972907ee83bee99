"""Small .xls, .xlsb and .ods files of one sheet, written byte by byte."""

import struct
import zipfile
from xml.sax.saxutils import escape

from workbooks import OFFICE, PACKAGE, Error

CODES = {"#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#N/A": 0x2A}
FREE, END = 0xFFFFFFFF, 0xFFFFFFFE
ODF = "urn:oasis:names:tc:opendocument:xmlns"
SPACES = (
    f'xmlns:office="{ODF}:office:1.0" xmlns:table="{ODF}:table:1.0" xmlns:text="{ODF}:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


class Typed(Error):
    """An error that was typed into a cell, without a formula."""


def write_xls(path, rows, *, short=False):
    """BIFF8 in a compound file; `short`: in its short sectors, as small streams lie."""
    begin, end = record(0x0809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)), record(0x0A, b"")
    name = struct.pack("<BB", 4, 0) + b"Data"
    start = len(begin) + 4 + 6 + len(name) + len(end)
    bound = record(0x85, struct.pack("<IBB", start, 0, 0) + name)
    sheet = begin[:6] + b"\x10\x00" + begin[8:] + b"".join(map(biff, cells(rows))) + end
    path.write_bytes(compound(begin + bound + end + sheet, short))
    return path


def cells(rows):
    return [(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row)
            if value is not None]  # fmt: skip


def record(kind, held):
    return struct.pack("<HH", kind, len(held)) + held


def biff(cell):
    row, column, value = cell
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, Typed):
        return record(0x205, place + bytes([CODES[value], 1]))
    if isinstance(value, Error):
        result = bytes([2, 0, CODES[value], 0, 0, 0, 0xFF, 0xFF])
        return record(0x06, place + result + struct.pack("<HIH", 0, 0, 2) + bytes([0x1C, 0x2A]))
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return record(0x204, place + struct.pack("<HB", len(value), 1) + text)
    return record(0x203, place + struct.pack("<d", value))


def compound(stream, short):
    """A header, the table of sectors, the directory, then the stream."""
    size = len(stream) if short else max(len(stream), 4096)
    kept = stream.ljust(size, b"\0")
    kept += b"\0" * (-len(kept) % 512)
    follows = [0xFFFFFFFD, END, *range(3, 2 + len(kept) // 512), END]
    lasts = [*range(1, -(-size // 64)), END] if short else []
    if short:
        follows.append(END)  # the table of short sectors
    root, own = (2, 0) if short else (END, 2)
    directory = entry("Root Entry", 5, root, len(kept) if short else 0) + entry(
        "Workbook", 2, own, size
    )
    first = 2 + len(kept) // 512 if short else END
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIII", 1, 1, 0, 4096, first, int(short), END, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    table = numbers(follows)
    return header + table + directory.ljust(512, b"\0") + kept + (numbers(lasts) if short else b"")


def numbers(given):
    return struct.pack("<128I", *given, *[FREE] * (128 - len(given)))


def entry(name, kind, start, size):
    text = (name + "\0").encode("utf-16-le")
    child = 1 if kind == 5 else FREE
    links = struct.pack("<HBBIII", len(text), kind, 1, FREE, FREE, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<III", start, size, 0)


def write_xlsb(path, rows):
    sheet = part(129) + part(148, struct.pack("<IIII", 0, len(rows) - 1, 0, 9)) + part(145)
    for number, row in enumerate(rows):
        sheet += part(0, struct.pack("<I", number) + bytes(13))
        sheet += b"".join(packed(c, value) for _, c, value in cells([row]))
    sheet += part(146) + part(130)
    bundle = struct.pack("<II", 0, 1) + wide("r1") + wide("Data")
    book = part(131) + part(143) + part(156, bundle) + part(144) + part(132)
    links = (
        f"<Relationships xmlns='{PACKAGE}/relationships'><Relationship Id='r1' "
        f"Type='{OFFICE}/worksheet' Target='worksheets/sheet1.bin'/></Relationships>"
    )
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("[Content_Types].xml", f"<Types xmlns='{PACKAGE}/content-types'/>")
        made.writestr("xl/workbook.bin", book)
        made.writestr("xl/_rels/workbook.bin.rels", links)
        made.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def part(kind, held=b""):
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(held)]) + held  # fewer than 128 bytes


def packed(column, value):
    place = struct.pack("<II", column, 0)
    if isinstance(value, Typed):
        return part(3, place + bytes([CODES[value]]))
    if isinstance(value, Error):
        return part(11, place + bytes([CODES[value]]) + struct.pack("<HI", 0, 2) + b"\x1c\x2a")
    if isinstance(value, str):
        return part(6, place + wide(value))
    return part(5, place + struct.pack("<d", value))


def wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def write_ods(path, rows, *, marked=True):
    """As LibreOffice marks errors; unmarked as Excel writes them."""
    body = "".join(f"<table:table-row>{''.join(map(odf(marked), row))}</table:table-row>"
                   for row in rows)  # fmt: skip
    table = f'<table:table table:name="Data">{body}</table:table>'
    text = (
        f"<office:document-content {SPACES}><office:body><office:spreadsheet>{table}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<m:manifest xmlns:m="{ODF}:manifest:1.0"/>'
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", text)
        made.writestr("META-INF/manifest.xml", manifest)
    return path


def odf(marked):
    mark = 'office:string-value="" calcext:value-type="error"' if marked else ""

    def cell(value):
        if value is None:
            return '<table:table-cell table:number-columns-repeated="1"/>'
        kind = 'office:value-type="string"'
        if isinstance(value, Error):
            kind += f' table:formula="of:=1/0" {mark}'
        elif not isinstance(value, str):
            kind = f'office:value-type="float" office:value="{value}"'
        return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"

    return cell
