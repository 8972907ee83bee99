# pyright: strict, reportMissingTypeStubs=false
"""Which models are good enough in place of another: not worse by a margin, paired by example, all
of them at once (METHODS 6.5).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from workbench.comparison import Comparison
from workbench.comparison.bounding import contradicted, difference_limits, doubt, least_tail
from workbench.comparison.evidence import LABELS_DECIDE, Evidence, Rules, gather
from workbench.comparison.kinds import Decider
from workbench.printing import printed
from workbench.stats.claiming import GATE_ERROR, adequate
from workbench.stats.intervals import Interval
from workbench.words import between, signed

COVERED = 0.8  # share of rows that must have a score
TAIL = 0.025  # of the limits that are shown


@printed
@dataclass(frozen=True)
class Fit:
    """A model in place of the hosted one: its difference to it, as a share of the scale, above 0 is
    better, and whether that is shown to be no worse than the margin.

    `p` is one-sided, of "worse by the margin". `doubt` says why nothing may be concluded.
    """

    variant: str
    model: str
    difference: Interval
    p: float
    adequate: bool
    by: Decider
    doubt: str = ""

    @property
    def in_points(self) -> str:
        """The difference: −1.3, −4.4 to 1.8."""
        found = self.difference
        return f"{signed(found.estimate)}, {between(found.low, found.high)}"

    def __repr__(self) -> str:
        if self.doubt:
            return f"Fit: nothing may be concluded of {self.variant}, for {self.doubt}"
        shown = "is" if self.adequate else "is not shown to be"
        return f"Fit: {self.variant} {shown} good enough ({self.in_points})"


def fits(
    choice: Comparison, hosted: str, own: Sequence[str], margin: float, *, in_order: bool
) -> tuple[Fit, ...]:
    """The variants in place of the hosted one, in the order given."""
    found = list(_each(choice, hosted, own, margin))
    shown = adequate([each.p for each in found], GATE_ERROR, in_order=in_order)
    return tuple(replace(each, adequate=ok) for each, ok in zip(found, shown, strict=True))


def _each(choice: Comparison, hosted: str, own: Sequence[str], margin: float) -> Iterator[Fit]:
    evidence = _evidence(choice, hosted, margin)
    models = {key.name: key.model for key in choice.run.variants}
    for name in own:
        variant = evidence.scores.index(name)
        limits, by = difference_limits(evidence, variant), evidence.decider(variant)
        against = doubt(evidence, variant, by) or contradicted(choice, by)
        p = 1.0 if against else least_tail(limits, lambda found: found.low > -margin)
        yield Fit(name, models[name], limits(TAIL), p, False, by, against)


def _evidence(choice: Comparison, hosted: str, margin: float) -> Evidence:
    """What the comparison decided from, against the hosted variant."""
    asked, gold = choice.settings, choice.gold.check if choice.gold else None
    people = asked.get("labels_decide", LABELS_DECIDE) if asked.get("labels", True) else math.inf
    rules = Rules.uncounted(margin, choice.level, asked.get("coverage", COVERED), people)
    cluster = asked.get("cluster")
    return gather(choice.run, choice.critic, hosted, rules, cluster=cluster, gold=gold)
