"""Who decides, and that all that is said of a comparison says the same."""

import math

import pytest

import workbench as wb
from workbench import testing
from workbench.reports.onefile import report
from workbench.sections.decision import lede
from workbench.sections.leaderboard import Board
from workbench.sections.subject import Subject

HALF = [1.0, 0.0] * 50


def labelled(make_run, count):
    run = make_run({"v1": HALF, "v2": [1.0] * 100})
    for variant, column in enumerate((HALF, [1.0] * 100)):
        for i in range(count):
            how = {"method": "uniform", "seed": 0}
            wb.labels.add(run, "good", 100 * variant + i, column[i], rater="ann", selection=how)
    return run


def test_a_comparison_by_the_check_with_right_answers_is_decided_by_them(make_run):
    truth = {"v1": HALF, "v2": [1.0] * 100}
    choice = wb.compare(make_run(truth, truth=truth), "exact", baseline="v1")
    assert (choice.decided_by, choice.judge_in_words) == ("gold", "exact")
    assert [each.decided_by for each in choice.differences] == ["gold"]
    assert not [note for note in choice.notes if note.kind in ("critic alone", "people beside")]
    assert "A check in code, exact, judged every answer." in lede(Subject(choice))


def copied(count):
    """Of 100 examples each asked `count` times; v2 wins 30 of them and loses 20."""
    gains = [(0.0, 1.0)] * 30 + [(1.0, 0.0)] * 20 + [(1.0, 1.0)] * 50
    examples = [wb.Example(f"{i}", {"text": f"message {i % 100}"}) for i in range(100 * count)]
    rows = [
        {"prompt": prompt, "example": each.id, "right": gains[int(each.id) % 100][side]}
        for side, prompt in enumerate(("v1", "v2"))
        for each in examples
    ]
    run = wb.Run.of(rows, critics={"right": wb.Scale()}, examples=examples)
    return wb.compare(run, "right", baseline="v1")


def test_copies_of_an_example_are_one_piece_of_evidence():
    once, often = copied(1), copied(5)
    assert [each.kind for each in once.notes if each.kind == "copies"] == []
    (note,) = [each for each in often.notes if each.kind == "copies"]
    assert note.count == 400
    (alone,), (told,) = once.differences, often.differences
    assert (alone.decision, told.decision) == ("need more", "need more")
    assert told.interval.low <= alone.interval.low + 0.01


def test_scores_of_elsewhere_are_an_opinion_since_nobody_knows_whose_they_are():
    rows = [
        {"prompt": prompt, "example": str(i), "output": "x", "short": float(prompt == "v2")}
        for prompt in ("v1", "v2")
        for i in range(100)
    ]
    run = wb.Run.of(rows, critics={"short": wb.Scale()})
    assert wb.compare(run, "short", baseline="v1").decided_by == "critic"


async def test_a_check_in_code_is_nobodys_opinion(tmp_path):
    (tmp_path / "v1.prompty").write_text("---\nname: v1\n---\nuser:\n{{ text }}\n")
    (tmp_path / "v2.prompty").write_text("---\nname: v2\n---\nuser:\nBrief: {{ text }}\n")
    prompts = [wb.load_prompt(tmp_path / f"{name}.prompty") for name in ("v1", "v2")]
    examples = [wb.Example(f"e{i}", {"text": str(i)}) for i in range(60)]
    with testing.serve(lambda ask: "a" if "Brief" in ask.text else "a b c d") as server:
        run = await wb.run(
            prompts, examples, server.model(), [wb.Length(at_most=2)], store=tmp_path / "s.db"
        )
    choice = wb.compare(run, "length", baseline="v1")
    assert choice.lead and (choice.decided_by, choice.lead.decision) == ("check", "better")
    page = report(choice, tmp_path / "page.html").read_text()
    for said in ("critic’s own opinion", "nobody has checked", "Nobody has checked"):
        assert said not in page


@pytest.mark.parametrize("count", [5, 15, 29])
def test_before_people_decide_every_score_is_the_critics_own(make_run, count):
    choice = wb.compare(labelled(make_run, count), "good", baseline="v1")
    assert choice.decided_by == "critic"
    assert [variant.corrected for variant in choice.variants] == [False, False]
    [beside] = [note.text for note in choice.notes if note.kind == "people beside"]
    assert "the critic's own opinion" in beside and f"there are {count}" in beside
    assert "Corrected" not in Board.of(Subject(choice)).table()
    assert not [note for note in choice.notes if note.kind == "score not corrected"]


def test_from_thirty_pairs_on_every_score_is_peoples(make_run):
    choice = wb.compare(labelled(make_run, 30), "good", baseline="v1")
    assert choice.decided_by == "labels"
    assert [variant.corrected for variant in choice.variants] == [True, True]


def test_the_score_of_one_variant_alone_is_corrected_by_its_labels(make_run):
    run = make_run({"v1": HALF})
    for i in range(10):
        wb.labels.add(run, "good", i, HALF[i], rater="ann")
    [variant] = wb.compare(run, "good", baseline="v1").variants
    assert variant.corrected and variant.labels == 10


def test_a_critic_whose_verdicts_could_not_be_read_did_not_judge_every_answer(make_run):
    unread = [math.nan] * 60 + HALF[:40]
    truth = {"v1": [0.0] * 100, "v2": [0.0] * 100}
    run = make_run({"v1": unread, "v2": unread}, truth=truth)
    choice = wb.compare(run, "good", baseline="v1", gold="exact")
    assert "A critic, good, judged 80 of 200 answers with yes or no." in lede(Subject(choice))
    assert choice.gold and choice.gold.sentence.startswith(
        "All 80 answers that the critic could be read on are wrong by exact: "
    )


def test_the_one_answer_that_a_critic_judged_is_no_plural(make_run):
    unread = {"v1": [math.nan] * 30, "v2": [1.0] + [math.nan] * 29}
    run = make_run(unread, truth={"v1": [1.0] * 30, "v2": [1.0] * 30})
    choice = wb.compare(run, "good", baseline="v1", gold="exact")
    assert "judged 1 of 60 answers with yes or no." in lede(Subject(choice))
    assert choice.gold and choice.gold.sentence == (
        "The one answer that the critic could be read on is right by exact: whether it can tell "
        "right from wrong is open."
    )


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (0, "All 80 answers that the critic could be read on are wrong by exact: "),
        (1, "The critic knows nothing that these rows could show: against exact, it puts a "),
        (79, "The critic knows nothing that these rows could show: against exact, it puts a "),
        (80, "All 80 answers that the critic could be read on are right by exact: "),
    ],
)
def test_one_right_or_wrong_answer_is_enough_to_ask_what_the_critic_knows(make_run, right, said):
    known = [1.0] * right + [0.0] * (80 - right)
    run = make_run({name: [0.5, 0.7] * 20 for name in ("v1", "v2")},
                   truth={"v1": known[:40], "v2": known[40:]})  # fmt: skip
    assert wb.compare(run, "good", baseline="v1", gold="exact").gold.sentence.startswith(said)


def test_right_answers_decide_where_the_critic_could_not_be_read_at_all(make_run):
    """One reply that can be read would let them; so does none."""
    unread = [math.nan] * 100
    truth = {"v1": [0.0] * 50 + [1.0] * 50, "v2": [1.0] * 100}
    run = make_run({"v1": unread, "v2": unread}, truth=truth)
    choice = wb.compare(run, "good", baseline="v1", gold="exact")
    assert (choice.decided_by, choice.winner) == ("gold", "v2")
    assert wb.compare(run, "good", baseline="v1").differences[0].decision == "inconclusive"
