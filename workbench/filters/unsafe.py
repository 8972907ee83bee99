"""Unsafe: a filter trained in seconds on the user's own labels, with an honest report."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from workbench import words
from workbench.errors import DatasetError
from workbench.files import fingerprint
from workbench.filters.fitting import Hashed, Linear, fit, hashed
from workbench.filters.labelled import Counts, Labelled, Rows, counted, folded, read_labelled
from workbench.filters.scored import Scored
from workbench.printing import printed
from workbench.stats import alarms
from workbench.stats.intervals import Interval, wilson

FOLDS = 5
RATES = (0.01, 0.02, 0.05)  # of false alarms, at which recall is told
WIDEST = 0.5  # the share whose interval is widest


@printed
@dataclass(frozen=True)
class Trained:
    """What a filter was trained on, and how it did on rows of that kind that it had not seen.

    `recall` holds the share of unwanted rows that are found where the share of harmless rows that
    are flagged is at most the key, each with its interval.
    """

    counts: Counts
    area: float  # the chance that an unwanted row scores above a harmless one
    recall: Mapping[float, Interval]
    smallest_difference: float  # of recall, that so many unwanted rows can show
    fewest: int  # harmless rows, from which 1 % of false alarms can be promised

    def __repr__(self) -> str:
        return f"Trained: {' '.join(self.sentences())[:250]}"

    def sentences(self) -> Iterator[str]:
        yield from (f"{each}." for each in self.counts.sentences())
        told = ", ".join(f"{_share(found)} at {rate:.0%}" for rate, found in self.recall.items())
        yield (
            "On rows that it had not seen it finds, at so many false alarms: "
            f"{told}; it ranks {self.area:.2f} of pairs rightly."
        )
        unwanted = words.count(self.counts.unwanted, "unwanted row")
        yield (
            f"{unwanted} can tell two filters apart that differ by "
            f"{100 * self.smallest_difference:.0f} points of recall or more."
        )
        harmless = self.counts.rows - self.counts.unwanted
        if harmless < self.fewest:
            least = alarms.least_promise(harmless)
            yield f"{harmless:,} harmless rows promise no less than {least:.1%} of false alarms."


def _share(found: Interval) -> str:
    return f"{found.estimate:.2f} ({found.low:.2f} to {found.high:.2f})"


@printed
@dataclass(frozen=True, eq=False)
class Unsafe(Scored):
    """Blocks what is like the unwanted ones of the user's own labelled rows: a file or a list with
    `text` and `label` (1 unwanted). There is no default: a model of other people's unwanted text
    is worth next to nothing on yours.

    `report` says how good it is on rows that it has not seen; DatasetError where all rows are of
    one kind, or one cannot be read. Its score is a log odds; it has no threshold before
    `screening.fitted(...)` gives it one.
    """

    rows: Rows = field(repr=False)
    threshold: float = math.nan
    name: str = "unsafe"

    def __post_init__(self) -> None:
        if not isinstance(self.rows, str | Path | Sequence):
            object.__setattr__(self, "rows", list(self.rows))  # to be read more than once
        _ = self._counts  # what cannot be trained on is refused here

    def __repr__(self) -> str:
        return f"Unsafe {self.name} above {self.threshold:.2f}"

    @cached_property
    def labelled(self) -> Sequence[Labelled]:
        return read_labelled(self.rows)

    @cached_property
    def _counts(self) -> Counts:
        return counted(self.labelled)

    @cached_property
    def _hashed(self) -> Hashed:
        return hashed(row.text for row in self.labelled)

    @cached_property
    def linear(self) -> Linear:
        return fit(self._hashed, [row.is_unwanted for row in self.labelled])

    @cached_property
    def report(self) -> Trained:
        """How it does on rows that it has not seen; each fifth of them by a model of the others."""
        labels = np.array([row.is_unwanted for row in self.labelled])
        scores = _unseen(self._hashed, labels, folded(self.labelled))
        unwanted, harmless = scores[labels], scores[~labels]
        return Trained(
            self._counts,
            alarms.area(unwanted, harmless),
            {rate: _recall(unwanted, harmless, rate) for rate in RATES},
            wilson(WIDEST, len(unwanted)).half_width,
            alarms.fewest_rows(RATES[0]),
        )

    @property
    def fingerprint(self) -> str:
        return fingerprint(["Unsafe", self.linear.fingerprint, repr(self.threshold)])


def train(rows: Rows, *, name: str = "unsafe") -> Unsafe:
    """A filter of the user's own labelled rows; `filter.report` says how good it is.

    DatasetError where all rows are of one kind, or one cannot be read.
    """
    return Unsafe(rows, name=name)


def _unseen(rows: Hashed, labels: Any, clusters: Sequence[int]) -> Any:
    """Each row's score by a model of rows that are not of its fifth."""
    fifths, scores = _fifths(clusters), np.zeros(len(rows))
    for number in range(FOLDS):
        seen, unseen = np.flatnonzero(fifths != number), np.flatnonzero(fifths == number)
        if len(set(labels[seen].tolist())) < 2:
            raise DatasetError("too few rows of one kind to train and to test: label more of them")
        model = fit([rows[at] for at in seen.tolist()], labels[seen])
        scores[unseen] = [model.value(*rows[at]) for at in unseen.tolist()]
    return scores


def _fifths(clusters: Sequence[int]) -> Any:
    """A number from 0 to 4 for each row, the same within a cluster."""
    names = sorted(set(clusters))
    if len(names) < FOLDS:
        raise DatasetError("the rows repeat each other so much that none is left to test on")
    dealt = np.random.default_rng(0).permutation(len(names)) % FOLDS
    fifth = dict(zip(names, dealt.tolist(), strict=True))
    return np.array([fifth[cluster] for cluster in clusters])


def _recall(unwanted: Any, harmless: Any, rate: float) -> Interval:
    found = alarms.threshold(harmless, alarms.plain_flagged(len(harmless), rate))
    return wilson(float((unwanted > found.value).mean()), len(unwanted))
