"""Reading runs: the table of answers, the leaderboard, the labeller, and runs that go on."""

import json
import math
import re
from dataclasses import replace

import pytest
from front_end import assert_safe
from sample_runs import a_race, alter_critic, answer, examples, judge, triage_run

import workbench as wb
from workbench import labels, testing
from workbench.page.markup import Html
from workbench.runs import Progress, unwatched
from workbench.sections.subject import Subject
from workbench.sections.tradeoff import figures
from workbench.views.live import LiveRun, watch
from workbench.views.matrix import Matrix

SAYS_BILLING = wb.Function(lambda output, example: "billing" in output, "says_billing")


def table_of(browser):
    return browser.do("show")["table"]["data"]


def test_the_table_carries_a_line_an_example_and_a_cell_a_variant(labelled, front_end):
    data = table_of(front_end(wb.show(labelled)))
    assert data["variants"] == ["v1", "v2", "v3"]
    assert len(data["id"]) == len(data["texts"]) == len(data["differs"]) == 240
    cells = data["cells"][0]
    assert cells["head"][0] == json.loads(labelled.columns["output"][0])["queue"]
    assert cells["mark"][0][0] == ("yes" if labelled.columns["right_queue"][0] >= 0.5 else "no")
    assert cells["score"][0][0] == pytest.approx(labelled.columns["right_queue"][0], abs=0.005)
    assert "output" not in cells and len(json.dumps(data)) < 240 * 400


def test_a_row_without_a_score_shows_its_status(tmp_path, front_end):
    run = triage_run(tmp_path, count=8)
    answer(run, 0, "malformed")
    judge(run, 0, math.nan)
    cells = table_of(front_end(wb.show(run)))["cells"][0]
    assert cells["status"][0] == cells["mark"][0][0] == "malformed"
    assert '<span class="uns">malformed</span>' in wb.show(run).twin()


def test_rows_on_which_a_person_contradicts_the_critic_can_be_picked_out(labelled, front_end):
    cells = table_of(front_end(wb.show(labelled)))["cells"]
    judged = [
        (word, agrees)
        for each in cells
        for word, agrees in zip(each["person"][0], each["agrees"][0], strict=True)
    ]
    assert {word for word, _ in judged} == {"", "yes", "no"}
    assert all(agrees for word, agrees in judged if not word)
    assert 0 < sum(not agrees for _, agrees in judged) < 60


def test_search_finds_what_the_table_does_not_show(labelled, front_end):
    browser = front_end(wb.show(labelled))
    assert browser.do("search", "customer writes about")["table"]["found"] == list(range(240))
    assert browser.do("search", "ORDER 88017")["table"]["found"] == [17]
    assert browser.do("search", "no such words")["table"]["found"] == []


def test_an_opened_row_carries_every_answer_with_its_reason_and_what_was_sent(labelled, front_end):
    got = front_end(wb.show(labelled)).do("open", 3)["table"]
    opened = got["opened"]
    assert got["row"] == 3 and opened["id"] == ["m-00003"]
    assert [cells["output"] for cells in opened["cells"]] == [
        [labelled.columns["output"][row]] for row in (3, 243, 483)
    ]
    assert all("tokens in," in cells["foot"][0] for cells in opened["cells"])
    assert [judge["name"] for judge in opened["judges"]] == ["right_queue", "exact"]
    assert "language" in [tag["key"] for tag in opened["tags"]]
    assert opened["raw"][0][0][0].startswith("sent, system: Route the message")


def test_another_critic_can_judge_the_table(labelled, front_end):
    data = table_of(front_end(wb.show(labelled)))
    said = {0.0: "no", 1.0: "yes"}
    assert data["cells"][0]["mark"][1][0] == said[labelled.columns["exact"][0]]
    assert data["judges"][1]["legend"].startswith("✓ exact passes, ✗ fails")


def test_ratings_stand_as_numbers_and_a_tie_has_no_mark(tmp_path, front_end):
    run = triage_run(tmp_path, count=8)
    alter_critic(run, scale=wb.Scale(1, 10))
    for row, score in enumerate((4.2, 8.0)):
        answer(run, row)
        judge(run, row, score)
    data = table_of(front_end(wb.show(run)))
    assert data["cells"][0]["score"][0][:2] == [4.2, 8.0] and not data["judges"][0]["ticks"]
    assert data["cells"][0]["mark"][0][:2] == ["no", "yes"]  # on the bad half, on the good one
    twin = Matrix(run, "right_queue").twin()
    assert "Number: right_queue, 1 to 10; failures are the lower half" in twin
    assert 'class="vd' not in twin and '<b class="score no">4.2</b>' in twin
    alter_critic(run, scale=wb.Scale(), against="v1")
    for row, score in enumerate((0.5, 1.0, 0.0)):
        answer(run, row)
        judge(run, row, score)
    cells = table_of(front_end(wb.show(run)))["cells"][0]
    assert cells["mark"][0][:3] == ["", "yes", "no"]
    assert (
        "✓ better than v1 by right_queue, ✗ not, no mark: a tie"
        in Matrix(run, "right_queue").twin()
    )


def test_the_cards_disagreements_open_as_a_table(labelled, front_end):
    browser = front_end(wb.show(wb.trust(labelled, "right_queue")))
    table = browser.do("read")["table"]
    assert 0 < len(table["lines"]) == len(table["data"]["id"]) < 60
    line = table["lines"][0]
    assert browser.do("open", line)["table"]["opened"]["id"] == [table["data"]["id"][0]]


# --- leaderboard


def test_a_variant_without_an_answer_has_no_score_and_no_interval(tmp_path):
    run = triage_run(tmp_path, count=60)
    for row, name in enumerate(run.columns["prompt"]):
        if name == "v2":
            answer(run, row, "error")
            judge(run, row, math.nan)
    shown = str(wb.show(wb.compare(run, "right_queue", baseline="v1")).twin())
    [row] = re.findall(
        r'<tr role="row"><th role="rowheader" scope="row">v2<.*?</tr>', shown, re.DOTALL
    )
    text = re.sub(r"<[^>]+>", " ", row)
    assert text.count("no score") == 2 and " to " not in text
    assert not re.search(r"[+−]100<", shown)  # nor does it stretch the axes


def test_costs_that_hardly_differ_lie_close_together_and_ticks_have_like_decimals(tmp_path):
    choice = wb.compare(triage_run(tmp_path), "right_queue", baseline="v1")
    near = [
        replace(each, cost_per_1000=0.0472 + 1e-5 * n) for n, each in enumerate(choice.variants)
    ]
    shown = figures(Subject(replace(choice, variants=tuple(near))))[0]
    ticks = re.findall(r'text-anchor="middle">(0\.\d+)</text>', shown)
    assert len(ticks) > 1 and len(set(map(len, ticks))) == 1 and len(set(ticks)) == len(ticks)
    places = [float(x) for x in re.findall(r'cx="([\d.]+)%" cy="[\d.]+" r="5.5"', shown)]
    assert max(places) - min(places) < 1
    assert ", $0.05" in shown


def test_the_decision_comes_first_and_the_uncorrected_scores_say_so(tmp_path):
    shown = str(wb.show(wb.compare(triage_run(tmp_path), "right_queue", baseline="v1")).twin())
    assert shown.index("Ship v3:") < shown.index("<table")
    assert "Mean P(yes), points" in shown and "Scores are the critic&#39;s own" in shown


def test_labels_put_corrected_scores_in_front(labelled):
    shown = str(wb.show(wb.compare(labelled, "right_queue", baseline="v1")).twin())
    assert "Corrected score, points" in shown and 'class="raw"' in shown


def test_a_check_that_knows_the_answers_decides_and_gives_the_scores(labelled):
    shown = str(wb.show(wb.compare(labelled, "right_queue", baseline="v1", gold="exact")).twin())
    checked = [score for score in labelled.columns["exact"][:240] if not math.isnan(score)]
    assert "exact decides" in shown or "exact knows the right answers, and decides" in shown
    assert f">{100 * sum(checked) / len(checked):.1f}</span>" in shown


def test_a_race_says_who_leads_who_left_when_and_what_was_saved():
    view = wb.show(a_race())
    assert str(view).startswith("v2 leads, at most 10.0 points below the best")
    text = re.sub(r"<[^>]+>", " ", view.twin())
    assert re.search(r"v2\s+leads\s+80\.0\s+30\s+v1\s+left after 17\s+50\.0\s+17", text)
    assert "v1: 50.0 points after 17 examples, left after 17" in view.twin()


def test_a_race_that_a_budget_ended_claims_nothing():
    text = wb.show(
        a_race(top=("v2", "v1"), eliminated={}, stopped="The budget of $1.00 is spent.")
    ).twin()
    assert "Not decided: The budget of $1.00 is spent. Leading so far: v2; still in: v1." in re.sub(
        r"<[^>]+>", "", text
    )
    assert "leads so far" in text


def test_a_race_says_its_aim_in_points_and_its_limits_in_plain_words():
    said = wb.show(a_race(scale=wb.Scale(0.0, 2.0), within=0.1)).twin()
    assert "looks for a variant at most 5.0 points below the best" in said
    assert "hold however often one looks; they are approximate" in said and "symptotic" not in said
    assert "they are exact." in wb.show(a_race(mode="betting")).twin()


def test_the_winner_is_exported_by_its_button_and_no_other(labelled, project, front_end):
    choice = wb.compare(labelled, "right_queue", baseline="v1")
    browser = front_end(wb.show(choice))
    assert "Export v3" in browser.do("show")["html"]
    assert browser.do("export")["done"].startswith(
        "Exported v3 to prompts/released/triage/v3.prompty."
    )
    assert (project / "prompts/released/triage/v3.prompty").is_file()


# --- labeller


def test_every_label_is_in_the_store_at_once_and_can_be_taken_back(tmp_path, front_end):
    run = triage_run(tmp_path, count=20)
    browser = front_end(wb.show(labels.draw(run, "right_queue", rater="me")))
    for key in ("1.0", "0.0", None, "1.0"):
        browser.do("label", key) if key else browser.do("skip")
    assert [
        record["value"] for record in run.store.labels("right_queue") if not record["skipped"]
    ] == [1.0, 0.0, 1.0]
    got = browser.do("undo")
    assert [record["skipped"] for record in run.store.labels("right_queue")] == [False, False, True]
    assert got["count"] == "2 answers judged by me, 1 skipped, saved"
    again = wb.show(labels.draw(run, "right_queue", rater="me"))
    assert len(again.draw.rows) == len(browser.view.draw.rows) - 3


def test_a_blind_labeller_shows_neither_variant_nor_critic(tmp_path, front_end):
    browser = front_end(
        wb.show(labels.draw(triage_run(tmp_path, count=20), "right_queue", rater="me"))
    )
    assert "critic says" not in browser.do("show")["html"]
    assert "the critic says" in browser.do("blind", blind=False)["item"]
    browser.do("label", "1.0")
    assert [record["blind"] for record in browser.view.run.store.labels("right_queue")] == [False]


def test_the_width_is_shown_from_fifteen_examples_on_and_never_a_direction(tmp_path, front_end):
    run = triage_run(tmp_path, count=60)
    browser = front_end(wb.show(labels.draw(run, "right_queue", rater="me", variants=["v1", "v3"])))
    for number in range(60):
        row = browser.view.draw.rows[browser.view.index]
        got = browser.do("label", run.columns["exact"][row])
        if number == 10:
            assert "The first width appears after 15" in got["signal"]
    assert "The difference is known to ±" in got["signal"]
    for telling in ("better", "worse", "v1", "v3", "ahead", "behind", "+"):
        assert telling not in Html(got["signal"]).striptags()


def test_ratings_are_given_by_their_digits(tmp_path, front_end):
    run = triage_run(tmp_path, count=8)
    alter_critic(run, scale=wb.Scale(1, 5))
    shown = front_end(wb.show(labels.draw(run, "right_queue", rater="me"))).do("show")["html"]
    assert [f'data-key="{key}"' in shown for key in "12345y"] == [True] * 5 + [False]


# --- runs that go on


def test_the_labeller_asks_what_the_critic_was_asked(tmp_path, front_end):
    run = triage_run(tmp_path, count=20)
    assert (
        "Does this answer pass <b>right_queue</b>?"
        in wb.show(labels.draw(run, "right_queue", rater="me")).live()
    )
    alter_critic(run, description="Is this the <right> queue?")
    assert (
        "Is this the &lt;right&gt; queue?"
        in wb.show(labels.draw(run, "right_queue", rater="me")).live()
    )


async def test_a_run_shows_progress_and_what_it_came_to(project, front_end, watchers):
    shown = []
    watchers.append(lambda run, progress: shown.append((run, progress)))
    with testing.serve(lambda ask: "billing") as server:
        await wb.run(
            wb.load_prompts("prompts/triage"),
            examples(12),
            server.model(),
            [SAYS_BILLING],
            store="s.db",
        )
    run, last = shown[-1]
    view = LiveRun(run, last)
    view.board = view._standing()
    assert "triage: 36 of 36 answers" in view.twin()
    assert "All answers are in." in view.twin()
    assert "not yet corrected by people" in view.twin()
    assert_safe(view.twin())


def test_a_run_in_batches_says_how_far_they_are(tmp_path):
    run = triage_run(tmp_path, count=4)
    under_way = Progress(0, 12, 0, 0, 0, 0, 0.0, None, 60.0, False, answered_there=3, in_batches=12)
    said = Html(LiveRun(run, under_way).twin()).striptags()
    assert "In batches3 of 12 calls answered, fetched when a batch ends" in said
    live = replace(under_way, answered_there=0, in_batches=0)
    assert "In batches" not in LiveRun(run, live).twin()


async def test_a_run_with_failures_does_not_say_that_all_answers_are_in(
    project, front_end, watchers
):
    shown = []
    watchers.append(lambda run, progress: shown.append(LiveRun(run, progress)))
    with testing.serve(lambda ask: testing.Reply(status=400, body=b"{}")) as server:
        await wb.run(
            wb.load_prompts("prompts/triage")[:1], examples(12), server.model(), store="s.db"
        )
    text = Html(shown[-1].twin()).striptags()
    assert "All rows are done; 12 failed." in text and "All answers are in" not in text
    assert "Errors12 failed" in text


def test_verdicts_without_a_score_are_said_as_verdicts(tmp_path):
    run = triage_run(tmp_path, count=4)
    done = Progress(12, 12, 24, 0, 0, 5, 0.0, None, 60.0, True)
    said = Html(LiveRun(run, done).twin()).striptags()
    assert "All rows are done; 5 verdicts without a score." in said


async def test_cancel_stops_the_run_and_keeps_what_is_done(project, front_end, watchers):
    views = []

    def cancel(run, progress):
        if not views:
            views.append(LiveRun(run, progress))
        views[0].progress = progress
        if progress.done and not run.stopped:
            front_end(views[0]).do("cancel")

    watchers.append(cancel)
    with testing.serve(lambda ask: testing.Reply("billing", seconds=0.05)) as server:
        run = await wb.run(
            wb.load_prompts("prompts/triage"), examples(900), server.model(), store="s.db"
        )
    done = run.counts.get("ok", 0)
    assert 0 < done < 2_700
    assert f"Cancelled after {done:,} of 2,700 answers" in views[0].twin()


async def test_a_quiet_run_shows_nothing(project, watchers, capsys):
    watchers.append(watch)
    with testing.serve(lambda ask: "billing") as server, unwatched():
        await wb.run(
            wb.load_prompts("prompts/triage")[:1], examples(2), server.model(), store="s.db"
        )
    assert capsys.readouterr().out == ""


def test_a_limit_that_left_examples_out_is_said_in_the_decision(tmp_path):
    asked = examples(40)
    asked.available = 60
    choice = wb.compare(triage_run(tmp_path, asked=asked), "right_queue", baseline="v1")
    (note,) = [note for note in choice.notes if note.kind == "part of the dataset"]
    said = "40 of the 60 examples of triage were asked: a limit left out 20 examples."
    assert (note.text, note.count) == (said, 20)
    assert said in wb.show(choice).twin()
    assert "triage: 40 of 60 examples" in wb.show(asked).twin()


def test_the_matrix_opens_on_the_check_that_knows_right_answers(tmp_path):
    view = wb.show(triage_run(tmp_path, count=20))
    assert "✓ exact passes" in view.twin()
    data = view.table(range(20))["data"]
    assert data["judges"][data["judge"]]["name"] == "exact"


def test_a_written_report_is_shown_as_a_link_from_the_project(tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    path = wb.report(triage_run(tmp_path, count=8), "out/a b.html")
    assert repr(path) == "out/a b.html"
    assert path._repr_html_() == '<a href="../out/a%20b.html" target="_blank">out/a b.html</a>'
