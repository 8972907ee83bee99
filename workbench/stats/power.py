"""What a claim on a number of rows can find, before any of them was looked at."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, xlog1py, xlogy

from workbench.stats.bounded import p_mean_at_most
from workbench.stats.intervals import Floats, proper_share

NEGLIGIBLE = 1e-7  # chance of an outcome that is left out


class Gain(NamedTuple):
    """A gain to find: right answers go from `base` to `better`, and on the share `alike` of the
    rows one draw decides both answers.
    """

    base: float = 0.70
    better: float = 0.85
    alike: float = 0.5

    @property
    def chances(self) -> tuple[float, float]:
        """That one row is won, and that one is lost."""
        apart = 1 - self.alike
        won = self.alike * (self.better - self.base) + apart * self.better * (1 - self.base)
        return won, apart * self.base * (1 - self.better)


def chance_to_show(rows: int, tail: float, gain: Gain | None = None) -> float:
    """The chance that the bound of METHODS 4.1 calls a true gain of right answers better at a
    one-sided `tail`: summed over all numbers of rows won and lost.
    """
    if rows < 1:
        raise ValueError(f"a claim needs rows, not {rows}")
    proper_share(tail, "tail")
    won, lost = (gain or Gain()).chances
    wins, losses, chance = _outcomes(rows, won, lost)
    kinds = np.broadcast_to([1.0, 0.0, -1.0], (len(wins), 3))
    counts = np.stack([wins, rows - wins - losses, losses], axis=1).astype(float)
    p = p_mean_at_most(np.where(counts > 0, kinds, np.nan), 0, -1, counts)
    return float(chance[p < tail].sum())


def _outcomes(rows: int, won: float, lost: float) -> tuple[Floats, Floats, Floats]:
    """Rows won and lost, and the chance of each such outcome, the hardly possible left out."""
    wins, losses = np.meshgrid(_likely(rows, won), _likely(rows, lost), indexing="ij")
    wins, losses = (each[wins + losses <= rows] for each in (wins, losses))
    chance = _binomial(wins, rows, won) * _binomial(losses, rows - wins, lost / (1 - won))
    kept = chance > NEGLIGIBLE
    return wins[kept], losses[kept], chance[kept]


def _binomial(hits: Floats, of: ArrayLike, share: float) -> Floats:
    """The chance of so many hits."""
    ways = gammaln(np.add(of, 1)) - gammaln(hits + 1) - gammaln(np.subtract(of, hits) + 1)
    return np.exp(ways + xlogy(hits, share) + xlog1py(np.subtract(of, hits), -share))


def _likely(rows: int, share: float) -> Floats:
    """Numbers of rows within seven standard deviations of the mean one."""
    reach = 7 * np.sqrt(rows * share * (1 - share)) + 7
    low, high = max(0.0, rows * share - reach), min(float(rows), rows * share + reach)
    return np.arange(np.floor(low), np.ceil(high) + 1)
