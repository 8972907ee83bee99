"""What one model at one endpoint takes, learnt from what the endpoint says and does.

`Limit` is arithmetic on times that it is given, in seconds on any one clock; `Gate` makes
coroutines wait by it.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from workbench.models.headers import read_duration, read_number
from workbench.models.rates import Rate, TokenBucket
from workbench.models.shares import Share
from workbench.models.windows import Window

# Refusals are no chance, the endpoint limits calls, when there are
IN_A_ROW = 3  # without an answer between them, or
OFTEN = 0.3  # of the latest calls, of which about
RECENT = 24  # count
# seconds between calls that find out whether a shut endpoint answers again
FIRST_PROBE, LONGEST_PROBE = 0.25, 2.0
FIRST_FEW = 5  # calls that are turned away before one is answered: then perhaps every call is
LONGEST_GUESS = 60.0  # seconds to wait by our own account of an endpoint's rates; then it is asked
_STATED = {
    name: [f"x-ratelimit-{what}-{name}" for what in ("limit", "remaining", "reset")]
    for name in ("requests", "tokens")
}


class Pass(NamedTuple):
    """Leave to send one call: when it was given, for how many tokens, in which generation of slow
    start.
    """

    sent: float
    tokens: float
    generation: int


_Waiting = tuple["asyncio.Future[Pass]", float]  # who waits, and for how many tokens


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
        known: bool = False,  # it has so many places: we started it
        share: Callable[[], Share] = Share,
    ) -> None:
        """`share`: what this process may use of all that, at the moment."""
        self._most, self._share_now = max_concurrency, share
        self.window = Window(max_concurrency, known=known)
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
        self.let_in = False  # a call was answered
        self._turned_away = 0  # calls, before one was answered
        self._batch_since = -math.inf  # when the calls began that the latest refusals are among
        self._answered_sent = 0.0  # when the latest answered call was sent

    def delay(self, now: float, tokens: float) -> float:
        """Seconds until a call may be sent; infinite until one that is under way returns."""
        in_doubt = self._turned_away >= FIRST_FEW and not self.let_in
        size = min(1 if in_doubt else int(self.window.size), self.most)
        if self.under_way >= size:
            return math.inf
        wait = max(self._paused_until - now, self.rate.delay(now))
        for name, bucket in self._buckets.items():
            guess = bucket.delay(now, self._amount(name, tokens))
            wait = max(wait, min(guess, LONGEST_GUESS))
        return max(wait, 0.0)

    @property
    def most(self) -> int:
        """Calls at a time that this process may have under way."""
        return self._share_now().calls(self._most)

    def _amount(self, name: str, tokens: float) -> float:
        """What a call takes from a bucket: while it is sent here, the others send as many."""
        return (tokens if name == "tokens" else 1.0) * self._share_now().of

    def enter(self, now: float, tokens: float) -> Pass:
        """A call is sent."""
        self.under_way += 1
        self._tokens_under_way += tokens
        for name, bucket in self._buckets.items():
            bucket.take(now, self._amount(name, tokens))
        self.rate.sent(now)
        return Pass(now, tokens, self.window.generation())

    def leave(self, sent: Pass) -> None:
        """The call has returned, in whatever way."""
        self.under_way -= 1
        self._tokens_under_way -= sent.tokens

    def turned_away(self) -> bool:
        """A call was turned away, as perhaps every call is; whether every first call was, and none
        is under way that may not be.
        """
        self._turned_away += 1
        return self._turned_away >= FIRST_FEW and not self.let_in and not self.under_way

    def pause(self, now: float, seconds: float) -> None:
        """For so long none may be sent, through no fault of the calls."""
        self._paused_until = max(self._paused_until, now + seconds)

    def answered(self, now: float, sent: Pass) -> None:
        """A call was answered."""
        self.let_in = True
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
        if not limiting:
            self.window.timed_out(now, sent.sent, often)
            self._paused_until = max(self._paused_until, now + pause)
            return
        all_refused = self._are_all_refused(sent)
        if all_refused or self.window.shut:
            pause = max(pause, self._probe)
            self._probe = min(self._probe * 2, LONGEST_PROBE)
        self.window.refused(now, often, all_refused)
        until = max(self._paused_until, now + pause)
        if self.window.shut:
            self.rate.shut(until - max(now, self._paused_until))
        else:
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
            limit, left, reset = _STATED[name]
            if left in headers:
                stated = read_number(headers.get(limit)), read_number(headers[left])
                self._state(now, name, *stated, read_duration(headers.get(reset)), under_way)

    def _state(
        self, now: float, name: str, limit: float, left: float, reset: float, under_way: float
    ) -> None:
        """The endpoint states a limit, what is left of it, and the seconds until all is."""
        if limit >= 1 and left >= 0:
            bucket = self._buckets.setdefault(name, TokenBucket(limit))
            bucket.state(now, limit, left, reset, under_way)
        elif left == 0 and reset > 0:  # and it does not say of how many
            self.pause(now, min(reset, LONGEST_GUESS))


class Gate:
    """Where calls wait for leave to be sent, first come first served; those that are sent again
    wait behind those that were not tried.
    """

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._untried: deque[_Waiting] = deque()
        self._again: deque[_Waiting] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def let_in(self) -> bool:
        """Whether any call was answered."""
        return self._limit.let_in

    async def enter(self, tokens: float, *, again: bool = False) -> Pass:
        """Leave to send a call of about `tokens` tokens; give it back with one of the other
        methods.
        """
        is_first = not (self._untried or self._again)
        if is_first and not self._limit.delay(now := time.monotonic(), tokens):
            return self._limit.enter(now, tokens)
        future: asyncio.Future[Pass] = asyncio.get_running_loop().create_future()
        (self._again if again else self._untried).append((future, tokens))
        self._admit()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():  # let in, and cancelled before it knew
                self.leave(future.result())
            raise

    @property
    def fits(self) -> bool:
        """Whether no more calls are under way than may be at the moment."""
        return self._limit.under_way <= self._limit.most

    def look_again(self) -> None:
        """The limit changed by itself: somebody who waits may go now."""
        self._admit()

    def dismiss(self) -> None:
        """Let nobody in who waits: they are cancelled."""
        for waiting in (self._untried, self._again):
            while waiting:
                waiting.popleft()[0].cancel()

    def leave(self, sent: Pass) -> None:
        """A call ended without telling anything of the endpoint's limits."""
        self._limit.leave(sent)
        self._admit()

    def turned_away(self, sent: Pass) -> bool:
        """A call was turned away, as perhaps every call is; whether every first call was."""
        self._limit.leave(sent)
        every = self._limit.turned_away()
        self._admit()
        return every

    def pause(self, sent: Pass, seconds: float) -> None:
        """A call is to be sent again in so many seconds; until then none is."""
        self._limit.leave(sent)
        self._limit.pause(time.monotonic(), seconds)
        self._admit()

    def answered(self, sent: Pass, headers: Mapping[str, str]) -> None:
        """A call was answered, with these headers."""
        now = time.monotonic()
        self._limit.leave(sent)
        self._limit.answered(now, sent)
        self._limit.read_headers(now, headers)
        self._admit()

    def refused(
        self, sent: Pass, pause: float, *, limiting: bool, headers: Mapping[str, str]
    ) -> None:
        """A call was refused (`limiting`) or timed out; for `pause` seconds none is sent."""
        now = time.monotonic()
        self._limit.leave(sent)
        self._limit.refused(now, sent, pause, limiting=limiting)
        self._limit.read_headers(now, headers)
        self._admit()

    def _admit(self) -> None:
        """Let in whoever may go, and come back when the next may."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while waiting := self._untried or self._again:
            future, tokens = waiting[0]
            now = time.monotonic()
            delay = 0.0 if future.done() else self._limit.delay(now, tokens)
            if delay:
                if delay < math.inf:
                    self._timer = asyncio.get_running_loop().call_later(delay, self._admit)
                return
            waiting.popleft()
            if not future.done():
                future.set_result(self._limit.enter(now, tokens))
