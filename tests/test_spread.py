"""Workbooks that are small on the disk and would fill the memory."""

import time
import zipfile

import pytest
from binary_workbooks import packed, part, write_ods, write_xls, write_xlsb
from test_sheets import edited
from workbooks import write_workbook

from workbench.datasets import load_examples, source
from workbench.errors import DatasetError

ROWS = [["id", "message"], [1, "hello"]]
FAR = r"reaches to row 1,048,576 and column 16,384, more than 30,000,000 cells: delete what stands"


def sheet(path, *changes):
    edited(path, "xl/worksheets/sheet1.xml", *changes)
    return path


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1048576'><c s='0' r='xfd1048576'><v>1</v></c></row>",
        f'<row r="1048576">{"<c/>" * 16383}<c><v>1</v></c></row>',
        '<row r="2"><c r="XFD2"><v>1</v></c></row><row r="1048576"><c r="A1048576"/></row>',
    ],
)
def test_a_cell_far_from_the_others_is_refused_before_room_is_made(tmp_path, far):
    path = write_workbook(tmp_path / "t.xlsx", {"A": ROWS})
    with pytest.raises(DatasetError, match=FAR):
        load_examples(sheet(path, ("</sheetData>", f"{far}</sheetData>")))


def test_a_cell_in_the_last_column_alone_is_no_reason(tmp_path):
    path = write_workbook(tmp_path / "t.xlsx", {"A": ROWS})
    sheet(path, ("</sheetData>", '<row r="9"><c r="XFD9"><v>1</v></c></row></sheetData>'))
    with pytest.raises(DatasetError, match="row 9: column 16384 has no name"):
        load_examples(path)


def test_what_surrounds_the_cells_takes_no_more_time_than_the_cells(tmp_path):
    path = write_workbook(tmp_path / "t.xlsx", {"A": ROWS})
    merged = '<mergeCell ref="A1:XFD1048576"/>' * 2000
    long = f'<row r="3"><c r="A3"><f>{"1+" * 1_000_000}1</f><v>7</v></c></row>'
    sheet(path, ("</sheetData>", f"{long}</sheetData><mergeCells>{merged}</mergeCells>"))
    edited(path, "xl/styles.xml", ("</cellXfs>", '<xf numFmtId="0"/>' * 1_500_000 + "</cellXfs>"))
    started = time.process_time()
    assert [each.id for each in load_examples(path)] == ["1", "7"]
    assert time.process_time() - started < 10


def test_two_parts_of_one_name_hide_nothing(tmp_path):
    path = write_workbook(tmp_path / "t.xlsx", {"A": ROWS})
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/worksheets/SHEET1.xml", b"<worksheet/>")
    with pytest.raises(DatasetError, match="two of its parts have one name"):
        load_examples(path)


def test_what_a_member_says_of_its_size_is_not_believed(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "PLENTY", 100_000)
    monkeypatch.setattr(source, "MOST_TIMES", 10)
    path = write_workbook(tmp_path / "t.xlsx", {"A": ROWS})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", b" " * 10_000_000)
    honest = path.read_bytes()
    lie = honest.replace((10_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    for data in (honest, lie):
        path.write_bytes(data)
        with pytest.raises(DatasetError, match=r"unpacked it holds more than [\d,]+ bytes"):
            load_examples(path)
    assert lie != honest


def repeated(path, row):
    write_ods(path, ROWS)
    edited(path, "content.xml", ("</table:table>", f"{row}</table:table>"))
    return path


def test_rows_that_an_opendocument_repeats_are_counted_and_blank_ones_are_not(tmp_path):
    text = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
    many = '<table:table-row table:number-rows-repeated="1048574">{}</table:table-row>'
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    assert len(load_examples(repeated(tmp_path / "a.ods", many.format(blank)))) == 1
    with pytest.raises(DatasetError, match="its rows repeat to more than 30,000,000 cells"):
        load_examples(repeated(tmp_path / "b.ods", many.format(blank + text)))


def test_binary_sheets_are_bounded_too(tmp_path):
    path = write_xls(tmp_path / "t.xls", [*ROWS, *[[]] * 65_000, [None] * 65_000 + ["x"]])
    with pytest.raises(DatasetError, match=r"reaches to row 65,003 and column 65,001, more than"):
        load_examples(path)
    path = write_xlsb(tmp_path / "t.xlsb", ROWS)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    far = part(0, (1_048_575).to_bytes(4, "little") + bytes(13)) + packed(16_383, "x")
    name = "xl/worksheets/sheet1.bin"
    parts[name] = parts[name].replace(part(146), far + part(146))
    with zipfile.ZipFile(path, "w") as book:
        for each, held in parts.items():
            book.writestr(each, held)
    with pytest.raises(DatasetError, match=FAR):
        load_examples(path)
