"""Labels: given, drawn, exchanged; a skip is kept and a debug label never counts."""

import json
import math
import sqlite3
from dataclasses import replace

import pytest
from sample_runs import alter_critic

import workbench as wb
from workbench.errors import DatasetError, TooFewLabels, WorkbenchError
from workbench.labels.joined import Given, records_of
from workbench.runs import Run


@pytest.fixture
def run(make_run):
    return make_run(
        {"v1": [i / 30 for i in range(30)], "v2": [0.5] * 28 + ["timeout", "malformed"]}
    )


def test_a_label_outlives_its_run_by_critic_example_and_output(run, make_run):
    wb.labels.add(run, "good", 3, 1, rater="ann")
    [record] = run.store.labels("good")
    assert (record["example"], record["rater"], record["value"], record["blind"]) == (
        "e0003",
        "ann",
        1.0,
        True,
    )
    assert record["context"]["prompt"] == "v1"
    assert record["shown_score"] is None or math.isnan(record["shown_score"])


def test_a_draw_goes_example_by_example_and_leaves_out_what_has_no_answer_or_a_label(run):
    drawn = wb.labels.draw(run, "good", rater="ann")
    assert len(drawn.rows) == 58
    assert {run.columns["example"][row] for row in drawn.rows[:2]} == {
        run.columns["example"][drawn.rows[0]]
    }
    wb.labels.add(run, "good", drawn.rows[0], 1, rater="ann")
    wb.labels.add(run, "good", drawn.rows[1], None, rater="ann")
    again = wb.labels.draw(run, "good", rater="ann")
    assert set(again.rows) == set(drawn.rows) - set(drawn.rows[:2])
    assert len(wb.labels.draw(run, "good", rater="bob").rows) == 58


def test_a_text_that_several_variants_gave_is_asked_for_once_and_its_label_is_joined_to_all(
    make_run,
):
    texts = {"v1": ["yes", "no", "a"], "v2": ["yes", "no", "b"], "v3": ["yes", "so", "b"]}
    run = make_run({name: [0.5] * 3 for name in texts}, outputs=texts)
    drawn = wb.labels.draw(run, "good", rater="ann")
    assert sorted(drawn.rows) == [0, 1, 2, 5, 7]  # each the first variant's row that holds the text
    assert drawn.selection["of"] == 3  # examples are what is drawn
    wb.labels.add(run, "good", 0, 1, rater="ann")
    assert [row for row, label in enumerate(Given.of(run, "good").rows) if label == 1] == [0, 3, 6]
    assert sorted(wb.labels.draw(run, "good", rater="ann").rows) == [1, 2, 5, 7]


def test_a_stratified_draw_weighs_examples_by_all_their_answers_however_alike(make_run):
    texts = {"v1": ["same"] * 9, "v2": ["same"] * 9}
    run = make_run(
        {"v1": [i / 9 for i in range(9)], "v2": [i / 9 for i in range(9)]}, outputs=texts
    )
    drawn = wb.labels.draw(run, "good", rater="ann", method="stratified")
    assert sorted(drawn.rows) == list(range(9))
    assert sorted(row // 3 for row in drawn.rows[:3]) == [0, 1, 2]


def test_finalists_alone_are_drawn_and_a_seed_fixes_the_order(run):
    drawn = wb.labels.draw(run, "good", rater="ann", variants=["v2"], seed=5)
    assert {run.columns["prompt"][row] for row in drawn.rows} == {"v2"}
    assert drawn == wb.labels.draw(run, "good", rater="ann", variants=["v2"], seed=5)
    assert drawn.rows != wb.labels.draw(run, "good", rater="ann", variants=["v2"], seed=6).rows


def test_a_stratified_draw_holds_low_middle_and_high_scores_from_the_start(run):
    drawn = wb.labels.draw(run, "good", rater="ann", variants=["v1"], method="stratified")
    first = [run.columns["good"][row] for row in drawn.rows[:9]]
    assert [sum(low <= score < low + 1 / 3 for score in first) for low in (0, 1 / 3, 2 / 3)] == [
        3,
        3,
        3,
    ]


def test_labels_travel_as_json_lines_and_arrive_once(run, tmp_path):
    wb.labels.add(run, "good", 0, 1, rater="ann")
    wb.labels.add(run, "good", 1, None, rater="ann")
    path = wb.labels.write("good", tmp_path / "good.labels.jsonl", run.store)
    other = wb.Store(tmp_path / "other.db")
    assert wb.labels.read(path, other) == 2
    assert wb.labels.read(path, other) == 0
    assert [(r["example"], r["skipped"]) for r in other.labels("good")] == [
        ("e0000", False),
        ("e0001", True),
    ]


def test_a_foreign_label_may_carry_the_output_itself(run, tmp_path):
    output = run.columns["output"][0]
    record = {"critic": "good", "example": "e0000", "output": output, "rater": "ann", "value": 1}
    (tmp_path / "in.jsonl").write_text(json.dumps(record) + "\n\n")
    wb.labels.read(tmp_path / "in.jsonl", run.store)
    [stored] = run.store.labels("good")
    again = wb.labels.add(run, "good", 0, 0, rater="ann")
    assert stored["output_hash"] == again["output_hash"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{broken", "line 2: not a label"),
        (
            '{"critic": "good", "example": "e1", "rater": "a", "value": 1}',
            "needs critic, example, output",
        ),
        (
            '{"critic": "q", "example": "e", "output": "o", "rater": "a", "value": "yes"}',
            "'yes' is no number",
        ),
        (
            '{"critic": "q", "example": "e", "output": "o", "rater": "a", "value": 1, '
            '"purpose": "x"}',
            "'x' is none",
        ),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_imported(run, tmp_path, line, said):
    good = '{"critic": "q", "example": "e", "output": "o", "rater": "a", "value": 1}'
    (tmp_path / "in.jsonl").write_text(f"{good}\n{line}\n")
    with pytest.raises(DatasetError, match=said):
        wb.labels.read(tmp_path / "in.jsonl", run.store)
    assert run.store.labels("q") == []


def test_agreement_needs_two_raters(run):
    wb.labels.add(run, "good", 0, 1, rater="ann")
    with pytest.raises(TooFewLabels, match="needs a second rater"):
        wb.labels.raters("good", run.store)


# What a label may say


def test_a_label_lies_on_the_scale_of_its_critic(run):
    for value in (7, -1, math.inf, math.nan):
        with pytest.raises(
            WorkbenchError,
            match=rf"label {value:g} for 'good' is off its scale: give a number from 0 to 1",
        ):
            wb.labels.add(run, "good", 0, value, rater="ann")
    alter_critic(run, "good", scale=wb.Scale(1.0, 5.0))
    with pytest.raises(WorkbenchError, match="a number from 1 to 5"):
        wb.labels.add(run, "good", 0, 0, rater="ann")
    wb.labels.add(run, "good", 0, 4, rater="ann")
    assert [record["value"] for record in run.store.labels("good")] == [4.0]


def test_a_name_that_no_critic_has_takes_any_finite_number(run):
    wb.labels.add(run, "polite", 0, 7, rater="ann")
    with pytest.raises(
        WorkbenchError, match="label inf for 'polite' is off its scale: give any finite number"
    ):
        wb.labels.add(run, "polite", 0, math.inf, rater="ann")


@pytest.mark.parametrize(
    ("value", "critic"), [("7", "good"), ("Infinity", "polite"), ("NaN", "polite")]
)
def test_an_imported_label_off_its_scale_is_refused_by_its_line(run, tmp_path, value, critic):
    line = '{{"critic": "{}", "example": "e", "output": "o", "rater": "a", "value": {}}}\n'
    (tmp_path / "in.jsonl").write_text(line.format("good", 1) + line.format(critic, value))
    with pytest.raises(
        DatasetError, match=rf"in.jsonl, line 2: label .* for '{critic}' is off its scale"
    ):
        wb.labels.read(tmp_path / "in.jsonl", run.store, run=run)
    assert run.store.labels("good") == []


def test_an_imported_label_is_held_to_the_run_it_names(run, tmp_path):
    run.store.begin_run(run.id, 0.0, run.meta.plain, [])
    record = {
        "critic": "good",
        "example": "e",
        "output": "o",
        "rater": "a",
        "value": 3,
        "context": {"run": run.id},
    }
    (tmp_path / "in.jsonl").write_text(json.dumps(record))
    with pytest.raises(DatasetError, match="line 1: label 3 for 'good'"):
        wb.labels.read(tmp_path / "in.jsonl", run.store)


def test_a_row_labelled_to_debug_is_drawn_all_the_same(run):
    wb.labels.add(run, "good", 3, 1, rater="ann", purpose="debug")
    assert len(wb.labels.draw(run, "good", rater="ann").rows) == 58


def test_the_last_label_of_a_rater_counts_and_raters_are_averaged(run):
    for value in (1, 0):
        wb.labels.add(run, "good", 0, value, rater="ann")
    assert Given.of(run, "good").rows[0] == 0
    wb.labels.add(run, "good", 0, 1, rater="bob")
    assert Given.of(run, "good").rows[0] == 0.5


def test_a_plan_counts_skips_that_nobody_made_good(run):
    for row in (0, 1, 2):
        wb.labels.add(run, "good", row, None, rater="ann")
    wb.labels.add(run, "good", 2, 1, rater="bob")
    wb.labels.add(run, "good", 3, None, rater="bob", purpose="debug")
    plan = wb.labels.plan(run, "good", 0.1)
    assert plan.skipped == 2
    assert ", guessed before 15 labels; 0 given, " in repr(plan)
    assert repr(plan).endswith(f" {plan.needed} to go; 2 answers skipped")


def test_a_plan_counts_the_labels_of_each_model_apart(tmp_path):
    rows = [
        {"prompt": "v1", "model": model, "example": f"e{i}", "output": f"{model} {i}", "good": 0.5}
        for model in ("small", "large")
        for i in range(40)
    ]
    store = wb.Store(tmp_path / "store.db")
    run = wb.Run.of(rows, critics={"good": wb.Scale()}, store=store)
    for row in (*range(20), *range(40, 46)):
        wb.labels.add(run, "good", row, row % 2, rater="ann")
    assert wb.labels.plan(run, "good", 0.1).given == 6


def test_a_renamed_critic_with_the_same_prompt_keeps_its_labels(run, make_run, tmp_path):
    given = [wb.labels.add(run, "good", row, 1, rater="ann") for row in (0, 1)]
    wb.labels.take_back(run, given[1])
    [rubric] = run.critics
    for name, criterion, kept in (("kind", rubric.prompt, 1), ("other", other_prompt(rubric), 0)):
        plan = replace(run.plan, critics=(replace(rubric, name=name, prompt=criterion),))
        renamed = Run(run.id, plan, run.store, columns={**run.columns, name: run.columns["good"]})
        assert len(records_of(renamed, name)) == kept
        assert sum(not math.isnan(value) for value in Given.of(renamed, name).rows) == kept


def other_prompt(rubric):
    [message] = rubric.prompt.messages
    return replace(rubric.prompt, messages=(replace(message, template="{{ output }}?"),))


# Labels of old, which said `question`


def test_a_file_and_a_row_that_say_question_are_read_and_new_ones_say_critic(run, tmp_path):
    output = run.columns["output"][0]
    old = {"question": "good", "example": "e0000", "output": output, "rater": "ann", "value": 1}
    (tmp_path / "old.jsonl").write_text(json.dumps(old) + "\n")
    assert wb.labels.read(tmp_path / "old.jsonl", run.store, run=run) == 1
    new = {name: value for name, value in old.items() if name != "question"} | {"critic": "good"}
    (tmp_path / "new.jsonl").write_text(json.dumps(new) + "\n")
    assert wb.labels.read(tmp_path / "new.jsonl", run.store, run=run) == 0, "the same label"
    assert Given.of(run, "good").rows[0] == 1
    wb.labels.write("good", tmp_path / "out.jsonl", run.store)
    [written] = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert written["critic"] == "good" and "question" not in written


def test_a_store_of_old_keeps_its_labels(tmp_path):
    """Its column is called `question`."""
    store = wb.Store(tmp_path / "old.db")
    store.close()
    row = "1, 'id1', 'good', 'e0', 'ab', 'ann', 1.0, '', 'estimate', 1, NULL, X'7b7d', X'7b7d', 0"
    with sqlite3.connect(tmp_path / "old.db") as connection:
        columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(label)")]
        assert columns[2] == "question"
        connection.execute(f"INSERT INTO label VALUES ({row})")
    [record] = wb.Store(tmp_path / "old.db").labels("good")
    assert (record["critic"], record["value"]) == ("good", 1.0)
    assert "question" not in record


@pytest.mark.parametrize(
    ("row", "rater", "said"), [(-1, "ann", "no row -1"), (10**6, "ann", "no row"), (0, "", "rater")]
)
def test_a_label_of_no_row_or_by_nobody_is_refused(run, row, rater, said):
    with pytest.raises(WorkbenchError, match=said):
        wb.labels.add(run, "right_queue", row, 1, rater=rater)
