"""What streamed replies took, as serving benchmarks define it (`vllm bench serve`, MLPerf).

TTFT is the time to a reply's first token. TPOT is a reply's time per token after it,
(E2EL - TTFT) / (tokens - 1), E2EL being the whole time: one value a reply. ITL is the time between
one piece of a reply and the next, pooled over all replies: a long one counts as often as it has
pieces, so its high percentiles show stalls that a mean over each reply hides.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.intervals import Floats


@dataclass(frozen=True, slots=True)
class Times:
    """The mean, the median and the upper percentiles of `n` times, seconds; NaN of none."""

    mean: float
    median: float
    p95: float
    p99: float
    n: int

    @classmethod
    def of(cls, seconds: ArrayLike) -> "Times":
        """Of the times that are known."""
        values = np.asarray(seconds, dtype=float).ravel()
        known = values[np.isfinite(values)]
        if not len(known):
            return NONE
        median, p95, p99 = np.percentile(known, (50, 95, 99)).tolist()
        return cls(float(known.mean()), median, p95, p99, len(known))

    @classmethod
    def of_counted(cls, seconds: Floats, counts: Floats) -> "Times":
        """Of times that occurred so often each, all known; a percentile is one of them."""
        total = float(counts.sum())
        if not total:
            return NONE
        order = np.argsort(seconds)
        reached = np.cumsum(counts[order])
        at = np.searchsorted(reached, np.array([0.5, 0.95, 0.99]) * total)
        median, p95, p99 = seconds[order][np.minimum(at, len(order) - 1)].tolist()
        return cls(float(seconds @ counts) / total, median, p95, p99, round(total))


NONE = Times(float("nan"), float("nan"), float("nan"), float("nan"), 0)


@dataclass(frozen=True, slots=True)
class TokenTimes:
    """Time to first token, time per token after it, and time between pieces."""

    ttft: Times
    tpot: Times
    itl: Times


def token_times(
    first: ArrayLike, total: ArrayLike, tokens: ArrayLike, gaps: Iterable[Iterable[float]]
) -> TokenTimes:
    """Of replies `(n,)` with their first token after `first` seconds, all of them after `total`,
    and the gaps between their pieces.

    A reply that was not streamed has NaN; one of a single token has no time per token. Negative
    `tokens` are not known.
    """
    ttft, whole, count = (np.asarray(each, dtype=float) for each in (first, total, tokens))
    if not ttft.shape == whole.shape == count.shape or ttft.ndim != 1:
        raise ValueError("first, total and tokens hold one value a reply")
    pooled = [gap for each in gaps for gap in each]
    return TokenTimes(Times.of(ttft), Times.of(_per_token(ttft, whole, count)), Times.of(pooled))


def _per_token(ttft: Floats, whole: Floats, count: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(count > 1, (whole - ttft) / (count - 1), np.nan)
