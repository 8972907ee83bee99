"""Giving a label to a row of a run, and taking it back."""

import math
import uuid
from collections.abc import Mapping
from typing import Any, SupportsFloat

from workbench.arguments import expect
from workbench.errors import WorkbenchError
from workbench.labels.joined import critic_prompt
from workbench.labels.records import PURPOSES, label_scale, now, off_scale_fault
from workbench.runs import Run
from workbench.store import output_hash

Record = dict[str, Any]


def add(
    run: Run,
    critic: str,
    row: int,
    value: float | None,
    *,
    rater: str,
    purpose: str = "estimate",
    blind: bool = True,
    selection: Mapping[str, Any] | None = None,
) -> Record:
    """Keep one label of one row of a run; `value` None = skipped, and kept, since skips break
    random sampling.

    The value lies on the scale of the run's critic of this name; a name that no critic has takes
    any number.
    """
    expect(run, Run, "what is labelled", "give the run that `await wb.run(...)` made")
    kinds = (SupportsFloat, type(None))
    expect(value, kinds, "the label", "give a number, such as 1 for yes and 0 for no")
    if purpose not in PURPOSES:
        raise ValueError(f"purpose is one of {PURPOSES}")
    if fault := _fault(run, critic, row, value, rater):
        raise WorkbenchError(fault)
    record = {
        "id": uuid.uuid4().hex,
        "critic": critic,
        "rater": rater,
        "at": now(),
        "purpose": purpose,
        "value": math.nan if value is None else float(value),
        "skipped": value is None,
        "blind": blind,
        "selection": dict(selection or {}),
        **_of_row(run, critic, row, blind=blind),
    }
    run.needed_store("a label").add_labels([record])
    return record


def _fault(run: Run, critic: str, row: int, value: float | None, rater: str) -> str:
    """What is wrong with a label; empty where nothing is."""
    rows = len(run.columns["output"])
    if not 0 <= row < rows:
        return f"no row {row}: this run has {rows:,}, from 0"
    if not rater:
        return "a label needs a rater: say who gives it, in a name or a code"
    scale = label_scale(run.meta.critics, critic)
    return "" if value is None else off_scale_fault(critic, float(value), scale) or ""


def _of_row(run: Run, critic: str, row: int, *, blind: bool) -> Record:
    """What a label keeps of the row that it is about."""
    columns = run.columns
    shown = None if blind or critic not in columns else float(columns[critic][row])
    context = {"prompt": columns["prompt"][row], "model": columns["model"][row], "run": run.id}
    if asked := critic_prompt(run, critic):
        context["critic_prompt"] = asked
    return {
        "example": columns["example"][row],
        "output_hash": output_hash(columns["output"][row]),
        "shown_score": shown,
        "context": context,
    }


def take_back(run: Run, record: Mapping[str, Any]) -> None:
    """Undo a label: the store keeps both, and gives neither to anybody who asks for labels."""
    undone = {
        "id": uuid.uuid4().hex,
        "at": now(),
        "context": {**record["context"], "takes_back": record["id"]},
    }
    run.needed_store("a label").add_labels([{**record, **undone}])
