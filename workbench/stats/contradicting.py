"""What speaks against a critic's word: labels that err one way, and known-bad answers that pass;
and against labels: that chance did not choose what was labelled.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, betaincinv, gammaln

from workbench.stats.bounded import p_mean_at_least, p_mean_at_most
from workbench.stats.intervals import Floats, aligned, proper_share, scores
from workbench.stats.paired import Decision

FEWEST_LABELS = 5
CONTRADICTING = 0.10  # one-sided p from which labels contradict
FEWEST_CANARIES = 5
MOST_PASSING = 0.10  # of known-bad answers
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One-sided p values that labels speak against a word, NaN where they cannot.

    `by_error`: the critic errs towards the claimed side (exact sign test); `by_difference`:
    people's difference points the other way, or for a tie lies beyond the margin.
    """

    by_error: float
    by_difference: float

    @property
    def blocks(self) -> bool:
        return self.by_error < CONTRADICTING or self.by_difference < CONTRADICTING


NOTHING = Contradiction(float("nan"), float("nan"))


def contradiction(
    word: Decision, critic: ArrayLike, people: ArrayLike, *, margin: float
) -> Contradiction:
    """Whether labels contradict a critic's `word` of a challenger.

    `critic`, `people` `(n,)`: challenger minus baseline on the labelled rows as shares of the
    scale, up is good, NaN without a pair. From 5 labelled pairs on. Better and worse: the sign test
    on `critic - people` where that is not 0, in the claimed direction, and people's difference on
    the other side of 0. Tie: only people's difference beyond the margin. Of any other word nothing
    is asked. Not for labels of answers that somebody picked (`p_drawn`).
    """
    given, true = aligned(critic, people)
    known = ~np.isnan(given - true)
    given, true = given[known], true[known]
    if len(true) < FEWEST_LABELS or word not in (Decision.BETTER, Decision.WORSE, Decision.TIE):
        return NOTHING
    if word is Decision.TIE:
        above, below = p_mean_at_most(true, margin, -1), p_mean_at_least(true, -margin, 1)
        return Contradiction(float("nan"), min(1.0, 2 * float(min(above, below))))
    side = 1 if word is Decision.BETTER else -1
    against = float(p_mean_at_least(side * true, 0, 1))
    return Contradiction(sign_test(side * (given - true)), against)


def sign_test(x: ArrayLike) -> float:
    """Exact one-sided p that values `(n,)` lie above 0 no more often than below; zeros and NaN
    leave; 1 without a value. Not for how far: one large loss among small gains is one value.
    """
    values: Floats = scores(x)
    above, below = int((values > ROUNDING).sum()), int((values < -ROUNDING).sum())
    return float(bdtr(below, above + below, 0.5)) if above + below else 1.0


def further_apart(old: ArrayLike, first: ArrayLike, second: ArrayLike) -> Floats:
    """How much further old scores `(n,)` lie from a first fresh one of their row than a second
    fresh one does. Where nothing changed, old and second may be exchanged, so that the sign test on
    these is exact.
    """
    a, b, c = scores(old), scores(first), scores(second)
    return np.abs(a - b) - np.abs(c - b)


def p_drawn(taken: ArrayLike, marks: Iterable[ArrayLike]) -> float:
    """p that chance took the rows `taken` `(n,)` of all, by how often it met the rows of each of
    k `marks`, each `(n,)`: Fisher's exact test of each, two tails doubled, times k (Bonferroni).

    1 where all rows were taken, or none. Rows taken for the sake of something that no mark tells of
    are not found: a large p proves no draw.
    """
    rows = np.asarray(taken, dtype=bool)
    each = [np.asarray(mark, dtype=bool) for mark in marks]
    found = [_p_met(int((mark & rows).sum()), int(mark.sum()), rows) for mark in each]
    return min([1.0, *(len(found) * p for p in found)])


def _p_met(met: int, marked: int, rows: NDArray[np.bool_]) -> float:
    """Two-sided p of meeting so many of the marked among the rows taken (hypergeometric)."""
    total, taken = len(rows), int(rows.sum())
    count = np.arange(max(0, taken + marked - total), min(taken, marked) + 1)
    chance = _log_choose(marked, count) + _log_choose(total - marked, taken - count)
    chance = np.exp(chance - _log_choose(total, np.array(taken)))
    return min(1.0, 2 * float(min(chance[count <= met].sum(), chance[count >= met].sum())))


def _log_choose(of: int, count: NDArray[np.intp]) -> Floats:
    return gammaln(of + 1) - gammaln(count + 1) - gammaln(of - count + 1)


def passing_at_least(passes: int, count: int, *, level: float = 0.95) -> float:
    """The one-sided lower limit of a rate (Clopper and Pearson 1934): 3 of 5 .189, 4 of 10 .150.

    Not for answers in clusters: each counts as one.
    """
    if not 0 <= passes <= count:
        raise ValueError(f"{passes} of {count} is no count")
    tail = 1 - proper_share(level)
    return float(betaincinv(passes, count - passes + 1, tail)) if passes else 0.0


def canary_blocks(passes: int, count: int) -> bool:
    """Whether a critic that lets `passes` of `count` known-bad answers pass may decide nothing.

    The lower limit of that rate is above .10: 3 of 5, 4 of 10, 7 of 30. Under 5 answers say
    nothing. No praise where it does not: a critic that sees these may miss others.
    """
    return count >= FEWEST_CANARIES and passing_at_least(passes, count) > MOST_PASSING
