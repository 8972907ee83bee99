"""A start that takes long shows how far it is: in the cell, on the terminal, under papermill."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import IPython.display
import pytest
from local_servers import ROOT, ended, until, vllm

from workbench.headless import Progress
from workbench.models.servers import starting
from workbench.models.servers.starting import Starting
from workbench.models.servers.supervision import base_url
from workbench.views.started import watch_start

pytestmark = pytest.mark.usefixtures("server_project")


@pytest.fixture
def told(monkeypatch):
    """What those who watch are told."""
    said = []
    monkeypatch.setattr(starting, "watchers", [said.append])
    return said


async def test_those_who_watch_hear_the_last_line_of_the_log_and_the_end(told, server_project):
    waiting = asyncio.create_task(base_url(vllm("waits")))
    await until(lambda: told and told[-1].said)
    (server_project / "go").touch()
    await waiting
    assert {each.state for each in told[:-1]} == {"starting"}
    assert told[-2].said == "loading weights, 12 of 40"
    assert told[-2].sentence.endswith(" s: loading weights, 12 of 40")
    assert (told[-1].state, told[-1].model, told[-1].server) == ("up", "big", "vllm")


async def test_whoever_executes_the_notebook_hears_it_too(monkeypatch, server_project, capsys):
    ticks = server_project / "ticks.jsonl"
    monkeypatch.setenv("WORKBENCH_PROGRESS", str(ticks))
    waiting = asyncio.create_task(base_url(vllm("waits")))
    await until(ticks.exists)
    (server_project / "go").touch()
    await waiting
    progress = Progress()
    for line in ticks.read_text().splitlines():
        progress(json.loads(line))
    assert "The vllm server of big is up after " in capsys.readouterr().err


def test_the_cell_that_waits_shows_one_line_written_anew(monkeypatch):
    shown = []
    for name in ("display", "update_display"):
        monkeypatch.setattr(
            IPython.display, name, lambda data, name=name, **given: shown.append((name, data))
        )
    watch_start(Starting("<b>", "vllm", 3.0, "<script>", "starting"))
    watch_start(Starting("<b>", "vllm", 9.0, "", "up"))
    watch_start(Starting("<b>", "vllm", 1.0, "", "failed"))
    assert [name for name, _ in shown] == ["display", "update_display", "display"]
    assert "&lt;script&gt;" in shown[0][1]["text/html"]
    assert shown[1][1]["text/plain"] == "The vllm server of <b> is up after 9.00 s."
    assert shown[2][1]["text/plain"] == "The vllm server of <b> did not start after 1.00 s."


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_shell_serves_a_model_until_it_is_told_to_end(server_project, sign):
    command = [sys.executable, "-m", "workbench", "serve", "org/workers", "--", "--seed", "1"]
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    line = child.stdout.readline()
    worker = int((server_project / "worker.pid").read_text())
    assert line.startswith("org/workers is served at http://127.0.0.1:")
    child.send_signal(sign)
    out, err = child.communicate(timeout=40)
    assert (child.returncode, out) == (0, "the server is not used here any more\n")
    assert "Traceback" not in err
    assert ended(worker)
