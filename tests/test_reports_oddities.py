"""Reports of runs that went otherwise than planned, and of real ones: what is missing is said."""

import math
import re

import pytest
from sample_runs import alter_critic, answer, critic_file, judge, prompt_file, triage_run
from test_reports import rows_of, run, text_of

import workbench as wb
from workbench import compare, load_prompt, testing
from workbench.reports.onefile import report

__all__ = ["run"]


def test_a_run_that_ended_early_says_what_is_kept(tmp_path):
    run = triage_run(tmp_path, count=20)
    for row in range(40, 60):
        answer(run, row, "unsent")
    run.stopped = "the budget of $1.00 is spent"
    said = text_of(report(run, tmp_path))
    assert (
        "The run ended early: the budget of $1.00 is spent. Asked for again, it goes on from there."
        in said
    )


def test_one_row_is_not_told_in_the_plural(tmp_path):
    said = text_of(report(triage_run(tmp_path, count=1), tmp_path / "r", rows="all"))
    assert "This report carries the one row." in said
    assert ", 1 example, 1 answer to each" in said
    assert not re.search(r"(?<![\d.,])1 (rows|examples|answers)", said)


def test_a_comparison_of_a_run_that_ended_early_says_what_is_missing(tmp_path):
    run = triage_run(tmp_path, count=60)
    run.stopped = (
        "the budget of $1.00 does not cover another call, of up to $0.01: raise it to go on"
    )
    for row in [row for row, example in enumerate(run.columns["example"]) if example >= "m-00020"]:
        answer(run, row, "unsent")
        judge(run, row, math.nan)
    said = text_of(report(compare(run, "right_queue", baseline="v1"), tmp_path / "r"))
    assert "The run ended early: 120 of 180 answers were not asked for." in said
    assert re.search(r"A critic, right_queue, judged \d\d of \d+ answers with yes or no", said)
    assert (
        "Next step. Run again: only what is missing is asked for. "
        "The run ended early: the budget of $1.00" in said
    )
    assert "120 of 180" not in said.partition("Leaderboard")[2].partition("Critic")[0]
    assert "$0.09" in said  # what answers cost is known from those that came


def test_a_critic_for_which_less_is_better_has_marks_that_say_who_passes(tmp_path):
    run = triage_run(tmp_path, count=30)
    alter_critic(run, scale=wb.Scale(0, 1, higher_is_better=False))
    said = text_of(report(compare(run, "right_queue", baseline="v1"), tmp_path / "r", rows="all"))
    assert "✓ where an answer passes right_queue, ✗ where it fails" in said


async def real_run(folder):
    """Two prompts on four examples, twice each, answered and judged by a loopback endpoint; one
    answer is malformed.
    """

    def script(ask):
        if "right queue" in ask.text:
            return testing.Reply("yes", probabilities={"yes": 0.9, "no": 0.1})
        return (
            "no JSON"
            if "message 3" in ask.text and "twice" in ask.system
            else '{"queue": "billing"}'
        )

    outputs = "outputs: [{name: queue, kind: string}]\n"
    prompts = [
        load_prompt(prompt_file(folder, name, f"Route it, {name}.", more=outputs))
        for name in ("once", "twice")
    ]
    asked = [
        wb.Example(f"m{k}", {"message": f"message {k}"}, {"queue": "billing"}, {"k": str(k % 2)})
        for k in range(4)
    ]
    with testing.serve(script) as server:
        critics = [wb.Rubric.load(critic_file(folder), server.model("judge")), wb.Exact("queue")]
        return await wb.run(
            prompts, asked, server.model("actor"), critics, repeats=2, store=folder / "store.db"
        )


async def test_a_real_run_is_reported_with_repeats_raw_replies_and_failures(tmp_path):
    run = await real_run(tmp_path)
    path = report(compare(run, "right_queue", baseline="once"), tmp_path / "out")
    data = rows_of(path)
    assert data["id"] == [f"m{k} · {repeat}" for k in range(4) for repeat in (1, 2)]
    assert data["raw"][0][0] == ["right_queue: yes"]
    assert data["cells"][1]["status"].count("malformed") == 2
    assert data["cells"][0]["head"] == ["billing"] * 8
    said = text_of(path)
    assert "How it was read: 14 scores from the probabilities of its answer words." in said
    assert "twice: 2 malformed." in said


async def test_a_run_read_back_from_the_store_gives_the_same_rows(tmp_path):
    run = await real_run(tmp_path)
    again = wb.load_run(run.id, tmp_path / "store.db")
    first, second = (
        rows_of(report(each, tmp_path / name)) for each, name in ((run, "a"), (again, "b"))
    )
    assert first == second


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ({"a": [0.5] * 20}, "Nothing to compare: a is the only variant."),
        ({"a": ["error"] * 20, "b": ["timeout"] * 20}, "b: inconclusive. No score for 20 of 20."),
        (
            {"a": [math.nan] * 20, "b": [math.nan] * 20},
            "40 verdicts could not be read; those answers have no score.",
        ),
        ({"a": [0.5], "b": [0.5]}, "Which examples prompt should ship?"),
        ({"a": [0.0] * 20, "b": [1.0] * 20}, "b won 20 examples against a and lost 0; none came"),
        (
            {f"v{k}": [(7 * k * n % 11) / 11 for n in range(20)] for k in range(9)},
            "Two others: see the leaderboard.",
        ),
    ],
)
def test_odd_comparisons_are_reported_without_a_fuss(make_run, tmp_path, scores, said):
    run = make_run(scores)
    assert said in text_of(
        report(compare(run, "good", baseline=next(iter(scores))), tmp_path, rows="all")
    )


def test_rows_that_were_not_sent_are_neither_failed_nor_free(tmp_path):
    """A run stopped after 33 of its 120 rows."""
    run = triage_run(tmp_path, count=40)
    for row in range(120):
        if row % 40 >= 11:
            answer(run, row, "unsent")
            judge(run, row, math.nan)
            judge(run, row, math.nan, critic="exact")
    run.stopped = "stopped"
    asked = [row for row in range(120) if row % 40 < 11]
    assert [run.columns["status"][row] for row in asked] == ["ok"] * 33
    costs = [run.columns["cost"][row] for row in asked if row < 40]
    each = f"${1000 * sum(costs) / 11:.2f}"
    choice = compare(run, "right_queue", baseline="v1")
    pages = report(run, tmp_path / "a"), report(choice, tmp_path / "b")
    for page in pages:
        text = page.read_text()
        assert re.findall(r'data-l="Failed">([^<]*)<', text) == ["0\u202f%"] * 3
        assert each in text
    assert "33 of 120 rows were answered: 87 unsent." in text_of(pages[0])
    assert "87 of 120 answers were not asked for." in text_of(pages[1])


def test_of_prompts_whose_text_is_not_known_nothing_is_shown(tmp_path):
    rows = [{"prompt": name, "example": n, "right": n % 2} for name in "ab" for n in range(20)]
    choice = compare(wb.Run.of(rows, critics={"right": wb.Scale()}), "right", baseline="a")
    page = report(choice, tmp_path).read_text()
    assert "<h3>Prompts</h3>" not in page and "Differences between prompts" not in page
    assert "<dt>Code</dt>" not in page and "<dt>Examples</dt>" in page


def of_prompts(count):
    rows = [
        {"prompt": f"p{n}", "example": k, "right": float((k + n) % 3 > 0), "output": "a"}
        for n in range(count)
        for k in range(30)
    ]
    return wb.Run.of(rows, critics={"right": wb.Scale()})


def test_many_variants_are_counted_on_top_and_named_below(tmp_path):
    choice = compare(of_prompts(8), "right", baseline="p0")
    said = text_of(report(choice, tmp_path))
    assert "Eight variants of the rows prompt answered the same 30 examples" in said
    alone = text_of(report(of_prompts(8), tmp_path / "r.html"))
    assert "What 8 prompts answered on rows" in alone


def test_what_is_said_of_every_prompt_alike_is_not_said_in_the_leaderboard(tmp_path):
    alike = compare(of_prompts(2), "right", baseline="p0")
    assert "its text is not known here" not in text_of(report(alike, tmp_path / "alike.html"))
    told = compare(triage_run(tmp_path, count=30), "right_queue", baseline="v1")
    assert "rules and four examples" in text_of(report(told, tmp_path / "told.html"))
