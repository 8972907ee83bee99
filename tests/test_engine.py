"""How a run is worked off, against a scripted endpoint: shared, stopped, interrupted, bounded."""

import asyncio
import json
import threading
import time

import pytest
from notes import examples, talk

import workbench as wb
from workbench import runs, testing
from workbench.errors import ModelError
from workbench.runs import load_run, run
from workbench.testing import Ask, Reply


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
    well_on = threading.Event()

    def script(ask: Ask) -> Reply:
        if ask.text.endswith("note 80"):
            well_on.set()
        return Reply(talk(ask), seconds=5.0 if ask.text.endswith("note 30") else 0.0)

    with testing.serve(script) as server:
        model = server.model(max_concurrency=4)
        task = asyncio.create_task(
            run(prompt(), examples(1000), model, [critic(model)], store=store_url)
        )
        await asyncio.to_thread(well_on.wait, 60)
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
