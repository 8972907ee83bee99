"""A pass rate corrected by a critic's error rates: the labelled alternative to `corrected_rate`."""

from math import ceil, sqrt

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
    tnr(1-tnr)/(m0+2)): th + d ± z SE, all clipped to 0..1. Raises WorkbenchError where tnr + tpr is
    not above 1, TooFewLabels without both kinds of labels. Never for another variant than the one
    labelled: error rates do not carry over. Wider than throwing a weak critic away.
    """
    if m0 < 1 or m1 < 1 or n < 1:
        raise TooFewLabels(
            f"{m0} labelled fails and {m1} passes: error rates need both; label more answers"
        )
    square = normal_quantile(level) ** 2
    p, q0, q1 = (
        (n * rate + square / 2) / (n + square),
        (m0 * tnr + 1) / (m0 + 2),
        (m1 * tpr + 1) / (m1 + 2),
    )
    telling = q0 + q1 - 1
    if telling <= 0 or tnr + tpr <= 1:
        raise WorkbenchError(
            f"the critic tells pass from fail no better than a coin (TPR {tpr:.2f} + TNR {tnr:.2f}): use corrected_rate"
        )
    theta = (p + q0 - 1) / telling
    noise0, noise1 = q0 * (1 - q0) / (m0 + 2), q1 * (1 - q1) / (m1 + 2)
    shift = 2 * square * (theta * noise1 - (1 - theta) * noise0)
    error = (
        sqrt(p * (1 - p) / (n + square) + (1 - theta) ** 2 * noise0 + theta**2 * noise1) / telling
    )
    half = sqrt(square) * error
    estimate = (rate + tnr - 1) / (tnr + tpr - 1)
    return Interval(estimate, theta + shift - half, theta + shift + half).clipped(0, 1)


def error_rate_labels(
    labels: int, rate: float, tnr: float, tpr: float, pilot: int
) -> tuple[int, int]:
    """How to part `labels` between critic fails and passes, `(m0, m1)`, for the narrowest
    `rogan_gladen`.

    m1 = m/(1 + (1/rate - 1) sqrt(k)), k = (pilot (1 - tnr) + 1)/(pilot (1 - tpr) + 1), from a pilot
    of `pilot` labels a kind (Lee et al., arXiv 2511.21140). Not for `corrected_rate`, which needs a
    uniform sample.
    """
    if not 0 < rate < 1:
        raise ValueError(f"rate must lie between 0 and 1, not {rate}")
    ratio = (pilot * (1 - tnr) + 1) / (pilot * (1 - tpr) + 1)
    passes = min(labels, ceil(labels / (1 + (1 / rate - 1) * sqrt(ratio))))
    return labels - passes, passes
