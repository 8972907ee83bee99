"""Signs that a variant plays the critic instead of the task, from plain numbers of its outputs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.intervals import scores

FEWEST = 5  # outputs from which sameness is a sign


@dataclass(frozen=True, slots=True)
class Sameness:
    """How alike a variant's outputs are over examples; `constant` is a reason to read them, not a
    proof.
    """

    outputs: int
    distinct: int
    commonest_share: float
    length_spread: float
    constant: bool


def sameness(codes: ArrayLike, lengths: ArrayLike) -> Sameness:
    """Constant and duplicate outputs across examples.

    `codes` `(n,)` a number per distinct output (NaN: no output), `lengths` `(n,)` in characters or
    tokens. constant: from 5 outputs on, all the same, or all of one length and over half of them
    the same. A null model that answers one string won AlpacaEval 2 against 57 others. Expected in
    tasks with few possible answers: hold against what the labels would give.
    """
    known = scores(codes)
    keep = ~np.isnan(known)
    known, length = known[keep], scores(lengths)[keep]
    if not len(known):
        return Sameness(0, 0, float("nan"), float("nan"), False)
    counts = np.unique(known, return_counts=True)[1]
    share, spread = float(counts.max() / len(known)), float(length.std())
    alike = len(counts) == 1 or (spread == 0 and share > 0.5 and len(counts) < len(known) / 2)
    return Sameness(
        len(known), len(counts), share, spread, constant=bool(len(known) >= FEWEST and alike)
    )
