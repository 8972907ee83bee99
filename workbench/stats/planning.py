"""How many labels, how many examples, and how many labels a critic is worth."""

from dataclasses import dataclass
from math import ceil, inf, isinf, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from workbench.errors import TooFewLabels
from workbench.stats.intervals import Interval, complete, normal_quantile, proper_share, scores
from workbench.stats.ratings import correlation, ends_of, z_interval

FEWEST = 5  # labels from which a correlation says anything


def labels_needed(
    half_width: float, *, sd: float, rho: float = 0.0, level: float = 0.95, unlabelled: float = inf
) -> int:
    """Labels for an interval of ±half_width on a mean that a critic's scores correct.

    n = z² sd² (1 - rho² N/(N + n))/h²: `sd` of the labels (sqrt(p(1-p)) for a rate, of the
    differences for a comparison), `rho` their correlation with the critic, N = `unlabelled` rows
    with a critic score. p .87 at ±.10 takes 44, p .5 97. Plan on the lower limit of rho
    (`label_value`), and again after 15 to 20 labels: no gain is real under |rho| of about 1/sqrt(n
    - 2).
    """
    if half_width <= 0 or sd < 0 or abs(rho) > 1:
        raise ValueError("half_width must be positive, sd not negative, rho within -1..1")
    alone = (normal_quantile(level) * sd / half_width) ** 2
    if isinf(unlabelled):
        return max(1, ceil(alone * (1 - rho**2) - 1e-9))
    lead = unlabelled - alone
    return max(1, ceil((sqrt(lead**2 + 4 * alone * unlabelled * (1 - rho**2)) - lead) / 2 - 1e-9))


def expected_half_width(
    labels: int, *, sd: float, rho: float = 0.0, level: float = 0.95, unlabelled: float = inf
) -> float:
    """The half-width that `labels` would give: the inverse of `labels_needed`, same arguments and
    limits.

    Not a result: the labels that come have their own spread.
    """
    share = 1.0 if isinf(unlabelled) else unlabelled / (unlabelled + labels)
    return normal_quantile(level) * sd * sqrt((1 - rho**2 * share) / labels)


def examples_for_power(
    difference: float, *, sd: float, level: float = 0.95, power: float = 0.8
) -> int:
    """Examples so that a paired difference of that size is shown with probability `power`.

    n = (z_{level} + z_{power})² sd²/difference², sd of the paired differences; .3 at sd 1 takes 88.
    For planning a first run; never after seeing an effect (`more_examples` goes by the width).
    """
    if not difference:
        raise ValueError(
            "a difference of 0 takes endless examples: name the smallest one that matters"
        )
    z = normal_quantile(level) + float(ndtri(proper_share(power, "power")))
    return ceil((z * sd / difference) ** 2)


@dataclass(frozen=True, slots=True)
class LabelValue:
    """What a critic is worth: its correlation with labels, the share of labels that saves, the
    labels it adds to n.
    """

    rho: Interval
    saving: Interval
    labels: Interval
    shown: bool


def label_value(
    y: ArrayLike,
    f: ArrayLike,
    unlabelled: int,
    *,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> LabelValue:
    """'This critic is worth k labels': what n labels with its scores of N more rows equal in labels
    alone.

    `y`, `f` `(n,)`, NaN rows leave. saving = rho² N/(N + n), labels k = n/(1 - saving) - n, limits
    from those of rho (Fisher's z); `shown` whether they exclude none, which they do in .01 to .03
    of a critic that knows nothing (|rho| > 1/sqrt(n - 2), the bound of No Free Lunch, arXiv
    2505.20178, is met in .16). Raises TooFewLabels under 5 rows. A negative rho is worth nothing:
    such a critic is upside down. Not from labels of rows picked by their scores: rho is then of
    that pick.
    """
    (people, critic), codes = complete(y, f, clusters=clusters)
    count = len(people)
    if count < FEWEST:
        raise TooFewLabels(
            f"{count} labelled and scored rows: at least {FEWEST} are needed to value a critic"
        )
    ends = [ends_of(people), ends_of(critic)]
    rho = z_interval(correlation, (people, critic), ends, codes, level)
    saving = Interval(*(_saved_share(value, count, unlabelled) for value in rho))
    labels = Interval(*(labels_saved(value, count, unlabelled) for value in rho))
    return LabelValue(rho, saving, labels, shown=bool(labels.low > 0))


def labels_saved(rho: float, labels: int, unlabelled: int) -> float:
    """The labels that a critic of correlation `rho` adds to `labels` of them, with scores of
    `unlabelled` more rows.

    n/(1 - rho² N/(N + n)) - n; none for NaN or a negative rho. Not for a rho estimated from few
    labels: `label_value` gives it with an interval.
    """
    share = _saved_share(rho, labels, unlabelled)
    return labels * share / (1 - share) if share < 1 else inf


def _saved_share(rho: float, labels: int, unlabelled: int) -> float:
    return (
        0.0
        if np.isnan(rho) or rho < 0 or not unlabelled
        else rho**2 * unlabelled / (unlabelled + labels)
    )


def spread(values: ArrayLike) -> float:
    """The standard deviation of pilot labels, n - 1 in the denominator, NaN leaves; refused under
    two. Not for a rate of few labels: all equal, it is 0 and plans none.
    """
    known = scores(values)
    known = known[~np.isnan(known)]
    if len(known) < 2:
        raise TooFewLabels(f"{len(known)} label(s) have no spread: label at least 15 as a pilot")
    return float(known.std(ddof=1))
