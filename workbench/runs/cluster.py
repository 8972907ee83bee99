"""A run on the machines of a Ray cluster.

Ray starts workers and says when one has died; it carries the plan there and counts back, no more.
What is asked and answered is in the store, so a run goes on from there whatever becomes of Ray.
"""

import asyncio
import contextlib
import math
import os
import uuid
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from workbench import errors
from workbench.errors import WorkbenchError
from workbench.models.shares import UNBOUNDED, Share
from workbench.printing import printed
from workbench.runs.past import fill
from workbench.runs.record import Run
from workbench.runs.watching import Watch
from workbench.runs.worker import HIDDEN, Assignment, Part, Worker
from workbench.store import Store

MOST_EXAMPLES = 500  # in one part
PART_SHARE = 2  # a part is at most so small a share of what is left, for each worker
DEATHS = 3  # of a place in a row: then it is no accident
STOP_SECONDS = 12.0  # that workers may take to keep what is in flight
STARTS = 3  # Ray gives its own processes half a minute; on a busy machine they may need another try


@printed
@dataclass(frozen=True)
class Ray:
    """Where a run's workers are: at a Ray cluster's address, or without one on this machine.

    The limits of models.yaml hold for all workers together; each has at most `in_flight` calls to a
    model under way, where that is given.
    """

    address: str = ""
    workers: int = 2
    in_flight: int = UNBOUNDED

    def __post_init__(self) -> None:
        if self.workers < 1 or self.in_flight < 1:
            raise ValueError("workers and in_flight count from 1")

    def __repr__(self) -> str:
        return f"Ray: {self.workers} workers, {self.address or 'on this machine'}"

    def share(self, number: int) -> Share:
        """What one of the workers may use of the limits."""
        return Share(number, self.workers, self.in_flight)

    def check(self, record: Run, store: Store) -> None:
        """WorkbenchError for what workers could not do."""
        _ray()
        few = min(record.plan.asked_models(), key=lambda model: model.max_concurrency)
        if few.max_concurrency < self.workers and not few.is_local:
            raise WorkbenchError(
                f"model {few.name!r} takes max_concurrency: {few.max_concurrency} calls at a time, "
                f"fewer than {self.workers} workers: raise it, or take fewer workers"
            )
        if self.address and not store.is_server:
            raise WorkbenchError(
                "workers on other machines need one store: put its URL, postgresql://..., in "
                "WORKBENCH_STORE"
            )
        if HIDDEN in store.location and Store().location != store.location:
            raise WorkbenchError(
                "a password is never sent to workers: put the store's URL in WORKBENCH_STORE, here "
                "and on every node, or the password in ~/.pgpass"
            )


def _ray() -> Any:
    try:
        import ray  # pyright: ignore[reportMissingImports]  an extra, in an environment of its own
    except ImportError:
        raise WorkbenchError(
            "a run on Ray needs the package ray: run `pip install 'prompt-workbench[ray]'`"
        ) from None
    return ray


@contextlib.asynccontextmanager
async def _connected(executor: Ray) -> AsyncIterator[Any]:
    """Ray, connected as it is already, or for the time of this run."""
    ray = _ray()
    begun = not ray.is_initialized()
    if begun:
        _connect(ray, executor)
    try:
        yield ray
    finally:
        if begun:
            ray.shutdown()


def _connect(ray: Any, executor: Ray) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would call home
    own = {"num_cpus": max(executor.workers, os.cpu_count() or 1), "include_dashboard": False}
    given = {"address": executor.address} if executor.address else {"address": "local", **own}
    for left in reversed(range(STARTS)):
        try:
            ray.init(**given, log_to_driver=False, logging_level="error")
            return
        # Ray has no narrower class for a process of its own that is late
        except Exception as error:  # noqa: BLE001
            ray.shutdown()
            if not left:
                where = executor.address or "on this machine"
                raise WorkbenchError(f"Ray does not start, {where}: {_first(error)}") from None


def _first(error: BaseException) -> str:
    """The first line of what an error says."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


async def work_on(executor: Ray, record: Run, store: Store) -> None:
    """Work a run off by workers; its rows are read from the store at the end."""
    async with _connected(executor) as ray:
        await _Crew(ray, executor, record, store).work()
    for cell in store.cells(record.id):
        fill(record, cell)


class _Crew:
    """The workers of one run, and the parts of it that they have and have not done."""

    def __init__(self, ray: Any, executor: Ray, record: Run, store: Store) -> None:
        self._ray, self._executor, self._record = ray, executor, record
        self._team = uuid.uuid4().hex
        self._plan = ray.put(record.plan)  # once, for all of them
        self._assignment = (record.id, store.location, record.budget, self._team)
        self._next, self._returned = 0, deque[range]()
        self._lost: set[str] = set()  # names of workers that died
        self._actors: dict[int, Any] = {}
        self._stopped = asyncio.Event()
        self._watch = Watch(record, self._team)
        self._done = self._failed = self._unscored = 0
        self._spent = 0.0

    async def work(self) -> None:
        """Until every part is done, or the run is stopped or cannot go on."""
        loop = asyncio.get_running_loop()
        self._record.wake = lambda: loop.call_soon_threadsafe(self._stopped.set)
        self._tell(finished=False)
        stopping = asyncio.create_task(self._stop_when_told())
        places = [asyncio.create_task(self._man(n)) for n in range(self._executor.workers)]
        try:
            await asyncio.wait(places, return_when=asyncio.FIRST_EXCEPTION)
            for place in places:
                if place.done():
                    place.result()
        except asyncio.CancelledError:
            self._record.stop("interrupted")
            await asyncio.wait(places, timeout=STOP_SECONDS)
            raise
        finally:
            stopping.cancel()
            for task in places:
                task.cancel()
            await asyncio.gather(*places, return_exceptions=True)
            for actor in self._actors.values():
                self._ray.kill(actor)
            self._tell(finished=True)

    async def _stop_when_told(self) -> None:
        await self._stopped.wait()
        why = self._record.stopped
        stops = [actor.stop.remote(why) for actor in self._actors.values()]
        await asyncio.gather(*stops, return_exceptions=True)

    async def _man(self, number: int) -> None:
        """Keep one place at work, with another worker where one dies."""
        deaths, name, actor = 0, "", None
        while not self._record.stopped and (part := self._take()):
            try:
                if actor is None:
                    actor = self._actors[number] = self._hire(number)
                    name = await actor.begin.remote()
                done = await actor.work.remote(part, frozenset(self._lost))
            except self._ray.exceptions.RayError as error:
                self._returned.append(part)
                self._bury(number, name)
                actor, deaths = None, deaths + 1
                self._refuse(error, deaths)
            else:
                deaths = 0
                self._count(done)
        if actor is not None:
            await self._dismiss(number, actor)

    def _take(self) -> range | None:
        """The next part: large ones first, so that all workers end together."""
        if self._returned:
            return self._returned.popleft()
        left = len(self._record.examples) - self._next
        size = min(MOST_EXAMPLES, math.ceil(left / (PART_SHARE * self._executor.workers)))
        part = range(self._next, self._next + size)
        self._next = part.stop
        return part or None

    def _hire(self, number: int) -> Any:
        share = self._executor.share(number)
        remote = self._ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(Worker)
        return remote.remote(self._plan, Assignment(*self._assignment, share))

    def _bury(self, number: int, name: str) -> None:
        """What a worker had done and not told of counts for whoever does that part again."""
        self._lost |= {name} - {""}
        with contextlib.suppress(KeyError):
            self._ray.kill(self._actors.pop(number))

    def _refuse(self, error: BaseException, deaths: int) -> None:
        """Raise what no other worker could mend."""
        cause = getattr(error, "cause", None)
        if isinstance(cause, WorkbenchError):
            raise cause from None
        if deaths >= DEATHS:
            raise WorkbenchError(
                f"workers on Ray die again and again ({_first(error)}): what was done is kept; "
                "look at Ray's logs, then run again to go on"
            )

    async def _dismiss(self, number: int, actor: Any) -> None:
        with contextlib.suppress(self._ray.exceptions.RayError):
            await actor.end.remote()
        self._ray.kill(self._actors.pop(number))

    def _count(self, part: Part) -> None:
        """Add what a worker did to the run."""
        record = self._record
        self._done, self._failed = self._done + part.rows, self._failed + part.failed
        self._unscored += part.unscored
        self._spent += part.cost
        record.calls += part.calls
        record.requests += part.requests
        record.hits += part.hits
        record.unpriced += part.unpriced
        record.cost = self._spent if self._spent or not record.unpriced else math.nan
        for model, names in part.left_out.items():
            record.note(model, names)
        kind, text = part.fault
        if kind:
            raise getattr(errors, kind, WorkbenchError)(text)
        if part.stopped:
            record.stop(part.stopped)
        self._tell(finished=False)

    def _tell(self, *, finished: bool) -> None:
        self._watch(self._done, self._failed, self._unscored, (0, 0), finished=finished)
