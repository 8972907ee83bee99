"""What one model at one endpoint takes, learnt from what the endpoint says and does.

`Limit` is arithmetic on times that it is given, in seconds on any one clock; `Gate` makes
coroutines wait by it.
"""

import asyncio
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.models.rates import Rate, TokenBucket
from workbench.models.replies import read_duration, read_number
from workbench.models.windows import Window

# Refusals are no chance, the endpoint limits calls, when there are
IN_A_ROW = 3  # without an answer between them, or
OFTEN = 0.3  # of the latest calls, of which about
RECENT = 24  # count
# seconds between calls that find out whether a shut endpoint answers again
FIRST_PROBE, LONGEST_PROBE = 0.25, 2.0
LONGEST_GUESS = 60.0  # seconds to wait by our own account of an endpoint's rates; then it is asked


@dataclass(frozen=True, slots=True)
class Pass:
    """Leave to send one call: when it was given, for how many tokens, in which generation of slow
    start.
    """

    sent: float
    tokens: float
    generation: int


class Limit:
    """A window of calls at a time, a rate learnt from refusals, and a token bucket for each rate
    that the user or the endpoint states.
    """

    def __init__(
        self,
        max_concurrency: int = 64,
        *,
        requests_per_minute: int = 0,  # 0 = as the endpoint's headers say
        tokens_per_minute: int = 0,
    ) -> None:
        self.window = Window(max_concurrency)
        self.rate = Rate()
        self.under_way = 0
        self._tokens_under_way = 0.0
        stated = {"requests": requests_per_minute, "tokens": tokens_per_minute}
        self._buckets = {
            name: TokenBucket(per_minute) for name, per_minute in stated.items() if per_minute
        }
        self._stated = frozenset(self._buckets)  # by the user: these hold, whatever headers say
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
        for name, bucket in self._buckets.items():
            guess = bucket.delay(now, tokens if name == "tokens" else 1.0)
            wait = max(wait, min(guess, LONGEST_GUESS))
        return max(wait, 0.0)

    def enter(self, now: float, tokens: float) -> Pass:
        """A call is sent."""
        self.under_way += 1
        self._tokens_under_way += tokens
        for name, bucket in self._buckets.items():
            bucket.take(now, tokens if name == "tokens" else 1.0)
        self.rate.sent(now)
        return Pass(now, tokens, self.window.generation())

    def leave(self, sent: Pass) -> None:
        """The call has returned, in whatever way."""
        self.under_way -= 1
        self._tokens_under_way -= sent.tokens

    def answered(self, now: float, sent: Pass) -> None:
        """A call was answered."""
        self._answered_sent = max(self._answered_sent, sent.sent)
        self._probe = FIRST_PROBE
        self._in_a_row = 0
        self._share -= self._share / RECENT
        self.rate.answered(now)
        full = self.under_way >= int(self.window.size) - 1
        self.window.answered(now, sent.generation, now - sent.sent, full)

    def refused(self, now: float, sent: Pass, pause: float, *, limiting: bool) -> None:
        """A call was refused (`limiting`) or timed out; for `pause` seconds none may be sent."""
        often = self._is_often()
        all_refused = self._are_all_refused(sent) and limiting
        if all_refused or self.window.shut:
            pause = max(pause, self._probe)
            self._probe = min(self._probe * 2, LONGEST_PROBE)
        self.window.refused(now, often, all_refused)
        until = max(self._paused_until, now + pause)
        if self.window.shut:
            self.rate.shut(until - max(now, self._paused_until))
        elif limiting:
            self.rate.refused(now, sent.sent, often)
        self._paused_until = until

    def _is_often(self) -> bool:
        """Count a refusal; whether there are too many of late to be chance."""
        self._in_a_row += 1
        self._share += (1 - self._share) / RECENT
        return self._in_a_row >= IN_A_ROW or self._share > OFTEN

    def _are_all_refused(self, sent: Pass) -> bool:
        """Note since when calls were sent that are refused; whether this was the last of them and
        none was answered.
        """
        if sent.sent >= self._paused_until:
            self._batch_since = self._paused_until
        return not self.under_way and self._answered_sent < self._batch_since

    def read_headers(self, now: float, headers: Mapping[str, str]) -> None:
        """An answer's `x-ratelimit-*` headers; what is absent, negative or nonsense is ignored."""
        for name, under_way in (("requests", self.under_way), ("tokens", self._tokens_under_way)):
            if name in self._stated:
                continue
            limit = read_number(headers.get(f"x-ratelimit-limit-{name}"))
            left = read_number(headers.get(f"x-ratelimit-remaining-{name}"))
            reset = read_duration(headers.get(f"x-ratelimit-reset-{name}"))
            if 1 <= limit < math.inf and 0 <= left < math.inf and reset != math.inf:
                bucket = self._buckets.setdefault(name, TokenBucket(limit))
                bucket.state(now, limit, left, reset, under_way)


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
                self.leave(future.result())
            raise

    def leave(self, sent: Pass) -> None:
        """A call ended without telling anything of the endpoint's limits."""
        self._limit.leave(sent)
        self._admit()

    def answered(self, sent: Pass, headers: Mapping[str, str]) -> None:
        """A call was answered, with these headers."""
        now = asyncio.get_running_loop().time()
        self._limit.leave(sent)
        self._limit.answered(now, sent)
        self._limit.read_headers(now, headers)
        self._admit()

    def refused(
        self, sent: Pass, pause: float, *, limiting: bool, headers: Mapping[str, str]
    ) -> None:
        """A call was refused (`limiting`) or timed out; for `pause` seconds none is sent."""
        now = asyncio.get_running_loop().time()
        self._limit.leave(sent)
        self._limit.refused(now, sent, pause, limiting=limiting)
        self._limit.read_headers(now, headers)
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
