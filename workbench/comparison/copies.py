"""Examples that ask the same: copies of one text are one piece of evidence, and not several."""

import numpy as np

from workbench.comparison.scores import Groups, Scores
from workbench.runs import Run
from workbench.store.ledger import row_content

MATERIAL = 1.1  # design effect of copies, from which intervals without it would mislead


def copied(run: Run, scores: Scores) -> Groups | None:
    """What each example asks, where many ask the same as another: as groups, copies widen
    intervals by what they repeat. None where few do: the design effect sum size^2 / n of groups
    whose differences are all the same (Kish 1965) lies below 1.1.
    """
    asked = {each.id: row_content(each.id, each.inputs) for each in run.examples}
    first: dict[bytes | str, str] = {}  # who asks it first stands for all who do
    names = [first.setdefault(asked.get(name, name), name) for name in scores.examples]
    if len(first) == len(names):
        return None
    groups = np.array(names)
    sizes = np.unique(groups, return_counts=True)[1]
    return groups if (sizes**2).sum() >= MATERIAL * len(groups) else None


def repeats(groups: Groups) -> int:
    """How many examples ask what another did before."""
    return len(groups) - len(np.unique(groups))
