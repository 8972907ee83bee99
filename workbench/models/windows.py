"""How many calls at a time one model at one endpoint takes: found by trying, cut when calls are
refused.

The window begins with slow start, goes on with hill climbing, and from the first refusals that are
no chance keeps to cubic back-off. All of it is arithmetic on times that it is given, in seconds.
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
CUT = 0.5  # calls off the size for each refusal: over a round, half the share that was refused


class SlowStart:
    """A window that begins small and grows by one with each answer, until answers take longer.

    Slow start of Jacobson, "Congestion avoidance and control" (1988), RFC 5681 section 3.1; it ends
    when latency rises, as HyStart++ (RFC 9406) does. Calls are counted in generations, each twice
    as large as the one before; their median latencies are compared.
    """

    def __init__(self, most: float) -> None:
        self.size = min(float(FIRST_SIZE), most)
        self._most = most
        self._sent = 0
        self._seconds: dict[int, list[float]] = {}  # generation -> latencies of its answers so far
        self._medians: list[float] = []  # of the generations so far

    def generation(self) -> int:
        """The generation of the next call: 0 for FIRST_SIZE calls, 1 for the next twice as many."""
        self._sent += 1
        return ((self._sent - 1) // FIRST_SIZE + 1).bit_length() - 1

    def answered(self, now: float, generation: int, seconds: float) -> "SlowStart | HillClimb":
        """Grow by an answer that took so many seconds; gives what the window is from now on."""
        self.size = min(self._most, self.size + 1)
        latencies = self._seconds.setdefault(generation, [])
        latencies.append(seconds)
        number = FIRST_SIZE << generation
        if len(latencies) == number * 3 // 4:  # the rest takes longer: the median is known
            median = sorted(latencies)[number // 2]
            if self._medians and median > QUEUES * sum(self._medians) / len(self._medians):
                return HillClimb(now, float(min(number // 2, self._most)), self._most)
            self._medians.append(median)
        return self if self.size < self._most else HillClimb(now, self._most, self._most)


class HillClimb:
    """A window that is doubled now and then, and keeps that if it brings more answers a second.

    Hill climbing on throughput, as the .NET thread pool finds its number of threads (Hellerstein,
    Morrison and Eilebrecht, "Optimizing concurrency levels in the .NET ThreadPool", 2008). It finds
    the size of a server that never refuses and queues without bound (vLLM): past that size, more
    calls at a time only wait longer.
    """

    def __init__(self, now: float, size: float, most: float) -> None:
        self.size = size
        self._most = most
        # while a larger size is tried: the smaller one, and its answers a second
        self._smaller: tuple[float, float] | None = None
        self._doubted = False
        self._hold_until = now + HOLD_SECONDS
        self._count, self._settled = 0, now

    def restart(self) -> None:
        """The size was not used up: what was counted tells nothing."""
        self._count = 0

    def answered(self, now: float) -> None:
        """Count an answer; after every ROUND of them at this size, judge it."""
        self._count += 1
        if self._count == int(self.size):  # those sent before the size changed are back
            self._settled = now
        elif self._count == int(self.size) + ROUND:
            self._count = 0
            self._judge(now, ROUND / max(now - self._settled, 1e-6))

    def _judge(self, now: float, rate: float) -> None:
        if self._smaller and not self._has_paid(*self._smaller, rate):
            if self._doubted:
                self.size, self._smaller = self._smaller[0], None
                self._hold_until = now + HOLD_SECONDS
            self._doubted = not self._doubted  # once may have been chance
            return
        self._doubted, self._smaller = False, None
        if now >= self._hold_until and self.size < self._most:
            self._smaller = (self.size, rate)
            self.size = min(self._most, self.size * 2)

    def _has_paid(self, smaller: float, smaller_rate: float, rate: float) -> bool:
        return rate >= smaller_rate * (1 + PAYS * (self.size / smaller - 1))


class CubicBackoff:
    """A value that was cut and grows again with the cube of the time since: slowly at first, then
    ever faster.

    The convex part of CUBIC's growth (RFC 9438 sections 4.2 and 4.5). It is drawn towards what the
    value was before the refusals began, the less the longer ago that is.
    """

    def __init__(self, now: float, value: float) -> None:
        self.value, self._from = value, value
        self._since = -math.inf  # the last cut
        self._before, self._before_at = value, now

    def cut(self, now: float, value: float) -> None:
        """Begin anew from a value."""
        if now - self._since > CALM_SECONDS:
            self._before, self._before_at = self.value, now
        self.value = self._from = value
        self._since = now

    def before(self, now: float) -> float:
        """What it was before the refusals began, on its way to what it is now."""
        faded = math.exp((self._before_at - now) / CALM_SECONDS)
        return self._from + max(0.0, self._before - self._from) * faded

    def grow(self, now: float, most: float, seconds: float = GROWTH_SECONDS) -> float:
        """The value after the time since the last cut, at most `most`; it takes so many seconds to
        double.
        """
        gain = max(self._from, self.before(now) - self._from) * ((now - self._since) / seconds) ** 3
        self.value = max(self.value, min(most, self._from + gain))
        return self.value


class Window:
    """How many calls at a time: slow start, then hill climbing, and once calls are refused often
    cubic back-off.
    """

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._phase: SlowStart | HillClimb | CubicBackoff = SlowStart(self._most)
        self.size = self._phase.size
        self.shut = False  # everything was refused: one call at a time finds out when that is over
        self._reopened = 0.0  # size to begin with then

    def generation(self) -> int:
        """The generation of the call that is sent now, for its answer."""
        return self._phase.generation() if isinstance(self._phase, SlowStart) else 0

    def answered(self, now: float, generation: int, seconds: float, full: bool) -> None:
        """A call was answered; `full`: as many were under way as the window admits."""
        if self.shut:
            self.shut = False
            self._cut(now, max(1.0, self._reopened))
        elif isinstance(self._phase, CubicBackoff):
            self.size = self._phase.grow(now, self._most) if full else self.size
        elif isinstance(self._phase, SlowStart):
            self._phase = self._phase.answered(now, generation, seconds) if full else self._phase
            self.size = self._phase.size
        elif full:
            self._phase.answered(now)
            self.size = self._phase.size
        else:
            self._phase.restart()

    def refused(self, now: float, often: bool, all_refused: bool) -> None:
        """A call was refused or timed out; `often`: as others just were; `all_refused`: as all that
        were sent of late.
        """
        smaller = max(1.0, self.size - CUT)
        if not isinstance(self._phase, CubicBackoff):
            if not (often or all_refused):  # by chance: the search for the size goes on
                self.size = self._phase.size = smaller
                return
            self._phase = CubicBackoff(now, self.size)
        if self.shut:
            return
        if all_refused:
            self._reopened = REOPENED * self._phase.before(now)
            self.shut, self.size = True, 1.0
        else:
            self._cut(now, smaller)

    def _cut(self, now: float, size: float) -> None:
        if isinstance(self._phase, CubicBackoff):
            self._phase.cut(now, size)
        self.size = size
