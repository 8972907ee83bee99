"""How many rows the bound of `bounded` needs: for a tie at all, and to be as narrow as is asked."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from workbench.stats.bounded import mean_limits, upper_limits
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
    The least there could be: each difference that is not 0 takes more.
    """
    if not 0 < margin < 1:
        raise ValueError(f"a margin is a share of the scale above 0 and below 1, not {margin}")

    def limits(asked: Asked) -> dict[int, float]:
        tails, counts = tail / challengers, list(asked.values())
        found = upper_limits([[0.0]] * len(counts), (-1, 1), tails, counts=np.c_[counts])
        return dict(zip(asked, found.tolist(), strict=True))

    (rows,) = _answered([_fewest(margin, 1)], limits)
    return rows or MOST_ROWS


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
    (found,) = rows_for_half_widths([x], bounds, half_width, [tail_at])
    return found


def rows_for_half_widths(
    several: Sequence[ArrayLike],
    bounds: Bounds,
    half_width: float,
    tails_at: Sequence[Callable[[int], float]],
) -> list[Needed | None]:
    """`rows_for_half_width` of several challengers, searched side by side."""
    if not half_width > 0:
        raise ValueError(f"half_width must be positive, not {half_width}")
    widths = _Widths([_crowd(x, bounds) for x in several], bounds, tails_at)
    least = [max(1, ceil(LEAST_GROWTH * np.isfinite(scores(x)).sum())) for x in several]
    found = _answered([_fewest(half_width, rows) for rows in least], widths)
    enough = {place: rows for place, rows in enumerate(found) if rows}
    shown = {place: Needed(enough[place], width) for place, width in widths(enough).items()}
    return [shown.get(place) for place in range(len(several))]


def half_width_at(
    x: ArrayLike, bounds: Bounds, rows: int, tail_at: Callable[[int], float]
) -> float:
    """The half-width that could be reached at `rows` rows, as `rows_for_half_width` plans it: what
    the rest of a dataset would reach. Not for stating an interval, only for planning one.
    """
    return _Widths([_crowd(x, bounds)], bounds, [tail_at])({0: rows})[0]


def spread_factor(x: ArrayLike, bounds: Bounds) -> float:
    """How many times the spread of these rows is planned with: max(1, sqrt(U / mean d²)).

    U is the upper limit, tail .1, of the mean of d² on 0..w². For rows that are all 0 see `_crowd`.
    Not for stating an interval, only for planning one.
    """
    return _crowd(x, bounds).factor


class _Crowd(NamedTuple):
    """Rows to plan with: their distinct values, how many have each, their standard deviation and
    the factor on it.
    """

    values: Floats
    counts: Floats
    deviation: float
    factor: float


def _crowd(x: ArrayLike, bounds: Bounds) -> _Crowd:
    """The rows to plan with: where no difference was seen, one more row at sqrt(U) stands for those
    that were not.
    """
    most, known = max(map(abs, scale_ends(bounds))) ** 2, scores(x)
    values, counts = np.unique(known[~np.isnan(known)], return_counts=True)
    limit = float(upper_limits(values**2, (0, most), SPREAD_TAIL, counts=counts))
    if not values.any():
        values, counts = np.append(values, sqrt(limit)), np.append(counts, 1)
    shares = counts / counts.sum()
    square, mean = float(shares @ values**2), float(shares @ values)
    deviation = sqrt(float(shares @ (values - mean) ** 2))
    return _Crowd(values, counts.astype(float), deviation, max(1.0, sqrt(limit / square)))


Asked = Mapping[int, int]  # numbers of rows at which a width is asked for, by the crowd's place


@dataclass(frozen=True)
class _Widths:
    """The half-width of each of some crowds at any number of its rows."""

    crowds: Sequence[_Crowd]
    bounds: Bounds
    tails_at: Sequence[Callable[[int], float]]

    def __call__(self, asked: Asked) -> dict[int, float]:
        if not asked:
            return {}
        rows = np.array(list(asked.values()))
        tails = np.array([self.tails_at[place](count) for place, count in asked.items()])
        found = _half_widths([self.crowds[place] for place in asked], self.bounds, rows, tails)
        return dict(zip(asked, found.tolist(), strict=True))


def _half_widths(
    crowds: Sequence[_Crowd], bounds: Bounds, rows: NDArray[np.int_], tails: Floats
) -> Floats:
    """The bound's half-width `(k,)` of each crowd at so many such rows, with their spread `factor`
    times as large.

    Only the normal part, z s/sqrt(rows), grows with the spread: the imagined row's part does not,
    and multiplying it too told up to 30 times the rows needed where differences are small.
    """
    longest = max(len(each.values) for each in crowds)
    values, counts = np.full((len(crowds), longest), np.nan), np.zeros((len(crowds), longest))
    for place, each in enumerate(crowds):
        values[place, : len(each.values)] = each.values
        counts[place, : len(each.values)] = each.counts * rows[place] / each.counts.sum()
    limits = mean_limits(values, bounds, tails, counts=counts)
    more = np.array([(each.factor - 1) * each.deviation for each in crowds])
    return (limits.high - limits.low) / 2 - more * ndtri(tails) / np.sqrt(rows)


Search = Generator[int, float, int | None]  # asks numbers of rows, is sent widths


def _answered(
    searches: Sequence[Search], widths: Callable[[Asked], Mapping[int, float]]
) -> list[int | None]:
    """What searches find, each step of all of them answered at once."""
    found: list[int | None] = [None] * len(searches)
    asked = {place: next(search) for place, search in enumerate(searches)}
    while asked:
        answers, asked = widths(asked), {}
        for place, width in answers.items():
            try:
                asked[place] = searches[place].send(width)
            except StopIteration as end:
                found[place] = end.value
    return found


def _fewest(goal: float, least: int) -> Search:
    """The smallest number of rows from `least` on with a width of at most `goal`.

    Widths fall about as a power of the rows, so that the next try lies on the line through the
    logarithms of the bracket's ends.
    """
    low, above, high, below = yield from _bracket(goal, least)
    if below > 0:
        return None
    while high - low > 1:
        line = ceil(low * (high / low) ** (above / (above - below)))
        tried = min(max(line, low + 1), high - 1)
        found = _excess((yield tried), goal)
        if found > 0:
            low, above, below = tried, found, below / 2
        else:
            high, below, above = tried, found, above / 2
    return high


def _bracket(goal: float, least: int) -> Generator[int, float, tuple[int, float, int, float]]:
    """Two numbers of rows, with what their widths are in excess of the goal: above and below it."""
    low = high = least
    above = below = _excess((yield least), goal)
    while below > 0 and high < MOST_ROWS:
        low, above = high, below
        high = min(ceil(low * exp(2.02 * min(above, 20))) + 1, MOST_ROWS)
        below = _excess((yield high), goal)
    return low, above, high, below


def _excess(width: float, goal: float) -> float:
    return log(max(width, TINY) / goal)
