# pyright: strict
"""What groups the rows of a gate where neither its requirements nor the comparison name a tag."""

import numpy as np

from workbench import words
from workbench.comparison import Comparison
from workbench.comparison.evidence import Rules, gather
from workbench.comparison.grouping import Grouping, grouped_by
from workbench.comparison.scores import Groups, per_example
from workbench.requirements.lines import Requirements

INDEPENDENT = "none"  # as a cluster: every example is a piece of evidence of its own


def grouping_of(choice: Comparison, variant: str, kinds: list[str]) -> Grouping | None:
    """The column by which the deciding scores of a variant, less the baseline's, go together; none
    of a run of the baseline alone, asked again.
    """
    if variant not in {name for key in choice.run.variants for name in (key.name, key.prompt)}:
        return None
    gold = choice.gold.check if choice.gold else None
    rules = Rules.uncounted(choice.margin, choice.level, 0.0)
    found = gather(choice.run, choice.critic, choice.baseline, rules, cluster=None, gold=gold)
    place = found.scores.index(variant)
    own = found.scores.scale.merit(per_example(found.deciding.failures_as_worst)[place])
    rows = own if place == found.base else found.with_failures[place]
    return grouped_by(choice.run, found.scores.examples, rows, kinds)


def kinds_of(requirements: Requirements, *names: str) -> list[str]:
    """Tags that part rows into kinds, each of which has a line or a share of its own."""
    return [*names, *(line.tag for line in requirements.lines if line.tag)]


def in_groups(grouping: Grouping | None, groups: Groups | None) -> str:
    """In how many groups examples come, where nobody named what groups them; or what may group
    them, and is not counted.
    """
    if grouping is not None and not grouping.shown:
        return f", if those of one {grouping.name} do not go together, which they may"
    if grouping is None or groups is None:
        return ""
    return f" in {words.count(len(np.unique(groups)), 'group')} by {grouping.name}"
