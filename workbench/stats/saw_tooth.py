# pyright: strict, reportMissingTypeStubs=false
"""What answers cost at a hosted model and on servers of one's own, and from which rate on the own
ones are cheaper.

Formulas of METHODS 6.5. Every amount may be one number or draws of it, an array; rates are means in
requests a second, money is US dollars. Servers come whole, so their cost per request is a saw-tooth
over the rate, and it may cross the hosted price more than once.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.stats.intervals import Floats

Amount = float | Floats

HOURS_A_MONTH = 730.0
REQUESTS_AN_HOUR = 3.6  # thousands, of one request a second
WHOLE = 1e-9  # how far above a whole number of servers still is that number


@dataclass(frozen=True)
class HostedCost:
    """What a hosted model takes for a request: tokens and dollars per million of them.

    `cached` is the share of the tokens in that are read from its cache, `discount` by how much
    these are cheaper, `retries` how many further attempts are billed per request.
    """

    tokens_in: Amount
    tokens_out: Amount
    price_in: Amount
    price_out: Amount
    cached: float = 0.0
    discount: float = 0.0
    retries: float = 0.0

    @property
    def per_1000(self) -> Floats:
        """Dollars per 1,000 requests."""
        paid_in = np.asarray(self.tokens_in * self.price_in) * (1 - self.cached * self.discount)
        return (paid_in + self.tokens_out * self.price_out) / 1000 * (1 + self.retries)


@dataclass(frozen=True)
class OwnCost:
    """What servers of one's own take.

    One carries `carries` requests a second at most, is used to the share `utilisation` of that in
    the peak, and costs `server_hour` dollars an hour; the peak has `peak` times the mean rate.
    `fixed` dollars a month come on top, and `at_least` servers always run.
    """

    carries: Amount
    server_hour: Amount
    utilisation: Amount
    peak: Amount = 1.0
    fixed: float = 0.0
    at_least: int = 1

    @property
    def each(self) -> Floats:
        """The mean rate that one server is planned for."""
        return np.asarray(self.carries * self.utilisation / self.peak, dtype=float)

    def servers(self, rate: Amount) -> Floats:
        """How many are needed at a mean rate."""
        return np.maximum(np.ceil(rate / self.each - WHOLE), self.at_least)

    def per_1000(self, rate: Amount) -> Floats:
        """Dollars per 1,000 requests at a mean rate."""
        an_hour = self.servers(rate) * self.server_hour + self.fixed / HOURS_A_MONTH
        return an_hour / (np.asarray(rate) * REQUESTS_AN_HOUR)


class BreakEven(NamedTuple):
    """The first rate at which own servers are cheaper, and the one from which on they are never
    dearer; NaN where there is none.
    """

    first: Floats
    lasting: Floats

    @property
    def none(self) -> NDArray[np.bool_]:
        return np.isnan(self.first)


def break_even(hosted_per_1000: Amount, own: OwnCost) -> BreakEven:
    """Where the saw-tooth of own servers lies below a hosted price.

    n servers cost that price at the rate x(n) = (n server_hour + fixed)/(3.6 price), on the tooth
    that ends at n times what each is planned for. With d = 3.6 price each - server_hour > 0 the
    first n whose tooth reaches x(n) is fixed/d rounded up; the last whose tooth begins below x(n)
    is the greatest below (fixed + 3.6 price each)/d. With d <= 0 no tooth reaches the price. Not
    for servers that come and go with the load: here each runs all the time.
    """
    hour, fixed = own.server_hour, own.fixed / HOURS_A_MONTH
    price = REQUESTS_AN_HOUR * np.asarray(hosted_per_1000, dtype=float)
    gain = price * own.each - hour
    pays = gain > 0
    gain = np.where(pays, gain, np.nan)
    first = np.maximum(np.ceil(fixed / gain - WHOLE), own.at_least)
    last = np.maximum(np.ceil((fixed + price * own.each) / gain - WHOLE) - 1, own.at_least)
    rates = ((n * hour + fixed) / np.where(pays, price, np.nan) for n in (first, last))
    return BreakEven(*rates)


@dataclass(frozen=True)
class Spreads:
    """How uncertain amounts are that nobody measured better: standard deviations of their
    logarithms, and `uses`, how many observations a stated utilisation is worth.
    """

    prices: float = 0.25
    throughput: float = 0.08
    peak: float = 0.20
    tokens_in: float = 0.05
    tokens_out: float = 0.08
    uses: float = 22.0


def drawn(
    hosted: HostedCost, own: OwnCost, spreads: Spreads, draws: int, seed: int
) -> tuple[HostedCost, OwnCost]:
    """Both costs in `draws` draws: amounts lognormal with the stated one as their median, the
    utilisation beta with it as its mean, and no peak below the mean rate.
    """
    random = np.random.default_rng(seed)

    def around(amount: Amount, spread: float) -> Floats:
        return amount * np.exp(spread * random.standard_normal(draws))

    asked = replace(
        hosted,
        tokens_in=around(hosted.tokens_in, spreads.tokens_in),
        tokens_out=around(hosted.tokens_out, spreads.tokens_out),
        price_in=around(hosted.price_in, spreads.prices),
        price_out=around(hosted.price_out, spreads.prices),
    )
    served = replace(
        own,
        server_hour=around(own.server_hour, spreads.prices),
        carries=around(own.carries, spreads.throughput),
        peak=np.maximum(around(own.peak, spreads.peak), 1.0),
        utilisation=_used(own.utilisation, spreads.uses, random, draws),
    )
    return asked, served


def _used(share: Amount, uses: float, random: np.random.Generator, draws: int) -> Floats:
    """A utilisation of 1 leaves nothing to draw."""
    mean = float(share)
    if mean >= 1:
        return np.ones(draws)
    return random.beta(uses * mean, uses * (1 - mean), draws)
