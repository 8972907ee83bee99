"""Logs of a release, as people have them: what is read, and what is counted as unreadable."""

import json

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import testing
from workbench.errors import DatasetError

ROWS = [
    {"user": "a", "arm": "control", "timestamp": "2026-03-02T10:00:00Z", "feedback": "up"},
    {"user": "b", "arm": "new", "timestamp": "2026-03-02T11:00:00+01:00", "feedback": "👎"},
    {"user": "b", "arm": "new", "timestamp": "2026-03-02T09:00:00Z", "feedback": None},
    {"user": "", "arm": "new", "timestamp": "2026-03-02T10:00:00Z", "feedback": 1},
    {"user": "c", "arm": "new", "timestamp": "yesterday", "feedback": 0},
    {"user": "d", "arm": "new", "timestamp": "2026-03-02T12:00:00Z", "feedback": "so so"},
]


def log(**columns):
    count = len(next(iter(columns.values())))
    times = pd.date_range("2026-03-02", periods=count, freq="min", tz="UTC")
    users = [f"u{number}" for number in range(count)]
    return pd.DataFrame({"user": users, "arm": "new", "timestamp": times, **columns})


@pytest.mark.parametrize(
    "well",
    ["no error", "NONE", "nein", "нет", "いいえ", "completed", "200 OK", "HTTP 204", "[]", "0.00",
     "\\N", "成功", ""],
)  # fmt: skip
def test_where_nothing_went_wrong_is_read_in_the_words_of_many_logs(well):
    logs = wb.load_logs(log(error=[well, "HTTP 500: down", well, "yes"]))
    assert logs.frame["error"].tolist() == [0, 1, 0, 1]


def test_words_that_most_rows_say_and_nobody_knows_are_refused_not_taken_for_errors():
    with pytest.raises(DatasetError, match="error cannot be read in 3 rows, such as 'tamam'"):
        wb.load_logs(log(error=["tamam", "tamam", "tamam", ""]))


def test_one_word_of_two_that_is_not_known_is_no_noise():
    said = ["up"] * 12 + ["meh"] * 6
    with pytest.raises(DatasetError, match="feedback cannot be read in 6 rows, such as 'meh'"):
        wb.load_logs(log(feedback=said))


def test_seconds_are_seconds():
    waits = [0.5, 90.0]
    logs = wb.load_logs(log(seconds=pd.to_timedelta(waits, unit="s")))
    assert logs.frame["seconds"].tolist() == waits
    with pytest.raises(DatasetError, match="latency_ms is in ms by its name, and seconds are"):
        wb.load_logs(log(latency_ms=waits), columns={"seconds": "latency_ms"})
    slow = wb.load_logs(log(seconds=[850.0, 900.0]))
    assert "seconds are 875 in the median: are they milliseconds?" in slow.sentences


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("latency (ms)", "ms"),
        ("LATENCY_MS", "MS"),
        ("durationNanos", "Nanos"),
        ("duration_us", "us"),
        ("ms_waited", "ms"),
        ("latency_msec", "msec"),
        ("timeMinutes", "Minutes"),
        ("latency_ms_p50", "ms"),
    ],
)
def test_a_column_whose_name_says_another_unit_is_not_taken_for_seconds(column, unit):
    with pytest.raises(DatasetError, match=f"is in {unit} by its name, and seconds are wanted"):
        wb.load_logs(log(**{column: [0.5, 90.0]}), columns={"seconds": column})


@pytest.mark.parametrize("column", ["items", "LATENCYS", "duration_seconds", "Columns"])
def test_a_name_that_only_looks_like_a_unit_is_none(column):
    assert wb.load_logs(log(**{column: [0.5, 9.0]}), columns={"seconds": column})


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2026-03-02T10:00:01.123456789Z", "2026-03-02T10:00:01.123456+00:00"),
        ("2026-03-02T10:00:01.1234567+01:00", "2026-03-02T09:00:01.123456+00:00"),
        (1772445601123456789, "2026-03-02T10:00:01.123456+00:00"),
        (pd.Timestamp("2026-03-02T10:00:01.123456789Z"), "2026-03-02T10:00:01.123456+00:00"),
    ],
)
def test_clocks_that_count_to_nanoseconds_are_read(said, read):
    rows = log(timestamp=[said, "2026-03-02T08:00:00Z"])
    assert wb.load_logs(rows).frame["timestamp"].iloc[1].isoformat() == read


def test_a_time_that_no_release_has_is_none():
    logs = wb.load_logs(log(timestamp=["2026-03-02T10:00:00Z", "9999-12-31T00:00:00Z"]))
    assert "1 row left out: no time that can be read (row 2)" in logs.sentences


def test_thumbs_and_times_are_read_and_what_is_not_is_counted():
    logs = wb.load_logs(pd.DataFrame(ROWS))
    assert logs.frame["user"].tolist() == ["b", "a", "b", "d"]
    assert logs.frame["timestamp"].is_monotonic_increasing
    assert logs.frame["feedback"].dropna().tolist() == [1.0, 0.0]
    said = {(each.what, each.why): (each.count, each.rows) for each in logs.left_out}
    assert said == {
        ("row", "no user"): (1, (4,)),
        ("row", "no time that can be read"): (1, (5,)),
        ("feedback", "it cannot be read"): (1, (6,)),
    }
    assert repr(logs) == (
        "Logs the DataFrame: 4 messages of 3 users, arms control and new; 2 rows left out"
    )


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl", "jsonl.gz"])
def test_every_kind_of_file_gives_the_same_logs(tmp_path, ending):
    frame = testing.release_logs(users=40, days=3, history=2)
    path = tmp_path / f"logs.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    elif ending == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_json(path, orient="records", lines=True, date_format="iso", date_unit="s")
    read, whole = wb.load_logs(path).frame, wb.load_logs(frame).frame
    assert list(read) == list(whole)
    for name in whole:
        if read[name].dtype == float:
            np.testing.assert_allclose(read[name], whole[name], rtol=1e-6)
        else:
            assert read[name].tolist() == whole[name].tolist()


def test_columns_are_mapped_and_the_others_named():
    table = pd.DataFrame(
        {
            "Customer": [1.0, 2.0],
            "ARM": ["a", "b"],
            "at": [1_772_445_600, 1_772_445_601_000],
            "stars": [5, 1],
            "land": ["fr", None],
            "browser": ["x", "y"],
        }
    )
    mapped = {"user": "Customer", "timestamp": "at", "feedback": "stars", "tags": ["land"]}
    logs = wb.load_logs(table, mapped, scale=(1, 5))
    assert logs.frame["user"].tolist() == ["1", "2"]
    assert logs.frame["timestamp"].dt.year.tolist() == [2026, 2026]
    assert logs.frame["feedback"].tolist() == [1.0, 0.0]
    assert logs.frame["tag.land"].tolist() == ["fr", ""]
    assert logs.unmapped == ("browser",)
    assert logs.sentences == ["not read, since nothing maps them: browser"]


def test_a_line_that_was_cut_while_written_is_one_row_left_out(tmp_path):
    path = tmp_path / "logs.jsonl"
    lines = [json.dumps({**ROWS[0], "tags": {"land": "日本"}}), json.dumps(ROWS[1])[:-20]]
    path.write_text("\n".join(lines), "utf-8")
    logs = wb.load_logs(path)
    assert logs.frame["tag.land"].tolist() == ["日本"]
    assert [(each.why, each.count) for each in logs.left_out] == [("no user", 1)]


def test_words_for_errors_are_errors_and_words_for_none_are_not():
    errors = ["timeout", "", None, "false", "0", "True"]
    rows = [{**ROWS[0], "error": error, "resolved": "yes" if error else None} for error in errors]
    frame = wb.load_logs(pd.DataFrame(rows)).frame
    assert frame["error"].tolist() == [1, 0, 0, 0, 0, 1]
    assert frame["resolved"].isna().tolist() == [False, True, True, False, False, False]


def test_a_row_that_comes_twice_counts_once():
    rows = [{**ROWS[0], "id": name} for name in ("x", "y", "x", "", "")]
    logs = wb.load_logs(pd.DataFrame(rows))
    assert len(logs) == 4
    assert logs.left_out[0].sentence == "1 row left out: the id of an earlier row (row 3)"


@pytest.mark.parametrize(
    "change, message",
    [
        ({"drop": "arm"}, 'which column is the arm? say columns={"arm": ...}'),
        ({"columns": {"arm": "group"}}, "no column 'group' for arm: there are user, arm"),
        ({"columns": {"latency": "x"}}, "not 'latency'"),
        ({"feedback": 4}, "say scale=\\(low, high\\)"),
        ({"rows": 0}, "holds no row"),
        ({"timestamp": "never"}, "no row has a user and a time"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(change, message):
    table = pd.DataFrame(ROWS[: change.get("rows", 2)])
    if "drop" in change:
        table = table.drop(columns=change["drop"])
    for name in ("feedback", "timestamp"):
        if name in change:
            table[name] = change[name]
    with pytest.raises(DatasetError, match=message.replace("?", "\\?")):
        wb.load_logs(table, change.get("columns"))


def test_generated_logs_are_seeded_and_hold_what_was_planted():
    planted = testing.Planted(latency=2.0, coverage=(1.0, 0.5), share=0.3)
    frame = testing.release_logs(users=600, days=7, planted=planted, seed=3, texts=[("q", "a")])
    again = testing.release_logs(users=600, days=7, planted=planted, seed=3, texts=[("q", "a")])
    assert frame.equals(again)
    arms = frame[frame["arm"] != ""].groupby("arm")
    seconds, rated = arms["seconds"].median(), arms["feedback"].count() / arms.size()
    assert seconds["v2"] / seconds["v1"] == pytest.approx(2, rel=0.15)
    assert rated.tolist() == [1.0, pytest.approx(0.5, abs=0.05)]
    assert (frame["timestamp"] < "2026-03-02").eq(frame["arm"] == "").all()
    assert frame.loc[0, "output"] == "a"
