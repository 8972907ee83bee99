"""Runs against a scripted endpoint: what is asked, what is kept, what is counted, and how a run
ends.
"""

import asyncio
import json
import math
import os
import random
import threading
import time
from pathlib import Path

import pytest

import workbench as wb
from workbench import runs, testing
from workbench.critics.verdict import Verdict
from workbench.errors import BudgetError, ModelError, OfflineMiss, WorkbenchError
from workbench.models.call import Request
from workbench.models.entry import Price
from workbench.models.model import Model
from workbench.runs import load_run, quote, run
from workbench.testing import Ask, Reply

PROMPT = """---
name: {name}
model: {{options: {{temperature: 0, maxOutputTokens: 50}}}}
inputs: [{{name: text, kind: string}}]
{more}---
system:
You are {name}.
user:
{{{{ text }}}}
"""
CRITIC = """---
name: good
metadata: {fence: false}
---
system:
CRITIC
user:
{{ output }}
"""
ACTOR_COLUMNS = [
    "prompt", "model", "example", "repeat", "status", "output", "error", "prompt_tokens", "completion_tokens",
    "seconds", "cost", "cached",
]  # fmt: skip


@pytest.fixture
def prompt(tmp_path):
    """A prompt by its name; `more` is front matter."""

    def made(name: str = "v1", more: str = "") -> wb.Prompt:
        path = tmp_path / f"{name}.prompty"
        path.write_text(PROMPT.format(name=name, more=more))
        return wb.load_prompt(path)

    return made


@pytest.fixture
def critic(tmp_path):
    """A yes/no critic on a model."""

    def made(model: Model, name: str = "good") -> wb.Rubric:
        path = tmp_path / f"{name}.prompty"
        path.write_text(CRITIC)
        return wb.Rubric.load(path, model, name=name)

    return made


def examples(n: int) -> list[wb.Example]:
    return [
        wb.Example(f"e{k}", {"text": f"note {k}"}, tags={"kind": "ab"[k % 2]}) for k in range(n)
    ]


def talk(ask: Ask) -> str | Reply:
    """Answers notes with their text; a critic says Yes to even notes."""
    if ask.system.startswith("CRITIC"):
        return "Yes" if int(ask.text.split()[-1]) % 2 == 0 else "No"
    return f"{ask.system.split()[-1]} on {ask.body['messages'][-1]['content']}"


async def test_a_run_has_a_row_for_every_prompt_model_example_and_repeat(prompt, critic, store_url):
    rng = random.Random(0)

    def script(ask: Ask) -> Reply:
        return Reply(
            talk(ask),
            seconds=rng.random() / 50,
            usage={"prompt_tokens": 10, "completion_tokens": 5},
        )

    with testing.serve(script) as server:
        one, two = server.model("one", price=Price(1, 2)), server.model("two")
        done = await run(
            [prompt("v1"), prompt("v2")],
            examples(3),
            [one, two],
            [critic(two)],
            repeats=2,
            store=store_url,
        )
    frame = done.frame
    assert list(frame.columns) == [
        *ACTOR_COLUMNS,
        "good",
        "good.label",
        "good.reason",
        "good.mode",
        "tag.kind",
    ]
    places = list(
        zip(frame["prompt"], frame["model"], frame["example"], frame["repeat"], strict=True)
    )
    assert places == [
        (p, m, e, r)
        for p in ("v1", "v2")
        for m in ("one", "two")
        for e in ("e0", "e1", "e2")
        for r in (0, 1)
    ]
    assert frame["output"][0] == "v1. on note 0"
    assert list(frame["good"][:6]) == [1, 1, 0, 0, 1, 1]
    assert list(frame["good.label"][:3]) == ["yes", "yes", "no"]
    assert list(frame["tag.kind"][:3]) == ["a", "a", "b"]
    assert frame["cost"][0] == pytest.approx(20e-6)
    assert (frame["status"] == "ok").all()
    assert done.counts == {
        "rows": 24,
        "calls": 36,
        "requests": 36,
        "cached": 0,
        "failed": 0,
        "unscored": 0,
        "stopped": "",
        "ok": 24,
    }
    # both models give the same texts, so a critic is asked once for two rows
    assert done.cost == pytest.approx(12 * 20e-6)
    assert len(server.log) == 36


async def test_a_run_is_worked_off_example_by_example(prompt, tmp_path):
    """So that a run cut short has answers of every variant to the same examples."""
    with testing.serve(talk) as server:
        await run(
            [prompt("v1"), prompt("v2")],
            examples(4),
            server.model(max_concurrency=1),
            store=tmp_path / "s.db",
        )
    notes = [logged.ask.body["messages"][-1]["content"] for logged in server.log]
    assert notes == [f"note {number}" for number in range(4) for _ in range(2)]


async def test_the_same_run_again_costs_nothing_and_a_changed_prompt_pays_for_itself(
    prompt, critic, store_url
):
    with testing.serve(talk) as server:
        model = server.model()
        first = await run(
            [prompt("v1"), prompt("v2")], examples(5), model, [critic(model)], store=store_url
        )
        again = await run(
            [prompt("v1"), prompt("v2")], examples(5), model, [critic(model)], store=store_url
        )
        asked = len(server.log)
        third = await run(
            [prompt("v1"), prompt("v3")], examples(5), model, [critic(model)], store=store_url
        )
    assert (asked, again.counts["calls"], again.counts["cached"], again.cost) == (20, 0, 20, 0.0)
    assert again.frame.drop(columns="cached").equals(first.frame.drop(columns="cached"))
    assert (list(first.frame["cached"].unique()), list(again.frame["cached"].unique())) == (
        [False],
        [True],
    )
    assert (third.counts["calls"], len(server.log)) == (10, 30)


async def test_a_run_of_the_past_reads_as_it_ended(prompt, critic, store_url):
    def script(ask: Ask) -> str | Reply:
        if "note 3" in ask.text:
            return Reply("odd \ud800\0", status=400)
        if "\0" in ask.text:
            return Reply("Yes", probabilities={"Yes": 0.75, "No": 0.25})
        return "\ud800 \0" if ask.text.endswith("note 1") else talk(ask)

    with testing.serve(script) as server:
        model = server.model(price=Price(1, 1))
        done = await run(
            prompt("v1"), examples(5), model, [critic(model), wb.Length(least=1)], store=store_url
        )
        past = load_run(store=store_url)
    assert past.frame.equals(done.frame)
    assert past.frame["output"][1] == "\ud800 \0"
    assert (past.counts, past.id) == (done.counts, done.id)
    assert past.cost == pytest.approx(done.cost)
    assert past.meta["dataset"] == done.meta["dataset"] == {**done.meta["dataset"], "n": 5}
    assert {name: about["scale"] for name, about in past.meta["critics"].items()} == {
        "good": [0, 1],
        "length": [0, 1],
    }
    assert [each.id for each in past.examples] == ["e0", "e1", "e2", "e3", "e4"]
    assert [each.text for each in past.prompts] == [done.prompts[0].text]
    assert past.details(0) == done.details(0)
    kept = past.details(0)
    assert kept["messages"][-1] == {"role": "user", "content": "note 0"}
    assert kept["reply"].text == "v1. on note 0"
    assert [call["reply"].text for call in kept["critics"]["good"]] == ["Yes"]
    assert kept["critics"]["good"][0]["messages"][-1]["content"] == "v1. on note 0"
    assert past.details(3)["reply"].status == "error"


async def test_a_failed_call_is_missing_not_zero(prompt, critic, tmp_path):
    def script(ask: Ask) -> str | Reply:
        if ask.text.endswith("note 1") and ask.system.startswith("CRITIC"):
            return Reply("the critic is out", status=400)
        return Reply("too long", status=400) if ask.text.endswith("note 2") else talk(ask)

    with testing.serve(script) as server:
        model = server.model()
        done = await run(prompt(), examples(4), model, [critic(model)], store=tmp_path / "s.db")
    assert list(done.frame["status"]) == ["ok", "ok", "error", "ok"]
    assert done.frame["error"][2] == "HTTP 400: too long"
    assert [math.isnan(score) for score in done.frame["good"]] == [False, True, True, False]
    assert "the critic is out" in done.frame["good.reason"][1]
    assert (done.counts["failed"], done.counts["unscored"], done.counts["ok"]) == (1, 1, 3)
    assert not any(math.isnan(cost) for cost in done.frame["cost"])


async def test_cut_filtered_and_failed_answers_are_asked_for_again(prompt, store_url):
    odd = {
        "note 0": Reply("half", finish_reason="length"),
        "note 1": Reply("h", finish_reason="content_filter"),
        "note 2": Reply("no", status=400),
    }
    with testing.serve(lambda ask: odd.get(ask.body["messages"][-1]["content"], "whole")) as server:
        first = await run(prompt(), examples(4), server.model(), store=store_url)
        odd.clear()
        again = await run(prompt(), examples(4), server.model(), store=store_url)
    assert list(first.frame["status"]) == ["truncated", "filtered", "error", "ok"]
    assert list(first.frame["output"]) == ["half", "h", "", "whole"]
    assert list(again.frame["status"]) == ["ok"] * 4
    assert again.counts["calls"] == 3


async def test_an_answer_that_does_not_fit_the_schema_is_malformed(prompt, tmp_path):
    texts = [
        '{"label": "a"}',
        '{"label": 1}',
        "no json",
        "[" * 100_000,
        '{"label": NaN}',
        '"' + "9" * 5000,
    ]
    schema = "outputs: [{name: label, kind: string}]\n"
    with testing.serve(lambda ask: texts[int(ask.text[-1])]) as server:
        done = await run(prompt("v1", schema), examples(6), server.model(), store=tmp_path / "s.db")
        again = await run(
            prompt("v1", schema), examples(6), server.model(), store=tmp_path / "s.db"
        )
    assert list(done.frame["status"]) == ["ok"] + ["malformed"] * 5
    assert list(done.frame["output"]) == texts
    assert "label" in done.frame["error"][1]
    assert again.counts["calls"] == 0
    assert server.log[0].ask.body["response_format"]["json_schema"]["schema"]["required"] == [
        "label"
    ]


async def test_rows_that_ask_the_same_are_one_call(prompt, tmp_path):
    same = [wb.Example(f"e{number}", {"text": "the same"}) for number in range(10)]
    with testing.serve(lambda ask: Reply("once", seconds=0.05)) as server:
        done = await run(prompt(), same, server.model(), store=tmp_path / "s.db")
    assert (set(done.frame["output"]), len(server.log), done.counts["calls"]) == ({"once"}, 1, 1)


async def test_two_runs_at_once_share_the_work(prompt, critic, store_url):
    with testing.serve(lambda ask: Reply(talk(ask), seconds=0.01)) as server:
        model = server.model(max_concurrency=8)
        one, two = await asyncio.gather(
            *(
                run(prompt(), examples(100), model, [critic(model)], store=store_url)
                for _ in range(2)
            )
        )
    bodies = [json.dumps(logged.ask.body, sort_keys=True) for logged in server.log]
    assert len(bodies) == len(set(bodies)) == 200
    assert one.frame.drop(columns="cached").equals(two.frame.drop(columns="cached"))
    assert one.counts["calls"] + two.counts["calls"] == 200
    assert min(one.counts["calls"], two.counts["calls"]) > 0


async def test_a_stopped_run_keeps_what_is_done_and_goes_on_later(
    prompt, critic, store_url, watchers
):
    stopped = threading.Event()

    def stop(running: wb.Run, progress: runs.Progress) -> None:
        if progress.done >= 10 and not stopped.is_set():
            stopped.set()
            threading.Thread(target=running.stop).start()  # as a button does, from another thread

    watchers.append(stop)
    with testing.serve(lambda ask: Reply(talk(ask), seconds=0.02)) as server:
        model = server.model(max_concurrency=4)
        part = await run(prompt(), examples(150), model, [critic(model)], store=store_url)
        asked = len(server.log)
        whole = await run(prompt(), examples(150), model, [critic(model)], store=store_url)
    assert part.counts["stopped"] == "stopped"
    assert 10 <= part.counts["ok"] < 150
    assert part.counts["ok"] + part.counts["unsent"] == 150
    assert load_run(part.id, store_url).counts["ok"] == 150  # the run went on under its id
    assert (whole.counts["ok"], whole.counts["unscored"]) == (150, 0)
    assert whole.counts["calls"] == 300 - asked
    finished = part.frame[part.frame["good"].notna()]
    assert finished.drop(columns="cached").equals(
        whole.frame.loc[finished.index].drop(columns="cached")
    )


async def test_an_interrupted_run_ends_within_a_second_and_is_kept(prompt, critic, store_url):
    with testing.serve(
        lambda ask: Reply(talk(ask), seconds=5.0 if ask.text.endswith("note 30") else 0.0)
    ) as server:
        model = server.model(max_concurrency=4)
        task = asyncio.create_task(
            run(prompt(), examples(1000), model, [critic(model)], store=store_url)
        )
        await asyncio.sleep(0.7)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 1
        answered = server.answered
    part = load_run("last", store_url)
    assert part.counts["stopped"] == "interrupted"
    assert 0 < part.counts["ok"] < 1000
    assert (
        part.counts["calls"] >= answered - 4
    )  # what had come back is kept, but for what was on its way


async def test_an_error_that_ends_the_run_keeps_what_was_answered(prompt, tmp_path):
    def script(ask: Ask) -> str | Reply:
        return Reply("bad key", status=401) if ask.text.endswith("note 40") else talk(ask)

    with testing.serve(script) as server:
        with pytest.raises(ModelError, match="refused the key"):
            await run(
                prompt(), examples(400), server.model(max_concurrency=4), store=tmp_path / "s.db"
            )
        asked = len(server.log)
    part = load_run("last", tmp_path / "s.db")
    assert 30 <= part.counts["ok"] < 100
    assert part.counts["ok"] >= asked - 5
    assert "refused the key" in part.counts["stopped"]


async def test_an_endpoint_that_asks_to_wait_a_day_ends_the_run_resumably(prompt, tmp_path):
    def script(ask: Ask) -> str | Reply:
        return (
            Reply(status=429, headers={"Retry-After": "86400"})
            if ask.text.endswith("note 9")
            else talk(ask)
        )

    with testing.serve(script) as server:
        done = await run(
            prompt(), examples(300), server.model(max_concurrency=2), store=tmp_path / "s.db"
        )
    assert done.counts["unsent"] > 200
    assert "asks to wait 86400 s" in done.counts["stopped"]
    with testing.serve(talk) as server:
        pass


async def test_offline_answers_from_the_store_alone(prompt, critic, store_url):
    with testing.serve(talk) as server:
        model = server.model()
        online = await run(prompt(), examples(5), model, [critic(model)], store=store_url)
    offline = await run(
        prompt(), examples(5), model, [critic(model)], store=store_url, offline=True
    )
    assert offline.frame.drop(columns="cached").equals(online.frame.drop(columns="cached"))
    with pytest.raises(
        OfflineMiss, match=r"lacks the answer for prompt 'v1', example 'e5'.*offline=True"
    ):
        await run(prompt(), examples(6), model, [critic(model)], store=store_url, offline=True)
    with pytest.raises(OfflineMiss, match="a reply to 'other' for prompt 'v1', example 'e0'"):
        (Path(prompt().path).parent / "x").write_text("")
        other = critic(server.model("other"), "other")
        await run(prompt(), examples(5), model, [other], store=store_url, offline=True)
    assert len(server.log) == 10


async def test_recordings_replay_a_run_in_another_place(prompt, critic, tmp_path):
    cut = Reply("half", finish_reason="length")
    with testing.serve(lambda ask: cut if ask.text.endswith("note 2") else talk(ask)) as server:
        model = server.model()
        store = wb.Store(tmp_path / "here.db")
        done = await run(prompt(), examples(4), model, [critic(model)], store=store)
        await run(prompt(), examples(9), model, store=store)
        recordings = store.write_calls(tmp_path / "calls.jsonl", done.id)
    there = wb.Store(tmp_path / "there.db")
    assert there.read_calls(recordings) == 7
    replayed = await run(prompt(), examples(4), model, [critic(model)], store=there, offline=True)
    assert replayed.frame.drop(columns="cached").equals(done.frame.drop(columns="cached"))
    assert list(replayed.frame["status"]) == ["ok", "ok", "truncated", "ok"]


USAGE = {"prompt_tokens": 20, "completion_tokens": 40}
DEAR = Price(1000, 1000)  # dollars per million tokens: 0.06 a call with USAGE


async def test_a_budget_is_never_passed_and_leaves_comparable_rows(prompt, critic, store_url):
    with testing.serve(lambda ask: Reply(talk(ask), usage=USAGE)) as server:
        model = server.model(price=DEAR, max_concurrency=8)
        done = await run(
            [prompt("v1"), prompt("v2")],
            examples(100),
            model,
            [critic(model)],
            store=store_url,
            budget=5.0,
        )
        asked = len(server.log)
        again = await run(
            [prompt("v1"), prompt("v2")],
            examples(100),
            model,
            [critic(model)],
            store=store_url,
            budget=5.0,
        )
    assert asked * 0.06 <= 5.0
    assert (
        asked * 0.06 >= 3.5
    )  # the rest does not pay for a call that may be as dear as calls may be
    assert done.cost == pytest.approx(asked * 0.06)
    assert done.counts["stopped"].startswith(
        "the budget of $5.00 does not cover another call, of up to $"
    )
    scored = done.frame["good"].notna().sum()
    assert scored >= 0.8 * done.counts["ok"]
    assert len(server.log) * 0.06 <= 5.0  # the same run again has no budget of its own
    assert again.counts["ok"] >= done.counts["ok"]


async def test_two_processes_share_one_budget(prompt, store_url):
    with testing.serve(lambda ask: Reply(talk(ask), usage=USAGE, seconds=0.01)) as server:
        model = server.model(price=DEAR, max_concurrency=4)
        both = await asyncio.gather(
            *(run(prompt(), examples(100), model, store=store_url, budget=3.0) for _ in range(2))
        )
    assert 2.0 <= len(server.log) * 0.06 <= 3.0
    assert sum(each.cost for each in both) == pytest.approx(len(server.log) * 0.06)


async def test_an_unknown_price_refuses_a_budget_before_the_first_call(prompt, critic, tmp_path):
    with testing.serve(talk) as server:
        known, unknown = server.model("known"), server.model("unheard-of", price=None)
        with pytest.raises(
            BudgetError, match=r"price of model 'unheard-of' .* not known.*models\.yaml"
        ):
            await run(prompt(), examples(3), unknown, store=tmp_path / "s.db", budget=1.0)
        with pytest.raises(BudgetError, match="unheard-of"):
            await run(
                prompt(), examples(3), known, [critic(unknown)], store=tmp_path / "s.db", budget=1.0
            )
        done = await run(prompt(), examples(3), unknown, store=tmp_path / "s.db")
    assert len(server.log) == 3
    assert math.isnan(done.cost)


async def test_a_quote_foretells_calls_tokens_and_money(prompt, critic, store_url):
    with testing.serve(lambda ask: Reply(talk(ask), usage=USAGE)) as server:
        model = server.model(price=DEAR)
        asked = (prompt(), examples(10), model, [critic(model)])
        before = quote(*asked, repeats=2, store=store_url)
        await run(prompt(), examples(5), model, [critic(model)], repeats=2, store=store_url)
        after = quote(*asked, repeats=2, store=store_url)
        assert len(server.log) == 20
        done = await run(*asked, repeats=2, store=store_url)
        nothing = quote(*asked, repeats=2, store=store_url)
    assert (before.calls, before.stored, before.roles) == (40, 0, {"actor": 20, "good": 20})
    assert 0 < before.likely_cost < before.most_cost
    assert (after.calls, after.stored) == (20, 20)
    assert after.prompt_tokens > 0
    assert done.cost <= after.most_cost
    assert (nothing.calls, nothing.stored, nothing.likely_cost, nothing.seconds) == (
        0,
        40,
        0.0,
        0.0,
    )


async def test_a_quote_without_a_price_says_so(prompt, tmp_path):
    with testing.serve(talk) as server:
        said = quote(prompt(), examples(3), server.model(price=None), store=tmp_path / "s.db")
    assert (said.calls, math.isnan(said.likely_cost), math.isnan(said.most_cost)) == (3, True, True)


async def test_watchers_see_a_run_from_its_start_to_its_end(
    prompt, tmp_path, watchers, monkeypatch
):
    seen: list[runs.Progress] = []
    watchers.append(lambda running, progress: seen.append(progress))
    monkeypatch.setenv("WORKBENCH_PROGRESS", str(tmp_path / "ticks.jsonl"))
    with testing.serve(lambda ask: Reply(talk(ask), seconds=0.05)) as server:
        began = time.monotonic()
        done = await run(
            prompt(), examples(50), server.model(max_concurrency=4), store=tmp_path / "s.db"
        )
        seconds = time.monotonic() - began
    assert (seen[0].done, seen[0].total, seen[0].finished) == (0, 50, False)
    assert (seen[-1].done, seen[-1].calls, seen[-1].finished) == (50, 50, True)
    assert [progress.finished for progress in seen].count(True) == 1
    assert len(seen) <= 5 * seconds + 2
    ticks = [json.loads(line) for line in (tmp_path / "ticks.jsonl").read_text().splitlines()]
    assert (len(ticks), ticks[-1]["calls"], ticks[-1]["spent"]) == (len(seen), 50, 0)
    assert ticks[-1]["run"].startswith(done.id)


async def test_work_in_flight_is_bounded_however_long_the_run(prompt, critic, tmp_path):
    tasks = 0

    def script(ask: Ask) -> str:
        return talk(ask)

    async def count() -> None:
        nonlocal tasks
        while True:
            tasks = max(tasks, len(asyncio.all_tasks()))
            await asyncio.sleep(0.01)

    with testing.serve(script) as server:
        counting = asyncio.create_task(count())
        model = server.model(max_concurrency=6)
        await run(prompt(), examples(1000), model, [critic(model)], store=tmp_path / "s.db")
        counting.cancel()
    assert server.most_under_way <= 6
    assert tasks <= 6 + 10  # workers, and a few that keep house


async def test_a_call_that_hangs_now_and_then_does_not_hold_the_run(prompt, tmp_path):
    def script(ask: Ask) -> str | Reply:
        hangs = ask.text.endswith("00") or (ask.text.endswith("50") and ask.attempt == 1)
        return Reply(fault="hang") if hangs else talk(ask)

    with testing.serve(script) as server:
        began = time.monotonic()
        model = server.model(deadline_seconds=0.4, max_concurrency=16)
        done = await run(prompt(), examples(300), model, store=tmp_path / "s.db")
        seconds = time.monotonic() - began
    assert seconds <= 5 * 0.4 + 5
    assert (done.counts["ok"], done.counts["timeout"]) == (298, 2)


class Compares:
    """A critic that likes answers longer than the baseline's."""

    name, against, parts, scale, higher_is_better, fingerprint = (
        "longer",
        "v1",
        ("half",),
        (0.0, 1.0),
        True,
        "f",
    )

    def __init__(self, model: Model) -> None:
        self.model = model

    def check(self, example) -> None:
        pass

    def requests(self, example, completion, other=None):
        if completion.text == other.text:
            return ()
        return [
            Request(self.model, [{"role": "user", "content": f"{other.text} | {completion.text}"}])
        ]

    def verdict(self, example, completion, replies) -> Verdict:
        if not replies:
            return Verdict(0.5, "tie", parts=(0.25,))
        return Verdict(float(replies[0].text == "2"), "", "\ud800", "greedy", parts=(0.75,))


async def test_a_critic_that_compares_gets_the_baselines_answer(prompt, store_url):
    def script(ask: Ask) -> str | Reply:
        if "|" in ask.text:
            return "2" if ask.text.split(" | ")[1].startswith("v2") else "1"
        if ask.system == "You are v1." and ask.text.endswith("note 2"):
            return Reply("no", status=400)
        return Reply(talk(ask), seconds=0.1 if "v1" in ask.system else 0.0)

    with testing.serve(script) as server:
        model = server.model()
        done = await run(
            [prompt("v2"), prompt("v1")],
            examples(3),
            model,
            [Compares(model)],
            store=store_url,
            repeats=2,
        )
        past = load_run(store=store_url)
    assert list(done.frame["longer"][:4]) == [1, 1, 1, 1]
    assert list(done.frame["longer"][6:10]) == [0.5] * 4
    assert all(math.isnan(score) for score in done.frame["longer"][4:6])
    assert "baseline's own answer is error" in done.frame["longer.reason"][4]
    assert list(done.frame["longer.half"][:2]) == [0.75, 0.75]
    assert past.frame.equals(done.frame)


async def test_a_comparing_critic_needs_its_baseline_in_the_run(prompt, tmp_path):
    with pytest.raises(WorkbenchError, match="'longer' compares with prompt 'v1': run it too"):
        await run(
            prompt("v2"),
            examples(1),
            Model("m", "m", "http://127.0.0.1:9/v1"),
            [Compares(Model("m"))],
        )


async def test_what_cannot_be_rendered_is_refused_before_the_first_call(prompt, tmp_path):
    with testing.serve(talk) as server:
        lacking = [*examples(3), wb.Example("bad", {"body": "x"})]
        with pytest.raises(WorkbenchError, match=r"example 'bad'.*'v1'.*text"):
            await run(prompt(), lacking, server.model(), store=tmp_path / "s.db")
        with pytest.raises(WorkbenchError, match="needs examples"):
            await run(prompt(), [], server.model(), store=tmp_path / "s.db")
        with pytest.raises(WorkbenchError, match="two prompts are called 'v1'"):
            await run([prompt(), prompt()], examples(1), server.model(), store=tmp_path / "s.db")
        with pytest.raises(ValueError, match="repeats"):
            await run(prompt(), examples(1), server.model(), store=tmp_path / "s.db", repeats=0)
    assert server.log == []


async def test_a_key_is_in_no_file_and_no_error(prompt, critic, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_API_KEY", "sk-canary-0123456789")

    def script(ask: Ask) -> str | Reply:
        return (
            Reply("sk-canary-0123456789 is wrong", status=400)
            if ask.text.endswith("1")
            else "sk-canary-0123456789!"
        )

    with testing.serve(script) as server:
        model = server.model(api_key_env="SECRET_API_KEY")
        store = wb.Store(tmp_path / "s.db")
        done = await run(prompt(), examples(2), model, [critic(model)], store=store)
        store.write_calls(tmp_path / "calls.jsonl")
        store.close()
    assert list(done.frame["output"]) == ["[key]!", ""]
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"sk-canary" not in path.read_bytes(), path
    assert "sk-canary" not in done.frame.to_string() + str(done.meta) + str(done.counts)


async def test_a_run_in_a_full_loop_does_not_need_its_own_thread_of_control(prompt, tmp_path):
    """Jupyter awaits in a loop that serves others too: they get their turns while a run goes on."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.01)

    with testing.serve(lambda ask: Reply(talk(ask), seconds=0.02)) as server:
        busy = asyncio.create_task(other())
        await run(prompt(), examples(200), server.model(max_concurrency=8), store=tmp_path / "s.db")
        busy.cancel()
    assert turns > 10


def test_a_run_knows_its_git_state_and_versions(prompt, tmp_path):
    with testing.serve(talk) as server:
        done = asyncio.run(run(prompt(), examples(1), server.model(), store=tmp_path / "s.db"))
    assert set(done.meta) == {
        "prompts",
        "dataset",
        "models",
        "critics",
        "repeats",
        "versions",
        "started",
        "seconds",
        "git",
        "examples",
    }
    assert done.meta["versions"]["python"].startswith("3.")
    assert done.meta["prompts"]["v1"]["fingerprint"] == done.prompts[0].fingerprint
    assert os.environ.get("WORKBENCH_PROGRESS") is None
