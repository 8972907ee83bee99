"""What may be said of several challengers of one baseline, and of a change under a gate.

All differences are challenger minus baseline as shares of the scale, -1 to 1, up is good
(`Scale.turned`); NaN is a row without a pair. Tails are one-sided: .025, or what a look may use
(`tails`). Limits are those of `bounded`, in clusters those of `clustered`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile
from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.stats.bounded import mean_limits, p_mean_at_least, p_mean_at_most
from workbench.stats.clustered import clustered_interval, clustered_p_at_most
from workbench.stats.intervals import Bounds, Floats, Interval, finite, proper_share
from workbench.stats.paired import Decision, holm

ENDS: Bounds = (-1.0, 1.0)  # of a difference as a share of the scale
LEAST_COVERAGE = 0.8  # of the rows: below it nothing is concluded
GATE_ERROR = 0.05  # one-sided, for passing and for failing each
FEW_VALUES = 64  # that differences may take, to be counted and not gone through one by one


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of one challenger, with the interval that decided it, as shares of the scale.

    `inside_margin` where it is better or worse, but by less than the margin; `by_failures` where
    the rows without its failures decided.
    """

    decision: Decision
    interval: Interval
    p_better: float
    p_worse: float
    inside_margin: bool = False
    by_failures: bool = False

    @property
    def p_value(self) -> float:
        """Two-sided, of this challenger alone."""
        return min(1.0, 2 * min(self.p_better, self.p_worse))


class Reading(NamedTuple):
    """Means, simultaneous limits and one-sided p values of challengers, each `(challengers,)`."""

    estimate: Floats
    low: Floats
    high: Floats
    p_better: Floats
    p_worse: Floats

    @property
    def reach(self) -> Floats:
        """How far from 0 the limits lie: within the margin it is a tie."""
        return np.maximum(-self.low, self.high)


def claims(
    differences: ArrayLike,
    *,
    margin: float,
    tail: float = 0.025,
    without_failures: ArrayLike | None = None,
    coverage: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> tuple[Claim, ...]:
    """A word for each challenger from `differences` `(challengers, rows)`, failures at the bottom.

    Holm's step-down on either side at `tail`; intervals simultaneous at tail/challengers. In this
    order: better, worse, tie (both limits within `margin`), need more. `without_failures` the same
    shape, with the scores that failed rows have, else NaN: better and tie must hold in both, worse
    is said with failures. `coverage` `(challengers,)` the share of rows that are scored, under .8
    inconclusive. `clusters` `(rows,)`. Where better (worse) is said the lower (upper) limit shown
    is at least (most) 0, which is the interval that belongs to Holm's test, so that word and
    interval never contradict each other. At the whole tail for a single look only; for more see
    `look_tails`.
    """
    proper_share(tail, "tail")
    with_failures = reading(differences, tail, clusters)
    other = differences if without_failures is None else without_failures
    without = reading(other, tail, clusters)
    return claims_from(with_failures, without, margin=margin, tail=tail, coverage=coverage)


def claims_from(
    with_failures: Reading,
    without: Reading,
    *,
    margin: float,
    tail: float = 0.025,
    coverage: ArrayLike | None = None,
    others: int = 0,
) -> tuple[Claim, ...]:
    """As `claims`, from readings; `others` are challengers of earlier looks that count in Holm's
    test and are not looked at now (the readings' limits are at tail/(challengers + others)).
    """
    if not 0 <= margin < inf:
        raise ValueError(f"margin must be a finite share of the scale, not {margin}")
    covered = finite(1.0 if coverage is None else coverage)
    words = _words(with_failures, without, covered, margin, _Holm(tail, others))
    weaker = _weaker(with_failures, without, margin, _Holm(tail, others))
    shown = np.where(weaker, without, with_failures).T
    return tuple(
        _claim(word, Reading(*row), margin, bool(by))
        for word, row, by in zip(words, shown, weaker, strict=True)
    )


def overall(decisions: Sequence[Decision]) -> Decision:
    """The word for the whole comparison: better if any is; tie if every challenger is tie or worse;
    inconclusive if nothing else is open; else need more. Not for choosing among better ones.
    """
    words = set(decisions)
    if Decision.BETTER in words:
        return Decision.BETTER
    if words and words <= {Decision.TIE, Decision.WORSE}:
        return Decision.TIE
    open_words = words - {Decision.TIE, Decision.WORSE}
    return Decision.INCONCLUSIVE if open_words == {Decision.INCONCLUSIVE} else Decision.NEED_MORE


def reading(
    differences: ArrayLike, tail: float, clusters: ArrayLike | None = None, among: int | None = None
) -> Reading:
    """Limits at tail/`among` (the challengers unless told) and p values of `differences`
    `(challengers, rows)`.
    """
    rows = np.atleast_2d(finite(differences))
    each = tail / max(among or len(rows), 1)
    if clusters is None:
        limits = mean_limits(rows, ENDS, each)
        return Reading(*limits, p_mean_at_most(rows, 0, -1), p_mean_at_least(rows, 0, 1))
    found = [
        (
            *clustered_interval(row, clusters, ENDS, each),
            clustered_p_at_most(row, 0, clusters, ENDS),
            clustered_p_at_most(-row, 0, clusters, ENDS),
        )
        for row in rows
    ]
    return Reading(*np.array(found).reshape(-1, 5).T)


def holm_passes(p_values: ArrayLike, tail: float) -> NDArray[np.bool_]:
    """Which claims Holm's step-down passes at `tail`: the smallest p below tail/k, then tail/(k -
    1), ...

    Says which, not by how much: intervals that hold together are wider.
    """
    return holm(np.nan_to_num(np.asarray(p_values, dtype=float), nan=1.0)) < tail


def adequate(
    p_values: Sequence[float], tail: float = GATE_ERROR, *, in_order: bool = False
) -> tuple[bool, ...]:
    """Which models are shown not to be worse than a reference by a margin, all at once at `tail`,
    from the one-sided p of "worse by the margin" of each (METHODS 6.5).

    By Holm over all of them; or `in_order`, given from the largest model down, each at the whole
    tail and none after the first that is not shown. That finds more where quality falls in that
    order, and holds only where the order was stated before the answers were seen.
    """
    proper_share(tail, "tail")
    if not in_order:
        return tuple(holm_passes(p_values, tail).tolist()) if p_values else ()
    shown = len(list(takewhile(lambda p: p < tail, p_values)))
    return tuple(place < shown for place in range(len(p_values)))


def pair_intervals(
    scores: ArrayLike, tail: float = 0.025, clusters: ArrayLike | None = None
) -> dict[tuple[int, int], Interval]:
    """For each pair i < j of variants the interval of mean(j - i), tail/(number of pairs).

    `scores` `(variants, rows)` as shares of the scale, 0 to 1. Simultaneous over all pairs; they
    decide no export.
    """
    rows = np.atleast_2d(finite(scores))
    pairs = list(combinations(range(len(rows)), 2))
    differences = np.array([rows[j] - rows[i] for i, j in pairs]).reshape(-1, rows.shape[1])
    each = tail / max(len(pairs), 1)
    if clusters is None:  # no p values are asked for
        values, counts = _recurring(differences)
        found = mean_limits(values, ENDS, each, counts=counts)
    else:
        found = reading(differences, tail, clusters)
    return {
        pair: Interval(*map(float, limits))
        for pair, *limits in zip(pairs, found.estimate, found.low, found.high, strict=True)
    }


def _recurring(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Rows `(many, n)` of few values, as verdicts and ratings are, as these values and how often
    each stands in a row; other rows as they are.
    """
    values = np.unique(rows[~np.isnan(rows)])
    if not 0 < len(values) <= FEW_VALUES:
        return rows, None
    counts = np.stack([(rows == value).sum(axis=-1) for value in values], axis=-1)
    return np.broadcast_to(values, counts.shape), counts.astype(float)


def candidates(better: Sequence[int], pairs: dict[tuple[int, int], Interval]) -> tuple[int, ...]:
    """The variants called better that no other better one beats, by the intervals of all pairs.

    Not a ranking of them.
    """
    beaten = {
        loser
        for (i, j), interval in pairs.items()
        for winner, loser, gap in ((j, i, interval.low), (i, j, -interval.high))
        if gap > 0 and winner in better
    }
    return tuple(variant for variant in better if variant not in beaten)


def not_worse(
    differences: ArrayLike,
    margin: float,
    tail: float = GATE_ERROR,
    clusters: ArrayLike | None = None,
) -> bool | None:
    """Whether one look `(rows,)` shows that a change is not worse by `margin` (True), that it is
    (False), or neither (None).

    Passes at p(-margin) < tail, fails where the upper limit at `tail` is below -margin. Not for
    several looks at one tail (`gate_tails`).
    """
    rows = np.asarray(differences, dtype=float).reshape(-1)
    if clusters is None:
        passing = float(p_mean_at_most(rows, -margin, -1))
        failing = float(p_mean_at_least(rows, -margin, 1))
    else:
        passing = clustered_p_at_most(rows, -margin, clusters, ENDS)
        failing = clustered_p_at_most(-rows, margin, clusters, ENDS)
    return True if passing < tail else False if failing < tail else None


class _Holm(NamedTuple):
    """Holm's test at a tail, with others that do not pass."""

    tail: float
    others: int

    def passes(self, p_values: Floats) -> NDArray[np.bool_]:
        every = np.append(p_values, np.ones(self.others))
        return holm_passes(every, self.tail)[: len(p_values)]


def _words(
    with_failures: Reading, without: Reading, covered: Floats, margin: float, test: _Holm
) -> list[Decision]:
    better = test.passes(np.maximum(with_failures.p_better, without.p_better))
    worse = test.passes(with_failures.p_worse)
    tie = np.maximum(with_failures.reach, without.reach) <= margin
    kinds = [np.broadcast_to(~(covered >= LEAST_COVERAGE), tie.shape), better, worse, tie]
    names = [Decision.INCONCLUSIVE, Decision.BETTER, Decision.WORSE, Decision.TIE]
    found = np.select(kinds, range(4), 4)
    return [[*names, Decision.NEED_MORE][number] for number in found]


def _weaker(
    with_failures: Reading, without: Reading, margin: float, test: _Holm
) -> NDArray[np.bool_]:
    """Where the rows without failures decide: with them alone more would be said."""
    better = test.passes(with_failures.p_better)
    tie = ~better & (with_failures.reach <= margin)
    return (better & (without.p_better > with_failures.p_better)) | (
        tie & (without.reach > with_failures.reach)
    )


def _claim(word: Decision, row: Reading, margin: float, by_failures: bool) -> Claim:
    estimate, low, high, p_better, p_worse = (float(value) for value in row)
    low = max(0.0, low) if word is Decision.BETTER else low
    high = min(0.0, high) if word is Decision.WORSE else high
    inside = word in (Decision.BETTER, Decision.WORSE) and -margin <= low and high <= margin
    interval = Interval(estimate, low, high)
    return Claim(word, interval, p_better, p_worse, inside, by_failures)
