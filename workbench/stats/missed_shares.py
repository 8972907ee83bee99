# pyright: strict, reportMissingTypeStubs=false
"""The share of requests that missed a time, from the blocks of windows under load: requests that
wait behind one another, or fall into one slow spell, are alike, and one by one they would show too
much.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import betaincinv, ndtr, stdtrit

from workbench.stats.intervals import Floats, Interval
from workbench.stats.user_ratios import residual_error

LENGTHS = (1, 3, 6, 12)  # blocks of 5 s that are taken as one: from 5 s to a minute
Windows = Sequence[tuple[Floats, Floats]]  # missed and due, by block


def share_missed(windows: Windows, tail: float) -> Interval:
    """The share with limits, `tail` beyond each, from windows of missed and due `(blocks,)`.

    Clopper and Pearson's limits at an effective count, the widest over clusters of 5 s to a minute:
    the variance between clusters over that of independent requests is what a request counts less,
    and Student's t of so many clusters takes the place of the normal one. A share of .05 in slow
    spells is taken for less at tail .025 in .05 of tests where a spell is as long as the time
    watched over 150 or shorter (`benchmarks/capacity.py`); no window shows spells that it did not
    see.
    """
    missed, due = (float(sum(part.sum() for part in parts)) for parts in zip(*windows, strict=True))
    if not due:
        return Interval(float("nan"), 0.0, 1.0)
    limits = [_limits(missed, due, tail, *_alike(windows, length)) for length in LENGTHS]
    return Interval(missed / due, min(low for low, _ in limits), max(high for _, high in limits))


def _alike(windows: Windows, length: int) -> tuple[float, int]:
    """How many requests count as one where so many blocks are a cluster (1 or more); how many."""
    clusters = [
        [np.add.reduceat(part, np.arange(0, len(part), length)) for part in window]
        for window in windows
    ]
    missed, due = (np.concatenate(parts) for parts in zip(*clusters, strict=True))
    missed, due = missed[due > 0], due[due > 0]
    share = missed.sum() / due.sum()
    if len(due) < 2 or not 0 < share < 1:
        return 1.0, len(due)
    error = residual_error(missed - share * due, due)
    return max(1.0, float(error**2 * due.sum() / (share * (1 - share)))), len(due)


def _limits(
    missed: float, due: float, tail: float, alike: float, clusters: int
) -> tuple[float, float]:
    if alike > 1:
        tail = float(ndtr(stdtrit(clusters - 1, tail)))
    events, rest = missed / alike, (due - missed) / alike
    low = float(betaincinv(events, rest + 1, tail)) if events else 0.0
    return low, float(betaincinv(events + 1, rest, 1 - tail)) if rest else 1.0
