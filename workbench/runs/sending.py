"""Workers that send calls: a fixed number per model and endpoint, however many calls there are."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from workbench.errors import ModelError
from workbench.models.call import Completion, Request
from workbench.models.transport import Transport

ACTOR = -1


class Target(NamedTuple):
    """Who waits for a call: a row, for its own answer (`critic` is ACTOR) or for one of a critic's replies."""

    row: int
    critic: int
    place: int


@dataclass(slots=True, eq=False)
class Call:
    """A call that is not answered yet, and who waits for it."""

    request: Request
    payload: bytes
    key: bytes
    targets: list[Target]


class Senders:
    """Sends calls through a transport and hands each answer to `arrive`."""

    def __init__(self, transport: Transport, arrive: Callable[[Call, Completion], None], fail: Callable[[ModelError], None]):
        self._transport, self._arrive, self._fail = transport, arrive, fail
        self._queues: dict[tuple[str, str], asyncio.Queue[Call]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.in_flight = 0
        self.queued = 0

    def send(self, call: Call) -> None:
        model = call.request.model
        name = (model.endpoint, model.id)
        if name not in self._queues:
            queue = self._queues[name] = asyncio.Queue()
            self._tasks += [asyncio.create_task(self._work(queue)) for _ in range(model.max_concurrency)]
        self._queues[name].put_nowait(call)
        self.queued += 1

    def shortest(self, names: set[tuple[str, str]]) -> int:
        """Calls queued for that of the models that has fewest."""
        return min(self._queues[name].qsize() if name in self._queues else 0 for name in names)

    async def _work(self, queue: asyncio.Queue[Call]) -> None:
        while True:
            call = await queue.get()
            self.queued -= 1
            self.in_flight += 1
            try:
                self._arrive(call, await self._transport.send(call.request, call.payload))
            except ModelError as error:
                self._fail(error)
                return
            finally:
                self.in_flight -= 1

    async def land(self, seconds: float) -> None:
        """Send nothing more; wait that long for what is in flight, then let go of it."""
        for queue in self._queues.values():
            while not queue.empty():
                queue.get_nowait()
        self.queued = 0
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self.in_flight and loop.time() < until:
            await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
