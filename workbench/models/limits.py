"""How many calls to one model at a time, and how many a second: learnt from what its endpoint says and does.

`Limit` is arithmetic on times that it is given, in seconds on any one clock; `Gate` makes coroutines wait by it.
"""

import asyncio
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from workbench.models.endpoint import Model
from workbench.models.replies import read_duration, read_number

FIRST_SIZE = 8  # calls at a time to begin with
QUEUES = 2.0  # times the latency of the calls before: from here on the endpoint makes calls wait
ROUND = 100  # answers that a rate of answers is measured over
PAYS = 0.25  # share of a proportional gain in answers a second that more calls at a time must bring
HOLD_SECONDS = 5.0  # how long to keep a size beyond which nothing was gained, before trying again
GROWTH_SECONDS = 3.0  # what was cut after a refusal is doubled again in this time, slowly at first
GROWTH_CALLS = 20  # a rate is doubled over so many calls at least
REOPENED = 0.75  # of the size before, when an endpoint that refused everything answers again
CALM_SECONDS = 5.0  # without a refusal, after which the next one begins a new story
FIRST_PROBE, LONGEST_PROBE = 0.25, 2.0  # seconds between calls that find out whether a shut endpoint answers again
OFTEN = 0.3  # share of refusals among the latest calls from which on the endpoint limits the rate
MOSTLY = 0.5  # the share from which on a rate that was learnt is wrong
MOST_GROWTH = 2.0  # of a rate, times the answers a second: what is not used does not grow
MEASURED_SECONDS = 1.0  # the least time between cuts of the rate to what was answered
MOST_CUT = 0.7  # what at least is left of the rate then: refusals may have nothing to do with it
ANSWERS_SECONDS = 4.0  # over which answers a second are counted, or over FEW answers if that is longer
FEW = 5
LONGEST_GUESS = 60.0  # seconds to wait by our own account of an endpoint's allowance; then it is asked


class Ramp:
    """A size that begins small and grows by one with each answer, until answers begin to take longer.

    Calls are counted in generations, each twice as large as the one before; their median latencies are compared.
    """

    def __init__(self, most: float) -> None:
        self.size = min(float(FIRST_SIZE), most)
        self._most = most
        self._sent = 0
        self._seconds: dict[int, list[float]] = {}  # generation -> latencies of its answers so far
        self._medians: list[float] = []  # of the generations so far

    def generation(self) -> int:
        """The generation of the next call: 0 for the first FIRST_SIZE calls, 1 for twice as many, and so on."""
        self._sent += 1
        return ((self._sent - 1) // FIRST_SIZE + 1).bit_length() - 1

    def answered(self, now: float, generation: int, seconds: float) -> "Ramp | Climb":
        self.size = min(self._most, self.size + 1)
        returned = self._seconds.setdefault(generation, [])
        returned.append(seconds)
        number = FIRST_SIZE << generation
        if len(returned) == number * 3 // 4:  # the rest takes longer: the median is known
            median = sorted(returned)[number // 2]
            if self._medians and median > QUEUES * fmean(self._medians):
                return Climb(now, float(min(number // 2, self._most)), self._most)
            self._medians.append(median)
        return self if self.size < self._most else Climb(now, self._most, self._most)


class Climb:
    """A size that is doubled now and then, and kept if that brings more answers a second.

    It finds the size of a server that never refuses and queues without bound (vLLM): past that size, more calls at a
    time only wait longer.
    """

    def __init__(self, now: float, size: float, most: float) -> None:
        self.size = size
        self._most = most
        self._below: tuple[float, float] | None = None  # the smaller size on trial's behalf, and its answers a second
        self._doubted = False
        self._hold_until = now + HOLD_SECONDS
        self._count, self._settled = 0, now

    def restart(self) -> None:
        """The size was not used up: what was counted tells nothing."""
        self._count = 0

    def answered(self, now: float) -> None:
        self._count += 1
        if self._count == int(self.size):  # those sent before the size changed are back
            self._settled = now
        elif self._count == int(self.size) + ROUND:
            self._count = 0
            self._judge(now, ROUND / max(now - self._settled, 1e-6))

    def _judge(self, now: float, rate: float) -> None:
        if self._below and rate < self._below[1] * (1 + PAYS * (self.size / self._below[0] - 1)):
            if self._doubted:
                self.size, self._below, self._hold_until = self._below[0], None, now + HOLD_SECONDS
            self._doubted = not self._doubted  # once may have been chance
            return
        self._doubted, self._below = False, None
        if now >= self._hold_until and self.size < self._most:
            self._below = (self.size, rate)
            self.size = min(self._most, self.size * 2)


class Cut:
    """A value that was cut and grows again, slowly at first, then ever faster.

    It is drawn towards what it was before the refusals began, the less the longer ago that is.
    """

    def __init__(self, now: float, value: float) -> None:
        self.value, self._from = value, value
        self._since = -math.inf  # the last cut
        self._before, self._before_at = value, now

    def cut(self, now: float, value: float) -> None:
        if now - self._since > CALM_SECONDS:
            self._before, self._before_at = self.value, now
        self.value = self._from = value
        self._since = now

    def before(self, now: float) -> float:
        """What it was before the refusals began, on its way to what it is now."""
        return self._from + max(0.0, self._before - self._from) * math.exp((self._before_at - now) / CALM_SECONDS)

    def grow(self, now: float, most: float, seconds: float = GROWTH_SECONDS) -> float:
        """The value after the time since the last cut, at most `most`; it takes so many seconds to double."""
        gain = max(self._from, self.before(now) - self._from) * ((now - self._since) / seconds) ** 3
        self.value = max(self.value, min(most, self._from + gain))
        return self.value


class Window:
    """How many calls at a time: a Ramp, then a Climb, and from the first refusal on a Cut."""

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._phase: Ramp | Climb | Cut = Ramp(self._most)
        self.size = self._phase.size
        self.shut = False  # everything was refused: one call at a time finds out when that is over
        self._reopened = 0.0  # size to begin with then

    def generation(self) -> int:
        return self._phase.generation() if isinstance(self._phase, Ramp) else 0

    def answered(self, now: float, generation: int, seconds: float, full: bool) -> None:
        """A call was answered; `full`: as many were under way as the window admits."""
        if self.shut:
            self.shut = False
            self._cut(now, max(1.0, self._reopened))
        elif isinstance(self._phase, Cut):
            self.size = self._phase.grow(now, self._most) if full else self.size
        elif isinstance(self._phase, Ramp):
            self._phase = self._phase.answered(now, generation, seconds) if full else self._phase
            self.size = self._phase.size
        elif full:
            self._phase.answered(now)
            self.size = self._phase.size
        else:
            self._phase.restart()

    def refused(self, now: float, wholly: bool) -> None:
        """A call was refused or timed out; `wholly`: so were all that were sent since the last refusals."""
        cut = self._phase = self._phase if isinstance(self._phase, Cut) else Cut(now, self.size)
        if wholly and not self.shut:
            self.shut, self.size, self._reopened = True, 1.0, REOPENED * cut.before(now)
        elif not self.shut:
            self._cut(now, max(1.0, self.size - 0.5))  # over a round, half the share that was refused

    def _cut(self, now: float, size: float) -> None:
        if isinstance(self._phase, Cut):
            self._phase.cut(now, size)
        self.size = size


class Allowance:
    """Calls (or tokens) a minute that an endpoint admits, and how many are left of them."""

    def __init__(self, per_minute: float) -> None:
        self.rate = per_minute / 60  # a second
        self._most = max(1.0, self.rate)  # a second's worth at once
        self._left, self._at = self._most, 0.0

    def delay(self, now: float, amount: float) -> float:
        """Seconds until so much is left; more than there ever is counts as all."""
        self._refill(now)
        return max(0.0, (min(amount, self._most) - self._left) / self.rate)

    def take(self, now: float, amount: float) -> None:
        self._refill(now)
        self._left -= amount

    def told(self, now: float, limit: float, left: float, reset: float, under_way: float) -> None:
        """The endpoint says how many it admits a minute, how many are left, and in how many seconds all will be."""
        used = limit - left
        self.rate = used / reset if reset > 0 and used > 0 else limit / 60
        self._most, self._left, self._at = limit, left - under_way, now

    def _refill(self, now: float) -> None:
        self._left = min(self._most, self._left + (now - self._at) * self.rate)
        self._at = now


class Rate:
    """Calls a second: no matter how many until calls are refused often, then what was answered of them, as a Cut."""

    def __init__(self) -> None:
        self._cut: Cut | None = None
        self._cut_at = self._measured_at = -math.inf
        self._next = 0.0  # when the rate admits the next call
        self._refusals = 0.0  # their share among the latest calls
        self._answers: deque[float] = deque()  # times of the latest
        self._idle = 0.0  # seconds in which the endpoint was shut: they do not count for the answers a second

    def delay(self, now: float) -> float:
        return self._next - now if self._cut else 0.0

    def sent(self, now: float) -> None:
        if self._cut:
            most = MOST_GROWTH * (self.answers(now) or 1.0)
            self._cut.grow(now, most, max(GROWTH_SECONDS, GROWTH_CALLS / self._cut.value))
            self._next = max(self._next, now - 1 / self._cut.value) + 1 / self._cut.value

    def answered(self, now: float) -> None:
        self._refusals -= self._refusals / 8
        self._answers.append(now - self._idle)

    def refused(self, now: float, sent: float, *, shut: bool, pause: float) -> None:
        """A call was refused that was sent at that time; the endpoint is `shut` or only limits, for `pause` seconds."""
        self._refusals += (1 - self._refusals) / 8
        if shut:
            self._idle += pause
            return
        answers = self.answers(now)
        if self._refusals > (MOSTLY if self._cut else OFTEN) and answers and now - self._measured_at > MEASURED_SECONDS:
            self._measured_at = now
            self._cut = self._cut or Cut(now, answers)
            self._lower(now, max(answers, MOST_CUT * self._cut.value))
        elif self._cut and sent > self._cut_at:
            self._lower(now, self._cut.value - min(1.0, 0.3 * self._cut.value))

    def _lower(self, now: float, value: float) -> None:
        if self._cut:
            self._cut_at = now
            self._cut.cut(now, min(self._cut.value, value))

    def answers(self, now: float) -> float | None:
        """Answers a second of late; None where too few came to tell."""
        now -= self._idle
        while len(self._answers) > FEW and self._answers[0] < now - ANSWERS_SECONDS:
            self._answers.popleft()
        if len(self._answers) < FEW:
            return None
        return len(self._answers) / max(1.0, now - self._answers[0])


@dataclass(frozen=True, slots=True)
class Pass:
    """Leave to send one call."""

    sent: float
    tokens: float
    generation: int


class Limit:
    """What one model at one endpoint takes: a window, a rate learnt from refusals, and the allowances it states."""

    def __init__(self, model: Model) -> None:
        self.window = Window(model.max_concurrency)
        self.under_way = 0
        self._tokens_under_way = 0.0
        stated = {"requests": model.requests_per_minute, "tokens": model.tokens_per_minute}
        self._stated = frozenset(name for name, per_minute in stated.items() if per_minute)  # by the user: these hold
        self._allowances = {name: Allowance(stated[name]) for name in self._stated}
        self.rate = Rate()
        self._paused_until = 0.0
        self._probe = FIRST_PROBE
        self._batch_since = -math.inf  # when the calls began that the latest refusals are among
        self._answered_sent = 0.0  # when the latest answered call was sent

    def delay(self, now: float, tokens: float) -> float:
        """Seconds until a call may be sent; infinite until one that is under way returns."""
        if self.under_way >= int(self.window.size):
            return math.inf
        wait = max(self._paused_until - now, self.rate.delay(now))
        for name, allowance in self._allowances.items():
            wait = max(wait, min(allowance.delay(now, tokens if name == "tokens" else 1.0), LONGEST_GUESS))
        return max(wait, 0.0)

    def enter(self, now: float, tokens: float) -> Pass:
        """A call is sent."""
        self.under_way += 1
        self._tokens_under_way += tokens
        for name, allowance in self._allowances.items():
            allowance.take(now, tokens if name == "tokens" else 1.0)
        self.rate.sent(now)
        return Pass(now, tokens, self.window.generation())

    def leave(self, sent: Pass) -> None:
        """The call has returned, in whatever way."""
        self.under_way -= 1
        self._tokens_under_way -= sent.tokens

    def answered(self, now: float, sent: Pass) -> None:
        self._answered_sent = max(self._answered_sent, sent.sent)
        self._probe = FIRST_PROBE
        self.rate.answered(now)
        self.window.answered(now, sent.generation, now - sent.sent, self.under_way >= int(self.window.size) - 1)

    def refused(self, now: float, sent: Pass, pause: float, *, limiting: bool) -> None:
        """A call was refused (`limiting`) or timed out; for `pause` seconds none may be sent."""
        if sent.sent >= self._paused_until:
            self._batch_since = self._paused_until
        wholly = limiting and not self.under_way and self._answered_sent < self._batch_since
        if wholly or self.window.shut:
            pause, self._probe = max(pause, self._probe), min(self._probe * 2, LONGEST_PROBE)
        self.window.refused(now, wholly)
        until = max(self._paused_until, now + pause)
        if limiting:
            further = until - max(now, self._paused_until)
            self.rate.refused(now, sent.sent, shut=self.window.shut, pause=further)
        self._paused_until = until

    def told(self, now: float, headers: Mapping[str, str]) -> None:
        """An answer's `x-ratelimit-*` headers; what is absent, negative or nonsense is ignored."""
        for name, under_way in (("requests", self.under_way), ("tokens", self._tokens_under_way)):
            limit = read_number(headers.get(f"x-ratelimit-limit-{name}"))
            left = read_number(headers.get(f"x-ratelimit-remaining-{name}"))
            if limit > 0 and left >= 0 and name not in self._stated:
                allowance = self._allowances.setdefault(name, Allowance(limit))
                allowance.told(now, limit, left, read_duration(headers.get(f"x-ratelimit-reset-{name}")), under_way)


class Gate:
    """Where calls wait for leave to be sent, first come first served; those that are sent again go first."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._waiting: deque[tuple[asyncio.Future[Pass], float]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def enter(self, tokens: float, *, again: bool = False) -> Pass:
        """Leave to send a call of about `tokens` tokens; give it back with one of the other methods."""
        loop = asyncio.get_running_loop()
        if not self._waiting and not self._limit.delay(loop.time(), tokens):
            return self._limit.enter(loop.time(), tokens)
        future: asyncio.Future[Pass] = loop.create_future()
        (self._waiting.appendleft if again else self._waiting.append)((future, tokens))
        self._admit()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():  # let in, and cancelled before it knew
                self.left(future.result())
            raise

    def left(self, sent: Pass) -> None:
        """A call ended without telling anything of the endpoint's limits."""
        self._limit.leave(sent)
        self._admit()

    def answered(self, sent: Pass, headers: Mapping[str, str]) -> None:
        now = asyncio.get_running_loop().time()
        self._limit.leave(sent)
        self._limit.answered(now, sent)
        self._limit.told(now, headers)
        self._admit()

    def refused(self, sent: Pass, pause: float, *, limiting: bool, headers: Mapping[str, str]) -> None:
        """A call was refused (`limiting`) or timed out; for `pause` seconds none is sent."""
        now = asyncio.get_running_loop().time()
        self._limit.leave(sent)
        self._limit.refused(now, sent, pause, limiting=limiting)
        self._limit.told(now, headers)
        self._admit()

    def _admit(self) -> None:
        """Let in whoever may go, and come back when the next may."""
        loop = asyncio.get_running_loop()
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            future, tokens = self._waiting[0]
            delay = 0.0 if future.done() else self._limit.delay(loop.time(), tokens)
            if delay:
                if delay < math.inf:
                    self._timer = loop.call_later(delay, self._admit)
                return
            self._waiting.popleft()
            if not future.done():
                future.set_result(self._limit.enter(loop.time(), tokens))
