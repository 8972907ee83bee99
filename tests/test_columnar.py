"""DataFrames and Parquet: what is missing, what is odd, and what an index is."""

from datetime import UTC, date, datetime

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.datasets import Example, described, load_examples
from workbench.errors import DatasetError


def test_a_frame_gives_examples_in_plain_data():
    frame = pandas.DataFrame(
        {
            "ticket": [7, 8],
            "body": ["Größe", None],
            "at": pandas.to_datetime(["2024-01-02", None]),
            "n": pandas.array([1, None], dtype="Int64"),
            "label": pandas.Categorical(["q", "c"]),
        },
        index=pandas.Index([10, 20], name="row"),
    )
    columns = {"id": "ticket", "expected": "label"}
    dataset = load_examples(frame, columns=columns, name="tickets")
    assert list(dataset) == [
        Example("7", {"body": "Größe", "at": "2024-01-02T00:00:00", "n": 1}, "q"),
        Example("8", {"body": None, "at": None, "n": None}, "c"),
    ]
    assert (dataset.name, type(dataset[0].inputs["n"])) == ("tickets", int)
    assert "the index row (reset_index() keeps it)" in described(dataset)


def test_blank_rows_of_a_frame_are_left_out_and_doubled_columns_refused():
    frame = pandas.DataFrame({"id": ["a", None], "text": ["x", None]})
    dataset = load_examples(frame)
    assert [each.id for each in dataset] == ["a"]
    assert "1 row blank and left out (row 2)" in described(dataset)
    frame.columns = ["id", "id"]
    with pytest.raises(DatasetError, match="the DataFrame: column 'id' stands twice"):
        load_examples(frame)


def test_what_is_neither_path_nor_frame_is_a_programmers_mistake():
    with pytest.raises(TypeError, match="a path or a DataFrame, not list"):
        load_examples([{"id": 1}])


@pytest.fixture
def parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")

    def load(rows, **asked):
        pq.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "t.parquet")
        return load_examples(tmp_path / "t.parquet", **asked)

    return load


def test_times_become_iso_text_and_a_missing_number_is_null(parquet):
    rows = [
        {"id": "a", "at": datetime(2024, 1, 2, tzinfo=UTC), "day": date(2024, 1, 2), "n": 1.5},
        {"id": "b", "at": None, "day": None, "n": float("nan")},
    ]
    assert [each.inputs for each in parquet(rows)] == [
        {"at": "2024-01-02T00:00:00+00:00", "day": "2024-01-02", "n": 1.5},
        {"at": None, "day": None, "n": None},
    ]


def test_only_columns_that_are_used_must_be_plain(parquet):
    rows = [{"id": "a", "message": "x", "raw": b"\0"}]
    with pytest.raises(DatasetError, match="row 1: column 'raw' cannot be written as JSON"):
        parquet(rows)
    [only] = parquet(rows, columns={"inputs": ["message"]})
    assert only.inputs == {"message": "x"}


def test_a_null_inside_a_mapping_stays_as_in_json_lines(parquet):
    rows = [{"id": "a", "order": {"n": 1, "note": "gift"}}, {"id": "b", "order": {"n": 2}}]
    assert [each.inputs for each in parquet(rows)] == [
        {"order": {"n": 1, "note": "gift"}},
        {"order": {"n": 2, "note": None}},
    ]


def test_whole_numbers_that_a_frame_made_floats_of_are_ids():
    frame = pandas.DataFrame({"id": [1.0, None, 3.0], "message": ["a", "b", "c"]})
    named = [each.id for each in load_examples(frame)]
    assert (named[0], named[2]) == ("1", "3")
    with pytest.raises(DatasetError, match=r"row 1: id is 1\.5"):
        load_examples(pandas.DataFrame({"id": [1.5], "message": ["a"]}))


def test_whole_numbers_that_a_frame_made_floats_of_are_said():
    for numbers, said in (([7, None], True), ([7.5, None], False), ([7.0, 8.0], False)):
        dataset = load_examples(pandas.DataFrame({"message": ["a", "b"], "n": numbers}))
        told = "n holds whole numbers as 7.0, which pandas makes of 7 where others are missing"
        assert (told in described(dataset)) == said
    whole = pandas.DataFrame({"message": ["a", "b"], "n": [7, None]}).convert_dtypes()
    assert [each.inputs["n"] for each in load_examples(whole)] == [7, None]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pa.array([253402300800 * 10], pa.timestamp("s")), "value that cannot be read"),
        (pa.array([10**7], pa.date32()), "value that cannot be read .*out of range"),
        (
            pa.array([[("k", 1), ("k", 2)]], pa.map_(pa.string(), pa.int64())),
            "value.*duplicate key was",
        ),
        (pa.array([b"\xff"]).view(pa.string()), "value that cannot be read"),
    ],
)
def test_a_value_that_python_has_none_of_is_refused_where_it_is_used(tmp_path, values, said):
    pq.write_table(pa.table({"message": ["a"], "v": values}), tmp_path / "x.parquet")
    with pytest.raises(DatasetError, match=f"row 1: column 'v' holds a {said}"):
        load_examples(tmp_path / "x.parquet")
    used = load_examples(tmp_path / "x.parquet", columns={"inputs": ["message"]})
    assert used[0].inputs == {"message": "a"}


def test_a_table_of_more_columns_than_any_sheet_is_refused_at_once(tmp_path):
    pq.write_table(pa.table({f"c{n}": [1] for n in range(16_385)}), tmp_path / "x.parquet")
    with pytest.raises(DatasetError, match="more than 16,384 columns: put what is long in rows"):
        load_examples(tmp_path / "x.parquet")


def test_lengths_of_time_are_hours(tmp_path):
    spans = pa.array([109_800 * 10**9, 1, -(10**9)], pa.duration("ns"))
    pq.write_table(pa.table({"message": ["a"] * 3, "v": spans}), tmp_path / "x.parquet")
    values = [each.inputs["v"] for each in load_examples(tmp_path / "x.parquet")]
    assert values == ["30:30:00", "0:00:00.000000001", "-0:00:01"]


def test_a_column_that_stands_twice_in_parquet_is_refused(tmp_path):
    import pyarrow

    table = pyarrow.table({"id": ["1"], "message": ["a"]}).rename_columns(["message", "message"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(DatasetError, match="column 'message' stands twice"):
        load_examples(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("rows", "text", "said"),
    [
        (2_000_000, "a", "2,000,000 rows in .* bytes"),
        (520, "a" * 1_000_000, "more than 500,000,000"),
    ],
)
def test_a_value_that_a_few_bytes_repeat_makes_no_rows_without_end(tmp_path, rows, text, said):
    column = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))
    pq.write_table(pa.table({"text": column}), tmp_path / "bomb.parquet")
    assert (tmp_path / "bomb.parquet").stat().st_size < 100_000
    with pytest.raises(DatasetError, match=rf"bomb\.parquet: .*{said}"):
        load_examples(tmp_path / "bomb.parquet")
