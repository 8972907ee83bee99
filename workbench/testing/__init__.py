"""Doubles for tests of what uses models: a loopback endpoint that answers as a script says and logs
what it got.

```python
with testing.serve(lambda ask: "billing") as server:
    run = await wb.run(prompts, examples, server.model("actor"))
assert len(server.log) == len(examples)
```

`server.fate = lambda lines: testing.Fate("expired", answered=3)` says what becomes of the batches
that are sent to it; `server.batches` holds them. `release_logs(planted=Planted(lift=0.3))`
are logs of a limited release with effects that are known.
"""

import asyncio
import contextlib
import json
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.models.entry import Price
from workbench.models.model import Model
from workbench.testing.batch_api import Batch, BatchAPI, Fate
from workbench.testing.gullible import gullible, hardened
from workbench.testing.letters_answered import GROUNDED, MADE_UP, doubter
from workbench.testing.release_logs import Planted, release_logs
from workbench.testing.simulated import SimulatedServer

if TYPE_CHECKING:
    from aiohttp import web

__all__ = [
    "FAULTS", "GROUNDED", "MADE_UP", "Ask", "Batch", "Fate", "Logged", "Planted", "Reply", "Script",
    "Server", "SimulatedServer", "doubter", "gullible", "hardened", "release_logs", "serve",
]  # fmt: skip

FAULTS = ("", "reset", "hang", "drip", "cut")
DRIP_SECONDS = 0.05  # between the bytes of a dripping reply


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it arrived. `attempt` counts from 1 how often the same body came."""

    body: Mapping[str, Any]
    attempt: int
    at: float  # time.monotonic()

    @property
    def text(self) -> str:
        """The text of all messages, one below the other; of a moderation, its input."""
        if "messages" not in self.body:
            return "\n".join(self.body.get("input", ()))
        return "\n".join(_text(message) for message in self.body["messages"])

    @property
    def system(self) -> str:
        return "\n".join(
            _text(message) for message in self.body["messages"] if message["role"] == "system"
        )

    @property
    def images(self) -> list[str]:
        """The data URLs of all images."""
        contents = (message["content"] for message in self.body["messages"])
        parts = [part for content in contents if isinstance(content, list) for part in content]
        return [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]


def _text(message: Mapping[str, Any]) -> str:
    """What a message says, images aside."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the script answers.

    `probabilities` of one-word answers become log probabilities where the request asks for them;
    `tokens` give those of several tokens, each with its alternatives (itself first, surest if
    alone), and make the text where there is none. `tool_calls` are names with arguments.
    `fault` instead of an answer: "reset" breaks the connection, "hang" never answers, "drip" sends
    a byte now and then, "cut" ends too soon.
    """

    text: str | None = ""
    status: int = 200
    finish_reason: str = "stop"
    usage: Mapping[str, int] | None = None  # None = counted in words
    probabilities: Mapping[str, float] = field(default_factory=dict)
    tokens: Sequence[tuple[str, Mapping[str, float]]] = ()
    tool_calls: Sequence[tuple[str, Mapping[str, Any]]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None  # sent as it is, instead of a completion or an error
    seconds: float = 0.0  # before it is sent
    fault: str = ""

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"a fault is one of {FAULTS}")
        if self.tokens and not self.text:
            object.__setattr__(self, "text", "".join(token for token, _ in self.tokens))
        if self.tool_calls and self.finish_reason == "stop":
            object.__setattr__(self, "finish_reason", "tool_calls")

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The tool calls as they are sent."""
        named = enumerate(self.tool_calls)
        return [
            {"index": n, "id": f"call_{n}", "type": "function", "function": _function(*call)}
            for n, call in named
        ]


def _function(name: str, arguments: Mapping[str, Any]) -> dict[str, str]:
    return {"name": name, "arguments": json.dumps(arguments)}


@dataclass(slots=True)
class Logged:
    """A request and what came of it: `sent` is the HTTP status, a fault, or empty while it is under
    way.
    """

    ask: Ask
    sent: str = ""


Script = Callable[[Ask], str | Reply]


class Server:
    """An OpenAI-compatible endpoint on loopback; `log` is the witness of what was really asked."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.url = ""
        self.log: list[Logged] = []
        self.under_way = self.most_under_way = 0
        self._attempts: dict[str, int] = {}
        self.batch_api = BatchAPI(self._answer_line)
        self.offers: list[Mapping[str, Any]] = []  # entries of the list of models, each with an id

    def model(self, name: str = "model", **fields: Any) -> Model:
        """A model at this endpoint; it costs nothing unless `price` is given."""
        return Model(
            **{"name": name, "id": name, "base_url": self.url, "price": Price(0, 0), **fields}
        )

    def models_file(self, path: str | Path, *names: str) -> Path:
        """A models file that binds these names to this endpoint, for WORKBENCH_MODELS."""
        entry = {"base_url": self.url, "price": {"input": 0, "output": 0}}
        models = {name: {"id": name, **entry} for name in names}
        path = Path(path)
        path.write_text(json.dumps({"models": models, "roles": {}}))  # JSON is YAML
        return path

    @property
    def answered(self) -> int:
        """Requests that got a completion."""
        return sum(logged.sent == "200" for logged in self.log)

    @property
    def batches(self) -> list[Batch]:
        """The batches that were made here."""
        return self.batch_api.batches

    @property
    def fate(self) -> Callable[[Sequence[Mapping[str, Any]]], Fate]:
        """What becomes of a batch, by its lines; it is completed unless another is given."""
        return self.batch_api.fate

    @fate.setter
    def fate(self, fate: Callable[[Sequence[Mapping[str, Any]]], Fate]) -> None:
        self.batch_api.fate = fate

    def _answer_line(self, line: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        """What the script answers to a line of a batch."""
        logged = self._heard(json.dumps(line["body"]))
        reply = self._reply(logged.ask)
        logged.sent = str(reply.status)
        body = reply.body if reply.body is not None else _body(logged.ask, reply)
        return reply.status, json.loads(body)

    def _heard(self, raw: str) -> Logged:
        attempt = self._attempts[raw] = self._attempts.get(raw, 0) + 1
        logged = Logged(Ask(json.loads(raw), attempt, time.monotonic()))
        self.log.append(logged)
        return logged

    def _reply(self, ask: Ask) -> Reply:
        answer = self.script(ask)
        return Reply(answer) if isinstance(answer, str) else answer

    async def complete(self, request: "web.Request") -> "web.StreamResponse":
        """Answer one request as the script says."""
        logged = self._heard(await request.text())
        reply = self._reply(logged.ask)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(reply.seconds)
            logged.sent = reply.fault or str(reply.status)
            return await _send(request, logged.ask, reply)
        finally:
            self.under_way -= 1

    async def list_models(self, _: "web.Request") -> "web.Response":
        """The list of models."""
        from aiohttp import web

        entry = {"object": "model", "created": 0, "owned_by": "test"}
        return web.json_response(
            {"object": "list", "data": [entry | dict(each) for each in self.offers]}
        )


@contextlib.contextmanager
def serve(script: Script, *, port: int = 0) -> Iterator[Server]:
    """An endpoint on its own thread, for as long as the block lasts; at a port that is free, or at
    one that an endpoint before it had.
    """
    server = Server(script)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        clean_up = asyncio.run_coroutine_threadsafe(_start(server, port), loop).result(10)
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(_stop(clean_up), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _start(server: Server, port: int) -> Callable[[], Any]:
    from aiohttp import web

    application = web.Application(client_max_size=2**30)
    application.router.add_post("/v1/chat/completions", server.complete)
    application.router.add_post("/v1/moderations", server.complete)
    application.router.add_get("/v1/models", server.list_models)
    server.batch_api.add_to(application.router)
    runner = web.AppRunner(
        application, shutdown_timeout=0.1, access_log=None, handler_cancellation=True
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    return runner.cleanup


async def _stop(clean_up: Callable[[], Any]) -> None:
    """Close connections and end whoever still hangs."""
    await clean_up()
    hanging = asyncio.all_tasks() - {asyncio.current_task()}
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def _send(request: "web.Request", ask: Ask, reply: Reply) -> "web.StreamResponse":
    from aiohttp import web

    if reply.fault == "hang":
        await asyncio.sleep(3600)
    if reply.fault == "reset" and request.transport:
        request.transport.abort()
    body = reply.body if reply.body is not None else _body(ask, reply)
    headers = {"Content-Type": "application/json", **reply.headers}
    if reply.fault in ("drip", "cut"):
        return await _send_badly(request, body, reply.fault)
    if ask.body.get("stream") and reply.status == 200 and reply.body is None:
        return await _stream(request, ask, reply)
    return web.Response(body=body, status=reply.status, headers=headers)


async def _send_badly(request: "web.Request", body: bytes, fault: str) -> "web.StreamResponse":
    from aiohttp import web

    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": str(len(body))}
    )
    await response.prepare(request)
    if fault == "cut" and request.transport:
        await response.write(body[: len(body) // 2])
        request.transport.close()
        return response
    with contextlib.suppress(ConnectionResetError):  # the client has had enough
        for byte in body:
            await response.write(bytes([byte]))
            await asyncio.sleep(DRIP_SECONDS)
    return response


async def _stream(request: "web.Request", ask: Ask, reply: Reply) -> "web.StreamResponse":
    from aiohttp import web

    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for event in _events(ask, reply):
        document = {"model": ask.body.get("model"), **event}
        await response.write(b"data: " + json.dumps(document).encode() + b"\n\n")
        await asyncio.sleep(0.001)
    await response.write(b"data: [DONE]\n\n")
    return response


def _events(ask: Ask, reply: Reply) -> Iterator[dict[str, Any]]:
    """A streamed reply, word by word."""
    for number, word in enumerate((reply.text or "").split(" ")):
        delta = {"content": word if number == 0 else f" {word}"}
        yield {"choices": [{"delta": delta, "finish_reason": None}]}
    for call in reply.calls:
        function = call["function"]
        first = {**call, "function": {"name": function["name"], "arguments": ""}}
        rest = {"index": call["index"], "function": {"arguments": function["arguments"]}}
        for piece in (first, rest):
            yield {"choices": [{"delta": {"tool_calls": [piece]}, "finish_reason": None}]}
    yield {"choices": [{"delta": {}, "finish_reason": reply.finish_reason}]}
    yield {"choices": [], "usage": _usage(ask, reply)}


def _usage(ask: Ask, reply: Reply) -> Mapping[str, int]:
    words = {
        "prompt_tokens": len(ask.text.split()),
        "completion_tokens": len((reply.text or "").split()),
    }
    return words if reply.usage is None else reply.usage


def _body(ask: Ask, reply: Reply) -> bytes:
    """A completion, or the error that goes with the status."""
    if reply.status != 200:
        return json.dumps(
            {"error": {"message": reply.text or "refused", "type": "test", "code": None}}
        ).encode()
    choice: dict[str, Any] = {
        "index": 0,
        "finish_reason": reply.finish_reason,
        "message": {"role": "assistant", "content": reply.text},
    }
    if reply.tool_calls:
        choice["message"]["tool_calls"] = reply.calls
    if ask.body.get("logprobs"):
        choice["logprobs"] = {"content": _logprobs(reply)}
    document = {"model": ask.body.get("model"), "choices": [choice], "usage": _usage(ask, reply)}
    return json.dumps(document).encode()


def _logprobs(reply: Reply) -> list[dict[str, Any]]:
    """The reply's tokens with their alternatives; without any, the reply is one token."""
    return [
        _logprob(token, chances or {token: 1.0})
        for token, chances in reply.tokens or [(reply.text or "", reply.probabilities)]
    ]


def _logprob(token: str, chances: Mapping[str, float]) -> dict[str, Any]:
    top = [
        {"token": text, "logprob": math.log(chance) if chance else -9999.0}
        for text, chance in chances.items()
    ]
    own = next((each for each in top if each["token"] == token), top[0])
    return {"token": token, "logprob": own["logprob"], "top_logprobs": top}
