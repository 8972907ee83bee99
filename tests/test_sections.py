"""Sections: what a view and a report show of one noun is one drawing."""

import re

import pytest
from sample_runs import label_some, triage_run

import workbench as wb
from workbench.page.frame import asset
from workbench.sections.decision import decided
from workbench.sections.grid import Grid, Judge, gold_of
from workbench.sections.leaderboard import Board
from workbench.sections.matrix import TWIN_LINES, line_data, table_data, twin
from workbench.sections.slices import forest
from workbench.sections.subject import Subject
from workbench.views.widget import ViewWidget


@pytest.fixture(scope="module")
def choice(tmp_path_factory):
    run = triage_run(tmp_path_factory.mktemp("run"))
    label_some(run)
    return wb.compare(run, "right_queue", baseline="v1", margin=0.05)


def test_the_leaderboard_of_a_view_is_that_of_the_report(choice, tmp_path):
    table = str(Board.of(Subject(choice)).table())
    assert table in wb.report(choice, tmp_path).read_text()
    assert table in wb.show(choice).twin() and table in wb.show(choice).live()


def test_the_decision_is_said_in_the_same_words(choice, tmp_path):
    assert str(decided(Subject(choice))) in wb.show(choice).twin()
    assert str(decided(Subject(choice), linked=True)) in wb.report(choice, tmp_path).read_text()


def test_a_critic_is_held_against_people_in_one_table(choice, tmp_path):
    card = wb.show(wb.trust(choice.run, "right_queue")).twin()
    [table] = re.findall(r'<table class="conf">.*?</table>', card, re.DOTALL)
    assert table in wb.report(choice, tmp_path).read_text()


def test_page_and_widget_run_the_same_table(choice, tmp_path):
    script = asset("sections/answers.js")
    assert script in ViewWidget._esm
    assert script in wb.report(choice, tmp_path).read_text()


def test_the_money_of_a_run_is_told_apart_by_what_took_it(choice, tmp_path):
    page = wb.report(choice, tmp_path / "page.html").read_text()
    assert "$0.24 of a $1.00 budget. Answers took $0.07 of it, verdicts $0.17." in page


def test_few_slices_are_shown_with_flagged_ones_among_them(choice):
    shown = forest(Subject(choice), "v3", most=2)
    assert shown.count('class="sl ') == 3  # with all together
    assert "4 more slices in the report." in shown


def test_a_line_that_a_variant_lacks_is_shown_empty(tmp_path):
    run = triage_run(tmp_path, count=6)
    names = ["prompt", "example", "status", "output", "right_queue"]
    rows = run.frame[names].to_dict("records")
    rows = [row for row in rows if row["prompt"] != "v3" or row["example"] < "m-00002"]
    run = wb.Run.of(rows, critics={"right_queue": wb.Scale()})
    grid, judges = Grid.of(run), Judge.all_of(run)
    assert [grid.rows(line)[2] for line in range(6)] == [12, 13, -1, -1, -1, -1]
    data = table_data(run, grid, range(6), judges, judges[0])
    assert data["cells"][2]["status"][1:3] == [run.columns["status"][13], ""]
    assert data["cells"][2]["mark"][0][2:] == [""] * 4
    assert "m-00005" in twin(run, grid, judges[0])


def test_very_long_texts_of_an_opened_line_are_cut(tmp_path):
    run = triage_run(tmp_path, count=2, outputs=lambda example, name, queue: "x" * 25_000)
    grid, judges = Grid.of(run), Judge.all_of(run)
    opened = line_data(run, grid, 0, judges, judges[0], "v1")
    assert opened["cells"][0]["output"][0].endswith("x\n… 5,000 more characters")


def test_the_table_without_scripts_holds_the_first_lines(choice):
    run = choice.run
    shown = twin(run, Grid.of(run), Judge.all_of(run)[0])
    assert shown.count('<tr class="row">') == TWIN_LINES
    assert "20 of 240 rows; the report holds more." in shown


def test_the_expected_column_holds_what_the_check_compares_with(tmp_path):
    run = triage_run(tmp_path, count=6)
    grid, judges = Grid.of(run), Judge.all_of(run)
    assert gold_of(run) == "exact"
    data = table_data(run, grid, range(6), judges, judges[0], gold="exact")
    queues = [example.expected["queue"] for example in run.examples]
    assert data["right"] == queues
    assert [judge["name"] for judge in data["judges"]][data["gold"]] == "exact"
    assert ">Expected</th>" in twin(run, grid, judges[0], gold="exact")
    assert f'dir="auto">{queues[0]}</td>' in twin(run, grid, judges[0], gold="exact")


def test_without_a_right_answer_there_is_no_expected_column(tmp_path):
    rows = [{"prompt": "v1", "example": str(n), "grade": n / 9} for n in range(9)]
    run = wb.Run.of(rows, critics={"grade": wb.Scale()})
    grid, judges = Grid.of(run), Judge.all_of(run)
    data = table_data(run, grid, range(9), judges, judges[0], gold=gold_of(run))
    assert (data["right"], data["gold"]) == ([""] * 9, -1)
    assert "Expected" not in twin(run, grid, judges[0])


def test_the_marks_of_a_comparison_are_those_of_who_decides(choice, tmp_path):
    run = choice.run
    by_gold = wb.compare(run, "right_queue", baseline="v1", gold="exact")
    for found, judge in ((choice, "right_queue"), (by_gold, "exact")):
        page = wb.report(found, tmp_path).read_text()
        assert f"where an answer passes {judge}" in page


def test_a_mean_of_probabilities_is_called_one_and_a_share_of_passes_is_not(tmp_path):
    run = triage_run(tmp_path, count=60)
    by_critic = str(Board.of(Subject(wb.compare(run, "right_queue", baseline="v1"))).table())
    assert "Mean P(yes), points" in by_critic and "Critic’s score" not in by_critic
    assert "the mean probability that the critic gave to yes, not a share of right" in by_critic
    by_check = str(Board.of(Subject(wb.compare(run, "exact", baseline="v1"))).table())
    assert "Score by exact, points" in by_check and "probability" not in by_check
