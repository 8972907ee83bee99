"""The load on the store and on the limits at up to a thousand workers: what the store's statements
cost is measured on a PostgreSQL of this machine, the workers are simulated.

`python -m benchmarks.scale [--workers 10 100 1000] [--examples 20000] [--cores 8] [--costs FILE]`
"""

import argparse
import heapq
import json
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.shared_limits import sent
from benchmarks.store_costs import Costs, measure, postgresql
from workbench.models.shares import Share
from workbench.runs.engine import (
    COMMIT_CALLS,
    COMMIT_SECONDS,
    LONGEST_POLL,
    MOST_EXCHANGED,
    POLL_SECONDS,
)
from workbench.runs.in_hand import MOST_ROWS
from workbench.runs.sending import Senders
from workbench.runs.team import LOOK_SECONDS
from workbench.store.leases import BEAT_SECONDS

IN_FLIGHT = 2  # calls of each worker, of the endpoint's limit
CALL_SECONDS = (0.5, 1.5)  # of a call, from and to
START_SECONDS = 10.0  # in which all workers begin
LINK_SECONDS = 0.004  # of an exchange on the network and at the disk, which keep no processor
REPEATS, MATES = 60, 1000  # of each statement; of a team that is looked at
SHARED = ((1, 2000, 60000), (1000, 2000, 60000), (1000, 2000, 6000), (1000, 500, 0))
FREE, HELD, ANSWERED = range(3)  # states of a call


class Server:
    """The database's server: so many processors, first come first served."""

    def __init__(self, cores: int) -> None:
        self._free = [0.0] * cores
        self.busy, self.exchanges, self.waits = 0.0, 0, []

    def work(self, now: float, seconds: float) -> float:
        """When a piece of work is done that comes now."""
        begins = max(now, heapq.heappop(self._free))
        heapq.heappush(self._free, begins + seconds)
        self.busy += seconds
        return begins + seconds

    def exchange(self, now: float, seconds: float) -> float:
        done = self.work(now, seconds) + LINK_SECONDS
        self.exchanges += 1
        self.waits.append(done - now)
        return done


@dataclass(eq=False)
class Worker:
    """One process: which rows it has begun, and what it has in hand. Calls are numbers: twice the
    row, and one more for the verdict.
    """

    number: int
    rows: np.ndarray  # in its order
    since: float = 0.0  # it is seen by all
    share: Share = field(default_factory=lambda: Share(of=0))
    begun: int = 0
    size: int = 1
    queue: list[int] = field(default_factory=list)
    in_flight: int = 0
    arrived: list[int] = field(default_factory=list)
    wanted: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    foreign: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    spare: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    cells: int = 0
    done: int = 0
    polled: float = 0.0
    poll: float = POLL_SECONDS
    all_new: bool = False
    at_work: bool = False  # an exchange is under way
    due: float = np.inf  # when the next turn is planned

    @property
    def finished(self) -> bool:
        return self.done == len(self.rows)


class Run:
    """Workers on one run, as `workbench run --join` (`joined`) or as actors of Ray with rows of
    their own.
    """

    def __init__(
        self, workers: int, examples: int, costs: Costs, cores: int, *, joined: bool
    ) -> None:
        self.random = np.random.default_rng([workers, examples, joined])
        self.costs, self.joined, self.limit = costs, joined, IN_FLIGHT * workers
        self.server = Server(cores)
        self.state = np.zeros(2 * examples, np.int8)
        self.workers = [self._worker(number, workers, examples) for number in range(workers)]
        self.heard, self.entered = np.full(workers, -1.0), np.full(workers, np.inf)
        self._events: list[tuple[float, int, str, Worker, Any]] = []
        self._order = count()
        self.sent = self.most = self._in_flight = 0
        self.end = 0.0

    def _worker(self, number: int, workers: int, examples: int) -> Worker:
        if not self.joined:
            share = Share(number, workers)
            return Worker(number, np.arange(number, examples, workers), share=share)
        return Worker(number, np.roll(np.arange(examples), -int(self.random.integers(examples))))

    def at(self, when: float, kind: str, worker: Worker, what: Any = None) -> None:
        heapq.heappush(self._events, (when, next(self._order), kind, worker, what))

    def play(self) -> None:
        """Until every worker has seen every row of its own."""
        for worker in self.workers:
            begins = float(self.random.uniform(0, START_SECONDS))
            self.at(begins, "enter", worker)
        left = len(self.workers)
        while left:
            now, _, kind, worker, what = heapq.heappop(self._events)
            if kind == "turn" and now != worker.due:
                continue  # another came before
            was = worker.finished
            getattr(self, kind)(now, worker, what)
            if worker.finished and not was:
                left, self.end = left - 1, now

    # Who is there

    def enter(self, now: float, worker: Worker, _: Any) -> None:
        worker.since = self.entered[worker.number] = self.server.work(now, self.costs.beat / 2)
        self.at(worker.since, "look", worker)
        self.plan(worker, worker.since)

    def look(self, now: float, worker: Worker, _: Any) -> None:
        """As runs/team.py keeps to a share; a worker of Ray says that it lives."""
        if worker.finished:
            return
        if not self.joined:
            done = self.server.work(now, self.costs.beat / 2)
            self.at(done + BEAT_SECONDS, "look", worker)
            return
        there = self.entered <= now
        unheard = int((self.heard[there] <= worker.since).sum()) - (
            self.heard[worker.number] <= worker.since
        )
        each = self.costs.company_each * there.sum() + self.costs.unheard_each * unheard
        done = self.server.work(now, self.costs.company + each)
        if worker.share.of or not unheard:
            before = int(there[: worker.number].sum())
            worker.share = Share(before, int(there.sum()))
        fits = worker.in_flight <= worker.share.calls(self.limit)
        done = self.server.work(done, self.costs.beat)
        if fits:
            self.heard[worker.number] = now
        self.send(done, worker)
        self.plan(worker, done)
        wait = BEAT_SECONDS if worker.share.of and fits else LOOK_SECONDS
        self.at(done + wait, "look", worker)

    # Calls

    def send(self, now: float, worker: Worker) -> None:
        """What is queued, as far as the share goes."""
        while worker.queue and worker.in_flight < worker.share.calls(self.limit):
            call = worker.queue.pop()
            worker.in_flight += 1
            self.sent += 1
            self._in_flight += 1
            self.most = max(self.most, self._in_flight)
            self.at(now + float(self.random.uniform(*CALL_SECONDS)), "answer", worker, call)

    def answer(self, now: float, worker: Worker, call: int) -> None:
        worker.in_flight -= 1
        self._in_flight -= 1
        worker.arrived.append(call)
        self.send(now, worker)
        hurry = len(worker.arrived) >= COMMIT_CALLS or not (worker.in_flight or worker.queue)
        self.plan(worker, now if hurry else now + COMMIT_SECONDS)

    # Turns

    def plan(self, worker: Worker, when: float) -> None:
        """The next turn is then, unless one is planned before."""
        if not worker.at_work and not worker.finished and when < worker.due:
            worker.due = when
            self.at(when, "turn", worker)

    def turn(self, now: float, worker: Worker, _: Any) -> None:
        """One exchange with the store."""
        worker.due, worker.at_work = np.inf, True
        self._give_back(worker)
        self._begin_rows(worker)
        if len(worker.foreign) and now - worker.polled >= worker.poll:
            worker.polled, worker.poll = now, min(2 * worker.poll, LONGEST_POLL)
            worker.wanted = np.concatenate([worker.wanted, worker.foreign])
            worker.foreign = worker.foreign[:0]
        wanted, worker.wanted = np.split(worker.wanted, [MOST_EXCHANGED])
        arrived, worker.arrived = worker.arrived, []
        seconds = self._seconds(worker, len(arrived), wanted)
        worker.cells = 0
        done = self.server.exchange(now, seconds)
        self.at(done, "settle", worker, (np.array(arrived, np.int64), wanted))

    def _has_room(self, worker: Worker) -> bool:
        """As the engine begins rows: while it is short of calls, and not too much is open."""
        if len(worker.spare):
            return len(worker.queue) < self._few(worker)
        is_open = worker.begun - worker.done > Senders.most_open
        return (
            not is_open
            and worker.begun < len(worker.rows)
            and len(worker.queue) < self._few(worker)
        )

    def _few(self, worker: Worker) -> int:
        return min(MOST_ROWS, 2 * max(1, worker.share.calls(self.limit)))

    def _give_back(self, worker: Worker) -> None:
        """What was claimed when the share was larger."""
        few = self._few(worker)
        if self.joined and len(worker.queue) > 2 * few:
            gone, worker.queue = np.array(worker.queue[:-few]), worker.queue[-few:]
            self.state[gone] = FREE
            worker.spare = np.concatenate([worker.spare, gone])

    def _begin_rows(self, worker: Worker) -> None:
        if len(worker.spare):
            if len(worker.queue) < self._few(worker):
                worker.wanted = np.concatenate([worker.wanted, worker.spare[:64]])
                worker.spare = worker.spare[64:]
        elif self._has_room(worker):
            size = max(worker.size, self._few(worker))
            rows = worker.rows[worker.begun : worker.begun + size]
            worker.begun += len(rows)
            worker.wanted = np.concatenate([worker.wanted, 2 * rows])

    def _seconds(self, worker: Worker, arrived: int, wanted: np.ndarray) -> float:
        """What the exchange costs the server."""
        costs, seconds = self.costs, worker.cells * self.costs.cell_each
        if arrived:
            seconds += costs.commit + costs.commit_each * arrived
        elif worker.cells:
            seconds += costs.cells
        missing = int((self.state[wanted] != ANSWERED).sum())
        if len(wanted) and not worker.all_new:
            seconds += costs.find + costs.find_each * len(wanted)
        if missing:
            seconds += costs.claim + costs.claim_each * missing
        return seconds

    def settle(self, now: float, worker: Worker, what: tuple[np.ndarray, np.ndarray]) -> None:
        """What was committed counts, and what was wanted is found, claimed or another's."""
        arrived, wanted = what
        worker.at_work = False
        self.state[arrived] = ANSWERED
        states = self.state[wanted]
        found, free = wanted[states == ANSWERED], wanted[states == FREE]
        free = free[np.argsort(free % 2 == 0, kind="stable")]  # verdicts first
        room = int((free % 2).sum()) + max(self._few(worker) - len(worker.queue), 0)
        claimed, spare = np.split(free, [room if self.joined else len(free)])
        worker.spare = np.concatenate([worker.spare, spare])
        self.state[claimed] = HELD
        worker.foreign = np.concatenate([worker.foreign, wanted[states == HELD]])
        worker.queue += claimed.tolist()
        if len(found):
            worker.poll = POLL_SECONDS
        worker.all_new = len(claimed) > 0 and not len(found)
        worker.size = worker.size if len(claimed) else min(MOST_ROWS, 2 * worker.size)
        self._deliver(worker, np.concatenate([arrived, found]))
        if worker.finished:  # the last cells
            self.server.work(now, self.costs.cells + worker.cells * self.costs.cell_each)
        self.send(now, worker)
        self._plan_next(now, worker)

    def _deliver(self, worker: Worker, calls: np.ndarray) -> None:
        """An answer asks for its verdict, a verdict ends its row."""
        verdicts = int((calls % 2).sum())
        worker.cells += verdicts
        worker.done += verdicts
        worker.wanted = np.concatenate([worker.wanted, calls[calls % 2 == 0] + 1])

    def _is_short_of_calls(self, worker: Worker) -> bool:
        """As the engine: else what is wanted goes along with the next answers."""
        if len(worker.wanted) and not worker.queue:
            return True
        return self._has_room(worker) and len(worker.queue) < self._few(worker) // 2

    def _plan_next(self, now: float, worker: Worker) -> None:
        if self._is_short_of_calls(worker) or len(worker.arrived) >= COMMIT_CALLS:
            self.plan(worker, now)
        elif worker.arrived:
            self.plan(worker, now + COMMIT_SECONDS)
        elif len(worker.foreign):
            self.plan(worker, max(now, worker.polled + worker.poll))


NAMES = (
    "workers", "way", "seconds, simulated", "by the calls alone", "processors busy",
    "exchanges a second", "99 % of them within, seconds",
)  # fmt: skip


def row(workers: int, examples: int, costs: Costs, cores: int, *, joined: bool) -> str:
    """What came of a run, as a line of a table."""
    run = Run(workers, examples, costs, cores, joined=joined)
    run.play()
    calls, server = 2 * examples, run.server
    assert (run.state == ANSWERED).all() and run.sent == calls and run.most <= run.limit
    cells = (
        f"{workers:,}",
        "`--join`" if joined else "Ray",
        f"{run.end:.0f}",
        f"{START_SECONDS / 2 + calls * sum(CALL_SECONDS) / 2 / run.limit:.0f}",
        f"{server.busy / run.end:.2f} of {cores}",
        f"{server.exchanges / run.end:,.0f}",
        f"{np.percentile(server.waits, 99):.3f}",
    )
    return f"| {' | '.join(cells)} |"


def known_costs(file: Path | None) -> Costs:
    """Those in a file, or measured now and kept there."""
    if file and file.exists():
        return Costs(**json.loads(file.read_text()))
    with postgresql() as (url, seconds):
        costs = measure(url, seconds, REPEATS, MATES)
    if file:
        file.write_text(json.dumps(costs.plain))
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[10, 100, 300, 1000])
    parser.add_argument("--examples", type=int, default=20000)
    parser.add_argument("--cores", type=int, default=8)
    parser.add_argument("--costs", type=Path, help="read them there, or measure and keep them")
    given = parser.parse_args()
    costs = known_costs(given.costs)
    print("measured, microseconds of the server's processors:")
    print(", ".join(f"{name} {1e6 * each:.1f}" for name, each in costs.plain.items()))
    print(f"\n{given.examples:,} examples:\n| {' | '.join(NAMES)} |\n{'|---' * len(NAMES)}|")
    for joined in (True, False):
        for workers in given.workers:
            print(row(workers, given.examples, costs, given.cores, joined=joined), flush=True)
    print("\nlimits, simulated:")
    for workers, limit, per_minute in SHARED:
        print(sent(workers, limit, per_minute), flush=True)


if __name__ == "__main__":
    main()
