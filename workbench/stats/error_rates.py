"""A pass rate corrected by a critic's error rates: the labelled alternative to `corrected_rate`."""

from math import sqrt
from typing import NoReturn

from workbench.errors import TooFewLabels, WorkbenchError
from workbench.stats.intervals import Interval, normal_quantile


def rogan_gladen(
    rate: float, tnr: float, tpr: float, n: int, m0: int, m1: int, *, level: float = 0.95
) -> Interval:
    """The true pass rate behind a critic's pass rate, given its error rates.

    `rate` of n verdicts, `tnr` from m0 labelled fails, `tpr` from m1 labelled passes, all in 0..1.
    Estimate: (rate + tnr - 1)/ (tnr + tpr - 1) (Rogan and Gladen 1978). Limits (Lang and Reiczigel
    2014; Lee et al., arXiv 2511.21140): with rate adjusted to (n rate + z²/2)/(n + z²), tnr and tpr
    by one row of each kind, th the estimate from these and d = 2z²(th tpr(1-tpr)/(m1+2) - (1-th)
    tnr(1-tnr)/(m0+2)): th + d ± z SE, all clipped to 0..1, and never without the estimate, which
    one label of a kind pulls out of them. Raises WorkbenchError where tnr + tpr is not above 1, or
    where no true rate fits the limits (the critic passes fewer than the fails it would let
    through), TooFewLabels without both kinds of labels, ValueError for a rate that is none. Never
    for another variant than the one labelled: error rates do not carry over. Wider than throwing a
    weak critic away.
    """
    _check_labels(rate, tnr, tpr, n, m0, m1)
    shrunk = _with_one_of_each(tnr, m0), _with_one_of_each(tpr, m1)
    if shrunk[0][0] + shrunk[1][0] <= 1 or tnr + tpr <= 1:
        _refuse("the critic tells pass from fail no better than a coin", tnr, tpr)
    centre, half = _limits(rate, n, *shrunk, normal_quantile(level) ** 2)
    estimate = (rate + tnr - 1) / (tnr + tpr - 1)
    limits = Interval(estimate, min(centre - half, estimate), max(centre + half, estimate))
    if limits.high < 0 or limits.low > 1:
        _refuse("no true rate fits what the critic passed", tnr, tpr)
    return limits.clipped(0, 1)


def _refuse(why: str, tnr: float, tpr: float) -> NoReturn:
    raise WorkbenchError(f"{why} (TPR {tpr:.2f} + TNR {tnr:.2f}): use corrected_rate")


def _check_labels(rate: float, tnr: float, tpr: float, n: int, m0: int, m1: int) -> None:
    if not all(0 <= share <= 1 for share in (rate, tnr, tpr)):
        raise ValueError(f"rate, tnr and tpr lie between 0 and 1, not {rate}, {tnr} and {tpr}")
    if m0 < 1 or m1 < 1 or n < 1:
        raise TooFewLabels(
            f"{m0} labelled fails and {m1} passes: error rates need both; label more answers"
        )


def _limits(
    rate: float, n: int, tnr: tuple[float, float], tpr: tuple[float, float], square: float
) -> tuple[float, float]:
    """Centre and half-width, from rates with their variances and z²."""
    (q0, noise0), (q1, noise1) = tnr, tpr
    p, telling = (n * rate + square / 2) / (n + square), q0 + q1 - 1
    theta = (p + q0 - 1) / telling
    noise = (1 - theta) ** 2 * noise0 + theta**2 * noise1
    half = sqrt(square * (p * (1 - p) / (n + square) + noise)) / telling
    return theta + 2 * square * (theta * noise1 - (1 - theta) * noise0), half


def _with_one_of_each(rate: float, count: int) -> tuple[float, float]:
    """A rate with one more row of each kind, and the variance of it."""
    shrunk = (count * rate + 1) / (count + 2)
    return shrunk, shrunk * (1 - shrunk) / (count + 2)
