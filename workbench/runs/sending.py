"""Workers that send calls: a fixed number per model and endpoint, however many calls there are."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from workbench.models.attempts import Attempts
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.transport import Transport

ACTOR, INPUT, OUTPUT = -1, -2, -3


class Target(NamedTuple):
    """Who waits for a call: a row, for its own answer (`critic` is ACTOR), for what filters say of
    its input or output (INPUT, OUTPUT), or for one of a critic's replies.
    """

    row: int
    critic: int
    index: int


@dataclass(slots=True, eq=False)
class Call:
    """A call that is not answered yet, and who waits for it."""

    request: Request
    payload: bytes
    key: bytes
    targets: list[Target]
    attempts: Attempts | None = None  # once it is to be sent
    bounded: bool = False  # with a bound on its length that its key does not know of


Arrive = Callable[[Call, Completion], None]
Fail = Callable[[Exception], None]


class Sending(Protocol):
    """A way of sending calls: hands on what comes back of each, and fails where no call can
    succeed.
    """

    busy: int  # calls that were given to it and not handed on yet

    @property
    def most_open(self) -> int:
        """Calls and rows that may be in progress."""
        ...

    @property
    def gathers(self) -> bool:
        """Whether calls go together, once there are no more for now."""
        ...

    @property
    def share(self) -> float:
        """What calls cost, of the list price."""
        ...

    @property
    def away(self) -> tuple[int, int]:
        """Calls in batches that are answered where they are, and all calls in batches."""
        ...

    def send(self, call: Call) -> None: ...
    def depart(self) -> None:
        """No more calls are coming for now."""

    def shortest(self, names: set[tuple[str, str]]) -> int:
        """Calls not tried yet for that of the models that has fewest."""
        ...

    def withdraw(self, calls: int) -> list[Call]:
        """Take back so many of the calls that were not tried yet, the last ones first."""
        ...

    async def land(self, seconds: float) -> None:
        """Send nothing more; wait that long for what is in flight, then let go of it."""
        ...


class _Queue(asyncio.Queue[Call]):
    """Calls to send: critics' before actors', so that rows are finished one after another and not
    all at the end; behind all that were not tried those that are sent again.
    """

    def _init(self, maxsize: int) -> None:
        self.untried: deque[Call] = deque()
        self._again: deque[Call] = deque()

    def _put(self, item: Call) -> None:
        if item.attempts and item.attempts.count:
            self._again.append(item)
        elif item.targets[0].critic in (ACTOR, INPUT):
            self.untried.append(item)
        else:
            self.untried.appendleft(item)

    def _get(self) -> Call:
        return (self.untried or self._again).popleft()

    def qsize(self) -> int:
        return len(self.untried) + len(self._again)

    def empty(self) -> bool:
        return not (self.untried or self._again)


class Senders:
    """Sends calls through a transport, `max_concurrency` workers for each model, and hands on what
    comes back; a call that is to be sent again keeps no worker while it waits.
    """

    most_open = 2048
    gathers = False
    share = 1.0
    away = (0, 0)

    def __init__(self, transport: Transport, arrive: Arrive, fail: Fail) -> None:
        self._transport, self._arrive, self._fail = transport, arrive, fail
        self._queues: dict[tuple[str, str], _Queue] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._timers: set[asyncio.TimerHandle] = set()  # of calls to be sent again
        self.busy = 0  # calls queued, in flight or to be sent again
        self._in_flight = 0
        self._landing = False
        self._landed = asyncio.Event()

    def send(self, call: Call) -> None:
        model = call.request.model
        name = (model.endpoint, model.id)
        if name not in self._queues:
            queue = self._queues[name] = _Queue()
            self._tasks += [
                asyncio.create_task(self._work(queue)) for _ in range(model.max_concurrency)
            ]
        call.attempts = Attempts(call.request, call.payload)
        self._queues[name].put_nowait(call)
        self.busy += 1

    def depart(self) -> None:
        """Every call goes by itself."""

    def shortest(self, names: set[tuple[str, str]]) -> int:
        """Calls not tried yet for that of the models that has fewest."""
        queues = self._queues
        return min(len(queues[name].untried) if name in queues else 0 for name in names)

    async def _work(self, queue: _Queue) -> None:
        while True:
            call = await queue.get()
            self._in_flight += 1
            wait = None
            try:
                assert call.attempts
                wait = await self._transport.attempt(call.attempts)
                if wait is None:
                    self._arrive(call, call.attempts.completion)
            # no further call can succeed, or a fault of ours: the run must end and not hang
            except Exception as error:  # noqa: BLE001
                self._drop_queued()
                self._fail(error)
            finally:
                self._in_flight -= 1
                self.busy -= wait is None
                if not self._in_flight:
                    self._landed.set()
            if wait is not None:
                self._send_again(queue, call, wait)

    def _send_again(self, queue: _Queue, call: Call, wait: float) -> None:
        if self._landing:
            self.busy -= 1
        elif wait:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(wait, lambda: self._due(timer, queue, call))
            self._timers.add(timer)
        else:
            queue.put_nowait(call)

    def _due(self, timer: asyncio.TimerHandle, queue: _Queue, call: Call) -> None:
        self._timers.discard(timer)
        queue.put_nowait(call)

    def withdraw(self, calls: int) -> list[Call]:
        """Take back so many of the calls that were not tried yet, the last ones first."""
        taken: list[Call] = []
        for queue in self._queues.values():
            while queue.untried and len(taken) < calls:
                taken.append(queue.untried.pop())
        self.busy -= len(taken)
        return taken

    async def land(self, seconds: float) -> None:
        """Send nothing more; wait that long for what is in flight, then let go of it."""
        self._landing = True
        self._drop_queued()
        self._landed.clear()
        if self._in_flight and seconds:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._landed.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _drop_queued(self) -> None:
        """Let go of every call that is not in flight."""
        self._transport.dismiss()
        for timer in self._timers:
            timer.cancel()
        self.busy -= len(self._timers)
        self._timers.clear()
        for queue in self._queues.values():
            while not queue.empty():
                queue.get_nowait()
                self.busy -= 1
