"""How far raters agree with each other."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from workbench import stats
from workbench.errors import TooFewLabels
from workbench.labels.joined import answer_of, usable
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
