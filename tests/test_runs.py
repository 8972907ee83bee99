"""Runs against a scripted endpoint: what is asked, what is kept, what is counted, and how a run
ends.
"""

import asyncio
import math
import os
import random
import time
from pathlib import Path

import pytest
from notes import examples, talk

import workbench as wb
from workbench import testing
from workbench.errors import OfflineMiss
from workbench.models.entry import Price
from workbench.runs import load_run, run, watched_by
from workbench.testing import Ask, Reply

ACTOR_COLUMNS = [
    "prompt", "model", "example", "repeat", "status", "output", "error", "prompt_tokens",
    "completion_tokens", "seconds", "cost", "cached", "thinking", "thinking_tokens",
    "queue_seconds", "first_token_seconds",
]  # fmt: skip


async def test_a_run_has_a_row_for_every_prompt_model_example_and_repeat(prompt, critic, store_url):
    rng = random.Random(0)

    def script(ask: Ask) -> Reply:
        usage = {"prompt_tokens": 10, "completion_tokens": 5}
        return Reply(talk(ask), seconds=rng.random() / 50, usage=usage)

    with testing.serve(script) as server:
        one, two = server.model("one", price=Price(1, 2)), server.model("two")
        prompts, judges = [prompt("v1"), prompt("v2")], [critic(two)]
        done = await run(prompts, examples(3), [one, two], judges, repeats=2, store=store_url)
    frame = done.frame
    of_critic = ["good", "good.label", "good.reason", "good.mode", "good.mass"]
    assert list(frame.columns) == [*ACTOR_COLUMNS, *of_critic, "tag.kind"]
    keys = (frame[name] for name in ("prompt", "model", "example", "repeat"))
    assert list(zip(*keys, strict=True)) == [
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
        "rows": 24, "calls": 36, "requests": 36, "cached": 0, "failed": 0, "unscored": 0,
        "stopped": "", "ok": 24,
    }  # fmt: skip
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
            prompt("v1"), examples(5), model, [critic(model), wb.Length(1)], store=store_url
        )
        past = load_run(store=store_url)
    assert past.frame.equals(done.frame)
    assert past.columns["output"][1] == "\ud800 \0"
    assert (past.counts, past.id) == (done.counts, done.id)
    assert past.cost == pytest.approx(done.cost)
    assert past.meta == done.meta and past.meta.dataset.n == 5
    assert {name: about.scale for name, about in past.meta.critics.items()} == {
        "good": wb.Scale(0, 1),
        "length": wb.Scale(0, 1),
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


@pytest.mark.parametrize("set_by", [86_400.0, -86_400.0])
async def test_a_clock_that_is_set_while_a_run_goes_on_changes_no_duration(
    prompt, critic, tmp_path, monkeypatch, set_by
):
    real, told = time.time, []

    def script(ask: Ask) -> Reply:
        monkeypatch.setattr(time, "time", lambda: real() + set_by)
        return Reply(talk(ask))

    with testing.serve(script) as server, watched_by(lambda _, progress: told.append(progress)):
        model = server.model("m")
        done = await run([prompt()], examples(4), model, [critic(model)], store=tmp_path / "r.db")
    assert (done.counts["ok"], done.counts["calls"], len(server.log)) == (4, 8, 8)
    assert 0 < done.seconds < 60 and all(0 < each.seconds < 60 for each in told)


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


def test_a_run_knows_its_git_state_and_versions(prompt, tmp_path):
    with testing.serve(talk) as server:
        done = asyncio.run(run(prompt(), examples(1), server.model(), store=tmp_path / "s.db"))
    assert done.meta.repeats == 1 and done.meta.seconds == pytest.approx(done.seconds, abs=0.001)
    assert done.meta.git is None or len(done.meta.git) >= 7
    assert done.meta.versions["python"].startswith("3.")
    assert done.meta.prompts["v1"].fingerprint == done.prompts[0].fingerprint
    assert os.environ.get("WORKBENCH_PROGRESS") is None
