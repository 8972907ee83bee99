"""Workers that send calls: a fixed number per model and endpoint, however many calls there are."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.transport import Transport

ACTOR = -1


class Target(NamedTuple):
    """Who waits for a call: a row, for its own answer (`critic` is ACTOR) or for one of a critic's
    replies.
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


class _Queue(asyncio.Queue[Call]):
    """Critics' calls go before actors', so that rows are finished one after another and not all at
    the end.
    """

    def _put(self, item: Call) -> None:
        calls: deque[Call] = self._queue  # pyright: ignore[reportAttributeAccessIssue]  its subclasses' own
        if item.targets[0].critic == ACTOR:
            calls.append(item)
        else:
            calls.appendleft(item)


class Senders:
    """Sends calls through a transport, `max_concurrency` workers for each model, and hands on what
    comes back.
    """

    def __init__(
        self,
        transport: Transport,
        arrive: Callable[[Call, Completion], None],
        fail: Callable[[Exception], None],
    ) -> None:
        self._transport, self._arrive, self._fail = transport, arrive, fail
        self._queues: dict[tuple[str, str], _Queue] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.busy = 0  # calls queued or in flight
        self._in_flight = 0
        self._landed = asyncio.Event()

    def send(self, call: Call) -> None:
        model = call.request.model
        name = (model.endpoint, model.id)
        if name not in self._queues:
            queue = self._queues[name] = _Queue()
            self._tasks += [
                asyncio.create_task(self._work(queue)) for _ in range(model.max_concurrency)
            ]
        self._queues[name].put_nowait(call)
        self.busy += 1

    def shortest(self, names: set[tuple[str, str]]) -> int:
        """Calls queued for that of the models that has fewest."""
        return min(self._queues[name].qsize() if name in self._queues else 0 for name in names)

    async def _work(self, queue: _Queue) -> None:
        while True:
            call = await queue.get()
            self._in_flight += 1
            try:
                self._arrive(call, await self._transport.send(call.request, call.payload))
            # no further call can succeed, or a fault of ours: the run must end and not hang
            except Exception as error:  # noqa: BLE001
                self._drop_queued()
                self._fail(error)
            finally:
                self.busy -= 1
                self._in_flight -= 1
                if not self._in_flight:
                    self._landed.set()

    async def land(self, seconds: float) -> None:
        """Send nothing more; wait that long for what is in flight, then let go of it."""
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
        for queue in self._queues.values():
            while not queue.empty():
                queue.get_nowait()
                self.busy -= 1
