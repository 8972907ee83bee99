"""`async with wb.serve(...)`: a server for as long as a block lasts, shared by who asks for it."""

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest
from local_servers import ROOT, ended, runs, started, until

import workbench as wb
from workbench.errors import ModelError
from workbench.models.served import servable
from workbench.models.servers import processes, sharing
from workbench.models.servers.supervision import base_url

pytestmark = pytest.mark.usefixtures("server_project")

# A process that serves a model in a block; says which process supervises it, and waits to be told
# to go.
BLOCK = """
import asyncio, sys
import workbench as wb
from workbench.models.servers import supervision
async def block():
    async with wb.serve(sys.argv[1]) as model:
        done = await model.complete([{"role": "user", "content": "hi"}])
        [server] = supervision._running.values()
        print(done.text, server.session, server.child is not None, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
asyncio.run(block())
"""


def process(model_id):
    """A process in its block: itself, the number of the supervisor, and whether it started it."""
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(BLOCK), model_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert child.stdout
    text, session, own = child.stdout.readline().split()
    assert text == "HI"
    return child, int(session), own == "True"


def leave(child):
    child.stdin.write("\n")
    child.stdin.close()
    assert child.wait(30) == 0
    child.stdout.close()


async def test_a_block_serves_a_model_and_leaves_nothing():
    async with wb.serve("org/some") as model:
        done = await model.complete([{"role": "user", "content": "hi"}])
        (pid,) = started()
    assert (done.text, done.status) == ("HI", "ok")
    assert (model.name, model.id, model.constrain) == ("some", "org/some", "choice")
    assert processes.of_session(pid) == []


def test_a_supervisor_that_ends_its_server_is_no_other_user_of_it():
    place = sharing.Place("ending")
    place.record_file.write_text("a server")
    with place.use():
        assert place.others_use()
    assert not place.others_use()
    with open(place.record_file, "r+b") as supervisor:
        fcntl.flock(supervisor, fcntl.LOCK_EX)
        empties = threading.Timer(0.2, lambda: (supervisor.truncate(), supervisor.close()))
        empties.start()
        assert not place.others_use()
    empties.join()


async def test_blocks_of_one_model_share_its_server_until_the_last_ends():
    async with wb.serve("org/some") as outer:
        async with wb.serve("org/some") as inner:
            assert inner.endpoint == outer.endpoint
            pids = started()
        assert started() == pids
        assert (await outer.complete([{"role": "user", "content": "hi"}])).text == "HI"
    assert started() == []
    assert ended(*pids)


async def test_a_critic_is_held_to_its_choices_and_weighed(server_project):
    async with wb.serve("org/some") as model:
        done = await model.complete(
            [{"role": "user", "content": "Is it?"}], choices=("yes", "no"), top_logprobs=2
        )
    assert (done.text, [text for text, _ in done.tokens[0].top]) == ("yes", ["yes", "no"])
    [asked] = map(json.loads, (server_project / "asked.jsonl").read_text().splitlines())
    assert asked["structured_outputs"] == {"choice": ["yes", "no"]}
    assert "guided_choice" not in asked


def test_another_process_uses_the_server_that_runs_and_keeps_it_alive():
    first, server, began = process("org/some")
    second, same, began_it = process("org/some")
    assert (server, began, began_it) == (same, True, False)
    leave(first)
    assert runs(server)
    leave(second)
    assert ended(server)


def test_a_user_that_is_killed_keeps_the_others_server_alive():
    first, server, _ = process("org/some")
    second, _, _ = process("org/some")
    first.kill()
    first.communicate()
    assert runs(server)
    second.kill()
    second.communicate()
    assert ended(server)
    assert processes.of_session(server) == []


def test_other_arguments_or_variables_are_another_server(monkeypatch):
    first, server, _ = process("org/some")
    monkeypatch.setenv("VLLM_ATTENTION_BACKEND", "FLASHINFER")
    second, other, _ = process("org/some")
    assert server != other
    leave(first)
    leave(second)


def test_the_workers_of_a_killed_server_go(server_project):
    """An engine process would keep the GPU's memory."""
    child, supervisor, _ = process("org/workers")
    worker = int((server_project / "worker.pid").read_text())
    [server] = [
        each.pid
        for each in processes.of_session(supervisor)
        if each.pid not in (supervisor, worker)
    ]
    os.kill(server, signal.SIGKILL)
    assert ended(server, worker, supervisor)
    child.kill()
    child.communicate()


def test_the_server_of_a_killed_supervisor_goes(server_project):
    child, supervisor, _ = process("org/workers")
    worker = int((server_project / "worker.pid").read_text())
    os.kill(supervisor, signal.SIGKILL)
    assert ended(supervisor, worker)
    assert processes.of_session(supervisor) == []
    child.kill()
    child.communicate()


async def test_what_outlived_its_supervisor_is_named_and_ended_at_the_next_start(
    server_project, caplog
):
    child, supervisor, _ = process("org/workers")
    worker = int((server_project / "worker.pid").read_text())
    os.kill(child.pid, signal.SIGSTOP)  # else it would see to it
    os.kill(supervisor, signal.SIGKILL)
    child.kill()
    child.communicate()
    assert ended(supervisor)
    assert runs(worker)
    [(record, left)] = sharing.left_behind()
    assert (record.session, worker in [each.pid for each in left]) == (supervisor, True)
    await base_url(servable("org/some"))
    [said] = [each.getMessage() for each in caplog.records]
    begins = "the vllm server of org/workers had outlived its supervisor, and was ended: "
    assert said.startswith(begins)
    assert f"{worker} python" in said
    assert ended(worker)
    assert sharing.left_behind() == []


async def test_a_start_that_is_given_up_leaves_nothing():
    async def block():
        async with wb.serve("org/silent"):
            raise AssertionError

    (await_it := asyncio.create_task(block())).add_done_callback(lambda _: None)
    await until(started)
    (pid,) = started()
    await_it.cancel()
    with pytest.raises(asyncio.CancelledError):
        await await_it
    assert processes.of_session(pid) == []


def test_a_name_is_of_models_yaml_a_repository_or_a_folder(server_project):
    (server_project / "weights").mkdir()
    (server_project / "models.yaml").write_text(
        "models: {big: {server: vllm, id: org/big, args: [--seed, '1']},"
        " far: {id: m, base_url: 'https://api.example.com/v1'}}\nroles: {actor: big}"
    )
    assert servable("actor", ["--dtype", "half"]).args == ("--seed", "1", "--dtype", "half")
    assert servable("actor").id == "org/big"
    assert servable("weights").id == "weights"
    assert servable("org/other").name == "other"
    with pytest.raises(ModelError, match="'far' is served already, at https://api"):
        servable("far")
    with pytest.raises(
        ModelError, match=r"no model 'bog': is 'big' meant\? It has big, far, actor;"
    ):
        servable("bog")
