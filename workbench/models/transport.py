"""Sends calls: one connection pool, one retry layer, a total deadline for each attempt and each
call.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Self

import aiohttp
from aiohttp.hdrs import CONTENT_TYPE

from workbench.errors import ModelError
from workbench.models.attempts import NOT_ANSWERED, Asked, Attempts, Sent
from workbench.models.bodies import TooLongError, pieces, whole
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.connecting import Resolver, certificate_fault
from workbench.models.entry import ModelEntry
from workbench.models.hopeless import (
    LONGEST_PAUSE,
    better_base_url,
    stop_if_asked,
    stop_if_down,
    stop_if_gone,
    turned_away,
)
from workbench.models.limits import Pass
from workbench.models.replies import Outcome, failed, is_good, read_outcome
from workbench.models.session import Session, chat_url, session_for
from workbench.models.shares import Share
from workbench.models.streams import Stream

CONNECT_SECONDS = 10.0
PROXY_WANTS_A_USER = 407
LONGEST_HEADER = 65_536  # bytes; gateways add policies and cookies without measure


class Transport:
    """Sends requests to any number of models; use it as an async context manager."""

    def __init__(
        self,
        refused: Mapping[tuple[str, str], Iterable[str]] | None = None,
        sender: str = "",
        share: Callable[[], Share] = Share,
    ) -> None:
        """`refused`: the features that an endpoint is known to refuse, by its identity and model
        id; they are not asked for. `sender` names whoever sends, in every completion; `share` of
        the endpoints' limits is its own.
        """
        self._refused = refused or {}
        self._sender, self._share = sender, share
        self._pool: aiohttp.ClientSession | None = None
        self._sessions: dict[tuple[str, str, str], Session] = {}
        self._in_flight: dict[bytes, asyncio.Task[Completion]] = {}

    async def __aenter__(self) -> Self:
        self._pool = aiohttp.ClientSession(
            # the gates bound how many are open
            connector=aiohttp.TCPConnector(limit=0, resolver=Resolver()),
            cookie_jar=aiohttp.DummyCookieJar(),
            max_field_size=LONGEST_HEADER,
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
        call = Attempts(request, payload, stream=stream)
        wait = await self.attempt(call)
        while wait is not None:
            await asyncio.sleep(wait)
            wait = await self.attempt(call)
        return call.completion

    async def attempt(self, call: Attempts) -> float | None:
        """Send a call once: seconds until it is due again, None when its `completion` is what came
        of it. ModelError means that no further call can succeed.
        """
        session = await self._session(call.request.model)
        leave = await session.gate.enter(call.tokens, again=call.count > 0)
        sent = call.sent(session)  # by what was learnt while it waited
        began = time.monotonic()  # behind the gate: our own queue is no latency
        call.queue_seconds += max(0.0, began - call.ready)
        outcome, every = await self._attempt(sent, leave, call.deadline)
        call.seconds = time.monotonic() - max(began, session.met)
        call.learn(session, outcome)
        wait = call.wait(outcome)
        if outcome.completion.status in NOT_ANSWERED:
            await self._stop_if_hopeless(outcome, session, every=every)
        if wait is None:
            stop_if_down(outcome, session, call.began)
            call.end(outcome.completion, sent, self._sender)
        else:
            call.wait_for(wait, outcome)
        return wait

    def dismiss(self) -> None:
        """Cancel whoever waits for leave to send a call."""
        for session in self._sessions.values():
            session.gate.dismiss()

    def look_again(self) -> bool:
        """The share of the limits changed; whether what is in flight fits into it."""
        gates = [session.gate for session in self._sessions.values()]
        for gate in gates:
            gate.look_again()
        return all(gate.fits for gate in gates)

    async def _session(self, model: ModelEntry) -> Session:
        endpoint = model.endpoint
        name = (endpoint, model.id, model.api_key_env or "")
        if name in self._sessions and not model.is_local:
            return self._sessions[name]
        base_url = await _base_url(model)
        if name not in self._sessions:
            refused = self._refused.get((endpoint, model.id), ())
            made = session_for(model, base_url, refused, self._share)
            self._sessions.setdefault(name, made)
        session = self._sessions[name]
        if model.is_local:
            session.url = chat_url(base_url)
        return session

    async def _attempt(self, sent: Sent, leave: Pass, deadline: float) -> tuple[Outcome, bool]:
        """One HTTP request and what it tells the gate; whether every first call was turned away."""
        gate = sent.session.gate
        try:
            outcome, headers = await self._post(sent, deadline)
        except BaseException:  # cancelled: another call may be sent in its stead
            gate.leave(leave)
            raise
        pause = 0.0 if math.isnan(outcome.after) else min(outcome.after, LONGEST_PAUSE)
        if outcome.loading:
            sent.session.say_if_gone(outcome.completion.error if outcome.unreachable else "")
            gate.pause(leave, max(pause, sent.session.loading_pause()))
        elif outcome.throttled or outcome.completion.status == "timeout":
            gate.refused(leave, pause, limiting=outcome.throttled, headers=headers)
        elif outcome.lasting:
            return outcome, gate.turned_away(leave)
        elif outcome.completion.status == "error":
            gate.leave(leave)
        else:
            sent.session.answered()
            gate.answered(leave, headers)
        return outcome, False

    async def _stop_if_hopeless(self, outcome: Outcome, session: Session, *, every: bool) -> None:
        """Raise where no further call can succeed; `every`: every first call came to this."""
        stop_if_asked(outcome, session)
        stop_if_gone(outcome, session)
        if outcome.lasting and not session.gate.let_in:
            better = await self._better(session) if outcome.lasting == "address" else ""
            if better or every or outcome.at_first:
                raise ModelError(turned_away(outcome, session, better))

    async def _better(self, session: Session) -> str:
        """A base URL under which the endpoint lists models, looked for once; empty for none."""
        assert self._pool, "use the transport as an async context manager"
        if session.better is None:
            session.better = asyncio.ensure_future(better_base_url(self._pool, session))
        return await asyncio.shield(session.better)

    async def _post(self, call: Sent, deadline: float) -> tuple[Outcome, Mapping[str, str]]:
        """The outcome of one HTTP request, and the headers that came with it."""
        assert self._pool, "use the transport as an async context manager"
        session, begun = call.session, time.perf_counter()
        timeout = _timeout(max(deadline, 0.001))
        try:
            if session.is_triton:
                from workbench.models import translating  # here: most runs ask no Triton

                asked = await translating.put(self._pool, call, timeout)
            else:
                asked = Asked(session.url_of(call.request), call.body, session.headers)
            if isinstance(asked, Outcome):
                return asked, {}
            async with session.ask(
                self._pool, "POST", asked.url, timeout, headers=asked.headers, body=asked.body
            ) as response:
                session.reached = time.monotonic()
                return await read_reply(call, response, begun), response.headers
        except (TimeoutError, aiohttp.ClientError, ConnectionError) as error:
            return unanswered(session, error, deadline), {}


@lru_cache(maxsize=64)  # most attempts have all of their model's time
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)


async def complete(
    model: ModelEntry,
    messages: Sequence[Mapping[str, Any]],
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


async def _base_url(model: ModelEntry) -> str:
    """Where a model answers; of a local server that ended, where its next one does."""
    if not model.is_local:
        return model.base_url
    from workbench.models.servers import supervision  # here: most runs start no server

    return await supervision.base_url(model)


def _is_stream(headers: Mapping[str, str]) -> bool:
    return headers.get(CONTENT_TYPE, "").lstrip().lower().startswith("text/event-stream")


async def read_reply(call: Sent, response: aiohttp.ClientResponse, begun: float) -> Outcome:
    """The outcome of a response to what was sent at `begun`; a key that an endpoint echoes is
    blotted out.

    The tokens of such a reply are left out: they hold the key in pieces.
    """
    stream = None
    is_triton = call.session.is_triton
    streams = (call.stream and not is_triton) or _is_stream(response.headers)
    if streams and is_good(response.status):  # whatever a stream is called
        stream = Stream(begun=begun)
        async for chunk in pieces(response):
            stream.feed(chunk, time.perf_counter())
        body = stream.body()
    else:
        body = await whole(response)
    if is_triton and is_good(response.status):  # before keys are blotted out: sizes would not fit
        from workbench.models import translating

        body = translating.read(call.session, response.headers, body)
    clean = call.session.blotted(body)
    outcome = read_outcome(call.request, response.status, response.headers, clean, time.time())
    completion = stream.times(outcome.completion) if stream else outcome.completion
    if clean != body:
        completion = completion._replace(tokens=())
    return outcome if completion is outcome.completion else outcome._replace(completion=completion)


def unanswered(session: Session, error: Exception, deadline: float) -> Outcome:
    """The outcome of a request that no whole answer came to."""
    if outcome := _on_the_way(error):
        return outcome
    reason = error.strerror or error if isinstance(error, aiohttp.ClientConnectorError) else ""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        reason = f"no connection within {CONNECT_SECONDS:.3g} s"
    if reason:
        said = f"cannot connect to {session.url.origin()}{session.through}: {reason}"
        # one that answered before is perhaps restarting, and is waited for
        return failed(said, retry=True, unreachable=True, loading=session.reached > -math.inf)
    if isinstance(error, TooLongError):
        return failed(str(error))
    if isinstance(error, TimeoutError):
        late = f"no complete reply within {deadline:.3g} s"
        return failed(late, status="timeout", retry=True)
    return _broken(session, error)


def _on_the_way(error: Exception) -> Outcome | None:
    """The outcome where every other call goes the same way and comes to the same; else None."""
    if isinstance(error, aiohttp.InvalidURL):
        return failed(f"that is no address: {error}", lasting="address")
    if isinstance(error, aiohttp.ClientHttpProxyError) and error.status == PROXY_WANTS_A_USER:
        return failed(f"HTTP {error.status}: {error.message}", lasting="proxy")
    if isinstance(error, aiohttp.ClientSSLError):
        return failed(certificate_fault(error), fatal="certificate")
    return None


def _broken(session: Session, error: Exception) -> Outcome:
    """The outcome of a connection that broke; the error quotes what came, and may name a proxy with
    its user and password.
    """
    reason = session.blotted(str(error).encode()).decode()
    if session.proxy:
        reason = reason.replace(str(session.proxy), str(session.proxy.origin()))
    reason = reason or type(error).__name__
    return failed(f"the connection{session.through} broke: {reason}", retry=True)
