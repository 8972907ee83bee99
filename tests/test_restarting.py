"""A server that dies, restarts, is slow or serves another model in the middle of a run loses
nothing: the run waits for it, or goes on when asked for again.
"""

import asyncio
import json
import threading

import pytest
from local_servers import ended, vllm
from notes import examples, talk

from workbench import testing
from workbench.errors import ModelError
from workbench.models.servers import supervision
from workbench.runs import run
from workbench.testing import Reply


def asked_of(project):
    """What each request to the fake vLLM said, in order."""
    lines = (project / "asked.jsonl").read_text().splitlines()
    return [json.loads(line)["messages"][-1]["content"] for line in lines]


async def test_a_managed_server_that_dies_in_a_run_is_started_again(
    server_project, prompt, tmp_path, caplog
):
    model = vllm("mortal")
    await supervision.base_url(model)
    first = next(iter(supervision._running.values())).session
    (server_project / "die").touch()  # at the next request
    done = await run(prompt("v1"), examples(20), model, store=tmp_path / "s.db")
    second = next(iter(supervision._running.values())).session
    assert (done.counts["ok"], done.stopped) == (20, "")
    assert first != second
    assert ended(first)
    assert len(set(asked_of(server_project))) == 20
    said = [each.getMessage() for each in caplog.records]
    assert any("its vllm server ended while it served" in each for each in said)


async def test_an_endpoint_that_restarts_in_a_run_is_waited_for(prompt, tmp_path, caplog):
    """It is gone for two seconds, longer than a call's attempts take where it never was there."""
    with testing.serve(talk) as server:
        port = int(server.url.split(":")[2].removesuffix("/v1"))
        model = server.model(max_concurrency=4)
        seen = threading.Event()
        server.script = lambda ask: seen.set() or Reply(talk(ask), seconds=0.02)
        going = asyncio.create_task(run(prompt("v1"), examples(60), model, store=tmp_path / "s.db"))
        await asyncio.to_thread(seen.wait, 20)
    await asyncio.sleep(2)
    with testing.serve(talk, port=port):
        done = await going
    assert (done.counts["ok"], done.stopped) == (60, "")
    [said] = {each.getMessage() for each in caplog.records}
    assert "cannot connect to http://127.0.0.1:" in said
    assert "it is waited for, 300 s at most" in said


async def test_one_that_stays_away_ends_the_run_which_goes_on_once_it_is_back(prompt, tmp_path):
    with testing.serve(talk) as server:
        port = int(server.url.split(":")[2].removesuffix("/v1"))
        model = server.model(max_concurrency=2, patience_seconds=0.5, deadline_seconds=5)
        first = await run(prompt("v1"), examples(3), model, store=tmp_path / "s.db")
        seen = threading.Event()
        server.script = lambda ask: seen.set() or Reply(talk(ask), seconds=0.05)
        asked = (prompt("v1"), examples(40), model)
        going = asyncio.create_task(run(*asked, store=tmp_path / "s.db"))
        await asyncio.to_thread(seen.wait, 20)
    stopped = await going
    assert first.counts["ok"] == 3
    assert "could not be reached for" in stopped.stopped
    assert stopped.counts["unsent"] > 30
    with testing.serve(talk, port=port) as server:
        done = await run(*asked, store=tmp_path / "s.db")
    assert done.counts["ok"] == 40
    assert server.answered == 40 - stopped.counts["ok"]


async def test_another_model_in_its_place_ends_the_run_which_goes_on_once_it_is_back(
    prompt, tmp_path
):
    gone = threading.Event()

    def swapped(ask):
        if gone.is_set():
            return Reply("The model `model` does not exist. Valid aliases: other.", status=404)
        if "note 20" in ask.text:
            gone.set()
        return talk(ask)

    with testing.serve(swapped) as server:
        asked = (prompt("v1"), examples(200), server.model(max_concurrency=1))
        with pytest.raises(ModelError, match="does not have that model any more: HTTP 404"):
            await run(*asked, store=tmp_path / "s.db")
        kept = server.answered
        gone.clear()
        server.script = talk
        done = await run(*asked, store=tmp_path / "s.db")
    assert (kept, done.counts["ok"]) == (21, 200)
    assert server.answered == 200


async def test_a_row_that_quotes_such_words_is_that_rows_fault(prompt, tmp_path):
    def refuses(ask):
        if ask.text.endswith(("note 3", "note 7", "note 11", "note 15", "note 19", "note 23")):
            return Reply("unknown model in your text", status=400)
        return talk(ask)

    with testing.serve(refuses) as server:
        model = server.model(max_concurrency=1)
        done = await run(prompt("v1"), examples(30), model, store=tmp_path / "s.db")
    assert (done.counts["ok"], done.counts["error"]) == (24, 6)
