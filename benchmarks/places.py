"""Servers of other kinds than METHODS 6.4 has: places that each serve one request at a time, and
one whose answers are slow in spells, whatever the load.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.serving import Bounds, Trace
from workbench.stats.answered import Answered
from workbench.stats.intervals import Floats

TOKENS = 1000.0  # a second of service
MEAN = 0.5  # seconds of service
DRAWN = 20_000  # service times
SERVICE: dict[str, tuple[Callable[[np.random.Generator], Floats], float]] = {  # and seconds allowed
    "constant": (lambda random: np.ones(DRAWN), 2.0),
    "lognormal": (lambda random: np.exp(0.6 * random.normal(size=DRAWN)), 3.0),
    "heavy": (lambda random: np.exp(1.2 * random.normal(size=DRAWN)), 8.0),
}


@dataclass(frozen=True)
class Places:
    """So many places, first come first served; a request takes as long as its reply has tokens."""

    places: int
    name: str = "places"

    def answer(self, due: Floats, input_tokens: ArrayLike, output_tokens: ArrayLike) -> Answered:
        service = np.asarray(output_tokens, float) / TOKENS
        free, begun = [0.0] * self.places, np.empty(len(due))
        for place, (at, seconds) in enumerate(zip(due.tolist(), service.tolist(), strict=True)):
            begun[place] = max(at, free[0])
            heapq.heapreplace(free, begun[place] + seconds)
        return answered(due, begun - due + service)


@dataclass(frozen=True)
class Spells:
    """Half a second an answer, and 3 s for a `share` of the time: in spells of `seconds` on
    average, or of one request each where that is 0.
    """

    share: float
    seconds: float
    seed: int
    name: str = "spells"

    def answer(self, due: Floats, input_tokens: ArrayLike, output_tokens: ArrayLike) -> Answered:
        random = np.random.default_rng([self.seed, len(due), int(due[-1] * 1e6)])
        slow = self._spells(due, random) if self.seconds else random.random(len(due)) < self.share
        return answered(due, np.where(slow, 3.0, 0.5))

    def _spells(self, due: Floats, random: np.random.Generator) -> np.ndarray:
        """Whether each request falls into a slow spell."""
        quick = self.seconds * (1 - self.share) / self.share
        count = 4 + int(4 * due[-1] / (self.seconds + quick))
        lengths = random.exponential([self.seconds, quick], (count, 2)).ravel()
        begun = random.random() >= self.share  # with a quick part
        ends = np.cumsum(lengths[int(begun) :])
        return (np.searchsorted(ends, due) + int(begun)) % 2 == 0


def answered(due: Floats, whole: Floats) -> Answered:
    """Requests that were answered at once."""
    ones = np.ones(len(due))
    columns = due, np.zeros(len(due)), whole, whole, whole, ones, ones
    return Answered.of(columns, np.full(len(due), "", dtype="U8"), [])


def service(kind: str) -> tuple[Trace, Bounds]:
    """Requests whose replies are as long as they take, and what is asked of them."""
    draw, within = SERVICE[kind]
    drawn = draw(np.random.default_rng(5))
    tokens = np.maximum(1, np.round(drawn / drawn.mean() * MEAN * TOKENS))
    return Trace.of(np.ones(DRAWN), tokens, name=kind), Bounds(latency=within)
