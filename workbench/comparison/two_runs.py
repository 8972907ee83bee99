"""What a comparison of two runs says beside its figures: in what they differ, and what flipped.

It explores: two runs of different days differ in more than what one means to compare, so that it
spends no look, claims nothing and ships nothing.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from workbench import words
from workbench.comparison.kinds import NoteKind
from workbench.comparison.result import Comparison, Note
from workbench.runs import Run
from workbench.runs.beside import TwoRuns
from workbench.runs.differing import Differs

_KINDS: dict[str, NoteKind] = {
    "prompt": "prompt differs",
    "model": "model differs",
    "dataset": "dataset differs",
    "critic": "critic differs",
}


def differing_notes(run: Run) -> Iterator[Note]:
    """In what two runs differ; nothing of a run that is one."""
    if not isinstance(run, TwoRuns):
        return
    for each in run.differs:
        yield Note(_KINDS[each.kind], _told(run, each))
    if not run.differs:
        yield Note(
            "nothing differs", "Both runs are of the same prompts, models, examples and critics."
        )


def _told(run: TwoRuns, each: Differs) -> str:
    then, now = (side.when for side in run.sides)
    what = f"{each.kind.capitalize()} {each.name}"
    if not each.then or not each.now:
        return f"{what} is in the run of {now if each.now else then} alone."
    text = f"{what} differs: {each.then} then ({then}), {each.now} now ({now})."
    if each.kind != "dataset":
        return text
    old, new = run.examples_left_out
    both = words.count(len(run.examples), "example")
    return f"{text} {both} are in both; left out: {old:,} of {then}, {new:,} of {now}."


class Flip(NamedTuple):
    """An answer that passes where the baseline's fails, or the reverse."""

    challenger: str
    example: str
    repeat: int
    passes: bool  # now; the baseline's is the other


def flips(choice: Comparison) -> tuple[Flip, ...]:
    """The rows that one side passes and the other fails, by who decides; rows without a score on
    either side are none.
    """
    choice.needed_open("rows that flipped")
    then = _passed(choice, choice.baseline)
    return tuple(
        Flip(each.challenger, *place, now)
        for each in choice.differences
        for place, now in _passed(choice, each.challenger).items()
        if then.get(place, now) != now
    )


def _passed(choice: Comparison, variant: str) -> dict[tuple[str, int], bool]:
    """Whether each scored row of a variant passes, by example and repeat."""
    columns, scale = choice.run.columns, choice.scale
    scores = {row: columns[choice.judge][row] for row in choice.run.rows(variant)}
    return {
        (columns["example"][row], columns["repeat"][row]): bool(scale.passes(score))
        for row, score in scores.items()
        if not math.isnan(score)
    }
