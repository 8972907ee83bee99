"""An improvement on show: its sentence, who came of whom, and what each prompt changed, as text."""

import re
from dataclasses import replace
from pathlib import Path

import workbench as wb
from workbench.datasets import Dataset, Example
from workbench.improving import Candidate, Improvement
from workbench.improving.improved import Purse
from workbench.improving.parts import Parts
from workbench.improving.proposing import Unusable
from workbench.prompts import read_prompt
from workbench.sections.project import chapter_of


def prompt(name, text):
    return read_prompt(name, f"---\nname: {name}\n---\nuser:\n{{{{ message }}}}\n{text}\n")


def part(name, count):
    return Dataset([Example(f"{name}{n}", {"message": f"{name} {n}"}) for n in range(count)], name)


V1 = prompt("v1", "Which queue?")
FIRST = Candidate("v1-c1", "v1", prompt("v1-c1", "Which <b>queue</b>?"), ("s1", "s2"), 0.04, 75)
SECOND = Candidate("v1-c2", "v1-c1", prompt("v1-c2", "Be exact."), ("s3",), -0.2, 15, left="search")
MADE = Improvement(
    id="i1",
    baseline=V1,
    dataset="triage",
    model="actor",
    proposer="strong",
    critic="exact",
    method="reflect",
    seed=3,
    parts=Parts(part("s", 75), part("e", 75), part("c", 150)),
    candidates=(replace(FIRST, accepted=True, select=-0.01, select_rows=75), SECOND),
    unusable=(Unusable("it reads <i>all</i>", "x"),),
    winner=None,
    claimed=float("nan"),
    by_luck=0.031,
    actor=Purse(1.5, 390),
    proposals=Purse(0.3, 3),
    budget=5.0,
    ended="tries",
    why="",
    folder=Path("candidates"),
)


def drawn(made=MADE):
    return str(wb.show(made).twin())


def test_the_sentence_says_what_was_found_and_what_it_cost():
    assert MADE.sentence == (
        "Nothing to confirm: no prompt was ahead on the select rows. 2 tried, $1.80."
    )
    assert "<b>Nothing to confirm: no prompt was ahead on the select rows.</b> 2 tried" in drawn()
    assert "$1.50 for 390 answers and their verdicts; $0.30 for 3 proposals." in drawn()
    assert "the best of 2 equal prompts would have shown about +3.1" in drawn()


def test_a_node_leads_to_the_text_that_its_prompt_changed():
    page = drawn()
    for name in re.findall(r'<a class="over" href="#([\w-]+)"', page):
        assert f'<div id="{name}" class="diff text">' in page
    assert page.count('class="over"') == 2
    assert "v1-c1 after v1" in page
    assert "Which &lt;b&gt;queue&lt;/b&gt;?" in page
    assert "Written on the failures of s1 and s2." in page


def test_text_of_models_is_never_markup():
    page = drawn()
    assert "<b>queue" not in page
    assert "<i>all" not in page
    assert "it reads &lt;i&gt;all&lt;/i&gt;" in page


def test_where_a_prompt_came_to_is_said():
    page = drawn()
    assert "not the best on select" in page
    assert "left during search" in page


def test_nothing_tried_has_no_picture():
    page = drawn(replace(MADE, candidates=(), ended="no usable proposal"))
    assert "<svg" not in page
    assert "no proposal was a new prompt" in page


def test_what_was_stopped_says_so_and_how_to_go_on():
    made = replace(MADE, ended="stopped", why="the budget of $1.00 does not cover another call")
    assert made.sentence.startswith("Not finished: the budget of $1.00 does not cover")
    assert "it goes on from there" in made.next_step


def test_it_is_a_chapter_of_a_project_and_bears_on_nothing_where_nothing_is_confirmed(tmp_path):
    chapter = chapter_of(MADE, "v1")
    assert (chapter.question, chapter.stance, chapter.ships) == ("improvement", "", "")
    assert chapter.evidence == "2 prompts tried beside v1"
    page = wb.report(MADE, tmp_path / "page.html").read_text("utf-8")
    assert "Nothing to confirm: no prompt was ahead on the select rows." in page
