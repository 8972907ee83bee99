"""Sends calls: one connection pool, one retry layer, a total deadline for each attempt and each
call.
"""

import asyncio
import math
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import aiohttp

from workbench.errors import ModelError, PausedTooLong
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry
from workbench.models.limits import Pass
from workbench.models.replies import Outcome, failed, read_outcome, timed, with_lost
from workbench.models.servers import supervision
from workbench.models.session import Session, session_for
from workbench.models.streams import ASKED, Stream, streaming

ATTEMPTS = 5  # HTTP requests a call may take; one that is answered "too many" does not count
REFUSALS = 30  # times a call may hear "too many" before that is its failure
# seconds between attempts, where the endpoint names no time
FIRST_BACKOFF, LONGEST_BACKOFF = 0.25, 8.0
LONGEST_PAUSE = 300.0  # seconds an endpoint may ask for; beyond it the run ends, to be resumed
CONNECT_SECONDS = 10.0
USUAL_COMPLETION = 256  # tokens that a call without max_tokens counts in an endpoint's allowance


NOT_ANSWERED = ("error", "timeout")


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """A request as it is sent."""

    session: Session
    request: Request  # without what the endpoint refuses
    body: bytes
    stream: bool


def _call(session: Session, request: Request, payload: bytes, stream: bool) -> _Call:
    if session.refused and not session.refused.isdisjoint(request.features):
        request = request.without(session.refused)
        payload = request.payload()
    stream = stream or ASKED in payload
    return _Call(session, request, streaming(payload) if stream else payload, stream)


def _left_out(asked: Request, sent: Request) -> dict[str, Any]:
    """The fields of the body that were asked for and not sent so."""
    if sent is asked:
        return {}
    body = sent.body()
    return {name: value for name, value in asked.body().items() if body.get(name) != value}


@dataclass(slots=True)
class _Attempts:
    """How often a call was tried, and how much of its time is left; waiting for leave to send costs
    none.
    """

    seconds_left: float
    began: float  # time.monotonic()
    count: int = 0
    refusals: int = 0
    seconds: float = 0.0  # of the latest attempt
    learnt: frozenset[str] = frozenset()  # features that were refused to this call
    lost: list[Completion] = field(default_factory=list[Completion])  # billed, and tried again

    def learn(self, session: Session, outcome: Outcome) -> None:
        """Ask the endpoint no more for what it refuses; to hear of it is no failure of the call."""
        self.refusals += bool(outcome.refused - self.learnt)
        self.learnt |= outcome.refused
        session.refused |= outcome.refused

    def end(self, session: Session, outcome: Outcome, left_out: Mapping[str, Any]) -> Completion:
        """What came of the call. One that failed without what was refused, too, has taught nothing:
        the error may have quoted the user's words.
        """
        if outcome.completion.status in NOT_ANSWERED:
            session.refused -= self.learnt
        done = timed(outcome, self.seconds, self.count)
        if lost := [each for each in self.lost if each is not outcome.completion]:
            done = with_lost(done, lost)
        return replace(done, left_out=left_out) if left_out else done

    def wait(self, outcome: Outcome) -> float | None:
        """Seconds until the next attempt; None when there is to be none."""
        self.count += 1
        self.refusals += outcome.limiting
        self.seconds_left -= self.seconds
        spent = self.count - self.refusals >= ATTEMPTS or self.refusals >= REFUSALS
        if spent or not outcome.retry:
            return None
        if outcome.completion.prompt_tokens >= 0:
            self.lost.append(outcome.completion)
        if not math.isnan(outcome.after):  # a throttled endpoint's gate is shut for that long
            return 0.0 if outcome.throttled else outcome.after
        backoff = min(FIRST_BACKOFF * 2 ** (self.count - 1), LONGEST_BACKOFF)
        wait = random.uniform(0.5, 1.0) * backoff
        self.seconds_left -= wait
        return wait if self.seconds_left > 0 else None


class Transport:
    """Sends requests to any number of models; use it as an async context manager."""

    def __init__(self, refused: Mapping[tuple[str, str], Iterable[str]] | None = None) -> None:
        """`refused`: the features that an endpoint is known to refuse, by its identity and model
        id; they are not asked for.
        """
        self._refused = refused or {}
        self._pool: aiohttp.ClientSession | None = None
        self._sessions: dict[tuple[str, str, str], Session] = {}
        self._in_flight: dict[bytes, asyncio.Task[Completion]] = {}

    async def __aenter__(self) -> Self:
        self._pool = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # the gates bound how many are open
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *exception: object) -> None:
        for task in self._in_flight.values():
            task.cancel()
        if self._pool:
            await self._pool.close()

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
        # whoever waits may be cancelled; the call goes on for the others
        return await asyncio.shield(task)

    async def send(self, request: Request, payload: bytes, *, stream: bool = False) -> Completion:
        """One call with its retries, without looking for an identical one in flight; it returns and
        raises as `complete` does.
        """
        session = await self._session(request.model)
        deadline = request.model.deadline_seconds
        tokens = len(payload) / 4 + (request.max_tokens or USUAL_COMPLETION)
        attempts = _Attempts(ATTEMPTS * deadline, time.monotonic())
        while True:
            sent = await session.gate.enter(tokens, again=attempts.count > 0)
            call = _call(session, request, payload, stream)  # by what was learnt while it waited
            began = time.perf_counter()  # behind the gate: our own queue is no latency
            outcome = await self._attempt(call, sent, min(deadline, attempts.seconds_left))
            attempts.seconds = time.perf_counter() - began
            attempts.learn(session, outcome)
            wait = attempts.wait(outcome)
            _stop_if_hopeless(outcome, session, final=wait is None, began=attempts.began)
            if wait is None:
                return attempts.end(session, outcome, _left_out(request, call.request))
            await asyncio.sleep(wait)

    async def _session(self, model: ModelEntry) -> Session:
        name = (model.endpoint, model.id, model.api_key_env or "")
        if name not in self._sessions:
            base_url = await supervision.base_url(model)
            refused = self._refused.get((model.endpoint, model.id), ())
            self._sessions.setdefault(name, session_for(model, base_url, refused))
        return self._sessions[name]

    async def _attempt(self, call: _Call, sent: Pass, deadline: float) -> Outcome:
        """One HTTP request, and what it tells the gate."""
        gate = call.session.gate
        try:
            outcome, headers = await self._post(call, deadline)
        except BaseException:  # cancelled: another call may be sent in its stead
            gate.leave(sent)
            raise
        if outcome.throttled or outcome.completion.status == "timeout":
            pause = 0.0 if math.isnan(outcome.after) else min(outcome.after, LONGEST_PAUSE)
            gate.refused(sent, pause, limiting=outcome.throttled, headers=headers)
        elif outcome.retry:
            gate.leave(sent)
        else:
            gate.answered(sent, headers)
        return outcome

    async def _post(self, call: _Call, deadline: float) -> tuple[Outcome, Mapping[str, str]]:
        """The outcome of one HTTP request, and the headers that came with it."""
        assert self._pool, "use the transport as an async context manager"
        session, begun = call.session, time.perf_counter()
        timeout = aiohttp.ClientTimeout(total=max(deadline, 0.001), sock_connect=CONNECT_SECONDS)
        try:
            async with self._pool.post(
                session.url,
                data=call.body,
                headers=session.headers,
                proxy=session.proxy,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                session.reached = time.monotonic()
                return await _read(call, response, begun), response.headers
        except TimeoutError:
            error = f"no complete reply within {deadline:.3g} s"
            return failed(error, status="timeout", retry=True), {}
        except aiohttp.ClientConnectorError as error:
            return _not_connected(session, error), {}
        except (aiohttp.ClientError, ConnectionError) as error:
            return _broken(session, error), {}


async def complete(
    model: ModelEntry,
    messages: Sequence[Mapping[str, str]],
    *,
    schema: Mapping[str, Any] | None = None,
    choices: tuple[str, ...] = (),
    top_logprobs: int = 0,
    parameters: Mapping[str, Any] | None = None,
) -> Completion:
    """One call outside a run: neither stored nor counted against a budget.

    A call that failed is a completion whose status says so. ModelError means that no call to this
    model can succeed.
    """
    request = Request(model, messages, parameters or {}, schema, choices, top_logprobs)
    async with Transport() as transport:
        return await transport.complete(request)


async def _read(call: _Call, response: aiohttp.ClientResponse, begun: float) -> Outcome:
    """The outcome of a response to what was sent at `begun`; a key that an endpoint echoes is
    blotted out.

    The tokens of such a reply are left out: they hold the key in pieces.
    """
    stream = None
    streams = call.stream or response.content_type == "text/event-stream"
    if streams and response.status == 200:  # whatever a stream is called
        stream = Stream(begun=begun)
        async for chunk in response.content.iter_any():
            stream.feed(chunk, time.perf_counter())
        body = stream.body()
    else:
        body = await response.read()
    clean = call.session.blotted(body)
    outcome = read_outcome(call.request, response.status, response.headers, clean, time.time())
    completion = stream.times(outcome.completion) if stream else outcome.completion
    if clean != body:
        completion = replace(completion, tokens=())
    return outcome if completion is outcome.completion else replace(outcome, completion=completion)


def _not_connected(session: Session, error: aiohttp.ClientConnectorError) -> Outcome:
    reason = error.strerror or error
    return failed(
        f"cannot connect to {session.url.origin()}{session.through}: {reason}",
        retry=True,
        unreachable=True,
    )


def _broken(session: Session, error: Exception) -> Outcome:
    """The outcome of a connection that broke; the error quotes what came, and may name a proxy with
    its user and password.
    """
    reason = session.blotted(str(error).encode()).decode()
    if session.proxy:
        reason = reason.replace(str(session.proxy), str(session.proxy.origin()))
    reason = reason or type(error).__name__
    return failed(f"the connection{session.through} broke: {reason}", retry=True)


def _stop_if_hopeless(outcome: Outcome, session: Session, *, final: bool, began: float) -> None:
    """Raise where no further call can succeed."""
    where, error = session.where, outcome.completion.error
    if outcome.fatal:
        raise ModelError(f"{where} {_fatal(outcome.fatal, error, session.model.api_key_env)}")
    if outcome.after > LONGEST_PAUSE:
        raise PausedTooLong(
            f"{where} asks to wait {outcome.after:.0f} s; what was answered is kept: run again then"
        )
    if final and outcome.unreachable and session.reached < began:
        raise ModelError(f"{where} cannot be reached: {error}; start it, or correct its base_url")


def _fatal(fatal: str, error: str, variable: str) -> str:
    """What is wrong with the key in a variable, and the next step."""
    if fatal == "quota":
        other = f"another key than that in {variable}" if variable else "a key"
        return f"has no quota left: {error}; add credit, or use {other}"
    step = "name the variable that holds its key in api_key_env"
    if variable:
        step = f"check the key in {variable}"
    return f"refused the key: {error}; {step}"
