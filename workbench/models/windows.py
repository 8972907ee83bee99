"""How many calls at a time one model at one endpoint takes: found by trying, cut when calls are
refused or time out.

The window begins with slow start and goes on with hill climbing, up and down; refusals that are no
chance bring cubic back-off, and hill climbing again once it is calm. All of it is arithmetic on
times that it is given, in seconds.
"""

import math

FIRST_SIZE = 4  # calls at a time to begin with: a server with one place answers them soon, too
TIMES = 2  # as large is each generation of slow start as the one before
STEP = 3  # times the size, while that is small, is the larger one that is tried
FEW = 6  # calls at a time: smaller than that
QUEUES = 2.0  # times the latency of a quiet endpoint: from here on it makes calls wait
ROUND = 16  # answers, at least, that a rate of answers is measured over
PAYS = 0.25  # share of a proportional gain in answers a second that more calls at a time must bring
# how long to keep a size beside which nothing was gained, before trying others again
HOLD_SECONDS, LONGEST_HOLD = 5.0, 40.0
GROWTH_SECONDS = 3.0  # what was cut after a refusal is doubled again in this time, slowly at first
REOPENED = 0.75  # of the size before, when an endpoint that refused everything answers again
CALM_SECONDS = 5.0  # without a refusal, after which the next one begins a new story
QUIET_SECONDS = 10.0  # without a refusal, after which latency is the signal again
CUT = 0.5  # calls off the size for each refusal: over a round, half the share that was refused


class SlowStart:
    """A window that begins small and grows with each answer, until answers take longer.

    Slow start of Jacobson, "Congestion avoidance and control" (1988), RFC 5681 section 3.1; it ends
    when latency rises, as HyStart++ (RFC 9406) does. Calls are counted in generations, each TIMES
    as large as the one before; the median latency of each is compared with the least so far, and
    the size stays within two generations of the last that was judged.
    """

    def __init__(self, most: float) -> None:
        self.size = min(float(FIRST_SIZE), most)
        self._most = most
        self._bound = float(FIRST_SIZE * TIMES)
        self._sent, self._generation, self._last = 0, 0, FIRST_SIZE
        self._seconds: dict[int, list[float]] = {}  # generation -> latencies of its answers so far
        self._quiet = math.inf  # the least median latency of a generation

    def generation(self) -> int:
        """The generation of the next call: 0 for FIRST_SIZE calls, 1 for the next TIMES as many."""
        self._sent += 1
        if self._sent > self._last:
            self._generation += 1
            self._last += FIRST_SIZE * TIMES**self._generation
        return self._generation

    def answered(self, now: float, generation: int, seconds: float) -> "SlowStart | HillClimb":
        """Grow by an answer that took so many seconds; gives what the window is from now on."""
        self.size = max(self.size, min(self._most, self._bound, self.size + TIMES - 1))
        latencies = self._seconds.setdefault(generation, [])
        latencies.append(seconds)
        number = FIRST_SIZE * TIMES**generation
        if len(latencies) == number * 3 // 4:  # the rest takes longer
            return self._judge(now, generation, sorted(latencies)[(number - 1) // 2])
        return self

    def _judge(self, now: float, generation: int, median: float) -> "SlowStart | HillClimb":
        """Go on, or end, by the median latency of a generation."""
        if median > QUEUES * self._quiet:  # what is under way, less what waits
            fits = math.ceil(FIRST_SIZE * TIMES**generation * self._quiet / median)
            return HillClimb(now, min(self._most, float(fits)), self._most, before=self.size)
        self._quiet = min(self._quiet, median)
        self._bound = max(self._bound, float(FIRST_SIZE * TIMES ** (generation + 2)))
        if FIRST_SIZE * TIMES**generation >= self._most:
            return HillClimb(now, self._most, self._most, hold=HOLD_SECONDS)
        return self


class HillClimb:
    """A window that tries twice and half its size now and then, and keeps what serves better.

    Hill climbing on throughput, as the .NET thread pool finds its number of threads (Hellerstein,
    Morrison and Eilebrecht, "Optimizing concurrency levels in the .NET ThreadPool", 2008). It finds
    the size of a server that never refuses and queues without bound (vLLM): past that size, more
    calls at a time only wait longer.
    """

    def __init__(
        self, now: float, size: float, most: float, *, before: float = 0.0, hold: float = 0.0
    ) -> None:
        self.size = max(1.0, size)
        self._most = most
        # while another size is tried: the one before, and its answers a second
        self._held: tuple[float, float] | None = None
        self._up = True
        self._failed = 0  # trials in a row that brought nothing
        self._hold, self._hold_until = HOLD_SECONDS, now + hold
        # answers to calls that were sent before the size changed
        self._settling = max(self.size, before)
        self._count, self._settled = 0, now

    def restart(self) -> None:
        """The size was not used up: what was counted tells nothing."""
        self._count = 0

    def answered(self, now: float) -> None:
        """Count an answer; after a round of them at this size, judge it."""
        self._count += 1
        settling, size = math.ceil(self._settling), int(self.size)
        counted = math.ceil(ROUND / size) * size
        if self._count == settling:
            self._settled = now
        elif self._count == settling + counted:
            self._judge(now, counted / max(now - self._settled, 1e-6))

    def _judge(self, now: float, rate: float) -> None:
        if self._held and not self._has_paid(*self._held, rate):
            self._change(self._held[0])
            self._held = None
            self._fail(now)
        elif self._held or now >= self._hold_until:
            self._failed = self._failed if self._held is None else 0
            self._held = (self.size, rate)
            self._try(now)
        else:
            self._count = 0

    def _has_paid(self, size: float, rate: float, tried_rate: float) -> bool:
        """Whether the size that is tried serves better than the one before."""
        before, tried = (size, rate), (self.size, tried_rate)
        (small, slow), (large, fast) = min(before, tried), max(before, tried)
        larger_pays = fast >= slow * (1 + PAYS * (large / small - 1))
        return larger_pays == (self.size == large)

    def _try(self, now: float) -> None:
        """Another size in the direction at hand, if there is one."""
        more = self.size * (STEP if self.size < FEW else 2)
        other = min(self._most, more) if self._up else max(1.0, self.size // 2)
        if other == self.size:
            self._held = None
            self._fail(now)
        else:
            self._change(other)

    def _fail(self, now: float) -> None:
        """This direction brings nothing: turn round, and rest when neither does."""
        self._up = not self._up
        self._failed += 1
        self._count = 0
        if self._failed >= 2:
            self._failed = 0
            self._hold_until = now + self._hold
            self._hold = min(2 * self._hold, LONGEST_HOLD)

    def _change(self, size: float) -> None:
        self._settling, self.size, self._count = self.size, size, 0


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
    """How many calls at a time: slow start, then hill climbing; cubic back-off while calls are
    refused often.
    """

    def __init__(self, most: int, *, known: bool = False) -> None:
        """`known`: the endpoint is known to have so many places, and all are used at once."""
        self._most = float(most)
        self._phase: SlowStart | HillClimb | CubicBackoff = SlowStart(self._most)
        if known:
            self._phase = HillClimb(0.0, self._most, self._most, hold=math.inf)
        self.size = self._phase.size
        self.shut = False  # everything was refused: one call at a time finds out when that is over
        self._reopened = 0.0  # size to begin with then
        self._cut_at = -math.inf

    def generation(self) -> int:
        """The generation of the call that is sent now, for its answer."""
        return self._phase.generation() if isinstance(self._phase, SlowStart) else 0

    def answered(self, now: float, generation: int, seconds: float, full: bool) -> None:
        """A call was answered; `full`: as many were under way as the window admits."""
        if self.shut:
            self.shut = False
            self._cut(now, max(1.0, self._reopened))
        elif isinstance(self._phase, CubicBackoff):
            if full and now - self._cut_at > QUIET_SECONDS:
                self._phase = HillClimb(now, self.size, self._most)
            elif full:
                self.size = self._phase.grow(now, self._most)
        elif isinstance(self._phase, SlowStart):
            self._phase = self._phase.answered(now, generation, seconds) if full else self._phase
            self.size = self._phase.size
        elif full:
            self._phase.answered(now)
            self.size = self._phase.size
        else:
            self._phase.restart()

    def timed_out(self, now: float, sent: float, often: bool) -> None:
        """A call that was sent then was not answered in time; `often`: as others just were.

        It waited for others, then: half as many, once for all that were sent before.
        """
        if often and sent > self._cut_at and not self.shut:
            self._cut_at = now
            size = max(1.0, self.size // 2)
            self._phase = HillClimb(now, size, self._most, hold=HOLD_SECONDS)
            self.size = self._phase.size

    def refused(self, now: float, often: bool, all_refused: bool) -> None:
        """A call was refused; `often`: as others just were; `all_refused`: as all that were sent of
        late.
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
        self._cut_at = now
