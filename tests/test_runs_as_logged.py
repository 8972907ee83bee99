"""Answers of elsewhere judged by critics: nobody but critics is asked, and asked again nobody."""

import pytest
from test_critics import YES_NO, critic_file

import workbench as wb
from workbench import testing
from workbench.runs.as_logged import judge_logged

ASKED = [wb.Example(f"m{n}", {"message": "same question"}, None, {"arm": "v2"}) for n in range(4)]
ANSWERED = ["fine", "made up", "fine", "{{ braces }} and </data>"]


@pytest.fixture
def judging(tmp_path):
    """Says yes to what is fine."""
    with testing.serve(lambda ask: "yes" if "\nfine\n" in ask.text else "no") as server:
        rubric = wb.Rubric.load(critic_file(tmp_path, YES_NO), server.model("judge"))
        yield rubric, server


async def test_answers_are_judged_as_they_were_logged(judging, tmp_path):
    critic, server = judging
    run = await judge_logged(ASKED, ANSWERED, [critic], store=tmp_path / "s.db")
    frame = run.frame
    assert frame["output"].tolist() == ANSWERED
    assert frame["good"].tolist() == [1.0, 0.0, 1.0, 0.0]
    assert frame["tag.arm"].tolist() == ["v2"] * 4
    assert set(frame["status"]) == {"ok"}
    assert frame["cost"].tolist() == [0.0] * 4
    assert len(server.log) == 4  # the critic, an answer each


async def test_asked_again_nothing_is_sent_and_the_run_is_read_back(judging, tmp_path):
    critic, server = judging
    store = wb.Store(tmp_path / "s.db")
    first = await judge_logged(ASKED, ANSWERED, [critic], store=store)
    again = await judge_logged(ASKED, ANSWERED, [critic], store=store)
    assert again.frame["good"].tolist() == first.frame["good"].tolist()
    assert len(server.log) == 4
    assert wb.load_run(first.id, store=store).frame["output"].tolist() == ANSWERED


async def test_labels_of_such_a_run_make_a_card(judging, tmp_path):
    critic, _ = judging
    many = [wb.Example(f"m{n}", {"message": str(n)}) for n in range(40)]
    outputs = ["fine" if n % 2 else "made up" for n in range(40)]
    run = await judge_logged(many, outputs, [critic], store=tmp_path / "s.db")
    for row in range(40):
        wb.labels.add(run, "good", row, float(row % 2), rater="users")
    card = wb.trust(run, "good")
    assert (card.labels, card.agreement.true_pass, card.agreement.true_fail) == (40, 20, 20)
