# pyright: strict, reportMissingTypeStubs=false
"""Looks at a release as users come: how much of an error each may use, by what is known by then.

Information is 1/variance of the estimate. Users come back, so it does not grow with the days; the
recursion takes what was found at each look, the spending its share of what was planned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from workbench.stats.intervals import Floats, aligned
from workbench.stats.sequential import mixture_width
from workbench.stats.tails import bounds_as_tails, obrien_fleming

KEPT = 0.99  # the most that is spent before the last planned look: the rest waits for it
LEAST_GROWTH = 0.02  # of information from look to look
LEAST_SPENT = 1e-12  # of the tail: less is left for the next look


def information_tails(
    information: Sequence[float], shares: Sequence[float], tail: float, *, last: bool = False
) -> tuple[float, ...]:
    """The one-sided tail of each look; 0 where there is none.

    `information` at each look so far, in any unit; `shares` of what was planned by which the error
    is spent (`spending_shares`). Before the last planned look shares count for .99 at most, and a
    look at which nothing is spent is none; one at which the information fell, by chance, counts as
    grown by 2 %. `last`: nothing comes after, so the last look spends what is left, also
    where the plan was not reached or was overrun (METHODS 6.1).
    """
    if len(information) != len(shares):
        raise ValueError(f"{len(shares)} shares for {len(information)} looks")
    spent = [obrien_fleming(min(share, KEPT), tail) for share in shares]
    if last and spent:
        spent[-1] = tail
    kept = _spending(information, spent, LEAST_SPENT * tail)
    tails = [0.0] * len(spent)
    if kept:
        grown = _grown([information[look] for look in kept])
        increments = np.diff([0.0, *(spent[look] for look in kept)]).tolist()
        for look, each in zip(kept, _bounds(tuple(grown), tuple(increments)), strict=True):
            tails[look] = each
    return tuple(tails)


@lru_cache(maxsize=64)  # measures that are counted alike have the same looks
def _bounds(information: tuple[float, ...], increments: tuple[float, ...]) -> tuple[float, ...]:
    return bounds_as_tails(information, increments)


def _spending(information: Sequence[float], spent: Sequence[float], least: float) -> list[int]:
    """The looks that know something and have something to spend."""
    kept, before = list[int](), 0.0
    for look, (known, used) in enumerate(zip(information, spent, strict=True)):
        if isfinite(known) and known > 0 and used - before > least:
            kept.append(look)
            before = used
    return kept


def _grown(information: Sequence[float]) -> list[float]:
    """Information that rises from look to look."""
    grown = [information[0]]
    for known in information[1:]:
        grown.append(max(known, grown[-1] * (1 + LEAST_GROWTH)))
    return grown


def spending_shares(
    information: Sequence[float], planned: float | None, calendar: Sequence[float]
) -> list[float]:
    """How far a plan has come at each look, 0 to 1: half by its information (the most so far over
    `planned`), half by the calendar; by the calendar alone where nothing was `planned`.

    Information alone may come to its plan long before the last look, or stand still, and leave a
    day on which it ships nothing to spend; the calendar alone wastes what is known early.
    """
    if planned is None:
        return list(calendar)
    reached = np.maximum.accumulate(np.nan_to_num(information)) / planned
    return [float(each) for each in (np.minimum(reached, 1) + np.asarray(calendar)) / 2]


def sequence_tails(shares: ArrayLike, tail: float) -> tuple[float, ...]:
    """The one-sided tail of each look that nobody planned; all of them together cost `tail`.

    `shares` `(looks,)` of the information at which the sequence is tightest; 0 is no look. The
    asymptotic confidence sequence: sqrt(2 (x + 1)/x ln(sqrt(x + 1)/alpha)) standard errors with
    x = share (l + ln(l + 1)), l = -2 ln alpha, alpha = 2 `tail` (Waudby-Smith et al. 2103.06476).
    """
    (known,) = aligned(shares)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = mixture_width(known, 2 * tail, 1.0) * np.sqrt(known)
    return tuple(float(each) for each in np.where(known > 0, ndtr(-errors), 0.0))


@dataclass(frozen=True, slots=True)
class InformationCurve:
    """How the variance of a difference falls with days: `daily`/day + `lasting`.

    What users' days differ by is averaged out; what users differ by stays, as long as the same ones
    come back.
    """

    daily: float
    lasting: float

    def variance(self, day: float) -> float:
        return self.daily / day + self.lasting

    def error(self, day: float, *, seen: float, on: float) -> float:
        """The standard error on a day, where one of `seen` was found on day `on`."""
        return seen * (self.variance(day) / self.variance(on)) ** 0.5


def information_curve(days: Sequence[float], errors: Sequence[float]) -> InformationCurve:
    """The curve through standard errors `(k,)` of the same estimate by rising days.

    Least squares on variances relative to their size, neither part below 0. From one day alone
    everything is daily.
    """
    known = [(d, e) for d, e in zip(days, errors, strict=True) if isfinite(e) and e > 0]
    if not known:
        raise ValueError("no error is known on any day")
    day, error = (np.array(each, float) for each in zip(*known, strict=True))
    terms = np.column_stack([1 / day, np.ones_like(day) * (len(day) > 1)]) / error[:, None] ** 2
    return InformationCurve(*_at_least_zero(terms))


def _at_least_zero(terms: Floats) -> tuple[float, float]:
    """What two terms `(k, 2)` are to be multiplied with for sums of 1, neither below 0."""
    both = np.linalg.lstsq(terms, np.ones(len(terms)), rcond=None)[0]
    if (both >= 0).all():
        return float(both[0]), float(both[1])
    alone = terms.sum(axis=0) / np.maximum((terms**2).sum(axis=0), 1e-300)
    return (0.0, float(alone[1])) if both[0] < 0 else (float(alone[0]), 0.0)
