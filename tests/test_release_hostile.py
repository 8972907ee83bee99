"""Logs of a release that are wrong or wicked: each is read right, or refused with file, row and
what to do; nothing is lost in silence.
"""

import json
import re
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import testing
from workbench.errors import DatasetError

PLAN = wb.Plan("v1", days=7, at_most=7)
TURNED, HALF = "\u202eabc", "\ud800x"


@pytest.fixture(scope="module")
def rows():
    """Sound logs, all of their texts and times as Python's own."""
    frame = testing.release_logs(120, days=7, history=2, seed=9)
    frame["timestamp"] = frame["timestamp"].map(pd.Timestamp.isoformat)
    texts = ["user", "arm", "timestamp", "tag.language"]
    return frame.astype(dict.fromkeys(texts, object))


@pytest.fixture(scope="module")
def sound(rows):
    return wb.launch(wb.load_logs(rows), PLAN)


def changed(rows, column, change):
    return rows.assign(**{column: pd.Series(map(change, rows[column]), dtype=object)})


def said(frame, **about):
    logs = wb.load_logs(frame, **about)
    trial = wb.launch(logs, PLAN)
    page = str(wb.show(trial).twin())
    return logs, trial, page


@pytest.mark.parametrize(
    "before", ["=1+1|", "<script>x</script>", TURNED, HALF, "a\0b", "\n::error::", "x" * 10_000]
)
def test_names_of_users_and_slices_are_names_whatever_they_hold(rows, sound, before):
    odd = changed(rows, "user", lambda name: before + name)
    odd = changed(odd, "tag.language", lambda name: before + name)
    _, trial, page = said(odd)
    assert (trial.word, asdict(trial.estimate)) == (sound.word, asdict(sound.estimate))
    assert list(map(asdict, trial.guardrails)) == list(map(asdict, sound.guardrails))  # NaN, too
    shown = [each.value for each in trial.slices]
    assert len(shown) == len(sound.slices)
    assert all(len(each) <= 60 and each.isprintable() for each in shown)
    assert "<script>x" not in page and TURNED not in page
    assert "x" * 100 not in page


@pytest.mark.parametrize("name", [TURNED, "a\0b", "y" * 81, "two\nlines"])
def test_an_arm_that_does_not_print_is_refused_with_its_row(rows, name):
    odd = changed(rows, "arm", lambda arm: name if arm == "v2" else arm)
    row = odd["arm"].tolist().index(name) + 1
    with pytest.raises(DatasetError) as told:
        wb.load_logs(odd)
    assert f"row {row:,}: arm is" in str(told.value) and str(told.value).isprintable()


@pytest.mark.parametrize("times", [1, 10**3, 10**6, 10**9])
@pytest.mark.parametrize("kind", [int, str])
def test_the_size_of_a_number_tells_its_unit(rows, sound, times, kind):
    moments = pd.to_datetime(rows["timestamp"], format="ISO8601")
    numbers = [kind(int(moment.timestamp()) * times) for moment in moments]
    _, trial, _ = said(rows.assign(timestamp=pd.Series(numbers, dtype=object)))
    assert trial.estimate == sound.estimate


def test_units_zones_and_texts_may_be_mixed(rows, sound):
    moments = pd.to_datetime(rows["timestamp"], format="ISO8601")
    ways = (
        pd.Timestamp.isoformat,
        lambda moment: moment.tz_convert("America/New_York").isoformat(),
        lambda moment: int(moment.timestamp()),
        lambda moment: str(int(moment.timestamp() * 1000)),
    )
    mixed = [ways[at % len(ways)](moment) for at, moment in enumerate(moments)]
    logs, trial, _ = said(rows.assign(timestamp=pd.Series(mixed, dtype=object)))
    assert trial.estimate == sound.estimate
    assert (logs.left_out, logs.without_zone) == ((), 0)


def test_times_without_a_zone_are_taken_as_utc_and_that_is_said(rows):
    naive = changed(rows, "timestamp", lambda text: text.removesuffix("+00:00"))
    logs, trial, _ = said(naive)
    assert logs.sentences == [f"{len(rows):,} times without a zone, taken as UTC"]
    assert [each.value for each in trial.reasons if each.kind == "no zone"] == [len(rows)]


def test_a_clock_that_was_never_set_is_no_time(rows, sound):
    odd = rows.copy()
    odd.loc[[3, 5], "timestamp"] = "1970-01-01T00:00:00Z"
    odd.loc[[3, 5], "arm"] = "v1"
    logs, trial, _ = said(odd)
    assert logs.left_out[0].rows == (4, 6)
    assert trial.day == sound.day
    left = [each.sentence for each in trial.reasons if each.kind == "not read"]
    assert left == ["2 rows left out: no time that can be read (rows 4 and 6)."]


def test_a_lone_early_arm_is_no_start_of_a_release(rows):
    odd = rows.copy()
    odd.loc[0, ["timestamp", "arm"]] = ["1999-01-01T00:00:00Z", "v1"]
    with pytest.raises(DatasetError, match=r'of 1999-01-01.*say Plan\(start="2026-03-02"\)'):
        wb.launch(wb.load_logs(odd), PLAN)


def test_lines_that_come_twice_count_once_and_headers_never(rows, sound, tmp_path):
    path = tmp_path / "twice.csv"
    text = rows.to_csv(index=False)
    path.write_text(text + text, "utf-8")
    logs, trial, _ = said(path)
    found = {each.why: (each.count, each.rows[0]) for each in logs.left_out}
    assert found == {
        "the names of the columns again": (1, len(rows) + 1),
        "an earlier row once more": (len(rows), len(rows) + 2),
    }
    assert trial.estimate.estimate == pytest.approx(sound.estimate.estimate)


def test_of_a_clock_of_minutes_two_rows_may_be_alike():
    row = {"user": "a", "arm": "v1", "timestamp": "2026-03-02T10:00Z", "feedback": 1}
    assert len(wb.load_logs(pd.DataFrame([row, row]))) == 2


def test_lines_out_of_order_change_nothing(rows, sound):
    assert said(rows.sample(frac=1, random_state=1))[1].estimate == sound.estimate


@pytest.mark.parametrize(
    "arms, message",
    [
        ({"v1": "A ", "v2": "a"}, "arms 'A' and 'a' differ in spelling alone"),
        ({"v1": "new model", "v2": "New  Model"}, "differ in spelling alone"),
        ({"v2": "v1"}, "there is one arm alone, v1: a release compares two"),
        ({"v1": ""}, "there is one arm alone, v2"),
    ],
)
def test_arms_that_are_not_two_are_refused(rows, arms, message):
    odd = changed(rows, "arm", lambda arm: arms.get(arm, arm))
    with pytest.raises(DatasetError, match=message):
        wb.launch(wb.load_logs(odd))


def test_a_third_arm_is_asked_about_and_left_out_once_the_plan_says_which(rows):
    odd = rows.copy()
    third = odd["user"].isin(odd["user"].unique()[:20]) & (odd["arm"] != "")
    odd.loc[third, "arm"] = "v3"
    with pytest.raises(DatasetError, match="there are v1, v2, v3"):
        wb.launch(wb.load_logs(odd), PLAN)
    trial = wb.launch(wb.load_logs(odd), wb.Plan("v1", "v2", days=7, at_most=7))
    assert ("other rows", int(third.sum())) in [(each.kind, each.value) for each in trial.reasons]


def test_users_of_every_arm_are_no_users(rows):
    with pytest.raises(DatasetError, match="every user was seen in both arms: is the user= column"):
        wb.launch(wb.load_logs(rows.assign(user="everyone")), PLAN)


@pytest.mark.parametrize(
    "column, change, message",
    [
        ("seconds", lambda value: -value, "such as '-"),
        ("cost", lambda value: f"${value:.4f}", "such as '$"),
        ("cost", lambda value: f"{value:.4f}".replace(".", ","), "with a point and without a unit"),
        ("tokens", lambda value: 1e308, "write numbers of at least 0"),
        ("feedback", lambda value: "so la la", "write up and down, shares from 0 to 1, or ratings"),
        ("resolved", lambda value: "maybe", "write yes and no, or 1 and 0"),
        (
            "timestamp",
            lambda value: "2/3/2026",
            "write 2026-03-02T10:00:00Z, or seconds since 1970",
        ),
    ],
)
def test_a_column_that_cannot_be_read_is_refused_with_file_row_and_what_to_write(
    rows, tmp_path, column, change, message
):
    path = tmp_path / "odd.csv"
    changed(rows, column, change).to_csv(path, index=False)
    with pytest.raises(DatasetError) as told:
        wb.load_logs(path)
    assert str(path) in str(told.value) and "row 1" in str(told.value)
    assert message in str(told.value)


def test_some_cells_that_cannot_be_read_are_counted_in_what_the_release_says(rows):
    odd = rows.copy()
    odd.loc[odd.index[::10], "seconds"] = -1.0
    logs, trial, _ = said(odd)
    sentence = f"{len(odd.index[::10])} values of seconds left out: it cannot be read"
    assert logs.left_out[0].sentence.startswith(sentence)
    assert sentence in trial.sentence


@pytest.mark.parametrize(
    "good, bad",
    [
        ("👍🏽", "👎🏿"),
        ("👍\ufe0f", "👎\ufe0f"),
        ("Yes", "NO"),
        (True, False),
        ("1.0", "0.0"),
        (1, -1),
    ],
)
def test_thumbs_of_every_kind_are_feedback(rows, sound, good, bad):
    _, trial, _ = said(changed(rows, "feedback", lambda value: good if value else bad))
    assert trial.estimate == sound.estimate


@pytest.mark.parametrize(
    "good, bad", [("200", "503"), (200, 500), ("no", "yes"), ("OK", "timed out")]
)
def test_errors_are_codes_words_and_messages(rows, good, bad):
    odd = changed(rows, "error", lambda value: bad if value else good)
    assert wb.load_logs(odd).frame["error"].sum() == rows["error"].sum()


def test_a_blank_resolved_says_nothing_in_a_file_as_in_a_frame(rows, tmp_path):
    path = tmp_path / "logs.csv"
    odd = changed(rows, "resolved", lambda value: "yes" if value else "")
    odd.to_csv(path, index=False)
    assert set(wb.load_logs(path).frame["resolved"].dropna()) == {1.0}


@pytest.mark.parametrize("column", ["seconds", "feedback", "cost", "error"])
def test_a_column_without_a_value_is_no_failure(rows, column):
    _, trial, page = said(rows.assign(**{column: None}))
    assert trial.word in ("hold", "more days")
    assert "few users" not in {each.kind for each in trial.reasons if each.about == column}
    assert page


def test_a_handful_of_rows_is_drawn_with_open_limits(rows):
    _, trial, page = said(rows.iloc[-40:])
    assert trial.word in ("hold", "more days")
    assert "open" in page and "inf" not in re.sub(r"<[^>]*>", "", page)


@pytest.mark.parametrize(
    "name, text, message",
    [
        ("x.parquet", "PAR1nonsense", "not valid Parquet"),
        ("x.csv", "", "not valid CSV"),
        ("x.csv", "user,arm,timestamp\n", "holds no row"),
        ("x.csv", 'user,arm,timestamp\n"a,b,c\n', "not valid CSV"),
        ("x.jsonl", "[1, 2]\n{}\n", "holds no row"),
    ],
)
def test_what_is_no_table_is_refused_by_its_path(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(DatasetError) as told:
        wb.load_logs(path)
    assert name in str(told.value) and message in str(told.value)


def test_half_characters_of_json_lines_are_spelled_out(rows, tmp_path):
    path = tmp_path / "logs.jsonl"
    records = rows.where(rows.notna(), None).to_dict("records")
    lines = [json.dumps({**row, "user": HALF + row["user"], "input": HALF}) for row in records]
    path.write_text("\n".join(lines), "utf-8")
    logs, trial, _ = said(path)
    assert trial.examples("thumbs down", limit=3)[0].inputs["message"]
    foreseen = wb.forecast(logs, share=1.0)
    assert foreseen.users == len(np.unique(rows["user"]))
