# pyright: strict, reportMissingTypeStubs=false
"""The money of hosted and own servers in many draws: from which rate own ones pay, and how sure
that is.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from workbench.printing import printed
from workbench.stats.intervals import Floats, Interval
from workbench.stats.saw_tooth import BreakEven, HostedCost, OwnCost, Spreads, break_even, drawn

SURE = 0.95  # share of the draws from which something is said without "if at all"
RATES = (5.0, 95.0)  # percent of the draws between which a rate is said to lie
BAND = (2.5, 97.5)  # percent, of costs
DRAWS = 4000
FAR = 10.0  # times the first rate: from there on "never dearer" is no rate to plan with
Z = float(ndtri(0.975))

Pays = Literal["from a rate", "perhaps", "never"]
Cheaper = Literal["own", "hosted", "not shown", "unknown"]


@printed
@dataclass(frozen=True)
class Cost:
    """Dollars per 1,000 requests of both ways at a mean rate, with 95 % of the draws, the servers
    that it takes, and the share of the draws in which own ones are cheaper.
    """

    rate: float
    servers: int
    hosted: Interval
    own: Interval
    own_cheaper: float

    @property
    def reading(self) -> Cheaper:
        if self.own_cheaper >= SURE:
            return "own"
        return "hosted" if self.own_cheaper <= 1 - SURE else "not shown"

    def __repr__(self) -> str:
        costs = f"hosted ${self.hosted.estimate:.3g}, own ${self.own.estimate:.3g}"
        return f"Cost at {self.rate:g} requests a second: {costs} per 1,000"


@dataclass(frozen=True)
class Weighed:
    """What hosted and own servers cost, each amount as stated and in `draws` seeded draws.

    `quality` is the own model's difference to the hosted one, a share of the scale (NaN: not
    known): draws of it below `-margin` are draws in which no rate pays.
    """

    hosted: HostedCost
    own: OwnCost
    quality: Interval
    margin: float
    spreads: Spreads = field(default_factory=Spreads)
    draws: int = DRAWS
    seed: int = 0

    @cached_property
    def even(self) -> BreakEven:
        """The break-even rates by the amounts as stated."""
        return break_even(self.hosted.per_1000, self.own)

    @cached_property
    def _drawn(self) -> tuple[Floats, OwnCost]:
        """Dollars per 1,000 hosted, and what own servers take, in every draw."""
        hosted, own = drawn(self.hosted, self.own, self.spreads, self.draws, self.seed)
        return hosted.per_1000, own

    @cached_property
    def _good(self) -> NDArray[np.bool_]:
        """The draws in which the own model is good enough."""
        found = self.quality
        if math.isnan(found.estimate):
            return np.ones(self.draws, dtype=bool)
        z = np.random.default_rng([self.seed, 1]).standard_normal(self.draws)
        up, down = (found.high - found.estimate) / Z, (found.estimate - found.low) / Z
        return found.estimate + z * np.where(z > 0, up, down) >= -self.margin

    @cached_property
    def rates(self) -> BreakEven:
        """Break-even rates in every draw, NaN where no rate pays or the answers are too bad."""
        first, lasting = break_even(*self._drawn)
        good = self._good
        return BreakEven(np.where(good, first, np.nan), np.where(good, lasting, np.nan))

    @property
    def never(self) -> float:
        """The share of the draws in which no rate pays."""
        return float(self.rates.none.mean())

    @property
    def never_for_quality(self) -> float:
        """The share of the draws in which the own model's answers are worse by the margin."""
        return float(1 - self._good.mean())

    @cached_property
    def first(self) -> Interval:
        """The first rate at which own servers are cheaper, with 90 % of the draws that have one."""
        return _between(self.even.first, self.rates.first)

    @cached_property
    def lasting(self) -> Interval:
        """The rate from which on they are never dearer, in the same way."""
        return _between(self.even.lasting, self.rates.lasting)

    @property
    def pays(self) -> Pays:
        """Whether there is a rate from which own servers are cheaper."""
        if self.never >= SURE:
            return "never"
        return "from a rate" if self.never <= 1 - SURE else "perhaps"

    @property
    def lasts(self) -> bool:
        """Whether the rate from which on they are never dearer is near enough to be told."""
        return self.lasting.high <= FAR * self.first.high

    def at(self, rate: float) -> Cost:
        """What both cost at a mean rate."""
        hosted, own = self._drawn
        costs = own.per_1000(rate)
        return Cost(
            rate,
            int(self.own.servers(rate)),
            _band(self.hosted.per_1000, hosted),
            _band(self.own.per_1000(rate), costs),
            float(((costs < hosted) & self._good).mean()),
        )

    def limits(self, rate: float, *, own: bool, tail: float) -> Interval:
        """Dollars per 1,000 requests of one way at a mean rate, with the draws but for `tail` on
        either side.
        """
        hosted, served = self._drawn
        draws, side = (served.per_1000(rate), self.own.per_1000(rate)) if own else (
            hosted, self.hosted.per_1000
        )  # fmt: skip
        low, high = np.quantile(draws, (tail, 1 - tail))
        return Interval(float(side), float(low), float(high))

    def band(self, rates: Floats) -> tuple[Floats, Floats]:
        """Between what 95 % of the draws of own servers' cost lie at each rate."""
        _, own = self._drawn
        costs = [_band(self.own.per_1000(rate), own.per_1000(rate)) for rate in rates.tolist()]
        return np.array([each.low for each in costs]), np.array([each.high for each in costs])


def _between(stated: Floats, draws: Floats) -> Interval:
    known = draws[~np.isnan(draws)]
    if not len(known):
        return Interval(math.nan, math.nan, math.nan)
    low, high = np.percentile(known, RATES)
    return Interval(float(stated), float(low), float(high))


def _band(stated: Floats, draws: Floats) -> Interval:
    low, high = np.percentile(draws, BAND)
    return Interval(float(stated), float(low), float(high))
