"""How many rows the bound of `bounded` needs: for a tie at all, and to be as narrow as is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import ceil, exp, log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from workbench.stats.bounded import bounded_interval, upper_limits
from workbench.stats.intervals import Bounds, Floats, scale_ends, scores

LEAST_GROWTH = 1.5  # a next look is due when the content has grown by half
SPREAD_TAIL = 0.1  # of the limit of the mean square that is planned with
MOST_ROWS = 10_000_000
TINY = 1e-12  # in the place of a width of 0


@dataclass(frozen=True, slots=True)
class Needed:
    """Rows in all at which a half-width could be shown, and the half-width expected there."""

    rows: int
    half_width: float


def rows_for_tie(margin: float, *, tail: float = 0.025, challengers: int = 1) -> int:
    """The fewest rows at which a tie can be said, all differences being 0.

    `margin` as a share of the scale, `tail` that of the look, simultaneous over the challengers.
    Margin .05 at the full tail: 73, with three challengers 94; at the first look's tail about 80.
    """
    if not 0 < margin < 1:
        raise ValueError(f"a margin is a share of the scale above 0 and below 1, not {margin}")

    def limit(rows: int) -> float:
        return float(upper_limits([0.0], (-1, 1), tail / challengers, counts=[rows]))

    return _fewest(limit, margin, 1) or MOST_ROWS


def rows_for_half_width(
    x: ArrayLike, bounds: Bounds, half_width: float, tail_at: Callable[[int], float]
) -> Needed | None:
    """The fewest rows, at least half as many again, whose interval could have `half_width`.

    `x` `(n,)` differences on a scale with the ends `bounds`, unit of both; `tail_at(rows)` the tail
    that the next look would use (`look_tails`, shared out over the challengers). The same rows are
    counted rows/n times, the imagined row once, their spread taken `spread_factor` times as large.
    Never from the effect seen. None where ten million rows would not do. "Could", not "would": kept
    in .85 of runs and more.
    """
    values, factor = _planned(x, bounds)
    if not half_width > 0:
        raise ValueError(f"half_width must be positive, not {half_width}")

    @cache
    def expected(rows: int) -> float:
        return _half_width(values, bounds, rows, tail_at(rows), factor)

    least = ceil(LEAST_GROWTH * np.isfinite(scores(x)).sum())
    rows = _fewest(expected, half_width, max(least, 1))
    return None if rows is None else Needed(rows, expected(rows))


def half_width_at(
    x: ArrayLike, bounds: Bounds, rows: int, tail_at: Callable[[int], float]
) -> float:
    """The half-width that could be reached at `rows` rows, as `rows_for_half_width` plans it: what
    the rest of a dataset would reach.
    """
    values, factor = _planned(x, bounds)
    return _half_width(values, bounds, rows, tail_at(rows), factor)


def spread_factor(x: ArrayLike, bounds: Bounds) -> float:
    """How many times the spread of these rows is planned with: max(1, sqrt(U / mean d²)).

    U is the upper limit, tail .1, of the mean of d² on 0..w². For rows that are all 0 see
    `_planned`.
    """
    return _planned(x, bounds)[1]


def _planned(x: ArrayLike, bounds: Bounds) -> tuple[Floats, float]:
    """The rows to plan with, and the factor on their spread.

    Where no difference was seen, one more row at sqrt(U) stands for those that were not.
    """
    low, high = scale_ends(bounds)
    values = scores(x)
    values = values[~np.isnan(values)]
    most = max(abs(low), abs(high)) ** 2
    limit = float(upper_limits(values**2, (0, most), SPREAD_TAIL))
    if not values.any():
        values = np.append(values, sqrt(limit))
    return values, max(1.0, sqrt(limit / float((values**2).mean())))


def _half_width(values: Floats, bounds: Bounds, rows: int, tail: float, factor: float) -> float:
    """The bound's half-width at so many such rows, with their spread `factor` times as large.

    Only the normal part, z s/sqrt(rows), grows with the spread: the imagined row's part does not,
    and multiplying it too told up to 30 times the rows needed where differences are small.
    """
    counts = np.full(len(values), rows / len(values))
    half = bounded_interval(values, bounds, tail, counts=counts).half_width
    return half + (factor - 1) * float(-ndtri(tail)) * float(values.std()) / sqrt(rows)


def _fewest(width: Callable[[int], float], goal: float, least: int) -> int | None:
    """The smallest number of rows from `least` on with a width of at most `goal`.

    Widths fall about as a power of the rows, so that the next try lies on the line through the
    logarithms of the bracket's ends.
    """

    def excess(rows: int) -> float:
        return log(max(width(rows), TINY) / goal)

    low, above, high, below = _bracket(excess, least)
    if below > 0:
        return None
    while high - low > 1:
        line = ceil(low * (high / low) ** (above / (above - below)))
        tried = min(max(line, low + 1), high - 1)
        found = excess(tried)
        if found > 0:
            low, above, below = tried, found, below / 2
        else:
            high, below, above = tried, found, above / 2
    return high


def _bracket(excess: Callable[[int], float], least: int) -> tuple[int, float, int, float]:
    """Two numbers of rows, with what their widths are in excess of the goal: above and below it."""
    low = high = least
    above = below = excess(least)
    while below > 0 and high < MOST_ROWS:
        low, above = high, below
        high = min(ceil(low * exp(2.02 * min(above, 20))) + 1, MOST_ROWS)
        below = excess(high)
    return low, above, high, below
