"""People's labels joined to a run's rows, and the critic's scores corrected by them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench import stats
from workbench.comparison.scores import Scores, per_example
from workbench.errors import TooFewLabels
from workbench.runs import Run
from workbench.stats import Interval
from workbench.store import output_hash

FEWEST_LABELS = 5


@dataclass(frozen=True)
class Labels:
    """Labels and critic scores `(variants, examples)`, NaN where there is none; labels are on the critic's scale."""

    label: np.ndarray
    score: np.ndarray

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
        correct = stats.corrected_rate if self.binary else stats.corrected_mean
        clusters = None if groups is None else groups[known]
        return correct(y[known], f[known], f[~known & ~np.isnan(f)], level=level, clusters=clusters)

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
            self.score[a][rest], self.score[b][rest], level=level, clusters=clusters,
        )  # fmt: skip


def usable(records: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """`(example, output hash)` -> mean value over raters, of labels given to estimate; skips and debug labels leave."""
    values: dict[tuple[str, str], list[float]] = {}
    for record in records:
        if record["purpose"] == "estimate" and not record["skipped"]:
            values.setdefault((record["example"], record["output_hash"]), []).append(record["value"])
    return {key: sum(given) / len(given) for key, given in values.items()}


def label_rows(run: Run, records: Iterable[Mapping[str, Any]]) -> np.ndarray:
    """The label of each row of the run, NaN where there is none."""
    values = usable(records)
    labels = np.full(len(run.columns["example"]), np.nan)
    labelled = {example for example, _ in values}
    for row, (example, status, output) in enumerate(
        zip(run.columns["example"], run.columns["status"], run.columns["output"], strict=True)
    ):
        if status == "ok" and example in labelled:
            labels[row] = values.get((example, output_hash(output)), np.nan)
    return labels


def read_labels(run: Run, question: str, scores: Scores) -> Labels:
    """What people said of the run's answers to `question`, beside what the critic said."""
    by_row = np.append(label_rows(run, run.store.labels(question)), np.nan)  # row -1 reads the NaN at the end
    return Labels(per_example(by_row[scores.row]), per_example(scores.score))
