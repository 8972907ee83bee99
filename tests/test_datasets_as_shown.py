"""Cells are read as people see them: with leading zeros, short fractions and names of classes."""

import json

import pandas as pd
import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

import workbench as wb


@pytest.mark.parametrize("zeros", ["00000", "[$-407]00000", "00000;@"])
def test_numbers_that_a_workbook_shows_with_leading_zeros_keep_them(tmp_path, zeros):
    book = xlsxwriter.Workbook(tmp_path / "orders.xlsx")
    shown, plain = book.add_format({"num_format": zeros}), book.add_format({"num_format": "0.00"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["id", "message", "plz", "price"])
    for row, (number, plz) in enumerate([(123, 1067), (123456, 99999)], 1):
        sheet.write_number(row, 0, number, shown)
        sheet.write_string(row, 1, "hi", shown)
        sheet.write_number(row, 2, plz, shown)
        sheet.write_number(row, 3, 7, plain)
    book.close()
    examples = wb.load_examples(tmp_path / "orders.xlsx")
    assert [each.id for each in examples] == ["00123", "123456"]
    assert [each.inputs["plz"] for each in examples] == ["01067", "99999"]
    assert [each.inputs["price"] for each in examples] == [7, 7]


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("000-00-0000", 1234567, "001-23-4567"),
        ('"D-"00000', 1067, "D-01067"),
        ("00000\\-0000", 12345678, "01234-5678"),
        ("00 00", 123456, "1234 56"),
        ('0 "kg"', 7, 7),  # one digit: a unit beside a number
        ("00.0", 7, 7),
        ("#,##0.00", 7, 7),
        ("[h]:mm", 30.25 / 24, "30:15:00"),
        ("[mm]:ss", 1.5 / 24, "1:30:00"),
        ("[h]:mm", -0.5, "-12:00:00"),
        ("hh:mm", 0.25, "06:00:00"),
        ("0%", 0.5, 0.5),
    ],
)
def test_numbers_and_times_are_read_as_their_format_shows_them(tmp_path, code, number, shown):
    book = xlsxwriter.Workbook(tmp_path / "x.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["message", "v"])
    sheet.write_string(1, 0, "hi")
    sheet.write_number(1, 1, number, book.add_format({"num_format": code}))
    book.close()
    assert wb.load_examples(tmp_path / "x.xlsx")[0].inputs["v"] == shown


def test_a_number_of_single_precision_is_the_short_one_that_was_written(tmp_path):
    table = pa.table({"m": ["a", "b"], "x": pa.array([0.1, None], pa.float32())})
    parquet.write_table(table, tmp_path / "x.parquet")
    assert wb.load_examples(tmp_path / "x.parquet")[0].inputs["x"] == 0.1
    frame = pd.DataFrame({"m": ["a", "b"], "x": pd.Series([0.1, None], dtype="float32")})
    assert [each.inputs["x"] for each in wb.load_examples(frame)] == [0.1, None]


def class_labels(path, names):
    features = {"label": {"names": names, "_type": "ClassLabel"}}
    told = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    table = pa.table({"text": ["a", "b", "c"], "label": [1, 0, -1]})
    parquet.write_table(table.replace_schema_metadata(told), path)
    return wb.load_examples(path, columns={"inputs": ["text"], "expected": "label"})


def test_classes_of_a_hugging_face_file_are_their_names(tmp_path):
    examples = class_labels(tmp_path / "x.parquet", ["negative", "positive"])
    assert [each.expected for each in examples] == ["positive", "negative", None]
    told = [remark.sentence for remark in examples.remarks]
    assert "label by the names of its Hugging Face classes" in told


def test_what_names_no_classes_leaves_numbers_as_they_are(tmp_path):
    assert [each.expected for each in class_labels(tmp_path / "x.parquet", [])] == [1, 0, -1]
    assert [each.expected for each in class_labels(tmp_path / "y.parquet", 7)] == [1, 0, -1]
