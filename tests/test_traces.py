"""Traces of traffic, in and out."""

import json

import pytest

from workbench.errors import DatasetError, WorkbenchError
from workbench.serving import Trace


def test_a_trace_comes_back_as_it_was_written(tmp_path):
    trace = Trace.of([374, 396], [44, 109], [10.0, 14.315], "two")
    path = trace.save(tmp_path / "two.jsonl")
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"timestamp": 0, "input_length": 374, "output_length": 44},
        {"timestamp": 4315, "input_length": 396, "output_length": 109},
    ]
    again = Trace.read(path)
    assert again.at.tolist() == pytest.approx([0, 4.315])
    assert (again.input_tokens.tolist(), again.output_tokens.tolist()) == ([374, 396], [44, 109])
    assert repr(again) == "Trace two.jsonl: 2 requests of 385 tokens, 76 in the reply"


def test_requests_are_put_in_order_and_other_names_are_read(tmp_path):
    path = tmp_path / "logs.csv"
    path.write_text("when,in,out\n2000,5,6\n1000,7,8\n")
    columns = {"timestamp": "when", "input_length": "in", "output_length": "out"}
    found = Trace.read(path, columns)
    assert (found.at.tolist(), found.input_tokens.tolist()) == ([0, 1], [7, 5])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"timestamp": 1, "input_length": 5}', "line 2: 'output_length' is not a number"),
        ('{"timestamp": 1, "input_length": "x", "output_length": 2}', "'input_length' is not"),
        ('{"timestamp": 1, "input_length": 5, "output_length": 0}', "output_length 0 is no length"),
        ('{"timestamp": 1, "input_length": 1e12, "output_length": 1}', "is no length"),
    ],
)
def test_a_row_that_is_no_request_is_named_by_its_line(tmp_path, line, message):
    path = tmp_path / "t.jsonl"
    path.write_text(f'{{"timestamp": 0, "input_length": 5, "output_length": 5}}\n{line}\n')
    with pytest.raises(WorkbenchError, match=message):
        Trace.read(path)


def test_an_empty_trace_and_a_missing_file_are_refused(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(WorkbenchError, match="holds no request"):
        Trace.read(tmp_path / "empty.jsonl")
    with pytest.raises(DatasetError, match="is not there"):
        Trace.read(tmp_path / "none.jsonl")
