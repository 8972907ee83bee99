"""About how many more rows or labels a next look needs, and what all that are left could show
(METHODS 4.3).
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from workbench.comparison.evidence import Evidence
from workbench.comparison.kinds import Until
from workbench.comparison.result import Difference, Rest
from workbench.comparison.schedule import Spending, due_after
from workbench.stats.intervals import Floats
from workbench.stats.scale import ROUNDING
from workbench.stats.sizing import LEAST_GROWTH, Needed, half_width_at, rows_for_half_widths

Further = tuple[int | None, Rest | None]
NOTHING: Further = (None, None)
ENDS = (-1, 1)


def further(evidence: Evidence, found: Mapping[int, Difference]) -> dict[int, Difference]:
    """Every challenger's difference with how many more examples (labelled ones, where people
    decide) could narrow its interval to the margin, and, where that is more than there are, what
    the rest could do; unchanged for another cause than width, and where no number would do.
    """
    wide = {c: each for c, each in found.items() if _is_open(evidence, each)}
    by_rows = {c: _Examples.of(evidence, c) for c, each in wide.items() if not each.corrected}
    more = {c: _labels(evidence, c, each) for c, each in wide.items() if each.corrected}
    if by_rows and evidence.rules.groups is None:  # more rows of the same groups would not do
        more |= _further(by_rows, evidence.rules.margin)
    told = {c: replace(found[c], more_examples=rows, rest=rest) for c, (rows, rest) in more.items()}
    return {**found, **told}


def _is_open(evidence: Evidence, found: Difference) -> bool:
    """Whether more could be known, at a later look."""
    by_width = found.cause == "wide interval" and evidence.rules.margin > 0
    return evidence.content is not None and by_width and evidence.rules.look.kind != "ended"


def _further(every: Mapping[int, "_Examples"], margin: float) -> dict[int, Further]:
    """By more examples; what all challengers need is searched side by side."""
    known = {c: each for c, each in every.items() if len(each.rows)}
    found = rows_for_half_widths(
        [each.rows for each in known.values()],
        ENDS,
        margin,
        [each.tail_at for each in known.values()],
    )
    needed = dict(zip(known, found, strict=True))
    return {c: each.further(needed[c]) if c in needed else NOTHING for c, each in every.items()}


@dataclass(frozen=True)
class _Examples:
    """Differences that are known, and what a look at more of them may use."""

    rows: Floats
    evidence: Evidence

    @classmethod
    def of(cls, evidence: Evidence, challenger: int) -> "_Examples":
        rows = evidence.with_failures[challenger]
        return cls(rows[~np.isnan(rows)], evidence)

    def further(self, needed: Needed | None) -> Further:
        """With the rows that would do in all."""
        known, margin = len(self.rows), self.evidence.rules.margin
        more = self._more(needed)
        left, until = min(self._limits(), default=(math.inf, "dataset"))
        if left == math.inf:
            return more, None
        rest = Rest(int(left), self._reach(known + int(left)) if left else math.nan, until)
        if rest.half_width <= margin and known + left <= LEAST_GROWTH * known:
            return rest.examples, None
        if more is None and not left:
            return NOTHING
        return more, None if more is not None and more <= left else rest

    def _more(self, needed: Needed | None) -> int | None:
        """At a size where looks are planned, where they are."""
        if needed is None:
            return None
        more, content = needed.rows - len(self.rows), self.evidence.content
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
        return half_width_at(self.rows, ENDS, rows, self.tail_at)

    def tail_at(self, rows: int) -> float:
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
