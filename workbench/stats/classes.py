# pyright: strict, reportMissingTypeStubs=false
"""Answers of a few classes against the right ones: confusions, precision, recall and F1."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.stats.intervals import Codes, Interval, cluster_codes, rate_interval

Labels = Sequence[Hashable]
Counts = NDArray[np.intp]


@dataclass(frozen=True)
class ClassMeasures:
    """How one class was found: of the rows called it the share that are it (`precision`), of those
    that are it the share called it (`recall`), and their harmonic mean.
    """

    precision: Interval
    recall: Interval
    f1: Interval


def confusion(expected: Labels, got: Labels, classes: Labels) -> Counts:
    """Counts `(classes, classes + 1)`: a row a right answer, a column an answer, the last for
    answers that are none of the classes. Not for stating rates, which need intervals
    (`class_measures`).
    """
    right, given = _codes(expected, got, classes)
    counts = np.zeros((len(classes), len(classes) + 1), dtype=np.intp)
    np.add.at(counts, (right, given), 1)
    return counts


def class_measures(
    expected: Labels,
    got: Labels,
    classes: Labels,
    *,
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> tuple[ClassMeasures, ...]:
    """Precision, recall and F1 of each class, each a Wilson interval of `level` (see
    `rate_interval`); `clusters` name the rows' examples.

    F1 = 2J/(1 + J) of the rate J of rows that are and are called the class among those that are or
    are called it: a rate has Wilson's interval, and what grows with it keeps its coverage. Not for
    rows drawn by class: precision and F1 are of the mix that was drawn.
    """
    right, given = _codes(expected, got, classes)
    codes = cluster_codes(clusters, len(right))
    return tuple(_measures(right == c, given == c, level, codes) for c in range(len(classes)))


def _measures(
    right: NDArray[np.bool_], given: NDArray[np.bool_], level: float, codes: Codes | None
) -> ClassMeasures:
    def share(among: NDArray[np.bool_]) -> Interval:
        kept = None if codes is None else codes[among]
        return rate_interval((right & given)[among], level=level, clusters=kept)

    jaccard = share(right | given)
    f1 = Interval(*(2 * each / (1 + each) for each in jaccard))
    return ClassMeasures(share(given), share(right), f1)


def _codes(expected: Labels, got: Labels, classes: Labels) -> tuple[Codes, Codes]:
    """Both as numbers of classes; an answer that is none of them has the number behind the last."""
    if len(expected) != len(got):
        raise ValueError(f"{len(expected)} right answers for {len(got)} answers")
    number = {name: at for at, name in enumerate(classes)}
    if unknown := [name for name in expected if name not in number]:
        raise ValueError(f"the right answer {unknown[0]!r} is none of the classes")
    right = np.array([number[name] for name in expected], dtype=np.intp)
    return right, np.array([number.get(name, len(number)) for name in got], dtype=np.intp)
