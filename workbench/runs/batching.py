"""Calls that are sent in batches, below the same engine: gathered until it has no more to ask, sent
up, followed and fetched, by whichever process comes to it.
"""

import asyncio
import contextlib
import math
import time
import uuid
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import Any

from workbench.errors import ModelError, PausedTooLong
from workbench.models import batches
from workbench.models.attempts import Attempts, Sent
from workbench.models.batches import Batches, State
from workbench.models.entry import ModelEntry
from workbench.models.hopeless import stop_if_asked, turned_away
from workbench.models.local_batches import LocalBatches
from workbench.models.openai_client import Client
from workbench.models.prices import BATCH_SHARE
from workbench.models.replies import Outcome, failed
from workbench.models.session import session_for
from workbench.runs.parcels import Came, Lane, Parcel, faults_by_line, queue_fault, refused_lines
from workbench.runs.sending import Arrive, Call, Fail
from workbench.store.batch_table import BatchTable, Ticket

FIRST_LOOK = 0.1  # seconds between looks at a batch: a quarter of its age, at least this
NOWHERE = "http://127.0.0.1:9/v1"  # local models' batches are files
AT_ONCE = 512  # answers that are handed on before others have their turn


class BatchSenders:
    """Sends calls in batches and hands on what comes back, as `Senders` does call by call."""

    most_open = 4 * batches.MOST_LINES  # calls and rows: what a batch is to hold is all in hand
    gathers = True
    share = BATCH_SHARE

    def __init__(
        self,
        table: BatchTable,
        refused: Mapping[tuple[str, str], Iterable[str]],
        sender: str,
        arrive: Arrive,
        fail: Fail,
    ) -> None:
        """`refused` and `sender` are those of a Transport."""
        self._table, self._known, self._sender = table, refused, sender
        self._arrive, self._fail = arrive, fail
        self._lanes: dict[tuple[str, str, str], Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._clients = contextlib.AsyncExitStack()
        self._opening = asyncio.Lock()
        self._gathered: list[Call] = []
        self._handing_on = 0
        self.busy = 0  # calls gathered, waiting or in batches

    @property
    def away(self) -> tuple[int, int]:
        """Calls in batches that are answered there, and all calls in batches."""
        parcels = [parcel for lane in self._lanes.values() for parcel in lane.parcels]
        return sum(each.done for each in parcels), sum(len(each.sent) for each in parcels)

    def send(self, call: Call) -> None:
        call.attempts = Attempts(call.request, call.payload)
        self._gathered.append(call)
        self.busy += 1

    def shortest(self, names: set[tuple[str, str]]) -> int:
        return 0  # the more there is in a batch, the better

    def withdraw(self, calls: int) -> list[Call]:
        """Take back so many of the calls that are in no batch, the last ones first."""
        taken: list[Call] = []
        for queue in (self._gathered, *(lane.waiting for lane in self._lanes.values())):
            while queue and len(taken) < calls:
                taken.append(queue.pop())
        self.busy -= len(taken)
        return taken

    def depart(self) -> None:
        """Nothing more is coming for now: send what was gathered."""
        if self._handing_on or not self._gathered:
            return
        by_model: dict[tuple[str, str, str], list[Call]] = {}
        for call in self._gathered:
            model = call.request.model
            by_model.setdefault((model.endpoint, model.id, model.api_key_env), []).append(call)
        self._gathered = []
        for name, calls in by_model.items():
            self._spawn(self._take_on(name, calls))

    async def land(self, seconds: float) -> None:
        """Follow batches no longer: they go on at their endpoints; the next run fetches them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._clients.aclose()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        # no further call can succeed, or a fault of ours: the run must end and not hang
        except Exception as error:  # noqa: BLE001
            self._fail(error)

    async def _lane(self, name: tuple[str, str, str], model: ModelEntry) -> Lane:
        async with self._opening:
            if name not in self._lanes:
                self._lanes[name] = await self._opened(name[:2], model)
        return self._lanes[name]

    async def _opened(self, name: tuple[str, str], model: ModelEntry) -> Lane:
        """The way to a model's endpoint; to a local one's, which takes one batch at a time."""
        refused = self._known.get(name, ())
        session = session_for(model, model.base_url or NOWHERE, refused)
        if model.server:
            local = LocalBatches(session)
            self._clients.push_async_callback(local.close)
            return Lane(local, alone=True)
        return Lane(Batches(await self._clients.enter_async_context(Client(session))))

    async def _take_on(self, name: tuple[str, str, str], calls: list[Call]) -> None:
        """Fetch calls that are in a batch already, and send the others."""
        lane = await self._lane(name, calls[0].request.model)
        keys = [call.key for call in calls]
        known = await asyncio.to_thread(self._table.find, keys)
        begun: dict[Ticket, list[Call]] = {}
        for call in calls:
            if call.key in known:
                begun.setdefault(known[call.key], []).append(call)
            else:
                lane.waiting.append(call)
        for ticket, theirs in begun.items():
            self._spawn(self._adopt(lane, ticket, theirs))
        self._ship(lane)

    async def _adopt(self, lane: Lane, ticket: Ticket, calls: list[Call]) -> None:
        """Follow a batch that another process, or this one in another run, has begun."""
        sent = {call.key.hex(): (call, lane.sent(call)) for call in calls}
        parcel, id = Parcel(sent, adopted=True), ticket.batch
        lane.parcels.append(parcel)
        try:
            if not id and (made := await lane.api.find(ticket.name, ticket.at)):
                id = made.id
            if id:
                return await self._follow(lane, parcel, id)
        except PausedTooLong:
            raise
        except ModelError as error:
            raise ModelError(
                f"{error}; if it was made with another key, use that one, or run without batch=True"
            ) from error
        lane.parcels.remove(parcel)
        await self._again(lane, calls)  # its process ended before it was made
        self._ship(lane)

    def _ship(self, lane: Lane) -> None:
        """Send what waits, in as many batches as the endpoint takes at a time."""
        while lane.waiting and not (lane.alone and lane.parcels):
            parcel, unfit = lane.next_parcel()
            for call, fault in unfit:
                self._end(call, lane.sent(call), failed(f"not sent: {fault}"))
            if parcel.lines:
                lane.parcels.append(parcel)
                self._spawn(self._send(lane, parcel))

    async def _send(self, lane: Lane, parcel: Parcel) -> None:
        ticket = Ticket(uuid.uuid4().hex, "", time.time())
        keys = parcel.keys
        # before it is made, so that nobody makes it again who comes after a crash
        await asyncio.to_thread(self._table.enter, ticket, keys)
        begun = await lane.api.begin(ticket.name, parcel.lines)
        parcel.lines = []
        await asyncio.to_thread(self._table.enter, replace(ticket, batch=begun.id), keys)
        await self._follow(lane, parcel, begun.id)

    async def _follow(self, lane: Lane, parcel: Parcel, id: str) -> None:
        """Wait for the end of a batch, hand on what it came to, and send on what it leaves."""
        began, state = time.monotonic(), await lane.api.look(id)
        while not state.ended:
            parcel.done = min(state.done, len(parcel.sent))
            age = time.monotonic() - began
            await asyncio.sleep(min(max(FIRST_LOOK, age / 4), lane.api.longest_look))
            state = await lane.api.look(id)
        lane.parcels.remove(parcel)
        if state.status == "failed":
            await self._refused(lane, parcel, state)
        else:
            await self._fetch(lane, parcel, state)
        self._ship(lane)

    async def _fetch(self, lane: Lane, parcel: Parcel, state: State) -> None:
        """Hand on the answers of a batch, all of its lines or those that it got to."""
        answers = await lane.api.answers(state)
        came = [
            (parcel.sent.pop(each.custom_id), each)
            for each in answers
            if each.custom_id in parcel.sent
        ]
        outcomes = [(call, sent, each.outcome(sent.request)) for (call, sent), each in came]
        await self._settle(lane, outcomes, whole=not parcel.sent)
        if state.status == "cancelled" and parcel.sent:
            await asyncio.to_thread(self._table.leave, parcel.keys)
            raise PausedTooLong(
                f"batch {state.id} was cancelled at its endpoint; what it had answered is kept: "
                "run again to send the rest"
            )
        late = batches.unanswered(state.status)
        left = [(call, sent, late) for call, sent in parcel.sent.values()]
        await self._settle(lane, left, whole=False)

    async def _settle(self, lane: Lane, came: list[Came], *, whole: bool) -> None:
        """Hand on what calls came to, or have them sent again; an end of the run is raised last, so
        that what is paid for is kept. `whole`: these are all calls of their batch.
        """
        hopeless = whole and all(outcome.lasting for _, _, outcome in came)
        fatal = [outcome for _, _, outcome in came if hopeless or outcome.fatal]
        again: list[Call] = []
        self._handing_on += 1
        try:
            for number, (call, sent, outcome) in enumerate(came, 1):
                if hopeless or outcome.fatal or _may_be_asked_again(call, lane, outcome):
                    again.append(call)
                else:
                    self._end(call, sent, outcome)
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)
        finally:
            self._handing_on -= 1
        await self._again(lane, again)
        if fatal:
            stop_if_asked(fatal[0], lane.api.session)
            raise ModelError(turned_away(fatal[0], lane.api.session, ""))

    async def _again(self, lane: Lane, calls: list[Call]) -> None:
        """These calls are in no batch any more, and to be sent in another one."""
        await asyncio.to_thread(self._table.leave, [call.key for call in calls])
        lane.waiting.extend(calls)

    def _end(self, call: Call, sent: Sent, outcome: Outcome) -> None:
        """Hand on what came of a call."""
        assert call.attempts
        call.attempts.seconds = math.nan  # how long it took there is not known
        call.attempts.end(outcome.completion, sent, self._sender)
        self._arrive(call, call.attempts.completion._replace(batched=True))
        self.busy -= 1

    async def _refused(self, lane: Lane, parcel: Parcel, state: State) -> None:
        """A file was refused: for its lines, for the endpoint's queue, or for what all have in
        common.
        """
        full = queue_fault(state)
        lane.alone = lane.alone or full is not None
        if full or parcel.adopted:
            await self._again(lane, [call for call, _ in parcel.sent.values()])
            if full and not (parcel.adopted or lane.parcels):
                lane.make_smaller(parcel, full)
            return
        refused = list(refused_lines(parcel, faults_by_line(lane, parcel, state)))
        fit = [call for call, _ in parcel.sent.values()]
        await self._again(lane, fit)
        await self._settle(lane, refused, whole=not fit)


def _may_be_asked_again(call: Call, lane: Lane, outcome: Outcome) -> bool:
    """Whether a call is to go in another batch; what this one was billed is not forgotten."""
    assert call.attempts
    call.attempts.learn(lane.api.session, outcome)
    again = call.attempts.wait(outcome) is not None
    if again:
        call.attempts.wait_for(0.0, outcome)
    return again
