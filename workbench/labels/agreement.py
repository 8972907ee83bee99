"""How far raters agree with each other, and where a critic parts from people."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from workbench import stats
from workbench.datasets import Dataset
from workbench.errors import TooFewLabels, WorkbenchError
from workbench.labels.joined import Given, answer_of, finite, usable
from workbench.meant import instead
from workbench.runs import Run
from workbench.store import Store


def raters(critic: str, store: Store) -> Any:
    """How far raters agree where two or more judged the same answer: `stats.rater_agreement` of the
    estimate labels.
    """
    return stats.rater_agreement(rater_table(usable(store.labels(critic))))


def rater_table(records: Iterable[Mapping[str, Any]]) -> np.ndarray:
    """Values `(raters, answers)`, NaN where a rater gave none; TooFewLabels where no answer has
    two.
    """
    given = list(records)
    line = {name: i for i, name in enumerate(sorted({record["rater"] for record in given}))}
    column = {answer: i for i, answer in enumerate(sorted({answer_of(each) for each in given}))}
    table = np.full((len(line), len(column)), np.nan)
    for record in given:
        table[line[record["rater"]], column[answer_of(record)]] = record["value"]
    if not (np.sum(~np.isnan(table), axis=0) > 1).any():
        raise TooFewLabels(
            "no answer has two raters: agreement needs a second rater on some answers"
        )
    return table


def apart(run: Run, critic: str) -> Dataset:
    """The examples on which a critic and people part: one passes an answer that the other does not.

    With the mean of several raters; answers without a label or a score are on neither side.
    WorkbenchError of a critic that the run does not have.
    """
    scale = next((each.scale for each in run.critics if each.name == critic), None)
    if scale is None:
        known = instead(critic, (each.name for each in run.critics), "it has")
        raise WorkbenchError(f"this run has no critic {critic!r}: {known}")
    pairs = zip(Given.of(run, critic).rows, finite(run.columns[critic]).tolist(), strict=True)
    parted = {
        run.columns["example"][row]
        for row, (label, score) in enumerate(pairs)
        if not math.isnan(label + score) and scale.passes(label) != scale.passes(score)
    }
    examples = [example for example in run.examples if example.id in parted]
    return Dataset(examples, f"{run.meta.dataset.name} {critic} apart")
