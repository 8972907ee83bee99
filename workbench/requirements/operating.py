# pyright: strict, reportMissingTypeStubs=false
"""How often a gate passes, fails and stays inconclusive, against the true change (METHODS 4.10)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from workbench.requirements.examined import Subject
from workbench.requirements.lines import Requirement
from workbench.requirements.outcomes import Checked
from workbench.stats.gating import Operating, gate_looks, operating_curve


@dataclass(frozen=True)
class Curve:
    """The chances of a gate with one line at its looks, on rows that scatter like those seen."""

    line: Requirement
    looks: tuple[int, ...]  # rows
    points: tuple[Operating, ...]  # by rising true change, shares of the scale


def curves(checked: Checked) -> Iterator[Curve]:
    """Of every line that a prompt is not worse than another; none of what was not compared."""
    if checked.choice is None:
        return
    gate = checked.requirements.gate
    subject = Subject(checked.choice, checked.variant, checked.released, checked.requirements)
    for line in checked.requirements.lines:
        baseline = subject.baseline(line) if line.measure == "not_worse_than" else None
        if baseline is None or baseline == checked.variant or line.margin is None:
            continue
        evidence = subject.evidence(line.critic or subject.choice.critic, baseline)
        rows = evidence.with_failures[evidence.scores.index(checked.variant)]
        if known := int((~np.isnan(rows)).sum()):
            first = checked.settled.looks[0].examples if checked.settled else known
            looks = gate_looks(first, gate.extend_to)
            yield Curve(line, looks, operating_curve(rows, line.margin, looks, error=gate.tail))
