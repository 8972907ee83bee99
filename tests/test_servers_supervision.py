"""Local servers start once, say why when they cannot, and never outlive the process that started
them.
"""

import asyncio
import http.server
import os
import signal
import threading
from dataclasses import replace

import pytest
from local_servers import EMBEDDED, ended, get, parent, runs, started, vllm

from workbench.errors import ModelError
from workbench.models.model import Model
from workbench.models.servers import SERVERS, supervision
from workbench.models.servers.supervision import base_url, stop_servers

pytestmark = pytest.mark.usefixtures("server_project")


async def test_an_endpoint_that_already_runs_is_left_alone():
    assert (
        await base_url(Model("m", base_url="https://api.example.com/v1"))
        == "https://api.example.com/v1"
    )
    assert started() == []


@pytest.mark.embedded
def test_all_models_of_the_process_share_one_embedded_server(server_project):
    async def many():
        return await asyncio.gather(*(base_url(EMBEDDED) for _ in range(20)))

    urls = []
    threads = [threading.Thread(target=lambda: urls.extend(asyncio.run(many()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(urls) == 60
    assert len(set(urls)) == 1
    assert len(started()) == 1
    assert len(list((server_project / ".workbench" / "logs").glob("embedded-small-*.log"))) == 1


@pytest.mark.embedded
async def test_a_stopped_server_is_gone_and_the_next_call_starts_another():
    first = await base_url(EMBEDDED)
    (pid,) = started()
    stop_servers()
    assert not runs(pid)
    assert await base_url(EMBEDDED) != first
    assert started() != [pid]


async def test_a_server_that_died_is_started_again():
    await base_url(vllm("some"))
    (pid,) = started()
    os.killpg(pid, signal.SIGKILL)
    assert ended(pid)
    assert get(await base_url(vllm("some")) + "/models") == {"data": [{"id": "some"}]}
    assert started() != [pid]


@pytest.mark.embedded
@pytest.mark.parametrize("ending", ["kill", "fork", "exit"])
def test_the_embedded_server_ends_with_its_parent(ending):
    with parent("embedded", "", ending) as (process, server):
        if ending != "exit":
            assert runs(server)
            process.kill()
        assert ended(server)


@pytest.mark.parametrize("ending", ["kill", "exit"])
def test_a_vllm_server_and_its_workers_end_with_their_parent(server_project, ending):
    with parent("vllm", "workers", ending) as (process, server):
        worker = int((server_project / "worker.pid").read_text())
        if ending == "kill":
            assert runs(worker)
            process.kill()
        assert ended(server, worker)


async def test_a_server_deaf_to_sigterm_is_killed_with_its_workers(server_project):
    await base_url(vllm("stubborn"))
    pids = [*started(), int((server_project / "worker.pid").read_text())]
    await asyncio.to_thread(stop_servers)
    assert not any(runs(pid) for pid in pids)


async def test_the_event_loop_runs_on_while_a_server_starts(server_project):
    waiting = asyncio.create_task(base_url(vllm("waits")))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    (
        server_project / "go"
    ).touch()  # a blocked loop would never come here, and the server never be ready
    assert (await waiting).startswith("http://127.0.0.1:")


async def test_one_waiter_that_gives_up_leaves_the_start_to_the_others(server_project):
    first, second = (asyncio.create_task(base_url(vllm("waits"))) for _ in range(2))
    await asyncio.sleep(0.1)
    first.cancel()
    (server_project / "go").touch()
    assert (await second).startswith("http://127.0.0.1:")


async def test_a_server_that_ends_while_it_starts_shows_the_end_of_its_log(server_project):
    with pytest.raises(ModelError) as error:
        await base_url(vllm("dies"))
    said = str(error.value)
    (log,) = (server_project / ".workbench" / "logs").glob("vllm-big-*.log")
    assert said.startswith(
        f"model 'big': its vllm server ended while it started; {log} ends with: "
    )
    assert "ERROR no such folder / OSError: weights not found / " in said
    assert "\n" not in said


async def test_a_server_that_never_answers_is_given_up_and_ended(monkeypatch):
    monkeypatch.setitem(SERVERS, "vllm", replace(SERVERS["vllm"], start_seconds=1))
    waiting = asyncio.create_task(base_url(vllm("silent")))
    await asyncio.sleep(0)
    (pid,) = started()
    with pytest.raises(ModelError, match="did not answer within 1 seconds"):
        await waiting
    assert ended(pid)


async def test_another_process_on_the_port_is_not_taken_for_the_server(monkeypatch):
    class Stranger(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"data": [{"id": "another"}]}')

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as stranger:
        threading.Thread(target=stranger.serve_forever).start()
        monkeypatch.setattr(supervision, "_free_port", lambda: stranger.server_address[1])
        with pytest.raises(ModelError, match="Address already in use"):
            await base_url(vllm("some"))
        stranger.shutdown()


async def test_old_logs_go_and_the_latest_stay(server_project):
    logs = server_project / ".workbench" / "logs"
    logs.mkdir(parents=True)
    for number in range(25):
        (logs / f"{number}.log").touch()
        os.utime(logs / f"{number}.log", (number, number))
    await base_url(vllm("some"))
    assert sorted(int(log.stem) for log in logs.glob("[0-9]*.log")) == list(range(5, 25))
