"""What luck alone shows: the best of many equal things looks better than the one they are compared
with.
"""

from math import inf, sqrt

from scipy.integrate import quad
from scipy.stats import norm


def best_of_equal(tried: int, spread: float, rows: int) -> float:
    """The gain that the best of `tried` prompts shows on average over the one that they are all
    compared with, where all are equal.

    `spread` is the standard deviation of one paired difference, over `rows` rows that all share;
    the result has its unit. The mean of the largest of normal means (David and Nagaraja 2003, 2.1),
    each prompt's own part being half of a difference's variance. 0 where nothing was tried. Not to
    be taken off a gain: what a gain is worth is read on other rows.
    """
    if tried < 1:
        return 0.0
    if rows < 1 or not spread >= 0:
        raise ValueError(f"luck needs rows and a spread, not {rows} and {spread}")
    return spread / sqrt(2 * rows) * _largest_of(tried)


def _largest_of(count: int) -> float:
    """The mean of the largest of so many standard normal values."""
    found, _ = quad(lambda x: x * count * norm.pdf(x) * norm.cdf(x) ** (count - 1), -inf, inf)
    return found
