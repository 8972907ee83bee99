# pyright: strict, reportMissingTypeStubs=false
"""Whether users were dealt into arms as planned: evidence that may be looked at every day."""

from math import log

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln

from workbench.stats.intervals import Floats, proper_share

WEIGHT = 1000.0  # users that the prior around the planned share is worth
ALARM = log(1000)


def ratio_evidence(
    baseline: ArrayLike, challenger: ArrayLike, share: float = 0.5, *, weight: float = WEIGHT
) -> Floats:
    """ln Bayes factor against the challenger's planned `share`, given users of each arm `(looks,)`.

    Beta(k p, k (1 - p)) around p against p itself, k = `weight`. Above `ALARM` it is one, at any
    look: under the plan in at most 1 of 1,000 releases (measured .0002), where a chi-square at .001
    every day has .0065. A share of .53 is found by 10,000 users in .97 (METHODS 6.2; Lindon and
    Malek 2022).
    """
    proper_share(share, "share")
    a, b = weight * share, weight * (1 - share)
    there, here = np.asarray(challenger, float), np.asarray(baseline, float)
    found = betaln(a + there, b + here) - betaln(a, b)
    return found - there * log(share) - here * log(1 - share)
