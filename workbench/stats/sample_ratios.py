# pyright: strict, reportMissingTypeStubs=false
"""Whether users were dealt into arms as planned: evidence that may be looked at every day."""

from math import log

from scipy.special import betaln

from workbench.stats.intervals import proper_share

WEIGHT = 1000.0  # users that the prior around the planned share is worth
ALARM = log(1000)


def ratio_evidence(
    baseline: float, challenger: float, share: float = 0.5, *, weight: float = WEIGHT
) -> float:
    """ln Bayes factor against the challenger's planned `share`, given users of each arm.

    Beta(k p, k (1 - p)) around p against p itself, k = `weight`. Above `ALARM` it is one, at any
    look: under the plan in at most 1 of 1,000 releases (measured .0002), where a chi-square at .001
    every day has .0065. A share of .53 is found by 10,000 users in .97 (METHODS 6.2; Lindon and
    Malek 2022).
    """
    proper_share(share, "share")
    a, b = weight * share, weight * (1 - share)
    found = betaln(a + challenger, b + baseline) - betaln(a, b)
    return float(found - challenger * log(share) - baseline * log(1 - share))
