"""Samples of what people's programs write: each does what the list beside them says."""

import json
from pathlib import Path

import pytest

import workbench as wb
from workbench.critics.checks import Exact
from workbench.errors import WorkbenchError
from workbench.models.completion import Completion
from workbench.reports.execute import execute
from workbench.reports.settings import check

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "field" / "inputs"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the samples in ../shared/field")


def file(beginning):
    [found] = FOLDER.glob(f"{beginning}_*")
    return found


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("D00", "line 1: 'input' is no part of an example: is 'inputs' meant"),
        ("D08", "line 2: column 1 has no name .* index=False"),
        ("D15", "line 1: the key 'expected' stands twice"),
        ("D16", "run git lfs pull"),
    ],
)
def test_a_dataset_is_refused_with_the_reason(name, said):
    with pytest.raises(WorkbenchError, match=said):
        wb.load_examples(file(name))


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("D04", [{"message": "Where is my pan?", "note": "gift"},
                 {"message": "And the lid?", "note": None}]),
        ("D06", [{"message": "hello"}]),
        ("D07", [{"message": "hello"}]),
        ("D09", [{"message": "hello"}]),
        ("D12", [{"message": "hello"}]),
        ("D13", [{"message": "hello"}]),
        ("D19", [{"message": "a"}, {"message": "b"}]),
        ("Q01", [{"message": "x", "created_at": "2024-01-02T00:00:00"}]),
        ("Q03", [{"message": "x", "score": 1.0}, {"message": "y", "score": None}]),
        ("Q05", [{"order": {"id": 1, "note": "gift"}}, {"order": {"id": 2, "note": None}}]),
    ],
)  # fmt: skip
def test_a_dataset_is_read_as_it_is_meant(name, inputs):
    assert [example.inputs for example in wb.load_examples(file(name))] == inputs


def test_any_right_answer_of_a_list_is_right():
    north = wb.load_examples(file("D01"))[0]
    scores = [Exact().verdict(north, Completion(text=text)).score for text in ("Arden City", "x")]
    assert scores == [1, 0]


def test_truths_in_cells_are_what_the_prompt_declares():
    prompt = wb.load_prompt(file("P09"))
    texts = [prompt.render(e.inputs)[0]["content"] for e in wb.load_examples(file("D03"))]
    assert texts == ["VIP: hi", "normal: ho", "normal: hu", "normal: he"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("P01", "line 10: this loop writes the roles of a conversation"),
        ("P03", r"line 7: the image !\[pan\]"),
        ("P04", "model.api is 'embedding'"),
        ("P07", "line 5: {{#docs}} is Mustache"),
        ("P08", "'history' is of kind 'list'"),
    ],
)
def test_a_prompt_that_would_be_flattened_is_refused(name, said):
    with pytest.raises(WorkbenchError, match=said):
        wb.load_prompt(file(name))


def test_labels_are_read_or_refused_in_one_line(tmp_path):
    store = wb.Store(tmp_path / "s.db")
    assert [wb.labels.read(file(name), store) for name in ("L01", "L02")] == [1, 1]
    with pytest.raises(WorkbenchError, match=r"L03.* line 1: not UTF-8 text"):
        wb.labels.read(file("L03"), store)
    other = wb.Store(tmp_path / "o.db")
    names = ("L04_first", "L04_corrected")
    assert [wb.labels.read(FOLDER / f"{name}.labels.jsonl", other) for name in names] == [1, 1]
    assert [record["value"] for record in other.labels("q_ok")] == [1, 0]


def test_notebooks_are_held_to_what_they_say(tmp_path):
    with pytest.raises(WorkbenchError, match=r"parameter 'margin' is 'x', and its default 0\.05"):
        check(file("N01"), {"margin": "x"})
    with pytest.raises(
        WorkbenchError, match=r"field score is missing in row 17 … see https://docs"
    ):
        execute(file("N02"), tmp_path / "two")
    made = execute(file("N05"), tmp_path / "five")
    assert "after" in json.dumps(json.loads(made.notebook.read_text()))
