# pyright: strict
"""Open-loop load on one server, at rising rates until one fails."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from numpy.typing import ArrayLike

from workbench.serving.bounds import Bounds, Lines
from workbench.serving.climbing import Windows
from workbench.serving.course import Course, steps_of
from workbench.serving.tested import LoadTest
from workbench.serving.traces import Trace
from workbench.serving.traffic import POISSON, Traffic
from workbench.stats.answered import Answered
from workbench.stats.intervals import Floats


class Simulated(Protocol):
    """A server that is computed, such as `testing.SimulatedServer`."""

    @property
    def name(self) -> str: ...

    def answer(self, due: Floats, input_tokens: ArrayLike, output_tokens: ArrayLike) -> Answered:
        """What requests due at these seconds come to, with prompts and replies of so many
        tokens.
        """
        ...


def simulate(
    server: Simulated,
    trace: Trace,
    *,
    rates: float | Sequence[float] | None = None,
    arrivals: str | Trace = POISSON,
    burstiness: float = 0.2,
    requirements: Bounds | Lines | None = None,
    quick: bool = False,
    windows: Windows | None = None,
    settings: Mapping[str, str] | None = None,
    seed: int = 0,
) -> LoadTest:
    """`load_test` of a server that is computed, in simulated time."""
    bounds = Bounds.of(requirements)
    traffic = Traffic(len(trace), arrivals, burstiness, paired=arrivals is trace, seed=seed)
    about = LoadTest(server.name, (), bounds, traffic=repr(trace), settings=settings or {})
    course = Course(about, traffic, steps_of(rates, windows or Windows(), bounds, quick=quick))
    while step := course.step:
        due, which = course.due(step)
        course.take(step, server.answer(due, *trace.lengths(which)))
    return course.test()
