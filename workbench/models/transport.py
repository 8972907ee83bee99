"""Sends calls: one connection pool, one retry layer, a total deadline for each attempt and each
call.
"""

import asyncio
import math
import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from workbench.errors import ModelError, PausedTooLong
from workbench.models import keys
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.keys import key_for
from workbench.models.limits import Gate, Limit, Pass
from workbench.models.model import Model
from workbench.models.replies import Outcome, failed, read_outcome, timed
from workbench.models.servers import supervision
from workbench.models.streams import ASKED, Stream, streaming
from workbench.secrets import blots

ATTEMPTS = (
    5  # HTTP requests a call may take; one that the endpoint answers with "too many" does not count
)
REFUSALS = 30  # times a call may hear "too many" before that is its failure
FIRST_BACKOFF, LONGEST_BACKOFF = (
    0.25,
    8.0,
)  # seconds between attempts, where the endpoint names no time
LONGEST_PAUSE = (
    300.0  # seconds an endpoint may ask for; beyond it the run ends and can be resumed later
)
CONNECT_SECONDS = 10.0
USUAL_COMPLETION = (
    256  # tokens that a call without max_tokens is counted at in an endpoint's allowance
)


@dataclass(slots=True, eq=False)
class _Line:
    """What all calls to one model at one endpoint share."""

    model: Model
    url: URL
    proxy: URL | None
    headers: dict[str, str]
    blots: tuple[re.Pattern[bytes], ...]  # keys, to be blotted out of what comes back
    gate: Gate
    reached: float = -math.inf  # when the endpoint last answered anything

    @property
    def through(self) -> str:
        """By which way, for errors: the proxy without user and password, if there is one."""
        return f" through the proxy {self.proxy.origin()}" if self.proxy else ""

    def blotted(self, body: bytes) -> bytes:
        for key in self.blots:
            body = key.sub(b"[key]", body)
        return body


@dataclass(slots=True)
class _Tries:
    """How often a call was tried, and how much of its time is left; waiting for leave to send costs
    none.
    """

    left: float
    began: float
    attempts: int = 0
    refusals: int = 0
    seconds: float = 0.0  # of the latest attempt

    def wait(self, outcome: Outcome) -> float | None:
        """Seconds until the next attempt; None when there is to be none."""
        self.attempts += 1
        self.refusals += outcome.limiting
        self.left -= self.seconds
        if (
            not outcome.retry
            or self.attempts - self.refusals >= ATTEMPTS
            or self.refusals >= REFUSALS
        ):
            return None
        if not math.isnan(outcome.after):
            return (
                0.0 if outcome.throttled else outcome.after
            )  # a throttled endpoint's gate is shut for that long
        wait = random.uniform(0.5, 1.0) * min(
            FIRST_BACKOFF * 2 ** (self.attempts - 1), LONGEST_BACKOFF
        )
        self.left -= wait
        return wait if self.left > 0 else None


class Transport:
    """Sends requests to any number of models; use it as an async context manager."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._lines: dict[tuple[str, str, str], _Line] = {}
        self._in_flight: dict[bytes, asyncio.Task[Completion]] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # the gates bound how many are open
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *exception: object) -> None:
        for task in self._in_flight.values():
            task.cancel()
        if self._session:
            await self._session.close()

    async def complete(
        self, request: Request, payload: bytes | None = None, *, stream: bool = False
    ) -> Completion:
        """The completion of a request; identical requests in flight are one call.

        A call that failed is a completion whose status says so. ModelError means that no further
        call can succeed.
        """
        payload = request.payload() if payload is None else payload
        key = request.key(payload)
        task = self._in_flight.get(key)
        if task is None:
            task = self._in_flight[key] = asyncio.create_task(
                self.send(request, payload, stream=stream)
            )
            task.add_done_callback(lambda _: self._in_flight.pop(key, None))
        return await asyncio.shield(
            task
        )  # whoever waits may be cancelled; the call goes on for the others

    async def send(self, request: Request, payload: bytes, *, stream: bool = False) -> Completion:
        """One call with its retries, without looking for an identical one in flight."""
        line = await self._line(request.model)
        tokens = len(payload) / 4 + (request.max_tokens or USUAL_COMPLETION)
        deadline = request.model.deadline_seconds
        tries = _Tries(left=ATTEMPTS * deadline, began=time.monotonic())
        stream = stream or ASKED in payload
        body = streaming(payload) if stream else payload
        while True:
            sent = await line.gate.enter(tokens, again=tries.attempts > 0)
            outcome = await self._attempt(
                line, sent, request, body, min(deadline, tries.left), stream
            )
            tries.seconds = asyncio.get_running_loop().time() - sent.sent
            wait = tries.wait(outcome)
            _stop_if_hopeless(outcome, line, final=wait is None, began=tries.began)
            if wait is None:
                return timed(outcome, tries.seconds, tries.attempts)
            await asyncio.sleep(wait)

    async def _attempt(
        self, line: _Line, sent: Pass, request: Request, body: bytes, deadline: float, stream: bool
    ) -> Outcome:
        """One HTTP request, and what it tells the gate."""
        try:
            outcome, headers = await self._post(line, request, body, deadline, stream)
        except BaseException:  # cancelled: the place is another's
            line.gate.left(sent)
            raise
        if outcome.throttled or outcome.completion.status == "timeout":
            pause = 0.0 if math.isnan(outcome.after) else min(outcome.after, LONGEST_PAUSE)
            line.gate.refused(sent, pause, limiting=outcome.throttled, headers=headers)
        elif outcome.retry:
            line.gate.left(sent)
        else:
            line.gate.answered(sent, headers)
        return outcome

    async def _post(
        self, line: _Line, request: Request, body: bytes, deadline: float, stream: bool
    ) -> tuple[Outcome, Mapping[str, str]]:
        assert self._session, "use the transport as an async context manager"
        begun = time.perf_counter()
        timeout = aiohttp.ClientTimeout(total=max(deadline, 0.001), sock_connect=CONNECT_SECONDS)
        try:
            async with self._session.post(
                line.url,
                data=body,
                headers=line.headers,
                proxy=line.proxy,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                line.reached = time.monotonic()
                return await _read(
                    line, request, response, begun if stream else None
                ), response.headers
        except TimeoutError:
            return failed(
                f"no complete reply within {deadline:.3g} s", status="timeout", retry=True
            ), {}
        except aiohttp.ClientConnectorError as error:
            said = f"cannot connect to {line.url.origin()}{line.through}: {error.strerror or error}"
            return failed(said, retry=True, unreachable=True), {}
        except (aiohttp.ClientError, ConnectionError) as error:
            said = line.blotted(str(error).encode()).decode()  # it quotes what came
            if line.proxy:  # nor a proxy's user and password
                said = said.replace(str(line.proxy), str(line.proxy.origin()))
            return failed(
                f"the connection{line.through} broke: {said or type(error).__name__}", retry=True
            ), {}

    async def _line(self, model: Model) -> _Line:
        name = (model.endpoint, model.id, model.api_key_env or "")
        if name not in self._lines:
            base_url = model.base_url
            if model.server:
                base_url = await supervision.base_url(model)
            self._lines.setdefault(
                name, _new_line(model, URL(base_url.rstrip("/") + "/chat/completions"))
            )
        return self._lines[name]


async def complete(
    model: Model,
    messages: Sequence[Mapping[str, str]],
    *,
    schema: Mapping[str, Any] | None = None,
    choices: tuple[str, ...] = (),
    top_logprobs: int = 0,
    parameters: Mapping[str, Any] | None = None,
) -> Completion:
    """One call outside a run: neither stored nor counted against a budget."""
    request = Request(model, messages, parameters or {}, schema, choices, top_logprobs)
    async with Transport() as transport:
        return await transport.complete(request)


async def _read(
    line: _Line, request: Request, response: aiohttp.ClientResponse, streamed: float | None
) -> Outcome:
    """The outcome of a response, `streamed` since that time; a key that an endpoint echoes is
    blotted out.

    The tokens of such a reply are left out: they hold the key in pieces.
    """
    reply = None
    if not (streamed and response.status == 200 and response.content_type == "text/event-stream"):
        body = await response.read()
    else:
        reply = Stream(begun=streamed)
        async for chunk in response.content.iter_any():
            reply.feed(chunk, time.perf_counter())
        body = reply.body()
    blotted = line.blotted(body)
    outcome = read_outcome(request, response.status, response.headers, blotted, time.time())
    if reply:
        outcome = replace(outcome, completion=reply.times(outcome.completion))
    return (
        outcome
        if blotted == body
        else replace(outcome, completion=replace(outcome.completion, tokens=()))
    )


def _new_line(model: Model, url: URL) -> _Line:
    key = key_for(model) or ""
    headers = {"Content-Type": "application/json"} | (
        {"Authorization": f"Bearer {key}"} if key else {}
    )
    return _Line(
        model, url, _proxy(url, f"model {model.name!r}"), headers, blots(key), Gate(Limit(model))
    )


def _proxy(url: URL, where: str) -> URL | None:
    """The proxy that the environment names for a URL; this machine's own servers are never behind
    one.
    """
    named = getproxies().get(url.scheme)
    if not named or keys.address(str(url), where).is_loopback or proxy_bypass(url.host or ""):
        return None
    try:
        proxy = URL(named if "://" in named else f"http://{named}")
    except ValueError:
        proxy = URL()
    if proxy.scheme not in ("http", "https"):
        raise ModelError(
            f"{where}: {url.scheme}_proxy holds no address of an HTTP proxy: write http://host:port"
        )
    return proxy


def _stop_if_hopeless(outcome: Outcome, line: _Line, *, final: bool, began: float) -> None:
    """Raise where no further call can succeed."""
    model, said = line.model, outcome.completion.error
    where = f"model {model.name!r} ({model.id} at {line.url.origin()})"
    variable = model.api_key_env
    if outcome.fatal == "key":
        step = (
            f"check the key in {variable}"
            if variable
            else "name the variable that holds its key in api_key_env"
        )
        raise ModelError(f"{where} refused the key: {said}; {step}")
    if outcome.fatal == "quota":
        other = f"another key than that in {variable}" if variable else "a key"
        raise ModelError(f"{where} has no quota left: {said}; add credit, or use {other}")
    if outcome.after > LONGEST_PAUSE:
        raise PausedTooLong(
            f"{where} asks to wait {outcome.after:.0f} s; what was answered is kept: run again then"
        )
    if final and outcome.unreachable and line.reached < began:
        raise ModelError(f"{where} cannot be reached: {said}; start it, or correct its base_url")
