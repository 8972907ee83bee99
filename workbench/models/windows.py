"""How many calls at a time: found by trying, and cut when calls are refused. Arithmetic on times
that it is given.
"""

import math

FIRST_SIZE = 8  # calls at a time to begin with
QUEUES = 2.0  # times the latency of the calls before: from here on the endpoint makes calls wait
ROUND = 100  # answers that a rate of answers is measured over
PAYS = 0.25  # share of a proportional gain in answers a second that more calls at a time must bring
HOLD_SECONDS = 5.0  # how long to keep a size beyond which nothing was gained, before trying again
GROWTH_SECONDS = 3.0  # what was cut after a refusal is doubled again in this time, slowly at first
REOPENED = 0.75  # of the size before, when an endpoint that refused everything answers again
CALM_SECONDS = 5.0  # without a refusal, after which the next one begins a new story


class Ramp:
    """A size that begins small and grows by one with each answer, until answers begin to take
    longer.

    Calls are counted in generations, each twice as large as the one before; their median latencies
    are compared.
    """

    def __init__(self, most: float) -> None:
        self.size = min(float(FIRST_SIZE), most)
        self._most = most
        self._sent = 0
        self._seconds: dict[int, list[float]] = {}  # generation -> latencies of its answers so far
        self._medians: list[float] = []  # of the generations so far

    def generation(self) -> int:
        """The generation of the next call: 0 for the first FIRST_SIZE calls, 1 for twice as many,
        and so on.
        """
        self._sent += 1
        return ((self._sent - 1) // FIRST_SIZE + 1).bit_length() - 1

    def answered(self, now: float, generation: int, seconds: float) -> "Ramp | Climb":
        self.size = min(self._most, self.size + 1)
        returned = self._seconds.setdefault(generation, [])
        returned.append(seconds)
        number = FIRST_SIZE << generation
        if len(returned) == number * 3 // 4:  # the rest takes longer: the median is known
            median = sorted(returned)[number // 2]
            if self._medians and median > QUEUES * sum(self._medians) / len(self._medians):
                return Climb(now, float(min(number // 2, self._most)), self._most)
            self._medians.append(median)
        return self if self.size < self._most else Climb(now, self._most, self._most)


class Climb:
    """A size that is doubled now and then, and kept if that brings more answers a second.

    It finds the size of a server that never refuses and queues without bound (vLLM): past that
    size, more calls at a time only wait longer.
    """

    def __init__(self, now: float, size: float, most: float) -> None:
        self.size = size
        self._most = most
        self._below: tuple[float, float] | None = (
            None  # the smaller size on trial's behalf, and its answers a second
        )
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
        return self._from + max(0.0, self._before - self._from) * math.exp(
            (self._before_at - now) / CALM_SECONDS
        )

    def grow(self, now: float, most: float, seconds: float = GROWTH_SECONDS) -> float:
        """The value after the time since the last cut, at most `most`; it takes so many seconds to
        double.
        """
        gain = max(self._from, self.before(now) - self._from) * ((now - self._since) / seconds) ** 3
        self.value = max(self.value, min(most, self._from + gain))
        return self.value


class Window:
    """How many calls at a time: a Ramp, then a Climb, and once calls are refused often a Cut."""

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

    def refused(self, now: float, often: bool, wholly: bool) -> None:
        """A call was refused or timed out; `often`: as others just were; `wholly`: as all that were
        sent of late.
        """
        if not (
            isinstance(self._phase, Cut) or often or wholly
        ):  # by chance: the search for the size goes on
            self.size = self._phase.size = max(1.0, self.size - 0.5)
            return
        cut = self._phase = self._phase if isinstance(self._phase, Cut) else Cut(now, self.size)
        if wholly and not self.shut:
            self.shut, self.size, self._reopened = True, 1.0, REOPENED * cut.before(now)
        elif not self.shut:
            self._cut(
                now, max(1.0, self.size - 0.5)
            )  # over a round, half the share that was refused

    def _cut(self, now: float, size: float) -> None:
        if isinstance(self._phase, Cut):
            self._phase.cut(now, size)
        self.size = size
