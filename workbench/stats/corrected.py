"""Temporary: until the other's lands."""

from dataclasses import dataclass
from math import sqrt

from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from workbench.stats import correction as c


@dataclass(frozen=True, slots=True)
class Corrected:
    estimate: float
    error: float
    degrees: float
    labels: int

    def limits(self, tail: float) -> tuple[float, float]:
        half = -float(stdtrit(self.degrees, tail)) * self.error
        return self.estimate - half, self.estimate + half

    def p_at_most(self, m: float) -> float:
        return float(stdtr(self.degrees, -(self.estimate - m) / self.error))

    def p_at_least(self, m: float) -> float:
        return float(stdtr(self.degrees, (self.estimate - m) / self.error))


def corrected_share(
    y: ArrayLike, f: ArrayLike, rest: ArrayLike, *, clusters: ArrayLike | None = None
) -> Corrected:
    rows = c._labelled(y, f, rest, clusters)
    spread = c._spread(rows, (-1.0, 1.0), 1.0)
    least = c.LEAST_RESIDUAL * spread.labels / len(rows.y)
    variance = c.replace(spread, residual=max(spread.residual, least)).variance(
        len(rows.y) - spread.fitted
    )
    return Corrected(
        c._estimate(rows), sqrt(variance), max(rows.units - spread.fitted, 1), len(rows.y)
    )
