"""Excel workbooks: the sheet, numbers and dates as people see them, and what formulas left."""

import re
import zipfile

import pytest
import xlsxwriter
from binary_workbooks import Typed, write_ods, write_xls, write_xlsb
from workbooks import Day, Error, write_workbook

from workbench.datasets import Example, compound, described, load_examples
from workbench.errors import DatasetError

HEADER = ["id", "message", "expected"]


@pytest.fixture
def book(tmp_path):
    def made(hidden=(), **sheets):
        return write_workbook(tmp_path / "tickets.xlsx", sheets, hidden)

    return made


def test_numbers_dates_and_truths_are_what_people_see(book):
    path = book(
        A=[["id", "n", "share", "vip", "day", "at"], [12, 7, 0.5, True, Day(45000), Day(45000.5)]]
    )
    [only] = load_examples(path)
    assert only == Example(
        "12", {"n": 7, "share": 0.5, "vip": True, "day": "2023-03-15", "at": "2023-03-15T12:00:00"}
    )


def test_blank_rows_and_columns_are_left_out_and_counted(book):
    path = book(A=[[], [None, *HEADER], [], [None, 1, "Grüße\nzwei", "x"], [None, " "]])
    dataset = load_examples(path)
    assert list(dataset) == [Example("1", {"message": "Grüße\nzwei"}, "x")]
    assert "2 rows blank and left out (rows 3 and 5)" in described(dataset)
    assert "1 column without a name or a value left out" in described(dataset)


def test_the_first_shown_sheet_with_rows_is_read_and_said_and_another_may_be_asked_for(book):
    path = book(
        hidden=("Old",), Old=[HEADER, [1, "old", "x"]], Empty=[], New=[HEADER, [2, "new", "y"]]
    )
    dataset = load_examples(path)
    assert [each.id for each in dataset] == ["2"]
    chosen = "the one called 'New' (of Old, Empty, New): sheet= or --sheet takes another"
    assert chosen in described(dataset)
    assert [load_examples(path, sheet=asked)[0].id for asked in ("Old", 0)] == ["1", "1"]
    said = r"no sheet 'Older': is 'Old' meant\? There are Old, Empty, New"
    with pytest.raises(DatasetError, match=said):
        load_examples(path, sheet="Older")


def test_a_formulas_error_is_refused_where_its_column_is_used_and_only_there(book):
    path = book(A=[["id", "message", "price"], [1, "a", 3], [2, "b", Error("#N/A")]])
    with pytest.raises(
        DatasetError, match=r"tickets\.xlsx, row 3: column 'price' holds the formula error #N/A"
    ):
        load_examples(path)
    used = load_examples(path, columns={"inputs": ["message"]})
    assert [each.inputs for each in used] == [{"message": "a"}, {"message": "b"}]


ERRORS = [
    [None, "id", "message", "price", "rate"],
    [None, 1, "Grüße", 3, 0.5],
    [None, 2, "b", Error("#N/A"), 0.5],
    [],
    [None, 3, "c", 4, Typed("#DIV/0!")],
]
WRITERS = {
    "xls": write_xls,
    "short xls": lambda path, rows: write_xls(path, rows, short=True),
    "xlsb": write_xlsb,
    "ods": write_ods,
    "excel's ods": lambda path, rows: write_ods(path, rows, marked=False),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_formulas_error_is_told_from_a_blank_in_every_kind_of_workbook(tmp_path, kind):
    path = WRITERS[kind](tmp_path / f"errors.{kind.split()[-1]}", ERRORS)
    columns = {"inputs": ["message"]}
    dataset = load_examples(path, columns=columns)
    assert [each.inputs["message"] for each in dataset] == ["Grüße", "b", "c"]
    assert "formulas unread" not in {remark.kind for remark in dataset.remarks}
    for column, row, error in (("price", 3, "#N/A"), ("rate", 5, "#DIV/0!")):
        said = rf"row {row}: column '{column}' holds the formula error {error}"
        with pytest.raises(DatasetError, match=said):
            load_examples(path, columns={"inputs": ["message", column]})


def test_where_a_file_does_not_tell_its_errors_that_is_said(tmp_path, monkeypatch):
    """The compound file's own list of streams is broken where calamine does not look."""
    path = write_xls(tmp_path / "errors.xls", ERRORS)
    monkeypatch.setattr(compound.Compound, "stream", lambda *names: {}["Workbook"])
    dataset = load_examples(path)
    assert "errors of formulas, if there are any, read as blank" in described(dataset)


def edited(path, part, *changes):
    """A workbook with texts of a part replaced."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    for old, new in changes:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w") as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_what_people_see_otherwise_is_said_of_hidden_rows_and_merged_cells(book):
    path = book(A=[HEADER, [1, "a", "x"], [2, "b", None], [3, "c", "z"], []])
    merged = '</sheetData><mergeCells><mergeCell ref="C2:C3"/></mergeCells>'
    rows = [(f'<row r="{n}">', f'<row r="{n}" hidden="1">') for n in (4, 5)]
    dataset = load_examples(edited(path, SHEET, ("</sheetData>", merged), *rows))
    assert [each.id for each in dataset] == ["1", "2", "3"]
    said = described(dataset)
    assert "1 row in merged cells, whose value only the first row has (row 3)" in said
    assert "1 row hidden in the sheet and read as well (row 4)" in said


def test_a_formula_that_was_never_calculated_is_no_blank(book):
    path = book(A=[HEADER, [1, "a", "x"], [2, Error("#N/A"), "y"], [3, Error("#REF!"), "z"]])
    never = ('t="e"><f>A1</f><v>#N/A</v>', "><f>A1</f><v/>")
    empty = ('t="e"><f>A1</f><v>#REF!</v>', 't="str"><f>A1</f><v></v>')
    with pytest.raises(DatasetError, match=r"row 3: column 'message' holds a formula that was nev"):
        load_examples(edited(path, SHEET, never, empty))
    edited(path, SHEET, ("<f>A1</f><v/>", "<f>A1</f><v>7</v>"))
    assert [each.inputs["message"] for each in load_examples(path)] == ["a", 7, ""]


def test_a_zero_that_a_program_put_in_place_of_a_formulas_value_is_no_number(tmp_path):
    """xlsxwriter, and pandas through it, write 0 and ask Excel to calculate."""
    for name, value in (("never", 0), ("known", 5)):
        made = xlsxwriter.Workbook(tmp_path / f"{name}.xlsx")
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["message", "n"])
        sheet.write_row(1, 0, ["hi", 0])
        sheet.write_row(2, 0, ["ho"])
        sheet.write_formula(2, 1, "=2+3", None, value)
        made.close()
    with pytest.raises(DatasetError, match="row 3: column 'n' holds a formula that was never calc"):
        load_examples(tmp_path / "never.xlsx")
    assert [each.inputs["n"] for each in load_examples(tmp_path / "known.xlsx")] == [0, 5]


@pytest.mark.parametrize(
    "cell",
    [
        "<c r='C2' t='e'><v>#REF!</v></c>",
        '<c t="e"><v>#REF!</v></c>',
        '<x:c xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" r="C2" t="e">'
        "<x:f>A1</x:f><x:v>#REF!</x:v></x:c>",
        '<c r="C2" vm="1" t="e">\n<f>A1</f>\n<v>#REF!</v>\n</c>',
    ],
)
def test_an_error_is_told_however_the_file_spells_its_cell(book, cell):
    path = edited(book(A=[HEADER, [1, "a", 7]]), SHEET, ('<c r="C2"><v>7</v></c>', cell))
    with pytest.raises(DatasetError, match="row 2: column 'expected' holds the formula error #REF"):
        load_examples(path)


def test_a_formula_of_an_opendocument_that_was_never_calculated_is_no_blank(tmp_path):
    path = write_ods(tmp_path / "t.ods", [["id", "message"], [1, Error("#N/A")]])
    with zipfile.ZipFile(path) as held:
        xml = held.read("content.xml").decode()
    cell = re.search("<table:table-cell [^<>]*table:formula.*?</table:table-cell>", xml)[0]
    edited(path, "content.xml", (cell, '<table:table-cell table:formula="of:=2+3"/>'))
    with pytest.raises(DatasetError, match="row 2: column 'message' holds a formula that was nev"):
        load_examples(path)


def test_a_number_too_long_for_a_sheet_is_said_to_have_lost_digits(book):
    rows = [[1, "a", 999999999999999], [2, "b", 1234567890123456], [3, "c", 6.02e23]]
    dataset = load_examples(book(A=[HEADER, *rows]))
    assert [each.expected for each in dataset] == [999999999999999, 1234567890123456, 6.02e23]
    said = "1 row with a number of 16 or more digits, of which Excel keeps 15 (row 3): write ids as"
    assert said in described(dataset)
    with pytest.raises(DatasetError, match=r"id is 1.2345678901234568e\+17: it must"):
        load_examples(book(A=[HEADER, [123456789012345678, "a", "x"]]))


def test_a_broken_xls_is_refused_in_one_line(tmp_path):
    path = write_xls(tmp_path / "t.xls", ERRORS)
    path.write_bytes(path.read_bytes()[:1024])
    with pytest.raises(DatasetError, match="not a workbook that can be read"):
        load_examples(path)


@pytest.mark.parametrize("name", ["t.xlsx", "t.xls", "t.ods", "t.xlsb"])
def test_what_is_no_workbook_is_said_in_one_line(tmp_path, name):
    (tmp_path / name).write_text("id,message")
    with pytest.raises(DatasetError, match=r"not a workbook that can be read .*: save it as .xlsx"):
        load_examples(tmp_path / name)


def test_a_workbook_without_rows_holds_no_example(book):
    with pytest.raises(DatasetError, match="holds no example"):
        load_examples(book(A=[]))


def test_titles_above_the_names_are_found_left_out_and_said(book):
    titles = [["Mails 2026", None, None, None], [], [None, "Stand: 28.11."]]
    dataset = load_examples(book(A=[*titles, [*HEADER, "sum"], [1, "hi", "x", 2], [2, "so", "y"]]))
    assert dataset[0] == Example("1", {"message": "hi", "sum": 2}, "x")
    said = "2 rows above the columns' names left out (rows 1 and 3): header= or --header says where"
    assert said in described(dataset)


def test_where_titles_are_not_certain_the_row_of_the_names_is_asked_for(book):
    path = book(A=[["Mails", None, None, "Sums"], [*HEADER, "sum"], [1, "hi", "x", 2]])
    said = r"row 2: column 2 has no name above and holds 'message': if a lower row has the names, "
    with pytest.raises(DatasetError, match=f"{said}say header= or --header"):
        load_examples(path)
    dataset = load_examples(path, header=2)
    assert list(dataset) == [Example("1", {"message": "hi", "sum": 2}, "x")]
    for row in (4, 50):
        with pytest.raises(DatasetError, match=f"row {row} names no columns: header= or --header"):
            load_examples(path, header=row)
    for odd in (-1, True, "2"):
        with pytest.raises(DatasetError, match="give the number of a row, counted from 1"):
            load_examples(path, header=odd)


@pytest.mark.parametrize(
    "rows",
    [
        [["id", "message"], [1, "hi"], [2, "so"]],
        [["message"], ["Alpha"], ["Beta"]],  # one column of texts that are all different
        [["id", "message", None], [1, "a"], [2, "b"]],
    ],
)
def test_a_table_whose_first_row_names_its_columns_has_no_titles(book, rows):
    assert len(load_examples(book(A=rows))) == 2


def test_hidden_columns_are_read_and_named(book):
    path = book(A=[[*HEADER, "by"], [1, "hi", "x", "Eva"]])
    columns = '<cols><col min="4" max="9" hidden="1"/></cols>'
    edited(path, "xl/worksheets/sheet1.xml", ("<sheetData>", f"{columns}<sheetData>"))
    assert "column D hidden in the sheet and read as well" in described(load_examples(path))


def test_a_workbook_without_a_row_below_its_names_says_what_goes_there(book):
    with pytest.raises(DatasetError, match="write the columns' names in the first row"):
        load_examples(book(A=[HEADER]))


def test_the_lock_beside_an_open_workbook_leads_to_the_workbook(book, tmp_path):
    book(A=[HEADER, [1, "hi", "x"]])
    (tmp_path / "~$tickets.xlsx").write_bytes(b"\x05Anna" + bytes(160))
    with pytest.raises(DatasetError, match=r"while tickets.xlsx is open: name tickets.xlsx itself"):
        load_examples(tmp_path / "~$tickets.xlsx")
    with pytest.raises(DatasetError, match=r"is not there: is 'tickets.xlsx' meant\?$"):
        load_examples(tmp_path / "ticket.xlsx")


def test_a_sheet_of_notes_before_the_table_is_passed_over(book):
    table = [HEADER, *([n, f"text {n}", "x"] for n in range(5))]
    path = book(Readme=[["Please fill in the label"], ["As of May"]], Tickets=table)
    loaded = load_examples(path)
    assert len(loaded) == 5
    assert "'Tickets' (of Readme, Tickets)" in loaded.remarks[0].sentence
    texts = [["text"], *([f"text {n}"] for n in range(9))]
    assert len(load_examples(book(Texts=texts, About=[["by", "me"], ["on", "Monday"]]))) == 9
