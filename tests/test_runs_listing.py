"""The list of runs: newest first, with what each cost and what was said of it."""

import asyncio
import math

import pytest
from front_end import assert_safe
from sqlalchemy import text
from two_days import TODAY, YESTERDAY, both_days, write_prompt

import workbench as wb
from workbench.store.text import pack, unpack


def test_runs_are_listed_newest_first_with_what_they_were_of_and_cost(days):
    yesterday, today = both_days(days)
    listed = wb.history(store=days.store)
    assert list(listed["run"]) == [today.id, yesterday.id]
    first = listed.iloc[1].to_dict()
    assert {name: first[name] for name in first if name not in ("cost", "run", "said")} == {
        "when": YESTERDAY, "task": "parity", "dataset": "parity", "prompts": "v1, v2",
        "models": "m", "critics": "exact", "examples": 40, "rows": 80, "calls": 80,
        "state": "finished", "decision": "",
    }  # fmt: skip
    assert first["cost"] == yesterday.cost > 0
    assert listed["calls"][0] == 40  # v1 was answered yesterday


def test_a_run_that_is_asked_for_again_keeps_its_day_and_its_cost(days):
    yesterday, today = both_days(days)
    again = days.run(prompts=yesterday.prompts)
    assert (again.id, again.calls, again.cost) == (yesterday.id, 0, 0.0)
    listed = wb.history(store=days.store).set_index("run")
    assert list(listed.index) == [today.id, yesterday.id]
    kept = listed.loc[yesterday.id]
    assert (kept["when"], kept["calls"], kept["cost"]) == (YESTERDAY, 80, yesterday.cost)


def test_a_run_that_goes_on_is_as_new_as_its_last_call_and_costs_both_parts(days):
    part = days.run(at=YESTERDAY, budget=0.1)
    assert 0 < part.calls < 80
    whole = days.run(budget=10.0)
    assert (whole.id, whole.calls) == (part.id, 80 - part.calls)
    [kept] = wb.history(store=days.store).to_dict("records")
    assert kept["when"] > TODAY and kept["calls"] == 80
    assert math.isclose(kept["cost"], part.cost + whole.cost)


def test_what_was_said_stays_said_and_the_last_is_shown(days):
    run = days.run()
    first = wb.compare(run, "exact", baseline="v1").sentence
    wb.compare(run, "exact", baseline="v1")
    last = wb.compare(run, "exact", baseline="v2").sentence
    [kept] = days.store.runs()
    said = [(each["baseline"], each["look"], each["sentence"]) for each in kept.said]
    assert said == [("v1", 1, first), ("v2", 1, last)]
    [row] = wb.history(store=days.store).to_dict("records")
    assert (row["decision"], row["said"]) == ("need more", last)


def test_a_list_is_of_one_task_by_its_folder_or_its_dataset(days):
    days.run()
    other = wb.load_examples("datasets/parity.jsonl", limit=3)
    asked = wb.run(
        wb.Prompt("p", wb.load_prompt("prompts/parity/v1.prompty").messages),
        wb.Dataset(other, "digest"), days.server.model("m"), store=days.store,
    )  # fmt: skip
    asyncio.run(asked)
    assert list(wb.history("digest", store=days.store)["prompts"]) == ["p"]
    assert list(wb.history("parity", store=days.store)["prompts"]) == ["v1, v2"]
    assert list(wb.history(store=days.store)["task"]) == ["digest", "parity"]
    assert wb.history("triage", store=days.store).empty


def test_one_name_may_stand_for_several_runs(days):
    both_days(days)
    write_prompt("v2", "Once more, even or odd:")
    days.run()
    assert list(wb.history(store=days.store)["prompts"]) == ["v1, v2"] * 3


def test_a_race_is_one_line(days):
    parts = wb.load_prompts("prompts/parity"), wb.load_examples("datasets/parity.jsonl")
    asked = wb.race(*parts, days.server.model("m"), [wb.Exact()], within=0.1, store=days.store)
    race = asyncio.run(asked)
    assert len(race.runs) > 1
    assert list(wb.history(store=days.store)["run"]) == [race.run.id]


def test_a_store_of_old_opens_without_what_was_said_and_without_files(days):
    run = days.run()
    with days.store._database.write() as connection:
        meta = unpack(connection.execute(text("SELECT meta FROM run")).scalar_one())
        for prompt in meta["prompts"].values():
            del prompt["file"]
        del meta["seal"]
        connection.execute(text("UPDATE run SET meta = :meta"), {"meta": pack(meta)})
        connection.execute(text("DROP TABLE said"))
    store = wb.Store()
    [row] = wb.history(store=store).to_dict("records")
    assert (row["run"], row["task"], row["said"]) == (run.id, "parity", "")
    assert wb.load_run(run.id, store).meta.prompts["v2"].file == ""
    wb.compare(wb.load_run(run.id, store), "exact", baseline="v1")
    assert wb.history(store=store)["said"][0].startswith("Keep v1 for now.")
    store.close()


def test_the_list_is_shown_as_a_table_with_what_was_spent(days):
    assert repr(wb.show(wb.history(store=days.store))) == "No run yet"
    yesterday, today = both_days(days)
    sentence = wb.compare(today, "exact", baseline="v1").sentence
    view = wb.show(wb.history("parity", store=days.store))
    spent = f"${yesterday.cost + today.cost:.2f} spent"
    assert repr(view) == f"2 runs since 20 Nov 2026, {spent}"
    shown = str(view.twin())
    assert_safe(shown)
    assert shown.index("21 Nov 2026") < shown.index(sentence) < shown.index(yesterday.id)
    assert "parity: v1, v2 on m, by exact" in shown
    with pytest.raises(TypeError, match="what is shown is a DataFrame: give one of Prompt"):
        wb.show(today.frame)
