"""Ratings in sheets as labels of a run's answers."""

import json

import pandas as pd
import pytest
from other_results import promptfoo, promptfoo_row

import workbench as wb
from workbench.errors import DatasetError
from workbench.store import output_hash


@pytest.fixture
def run(tmp_path):
    """A run of prompts A and B on three tests, read from a file of promptfoo."""
    rows = [promptfoo_row(number, f"answer {number}") for number in range(6)]
    (tmp_path / "out.json").write_text(json.dumps(promptfoo(rows)))
    return wb.read_run(tmp_path / "out.json", store=wb.Store(tmp_path / "store.db"))


def sheet(tmp_path, text, name="ratings.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def kept(run, critic="pass"):
    return [
        (each["example"], each["rater"], None if each["skipped"] else each["value"])
        for each in sorted(run.store.labels(critic), key=lambda each: each["example"])
    ]


def test_ratings_are_labels_of_the_answers_that_they_name(run, tmp_path):
    path = sheet(
        tmp_path,
        "example,prompt,rating,who,note\n"
        "test-0,A,yes,Ada,fine\ntest-1,A,0,Ada,\ntest-2,B,skip,Ben,\ntest-2,A,,Ben,not yet\n",
    )
    asked = {"columns": {"value": "rating", "rater": "who"}}
    assert wb.labels.read_sheet(path, run, "pass", **asked) == 3
    assert kept(run) == [("test-0", "Ada", 1), ("test-1", "Ada", 0), ("test-2", "Ben", None)]
    assert wb.labels.read_sheet(path, run, "pass", **asked) == 0
    hashes = {output_hash(text) for text in run.columns["output"]}
    assert {each["output_hash"] for each in run.store.labels("pass")} <= hashes


def test_an_answer_may_be_named_by_its_text_and_the_rater_for_all(run, tmp_path):
    path = sheet(tmp_path, "example;output;value\ntest-0;answer 1;0.5\n")
    assert wb.labels.read_sheet(path, run, "pass", rater="Ada") == 1
    wb.labels.add(run, "pass", 1, 0.5, rater="Ada")
    one, other = run.store.labels("pass")
    assert one["output_hash"] == other["output_hash"]


def test_sheets_of_excel_and_parquet_are_read_too(run, tmp_path):
    frame = pd.DataFrame({"example": ["test-0"], "prompt": ["A"], "value": [1], "repeat": [0]})
    frame.to_parquet(tmp_path / "r.parquet")
    assert wb.labels.read_sheet(tmp_path / "r.parquet", run, "pass", rater="A") == 1
    with pd.ExcelWriter(tmp_path / "r.xlsx", engine="xlsxwriter") as book:
        frame.to_excel(book, index=False)
    assert wb.labels.read_sheet(tmp_path / "r.xlsx", run, "pass", rater="B") == 1


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("example,value\ntest-0,1\n", ", line 2: 2 answers fit example 'test-0': name the prompt"),
        ("example,prompt,value\nx,A,1\n", "no answer of the run fits example 'x', prompt 'A'"),
        ("example,prompt,value\ntest-0,A,7\n", "label 7 for 'pass' is off its scale"),
        ("example,prompt,value\ntest-0,A,great\n", "the value 'great' is no number"),
        ("example,prompt,value\ntest-0,A,inf\n", "the value 'inf' is no number"),
        (
            f"example,prompt,value\ntest-0,A,{'x' * 9_000}\n",
            f"the value '{'x' * 59}…' is no number",
        ),
        ("prompt,value\nA,1\n", "it names no example"),
    ],
)
def test_what_is_no_rating_is_named_with_its_line_and_nothing_is_kept(text, error, run, tmp_path):
    path = sheet(tmp_path, text)
    with pytest.raises(DatasetError) as told:
        wb.labels.read_sheet(path, run, "pass", rater="A")
    assert error in str(told.value)
    assert str(told.value).startswith(f"{path.name}, line 2: ")
    assert kept(run) == []


def test_other_misuse_is_refused(run, tmp_path):
    good = sheet(tmp_path, "example,prompt,value\ntest-0,A,1\n")
    with pytest.raises(DatasetError, match="it names no rater: pass rater="):
        wb.labels.read_sheet(good, run, "pass")
    with pytest.raises(DatasetError, match="columns knows no 'colour'"):
        wb.labels.read_sheet(good, run, "pass", rater="A", columns={"colour": "x"})
    with pytest.raises(DatasetError, match="is no sheet"):
        wb.labels.read_sheet(tmp_path / "gone.csv", run, "pass", rater="A")


def test_labels_of_a_run_that_was_read_calibrate_its_critic(run, tmp_path):
    lines = [f"test-{n},{prompt},{'yes' if n else 'no'}\n" for n in range(3) for prompt in "AB"]
    path = sheet(tmp_path, "example,prompt,value\n" + "".join(lines))
    assert wb.labels.read_sheet(path, run, "pass", rater="Ada") == 6
    card = wb.trust(run, "pass")
    assert card.labels == 6
