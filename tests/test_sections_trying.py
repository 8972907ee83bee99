"""Fail fast on show: the staircase between its lines, what failed first, and its report."""

import re

import pytest
from sample_runs import a_trying, prompt_file

import workbench as wb
from workbench import testing
from workbench.prompts import load_prompt

NARROW = "\u202f"


@pytest.fixture
async def stopped(tmp_path):
    """A task that fails on every second message, some of them with markup."""
    prompt = load_prompt(prompt_file(tmp_path, "v1", "Which queue?"))
    rows = [wb.Example(f"m{i}", {"message": f"<b>{i}</b>"}, "billing") for i in range(40)]
    with testing.serve(
        lambda ask: "billing" if int(re.search(r">(\d+)<", ask.text)[1]) % 2 else "<i>delivery</i>"
    ) as server:
        yield await wb.fail_fast(
            prompt, wb.Dataset(rows, "triage"), server.model("best"), wb.Exact(), at_least=0.9,
            store=tmp_path / "store.db",
        )  # fmt: skip


def test_the_staircase_ends_at_the_stop_line_and_both_lines_are_named():
    drawn = str(wb.show(a_trying()).twin())
    assert f"<b>Stop:</b> 6 of 10 failed; a task that reaches 80{NARROW}%" in drawn
    assert 'aria-label="Failures of actor against the lines at which a word is said"' in drawn
    assert "stop: 6 of 10</text>" in drawn
    assert "stop line</text>" in drawn
    assert "go line: 20 of 20 right</text>" in drawn
    assert '<g class="worse"><line class="curve"' in drawn


def test_graded_scores_show_the_evidence_against_the_bound():
    drawn = str(wb.show(a_trying(0.9, 0.85, 0.95, 0.9, 0.7, 0.8)).twin())
    assert 'aria-label="Evidence for and against actor reaching the requirement"' in drawn
    assert ">against</text>" in drawn and ">in favour</text>" in drawn
    assert "<b>So far:</b> 85.0 points on average over 6 examples" in drawn


def test_every_example_stands_in_the_table_of_figures():
    rows = re.findall(r'<th scope="row" class="r num">(\d+)</th>', str(wb.show(a_trying()).twin()))
    assert rows == [str(n) for n in range(1, 11)]


async def test_what_failed_first_is_shown_as_text_and_never_as_markup(stopped):
    drawn = str(wb.show(stopped).twin())
    assert stopped.word == "stop"
    assert drawn.index(">m0<") < drawn.index(">m2<") < drawn.index(">m4<")
    assert "&lt;i&gt;delivery&lt;/i&gt;" in drawn and "<i>delivery" not in drawn
    assert ">m1<" not in drawn


async def test_its_report_is_one_file_and_carries_no_text_where_none_is_asked_for(
    stopped, tmp_path
):
    told = wb.report(stopped, tmp_path / "all.html", rows="all").read_text()
    assert "Can best do triage at all?" in told
    assert "Stop:" in told and "What failed first" in told
    silent = wb.report(stopped, tmp_path / "none.html", rows="none").read_text()
    assert "Stop:" in silent
    assert "What failed first" not in silent and "delivery" not in silent


async def test_it_is_one_line_of_the_history(stopped):
    assert list(wb.history(store=stopped.run.store)["run"]) == [stopped.run.id]
