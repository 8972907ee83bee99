"""Starts local model servers when they are first needed, shares them among all models of this
process, and ends them with it.

Every child holds the reading end of a pipe whose writing end only this process has. Its end, be it
by stop_servers, at exit or by `kill -9`, is the children's sign to go: no server outlives the
process that started it.
"""

import asyncio
import atexit
import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from workbench.errors import ModelError
from workbench.files import root
from workbench.models.entry import ModelEntry
from workbench.models.servers import SERVERS
from workbench.models.servers.kind import Kind, script
from workbench.secrets import is_secret_name, redact

LOGS_KEPT = 20
LEAVE_SECONDS = 20  # that an ended server may take to go; its supervisor alone takes up to ten

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """A server that this process started, and the log of what it says."""

    model: ModelEntry
    process: subprocess.Popen[bytes]
    port: int
    log: Path
    ready: Future[str] = field(default_factory=Future[str])  # its base URL, or a ModelError


_running: dict[str, Running] = {}  # by the endpoint of their model
_lock = threading.Lock()


async def base_url(model: ModelEntry) -> str:
    """The base URL of a model's endpoint; a local server is started unless it runs, and waited for.

    ModelError where the server cannot be started, with the last lines of its log.
    """
    if not model.server:
        return model.base_url
    with _lock:
        server = _running.get(model.endpoint)
        if server is None or server.process.poll() is not None:
            server = _running[model.endpoint] = _start(model)
    # shielded: others wait for the same server
    return await asyncio.shield(asyncio.wrap_future(server.ready))


def stop_servers() -> None:
    """End every local server of this process, and wait until they are gone."""
    with _lock:
        servers = list(_running.values())
        _running.clear()
    for server in servers:
        _pipe(server).close()
    for server in servers:
        _end(server)


def _forget() -> None:
    """In a forked child: the servers are the parent's, and the child must not hold their pipes
    open.
    """
    global _lock
    _lock = threading.Lock()  # another thread of the parent may have held it
    for server in _running.values():
        _pipe(server).close()
    _running.clear()


atexit.register(stop_servers)
os.register_at_fork(after_in_child=_forget)


def _pipe(server: Running) -> IO[bytes]:
    assert server.process.stdin is not None
    return server.process.stdin


def _end(server: Running) -> None:
    """Wait for a server whose pipe is closed; kill its process group if it stays."""
    if server.process.poll() is not None:
        return  # long gone perhaps, and its number another's by now
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.process.wait(timeout=LEAVE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()


def _start(model: ModelEntry) -> Running:
    kind, port = SERVERS[model.server], _free_port()
    command = kind.command(model, port)
    log = _log_file(model)
    with log.open("wb") as output:
        process = subprocess.Popen(
            script("supervision_child.py", *command) if kind.supervised else command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(kind),
            # an interrupt in the terminal or notebook is not meant for the server
            start_new_session=True,
        )
    server = Running(model, process, port, log)
    threading.Thread(
        target=_watch, args=(server,), name=f"start of {model.endpoint}", daemon=True
    ).start()
    return server


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _environment(kind: Kind) -> dict[str, str]:
    """This process's variables without keys that are none of the server's, and with usage reports
    off.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in kind.keys or not is_secret_name(name)
    }
    return kept | {"DO_NOT_TRACK": "1", "PYTHONUNBUFFERED": "1"} | dict(kind.environment)


def _log_file(model: ModelEntry) -> Path:
    """A new log's path; of the older ones the latest LOGS_KEPT stay."""
    folder = root() / ".workbench" / "logs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        old = sorted(folder.glob("*.log"), key=lambda log: log.stat().st_mtime)
        for log in old[:-LOGS_KEPT]:
            log.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(
            f"model {model.name!r}: its server's log cannot be written in {folder}: {error}"
        ) from error
    plain_name = re.sub(r"[^\w.-]", "-", model.name)
    return folder / f"{model.server}-{plain_name}-{os.getpid()}-{time.time_ns() // 1_000_000}.log"


def _watch(server: Running) -> None:
    """Settle `server.ready`; runs in a thread of its own, so that no event loop waits and every
    loop can.
    """
    limit = SERVERS[server.model.server].start_seconds
    give_up_at = time.monotonic() + limit
    while not _answers(server):
        if server.process.poll() is not None:
            server.ready.set_exception(_failure(server, "ended while it started"))
            return
        if time.monotonic() > give_up_at:
            _pipe(server).close()
            _end(server)
            server.ready.set_exception(_failure(server, f"did not answer within {limit} seconds"))
            return
        time.sleep(0.05)
    server.ready.set_result(f"http://127.0.0.1:{server.port}/v1")


def _answers(server: Running) -> bool:
    """Whether the server is up, and is ours: another process may have taken the port in the
    meantime.
    """
    try:
        up, _ = _get(server.port, "/health")
        status, listed = _get(server.port, "/v1/models") if up == 200 else (0, b"")
    except (OSError, http.client.HTTPException):
        return False
    return status == 401 or server.model.id.encode() in listed  # 401: it was told to want a key


def _get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read()


def _failure(server: Running, what: str) -> ModelError:
    """What happened and the last lines of the log, in one line."""
    text = redact(_ESCAPES.sub("", server.log.read_text(encoding="utf-8", errors="replace")))
    last = [line.strip()[:200] for line in text.splitlines() if line.strip()][-4:]
    return ModelError(
        f"model {server.model.name!r}: its {server.model.server} server {what}; "
        f"{server.log} ends with: {' / '.join(last) or 'nothing'}"
    )
