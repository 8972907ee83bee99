"""Ratings as people write them, and labels in lines as anybody may: right, or refused in a line."""

import codecs
import json
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from other_results import case, deepeval, metric, promptfoo, promptfoo_row

import workbench as wb
from workbench.errors import DatasetError, WorkbenchError
from workbench.labels.rating_words import rating

FIVE, HARM = wb.Scale(1, 5), wb.Scale(0, 1, higher_is_better=False)
UNIT = wb.Scale()


@pytest.mark.parametrize(
    ("word", "scale", "number"),
    [
        ("Ja", UNIT, 1), ("NEIN", UNIT, 0), ("sí", UNIT, 1), ("はい", UNIT, 1), ("нет", UNIT, 0),
        ("✗", UNIT, 0), ("👍", UNIT, 1), ("👍", HARM, 0), ("yes", HARM, 1), ("bad", HARM, 1),
        ("3", FIVE, 3), ("3,5", FIVE, 3.5), ("★★★☆☆", FIVE, 3), ("⭐️⭐️", FIVE, 2),
        ("4 stars", FIVE, 4), ("4/5", FIVE, 4), ("2 out of 5", FIVE, 2), ("agree", FIVE, 4),
        ("yes", FIVE, math.nan), ("good", FIVE, math.nan), ("8/10", FIVE, math.nan),
        ("★★★☆", FIVE, math.nan), ("80 %", FIVE, math.nan), ("great", UNIT, math.nan),
        ("", UNIT, math.nan), ("1,000", UNIT, math.nan), ("1_0", wb.Scale(0, 10), math.nan),
        ("80 %", UNIT, 0.8), ("12,5%", wb.Scale(0, 100), 12.5), ("5 von 10", FIVE, math.nan),
        ("4 von 5", FIVE, 4), ("4 из 5", FIVE, 4), ("４／５", FIVE, 4), ("٤", FIVE, 4),
        ("👍🏽", UNIT, 1), ("👎🏿", UNIT, 0), ("👍👎", UNIT, math.nan),
        ("WAHR", UNIT, 1), ("FALSO", HARM, 0), ("ИСТИНА", UNIT, 1), ("YANLIŞ", UNIT, 0),
    ],
)  # fmt: skip
def test_a_word_is_the_rating_that_its_writer_meant_or_none(word, scale, number):
    found = rating(word, scale, {"agree": 4})
    assert found == number or (math.isnan(found) and math.isnan(number))


@pytest.fixture
def run(tmp_path):
    """A run of prompts A and B on tests that are numbers, by a critic from 0 to 1."""
    rows = [promptfoo_row(n, f"answer {n}", description=None) for n in range(6)]
    for n, row in enumerate(rows):
        row["testCase"]["description"] = str(n // 2 + 1)
    (tmp_path / "out.json").write_text(json.dumps(promptfoo(rows)))
    return wb.read_run(tmp_path / "out.json", store=wb.Store(tmp_path / "store.db"))


def kept(run, critic="pass"):
    records = sorted(run.store.labels(critic), key=lambda each: (each["example"], each["rater"]))
    return [(each["example"], each["rater"], each["value"]) for each in records]


ROWS = "example;prompt;Ada;Ben\n1;A;ja;nein\n2;A;nein;\n3;A;skip;ja\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_raters_in_columns_of_a_sheet_in_any_encoding(encoding, run, tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(ROWS.encode(encoding))
    asked = {"columns": {"value": ["Ada", "Ben"]}}
    assert wb.labels.read_sheet(path, run, "pass", **asked) == 5
    assert str(kept(run)) == str([
        ("1", "Ada", 1.0), ("1", "Ben", 0.0), ("2", "Ada", 0.0), ("3", "Ada", math.nan),
        ("3", "Ben", 1.0),
    ])  # fmt: skip
    assert wb.labels.read_sheet(path, run, "pass", **asked) == 0


def test_numbers_that_name_an_example_or_a_rater_are_their_texts(run, tmp_path):
    frame = pd.DataFrame(
        {"example": [1.0, 2.0], "prompt": ["A", "A"], "value": [1, 0], "rater": [7.0, 8.0]}
    )
    with pd.ExcelWriter(tmp_path / "r.xlsx", engine="xlsxwriter") as book:
        frame.to_excel(book, index=False)
    assert wb.labels.read_sheet(tmp_path / "r.xlsx", run, "pass") == 2
    assert kept(run) == [("1", "7", 1.0), ("2", "8", 0.0)]


def test_one_rater_twice_counts_once_and_raters_who_differ_are_said(run, tmp_path, caplog):
    path = tmp_path / "r.csv"
    path.write_text("example,prompt,value,rater\n1,A,1,Ada\n1,A,0,Ada\n2,A,1,Ada\n2,A,0,Ben\n")
    caplog.set_level("INFO", "workbench.labels")
    assert wb.labels.read_sheet(path, run, "pass") == 4
    assert "1 label given anew by the same rater: the newest counts (1)" in caplog.text
    assert "raters differ: their mean counts (2" in caplog.text


def test_likert_words_need_their_numbers_and_yes_is_no_point_of_five(tmp_path):
    cases = [case("a", "x", [metric("Fit", 5)]), case("b", "y", [metric("Fit", 1)])]
    (tmp_path / "d.json").write_text(json.dumps(deepeval(cases)))
    run = wb.read_run(tmp_path / "d.json", store=wb.Store(tmp_path / "store.db"))
    path = tmp_path / "r.csv"
    path.write_text("example,value\na,Strongly agree\nb,disagree\n")
    with pytest.raises(DatasetError) as told:
        wb.labels.read_sheet(path, run, "Fit", rater="A")
    assert str(told.value) == (
        "r.csv, line 2: the value 'Strongly agree' is no number from 0 to 5, and not skip: say "
        "with values={'Strongly agree': ...} what it stands for"
    )
    numbers = {"strongly agree": 5, "disagree": 2}
    assert wb.labels.read_sheet(path, run, "Fit", rater="A", values=numbers) == 2
    path.write_text("example,value\na,yes\n")
    with pytest.raises(DatasetError, match="'yes' is no number from 0 to 5"):
        wb.labels.read_sheet(path, run, "Fit", rater="A")


def test_a_sheet_without_the_ratings_that_were_asked_for_is_refused(run, tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("example,prompt,Ada\n1,A,1\n")
    with pytest.raises(DatasetError) as told:
        wb.labels.read_sheet(path, run, "pass")
    assert str(told.value) == (
        "r.csv has no column 'value': say with columns={'value': ...} which of example, prompt, "
        "Ada holds the ratings"
    )
    with pytest.raises(DatasetError, match="a column of values for each rater"):
        wb.labels.read_sheet(path, run, "pass", columns={"value": ["Ada"], "rater": "x"})
    with pytest.raises(DatasetError, match="gives 'prompt' more than one column"):
        wb.labels.read_sheet(path, run, "pass", columns={"value": "Ada", "prompt": ["a", "b"]})


LABEL = {
    "critic": "pass", "example": "1", "output": "answer 0", "rater": "Z", "value": 1, "at": "",
    "id": "i", "purpose": "estimate", "blind": True, "shown_score": None, "selection": {},
    "context": {}, "skipped": False,
}  # fmt: skip
ODD = st.sampled_from([None, True, 0, 7, 10**400, math.nan, "", "\ud800", "a\0b", [], {}, [1]])


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(list(LABEL)), ODD, st.sampled_from(["", *LABEL]))
def test_any_label_in_lines_is_read_or_refused_never_a_crash(tmp_path_factory, name, odd, gone):
    folder = tmp_path_factory.getbasetemp()
    made = {**LABEL, name: odd}
    made.pop(gone, None)
    (folder / "l.jsonl").write_text(json.dumps(made) + "\n")
    store = wb.Store(folder / "labels.db")
    try:
        wb.labels.read(folder / "l.jsonl", store)
    except WorkbenchError as error:
        assert str(error).startswith("l.jsonl, line 1: ") and "\n" not in str(error)
    assert all(isinstance(each["example"], str) for each in store.labels("pass"))


def test_labels_in_lines_may_begin_with_a_mark_and_name_examples_by_numbers(run, tmp_path):
    text = "".join(json.dumps({**LABEL, "example": n, "output": "x"}) + "\r\n" for n in (1, 2))
    (tmp_path / "l.jsonl").write_bytes(codecs.BOM_UTF8 + text.encode())
    assert wb.labels.read(tmp_path / "l.jsonl", run.store) == 1  # of one id the first
    (tmp_path / "l.jsonl").write_text(text.replace('"id": "i"', '"id": null'))
    assert wb.labels.read(tmp_path / "l.jsonl", run.store) == 1
    assert [example for example, _, _ in kept(run)] == ["1", "2"]
