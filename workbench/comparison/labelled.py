"""People's labels joined to a run's rows, and the critic's scores corrected by them."""

from dataclasses import dataclass

import numpy as np

from workbench import stats
from workbench.comparison.scores import Scores, per_example
from workbench.errors import TooFewLabels
from workbench.runs import Run
from workbench.runs.labelled import label_rows
from workbench.stats import Interval

FEWEST_LABELS = 5


@dataclass(frozen=True)
class Labels:
    """Labels and critic scores `(variants, examples)`, NaN where there is none; labels are on the critic's scale."""

    label: np.ndarray
    score: np.ndarray
    scale: tuple[float, float] = (0.0, 1.0)

    @property
    def bounds(self) -> tuple[float, float]:
        """The ends of the scale, or of labels that were given on a wider one."""
        return float(np.fmin(np.nanmin(self.label, initial=np.inf), self.scale[0])), float(
            np.fmax(np.nanmax(self.label, initial=-np.inf), self.scale[1])
        )

    @property
    def binary(self) -> bool:
        given = self.label[~np.isnan(self.label)]
        return bool(np.isin(given, (0, 1)).all())

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
        return stats.corrected_mean(*labelled, rest, level=level, clusters=clusters, bounds=self.bounds)

    def difference(self, a: int, b: int, level: float, groups: np.ndarray | None) -> Interval:
        """Variant `a` minus variant `b` as people would have it, on the same examples."""
        known = ~np.isnan(self.label[a]) & ~np.isnan(self.label[b])
        if known.sum() < FEWEST_LABELS:
            raise TooFewLabels(
                f"{known.sum()} examples with both answers labelled: at least {FEWEST_LABELS} are needed"
            )
        rest = ~known & ~np.isnan(self.score[a]) & ~np.isnan(self.score[b])
        clusters = None if groups is None else groups[known]
        return stats.corrected_difference(
            self.label[a][known], self.label[b][known], self.score[a][known], self.score[b][known],
            self.score[a][rest], self.score[b][rest], level=level, clusters=clusters, bounds=self.bounds,
        )  # fmt: skip


def read_labels(run: Run, question: str, scores: Scores) -> Labels:
    """What people said of the run's answers to `question`, beside what the critic said."""
    by_row = np.append(label_rows(run, question), np.nan)  # row -1 reads the NaN at the end
    return Labels(per_example(by_row[scores.row]), per_example(scores.score), scores.scale)
