# pyright: strict
"""When requests are due at a rate, and which of the requests at hand each is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.errors import WorkbenchError
from workbench.serving.climbing import Step
from workbench.serving.traces import Trace
from workbench.stats.arrivals import gamma_arrivals, recorded_arrivals
from workbench.stats.intervals import Floats

POISSON, GAMMA = "poisson", "gamma"


@dataclass(frozen=True)
class Traffic:
    """Arrivals at any rate over `count` requests at hand, each sent once before any is sent again.

    `arrivals` is "poisson", "gamma" with gaps of shape `burstiness` (smaller than 1: in bursts), or
    a trace whose times are stretched to the rate; where `paired`, the requests are those of that
    trace and come in its order.
    """

    count: int
    arrivals: str | Trace = POISSON
    burstiness: float = 0.2
    paired: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.count < 1:
            raise WorkbenchError("there is no request to send")
        if isinstance(self.arrivals, Trace):
            if not self.arrivals.has_times:
                raise WorkbenchError(f"{self.arrivals.name} does not say when requests came")
        elif self.arrivals not in (POISSON, GAMMA):
            raise ValueError('arrivals are "poisson", "gamma" or a trace')

    @property
    def sentence(self) -> str:
        """How requests come, in words."""
        if isinstance(self.arrivals, Trace):
            return f"as recorded in {self.arrivals.name}"
        return f"gamma, burstiness {self.burstiness:g}" if self.arrivals == GAMMA else POISSON

    def of(self, step: Step, number: int) -> tuple[Floats, NDArray[np.intp]]:
        """Seconds at which requests are due (n,) in the step that is the `number`-th, and which
        request each is.
        """
        random = np.random.default_rng([self.seed, number])
        if isinstance(self.arrivals, Trace):
            due, which = recorded_arrivals(self.arrivals.at, step.rate, step.whole, random)
            return due, which if self.paired else self._turns(len(due), random)
        shape = self.burstiness if self.arrivals == GAMMA else 1.0
        due = gamma_arrivals(step.rate, step.whole, random, shape)
        return due, self._turns(len(due), random)

    def _turns(self, wanted: int, random: np.random.Generator) -> NDArray[np.intp]:
        """Places of requests, in an order that is drawn anew in every turn."""
        turns = [random.permutation(self.count) for _ in range(-(-wanted // self.count))]
        return np.concatenate([*turns, np.zeros(0, np.intp)])[:wanted].astype(np.intp)
