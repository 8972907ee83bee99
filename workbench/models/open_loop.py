"""Sends requests when they are due, whether or not earlier ones were answered, and times them.

No gate, no retries and no single flight: those would hold requests back, and a server that is slow
would be asked less (coordinated omission). Every time counts from when a request was due.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import aiohttp
import numpy as np

from workbench.errors import ModelError
from workbench.garbage import seldom_collecting
from workbench.models.attempts import NOT_ANSWERED, Sent
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.connecting import Resolver
from workbench.models.entry import ModelEntry
from workbench.models.prices import Prices
from workbench.models.servers import supervision
from workbench.models.session import Session, session_for
from workbench.models.streams import streaming
from workbench.models.transport import CONNECT_SECONDS, Transport, read_reply, unanswered
from workbench.stats.answered import Answered

SOON = 0.05  # seconds until the first may be due: time to begin
EMPTY = "empty"  # the status of a reply without a token
CUT = "cut"  # the status of a request that was under way when the load ended


def _is_empty(completion: Completion) -> bool:
    """Whether it came without a token: no time of it says anything."""
    said = completion.text or completion.thinking or completion.gap_seconds
    return not said and math.isnan(completion.first_token_seconds)


@dataclass(slots=True)
class Timed:
    """A request that was due, and what came of it; seconds from when it was due, NaN: not known."""

    due: float
    lag: float = math.nan
    first: float = math.nan
    whole: float = math.nan
    ended: float = math.nan
    prompt_tokens: float = math.nan
    completion_tokens: float = math.nan
    status: str = CUT
    gaps: tuple[float, ...] = ()

    def take(self, completion: Completion, now: float) -> None:
        """It returned at this moment."""
        self.ended, self.status = now, ""
        if completion.status in NOT_ANSWERED or _is_empty(completion):
            self.status = completion.status if completion.status in NOT_ANSWERED else EMPTY
            return
        self.first, self.whole = self.lag + completion.first_token_seconds, now
        self.gaps = completion.gap_seconds
        if completion.prompt_tokens >= 0:
            self.prompt_tokens = completion.prompt_tokens
        if completion.completion_tokens >= 0:
            self.completion_tokens = completion.completion_tokens


@dataclass(slots=True)
class Poured:
    """What a load came to: its requests, what they were billed as far as that is known, and what
    was said of failures, with how often.
    """

    requests: list[Timed]
    dollars: float = 0.0
    unpriced: int = 0  # of which it is not known what they were billed
    errors: Counter[str] = field(default_factory=Counter[str])

    def answered(self) -> Answered:
        """As arrays."""
        requests = self.requests
        names = ("due", "lag", "first", "whole", "ended", "prompt_tokens", "completion_tokens")
        columns = [np.array([getattr(each, name) for each in requests], float) for name in names]
        gaps = [(each.due, gap, 1.0) for each in requests for gap in each.gaps]
        return Answered.of(columns, np.array([each.status for each in requests], "U16"), gaps)


class OpenLoop:
    """Puts load on one model; use it as an async context manager."""

    def __init__(
        self, model: ModelEntry, refused: Mapping[tuple[str, str], frozenset[str]] | None = None
    ) -> None:
        """`refused`: the features that endpoints are known to refuse; they are not asked for."""
        self._model, self._refused, self._prices = model, refused or {}, Prices()

    async def __aenter__(self) -> Self:
        name = (self._model.endpoint, self._model.id)
        base_url = await supervision.base_url(self._model)
        refused = self._refused.get(name, frozenset())
        self._session: Session = session_for(self._model, base_url, refused)
        self._pool = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, resolver=Resolver()),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._pool.close()

    async def greet(self, request: Request) -> Completion:
        """One call as a run makes it, before any load: a server that is loading is waited for, and
        what it refuses is learnt. ModelError where no call can succeed, or this one did not.
        """
        async with Transport(self._refused) as transport:
            done = await transport.send(request, request.payload(), stream=True)
        if done.status in NOT_ANSWERED:
            raise ModelError(f"{self._session.where} did not answer before the load: {done.error}")
        self._session.refused |= request.features.intersection(done.left_out)
        return done

    def sent(self, request: Request) -> Sent:
        """A request as it is sent, streamed."""
        if not self._session.refused.isdisjoint(request.features):
            request = request.without(self._session.refused)
        return Sent(self._session, request, streaming(request.payload()), stream=True)

    async def pour(self, due: Sequence[float], calls: Sequence[Sent], until: float) -> Poured:
        """Send each call when it is due, seconds from the beginning in rising order; it ends when
        those due before `until` have ended, each within the model's deadline, and the others are
        cut.
        """
        poured = Poured([Timed(at) for at in due])
        with seldom_collecting():  # a search would stop all for tens of milliseconds now and then
            await self._pour_into(poured, calls, until)
        return poured

    async def _pour_into(self, poured: Poured, calls: Sequence[Sent], until: float) -> None:
        under_way: dict[asyncio.Task[None], float] = {}
        begun = time.perf_counter() + SOON
        try:
            for timed, call in zip(poured.requests, calls, strict=True):
                if (wait := begun + timed.due - time.perf_counter()) > 0:
                    await asyncio.sleep(wait)
                task = asyncio.create_task(self._send(timed, call, begun, poured))
                under_way[task] = timed.due
                task.add_done_callback(under_way.pop)  # 100,000 that ended would stop it as well
            counting = [task for task, at in under_way.items() if at < until]
            if counting:
                await asyncio.wait(counting)
        finally:
            await self._cut(poured, list(under_way), begun)

    async def _cut(self, poured: Poured, tasks: Sequence[asyncio.Task[None]], begun: float) -> None:
        """End what is under way."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        now = time.perf_counter() - begun
        for timed in poured.requests:
            if math.isnan(timed.ended):
                timed.ended = max(0.0, now - timed.due)
                poured.unpriced += 1

    async def _send(self, timed: Timed, call: Sent, begun: float, poured: Poured) -> None:
        sent = time.perf_counter()
        timed.lag = sent - begun - timed.due
        completion = await self._post(call, sent)
        timed.take(completion, time.perf_counter() - begun - timed.due)
        if timed.status:
            poured.errors[completion.error] += 1
        dollars = self._prices.cost(self._model, completion)
        if math.isnan(dollars):
            poured.unpriced += 1
        else:
            poured.dollars += dollars

    async def _post(self, call: Sent, begun: float) -> Completion:
        session, seconds = call.session, self._model.deadline_seconds
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        try:
            async with session.ask(
                self._pool, "POST", session.url, timeout, body=call.body
            ) as response:
                return (await read_reply(call, response, begun)).completion
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return unanswered(session, error, seconds).completion
