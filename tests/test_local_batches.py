"""Batches under `vllm run-batch`: in chunks that are kept, whatever becomes of the command."""

import asyncio
import json
import os
import signal
from dataclasses import replace

import pytest
from local_servers import ended, until, vllm
from notes import examples

import workbench as wb
from workbench.errors import ModelError
from workbench.models import local_batches
from workbench.models.local_batches import LocalBatches
from workbench.models.servers import processes
from workbench.models.session import session_for
from workbench.runs import run

pytestmark = pytest.mark.usefixtures("server_project")


UNREADABLE = {"truncate_prompt_tokens": "many"}


def made(project):
    """How many lines each command was given."""
    log = project / "batches.jsonl"
    told = map(json.loads, log.read_text().splitlines()) if log.exists() else ()
    return [each["lines"].count("\n") for each in told]


def local(model_id):
    return LocalBatches(session_for(vllm(model_id), "http://127.0.0.1:9/v1"))


async def test_a_run_in_batches_goes_through_run_batch_as_actor_and_critic(
    prompt, critic, tmp_path, server_project
):
    model = replace(vllm("org/some", "--dtype", "half"), constrain="choice")
    asked = (prompt("v1"), examples(7), model, [critic(model)])
    done = await run(*asked, store=tmp_path / "s.db", batch=True)
    again = await run(*asked, store=tmp_path / "s.db", batch=True)
    assert done.columns["output"] == [f"NOTE {k}" for k in range(7)]
    assert set(done.columns["good.label"]) == {"no"}
    assert (made(server_project), again.counts["calls"]) == ([7, 7], 0)
    [first, _] = map(json.loads, (server_project / "batches.jsonl").read_text().splitlines())
    given = first["args"]
    assert given[0] == "run-batch"
    assert given[given.index("--model") + 1] == "org/some"
    assert given[-2:] == ["--dtype", "half"]
    assert "--port" not in given
    line = json.loads(first["lines"].splitlines()[0])
    assert (line["url"], line["body"]["model"]) == ("/v1/chat/completions", "org/some")


async def test_a_batch_is_cut_into_chunks(prompt, tmp_path, server_project, monkeypatch):
    monkeypatch.setattr(local_batches, "CHUNK_LINES", 3)
    done = await run(
        prompt("v1"), examples(8), vllm("org/some"), store=tmp_path / "s.db", batch=True
    )
    assert (made(server_project), done.counts["ok"]) == ([3, 3, 2], 8)


async def test_a_line_that_ends_the_command_is_its_rows_fault_alone(
    prompt, tmp_path, server_project
):
    good, bad = vllm("org/some"), replace(vllm("org/some"), name="bad", parameters=UNREADABLE)
    done = await run(prompt("v1"), examples(3), [good, bad], store=tmp_path / "s.db", batch=True)
    assert made(server_project) == [6, 3, 3]
    assert "Input should be a valid integer" in done.columns["error"][3]
    assert done.frame.groupby("model")["status"].unique().to_dict() == {
        "bad": ["error"],
        "big": ["ok"],
    }


async def test_what_vllm_says_of_a_line_is_its_rows_error(prompt, tmp_path):
    rows = [wb.Example(f"e{k}", {"text": text}) for k, text in enumerate(["fine", "overflow"])]
    done = await run(prompt("v1"), rows, vllm("org/some"), store=tmp_path / "s.db", batch=True)
    assert done.columns["status"] == ["ok", "error"]
    assert done.columns["error"] == ["", "HTTP 400: too long"]


async def test_the_view_hears_how_far_it_is():
    batches = local("org/slow")
    lines = [b'{"custom_id":"%d","body":{"model":"org/slow","messages":[{"content":"a"}]}}\n' % n
             for n in range(4)]  # fmt: skip
    assert (await batches.begin("t1", lines)).done == 0
    states = []

    async def look():
        states.append(await batches.look("t1"))
        return states[-1].done == 4

    for _ in range(500):
        if await look():
            break
        await asyncio.sleep(0.02)
    assert states[-1].done == 4
    assert states[-1].status == "in_progress"
    await batches.close()


async def test_an_interrupted_run_leaves_no_process_and_goes_on_with_the_chunks_that_are_left(
    prompt, tmp_path, server_project, monkeypatch
):
    monkeypatch.setattr(local_batches, "CHUNK_LINES", 4)
    (server_project / "go").touch()  # the first chunk is answered, the second waits
    asked = (prompt("v1"), examples(6), vllm("org/slow"))
    going = asyncio.create_task(run(*asked, store=tmp_path / "s.db", batch=True))
    done = server_project / ".workbench" / "batches"
    await until(lambda: list(done.glob("*/0000.out.jsonl")))
    (server_project / "go").unlink(missing_ok=True)
    await until(lambda: len(made(server_project)) == 2)
    [record] = (server_project / "run").glob("workbench-servers-*/batch-*.json")
    session = json.loads(record.read_text())["session"]
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert processes.of_session(session) == []
    (server_project / "go").touch()
    again = await run(*asked, store=tmp_path / "s.db", batch=True)
    assert again.counts["ok"] == 6
    assert made(server_project) == [4, 2, 2]


async def test_a_command_that_fails_says_why_and_can_be_gone_on_with(prompt, tmp_path):
    with pytest.raises(ModelError, match="its batch ended; there is too little memory for it"):
        await run(prompt("v1"), examples(2), vllm("large"), store=tmp_path / "s.db", batch=True)


async def test_a_command_that_is_killed_ends_the_run_and_leaves_no_worker():
    batches = local("org/slow")
    line = b'{"custom_id":"1","body":{"model":"m","messages":[{"content":"a"}]}}\n'
    await batches.begin("t2", [line])
    supervisor = batches._child.process.pid
    await until(lambda: len(processes.of_session(supervisor)) > 1)
    os.kill(supervisor, signal.SIGKILL)
    assert await asyncio.to_thread(ended, supervisor)
    await until(lambda: not processes.of_session(supervisor))
    with pytest.raises(ModelError, match=r"its batch ended; .*run again to go on"):
        await batches.look("t2")
    await batches.close()


async def test_a_batch_of_another_machine_is_made_anew():
    assert await local("org/some").find("elsewhere", 0.0) is None
    assert (await local("org/some").look("elsewhere")).status == "expired"


async def test_batches_of_long_ago_are_removed(server_project):
    old = server_project / ".workbench" / "batches" / "old"
    old.mkdir(parents=True)
    (old / "whole").touch()
    os.utime(old / "whole", (0, 0))
    batches = local("org/some")
    await batches.begin("new", [b'{"custom_id":"1","body":{"model":"m","messages":[]}}\n'])
    assert sorted(each.name for each in old.parent.iterdir()) == ["new"]
    await batches.close()
