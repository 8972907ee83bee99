"""Starts local model servers when they are first needed, shares them among all models of this
process and, where a supervisor holds them, with other processes, and ends them with their last
user.
"""

import asyncio
import atexit
import contextlib
import http.client
import logging
import os
import socket
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from workbench.errors import ModelError
from workbench.files import fingerprint
from workbench.models.entry import ModelEntry
from workbench.models.servers import SERVERS, sharing
from workbench.models.servers.children import Child, spawn, spawn_supervised
from workbench.models.servers.load import Load, read_load
from workbench.models.servers.logs import end_of, last_lines, new_log
from workbench.models.servers.sharing import Place, Record
from workbench.models.servers.starting import TELL_SECONDS, Starting, tell

# A server that ends so often within so many seconds, having served, is not started once more.
MOST_ENDS, WITHIN_SECONDS = 3, 900.0
FIRST_LOOK, LONGEST_LOOK = 0.05, 0.5  # seconds between looks whether a server is up

_log = logging.getLogger("workbench")


@dataclass(slots=True, eq=False)
class Running:
    """A server that this process uses, having started it or found it, and the log of what it
    says.
    """

    model: ModelEntry
    port: int
    log: Path
    child: Child | None  # None where another process started it
    place: Place | None = None  # where others may find it
    use: IO[bytes] | None = None  # while it is open, it is used
    session: int = 0
    ready: Future[str] = field(default_factory=Future[str])  # its base URL, or a ModelError
    began: float = field(default_factory=time.monotonic)
    told: float = 0.0

    @property
    def lives(self) -> bool:
        """Whether its process, or that which supervises it, is there."""
        if self.child:
            return self.child.runs
        found = self.place.running() if self.place else None
        return found is not None and found.session == self.session

    @property
    def is_up(self) -> bool:
        return self.ready.done() and not self.ready.exception()

    def leave(self) -> None:
        """Use it no more; a server of this process's own goes if nobody else uses it."""
        if self.use:
            self.use.close()
        if self.child:
            self.child.let_go()

    def starting(self) -> Starting:
        """How far its start is."""
        said = next(iter(last_lines(self.log, 1)), "")
        state = "up" if self.is_up else "failed" if self.ready.done() else "starting"
        seconds = time.monotonic() - self.began
        return Starting(self.model.name, self.model.server, seconds, said, state)


_running: dict[str, Running] = {}  # by the endpoint of their model
_ends: dict[str, deque[float]] = {}  # when servers ended that had served
_lock = threading.Lock()


async def base_url(model: ModelEntry) -> str:
    """The base URL of a model's endpoint; a local server is started unless it runs, and waited for.

    ModelError where the server cannot be started, with the likely cause and the last lines of its
    log.
    """
    if not model.is_local:
        return model.base_url
    with _lock:
        server = _running.get(model.endpoint)
        if server is None or not server.lives:
            if server is not None:
                _mourn(server)
            server = _running[model.endpoint] = _begin(model)
    return server.ready.result() if server.ready.done() else await _awaited(server)


async def load(model: ModelEntry) -> Load | None:
    """What the server of a model that this process uses says of its work; None where it says
    nothing, or does not run.
    """
    server = _running.get(model.endpoint)
    if server is None or not server.is_up:
        return None
    try:
        status, body = await asyncio.to_thread(_get, server.port, "/metrics")
    except (OSError, http.client.HTTPException):
        return None
    return read_load(body.decode(errors="replace"), time.monotonic()) if status == 200 else None


def stop_servers() -> None:
    """Use no local server any more, and wait until those are gone that nobody else uses."""
    with _lock:
        servers = list(_running.values())
        _running.clear()
        _ends.clear()
    _end(*servers)


def release(model: ModelEntry) -> None:
    """Use a model's server no more, and wait until it is gone unless another process uses it."""
    with _lock:
        server = _running.pop(model.endpoint, None)
        _ends.pop(model.endpoint, None)
    if server:
        _end(server)


def _end(*servers: Running) -> None:
    for server in servers:
        server.leave()
    for server in servers:
        if server.child:
            server.child.end()


def _forget() -> None:
    """In a forked child: the servers are the parent's, and the child must not hold their pipes
    open.
    """
    global _lock
    _lock = threading.Lock()  # another thread of the parent may have held it
    for server in _running.values():
        server.leave()
    _running.clear()


atexit.register(stop_servers)
os.register_at_fork(after_in_child=_forget)


async def _awaited(server: Running) -> str:
    """The base URL once the server is up; those who watch are told how far it is."""
    ready = asyncio.wrap_future(server.ready)
    ready.add_done_callback(_heard)
    # by wait, which cancels nothing: others wait for the same server
    while not (await asyncio.wait([ready], timeout=TELL_SECONDS))[0]:
        if time.monotonic() - server.told >= TELL_SECONDS:
            server.told = time.monotonic()
            tell(server.starting())
    if server.told:
        server.told = 0.0
        tell(server.starting())
    return ready.result()


def _heard(ready: asyncio.Future[str]) -> None:
    """Somebody may have given up waiting; asyncio need not complain that nobody took the error."""
    if not ready.cancelled():
        ready.exception()


def _mourn(server: Running) -> None:
    """A server ended that this process used: say so, or give it up if it does so again and again.

    ModelError in the second case.
    """
    server.leave()
    if not server.is_up:
        return  # it never served: whoever waited for it was told
    ends = _ends.setdefault(server.model.endpoint, deque(maxlen=MOST_ENDS))
    ends.append(time.monotonic())
    if len(ends) == MOST_ENDS and ends[-1] - ends[0] < WITHIN_SECONDS:
        del _ends[server.model.endpoint], _running[server.model.endpoint]
        raise _failure(server, f"ended {MOST_ENDS} times while it served")
    _log.warning("%s; it is started again", _failure(server, "ended while it served"))


def _begin(model: ModelEntry) -> Running:
    """Find a server of another process's, or start one."""
    if not SERVERS[model.server].supervised:
        port, log = _free_port(), _log_of(model)
        kind = SERVERS[model.server]
        return _watched(Running(model, port, log, spawn(kind.command(model, port), kind, log)))
    place = Place(_identity(model))
    with sharing.alone():
        use = place.use()
        if found := place.running():
            log, session = Path(found.log), found.session
            return _watched(Running(model, found.port, log, None, place, use, session))
        try:
            return _watched(_start(model, place, use))
        except BaseException:
            use.close()
            raise


def _start(model: ModelEntry, place: Place, use: IO[bytes]) -> Running:
    """Start a server at a place where none is."""
    for ended in sharing.clear_away():
        _log.warning("%s", ended)
    kind, port = SERVERS[model.server], _free_port()
    command, log = kind.command(model, port), _log_of(model)
    with place.turn() as turn:
        child = spawn_supervised(command, kind, log, place, turn)
        session = child.process.pid
        what = f"the {model.server} server of {model.id}"
        place.enter(Record(what, session, port, str(log), sharing.boot()))
    return Running(model, port, log, child, place, use, session)


def _identity(model: ModelEntry) -> str:
    """Stands for all that makes one server another: what is asked for, not what this machine makes
    of it, which depends on what else runs.
    """
    matters = SERVERS[model.server].matters
    given = sorted(os.environ.items())
    variables = [each for each in given if matters and matters.match(each[0])]
    folder = str(Path(model.id).resolve()) if Path(model.id).is_dir() else ""
    return fingerprint([model.endpoint, variables, folder])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _log_of(model: ModelEntry) -> Path:
    return new_log(f"{model.server}-{model.name}", f"model {model.name!r}: its server")


def _watched(server: Running) -> Running:
    name = f"start of {server.model.endpoint}"
    threading.Thread(target=_watch, args=(server,), name=name, daemon=True).start()
    return server


def _watch(server: Running) -> None:
    """Settle `server.ready`; runs in a thread of its own, so that no event loop waits and every
    loop can.
    """
    limit, look = SERVERS[server.model.server].start_seconds, FIRST_LOOK
    while not _answers(server):
        if not server.lives:
            server.ready.set_exception(_failure(server, "ended while it started"))
            return
        if time.monotonic() - server.began > limit:
            _end(server)
            server.ready.set_exception(_failure(server, f"did not answer within {limit} seconds"))
            return
        time.sleep(look)
        look = min(look * 1.1, LONGEST_LOOK)
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
    """What happened, the likely cause and the last lines of the log, in one line."""
    model = server.model
    end = end_of(server.log, SERVERS[model.server].causes)
    return ModelError(f"model {model.name!r}: its {model.server} server {what}; {end}")
