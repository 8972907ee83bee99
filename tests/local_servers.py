"""What the tests of local servers share: models that fake_vllm.py serves, and processes that start
servers.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

from workbench.models.model import Model
from workbench.models.servers import SERVERS, supervision

ROOT = Path(__file__).resolve().parents[1]
EMBEDDED = Model("small", server="embedded", **SERVERS["embedded"].defaults)

# A process that starts a server, says which process serves, and then waits.
PARENT = """
import asyncio, os, sys, time
from workbench.models.model import Model
from workbench.models.servers import SERVERS, supervision
kind, model_id, ending = sys.argv[1:]
fields = dict(SERVERS[kind].defaults) | ({"id": model_id} if model_id else {})
asyncio.run(supervision.base_url(Model("m", server=kind, **fields)))
print(*(server.child.process.pid for server in supervision._running.values()), flush=True)
if ending == "fork" and os.fork() == 0:
    supervision.stop_servers()
    time.sleep(60)  # nobody ends it: longer than a test waits for the server
if ending != "exit":
    time.sleep(600)
"""


def vllm(model_id, *args):
    return Model("big", server="vllm", id=model_id, args=args)


def started():
    servers = supervision._running.values()
    return [server.child.process.pid for server in servers if server.child]


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


@contextlib.contextmanager
def parent(kind, model_id, ending):
    """A process of its own that has started a server; gives it and the server's process id."""
    script = [sys.executable, "-c", textwrap.dedent(PARENT), kind, model_id, ending]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        yield process, int(process.stdout.readline())
        process.kill()


async def until(true):
    """Wait until something is so."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 (it becomes so in another process)
            await asyncio.sleep(0.01)
