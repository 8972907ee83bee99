"""A run as a file: every text is in it, nothing in it computes, and it is whole or not there."""

import csv
import json
import os
import re
import zipfile
from xml.etree import ElementTree

import pandas as pd
import pytest

import workbench as wb
from workbench.errors import WorkbenchError
from workbench.exchange.saving import harmless

HARMFUL = [
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    " =1",
    "＝1+1",
    "﹢1+1",
    "\u2060=1",
    "\x01=1",
    "=HYPERLINK()",
]
PLAIN = ["-5", "+3.2e4", "a=b", "", "yes - no", "'quoted'", '1,2;"3"\nnext', "日本 👩\u200d👩"]
TEXTS = [*HARMFUL, *PLAIN, "half \ud83d of it", "nul \0 and \x1b", "http://x.example", "{=1}"]


def made(texts=TEXTS):
    """A run whose answers are these texts."""
    rows = [
        {"prompt": "v1", "example": f"e{number}", "output": text, "grade": -1.5, "tag.=cmd": "de"}
        for number, text in enumerate(texts)
    ]
    return wb.Run.of(rows, critics={"grade": wb.Scale(-2, 2)})


def written(text):
    """As a file in UTF-8 takes it."""
    return text.replace("\ud83d", "\ufffd")


def test_texts_of_a_csv_compute_nothing_and_numbers_stay_numbers(tmp_path):
    path = wb.save(made(), tmp_path / "run.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    outputs = [row["output"] for row in rows]
    assert outputs[: len(HARMFUL)] == [f"'{text}" for text in HARMFUL]
    assert outputs[len(HARMFUL) :] == [
        written(text).replace("\0", "\ufffd") for text in PLAIN + TEXTS[-4:]
    ]
    assert {row["grade"] for row in rows} == {"-1.5"}
    assert "tag.=cmd" in rows[0]
    assert pd.read_csv(path)["grade"].sum() == -1.5 * len(TEXTS)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("x;=cmd|'/c calc'!A0;y", "x;'=cmd|'/c calc'!A0;y"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("a\n@SUM(A1)", "a\n'@SUM(A1)"),
        ("a;-HYPERLINK(A1)", "a;'-HYPERLINK(A1)"),
        ("Two:\n- price; -5 (about)\n- f", "Two:\n- price; -5 (about)\n- f"),
    ],
)
def test_a_text_computes_nothing_where_excel_parts_it_at_semicolons_and_tabs(tmp_path, text, held):
    with wb.save(made([text]), tmp_path / "run.csv").open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert row["output"] == held


@pytest.mark.parametrize("name", ["a\0.csv", "\ud800.csv"])
def test_a_name_that_no_file_can_have_is_refused_in_a_line(name):
    with pytest.raises(WorkbenchError, match="holds a character that no file name can"):
        wb.save(made(), name)


def test_json_lines_hold_every_row_as_it_is(tmp_path):
    path = wb.save(made(), tmp_path / "run.jsonl")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [row["output"] for row in rows] == [written(text) for text in TEXTS]
    assert {(row["grade"], row["cost"], row["cached"]) for row in rows} == {(-1.5, None, False)}


def test_parquet_holds_every_row_as_it_is_with_its_kinds(tmp_path):
    frame = pd.read_parquet(wb.save(made(), tmp_path / "run.parquet"))
    assert list(frame["output"]) == [written(text) for text in TEXTS]
    kinds = {name: frame[name].dtype.kind for name in ("grade", "cost", "repeat", "cached")}
    assert kinds == {"grade": "f", "cost": "f", "repeat": "i", "cached": "b"}


def sheet(path):
    """The cells of a workbook's sheet, row by row, as (kind, text); no formula is among them."""
    with zipfile.ZipFile(path) as book:
        xml = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert not list(xml.iter(f"{name}f"))
    assert not list(xml.iter(f"{name}hyperlink"))
    head, *rows = [
        {
            re.sub(r"\d", "", cell.attrib["r"]): (
                cell.get("t", "n"),
                unescaped("".join(cell.itertext())),
            )
            for cell in row
        }
        for row in xml.iter(f"{name}row")
    ]
    return [{head[place][1]: cell for place, cell in row.items()} for row in rows]


def unescaped(text):
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)


def test_an_excel_sheet_has_texts_that_compute_nothing_and_numbers(tmp_path):
    rows = sheet(wb.save(made(), tmp_path / "run.xlsx"))
    outputs = [row.get("output", ("inlineStr", "")) for row in rows]
    assert {kind for kind, _ in outputs} == {"inlineStr"}
    wanted = [*(f"'{text}" for text in HARMFUL), *map(written, PLAIN + TEXTS[-4:])]
    assert [text for _, text in outputs] == [re.sub("[\0\x01\x1b]", "\ufffd", w) for w in wanted]
    assert {row["grade"] for row in rows} == {("n", "-1.5")}
    assert "tag.=cmd" in rows[0]


def test_a_sheet_writes_no_sign_that_its_readers_would_show_in_letters(tmp_path):
    """What XML has no place for stands as _x0007_ in files, and pandas and openpyxl leave it so."""
    path = wb.save(made(["a\x07b\x1f\uffff", "one\r\ntwo\rthree"]), tmp_path / "run.xlsx")
    assert [row["output"][1] for row in sheet(path)] == ["a\ufffdb\ufffd\ufffd", "one\ntwo\nthree"]
    assert b"_x" not in zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")


def test_a_text_longer_than_a_cell_says_that_it_is_cut(tmp_path):
    (row,) = sheet(wb.save(made(["👩" * 20_000]), tmp_path / "run.xlsx"))
    text = row["output"][1]
    assert text.endswith("👩… [cut: 20,000 characters]")
    assert len(text.encode("utf-16-le")) // 2 <= 32_767


def test_a_comparison_saves_its_table(tmp_path):
    rows = [
        {"prompt": prompt, "example": f"e{number}", "grade": float(prompt == "v2")}
        for prompt in ("v1", "v2")
        for number in range(60)
    ]
    choice = wb.compare(wb.Run.of(rows, critics={"grade": wb.Scale()}), "grade", baseline="v1")
    for ending in ("csv", "parquet", "jsonl", "xlsx"):
        assert wb.save(choice, tmp_path / f"table.{ending}").stat().st_size > 100
    frame = pd.read_csv(tmp_path / "table.csv")
    assert list(frame["variant"]) == ["v2", "v1"]
    assert list(frame["score"]) == [1.0, 0.0]


def test_paths_count_from_the_project_and_only_known_endings_are_written(tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert wb.save(made(), "out/run.csv") == tmp_path / "out" / "run.csv"
    with pytest.raises(WorkbenchError, match=r"run\.txt: use a name that ends in \.csv, \.parquet"):
        wb.save(made(), "run.txt")


@pytest.mark.skipif(os.name == "nt", reason="a full disk is a device of Linux")
def test_what_cannot_be_written_leaves_what_was_there_and_says_why(tmp_path):
    path = wb.save(made(), tmp_path / "run.csv")
    before = path.read_bytes()
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkbenchError, match=r"run\.csv cannot be written: "):
        wb.save(made(), tmp_path / "file" / "run.csv")
    path.unlink()
    path.mkdir()
    with pytest.raises(WorkbenchError, match="cannot be written"):
        wb.save(made(), path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "run.csv"]
    assert before.startswith(b"prompt,")


@pytest.mark.parametrize("value", [-1.5, 3, True, None, "-1.5", " +2 ", "x"])
def test_what_computes_nothing_stays_as_it_is(value):
    assert harmless(value) is value
