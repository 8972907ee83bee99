"""What a comparison of two runs says beside its figures: in what they differ, and what flipped.

It explores: two runs of different days differ in more than what one means to compare, so that it
spends no look, claims nothing and ships nothing.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from workbench import words
from workbench.comparison.kinds import NoteKind
from workbench.comparison.result import Comparison, Note
from workbench.runs import Run
from workbench.runs.beside import TwoRuns
from workbench.runs.differing import Differs

if TYPE_CHECKING:
    from pandas import DataFrame

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
    text = f"{what} differs: {each.then} on {then}, {each.now} on {now}."
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
    run, scale = choice.run, choice.scale
    score = dict(zip(_places(run), run.columns[choice.judge], strict=True))
    base = _pair(run, choice.baseline)
    found = []
    for each in choice.differences:
        for place, now in score.items():
            then = score.get((*base, *place[2:]))
            scored = place[:2] == _pair(run, each.challenger) and then == then and now == now
            if scored and then is not None and scale.passes(now) != scale.passes(then):
                found.append(Flip(each.challenger, *place[2:], bool(scale.passes(now))))
    return tuple(found)


def _places(run: Run) -> Iterator[tuple[str, str, str, int]]:
    return zip(
        *(run.columns[name] for name in ("prompt", "model", "example", "repeat")), strict=True
    )


def _pair(run: Run, name: str) -> tuple[str, str]:
    return next((key.prompt, key.model) for key in run.variants if key.name == name)


def flips_table(choice: Comparison) -> "DataFrame":
    from pandas import DataFrame

    return DataFrame(list(flips(choice)), columns=list(Flip._fields))
