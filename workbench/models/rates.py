"""How many calls (or tokens) a second one model at one endpoint takes: what it states, and what it
shows by refusing. Arithmetic on times that it is given, in seconds.
"""

import math
from collections import deque

from workbench.models.windows import GROWTH_SECONDS, CubicBackoff

GROWTH_CALLS = 20  # a rate is doubled over so many calls at least
MOST_GROWTH = 2.0  # of a rate, times the answers a second: what is not used does not grow
MEASURED_SECONDS = 1.0  # the least time between cuts of the rate to what was answered
MOST_CUT = 0.7  # what at least is left of the rate then: refusals may have nothing to do with it
FEW = 5  # answers that tell how many there are a second, or as many as came in
ANSWERS_SECONDS = 4.0  # this time, if those are more


class TokenBucket:
    """Calls (or tokens) a minute that an endpoint admits, and how many are left of them.

    A token bucket (RFC 3290, appendix A): what is taken flows back at a constant rate, up to a
    burst.
    """

    def __init__(self, per_minute: float) -> None:
        self.rate = per_minute / 60  # a second
        self._most = max(1.0, self.rate)  # a second's worth at once
        self._left, self._at = self._most, 0.0

    def delay(self, now: float, amount: float) -> float:
        """Seconds until so much is left; more than there ever is counts as all."""
        self._refill(now)
        return max(0.0, (min(amount, self._most) - self._left) / self.rate)

    def take(self, now: float, amount: float) -> None:
        """So much is used; what is left may fall below nothing."""
        self._refill(now)
        self._left -= amount

    def state(self, now: float, limit: float, left: float, reset: float, under_way: float) -> None:
        """The endpoint states how many it admits a minute, how many are left, and in how many
        seconds all will be; `under_way` it may not have counted yet.
        """
        used = limit - left
        self.rate = used / reset if reset > 0 and used > 0 else limit / 60
        self._most, self._left, self._at = limit, left - under_way, now

    def _refill(self, now: float) -> None:
        self._left = min(self._most, self._left + (now - self._at) * self.rate)
        self._at = now


class Rate:
    """Calls a second: no matter how many until calls are refused often, then as many as were
    answered, which grows again by cubic back-off.
    """

    def __init__(self) -> None:
        self._backoff: CubicBackoff | None = None
        self._cut_at = self._measured_at = -math.inf
        self._next = 0.0  # when the rate admits the next call
        self._answers: deque[float] = deque()  # times of the latest
        # seconds in which the endpoint was shut: they do not count for the answers a second
        self._idle = 0.0

    def delay(self, now: float) -> float:
        """Seconds until the next call may be sent; 0 or less: now."""
        return self._next - now if self._backoff else 0.0

    def sent(self, now: float) -> None:
        """A call is sent."""
        if self._backoff:
            most = MOST_GROWTH * (self.answers(now) or 1.0)
            self._backoff.grow(now, most, max(GROWTH_SECONDS, GROWTH_CALLS / self._backoff.value))
            gap = 1 / self._backoff.value
            self._next = max(self._next, now - gap) + gap

    def answered(self, now: float) -> None:
        """A call was answered."""
        self._answers.append(now - self._idle)

    def shut(self, seconds: float) -> None:
        """For so long the endpoint refuses everything."""
        self._idle += seconds

    def refused(self, now: float, sent: float, often: bool) -> None:
        """A call was refused that was sent at that time; `often`: as others just were."""
        answers = self.answers(now)
        if often and answers and now - self._measured_at > MEASURED_SECONDS:
            self._measured_at = now
            self._backoff = self._backoff or CubicBackoff(now, answers)
            self._cut(self._backoff, now, max(answers, MOST_CUT * self._backoff.value))
        elif self._backoff and sent > self._cut_at:
            value = self._backoff.value
            self._cut(self._backoff, now, value - min(1.0, 0.3 * value))

    def _cut(self, backoff: CubicBackoff, now: float, value: float) -> None:
        self._cut_at = now
        backoff.cut(now, min(backoff.value, value))

    def answers(self, now: float) -> float | None:
        """Answers a second of late; None where too few came to tell."""
        now -= self._idle
        while len(self._answers) > FEW and self._answers[0] < now - ANSWERS_SECONDS:
            self._answers.popleft()
        if len(self._answers) < FEW:
            return None
        return len(self._answers) / max(1.0, now - self._answers[0])
