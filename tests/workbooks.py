"""Small .xlsx files, written cell by cell."""

import zipfile
from xml.sax.saxutils import escape, quoteattr

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STYLES = (
    f'<styleSheet {MAIN}><cellXfs count="3"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>"
)


class Error(str):
    """What a formula could not say."""


class Day(float):
    """Days since the end of 1899, shown as a date."""


def cell(place, value):
    if isinstance(value, Error):
        return f'<c r="{place}" t="e"><f>A1</f><v>{value}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, Day):
        style = 1 if value.is_integer() else 2
        return f'<c r="{place}" s="{style}"><v>{float(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def sheet(rows):
    lines = []
    for number, row in enumerate(rows, 1):
        cells = (cell(f"{chr(65 + n)}{number}", v) for n, v in enumerate(row) if v is not None)
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f"<worksheet {MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def write_workbook(path, sheets, hidden=()):
    """`{name: rows}`; a cell is text, a number, a truth, None, an Error or a Day."""
    listed = "".join(
        f"<sheet name={quoteattr(name)} sheetId='{n}' r:id='r{n}' "
        f"state='{'hidden' if name in hidden else 'visible'}'/>"
        for n, name in enumerate(sheets, 1)
    )
    links = "".join(
        f"<Relationship Id='r{n}' Type='{OFFICE}/worksheet' Target='worksheets/sheet{n}.xml'/>"
        for n in range(1, len(sheets) + 1)
    )
    files = {
        "[Content_Types].xml": f"<Types xmlns='{PACKAGE}/content-types'/>",
        "_rels/.rels": f"<Relationships xmlns='{PACKAGE}/relationships'><Relationship Id='r1' "
        f"Type='{OFFICE}/officeDocument' Target='xl/workbook.xml'/></Relationships>",
        "xl/workbook.xml": f"<workbook {MAIN} xmlns:r='{OFFICE}'><sheets>{listed}</sheets>"
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships xmlns='{PACKAGE}/relationships'>{links}"
        "</Relationships>",
        "xl/styles.xml": STYLES,
    }
    for n, rows in enumerate(sheets.values(), 1):
        files[f"xl/worksheets/sheet{n}.xml"] = sheet(rows)
    with zipfile.ZipFile(path, "w") as book:
        for name, text in files.items():
            book.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return path
