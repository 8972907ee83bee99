"""People's labels joined to a run's rows, and the critic's scores corrected by them."""

import math
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from workbench import stats
from workbench.comparison.scores import Scores, per_example
from workbench.errors import TooFewLabels
from workbench.labels.joined import label_rows
from workbench.runs import Run
from workbench.stats import Interval

FEWEST_LABELS = 5


@dataclass(frozen=True)
class Labels:
    """Labels and critic scores `(variants, examples)`, NaN where there is none; labels are on the
    critic's scale.
    """

    label: np.ndarray
    score: np.ndarray
    scale: tuple[float, float] = (0.0, 1.0)

    @property
    def binary(self) -> bool:
        """Whether a score is a rate: the scale is 0 to 1, and every label at one of its ends."""
        given = self.label[~np.isnan(self.label)]
        return self.scale == (0.0, 1.0) and bool(np.isin(given, (0, 1)).all())

    def count(self, variant: int) -> int:
        return int(np.sum(~np.isnan(self.label[variant])))

    def mean(self, variant: int, level: float, groups: np.ndarray | None) -> Interval:
        """The variant's score as people would give it, from its labelled and its unlabelled rows."""
        y, f = self.label[variant], self.score[variant]
        known = ~np.isnan(y)
        if known.sum() < FEWEST_LABELS:
            raise TooFewLabels(f"{known.sum()} labels: at least {FEWEST_LABELS} are needed")
        clusters = None if groups is None else groups[known]
        labelled, rest = (y[known], f[known]), f[~known & ~np.isnan(f)]
        if self.binary:
            return stats.corrected_rate(*labelled, rest, level=level, clusters=clusters)
        return stats.corrected_mean(
            *labelled, rest, level=level, clusters=clusters, bounds=self.scale
        )

    def shared(self, a: int, b: int, groups: np.ndarray | None) -> int:
        """Examples, or groups of them, with a label on both variants."""
        known = ~np.isnan(self.label[[a, b]]).any(axis=0)
        return int(known.sum()) if groups is None else len(set(groups[known].tolist()))

    def difference(
        self, a: int, b: int, level: float, groups: np.ndarray | None
    ) -> Interval | None:
        """Variant `a` minus variant `b` as people would have it; None where their labels are too
        few to say.

        On the examples labelled for both, or, where these are too few, `apart`.
        """
        for way in (self.paired, self.apart):
            with suppress(TooFewLabels):
                return way(a, b, level, groups)
        return None

    def apart(self, a: int, b: int, level: float, groups: np.ndarray | None) -> Interval:
        """The difference of the two corrected scores, as if their labels were independent:
        variances add.

        Limits by square-and-add, lower d - sqrt((a - low a)² + (high b - b)²) (Newcombe 1998; Zou
        and Donner 2008). For labels on different examples; on the same ones answers go together,
        and it is too wide.
        """
        one, other = (self.mean(v, level, groups) for v in (a, b))
        by = one.estimate - other.estimate
        down = math.hypot(one.estimate - one.low, other.high - other.estimate)
        up = math.hypot(one.high - one.estimate, other.estimate - other.low)
        return Interval(by, by - down, by + up)

    def paired(self, a: int, b: int, level: float, groups: np.ndarray | None) -> Interval:
        """Variant `a` minus variant `b` as people would have it, from examples where both are
        labelled.
        """
        known = ~np.isnan(self.label[[a, b]]).any(axis=0)
        if known.sum() < FEWEST_LABELS:
            raise TooFewLabels(
                f"{known.sum()} examples with both answers labelled: at least {FEWEST_LABELS} are needed"
            )
        rest = ~known & ~np.isnan(self.score[a]) & ~np.isnan(self.score[b])
        clusters = None if groups is None else groups[known]
        return stats.corrected_difference(
            self.label[a][known],
            self.label[b][known],
            self.score[a][known],
            self.score[b][known],
            self.score[a][rest],
            self.score[b][rest],
            level=level,
            clusters=clusters,
            bounds=self.scale,
        )


def read_labels(run: Run, critic: str, scores: Scores) -> Labels:
    """What people said of the run's answers for `critic`, beside what the critic said."""
    by_row = np.append(label_rows(run, critic), np.nan)  # row -1 reads the NaN at the end
    return Labels(per_example(by_row[scores.row]), per_example(scores.score), scores.scale)
