"""Runs in batches: the same frame at half the price, whatever becomes of the batches."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from local_servers import until
from notes import DEAR, USAGE, examples, talk

import workbench as wb
from workbench import testing
from workbench.errors import ModelError
from workbench.models import batches
from workbench.runs import batching, load_run, quote, run
from workbench.store.batch_table import Ticket
from workbench.testing import Ask, Fate, Reply

SAME = ["prompt", "model", "example", "repeat", "status", "output", "prompt_tokens", "good"]


def dear(ask: Ask) -> Reply:
    return Reply(talk(ask), usage=USAGE)


def sizes(server):
    return [len(batch.lines) for batch in server.batches]


async def test_a_run_in_batches_has_the_same_frame_at_half_the_price(
    prompt, critic, store_url, tmp_path
):
    with testing.serve(dear) as server:
        model = server.model(price=DEAR)
        asked = ([prompt("v1"), prompt("v2")], examples(5), model, [critic(model)])
        live = await run(*asked, repeats=2, store=tmp_path / "live.db")
        quoted = quote(*asked, repeats=2, store=store_url, batch=True)
        done = await run(*asked, repeats=2, store=store_url, batch=True)
        again = await run(*asked, repeats=2, store=store_url, batch=True)
        offline = await run(*asked, repeats=2, store=store_url, batch=True, offline=True)
    assert sizes(server) == [20, 20]
    assert done.frame[SAME].equals(live.frame[SAME])
    assert done.cost == pytest.approx(live.cost / 2) == pytest.approx(40 * 0.03)
    assert set(done.columns["cost"]) == {0.03}
    assert done.frame["seconds"].isna().all()
    assert (done.counts["calls"], done.counts["requests"], done.stopped) == (40, 40, "")
    assert (again.counts["calls"], again.counts["cached"]) == (0, 40)
    assert list(again.columns["cost"]) == list(done.columns["cost"])
    assert offline.frame[SAME].equals(done.frame[SAME])
    assert load_run("last", store_url).frame[SAME].equals(done.frame[SAME])
    assert (quoted.calls, quoted.seconds) == (40, 2 * 86400)


def test_a_quote_of_batches_is_half_of_the_other(prompt, critic, tmp_path):
    model = wb.Model("m", "m", "http://127.0.0.1:9/v1", price=DEAR)
    asked = (prompt("v1"), examples(3), model, [critic(model)])
    live = quote(*asked, store=tmp_path / "s.db")
    batch = quote(*asked, store=tmp_path / "s.db", batch=True)
    assert batch.calls == live.calls == 6
    assert batch.likely_cost == pytest.approx(live.likely_cost / 2)
    assert batch.most_cost == pytest.approx(live.most_cost / 2)


@pytest.mark.parametrize("at_once", [1, 50, 64, 1000])
async def test_verdicts_on_all_answers_of_a_batch_go_in_one(
    prompt, critic, tmp_path, monkeypatch, at_once
):
    monkeypatch.setattr(batching, "AT_ONCE", at_once)
    with testing.serve(talk) as server:
        asked = (prompt("v1"), examples(200), server.model(), [critic(server.model())])
        done = await run(*asked, store=tmp_path / "s.db", batch=True)
    assert (sizes(server), done.counts["ok"], done.counts["unscored"]) == ([200, 200], 200, 0)


async def test_two_runs_at_once_share_the_calls_and_send_none_twice(prompt, critic, tmp_path):
    with testing.serve(talk) as server:
        asked = (prompt("v1"), examples(30), server.model(), [critic(server.model())])
        both = [run(*asked, store=wb.Store(tmp_path / "s.db"), batch=True) for _ in range(2)]
        first, second = await asyncio.gather(*both)
    assert first.frame[SAME].equals(second.frame[SAME])
    assert len(server.log) == sum(sizes(server)) == 60


async def test_lines_are_named_by_the_key_of_their_call_and_answers_may_come_in_any_order(
    prompt, tmp_path
):
    with testing.serve(talk) as server:
        done = await run(
            prompt("v1"), examples(3), server.model(), store=tmp_path / "s.db", batch=True
        )
    [batch] = server.batches
    keys = [done.plan.request(row).key().hex() for row in range(3)]
    assert [line["custom_id"] for line in batch.lines] == keys
    assert {(line["method"], line["url"]) for line in batch.lines} == {
        ("POST", "/v1/chat/completions")
    }
    assert batch.lines[0]["body"] == done.plan.request(0).body()
    assert done.columns["output"] == [f"v1. on note {k}" for k in range(3)]


async def test_a_run_that_is_interrupted_goes_on_with_its_batch(prompt, critic, store_url):
    with testing.serve(talk) as server:
        server.fate = lambda lines: Fate(looks=10**9)
        asked = (prompt("v1"), examples(4), server.model(), [critic(server.model())])
        first = asyncio.create_task(run(*asked, store=store_url, batch=True))
        await until(lambda: server.batches and server.batches[0].looked)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        server.batches[0].fate, server.fate = Fate(), lambda lines: Fate()
        done = await run(*asked, store=store_url, batch=True)
    assert sizes(server) == [4, 4]
    assert done.counts["ok"] == 4
    assert len(server.log) == 8


JOB = """
import asyncio, sys
sys.path.insert(0, {tests!r})
import workbench as wb
from notes import examples

model = wb.Model("m", "m", {url!r}, price=wb.model("m").price)
asyncio.run(wb.run(wb.load_prompt({prompt!r}), examples(4), model, store={store!r}, batch=True))
"""


async def test_a_killed_process_leaves_its_batch_to_the_next(prompt, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store, made = str(tmp_path / "s.db"), prompt("v1")
    with testing.serve(talk) as server:
        server.models_file("models.yaml", "m")
        server.fate = lambda lines: Fate(looks=10**9)
        job = JOB.format(
            tests=str(Path(__file__).parent),
            url=server.url,
            prompt=str(tmp_path / "v1.prompty"),
            store=store,
        )
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", job)
        await until(lambda: server.batches and server.batches[0].looked)
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        server.batches[0].fate = Fate()
        done = await run(made, examples(4), server.model("m"), store=store, batch=True)
    assert (sizes(server), done.counts["ok"], len(server.log)) == ([4], 4, 4)


@pytest.mark.parametrize("fate", [Fate(lost=True), Fate(made=False)])
async def test_a_batch_whose_making_was_not_heard_of_is_not_made_twice(prompt, tmp_path, fate):
    fates = [fate]
    with testing.serve(talk) as server:
        server.fate = lambda lines: fates.pop() if fates else Fate()
        done = await run(
            prompt("v1"), examples(3), server.model(), store=tmp_path / "s.db", batch=True
        )
    assert (sizes(server), done.counts["ok"]) == ([3], 3)


async def test_a_batch_that_was_about_to_be_made_when_its_process_died_is_found_or_made(
    prompt, tmp_path
):
    store = wb.Store(tmp_path / "s.db")
    with testing.serve(talk) as server:
        asked = (prompt("v1"), examples(3), server.model())
        probe = await run(*asked, store=tmp_path / "other.db", batch=True)
        keys = [probe.plan.request(row).key() for row in range(3)]
        ticket = server.batches[0].metadata["workbench"]
        store.batches.enter(Ticket(ticket, "", time.time()), keys[:2])
        store.batches.enter(Ticket("never made", "", time.time()), keys[2:])
        done = await run(*asked, store=store, batch=True)
    assert sizes(server) == [3, 1]
    assert (done.counts["ok"], store.batches.find(keys)) == (3, {})


async def test_a_batch_with_errors_alone_has_no_output_file_and_its_rows_say_why(prompt, tmp_path):
    asked = (prompt("v1"), examples(3))
    with testing.serve(lambda ask: Reply("too rude", status=422)) as server:
        model = server.model(price=DEAR)
        done = await run(*asked, model, store=tmp_path / "s.db", batch=True)
        server.script = dear
        again = await run(*asked, model, store=tmp_path / "s.db", batch=True)
    assert done.columns["status"] == ["error"] * 3
    assert set(done.columns["error"]) == {"HTTP 422: too rude"}
    assert done.cost == 0
    assert (again.counts["ok"], sizes(server)) == (3, [3, 3])


async def test_what_an_expired_batch_got_to_is_kept_and_the_rest_is_sent_again(prompt, tmp_path):
    fates = [Fate("expired", answered=2), Fate("expired", answered=0)]
    with testing.serve(dear) as server:
        server.fate = lambda lines: fates.pop(0) if fates else Fate()
        model = server.model(price=DEAR)
        done = await run(prompt("v1"), examples(5), model, store=tmp_path / "s.db", batch=True)
    assert sizes(server) == [5, 3, 3]
    assert (done.counts["ok"], len(server.log)) == (5, 5)
    assert done.cost == pytest.approx(5 * 0.03)


async def test_a_batch_that_expires_every_time_ends_as_a_time_out(prompt, tmp_path):
    with testing.serve(talk) as server:
        server.fate = lambda lines: Fate("expired", answered=0)
        model = server.model(attempts=2)
        done = await run(prompt("v1"), examples(2), model, store=tmp_path / "s.db", batch=True)
    assert done.columns["status"] == ["timeout"] * 2
    assert set(done.columns["error"]) == {"its batch ended (expired) without an answer to it"}
    assert sizes(server) == [2, 2]


async def test_a_batch_cancelled_at_its_endpoint_ends_the_run_and_keeps_what_it_had(
    prompt, tmp_path
):
    fates = [Fate("cancelled", answered=3)]
    asked = (prompt("v1"), examples(5))
    with testing.serve(talk) as server:
        server.fate = lambda lines: fates.pop() if fates else Fate()
        done = await run(*asked, server.model(), store=tmp_path / "s.db", batch=True)
        again = await run(*asked, server.model(), store=tmp_path / "s.db", batch=True)
    assert (done.counts["ok"], done.counts["unsent"]) == (3, 2)
    assert "was cancelled at its endpoint" in done.stopped
    assert (again.counts["ok"], sizes(server), len(server.log)) == (5, [5, 2], 5)


async def test_files_hold_no_more_lines_and_bytes_than_they_may(prompt, tmp_path, monkeypatch):
    asked = (prompt("v1"), examples(7))
    with testing.serve(talk) as server:
        monkeypatch.setattr(batches, "MOST_LINES", 3)
        done = await run(*asked, server.model("a"), store=tmp_path / "s.db", batch=True)
        line = len(batches.line("0" * 32, done.plan.request(0)))
        monkeypatch.setattr(batches, "MOST_BYTES", 2 * line)
        await run(*asked, server.model("b"), store=tmp_path / "s.db", batch=True)
        monkeypatch.setattr(batches, "MOST_BYTES", line - 1)
        none = await run(*asked, server.model("c"), store=tmp_path / "s.db", batch=True)
    assert (sorted(sizes(server)[:3]), sorted(sizes(server)[3:])) == ([1, 3, 3], [1, 2, 2, 2])
    assert none.columns["status"] == ["error"] * 7
    assert "not sent: it is longer than" in none.columns["error"][0]


async def test_a_line_that_is_no_json_everywhere_is_its_rows_fault_and_not_the_files(
    prompt, tmp_path
):
    given = [*examples(2), wb.Example("half", {"text": "half \ud800 of a character"})]
    with testing.serve(talk) as server:
        done = await run(prompt("v1"), given, server.model(), store=tmp_path / "s.db", batch=True)
    assert done.columns["status"] == ["ok", "ok", "error"]
    assert done.columns["error"][2].startswith("not sent: it is no JSON")
    assert sizes(server) == [2]


async def test_a_budget_is_kept_at_the_price_of_batches(prompt, tmp_path):
    with testing.serve(dear) as server:
        model = server.model(price=DEAR)
        asked = (prompt("v1"), examples(40), model)
        most = quote(*asked, store=tmp_path / "s.db", batch=True).most_cost
        whole = await run(*asked, store=tmp_path / "s.db", budget=most, batch=True)
        part = await run(*asked, store=tmp_path / "t.db", budget=most / 4, batch=True)
    assert whole.counts["ok"] == 40
    assert 0 < part.counts["ok"] < 40
    assert part.cost <= most / 4
    assert "does not cover another call" in part.stopped


async def test_a_stopped_run_leaves_its_batch_to_go_on(prompt, tmp_path, watchers):
    seen = []

    def stop(made, progress):
        seen.append(progress)
        if progress.answered_there:
            made.stop()

    watchers.append(stop)
    asked = (prompt("v1"), examples(4))
    with testing.serve(talk) as server:
        server.fate = lambda lines: Fate(looks=10**9)
        done = await run(*asked, server.model(), store=tmp_path / "s.db", batch=True)
        server.batches[0].fate = Fate()
        again = await run(*asked, server.model(), store=tmp_path / "s.db", batch=True)
    assert done.counts["unsent"] == 4
    assert (2, 4) in {(each.answered_there, each.in_batches) for each in seen}
    assert (again.counts["ok"], sizes(server)) == (4, [4])


def test_a_local_server_takes_no_batches(prompt, critic, tmp_path):
    remote = wb.Model("m", "m", "http://127.0.0.1:9/v1")
    local = wb.Model("near", "x", server="embedded")
    for asked in ((local, []), (remote, [critic(local)])):
        with pytest.raises(ModelError, match="'near' has `server: embedded`, which takes no"):
            quote(prompt("v1"), examples(1), *asked, store=tmp_path / "s.db", batch=True)


async def test_an_ordinary_run_answers_calls_of_a_batch_and_nobody_fetches_them_again(
    prompt, tmp_path
):
    store = wb.Store(tmp_path / "s.db")
    asked = (prompt("v1"), examples(2))
    with testing.serve(talk) as server:
        probe = await run(*asked, server.model(), store=tmp_path / "other.db")
        keys = [probe.plan.request(row).key() for row in range(2)]
        store.batches.enter(Ticket("t", "batch_gone", time.time()), keys)
        with pytest.raises(ModelError, match="another key, use that one, or run without batch"):
            await run(*asked, server.model(), store=store, batch=True)
        done = await run(*asked, server.model(), store=store)
    assert (done.counts["ok"], store.batches.find(keys)) == (2, {})
