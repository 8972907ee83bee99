"""Variants whose answers play to the critic, perhaps: a reason to read them, not a proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.critics.gaming import duplicate_share, judge_directed
from workbench.runs import Run

FEWEST = 5  # answers from which sameness is a sign
MOST_DUPLICATES = 0.2  # of free text; a label repeats by its nature
LONGEST_LABEL = 3  # words

Kind = Literal["judge-directed", "constant", "duplicates"]


@dataclass(frozen=True)
class Flag:
    """Rows of a variant that play to the critic, perhaps."""

    variant: str
    kind: Kind
    rows: tuple[int, ...]


def find_flags(run: Run) -> list[Flag]:
    """Variants whose answers are all the same, or repeat one another, or speak to a judge."""
    flags: list[Flag] = []
    for variant, rows in _answers(run).items():
        outputs = [run.columns["output"][row] for row in rows]
        spoken = zip(rows, outputs, strict=True)
        if directed := tuple(row for row, text in spoken if judge_directed(text)):
            flags.append(Flag(variant, "judge-directed", directed))
        if kind := sameness(outputs):
            flags.append(Flag(variant, kind, tuple(rows)))
    return flags


def sameness(outputs: Sequence[str]) -> Kind | None:
    """Whether outputs over examples are all one text, or repeat each other more than free text
    does. A null model that answers one string won AlpacaEval 2 against 57 others.
    """
    if len(outputs) >= FEWEST and len(set(outputs)) == 1:
        return "constant"
    free_text = np.median([len(text.split()) for text in outputs]) > LONGEST_LABEL
    return "duplicates" if free_text and duplicate_share(outputs) > MOST_DUPLICATES else None


def _answers(run: Run) -> dict[str, list[int]]:
    """The rows with a first answer, by variant."""
    columns, rows = run.columns, dict[str, list[int]]()
    names = {(key.prompt, key.model): key.name for key in run.variants}
    cells = zip(*(columns[name] for name in ("prompt", "model", "status", "repeat")), strict=True)
    for row, (prompt, model, status, repeat) in enumerate(cells):
        if status == "ok" and not repeat:
            rows.setdefault(names[prompt, model], []).append(row)
    return rows
