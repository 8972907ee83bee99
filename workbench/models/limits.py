"""How many calls to one model at a time, and how many a second: learnt from what its endpoint says
and does.

`Limit` is arithmetic on times that it is given, in seconds on any one clock; `Gate` makes
coroutines wait by it.
"""

import asyncio
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.models.model import Model
from workbench.models.replies import read_duration, read_number
from workbench.models.windows import GROWTH_SECONDS, Cut, Window

RECENT, OFTEN = 24, 0.3  # calls of late, and the share of refusals among them, or
IN_A_ROW = (
    3  # the refusals without an answer between them, that are no chance: the endpoint limits calls
)
GROWTH_CALLS = 20  # a rate is doubled over so many calls at least
MOST_GROWTH = 2.0  # of a rate, times the answers a second: what is not used does not grow
MEASURED_SECONDS = 1.0  # the least time between cuts of the rate to what was answered
MOST_CUT = 0.7  # what at least is left of the rate then: refusals may have nothing to do with it
ANSWERS_SECONDS = (
    4.0  # over which answers a second are counted, or over FEW answers if that is longer
)
FEW = 5
FIRST_PROBE, LONGEST_PROBE = (
    0.25,
    2.0,
)  # seconds between calls that find out whether a shut endpoint answers again
LONGEST_GUESS = (
    60.0  # seconds to wait by our own account of an endpoint's allowance; then it is asked
)


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
        """The endpoint says how many it admits a minute, how many are left, and in how many seconds
        all will be.
        """
        used = limit - left
        self.rate = used / reset if reset > 0 and used > 0 else limit / 60
        self._most, self._left, self._at = limit, left - under_way, now

    def _refill(self, now: float) -> None:
        self._left = min(self._most, self._left + (now - self._at) * self.rate)
        self._at = now


class Rate:
    """Calls a second: no matter how many until calls are refused often, then what was answered of
    them, as a Cut.
    """

    def __init__(self) -> None:
        self._cut: Cut | None = None
        self._cut_at = self._measured_at = -math.inf
        self._next = 0.0  # when the rate admits the next call
        self._answers: deque[float] = deque()  # times of the latest
        # seconds in which the endpoint was shut: they do not count for the answers a second
        self._idle = 0.0

    def delay(self, now: float) -> float:
        return self._next - now if self._cut else 0.0

    def sent(self, now: float) -> None:
        if self._cut:
            most = MOST_GROWTH * (self.answers(now) or 1.0)
            self._cut.grow(now, most, max(GROWTH_SECONDS, GROWTH_CALLS / self._cut.value))
            self._next = max(self._next, now - 1 / self._cut.value) + 1 / self._cut.value

    def answered(self, now: float) -> None:
        self._answers.append(now - self._idle)

    def shut(self, seconds: float) -> None:
        """For so long the endpoint refuses everything."""
        self._idle += seconds

    def refused(self, now: float, sent: float, often: bool) -> None:
        """A call was refused that was sent at that time; `often`: as others just were."""
        answers = self.answers(now)
        if often and answers and now - self._measured_at > MEASURED_SECONDS:
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
    """What one model at one endpoint takes: a window, a rate learnt from refusals, and the
    allowances it states.
    """

    def __init__(self, model: Model) -> None:
        self.window = Window(model.max_concurrency)
        self.under_way = 0
        self._tokens_under_way = 0.0
        stated = {"requests": model.requests_per_minute, "tokens": model.tokens_per_minute}
        self._stated = frozenset(
            name for name, per_minute in stated.items() if per_minute
        )  # by the user: these hold
        self._allowances = {name: Allowance(stated[name]) for name in self._stated}
        self.rate = Rate()
        self._paused_until = 0.0
        self._probe = FIRST_PROBE
        self._in_a_row, self._share = 0, 0.0  # refusals
        self._batch_since = -math.inf  # when the calls began that the latest refusals are among
        self._answered_sent = 0.0  # when the latest answered call was sent

    def delay(self, now: float, tokens: float) -> float:
        """Seconds until a call may be sent; infinite until one that is under way returns."""
        if self.under_way >= int(self.window.size):
            return math.inf
        wait = max(self._paused_until - now, self.rate.delay(now))
        for name, allowance in self._allowances.items():
            wait = max(
                wait, min(allowance.delay(now, tokens if name == "tokens" else 1.0), LONGEST_GUESS)
            )
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
        self._in_a_row = 0
        self._share -= self._share / RECENT
        self.rate.answered(now)
        self.window.answered(
            now, sent.generation, now - sent.sent, self.under_way >= int(self.window.size) - 1
        )

    def refused(self, now: float, sent: Pass, pause: float, *, limiting: bool) -> None:
        """A call was refused (`limiting`) or timed out; for `pause` seconds none may be sent."""
        self._in_a_row += 1
        self._share += (1 - self._share) / RECENT
        often = self._in_a_row >= IN_A_ROW or self._share > OFTEN
        if sent.sent >= self._paused_until:
            self._batch_since = self._paused_until
        wholly = limiting and not self.under_way and self._answered_sent < self._batch_since
        if wholly or self.window.shut:
            pause, self._probe = max(pause, self._probe), min(self._probe * 2, LONGEST_PROBE)
        self.window.refused(now, often, wholly)
        until = max(self._paused_until, now + pause)
        if self.window.shut:
            self.rate.shut(until - max(now, self._paused_until))
        elif limiting:
            self.rate.refused(now, sent.sent, often)
        self._paused_until = until

    def told(self, now: float, headers: Mapping[str, str]) -> None:
        """An answer's `x-ratelimit-*` headers; what is absent, negative or nonsense is ignored."""
        for name, under_way in (("requests", self.under_way), ("tokens", self._tokens_under_way)):
            limit = read_number(headers.get(f"x-ratelimit-limit-{name}"))
            left = read_number(headers.get(f"x-ratelimit-remaining-{name}"))
            reset = read_duration(headers.get(f"x-ratelimit-reset-{name}"))
            if (
                1 <= limit < math.inf
                and 0 <= left < math.inf
                and reset != math.inf
                and name not in self._stated
            ):
                self._allowances.setdefault(name, Allowance(limit)).told(
                    now, limit, left, reset, under_way
                )


class Gate:
    """Where calls wait for leave to be sent, first come first served; those that are sent again go
    first.
    """

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._waiting: deque[tuple[asyncio.Future[Pass], float]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def enter(self, tokens: float, *, again: bool = False) -> Pass:
        """Leave to send a call of about `tokens` tokens; give it back with one of the other
        methods.
        """
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

    def refused(
        self, sent: Pass, pause: float, *, limiting: bool, headers: Mapping[str, str]
    ) -> None:
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
