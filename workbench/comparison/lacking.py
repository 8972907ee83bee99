"""Scores that one side lacks more often than chance has it: then what is missing may be its bad
answers (a prompt that times out where it would have been wrong), and the rows left flatter it.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.comparison.evidence import Evidence
from workbench.comparison.scores import Scores, per_example
from workbench.stats.claiming import Reading, reading
from workbench.stats.contradicting import CONTRADICTING, sign_test
from workbench.stats.intervals import Floats
from workbench.stats.paired import Decision


def lacks_more(scores: Scores, challenger: int, base: int) -> int | None:
    """The variant that lacks scores more often than the other, by the exact sign test over their
    examples; None where chance may have it.
    """
    lost = _lost(scores).sum(axis=-1)
    more = (lost[challenger] - lost[base]).astype(float)
    if sign_test(more) < CONTRADICTING:
        return challenger
    return base if sign_test(-more) < CONTRADICTING else None


def lacking(scores: Scores, variant: int) -> int:
    """How many examples of a variant lack a score, its own failures aside."""
    return int(_lost(scores)[variant].any(axis=-1).sum())


def at_worst(evidence: Evidence, challenger: int) -> Floats | None:
    """The challenger minus the baseline per example, with the worst for what one side lacks more
    often; None where chance may have it, or people's labels decide, which have rules of their own.
    """
    scores, base = evidence.deciding, evidence.base
    if evidence.decider(challenger) == "labels":
        return None
    side = lacks_more(scores, challenger, base)
    if side is None:
        return None
    filled = filled_at_worst(scores, side)
    return scores.scale.turned(per_example(filled[challenger]) - per_example(filled[base]))


def filled_at_worst(scores: Scores, side: int) -> Floats:
    """All scores, failures at the bad end, and what one variant lacks at the worst."""
    filled = scores.failures_as_worst.copy()
    filled[side] = np.where(_lost(scores)[side], scores.scale.worst, filled[side])
    return filled


def undermined(evidence: Evidence, challenger: int, word: Decision) -> bool:
    """Whether one side lacks scores more often, and with the worst for these the limits would not
    show the word.
    """
    rules = evidence.rules
    rows = at_worst(evidence, challenger)
    if rows is None:
        return False
    found = reading(rows[None], rules.tail, rules.groups, evidence.among)
    return denied(word, found, rules.margin)


def denied(word: Decision, found: Reading, margin: float) -> bool:
    """Whether the limits of one challenger do not show a word."""
    return {
        Decision.BETTER: found.low[0] <= 0,
        Decision.WORSE: found.high[0] >= 0,
        Decision.TIE: found.reach[0] > margin,
    }.get(word, False)


def _lost(scores: Scores) -> NDArray[np.bool_]:
    """Rows that are there and have no score, own failures aside."""
    return np.isnan(scores.failures_as_worst) & (scores.row >= 0)
