"""The columns that hold a run's rows, and what stands in them to begin with."""

import math
from collections.abc import Container, Sequence
from typing import Any

from workbench.critics import Critic
from workbench.errors import WorkbenchError
from workbench.runs.plan import Plan, RowKey

VERDICT_COLUMNS = {"": math.nan, ".label": "", ".reason": "", ".mode": "", ".mass": math.nan}
OUTCOME_COLUMNS = (
    "status",
    "output",
    "error",
    "prompt_tokens",
    "completion_tokens",
    "seconds",
    "cost",
    "cached",
    "thinking",
    "thinking_tokens",
    "queue_seconds",
    "first_token_seconds",
)
UNSENT = ("unsent", "", "", -1, -1, math.nan, math.nan, False, "", -1, math.nan, math.nan)


def empty_columns(plan: Plan) -> dict[str, list[Any]]:
    """The columns of a plan of which nothing is answered."""
    n, keys = len(plan), [plan.key(row) for row in range(len(plan))]
    columns = _key_columns(plan, keys)
    columns |= {name: [value] * n for name, value in zip(OUTCOME_COLUMNS, UNSENT, strict=True)}
    tags = _tag_columns(plan, keys)
    for critic in plan.critics:
        columns |= _verdict_columns(critic, n, {*columns, *tags})
    return columns | tags


def _verdict_columns(critic: Critic, rows: int, taken: Container[str]) -> dict[str, list[Any]]:
    """What a critic says of each row; WorkbenchError where its name would hide another column."""
    columns = {critic.name + name: [value] * rows for name, value in VERDICT_COLUMNS.items()}
    columns |= {f"{critic.name}.{part}": [math.nan] * rows for part in critic.parts}
    if hidden := next((name for name in columns if name in taken), None):
        step = "give the critic another name"
        raise WorkbenchError(f"critic {critic.name!r} would hide the column {hidden!r}: {step}")
    return columns


def _tag_columns(plan: Plan, keys: Sequence[RowKey]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for tag in sorted({tag for example in plan.examples for tag in example.tags}):
        values = [example.tags.get(tag) for example in plan.examples]
        columns[f"tag.{tag}"] = [values[key.example] for key in keys]
    return columns


def _key_columns(plan: Plan, keys: Sequence[RowKey]) -> dict[str, list[Any]]:
    """What each row is of."""
    return {
        "prompt": [plan.prompts[key.prompt].name for key in keys],
        "model": [plan.models[key.model].name for key in keys],
        "example": [plan.examples[key.example].id for key in keys],
        "repeat": [key.repeat for key in keys],
    }
