# pyright: strict
"""Requests under open load: when each was due, what came of it, and whether the server kept up.

All times are seconds. Those of a request count from when it was due, not from when it was sent, so
that what the sender could not send in time is not forgotten (coordinated omission).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workbench.stats.intervals import Floats

BLOCK_SECONDS = 5.0
RISES = 3.0  # t of a slope from which block means rise
FEWEST_BLOCKS = 4  # for a slope with its error


@dataclass(frozen=True, slots=True)
class Answered:
    """Requests (n,) in the order in which they were due, and the gaps (m,) between pieces of their
    replies.

    `first` is NaN where no first token came, `whole` where no whole reply did; `ended` is when the
    request ended in whatever way. `input_tokens` and `output_tokens` are NaN where they are not
    known. A gap of `gaps` began at `gaps_at` and occurred `gap_counts` times.
    """

    due: Floats  # from the beginning of the load
    lag: Floats  # that it was sent late
    first: Floats
    whole: Floats
    ended: Floats
    input_tokens: Floats
    output_tokens: Floats
    status: NDArray[np.str_]  # empty for a whole reply, else the word for what came instead
    gaps_at: Floats
    gaps: Floats
    gap_counts: Floats

    @classmethod
    def of(
        cls, columns: Iterable[Floats], status: NDArray[np.str_], gaps: Sequence[Sequence[float]]
    ) -> "Answered":
        """Of the columns before `status` in their order, and gaps as (at, seconds, how often)."""
        due, lag, first, whole, ended, input_tokens, output_tokens = columns
        at, seconds, counts = np.array(gaps, dtype=float).reshape(-1, 3).T
        times = due, lag, first, whole, ended
        return cls(*times, input_tokens, output_tokens, status, at, seconds, counts)

    def __len__(self) -> int:
        return len(self.due)

    def between(self, begin: float, end: float) -> "Answered":
        """Those due in this time, and the gaps that began in it."""
        due = (self.due >= begin) & (self.due < end)
        gaps = (self.gaps_at >= begin) & (self.gaps_at < end)
        return Answered(
            *(getattr(self, name)[due] for name in _OF_REQUESTS),
            *(getattr(self, name)[gaps] for name in _OF_GAPS),
        )

    @property
    def per_token(self) -> Floats:
        """Time per token after the first; NaN of a reply of one token."""
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = (self.whole - self.first) / (self.output_tokens - 1)
        return np.where(self.output_tokens > 1, spread, np.nan)

    def tokens_between(self, begin: float, end: float) -> tuple[float, float]:
        """Tokens read and tokens generated in this time: a reply's come evenly between its first
        and its last.
        """
        first, last = self.due + self.first, self.due + self.whole
        with np.errstate(divide="ignore", invalid="ignore"):
            within = np.clip(np.minimum(last, end) - np.maximum(first, begin), 0, None)
            begun = (first >= begin) & (first < end)
            share = np.where(last > first, within / (last - first), begun)
        read = self.input_tokens[begun]
        return float(np.nansum(read)), float(np.nansum(share * self.output_tokens))

    def in_flight(self, edges: Floats) -> Floats:
        """Mean number of requests due and not ended, between each edge and the next."""
        start, end = self.due, self.due + self.ended
        waited = np.zeros(len(edges) - 1)
        for block, (low, high) in enumerate(pairwise(edges)):
            waited[block] = np.clip(np.minimum(end, high) - np.maximum(start, low), 0, None).sum()
        return waited / np.diff(edges)

    def most_in_flight(self) -> int:
        """The largest number of requests due and not ended at a time."""
        moments = np.concatenate([self.due, self.due + self.ended])
        steps = np.concatenate([np.ones(len(self)), -np.ones(len(self))])
        order = np.lexsort((steps, moments))  # who leaves is gone before who comes
        return int(np.cumsum(steps[order]).max(initial=0))


_OF_REQUESTS = (
    "due", "lag", "first", "whole", "ended", "input_tokens", "output_tokens", "status",
)  # fmt: skip
_OF_GAPS = ("gaps_at", "gaps", "gap_counts")


@dataclass(frozen=True, slots=True)
class Rising:
    """Block means of a window, and how surely they rise: `at` (b,) is when each block begins, from
    the window's beginning; a t is NaN where there are too few blocks.
    """

    at: Floats
    first: Floats  # mean time to the first token of the requests due in the block; NaN of none
    in_flight: Floats
    first_t: float
    in_flight_t: float

    @property
    def saturated(self) -> bool:
        """Whether the server falls behind: both rise."""
        return self.first_t > RISES and self.in_flight_t > RISES


def rising(answered: Answered, begin: float, end: float) -> Rising:
    """Whether first tokens come later and later and more and more requests wait (METHODS 6.4: block
    means by due time; a slope over single requests stops good rates).
    """
    blocks = max(1, round((end - begin) / BLOCK_SECONDS))
    edges = np.linspace(begin, end, blocks + 1)
    in_flight = answered.in_flight(edges)
    window = answered.between(begin, end)
    waited = np.where(np.isnan(window.first), window.ended, window.first)
    which = np.clip(np.searchsorted(edges, window.due, side="right") - 1, 0, blocks - 1)
    counts = np.bincount(which, minlength=blocks)
    with np.errstate(invalid="ignore"):
        first = np.bincount(which, waited, minlength=blocks) / counts
    return Rising(edges[:-1] - begin, first, in_flight, slope_t(first), slope_t(in_flight))


def slope_t(values: Floats) -> float:
    """Student's t of the slope of a straight line through values one step apart; NaN leaves."""
    at = np.flatnonzero(~np.isnan(values)).astype(float)
    known = values[~np.isnan(values)]
    if len(known) < FEWEST_BLOCKS:
        return float("nan")
    centred = at - at.mean()
    slope = float(centred @ known / (centred @ centred))
    left = known - known.mean() - slope * centred
    error = float(np.sqrt(left @ left / (len(known) - 2) / (centred @ centred)))
    if error == 0:
        return float(np.inf) if slope > 0 else 0.0
    return slope / error
