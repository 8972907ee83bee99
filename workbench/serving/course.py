# pyright: strict
"""A load test while it goes on: steps out, answers in, and the test that they make."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from workbench import words
from workbench.errors import ModelError, WorkbenchError
from workbench.serving.bounds import Bounds
from workbench.serving.climbing import FEWEST, Climb, Found, Step, Windows, climb, rungs, so_far
from workbench.serving.level import Level, measured
from workbench.serving.tested import LoadTest
from workbench.serving.traffic import Traffic
from workbench.stats.answered import Answered
from workbench.stats.intervals import Floats
from workbench.stats.peak_load import USED

OVERLOADED = "timeout"  # the status of a request that a busy server did not answer in time
watchers: list[Callable[[LoadTest], None]] = []  # called after each level


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of a level beside its answers."""

    cost: float = math.nan  # dollars, as far as known
    unpriced: int = 0  # requests of unknown cost
    first_error: str = ""
    server: Mapping[str, float] = field(default_factory=dict[str, float])


class Course:
    """A load test while it goes on, whoever answers: a server over HTTP, or one that is computed.

    While there is a `step`: find out what the requests that are `due` come to, and `take` it.
    """

    def __init__(self, about: LoadTest, traffic: Traffic, steps: Climb) -> None:
        """`about` is the test without its levels."""
        self._about = replace(about, arrivals=traffic.sentence, seed=traffic.seed)
        self._traffic, self._steps = traffic, steps
        self._levels: list[Level] = []
        self._found: Found | None = None
        self._stopped = ""  # why nobody answers any more
        self.step: Step | None = next(steps)

    @property
    def begun(self) -> bool:
        """Whether any step is over."""
        return bool(self._levels)

    def due(self, step: Step) -> tuple[Floats, NDArray[np.intp]]:
        """When requests are due in the step, and which each is."""
        return self._traffic.of(step, len(self._levels))

    def take(self, step: Step, answered: Answered, beside: Beside | None = None) -> None:
        """The step is over; the last one where nothing at all was answered, unless all took too
        long. ModelError where that is the first.
        """
        beside = beside or Beside()
        level = replace(
            measured(step, answered, self._about.bounds),
            cost=beside.cost,
            unpriced=beside.unpriced,
            first_error=beside.first_error,
            server=beside.server,
        )
        is_busy = bool(self._levels) and set(level.failures) == {OVERLOADED}
        if level.due and not level.answered and not is_busy:
            return self._gone(level)
        self._levels.append(level)
        try:
            self.step = self._steps.send(level)
        except StopIteration as end:
            self.step, self._found = None, end.value
        for watcher in watchers:
            watcher(self.test())

    def _gone(self, level: Level) -> None:
        """Nobody answers any more: that is no rate that failed, and no further one tells anything.
        ModelError where nobody ever did.
        """
        if not self._levels:
            raise ModelError(f"{self._about.model} answered nothing: {level.first_error}")
        asked = words.count(level.due, "request")
        gone = f"at {level.rate:.3g} a second none of {asked} was answered: {level.first_error}"
        self.step, self._stopped = None, gone

    def test(self, stopped: str = "") -> LoadTest:
        """The test as far as it went."""
        found = self._found or so_far(self._levels)
        return replace(
            self._about,
            levels=tuple(self._levels),
            highest=math.nan if found.rate is None else found.rate,
            confirmed=found.confirmed,
            at_least=found.at_least,
            stopped=stopped or self._stopped,
        )


@dataclass(frozen=True)
class Ladder:
    """Which rates are tried, and for how long: `rates` are those of the ladder, or the one that it
    begins with.
    """

    rates: float | Sequence[float] | None
    windows: Windows
    quick: bool = False

    @property
    def has_end(self) -> bool:
        """Whether the rates are given."""
        return isinstance(self.rates, Sequence)

    def climb(self, bounds: Bounds) -> Climb:
        """The steps, one after another. WorkbenchError for windows that hold too few requests to
        tell a share.
        """
        ladder = rungs(self.rates)
        due = ladder[0] * self.windows.ladder
        if bounds.asks and due < FEWEST:
            raise WorkbenchError(
                f"a window of {self.windows.ladder:g} s at {ladder[0]:g} requests a second holds "
                f"about {due:.0f}: {FEWEST} or more tell a share, so begin higher or look longer"
            )
        return climb(ladder, self.windows, bounds.share, quick=self.quick)

    def steps(self) -> list[Step]:
        """All of them, if no rate fails."""
        ladder = rungs(self.rates)
        steps = [self.windows.step(rate, "ladder") for rate in ladder]
        if not self.quick:
            steps.append(self.windows.step(ladder[-1], "confirm"))
            steps.append(self.windows.step(USED * ladder[-1], "planned"))
        return steps
