"""Imported labels: the newest of a rater counts, and what a reader must know is said."""

import json

import pytest

import workbench as wb
from workbench.errors import DatasetError
from workbench.labels.joined import Given


@pytest.fixture
def run(make_run):
    return make_run({"v1": [0.5, 0.5, 0.5]})


@pytest.fixture
def imported(run, tmp_path, caplog):
    def read(*labels, bytes_of=str.encode, **asked):
        caplog.clear()
        lines = [json.dumps(label_of(run, **label), ensure_ascii=False) for label in labels]
        (tmp_path / "in.jsonl").write_bytes(bytes_of("\n".join(lines) + "\n"))
        count = wb.labels.read(tmp_path / "in.jsonl", run.store, run=run, **asked)
        [record] = caplog.records
        return count, record.levelname, record.getMessage()

    caplog.set_level("INFO", "workbench")
    return read


def label_of(run, row=0, value=1, rater="ann", **more):
    columns = run.columns
    answer = {"example": columns["example"][row], "output": columns["output"][row]}
    return {"critic": "good", "rater": rater, "value": value} | answer | more


def test_a_correction_counts_and_is_said_and_importing_twice_changes_nothing(run, imported):
    assert imported({})[0] == 1
    count, level, said = imported({"value": 0})
    assert (count, level) == (1, "WARNING")
    assert said == (
        "in.jsonl: 1 label, 1 new; 1 label given anew by the same rater: the newest counts (e0000)"
    )
    assert Given.of(run, "good").rows[0] == 0
    assert imported({"value": 1})[::2] == (0, "in.jsonl: 1 label, 0 new; 1 known already")
    assert Given.of(run, "good").rows[0] == 0


def test_the_newest_is_told_by_time_where_labels_have_one(run, imported):
    late, early = "2026-11-20T10:00:00Z", "2026-11-20T09:30:00+00:00"
    imported({"value": 0, "at": late}, {"value": 1, "at": early})
    assert Given.of(run, "good").rows[0] == 0


def test_doubles_are_counted_raters_who_differ_and_strays_named(run, imported):
    count, level, said = imported(
        {}, {}, {"rater": "bob", "value": 0}, {"row": 1, "output": "never said"}
    )
    assert (count, level) == (3, "WARNING")
    assert "4 labels, 3 new; 1 known already" in said
    assert "on which raters differ: their mean counts (e0000)" in said
    assert "1 label for no answer of this run (e0001)" in said


def test_an_output_may_hold_any_line_separator_and_a_file_its_mark(run, imported):
    count, level, _ = imported(
        {"output": "a\u2028b\x85c"}, {"row": 1}, bytes_of=lambda text: text.encode("utf-8-sig")
    )
    assert (count, level) == (2, "WARNING")
    assert imported({"rater": "eve"}, bytes_of=lambda text: text.encode("utf-16"))[0] == 1


def test_another_encoding_is_one_line_and_may_be_told(run, imported):
    def western(text):
        return text.encode("cp1252")

    with pytest.raises(DatasetError, match=r"^in\.jsonl, line 2: not UTF-8 text: save the file as"):
        imported({}, {"rater": "René"}, bytes_of=western)
    assert imported({"rater": "René"}, bytes_of=western, encoding="cp1252")[0] == 1
    assert {record["rater"] for record in run.store.labels("good")} == {"René"}
