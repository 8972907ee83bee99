# pyright: strict
"""What is asked of a server under load: bounds on times, and the share of requests that keep them
all.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from workbench import words
from workbench.errors import WorkbenchError
from workbench.printing import printed
from workbench.stats.answered import Answered

SHARE = 0.95  # of requests, where a line names no quantile
NAMES = {"latency": "whole reply", "first_token": "first token"}


class Line(Protocol):
    """A requirement, as a file of them holds it."""

    @property
    def measure(self) -> str: ...
    @property
    def quantile(self) -> float | None: ...
    @property
    def at_most(self) -> float | None: ...


class Lines(Protocol):
    """Requirements, as they are read from a file."""

    @property
    def lines(self) -> Sequence[Line]: ...


@printed
@dataclass(frozen=True)
class Bounds:
    """Seconds from a request's due time that its first token and its whole reply may take, and the
    share of requests that must keep both; infinite: nothing is asked.

    `also` holds further bounds, each with a share of its own: (first_token or latency, share,
    seconds).
    """

    first_token: float = math.inf
    latency: float = math.inf
    share: float = SHARE
    also: tuple[tuple[str, float, float], ...] = ()

    def __post_init__(self) -> None:
        if not (self.first_token > 0 and self.latency > 0 and 0 < self.share < 1):
            raise ValueError("bounds are seconds above 0, and a share lies between 0 and 1")

    @classmethod
    def of(cls, requirements: "Bounds | Lines | None") -> "Bounds":
        """Those of a requirements file: the largest quantile is the share, and of each measure the
        line with its largest one is a bound; the other lines are asked also. WorkbenchError where
        it asks nothing that load can show.
        """
        if isinstance(requirements, Bounds):
            return requirements
        if requirements is None:
            return cls()
        asked = [
            (line.measure, line.quantile or SHARE, line.at_most or math.inf)
            for line in requirements.lines
            if line.measure in NAMES
        ]
        if not asked:
            raise WorkbenchError(
                "the requirements hold no line that load can show: add "
                "{measure: latency, quantile: 0.95, at_most: 12} or one on first_token"
            )
        ranked = sorted(asked, key=lambda line: (-line[1], line[2]))
        main = {line[0]: line for line in reversed(ranked)}
        also = tuple(line for line in ranked if line not in main.values())
        seconds = {measure: line[2] for measure, line in main.items()}
        return cls(**seconds, share=ranked[0][1], also=also)

    @property
    def asks(self) -> bool:
        """Whether anything is asked."""
        return min(self.first_token, self.latency) < math.inf or bool(self.also)

    @property
    def parts(self) -> tuple[tuple[str, float, float], ...]:
        """Each bound by itself: (first_token or latency, share, seconds)."""
        main = (("first_token", self.first_token), ("latency", self.latency))
        parts = ((name, self.share, seconds) for name, seconds in main if seconds < math.inf)
        return (*parts, *self.also)

    def each_kept(self, answered: Answered) -> NDArray[np.bool_]:
        """Which requests (n,) kept each of the parts (p, n)."""
        times = {"first_token": answered.first, "latency": answered.whole}
        kept = [times[measure] <= seconds for measure, _, seconds in self.parts]
        return np.array(kept, bool).reshape(len(kept), len(answered))

    def kept(self, answered: Answered) -> NDArray[np.bool_]:
        """Which requests kept every bound; one that failed kept none."""
        return (answered.first <= self.first_token) & (answered.whole <= self.latency)

    def met(self, answered: Answered) -> bool:
        """Whether the further bounds are kept by the shares that they ask for."""
        times = {"first_token": answered.first, "latency": answered.whole}
        return all(
            not len(answered) or (times[measure] <= seconds).mean() >= share
            for measure, share, seconds in self.also
        )

    @property
    def sentence(self) -> str:
        """In words: first token within 1.00 s and whole reply within 12.0 s for 95 %."""
        main = self.parts[: len(self.parts) - len(self.also)]
        bounds = [f"{NAMES[name]} within {words.seconds(seconds)}" for name, _, seconds in main]
        if not bounds:
            return "nothing is asked of it"
        further = "".join(
            f", and {NAMES[name]} within {words.seconds(seconds)} for {words.percent(share)}"
            for name, share, seconds in self.also
        )
        return f"{' and '.join(bounds)} for {words.percent(self.share)} of requests{further}"

    def __repr__(self) -> str:
        return f"Bounds: {self.sentence}"
