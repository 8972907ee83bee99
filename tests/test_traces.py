"""Traces of traffic, in and out."""

import json

import pytest

from workbench.errors import DatasetError, WorkbenchError
from workbench.release.demand import read_trace
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


FIRST = '{"timestamp": 0, "input_length": 5, "output_length": 5}'
READERS = pytest.mark.parametrize("read", [Trace.read, read_trace])


def row(timestamp="1", prompt="5", reply="5"):
    return f'{{"timestamp": {timestamp}, "input_length": {prompt}, "output_length": {reply}}}'


@READERS
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"timestamp": 1, "input_length": 5}', "no output_length: a request has timestamp, "),
        (row(prompt='"x"'), "input_length is no number: 'x'"),
        (row(prompt="true"), "input_length is no number: True"),
        (row(prompt="[" + "1," * 999 + "1]"), "input_length is no number: .{20,70}$"),
        (row(prompt="null"), "input_length is no number: None"),
        (row(prompt='"nan"'), "input_length nan is no length"),
        (row(reply="0"), "output_length 0 is no length"),
        (row(reply="2.5"), "output_length 2.5 is no length: tokens are whole"),
        (row(prompt="1e12"), r"input_length 1e\+12 is no length"),
        (row(prompt="-1"), "input_length -1 is no length"),
        (row(timestamp="-1"), "timestamp -1 is no time in milliseconds"),
        (row(timestamp="1796000000000000"), r"timestamp 1.796e\+15 is no time in milliseconds"),
        (row(timestamp='"inf"'), "timestamp inf is no time"),
    ],
)
def test_a_row_that_is_no_request_is_named_by_its_line_whoever_reads(tmp_path, read, line, message):
    path = tmp_path / "t.jsonl"
    path.write_text(f"{FIRST}\n{line}\n")
    with pytest.raises(DatasetError, match=f"line 2: {message}"):
        read(path)


@READERS
def test_numbers_of_tables_are_read_and_rows_come_in_order(tmp_path, read):
    path = tmp_path / "t.csv"
    path.write_text("timestamp,input_length,output_length\n2000,5,6\n1000,7,8\n")
    found = read(path)
    assert len(found) == 2
    prompts = found.input_tokens if read == Trace.read else found.amounts["input tokens"]
    assert prompts.tolist() == [7, 5]


@READERS
def test_a_trace_without_a_request_is_refused_whoever_reads(tmp_path, read):
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(DatasetError, match="holds no request"):
        read(tmp_path / "empty.jsonl")


def test_a_trace_of_nothing_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(WorkbenchError, match="holds no request"):
        Trace.of([], [])
    with pytest.raises(DatasetError, match="is not there"):
        Trace.read(tmp_path / "none.jsonl")


@READERS
def test_seconds_since_1970_are_not_taken_for_milliseconds(tmp_path, read):
    path = tmp_path / "t.jsonl"
    path.write_text(row("1772445601.5") + "\n" + row("1772445602") + "\n")
    with pytest.raises(DatasetError, match="timestamp reads like seconds since 1970: write milli"):
        read(path)
    path.write_text(row("1772445601500") + "\n" + row("1772445602000") + "\n")
    assert len(read(path)) == 2
