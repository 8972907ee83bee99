"""About how many more rows or labels a next look needs, and what all that are left could show
(METHODS 4.3).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from workbench.comparison.evidence import Evidence
from workbench.comparison.kinds import Until
from workbench.comparison.result import Difference, Rest
from workbench.comparison.schedule import Spending, due_after
from workbench.stats.intervals import Floats
from workbench.stats.scale import ROUNDING
from workbench.stats.sizing import LEAST_GROWTH, half_width_at, rows_for_half_width

Further = tuple[int | None, Rest | None]
NOTHING: Further = (None, None)
ENDS = (-1, 1)


def further(evidence: Evidence, challenger: int, found: Difference) -> Difference:
    """With how many more examples (labelled ones, where people decide) could narrow the interval to
    the margin, and, where that is more than there are, what the rest could do; unchanged for
    another cause than width, and where no number would do.
    """
    look, content = evidence.rules.look, evidence.content
    open_by_width = found.cause == "wide interval" and evidence.rules.margin > 0
    if content is None or not open_by_width or look.kind == "ended":
        return found
    if found.corrected:
        more, rest = _labels(evidence, challenger, found)
    elif evidence.rules.groups is None:
        rows = evidence.with_failures[challenger]
        more, rest = _Examples(rows[~np.isnan(rows)], evidence).further()
    else:
        return found  # more rows of the same groups would not do
    return replace(found, more_examples=more, rest=rest)


@dataclass(frozen=True)
class _Examples:
    """Differences that are known, and what a look at more of them may use."""

    rows: Floats
    evidence: Evidence

    def further(self) -> Further:
        known, margin = len(self.rows), self.evidence.rules.margin
        if not known:
            return NOTHING
        left, until = min(self._limits(), default=(math.inf, "dataset"))
        if left == math.inf:
            return self._needed(), None
        rest = Rest(int(left), self._reach(known + int(left)) if left else math.nan, until)
        if rest.half_width <= margin and known + left <= LEAST_GROWTH * known:
            return rest.examples, None
        needed = self._needed()
        if needed is None and not left:
            return NOTHING
        return needed, None if needed is not None and needed <= left else rest

    def _needed(self) -> int | None:
        """At a size where looks are planned, where they are."""
        found = rows_for_half_width(self.rows, ENDS, self.evidence.rules.margin, self._tail_at)
        if found is None:
            return None
        more, content = found.rows - len(self.rows), self.evidence.content
        sizes = self.evidence.rules.look.planned
        examples = content.examples if content else 0
        planned = next((size for size in sizes if size >= examples + more), None)
        return more if planned is None else planned - examples

    def _limits(self) -> Iterator[tuple[float, Until]]:
        """Examples that a later look could add, by what ends them."""
        content, planned = self.evidence.content, self.evidence.rules.look.planned
        if content is None:
            return
        if content.available is not None:
            yield max(0, content.available - content.examples), "dataset"
        if planned:
            yield max(0, planned[-1] - content.examples), "last planned look"

    def _reach(self, rows: int) -> float:
        return half_width_at(self.rows, ENDS, rows, self._tail_at)

    def _tail_at(self, rows: int) -> float:
        """What a challenger may use at a next look at so many of its rows."""
        content, among = self.evidence.content, self.evidence.among
        scored = content.scored if content else len(self.rows)
        return self._following.at(round(rows * scored / len(self.rows))) / among

    @property
    def _following(self) -> Spending:
        return self.evidence.rules.look.following


def _labels(evidence: Evidence, challenger: int, found: Difference) -> Further:
    """About how many more labels: the interval narrows with their root, at the tail of the next
    look at labels, which is due at certain numbers only.
    """
    half = evidence.scores.scale.turned(found.interval).half_width
    if not half < 1 - ROUNDING:
        return NOTHING
    pairs = evidence.labels.shared(challenger, evidence.base, None)
    half *= _widened(evidence)
    needed = pairs * (half / evidence.rules.margin) ** 2
    more = _first_due(needed - ROUNDING, pairs) - pairs
    left = max(0, int((~np.isnan(evidence.judged[challenger])).sum()) - pairs)
    if more <= left:
        return more, None
    reach = half * math.sqrt(pairs / (pairs + left)) if left else math.nan
    return more, Rest(left, reach, "all labelled")


def _first_due(needed: float, labels: int) -> int:
    """The first number of labels at which a look is due and that is enough."""
    due = labels
    while due == labels or due < needed:
        due = due_after({"scored": 0, "labels": due}, ()) or due
    return due


def _widened(evidence: Evidence) -> float:
    """How many times as wide an interval is at the tail of the next look, nearly."""
    look, content = evidence.rules.look, evidence.content
    then = look.following.at(content.scored) if content else look.tail
    now, then = (tail / evidence.among for tail in (look.tail, then))
    return float(ndtri(then) / ndtri(now)) if then > 0 and now > 0 else 1.0
