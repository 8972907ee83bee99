"""How many calls at a time and a second: a model server in simulated time, and the gate in real
time.
"""

import asyncio
import heapq
import math
import random
from collections.abc import Callable

import pytest

from workbench.models.limits import Gate, Limit

NOW, REFUSED = 0.001, "429"
Answer = tuple[float, str, float]  # seconds until it comes, "ok" or REFUSED, seconds of Retry-After


class Simulation:
    """Calls that come as fast as a Limit lets them, each again until it is answered, in simulated
    time.
    """

    def __init__(self, server: Callable[[float], Answer], calls: int, **fields: int) -> None:
        self.limit = Limit(**{"max_concurrency": 64, **fields})
        self.server, self.waiting, self.now = server, calls, 0.0
        self.answered: list[float] = []
        self.refused: list[float] = []
        self.most_under_way = 0
        self._events: list = []
        self._timed = False  # a time to send again is set
        self._random = random.Random(1)

    def run(self, until: float = math.inf) -> "Simulation":
        self._send()
        while self._events and self._events[0][0] <= until:
            self.now, _, event, *arguments = heapq.heappop(self._events)
            event(*arguments)
        return self

    def _at(self, when: float, event: Callable, *arguments) -> None:
        heapq.heappush(self._events, (when, self._random.random(), event, *arguments))

    def _send(self) -> None:
        while self.waiting:
            delay = self.limit.delay(self.now, 100)
            if delay:
                if delay < math.inf and not self._timed:
                    self._timed = True
                    self._at(self.now + delay + 1e-9, self._on_time)
                return
            self.waiting -= 1
            sent = self.limit.enter(self.now, 100)
            self.most_under_way = max(self.most_under_way, self.limit.under_way)
            seconds, status, pause = self.server(self.now)
            self._at(self.now + seconds, self._return, sent, status, pause)

    def _on_time(self) -> None:
        self._timed = False
        self._send()

    def _return(self, sent, status: str, pause: float) -> None:
        self.limit.leave(sent)
        if status == "ok":
            self.answered.append(self.now)
            self.limit.answered(self.now, sent)
        else:
            self.refused.append(self.now)
            self.limit.refused(self.now, sent, pause, limiting=True)
            self._at(self.now + (pause or self._random.uniform(0.1, 0.25)), self._again)
        self._send()

    def _again(self) -> None:
        self.waiting += 1
        self._send()

    def rate(self, start: float, end: float) -> float:
        """Answers a second between two times."""
        return sum(start <= when < end for when in self.answered) / (end - start)

    @property
    def refused_share(self) -> float:
        return len(self.refused) / (len(self.refused) + len(self.answered))


class Bucket:
    """Admits `rate` calls a second, `burst` at once, and tells others to come back when there is
    room.
    """

    def __init__(
        self, rate: float, burst: float, *, seconds: float = 0.05, whole_seconds: bool = False
    ) -> None:
        self.rate, self.burst, self.seconds, self.whole_seconds = (
            rate,
            burst,
            seconds,
            whole_seconds,
        )
        self.left, self.at = burst, 0.0

    def __call__(self, now: float) -> Answer:
        self.left = min(self.burst, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left >= 1:
            self.left -= 1
            return self.seconds, "ok", 0.0
        wait = (1 - self.left) / self.rate
        return NOW, REFUSED, math.ceil(wait) if self.whole_seconds else wait


class Slots:
    """Works on so many calls at once; others are refused, or queue without bound."""

    def __init__(self, slots: int, *, seconds: float = 0.2, refuses: bool = False) -> None:
        self.free, self.seconds, self.refuses = [0.0] * slots, seconds, refuses
        self.random = random.Random(2)

    def __call__(self, now: float) -> Answer:
        if self.refuses and self.free[0] > now:
            return NOW, REFUSED, 0.0
        begun = max(now, heapq.heappop(self.free))
        done = begun + self.seconds * self.random.lognormvariate(0, 0.3)
        heapq.heappush(self.free, done)
        return done - now, "ok", 0.0


def closed(
    start: float, end: float, *, pause: float, seconds: float = 0.05, share: float = 1.0
) -> Callable:
    """Answers, but for a time in which (this share of) calls are refused."""
    chance = random.Random(3)

    def server(now: float) -> Answer:
        if start <= now < end and chance.random() < share:
            return NOW, REFUSED, pause
        return seconds, "ok", 0.0

    return server


@pytest.mark.parametrize("whole_seconds", [False, True])
@pytest.mark.parametrize("most", [32, 128])
def test_a_rate_limit_is_found_and_used_with_few_refusals(whole_seconds, most):
    done = Simulation(Bucket(20, 20, whole_seconds=whole_seconds), 300, max_concurrency=most).run()
    assert len(done.answered) == 300
    assert done.refused_share <= 0.15
    assert 300 / done.now >= 0.8 * 20


@pytest.mark.parametrize("rate", [50, 500])
def test_slow_and_fast_limits_are_found_alike(rate):
    calls = max(100, 10 * rate)
    done = Simulation(Bucket(rate, rate), calls, max_concurrency=128).run()
    assert done.refused_share <= 0.15
    assert calls / done.now >= 0.8 * rate


def test_long_calls_under_a_rate_limit_are_not_refused_in_bursts():
    done = Simulation(Bucket(20, 20, seconds=1.0), 600).run()
    assert done.refused_share <= 0.1
    assert 600 / done.now >= 0.8 * 20


@pytest.mark.parametrize("seconds", [0.05, 0.3])
@pytest.mark.parametrize("pause", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_nine_tenths_of_the_rate_are_back_five_seconds_after_the_last_refusal(
    seconds, pause, share
):
    server = closed(5, 8, pause=pause, seconds=seconds, share=share)
    done = Simulation(server, 100_000, max_concurrency=16).run(until=15)
    last = max(done.refused)
    assert done.rate(last + 5, last + 7) >= 0.9 * done.rate(3, 5)


def test_while_everything_is_refused_one_call_at_a_time_asks():
    done = Simulation(closed(5, 15, pause=0.0), 100_000, max_concurrency=16).run(until=15)
    assert len([when for when in done.refused if when > 7]) <= 10


def test_a_server_that_queues_without_bound_is_not_flooded():
    done = Simulation(Slots(8), 2000, max_concurrency=256).run()
    assert done.limit.window.size <= 32
    assert done.rate(0, done.now) >= 0.9 * 8 / (0.2 * math.exp(0.3**2 / 2))


def test_a_server_that_takes_many_calls_at_once_gets_them():
    done = Simulation(lambda now: (1.0, "ok", 0.0), 1000, max_concurrency=128).run()
    assert done.most_under_way == 128
    assert done.now <= 1000 / 128 + 5


def test_a_server_with_few_slots_that_refuses_is_kept_busy():
    done = Simulation(Slots(10, seconds=1.0, refuses=True), 500).run()
    assert done.refused_share <= 0.15
    assert done.rate(0, done.now) >= 0.8 * 10 / math.exp(0.3**2 / 2)


def test_random_refusals_slow_down_but_lose_nothing():
    done = Simulation(closed(0, math.inf, pause=0.0, share=0.05), 1000, max_concurrency=32).run()
    assert len(done.answered) == 1000
    assert done.now < 60


def test_a_stated_allowance_is_kept_without_a_single_refusal():
    done = Simulation(Bucket(10, 10), 100, requests_per_minute=600).run()
    assert done.refused == []
    assert 100 / done.now >= 9


def headers(limit: object, left: object, reset: str = "") -> dict[str, str]:
    return {
        "x-ratelimit-limit-requests": str(limit),
        "x-ratelimit-remaining-requests": str(left),
        "x-ratelimit-reset-requests": reset,
    }


def test_headers_that_say_nothing_is_left_hold_calls_back():
    limit = Limit()
    limit.read_headers(100.0, headers(60, 0, "1m0s"))
    assert limit.delay(100.0, 1) == pytest.approx(1.0)
    assert limit.delay(101.0, 1) == 0


@pytest.mark.parametrize("said", [headers(-1, -1), headers(0, 0), headers("nan", "x"), {}])
def test_headers_without_a_positive_limit_are_ignored(said):
    limit = Limit()
    limit.read_headers(100.0, said)
    assert limit.delay(100.0, 1) == 0


@pytest.mark.parametrize(
    ("left", "reset", "seconds"),
    [(0, "2.5s", 2.5), (0, "1h", 60.0), (0, "", 0.0), (3, "2.5s", 0.0), (0, "1700000000", 0.0)],
)
@pytest.mark.parametrize("what", ["requests", "tokens"])
def test_nothing_left_of_an_untold_limit_holds_calls_back_until_its_reset(
    what, left, reset, seconds
):
    limit = Limit()
    names = (f"x-ratelimit-remaining-{what}", f"x-ratelimit-reset-{what}")
    limit.read_headers(100.0, dict(zip(names, (str(left), reset), strict=True)))
    assert limit.delay(100.0, 1) == pytest.approx(seconds)


def test_a_reset_told_as_a_time_of_day_leaves_the_rate_that_the_limit_says():
    limit = Limit()
    limit.read_headers(100.0, headers(60, 0, "1700000000"))
    assert limit.delay(100.0, 1) == pytest.approx(1.0)


def test_tokens_are_held_back_as_calls_are():
    limit = Limit(tokens_per_minute=6000)
    limit.enter(100.0, 100)
    assert limit.delay(100.0, 50) == pytest.approx(0.5)


def test_what_the_user_states_is_not_overruled_by_headers():
    limit = Limit(requests_per_minute=60)
    limit.read_headers(100.0, headers(100_000, 100_000))
    limit.enter(100.0, 1)
    assert limit.delay(100.0, 1) == pytest.approx(1.0)


async def test_the_gate_lets_in_as_many_as_the_window_and_the_rest_in_order():
    gate = Gate(Limit(max_concurrency=2))
    let_in: list[int] = []

    async def call(number: int) -> None:
        sent = await gate.enter(1)
        let_in.append(number)
        await asyncio.sleep(0.01)
        gate.answered(sent, {})

    await asyncio.gather(*(call(number) for number in range(6)))
    assert let_in == [0, 1, 2, 3, 4, 5]


async def test_a_cancelled_waiter_gives_its_place_away():
    gate = Gate(Limit(max_concurrency=1))
    sent = await gate.enter(1)
    first, second = asyncio.create_task(gate.enter(1)), asyncio.create_task(gate.enter(1))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    gate.leave(sent)
    assert await asyncio.wait_for(second, 1)


async def test_a_refusal_holds_everyone_back_for_its_pause():
    gate = Gate(Limit())
    loop = asyncio.get_running_loop()
    sent = await gate.enter(1)
    gate.refused(sent, 0.2, limiting=True, headers={})
    began = loop.time()
    await asyncio.gather(*(gate.enter(1) for _ in range(3)))
    assert loop.time() - began >= 0.19


def test_the_places_of_a_server_of_ours_are_used_at_once_and_given_up_only_when_it_refuses():
    limit = Limit(16, known=True)
    passes = [limit.enter(0.0, 1) for _ in range(16)]
    assert limit.delay(0.0, 1) == math.inf
    for round in range(200):  # whatever the latency says
        limit.leave(passes[0])
        limit.answered(float(round), passes[0])
        passes = [*passes[1:], limit.enter(float(round), 1)]
        assert limit.window.size == 16
    for _ in range(8):
        limit.leave(passes[0])
        limit.refused(201.0, passes.pop(0), 0.0, limiting=True)
    assert limit.window.size < 16
