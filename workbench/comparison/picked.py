"""Labels that chance did not choose: what they say holds of the labelled answers alone, so that
they may contradict a word and never decide one (METHODS 4.6). And those that are the critic's own
word again.
"""

import numpy as np

from workbench.comparison.scores import Labels
from workbench.stats.contradicting import p_drawn
from workbench.stats.intervals import Floats

HARDLY = 0.001  # p under which a draw is not believed
MANY = 30  # labels from which it is odd that all say what the critic says
MOST_OUTDATED = 0.1  # of what was labelled may lie on answers that changed since
MOST_IN_SIGHT = 0.1  # of the labels may have been given with the critic's score in sight


def are_picked(labels: Labels, *variants: int) -> bool:
    """Whether other than chance chose what was labelled of a variant, or of both of a pair: as the
    labels say, or as the critic's scores of it show, so unlike those of the rest that chance would
    hardly have chosen them (the wins of one side, say, or answers that are the same on both).
    """
    score = labels.scores_with_failures[list(variants)]
    rows = np.flatnonzero(~np.isnan(score).any(axis=0))
    known = ~np.isnan(labels.given(*variants)[:, rows]).any(axis=0)
    stated = labels.came.picked > 0
    return stated or p_drawn(known, _marks(score[:, rows])) < HARDLY


def outdated(labels: Labels, *variants: int) -> int:
    """How many examples were labelled by other answers than those of a variant (or pair) now, where
    they are more than a few: then its labels are those of the answers that an edit left as they
    were, and no draw of all; else 0.
    """
    lost = labels.replaced(*variants)
    kept = int((~np.isnan(labels.given(*variants)).any(axis=0)).sum())
    return lost if lost > MOST_OUTDATED * (lost + kept) else 0


def _marks(scores: Floats) -> list[np.ndarray]:
    """What the critic makes of answers `(1, n)`: better and worse than most; of pairs `(2, n)`
    also either side ahead, and further apart than most.
    """
    sums = scores.sum(axis=0)
    marks = [sums > np.median(sums), sums < np.median(sums)] if len(sums) else []
    if len(scores) == 2 and len(sums):
        apart = scores[0] - scores[1]
        marks += [apart > 0, apart < 0, np.abs(apart) > np.median(np.abs(apart))]
    return marks


def are_the_critics(labels: Labels) -> bool:
    """Whether labels are no word apart from the critic's: more than a few given with its score in
    sight, or such that every one repeats it and nobody wrote down how they came about.
    """
    came = labels.came
    return came.in_sight > MOST_IN_SIGHT * came.given or bool(came.unrecorded and echoed(labels))


def echoed(labels: Labels) -> int:
    """How many labels there are, where they are many, on both sides of the scale, and every one
    says what the critic says; else 0.
    """
    known = ~np.isnan(labels.label + labels.score)
    label, score, scale = labels.label[known], labels.score[known], labels.scale
    if len(label) < MANY or np.ptp(label) == 0:
        return 0
    same = scale.passes(label) == scale.passes(score) if labels.binary else label == score
    return len(label) if same.all() else 0
