"""People's labels joined to a run's rows by example and output."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from workbench.runs.record import Run
from workbench.store import output_hash


def usable(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The labels that may enter an estimate: neither skips nor those given while debugging."""
    return [record for record in records if record["purpose"] == "estimate" and not record["skipped"]]


def label_rows(run: Run, question: str) -> list[float]:
    """The label of each row of the run (the mean over its raters), NaN where there is none."""
    values: dict[tuple[str, str], list[float]] = {}
    for record in usable(run.store.labels(question)):
        values.setdefault((record["example"], record["output_hash"]), []).append(record["value"])
    means = {answer: sum(given) / len(given) for answer, given in values.items()}
    labelled = {example for example, _ in means}
    columns = zip(run.columns["example"], run.columns["status"], run.columns["output"], strict=True)
    return [
        means.get((example, output_hash(output)), math.nan) if status == "ok" and example in labelled else math.nan
        for example, status, output in columns
    ]
