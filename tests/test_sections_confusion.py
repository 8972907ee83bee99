"""The confusion matrix: what it says, what it colours, and the same drawing in view and report."""

import re

import pytest
from front_end import HOSTILE, assert_safe
from sample_runs import examples, triage_run

import workbench as wb
from workbench.datasets import Dataset, Example
from workbench.sections.confusion import Confusions, cell_data, confusion
from workbench.sections.grid import Grid
from workbench.sections.subject import Subject


def outputs(example, variant, queue):
    """v3 takes some billing for delivery; the rest as the skill of each variant has it."""
    number = int(example.id.removeprefix("m-"))
    if variant == "v3" and example.expected["queue"] == "billing" and number % 3 == 0:
        return "delivery"
    return queue


@pytest.fixture(scope="module")
def choice(tmp_path_factory):
    run = triage_run(tmp_path_factory.mktemp("confusion"), count=120, outputs=outputs)
    return wb.compare(run, "right_queue", baseline="v1", margin=0.05, gold="exact")


def found(choice):
    return Confusions.of(Subject(choice))


def test_the_commonest_error_is_said_first_in_counts(choice):
    counts = found(choice).classes.confusions["v3"].counts
    row = counts[found(choice).classes.names.index("billing")]
    wrong = row[found(choice).classes.names.index("delivery")]
    assert str(found(choice).sentences()[0]) == (
        f"<b>v3 takes billing for delivery in {wrong} of {sum(row)}.</b>"
    )
    assert str(found(choice).sentences()[1]).startswith("v1 takes ")


def test_one_cell_of_each_table_is_orange_and_it_is_the_commonest_error(choice):
    for name, table in found(choice).tables():
        [(cell, count)] = re.findall(r'class="bad"[^>]*data-cell="(.*?)"[^>]*>(\d+)<', str(table))
        right, given = found(choice).classes.confusions[name].worst
        assert cell.split()[1:] == [str(right), str(given)]
        assert int(count) == found(choice).classes.confusions[name].counts[right][given]


def test_the_wash_of_a_cell_goes_by_the_share_of_its_row(choice):
    table = str(dict(found(choice).tables())["v3"])
    counts = found(choice).classes.confusions["v3"].counts
    for right, row in enumerate(counts):
        [step] = re.findall(rf'class="s(\d)" data-l="[^"]*" data-cell="2 {right} {right}"', table)
        share = row[right] / sum(row)
        assert int(step) == sum(share >= each for each in (0.04, 0.25, 0.5, 0.7, 0.9))


def test_view_and_report_draw_one_table(choice, tmp_path):
    report = wb.report(choice, tmp_path, rows="all").read_text()
    tables = found(choice).tables(opens=True)
    assert [name for name, _ in tables] == ["v3", "v1", "v2"]
    for _, table in tables:
        assert str(table) in report
    assert str(found(choice).tables()[0][1]) in wb.show(choice).twin()


def test_where_nothing_opens_nothing_says_so(choice, tmp_path):
    says = "A cell opens its rows."
    assert says in wb.report(choice, tmp_path, rows="all").read_text()
    assert says not in wb.report(choice, tmp_path, rows="none").read_text()
    assert says not in wb.show(choice).twin()
    assert says in wb.show(choice).live()


def test_a_cell_of_the_view_shows_its_rows(choice, front_end):
    view = wb.show(choice)
    assert_safe(view.live())
    right, given = found(choice).classes.confusions["v3"].worst
    shown = front_end(view).do("cell", f"2 {right} {given}")["cell"]
    assert "v3: billing answered with delivery" in shown
    count = found(choice).classes.confusions["v3"].counts[right][given]
    assert shown.count('<tr class="row">') == count
    assert_safe(shown)


def test_every_line_of_the_table_knows_its_cell(choice):
    grid = Grid.of(choice.run)
    data = cell_data(grid, range(120), found(choice).classes)
    assert data["names"][-1] == "none of these"
    for v, name in enumerate(("v1", "v2", "v3")):
        counts = found(choice).classes.confusions[name].counts
        for right, row in enumerate(counts):
            cells = zip(data["right"], data["given"][v], strict=True)
            assert [cell for cell in cells if cell == (right, right)] == [(right, right)] * row[
                right
            ]


def test_without_known_answers_of_few_classes_there_is_no_section(tmp_path):
    asked = Dataset(
        [Example(e.id, e.inputs, {"queue": e.id}, e.tags) for e in examples(30)], "triage"
    )
    choice = wb.compare(triage_run(tmp_path, asked=asked), "right_queue", baseline="v1")
    assert confusion(Subject(choice)) is None
    assert "Which answer for which" not in wb.show(choice).twin()
    assert "Which answer for which" not in wb.report(choice, tmp_path).read_text()


def test_a_comparison_by_the_check_itself_has_the_section(choice):
    by_check = wb.compare(choice.run, "exact", baseline="v1")
    assert "v3 takes billing for delivery" in str(confusion(Subject(by_check)))


def test_hostile_classes_stay_text(tmp_path, front_end):
    queues = [HOSTILE, "plain"]
    asked = [
        Example(e.id, e.inputs, {"queue": queues[n % 2]}, e.tags)
        for n, e in enumerate(examples(20))
    ]
    run = triage_run(
        tmp_path, asked=Dataset(asked, "triage"), outputs=lambda example, name, queue: HOSTILE
    )
    view = wb.show(wb.compare(run, "right_queue", baseline="v1", gold="exact"))
    assert "Which answer for which" in view.twin()
    assert_safe(view.twin())
    assert_safe(view.live())
    assert_safe(front_end(view).do("cell", "0 1 0")["cell"])
