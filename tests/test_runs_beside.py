"""Yesterday's run beside today's: what is joined, what is said to differ, and what flipped."""

import asyncio
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from two_days import COUNT, TODAY, YESTERDAY, both_days, write_examples, write_prompt

import workbench as wb
from workbench import testing
from workbench.comparison.two_runs import flips
from workbench.errors import WorkbenchError
from workbench.sections.flipped import Flipped

THEN, NOW = "v2 (20 Nov)", "v2 (21 Nov)"
NICER = "system:\nBe fair.\nuser:\nA: {{ output_a }}\nB: {{ output_b }}\nWhich is nicer?\n"
WRONG_THEN = [n for n in range(1, COUNT + 1) if n % 4 == 0]
WRONG_NOW = [n for n in range(1, COUNT + 1) if n % 10 == 0]


def notes(choice):
    return {note.kind: note.text for note in choice.notes}


def test_two_runs_are_joined_example_by_example_under_names_that_say_when(days):
    yesterday, today = both_days(days)
    choice = wb.compare(today, "exact", against=yesterday)
    assert choice.baseline == THEN
    assert sorted(variant.name for variant in choice.variants) == ["v1 (21 Nov)", THEN, NOW]
    [found] = [each for each in choice.differences if each.challenger == NOW]
    assert (found.pairs, found.baseline) == (COUNT, THEN)
    gained = len(set(WRONG_THEN) - set(WRONG_NOW)) - len(set(WRONG_NOW) - set(WRONG_THEN))
    assert found.judged.estimate == pytest.approx(gained / COUNT)
    assert sorted(choice.run.columns["output"][row] for row in choice.run.rows(NOW)) == sorted(
        today.columns["output"][row] for row in today.rows("v2")
    )


def test_it_explores_and_claims_nothing_however_far_the_runs_are_apart(days):
    yesterday, _ = both_days(days)
    write_prompt("v1", "Carefully, even or odd:")
    write_examples(400)
    first = days.run(prompts=yesterday.prompts[:1], at=YESTERDAY)  # v1: wrong on every third
    second = days.run(prompts=[wb.load_prompt("prompts/parity/v1.prompty")], at=TODAY)
    looks = days.store.looks_at
    choice = wb.compare(second, "exact", against=first, baseline="v1")
    assert choice.differences[0].interval.low > 0  # surely better, were it one run
    assert [(each.decision, each.cause) for each in choice.differences] == [
        ("need more", "two runs")
    ]
    assert (choice.ship.name, choice.ship.reason) == ("v1 (20 Nov)", "two runs")
    assert choice.sentence.endswith(
        "on 400 examples of both runs. It explores, and claims nothing."
    )
    assert choice.looks == 0 and choice.winner is None
    asked = choice.run.meta.prompts["v1 (20 Nov)"].fingerprint
    assert looks("exact", asked) == [] and list(wb.history(store=days.store)["said"]) == [""] * 4
    assert wb.export(choice, "released").prompt is None
    alone = wb.compare(choice.run, "exact", baseline="v1 (20 Nov)")
    assert alone.differences[0].cause == "two runs"


def test_what_differs_is_said_by_fingerprint(days, critic):
    yesterday, today = both_days(days)
    then, now = (run.meta.prompts["v2"].fingerprint for run in (yesterday, today))
    said = notes(wb.compare(today, "exact", against=yesterday))
    assert said["prompt differs"] == (
        f"Prompt v2 differs: {then} then (20 Nov), {now} now (21 Nov)."
    )
    assert not {"model differs", "dataset differs", "critic differs", "nothing differs"} & set(said)


def test_another_model_of_the_same_name_is_told_apart(days):
    first = days.run(at=YESTERDAY)
    other = replace(days.server.model("m"), id="m-2")
    second = asyncio.run(
        wb.run(first.prompts, first.examples, other, [wb.Exact()], store=days.store)
    )
    days.date(second, TODAY)
    choice = wb.compare(second, "exact", against=first, baseline="v1")
    assert list(choice.run.meta.models) == ["m (20 Nov)", "m (21 Nov)"]
    assert [facts.id for facts in choice.run.meta.models.values()] == ["m", "m-2"]
    assert notes(choice)["model differs"].startswith("Model m differs: m at http://127.0.0.1")
    with pytest.raises(WorkbenchError, match=r"name the baseline: use one of v1 \(20 Nov\), v2"):
        wb.compare(second, "exact", against=first)


def test_only_examples_with_the_same_id_and_content_are_joined(days):
    first = days.run(at=YESTERDAY)
    rows = [json.loads(line) for line in Path("datasets/parity.jsonl").read_text().splitlines()]
    rows[0]["inputs"]["text"], rows[1]["expected"], rows[2]["id"] = "77", "odd", "new"
    rows[3]["tags"]["size"] = "other"
    Path("datasets/parity.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[:30]))
    second = days.run(at=TODAY)
    choice = wb.compare(second, "exact", against=first, baseline="v2")
    assert [each.id for each in choice.run.examples] == [f"e{n}" for n in range(4, 31)]
    assert choice.run.columns["tag.size"][:2] == ["other", "one"]
    assert notes(choice)["dataset differs"].endswith(
        "27 examples are in both; left out: 13 of 20 Nov, 3 of 21 Nov."
    )


def test_latencies_of_two_runs_are_not_compared(days):
    yesterday, today = both_days(days)
    choice = wb.compare(
        today, "exact", against=yesterday, baseline="v2", guardrails={"seconds": 0.5}
    )
    assert all(math.isnan(each.interval.estimate) for each in choice.latency)
    assert {each.examples for each in choice.latency} == {0}
    assert "their latencies are not compared" in notes(choice)["latency apart"]


def test_rows_that_flipped_are_counted_and_opened(days, front_end):
    yesterday, today = both_days(days)
    choice = wb.compare(today, "exact", against=yesterday)
    mine = {(each.example, each.passes) for each in flips(choice) if each.challenger == NOW}
    up, down = set(WRONG_THEN) - set(WRONG_NOW), set(WRONG_NOW) - set(WRONG_THEN)
    assert mine == {(f"e{n}", True) for n in up} | {(f"e{n}", False) for n in down}
    view = wb.show(choice)
    assert f"{NOW}: 10 rows flipped, 8 to pass and 2 to fail." in str(view.twin())
    opened = front_end(view).do("flips")["flips"]
    table = Flipped.found_in(choice)
    shown = re.findall(r">(e\d+)<", opened)
    assert shown == [table.grid.titles[line] for line in table.lines][: len(shown)] and shown
    assert front_end(wb.show(choice.run)).do("show")["table"]["data"]["flips"] == 0
    assert "What flipped" not in str(wb.show(wb.compare(today, "exact", baseline="v1")).twin())


def test_an_opened_row_and_the_report_tell_of_both_runs(days, tmp_path):
    yesterday, today = both_days(days)
    choice = wb.compare(today, "exact", against=yesterday)
    [row] = [r for r in choice.run.rows(THEN) if choice.run.columns["example"][r] == "e7"]
    assert choice.run.details(row)["messages"] == [
        {"role": "user", "content": "Exactly even or odd: 7"}
    ]
    page = wb.report(choice, tmp_path / "page.html").read_text()
    assert f"wb.load_run(&#34;{today.id}&#34;)" in page or f'wb.load_run("{today.id}")' in page
    assert yesterday.id in page and THEN in page
    assert json.loads((tmp_path / "decision.json").read_text())["ship"]["reason"] == "two runs"


def test_a_run_read_back_compares_as_the_run_itself(days):
    yesterday, today = both_days(days)
    fresh = wb.compare(today, "exact", against=yesterday).decision()
    read = [wb.load_run(run.id, days.store) for run in (today, yesterday)]
    assert wb.compare(read[0], "exact", against=read[1]).decision() == fresh


def test_the_baseline_may_be_named_either_way_and_of_either_side(days):
    yesterday, today = both_days(days)
    for named, meant in (("v2", THEN), (THEN, THEN), ("v1", "v1 (20 Nov)"), (NOW, NOW)):
        assert wb.compare(today, "exact", against=yesterday, baseline=named).baseline == meant
    with pytest.raises(WorkbenchError, match="baseline 'v9' names no one variant: use one of"):
        wb.compare(today, "exact", against=yesterday, baseline="v9")


def test_runs_of_one_day_are_told_apart_by_the_time(days):
    yesterday, today = both_days(days)
    days.date(yesterday, TODAY.replace(hour=8))
    choice = wb.compare(today, "exact", against=yesterday)
    assert (choice.baseline, choice.focus.challenger) == ("v2 (21 Nov 08:02)", "v2 (21 Nov 10:02)")
    days.date(yesterday, TODAY.replace(year=2025))
    assert wb.compare(today, "exact", against=yesterday).baseline == "v2 (21 Nov 2025)"


def test_what_cannot_be_compared_says_why(days, critic):
    yesterday, today = both_days(days)
    with pytest.raises(WorkbenchError, match=r"beside itself shows nothing"):
        wb.compare(today, "exact", against=today)
    with pytest.raises(
        WorkbenchError, match=rf"'good' did not judge run {today.id}: use one of exact"
    ):
        wb.compare(today, "good", against=yesterday)
    with pytest.raises(TypeError, match="needs baseline="):
        wb.compare(today, "exact")
    write_examples(3)
    rows = Path("datasets/parity.jsonl")
    rows.write_text(rows.read_text().replace('"id": "e', '"id": "f'))
    with pytest.raises(WorkbenchError, match="no example of run"):
        wb.compare(days.run(), "exact", against=yesterday)
    held = days.run([wb.Example("h", {"text": "777"}, "odd", held=True)])
    with pytest.raises(WorkbenchError, match="rows that are held back"):
        wb.compare(held, "exact", against=yesterday)


def test_a_changed_critic_is_said(days, critic):
    with testing.serve(lambda ask: "yes") as judge:
        good = critic(judge.model("judge"))
        first = days.run(at=YESTERDAY, critics=[wb.Exact(), good])
        second = days.run(at=TODAY, critics=[wb.Exact(), critic(judge.model("judge-2"))])
    said = notes(wb.compare(second, "exact", against=first, baseline="v1"))
    assert said["critic differs"].startswith("Critic good differs: ")
    assert "by judge at" in said["critic differs"] and "by judge-2 at" in said["critic differs"]
    assert [each for each in said if each.endswith(" differs")] == ["critic differs"]


def test_a_critic_on_another_scale_and_a_preference_are_refused(days, tmp_path):
    def size(output, example):
        return len(output)

    def judged(top, judge):
        (tmp_path / "nicer.prompty").write_text(NICER)
        nicer = wb.Preference.load(tmp_path / "nicer.prompty", judge.model("judge"), against="v1")
        sized = wb.Function(size, scale=wb.Scale(0, top))
        return [wb.Exact(), sized, nicer]

    with testing.serve(lambda ask: "A") as judge:
        first = days.run(at=YESTERDAY, critics=judged(9, judge))
        second = days.run(at=TODAY, critics=judged(99, judge))
    with pytest.raises(WorkbenchError, match=rf"'size' has another scale in run {first.id}: use"):
        wb.compare(second, "size", against=first, baseline="v1")
    with pytest.raises(WorkbenchError, match="'nicer' compares within its own run, with v1: use"):
        wb.compare(second, "nicer", against=first, baseline="v1")
    assert wb.compare(second, "exact", against=first, baseline="v1").critic == "exact"
