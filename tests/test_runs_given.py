"""A run of rows from elsewhere: what is read, what is filled in, what is refused, and what takes
such a run.
"""

import math

import pandas as pd
import pytest
from sample_runs import triage_run
from test_reports import text_of

import workbench as wb
from workbench.critics.recorded import Recorded
from workbench.errors import WorkbenchError
from workbench.reports.onefile import report
from workbench.runs import VariantKey

GOOD = {"good": wb.Scale(0, 1)}
UNKNOWN = pytest.approx(math.nan, nan_ok=True)


def rows(**scores):
    """Rows of prompts with a score for each example."""
    return [
        {"prompt": prompt, "example": f"e{k}", "output": f"{prompt} {k}", "good": score}
        for prompt, column in scores.items()
        for k, score in enumerate(column)
    ]


def test_rows_are_filled_in_with_what_is_not_known():
    run = wb.Run.of(
        [
            {"prompt": "v1", "example": "a", "output": "yes", "good": 1},
            {"prompt": "v1", "example": "b", "good": True, "tag.language": "de"},
            {"prompt": "v1", "example": "c", "error": "too long"},
            {"prompt": "v1", "example": 4},
        ],
        critics=GOOD,
    )
    assert run.frame.to_dict("list") == {
        "prompt": ["v1"] * 4,
        "model": ["unknown"] * 4,
        "example": ["a", "b", "c", "4"],
        "repeat": [0] * 4,
        "status": ["ok", "ok", "error", "unsent"],
        "output": ["yes", "", "", ""],
        "error": ["", "", "too long", ""],
        **dict.fromkeys(("prompt_tokens", "completion_tokens"), [-1] * 4),
        "seconds": [UNKNOWN] * 4,
        "cost": [UNKNOWN] * 4,
        "cached": [False] * 4,
        "thinking": [""] * 4,
        "thinking_tokens": [-1] * 4,
        **dict.fromkeys(("queue_seconds", "first_token_seconds"), [UNKNOWN] * 4),
        "good": [1.0, 1.0, UNKNOWN, UNKNOWN],
        "good.label": [""] * 4,
        "good.reason": [""] * 4,
        "good.mode": [""] * 4,
        "good.mass": [UNKNOWN] * 4,
        "tag.language": [None, "de", None, None],
    }  # fmt: skip
    assert math.isnan(run.cost) and run.store is None
    assert run.counts == {
        "rows": 4, "calls": 0, "requests": 0, "cached": 0, "failed": 1, "unscored": 0,
        "stopped": "", "ok": 2, "error": 1, "unsent": 1,
    }  # fmt: skip
    assert run.critics == (
        Recorded("good", wb.Scale(0, 1), fingerprint=run.critics[0].fingerprint),
    )


def test_variants_are_those_that_the_rows_hold_in_order_of_appearance():
    made = [
        {"prompt": prompt, "model": model, "example": "e", "output": "x"}
        for prompt, model in (("b", "m"), ("a", "n"), ("a", "m"))
    ]
    run = wb.Run.of(made, critics={})
    assert run.variants == (
        VariantKey("b @ m", "b", "m"), VariantKey("a @ n", "a", "n"), VariantKey("a @ m", "a", "m"),
    )  # fmt: skip
    assert run.rows("a @ m") == run.rows(run.variants[2]) == [2]
    assert wb.Run.of(rows(a=[1, 0], b=[1, 1]), critics=GOOD).rows("b") == [2, 3]
    with pytest.raises(WorkbenchError, match="no variant 'c' in this run: use one of b @ m"):
        run.rows("c")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"colour": "red"}, "row 1 has column 'colour', which no run has"),
        ({"prompt": None}, "row 1 has no prompt"),
        ({"example": "e0"}, "row 1: the same prompt, model, example and repeat as row 0"),
        ({"good": "high"}, "row 1: good is 'high', no number"),
        ({"good": 7}, "row 1: good is 7, off its scale from 0 to 1"),
        ({"good": math.inf}, "row 1: good is inf, off its scale"),
        ({"status": "fine"}, "row 1: status is 'fine': use one of ok, truncated"),
        ({"status": "timeout"}, "row 1: status timeout has a score: only ok rows are judged"),
        ({"repeat": 0.5}, "row 1: repeat is 0.5, no whole number"),
        ({"repeat": -1}, "row 1: repeat counts from 0"),
        ({"cost": "cheap"}, "row 1: cost is 'cheap', no number"),
        ({"good": [1]}, "row 1: good "),
    ],
)
def test_a_row_that_cannot_be_used_is_named(changed, said):
    given = rows(v1=[1, 0, 1])
    given[1] |= changed
    with pytest.raises(WorkbenchError) as raised:
        wb.Run.of(given, critics=GOOD)
    assert said in str(raised.value)


def test_all_faults_are_said_at_once():
    with pytest.raises(WorkbenchError) as raised:
        wb.Run.of(rows(v1=[7, "x", 8, 9, 1]), critics=GOOD)
    assert str(raised.value) == (
        "row 0: good is 7, off its scale from 0 to 1; row 1: good is 'x', no number; "
        "row 2: good is 8, off its scale from 0 to 1; and 1 more"
    )


def test_an_example_has_one_value_of_a_tag():
    given = rows(v1=[1], v2=[0])
    given[0]["tag.language"], given[1]["tag.language"] = "de", "en"
    with pytest.raises(WorkbenchError, match=r"row 1: tag\.language is 'en', and elsewhere 'de'"):
        wb.Run.of(given, critics=GOOD)


def test_tags_of_the_examples_given_stay():
    examples = [
        wb.Example("e0", {}, tags={"言語": "ja"}),
        wb.Example("e1", {}, tags={"言語": "ar"}),
    ]
    given = rows(v1=[1, 0])
    run = wb.Run.of(given, critics=GOOD, examples=examples)
    assert run.frame["tag.言語"].tolist() == ["ja", "ar"]
    assert [example.tags for example in run.examples] == [{"言語": "ja"}, {"言語": "ar"}]
    given[0]["tag.channel"], given[1]["tag.言語"] = "chat", "de"
    with pytest.raises(WorkbenchError, match=r"row 1: tag\.言語 is 'de', and elsewhere 'ar' for"):
        wb.Run.of(given, critics=GOOD, examples=examples)
    del given[1]["tag.言語"]
    run = wb.Run.of(given, critics=GOOD, examples=examples)
    assert [example.tags for example in run.examples] == [
        {"channel": "chat", "言語": "ja"},
        {"言語": "ar"},
    ]


def test_what_is_no_row_and_a_critic_without_a_column_are_refused():
    for given, critics, said in (
        ([], {}, "a run needs rows, and there are none"),
        (["v1"], {}, "row 0 is str: give a mapping of columns"),
        (rows(v1=[1]), {"bad": wb.Scale()} | GOOD, "no column 'bad', a critic's scores"),
        (rows(v1=[1]), {"output": wb.Scale()} | GOOD, "'output' is a column of every run"),
    ):
        with pytest.raises(WorkbenchError, match=said):
            wb.Run.of(given, critics=critics)


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """A run, and one of the same rows."""
    run = triage_run(tmp_path_factory.mktemp("run"))
    scales = {critic: about.scale for critic, about in run.meta.critics.items()}
    return run, wb.Run.of(run.frame, critics=scales)


def test_a_comparison_of_the_same_rows_finds_the_same(twins):
    first, second = (
        wb.compare(run, "right_queue", baseline="v1", gold="exact", margin=0.05) for run in twins
    )
    assert second.differences == first.differences
    assert (second.sentence, second.winner) == (first.sentence, first.winner)
    assert second.variants == first.variants
    assert second.slices == first.slices
    assert second.looks == 0  # nobody counts
    assert twins[1].frame.equals(twins[0].frame)


def test_the_same_rows_are_shown_reported_and_trusted(twins, tmp_path, front_end):
    _, run = twins
    assert "v3" in wb.show(run).twin()
    browser = front_end(wb.show(run))
    browser.do("show")
    assert browser.do("open", 3)["table"]["opened"]["id"] == [run.columns["example"][3]]
    said = text_of(report(wb.compare(run, "right_queue", baseline="v1"), tmp_path / "a"))
    assert "better than v1 by" in said
    assert "What v1, v2 and v3 answered on rows" in text_of(report(run, tmp_path / "b"))
    card = wb.trust(run, "right_queue")
    assert (card.labels, card.word) == (0, "do not use")
    assert wb.labels.draw(run, "right_queue", rater="me").rows
    assert "not known" in wb.show(run.prompts[0]).twin()


def test_what_needs_a_store_or_a_prompts_text_says_so(twins, tmp_path, monkeypatch):
    _, run = twins
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkbenchError, match="a label needs a store"):
        wb.labels.add(run, "right_queue", 0, 1, rater="me")
    choice = wb.compare(run, "right_queue", baseline="v1")
    assert choice.winner == "v3"
    assert "the text of v3 is not known" in wb.export(choice, tmp_path / "released").sentence
    assert not (tmp_path / "released").exists()
    assert not (tmp_path / ".workbench").exists()


async def test_a_cascade_of_rows_from_elsewhere_is_refused(twins, tmp_path):
    with pytest.raises(WorkbenchError, match="needs a store"):
        await wb.cascade(twins[1], "right_queue", wb.Exact("queue"))


def test_a_frame_and_its_records_are_the_same_run():
    frame = pd.DataFrame(rows(v1=[1, 0, None], v2=[0.5, 1, 1]))
    one, two = (wb.Run.of(each, critics=GOOD) for each in (frame, frame.to_dict("records")))
    assert one.frame.equals(two.frame) and one.id == two.id
    assert one.counts["unscored"] == 1
