"""What a thousand processes send of a limit that they share: real limits of models/limits.py, each
with its share, on one simulated clock. Every process always has a call to send.
"""

import heapq
from dataclasses import dataclass
from itertools import count

import numpy as np

from workbench.models.limits import Limit, Pass
from workbench.models.shares import Share

CALL_SECONDS = (0.5, 1.5)
TOKENS = 500.0  # of a call
LEAST_WAIT = 1e-3  # seconds


@dataclass(frozen=True)
class Sent:
    """Calls that all processes sent together."""

    workers: int
    limit: int  # calls at a time
    per_minute: int  # calls, 0 = not limited
    most_at_once: int
    minutes: tuple[int, ...]  # calls in each minute
    busiest_second: int


class Processes:
    """Their limits, and what is under way, on a simulated clock."""

    def __init__(self, workers: int, limit: int, per_minute: int) -> None:
        self._random = np.random.default_rng([workers, limit, per_minute])
        shares = [Share(number, workers) for number in range(workers)]
        self._limits = [
            Limit(limit, requests_per_minute=per_minute, share=lambda share=share: share)
            for share in shares
        ]
        self._order = count()
        self._events: list[tuple[float, int, int, Pass | None]] = []
        self._wakes = np.full(workers, np.inf)  # when each looks again whether it may send
        self.calls: list[float] = []
        self.under_way = self.most = 0

    def play(self, until: float) -> None:
        for number in range(len(self._limits)):
            self._wake(number, float(self._random.uniform(0, 1)))
        while self._events[0][0] < until:
            now, _, number, returned = heapq.heappop(self._events)
            if returned:
                self.under_way -= 1
                self._limits[number].leave(returned)
                self._limits[number].answered(now, returned)
            elif now == self._wakes[number]:
                self._wakes[number] = np.inf
            self._send(now, number)

    def _send(self, now: float, number: int) -> None:
        """Whatever may be sent, and when to look again."""
        limit = self._limits[number]
        while not (wait := limit.delay(now, TOKENS)):
            given = limit.enter(now, TOKENS)
            self.calls.append(now)
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            back = now + float(self._random.uniform(*CALL_SECONDS))
            heapq.heappush(self._events, (back, next(self._order), number, given))
        if wait < np.inf:
            self._wake(number, now + max(wait, LEAST_WAIT))

    def _wake(self, number: int, when: float) -> None:
        if when < self._wakes[number]:
            self._wakes[number] = when
            heapq.heappush(self._events, (when, next(self._order), number, None))


def sent(workers: int, limit: int, per_minute: int, minutes: int = 3) -> Sent:
    """Simulate that many minutes."""
    processes = Processes(workers, limit, per_minute)
    processes.play(60 * minutes)
    calls, most = np.array(processes.calls, int), processes.most
    seconds = np.bincount(calls, minlength=60 * minutes)[: 60 * minutes]
    by_minute = tuple(int(part.sum()) for part in seconds.reshape(minutes, 60))
    return Sent(workers, limit, per_minute, most, by_minute, int(seconds.max()))
