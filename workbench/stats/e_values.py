# pyright: strict, reportMissingTypeStubs=false
"""Does a task reach its requirement? Evidence that may be looked at after every example."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaln, xlog1py, xlogy

from workbench.printing import printed
from workbench.stats.intervals import Floats, is_binary, proper_share

Patience = Literal["full", "short"]
Word = Literal["stop", "go on", ""]

FEWEST = 5  # examples: no word on fewer
GOAL = math.log(20)  # of an e-value's logarithm: a wrong word in fewer than 1 of 20
SHORT_CHANCE = 0.02  # of reaching the requirement, below which the short rule stops
HORIZON = 30  # examples that the bets on graded scores are made for
LARGEST_BET = 0.75  # of what could be lost on one example


@printed
@dataclass(frozen=True, slots=True)
class Reaching:
    """What speaks for and against a mean of `at_least`, after each example `(..., n)`.

    `log_no` and `log_go` are logarithms of e-values, against a mean that reaches it and one that
    does not; `chance` is the probability that it does.
    """

    log_no: Floats
    log_go: Floats
    chance: Floats

    def __repr__(self) -> str:
        return f"Reaching after {self.chance.shape[-1]} examples"


def reaching(shares: ArrayLike, at_least: float) -> Reaching:
    """Evidence after each of the scores `(..., n)` from 0 to 1, in the order in which they came.

    Of scores 0 and 1, with s ones among n and r = `at_least`: the mean of the likelihoods of all
    rates below r over the likelihood of r, B(1+s, 1+n-s) I_r(1+s, 1+n-s) / (r r^s (1-r)^(n-s)),
    and the same of the rates above. From the first graded score on capital is bet (hedged capital,
    Waudby-Smith and Ramdas 2023) in its place. Either is above 20 in fewer than 1 of 20 cases in
    which it should not be, however often one looks; examples are draws of one kind, in any order
    that does not hang on their scores. `chance` is that of a rate under the uniform prior, where
    a graded score counts as a part of a one: too near to 1 - r rather than to 0 or 1.
    """
    r = proper_share(at_least, "at_least")
    x = np.asarray(shares, dtype=float)
    if not ((x >= 0) & (x <= 1)).all():
        raise ValueError("scores lie between 0 and 1, each of them known")
    n: Floats = np.arange(1.0, x.shape[-1] + 1)
    s: Floats = np.cumsum(x, axis=-1)
    logs = _log_e(s, n, r) if is_binary(x) else np.cumsum(_steps(x, s, n, r), axis=-1)
    return Reaching(logs[0], logs[1], _chance(s, n, r))


def _chance(s: Floats, n: Floats, r: float) -> Floats:
    return 1 - betainc(1 + s, 1 + n - s, r)


def _log_e(s: Floats, n: Floats, r: float) -> Floats:
    """Logarithms of both e-values `(2, ...)` of s ones among n: priors cut at r."""
    odds = betaln(1 + s, 1 + n - s) - xlogy(s, r) - xlog1py(n - s, -r)
    below = betainc(1 + s, 1 + n - s, r)
    with np.errstate(divide="ignore"):
        shares = np.stack([np.log(below / r), np.log((1 - below) / (1 - r))])
    return odds + shares


def _steps(x: Floats, s: Floats, n: Floats, r: float) -> Floats:
    """What each example adds to both logarithms `(2, ..., n)`: the step of a count up to the first
    graded score, which takes its part of the steps of a one and a zero; bets from there on.
    """
    graded = np.cumsum((x != 0) & (x != 1), axis=-1)
    first = (graded == 1) & (np.diff(graded, axis=-1, prepend=0) == 1)
    ones, zeros = (_log_e(s - x + one, n, r) - _log_e(s - x, n - 1, r) for one in (1.0, 0.0))
    counted = np.log(x * np.exp(ones) + (1 - x) * np.exp(zeros))
    return np.where((graded == 0) | first, counted, _bets(x, s, n, r))


def _bets(x: Floats, s: Floats, n: Floats, r: float) -> Floats:
    """What bets on each example add `(2, ..., n)`, each sized by the examples before it."""
    mean = (0.5 + s) / (n + 1)
    spread = (0.25 + np.cumsum((x - mean) ** 2, axis=-1)) / (n + 1)
    before = np.concatenate([np.full_like(x[..., :1], 0.25), spread[..., :-1]], axis=-1)
    bet = np.sqrt(2 * GOAL / (before * HORIZON))
    down, up = np.minimum(bet, LARGEST_BET / (1 - r)), np.minimum(bet, LARGEST_BET / r)
    return np.stack([np.log1p(down * (r - x)), np.log1p(up * (x - r))])


def words_said(found: Reaching, at_least: float, patience: Patience = "full") -> list[Word]:
    """The word that each example `(n,)` would allow, "" for none; none before the fifth.

    With short patience it also stops once the chance is below .02 and below what it was before the
    first example. That is no rule for looking: see `stops_wrongly`.
    """
    said = np.where(found.log_no > GOAL, "stop", np.where(found.log_go > GOAL, "go on", ""))
    if patience == "short":
        said = np.where(found.chance < min(SHORT_CHANCE, 1 - at_least), "stop", said)
    said[: FEWEST - 1] = ""
    return said.tolist()


def soonest_word(shares: ArrayLike, at_least: float, patience: Patience = "full") -> int:
    """The fewest further examples after which a word may be said, 1 or more: where all of them
    fail, or none does. Not for planning: it is the soonest, not what is likely.
    """
    known = np.asarray(shares, dtype=float)
    further = 1
    while True:
        for each in (0.0, 1.0):
            path = np.append(known, np.full(further, each))
            if words_said(reaching(path, at_least), at_least, patience)[-1]:
                return further
        further += 1


def word_lines(
    at_least: float, examples: int, patience: Patience = "full"
) -> tuple[list[float], list[float]]:
    """For scores 0 and 1, after each of so many examples: the fewest zeros that stop, and the most
    that go on; NaN where no number does. Not for graded scores (`words_said`).
    """
    r = proper_share(at_least, "at_least")
    stop, go = [math.nan] * examples, [math.nan] * examples
    for n in range(FEWEST, examples + 1):
        stops, goes = _stops_at(n, r, patience).tolist(), _goes_at(n, r).tolist()
        stop[n - 1] = n - max((s for s in range(n + 1) if stops[s]), default=math.nan)
        go[n - 1] = n - min((s for s in range(n + 1) if goes[s]), default=math.nan)
    return stop, go


def stops_wrongly(at_least: float, examples: int, patience: Patience = "full") -> float:
    """The probability that a task of yes and no that just reaches `at_least` is stopped within so
    many examples, looking after each: exact, by counts. Not for graded scores.
    """
    r, alive, stopped = proper_share(at_least, "at_least"), np.ones(1), 0.0
    for n in range(1, examples + 1):
        alive = np.append(alive * (1 - r), 0.0) + np.append(0.0, alive * r)
        stops = _stops_at(n, r, patience)
        stopped += float(alive[stops].sum())
        alive = np.where(stops, 0.0, alive)
    return stopped


def _stops_at(n: int, r: float, patience: Patience) -> NDArray[np.bool_]:
    """Whether 0, 1, ..., n ones among n examples stop."""
    s, of = np.arange(n + 1.0), np.full(n + 1, float(n))
    stops = _log_e(s, of, r)[0] > GOAL
    if patience == "short":
        stops |= _chance(s, of, r) < min(SHORT_CHANCE, 1 - r)
    return stops & (n >= FEWEST)


def _goes_at(n: int, r: float) -> NDArray[np.bool_]:
    """Whether 0, 1, ..., n ones among n examples go on."""
    return _log_e(np.arange(n + 1.0), np.full(n + 1, float(n)), r)[1] > GOAL
