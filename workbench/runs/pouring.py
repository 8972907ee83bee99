"""Open load on a model, within a budget.

What comes back are times and not completions: no answer is taken from the store or kept there, so a
load that is asked for again is sent again, and paid again.
"""

import asyncio
import contextlib
import math
import os
import statistics
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from workbench import words
from workbench.errors import BudgetError, OfflineMiss
from workbench.models.attempts import Sent
from workbench.models.call import Request
from workbench.models.keys import key_for
from workbench.models.model import Model
from workbench.models.open_loop import OpenLoop, Poured
from workbench.models.prices import MOST_COMPLETION, Prices, dollars
from workbench.models.servers import supervision
from workbench.models.servers.load import Pace
from workbench.runs.budget import bounded, refuse_unknown
from workbench.runs.learning import Refusals
from workbench.runs.quotes import BYTES_PER_TOKEN, USUAL_COMPLETION, Quote
from workbench.store import Store

SHOWN = 256  # requests that a quote looks at


@dataclass(frozen=True, slots=True)
class Load:
    """Requests, each due so many seconds from the beginning (rising), of which those count that are
    due in the window.
    """

    due: Sequence[float]
    requests: Sequence[Request]
    window: tuple[float, float]


class Pouring:
    """Puts loads on one model, one after another, within one budget."""

    def __init__(self, model: Model, loop: OpenLoop, budget: float | None) -> None:
        self._model, self._loop, self._budget = model, loop, budget
        self._prices, self._spent, self._greeted = Prices(), 0.0, False

    async def pour(self, load: Load) -> tuple[Poured, Mapping[str, float]]:
        """What came of a load, and what the server said of its work in the window. BudgetError
        where what it may cost at most is more than is left.
        """
        calls = self._calls(load.requests)
        most = sum(self._prices.most(call.request, call.body) for call in calls)
        self._check(most, len(calls))
        if not self._greeted and calls:
            await self._loop.greet(load.requests[0])
            self._greeted = True
        looking = asyncio.create_task(self._look(*load.window))
        try:
            poured = await self._loop.pour(load.due, calls, load.window[1])
        finally:
            looking.cancel()
        said = (await asyncio.gather(looking, return_exceptions=True))[0]
        self._settle(poured, most)
        return poured, said if isinstance(said, dict) else {}

    def _calls(self, requests: Sequence[Request]) -> list[Sent]:
        """What is sent, one for all that are the same request; with a budget it has a bound."""
        distinct = {id(each): each for each in requests}
        if self._budget is not None:
            distinct = {name: bounded(each) for name, each in distinct.items()}
        sent = {name: self._loop.sent(each) for name, each in distinct.items()}
        return [sent[id(each)] for each in requests]

    def _check(self, most: float, count: int) -> None:
        if self._budget is None:
            return
        refuse_unknown(self._prices, self._model)
        if self._spent + most > self._budget:
            raise BudgetError(
                f"the budget of {words.money(self._budget)} does not cover another "
                f"{words.count(count, 'request')}, of up to {words.money(most)}, "
                f"{words.money(self._spent)} being spent: raise it, or ask for lower rates"
            )

    def _settle(self, poured: Poured, most: float) -> None:
        """What is not known to be billed counts with the most that it may be."""
        unknown = most * poured.unpriced / max(1, len(poured.requests))
        self._spent += poured.dollars + (0.0 if math.isnan(unknown) else unknown)

    async def _look(self, begin: float, end: float) -> dict[str, float]:
        """What a server that is managed here did between these moments; empty of others."""
        await asyncio.sleep(begin)
        first = await supervision.load(self._model)
        await asyncio.sleep(end - begin)
        last = await supervision.load(self._model)
        if not (first and last):
            return {}
        pace = Pace.between(self._model.name, first, last)
        names = ("running", "waiting", "tokens_per_second", "cache_hits")
        said = {name: float(getattr(pace, name)) for name in names}
        return {name: value for name, value in said.items() if not math.isnan(value)}


@contextlib.asynccontextmanager
async def pouring(
    model: Model, store: Store, budget: float | None = None
) -> AsyncIterator[Pouring]:
    """The way in which loads are sent. ModelError where a key or a server is missing, OfflineMiss
    where nothing may be sent.
    """
    if "WORKBENCH_OFFLINE" in os.environ:
        raise OfflineMiss(
            f"a load test of model {model.name!r} measures its server, and nothing may be sent "
            "offline: read one that was saved with wb.read_load"
        )
    if budget is not None and not budget >= 0:
        raise ValueError("a budget is in dollars, 0 or more")
    key_for(model)
    known = {name: frozenset(each) for name, each in Refusals(store, time.time()).known.items()}
    async with OpenLoop(model, known) as loop:
        yield Pouring(model, loop, budget)


def quote_load(model: Model, requests: Sequence[Request], calls: int, seconds: float) -> Quote:
    """What a load of so many of these requests would cost, if every one is sent."""
    shown = [bounded(each) for each in islice(requests, SHOWN)]
    size = statistics.fmean(len(each.payload()) for each in shown)
    longest = statistics.fmean(each.max_tokens or MOST_COMPLETION for each in shown)
    prompt, reply = size / BYTES_PER_TOKEN, min(longest, USUAL_COMPLETION)
    price = Prices()[model]
    likely, most = (
        (calls * dollars(price.dearest, *each) if price else math.nan)
        for each in ((prompt, reply), (size, longest))
    )
    tokens = round(calls * prompt), round(calls * reply)
    return Quote(calls, 0, *tokens, likely, most, seconds, {"actor": calls})
