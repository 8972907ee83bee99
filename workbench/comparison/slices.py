"""Where a challenger gains and where it loses: the difference on the examples of each tag value."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.comparison.evidence import Evidence
from workbench.comparison.result import Slice
from workbench.comparison.scores import per_example, tag_values
from workbench.runs import Run
from workbench.stats.claiming import reading
from workbench.stats.intervals import Floats, Interval

FEWEST = 10  # examples of a slice; below, its interval says nothing


def compare_slices(run: Run, evidence: Evidence) -> tuple[Slice, ...]:
    """Every challenger on every tag value with enough examples, by who decides.

    An alarm is a slice whose interval, holding for all slices at once (Bonferroni), lies on the
    worse side of zero while the challenger's mean is no worse.
    """
    parts = list(_parts(run, evidence))
    wanted = [
        (challenger, part)
        for challenger in evidence.challengers
        for part in parts
        if (part.examples & ~np.isnan(evidence.judged[challenger])).sum() >= FEWEST
    ]
    return tuple(_slice(evidence, *each, among=len(wanted)) for each in wanted)


@dataclass(frozen=True)
class _Part:
    """The examples with one value of a tag."""

    tag: str
    value: str
    examples: NDArray[np.bool_]


def _slice(evidence: Evidence, challenger: int, part: _Part, among: int) -> Slice:
    scores, rows = evidence.deciding, evidence.judged[challenger]
    means = per_example(scores.score)
    both = part.examples & ~np.isnan(rows)
    each, every = (_interval(evidence, rows, part, share) for share in (1, among))
    return Slice(
        tag=part.tag,
        value=part.value,
        challenger=scores.name(challenger),
        n=int(both.sum()),
        each=scores.scale.of_turned(each),
        interval=scores.scale.of_turned(every),
        alarm=bool(np.nanmean(rows) >= 0 and every.high < 0),
        score=float(means[challenger][both].mean()),
        baseline_score=float(means[evidence.base][both].mean()),
    )


def _interval(evidence: Evidence, rows: Floats, part: _Part, among: int) -> Interval:
    groups = evidence.rules.groups
    chosen = None if groups is None else groups[part.examples]
    tail = (1 - evidence.rules.level) / 2
    found = reading(rows[part.examples], tail, chosen, among)
    return Interval(*(float(each[0]) for each in found[:3]))


def _parts(run: Run, evidence: Evidence) -> Iterator[_Part]:
    """The values of every tag that parts the examples."""
    for tag in run.columns:
        if not tag.startswith("tag."):
            continue
        values = tag_values(run, evidence.scores, tag.removeprefix("tag."))
        present = sorted(set(values.tolist()) - {""})
        if len(present) > 1:
            for value in present:
                yield _Part(tag.removeprefix("tag."), value, values == value)
