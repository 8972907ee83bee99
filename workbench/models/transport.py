"""Sends calls: one connection pool, one retry layer, a total deadline for each attempt and each call."""

import asyncio
import math
import random
import time
from dataclasses import dataclass
from typing import Self

import aiohttp
from yarl import URL

from workbench.errors import ModelError, PausedTooLong
from workbench.models.call import Completion, Request
from workbench.models.endpoint import Model, key_for
from workbench.models.limits import Limit
from workbench.models.replies import Outcome, failed, read_outcome, timed

ATTEMPTS = 5  # HTTP requests a call may take; being told to wait does not use one up
WAITS = 20  # times a call may be told to wait before that counts as its failure
FIRST_BACKOFF, LONGEST_BACKOFF = 0.25, 8.0  # seconds
LONGEST_PAUSE = 300.0  # seconds an endpoint may ask for; beyond it the run ends and can be resumed later


@dataclass(slots=True)
class _Line:
    """What all calls to one model at one endpoint share."""

    url: URL
    headers: dict[str, str]
    key: bytes
    limit: Limit


class Transport:
    """Sends requests to any number of models; use it as an async context manager."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._lines: dict[tuple[str, str], _Line] = {}
        self._in_flight: dict[bytes, asyncio.Task[Completion]] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # the limits bound how many are open
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
        )
        return self

    async def __aexit__(self, *exception: object) -> None:
        for task in self._in_flight.values():
            task.cancel()
        assert self._session
        await self._session.close()

    async def complete(self, request: Request, payload: bytes | None = None, *, stream: bool = False) -> Completion:
        """The completion of a request; identical requests in flight are one call.

        A call that failed is a completion whose status says so. ModelError means that no further call can succeed.
        """
        payload = request.payload() if payload is None else payload
        key = request.key(payload)
        task = self._in_flight.get(key)
        if task is None:
            task = asyncio.create_task(self.send(request, payload, stream=stream))
            self._in_flight[key] = task
            task.add_done_callback(lambda _: self._in_flight.pop(key, None))
        return await asyncio.shield(task)  # whoever waits may be cancelled; the call goes on for the others

    async def send(self, request: Request, payload: bytes, *, stream: bool = False) -> Completion:
        """One call with its retries, without looking for an identical one."""
        line = await self._line(request.model)
        started, attempts, waits, backoff = 0.0, 0, 0, FIRST_BACKOFF
        while True:
            await line.limit.enter(len(payload) // 4)
            begun = time.perf_counter()
            started = started or begun
            left = ATTEMPTS * request.model.deadline_seconds - (begun - started)
            try:
                outcome = await self._attempt(line, request, payload, min(request.model.deadline_seconds, left), stream)
            finally:
                line.limit.leave()
            seconds = time.perf_counter() - begun
            attempts += 1
            waits += outcome.throttled
            completion = timed(outcome, seconds, attempts)
            if outcome.completion.status == "ok":
                return completion
            _stop_if_hopeless(outcome, request.model)
            if not outcome.retry or attempts - waits >= ATTEMPTS or waits >= WAITS:
                return completion
            wait = random.uniform(0.5, 1.0) * backoff if math.isnan(outcome.after) else outcome.after
            if outcome.throttled:
                line.limit.pause(wait)
            await asyncio.sleep(wait)
            backoff = min(backoff * 2, LONGEST_BACKOFF)

    async def _attempt(self, line: _Line, request: Request, payload: bytes, deadline: float, stream: bool) -> Outcome:
        assert self._session, "use the transport as an async context manager"
        timeout = aiohttp.ClientTimeout(total=max(deadline, 0.001))
        try:
            async with self._session.post(
                line.url, data=payload, headers=line.headers, timeout=timeout, allow_redirects=False
            ) as response:
                body = await response.read()
            if line.key and line.key in body:
                body = body.replace(line.key, b"[key]")
            return read_outcome(request, response.status, response.headers, body, time.time())
        except TimeoutError:
            return failed(f"no complete reply within {deadline:g} s", status="timeout", retry=True)
        except aiohttp.ClientConnectorError as error:
            return failed(f"cannot connect to {line.url.origin()}: {error.strerror or error}", retry=True, refused=True)
        except (aiohttp.ClientError, ConnectionError) as error:
            return failed(f"the connection broke: {error or type(error).__name__}", retry=True)

    async def _line(self, model: Model) -> _Line:
        name = (model.endpoint, model.id)
        line = self._lines.get(name)
        if line is None:
            base_url = model.base_url
            if model.server:
                from workbench.models.servers import base_url as server_url

                base_url = await server_url(model)
            key = key_for(model) or ""
            headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
            secret = key.encode() if len(key) >= 8 else b""  # a shorter one would blot out ordinary words
            url = URL(base_url.rstrip("/") + "/chat/completions")
            line = self._lines.setdefault(name, _Line(url, headers, secret, Limit(model.max_concurrency)))
        return line


def _stop_if_hopeless(outcome: Outcome, model: Model) -> None:
    """Raise where no further call can succeed."""
    where = f"model {model.name!r} ({model.id} at {model.base_url or model.server})"
    variable = f"check the key in {model.api_key_env}" if model.api_key_env else "it wants a key: name its variable in api_key_env"
    if outcome.fatal == "key":
        raise ModelError(f"{where} refused the key: {outcome.completion.error}; {variable}")
    if outcome.fatal == "quota":
        raise ModelError(f"{where} has no quota left: {outcome.completion.error}; add credit, or use another key than the one in {model.api_key_env}")
    if outcome.after > LONGEST_PAUSE:
        raise PausedTooLong(f"{where} asks to wait {outcome.after:.0f} s; what was answered is kept, run again later to go on")
