"""The one loop: asks what the store does not hold, hands replies to critics, and commits before it counts."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from workbench.errors import ModelError, OfflineMiss, PausedTooLong
from workbench.models.call import Completion, Request
from workbench.models.transport import Transport
from workbench.runs.judging import Judging
from workbench.runs.record import Progress, Run, cost_of, watchers
from workbench.runs.sending import ACTOR, Call, Senders, Target
from workbench.store import Exchange, Found, call_row
from workbench.store.leases import BEAT_SECONDS

CHUNK = 256  # rows begun at a time
COMMIT_CALLS, COMMIT_SECONDS = 64, 0.05  # answers are committed when there are so many, or the first is so old
MOST_OPEN = 2048  # calls and rows in progress
GRACE_SECONDS = 0.5  # a run that ends early waits that long for calls in flight, which are paid for
POLL_SECONDS = 0.3  # how often to look for answers that another process is getting
WATCH_SECONDS = 0.2

Given = TypeVar("Given")


class Engine:
    """Works a run off."""

    def __init__(self, run: Run, transport: Transport, *, offline: bool, owner: str) -> None:
        self._run, self._plan, self._store = run, run.plan, run.store
        self._offline, self._owner = offline, owner
        self._senders = Senders(transport, self._arrive, self._fail)
        self._judging = Judging(run, self._ask)
        self._actors = {(model.endpoint, model.id) for model in self._plan.models}
        self._order = self._plan.order()
        self._begun = 0  # rows
        self._done = 0  # rows, committed
        self._calls: dict[bytes, Call] = {}  # not yet delivered, by key
        self._wanted: list[Call] = []  # to be looked up
        self._foreign: list[Call] = []  # another process is at work on them
        self._arrived: list[tuple[Call, Completion]] = []  # to be committed
        self._committing: list[tuple[Call, Completion, dict[str, Any]]] = []
        self._storing: list[dict[str, Any]] = []  # cells that are being committed
        self._exchanging: asyncio.Future[Exchange] | None = None
        self._failure: ModelError | None = None
        self._news = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._polled = self._watched = 0.0
        self._thread = ThreadPoolExecutor(1, "store")

    async def work(self) -> None:
        """Until every row is finished, or the run is stopped, interrupted or cannot go on."""
        loop = asyncio.get_running_loop()
        self._run.wake = lambda: loop.call_soon_threadsafe(self._news.set)
        beat = asyncio.create_task(self._beat())
        try:
            while not self._finished():
                self._watch()
                if self._run.stopped or self._failure:
                    break
                await self._turn()
                if self._should_wait():
                    await self._wait()
        except (asyncio.CancelledError, KeyboardInterrupt):
            self._run.stopped = "interrupted"
            raise
        finally:
            beat.cancel()
            await self._senders.land(0 if self._finished() else GRACE_SECONDS)
            await self._flush()
            self._thread.shutdown()
            self._watch(finished=True)
        if self._failure:
            self._run.stopped = str(self._failure)
        if self._failure and not isinstance(self._failure, PausedTooLong):
            raise self._failure

    def _finished(self) -> bool:
        return self._begun == len(self._plan) and not (self._calls or self._judging or self._judging.cells)

    def _has_room(self) -> bool:
        """Whether more rows should be begun: a sender may soon run out of work, and not too much is in progress."""
        if self._begun == len(self._plan) or len(self._calls) + len(self._judging) > MOST_OPEN:
            return False
        return self._senders.shortest(self._actors) < CHUNK

    def _should_wait(self) -> bool:
        """Whether a further turn has nothing to do, or too little: cells alone wait for the next answers to come with."""
        expecting = self._senders.queued or self._senders.in_flight or self._foreign
        return not (self._wanted or self._has_room()) and bool(expecting or not self._judging.cells)

    async def _turn(self) -> None:
        """One exchange with the store and what follows from it."""
        self._news.clear()
        if self._has_room():
            for row in islice(self._order, CHUNK):
                self._begun += 1
                self._ask(self._plan.request(row), Target(row, ACTOR, 0))
        if self._foreign and time.monotonic() - self._polled > POLL_SECONDS:
            self._polled = time.monotonic()
            self._wanted += self._foreign
            self._foreign = []
        wanted, self._wanted = self._wanted, []
        given = await self._exchange([call.key for call in wanted])
        self._settle()
        for call in wanted:
            self._place(call, given.found.get(call.key), call.key in given.claimed)

    async def _exchange(self, keys: list[bytes]) -> Exchange:
        """Commit what arrived and was finished, and look the keys up, off the loop's thread."""
        self._committing = [(call, done, _row(call, done)) for call, done in self._arrived]
        self._storing = self._judging.cells
        self._arrived, self._judging.cells = [], []
        self._exchanging = self._on_thread(
            self._store.exchange, self._owner, calls=[row for _, _, row in self._committing], cells=self._storing,
            wanted=keys, claim=not self._offline, failed_since=self._run.started,
        )  # fmt: skip
        return await asyncio.shield(self._exchanging)

    def _settle(self) -> None:
        """What was committed counts now."""
        committed, self._committing = self._committing, []
        self._done += len(self._storing)
        self._storing = []
        for call, completion, row in committed:
            self._deliver(call, completion, row["digest"])

    def _place(self, call: Call, found: Found | None, claimed: bool) -> None:
        """What becomes of a call that was looked up."""
        if found:
            self._run.hits += 1
            self._deliver(call, found.completion, found.digest)
        elif claimed:
            self._senders.send(call)
        elif self._offline:
            raise OfflineMiss(self._missing(call))
        else:
            self._foreign.append(call)

    def _ask(self, request: Request, target: Target) -> None:
        payload = request.payload()
        key = request.key(payload)
        if key in self._calls:
            self._calls[key].targets.append(target)
        else:
            self._calls[key] = call = Call(request, payload, key, [target])
            self._wanted.append(call)

    def _arrive(self, call: Call, completion: Completion) -> None:
        """An answer from an endpoint, to be committed at the next turn."""
        self._run.calls += 1
        self._run.requests += completion.attempts
        self._run.cost += cost_of(call.request.model, completion)
        self._arrived.append((call, completion))
        if len(self._arrived) >= COMMIT_CALLS or not (self._senders.queued or self._senders.in_flight > 1):
            self._news.set()
        elif not self._timer:
            self._timer = asyncio.get_running_loop().call_later(COMMIT_SECONDS, self._due)

    def _due(self) -> None:
        self._timer = None
        self._news.set()

    def _fail(self, error: ModelError) -> None:
        self._failure = self._failure or error
        self._news.set()

    def _deliver(self, call: Call, completion: Completion, digest: bytes) -> None:
        del self._calls[call.key]
        for target in call.targets:
            if target.critic == ACTOR:
                self._judging.answer(target.row, completion, call.key, digest)
            else:
                self._judging.reply(target, completion, call.key, digest)

    async def _wait(self) -> None:
        """For answers to commit, a stop, or the time to look again."""
        seconds = POLL_SECONDS if self._foreign else 1.0
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    async def _beat(self) -> None:
        """Tell other processes that this one lives."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self._on_thread(self._store.beat, self._owner)

    def _on_thread(self, work: Callable[..., Given], *arguments: Any, **named: Any) -> asyncio.Future[Given]:
        """Work on the store, off the loop's thread and one at a time."""
        return asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *arguments, **named))

    async def _flush(self) -> None:
        """The run ends: commit what arrived since the last turn, and the rows that lack verdicts."""
        if self._exchanging:  # perhaps interrupted in its midst: what it commits counts, what it cannot comes again
            await asyncio.wait([self._exchanging])
            if self._exchanging.exception():
                self._arrived[:0] = [(call, completion) for call, completion, _ in self._committing]
                self._judging.cells[:0] = self._storing
            else:
                self._settle()
        if self._arrived:
            await self._exchange([])
            self._settle()
        self._judging.close_all()
        if self._judging.cells:
            await self._exchange([])
            self._settle()

    def _missing(self, call: Call) -> str:
        target = call.targets[0]
        who = "the answer" if target.critic == ACTOR else f"a reply to critic {self._plan.critics[target.critic].name!r}"
        return (
            f"store {self._store.place} lacks {who} for {self._plan.where(target.row)}: "
            "run once without offline=True, or import the recordings"
        )

    def _watch(self, *, finished: bool = False) -> None:
        """Tell the watchers how far the run is."""
        now = time.monotonic()
        if not watchers or (now - self._watched < WATCH_SECONDS and not finished):
            return
        self._watched = now
        counts = self._run.counts
        progress = Progress(
            self._done, len(self._plan), counts["calls"], counts["cached"], counts["failed"], counts["unscored"],
            self._run.cost, self._run.budget, time.time() - self._run.started, finished,
        )  # fmt: skip
        for watcher in watchers:
            watcher(self._run, progress)


def _row(call: Call, completion: Completion) -> dict[str, Any]:
    return call_row(call.key, call.request, call.payload, completion)
