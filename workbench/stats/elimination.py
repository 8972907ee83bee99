"""Racing: variants read the same examples in random order, and those that cannot win stop being
paid for.
"""

from dataclasses import dataclass
from math import inf, log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.stats.intervals import Bounds, Floats, finite, proper_share, scale_ends
from workbench.stats.paired import scale_width
from workbench.stats.sequential import mixture_width

Mask = NDArray[np.bool_]
FEWEST_PAIRS = 8  # asymptotic: no conclusion from fewer pairs
IMAGINED = 0.5  # of a pair; with a quarter the leader is wrong in up to .14 of races
PATIENCE = 20  # examples after which a variant that was never scored leaves
LARGEST_BET = 0.9  # of what could be lost on one example
ROUNDING = 1e-12  # of the largest mean: means nearer than this are equal


@dataclass(frozen=True, slots=True)
class RaceResult:
    """The end of a race: `top` who may be best, leader first; `read` `(variants, examples)` the
    cells looked at.
    """

    top: tuple[int, ...]
    used: int
    read: Mask
    eliminated: tuple[int, ...]


def race(
    scores: ArrayLike,
    *,
    within: float,
    alpha: float = 0.05,
    mode: str = "asymptotic",
    bounds: Bounds | None = None,
    seed: int = 0,
) -> RaceResult:
    """Race over a full table `(variants, examples)`, read only as a live race would reveal it, one
    example at a time.

    Higher is better, `bounds` are the ends of the scale (betting needs them); NaN, or a score
    outside of them, is unscored (paid for, and says nothing); order seeded; see `Race` for the
    rule. The leader's mean over the table is at most `within` (in scores) below the best with
    probability 1 - alpha; a variant's mean is that of its scored cells. Without `bounds` the scale
    is 0 to 1 or as wide as the scores so far: of rare losses beyond every score seen, the leader is
    then wrong in up to .09 of races. Not for ranking all variants, nor for what other
    examples would say: the claim is about this table. Not where bad answers are unscored more often
    than good ones: give such a cell the bottom of the scale.
    """
    table = finite(scores)
    if table.ndim != 2:
        raise ValueError("scores must be a table of variants and examples")
    state = Race(*table.shape, within=within, bounds=bounds, alpha=alpha, mode=mode)
    read = np.zeros(table.shape, dtype=bool)
    for example in np.random.default_rng(seed).permutation(table.shape[1]):
        if state.done:
            break
        read[state.alive, example] = True
        state.see(np.where(state.alive, table[:, example], np.nan))
    return RaceResult(state.top, state.used, read, state.eliminated)


class Race:
    """The rule of a race, fed batch by batch; every survivor must see the same examples, drawn
    without replacement.

    After each batch variant j leaves when mean(j - i) < 0 is shown for some i still in, and the
    race ends when one is left, when mean(j - leader) < within is shown for all others, or when all
    examples are read (then each variant's own mean is exact, and decides). Only the K - 1 pairs
    that hold the best can err, so that each is tested at alpha/(K - 1), one-sided.

    asymptotic: mean + s sqrt(2(t r² + 1)/(t² r²) ln(1 + sqrt(t r² + 1)/2a)) sqrt(1 - t/N) < limit,
    the mixture confidence sequence tightest at N/4 (Waudby-Smith et al. 2103.06476) with a
    finite-population factor, which is a heuristic. A loss that has not shown up yet has no
    variance: mean and s are of the pairs and half an imagined one at the far end of the scale, in
    the mean for the unread share 1 - t/N alone. With it the leader is wrong in at most .045 of the
    races over variants with rare large losses, without it in up to .48. From 8 pairs on; for small
    sets (about 100 examples). betting: the capital prod(1 + lam (m_t - d_t)), m_t = (N limit -
    S)/(N - t + 1), reaches 1/a (Waudby-Smith and Ramdas 2020, without replacement); rigorous; lam
    is the same for both limits, so that one 1/a serves both. For 300 examples or more. A variant
    without any score among its first 20 examples leaves. A pair is judged on the examples that both
    have a score for; where these are not all, the asymptotic limit of the difference of their own
    means, which is what is claimed, must show the same, so that with unscored cells no mode is
    rigorous. Not for batches chosen by what was seen.
    """

    def __init__(
        self,
        variants: int,
        examples: int,
        *,
        within: float,
        alpha: float = 0.05,
        mode: str = "asymptotic",
        bounds: Bounds | None = None,
    ) -> None:
        _check_race(variants, within, alpha, mode, bounds)
        error = alpha / max(variants - 1, 1)
        self._bounds, self._shown = bounds, np.empty(0)
        self._low, self._high = (-inf, inf) if bounds is None else scale_ends(bounds)
        rule = _Bets if mode == "betting" else _Mixture
        width = scale_width(self._shown, bounds)
        self._pairs: _Pairs = rule(variants, within, error, examples, width)
        self._examples = examples
        self.alive: Mask = np.ones(variants, dtype=bool)
        self.seen = self.used = 0
        self.eliminated: tuple[int, ...] = ()
        self.top: tuple[int, ...] = tuple(range(variants))
        self.done = variants == 1 or examples == 0

    def see(self, columns: ArrayLike) -> None:
        """Take in the scores of a batch `(variants, batch)` or `(variants,)`; NaN, or off the
        scale, is unscored.
        """
        batch = finite(columns).reshape(len(self.alive), -1)
        if self.done or self.seen + batch.shape[1] > self._examples:
            raise ValueError("the race is over, or has fewer examples left than this batch holds")
        batch = np.where(
            (batch >= self._low) & (batch <= self._high) & self.alive[:, None], batch, np.nan
        )
        self._pairs.width = self._width(batch)
        for column in batch.T:
            self._pairs.add(column, self._examples - self.seen)
            self.seen += 1
        self.used += int(self.alive.sum()) * batch.shape[1]
        self._judge()

    def _width(self, batch: Floats) -> float:
        """Of the scale; where its ends are not given, as wide as the scores so far show it."""
        if self._bounds is None:
            known = np.append(self._shown, batch[~np.isnan(batch)])
            self._shown = np.sort(known)[[0, -1]] if len(known) else known
        return scale_width(self._shown, self._bounds)

    def _judge(self) -> None:
        left = self._examples - self.seen
        behind, close = self._pairs.shown(left)
        is_scored = self._pairs.scored > 0
        losers = self.alive & (behind & self.alive & is_scored).any(axis=1)
        losers |= self.alive & ~is_scored & (self.seen >= PATIENCE or not left)
        self.eliminated += tuple(int(j) for j in np.flatnonzero(losers))
        self.alive = self.alive & ~losers
        self.top = self._best_first()
        others = list(self.top[1:])
        self.done = not left or not others or bool(close[others, self.top[0]].all())

    def _best_first(self) -> tuple[int, ...]:
        """Those still in, by their mean so far; without a score last."""
        means = np.where(self._pairs.scored > 0, self._pairs.means, -inf)
        return tuple(sorted(map(int, np.flatnonzero(self.alive)), key=lambda j: (-means[j], j)))


def _check_race(
    variants: int, within: float, alpha: float, mode: str, bounds: Bounds | None
) -> None:
    proper_share(alpha, "alpha")
    if variants < 1 or not 0 <= within < inf:
        raise ValueError(
            f"a race needs a variant and a finite within >= 0, not {variants} and {within}"
        )
    if mode not in ("asymptotic", "betting"):
        raise ValueError(f"mode is 'asymptotic' or 'betting', not {mode!r}")
    if mode == "betting" and bounds is None:
        raise ValueError("betting needs bounds=(low, high): the ends of the scale of the scores")


class _Pairs:
    """Counts, sums and squares of the differences j - i over the examples that both j and i have a
    score for.

    `scored`, `totals` and `powers` count and sum each variant's own scores and their squares;
    `partial` and `products` sum scores of j, and of j times i, over the examples that both have.
    """

    def __init__(
        self, variants: int, within: float, error: float, examples: int, width: float
    ) -> None:
        self.within, self.error, self.examples, self.width = within, error, examples, width
        self.horizon, self.seen = max(examples / 4, 1.0), 0
        self.scored, self.totals, self.powers = np.zeros((3, variants))
        self.counts, self.sums, self.squares, self.partial, self.products = np.zeros(
            (5, variants, variants)
        )

    def add(self, column: Floats, left: int) -> None:
        """Take in one example's scores `(variants,)`; `left` examples were unread before it."""
        is_known = ~np.isnan(column)
        values = np.where(is_known, column, 0.0)
        self.seen += 1
        self.scored += is_known
        self.totals += values
        self.powers += values**2
        self.partial += np.outer(values, is_known)
        self.products += np.outer(values, values)
        difference = column[:, None] - column[None, :]
        both = ~np.isnan(difference)
        difference = np.where(both, difference, 0.0)
        self._weigh(difference, both, left)
        self.counts += both
        self.sums += difference
        self.squares += difference**2

    def _weigh(self, difference: Floats, both: Mask, left: int) -> None:
        """What else a rule keeps of an example."""

    def shown(self, left: int) -> tuple[Mask, Mask]:
        """Whether mean(j - i) < 0, and < within, is shown with `left` examples unread."""
        gaps = self.means[:, None] - self.means[None, :]
        if not left:
            return gaps < -ROUNDING * np.abs(self.means).max(), gaps < self.within
        behind, close = self._concluded(left)
        alone = self.counts < self.seen
        if not alone.any():
            return behind, close
        upper = np.where(alone, gaps + self._own_half_width(left), -inf)
        return behind & (upper < 0), close & (upper < self.within)

    @property
    def means(self) -> Floats:
        """Each variant's own mean; 0 without a score, of which `scored` tells."""
        return self.totals / np.maximum(self.scored, 1)

    def _concluded(self, left: int) -> tuple[Mask, Mask]:
        raise NotImplementedError

    def _own_half_width(self, left: int) -> Floats:
        """That of the asymptotic limit for the difference of own means, where each has scores that
        the other lacks.

        The variance is that of k_j (x_j - m_j) t/n_j - the same for i over the t examples seen, k 1
        where scored.
        """
        n, m, t = np.maximum(self.scored, 1), self.means, max(self.seen, 1)
        alone = t / n * (self.powers / n - m**2)
        joint = (
            self.products - self.partial * m - (self.partial * m).T + self.counts * np.outer(m, m)
        )
        variances = np.maximum(
            alone[:, None] + alone[None, :] - 2 * t * joint / np.outer(n, n), 0.0
        )
        width = mixture_width(t, self.error, self.horizon, one_sided=True)
        return np.sqrt(variances * left / (t + left)) * width


class _Mixture(_Pairs):
    """The asymptotic rule, with `IMAGINED` of a pair at the far end of every pair's differences."""

    def _concluded(self, left: int) -> tuple[Mask, Mask]:
        n = np.maximum(self.counts, 1.0)
        t, means, guarded = n + IMAGINED, self.sums / n, self._guarded(n + IMAGINED)
        half = self._spread(t) * mixture_width(t, self.error, self.horizon, one_sided=True)
        unread = left / (t + left)  # share of the pairs: only they can hide a loss
        upper = means + (guarded - means) * unread + half * np.sqrt(unread)
        upper = np.where(self.counts >= FEWEST_PAIRS, upper, inf)
        return upper < 0, upper < self.within

    def _guarded(self, t: Floats) -> Floats:
        """The mean differences with the imagined share of a pair."""
        return (self.sums + IMAGINED * self.width) / t

    def _spread(self, t: Floats) -> Floats:
        """Their standard deviations, `t` the pairs with the imagined share."""
        squares = (self.squares + IMAGINED * self.width**2) / t
        return np.sqrt(np.maximum(squares - self._guarded(t) ** 2, 0.0) * t / (t - 1))


class _Bets(_Pairs):
    """The rigorous rule: capital of bets against mean(j - i) >= 0 and against >= within, kept as
    logarithms.
    """

    def __init__(
        self, variants: int, within: float, error: float, examples: int, width: float
    ) -> None:
        super().__init__(variants, within, error, examples, width)
        self.goal = -log(error)
        self.capital = np.zeros((2, variants, variants))
        self.won = np.zeros((2, variants, variants), dtype=bool)

    def _weigh(self, difference: Floats, both: Mask, left: int) -> None:
        # pairs at most; fewer only make the means under the hypothesis larger
        most = self.counts + left
        fair = (most * np.array([0.0, self.within])[:, None, None] - self.sums) / left
        bet = np.where(both, self._bet(fair, self.examples - left), 0.0)
        with np.errstate(divide="ignore"):
            self.capital += np.log1p(bet * (fair - difference))
        self.won |= (self.capital >= self.goal) | (fair > self.width)

    def _bet(self, fair: Floats, seen: int) -> Floats:
        """One bet for both limits, from what was known before.

        None while the sample lies beyond the limit; where cells are unscored none beyond 0, for the
        pairs to come are then fewer than counted.
        """
        mean = self.sums / (self.counts + 1)
        spread = (
            self.width**2 / 4 + self.squares - 2 * mean * self.sums + self.counts * mean**2
        ) / (self.counts + 1)
        steady = np.sqrt(4 * self.goal / (spread * self.examples))
        bold = (fair[1] - mean) / spread / 2
        bet = np.minimum(
            np.maximum(steady, bold), LARGEST_BET / np.maximum(self.width - fair[0], 1e-12)
        )
        beyond = self.sums > np.where(self.counts < seen, 0.0, self.within * self.counts)
        return np.where(beyond, 0.0, np.maximum(bet, 0.0))

    def _concluded(self, left: int) -> tuple[Mask, Mask]:
        return self.won[0], self.won[1]
