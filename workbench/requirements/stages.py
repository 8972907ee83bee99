# pyright: strict
"""The looks that a gate plans before the first, and the tail of each (METHODS 4.10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from workbench.datasets import Dataset, Example
from workbench.requirements.lines import GateRules
from workbench.stats.gating import gate_looks
from workbench.stats.tails import bounds_as_tails, obrien_fleming


@dataclass(frozen=True)
class Stage:
    """One look: so many examples, each asked `times` as often as in the run, and the one-sided tail
    of a line, for passing and for failing each.
    """

    examples: int
    times: int
    tail: float


def stages(examples: Sequence[Example], rules: GateRules) -> tuple[Stage, ...]:
    """At the run's n examples, at 2n, 3n, ... as far as their file and `extend_to` go, then with
    the whole file asked twice, three times, ...

    O'Brien-Fleming spending over the rows up to `extend_to`; looks at repeats tell nothing of one
    another's error and get the plain increments.
    """
    first, most = len(examples), max(rules.extend_to or 0, len(examples))
    file = examples if isinstance(examples, Dataset) else None
    sizes = _sizes(first, file.within_reach if file else first, most)
    spent = [0.0, *(obrien_fleming(rows * times / most, rules.tail) for rows, times in sizes)]
    if len(sizes) > 1 or (file and file.available == first):  # the last one spends what is left
        spent[-1] = rules.tail
    tails = _tails(sizes, [late - early for early, late in pairwise(spent)])
    return tuple(Stage(*size, tail) for size, tail in zip(sizes, tails, strict=True))


def _tails(sizes: Sequence[tuple[int, int]], increments: Sequence[float]) -> list[float]:
    """Of each look: by the recursion where examples are new, else its plain increment."""
    new = [rows for rows, times in sizes if times == 1]
    return [*bounds_as_tails(new, increments[: len(new)]), *increments[len(new) :]]


def _sizes(first: int, there: int, most: int) -> list[tuple[int, int]]:
    """Examples and times of each look, with `there` examples in reach."""
    new = gate_looks(first, min(there, most))
    times = range(2, most // there + 1) if new[-1] == there else ()
    return [(each, 1) for each in new] + [(there, each) for each in times]
