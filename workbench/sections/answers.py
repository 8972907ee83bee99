"""Every answer: which rows a report carries, and how."""

import random
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.page.frame import render
from workbench.runs import Run
from workbench.sections.grid import Grid, Judge, differs, headline, is_failure
from workbench.page.markup import Html

DRAWN, NOTABLE, SEED = (
    50,
    150,
    0,
)  # rows of a sample: drawn at random, and at most that many that differ or fail
SHORTEST = 24  # characters up to which answers are compared in the table, as in answers.js


@dataclass(frozen=True)
class Chosen:
    """The lines that a report carries, and the words that say so."""

    lines: tuple[int, ...]
    sentence: str


def choose(run: Run, grid: Grid, judge: Judge | None, rows: str) -> Chosen:
    """The lines of `rows`: "none", "sample" or "all"."""
    every = len(grid.lines)
    if rows not in ("none", "sample", "all"):
        raise WorkbenchError(f"rows={rows!r} is not known: use 'none', 'sample' or 'all'")
    if rows == "none":
        return Chosen(
            (), f"This report carries none of the {every:,} rows: it was made with rows='none'."
        )
    if rows == "all" or every <= DRAWN:
        return Chosen(tuple(range(every)), f"This report carries all {every:,} rows.")
    drawn = set(random.Random(SEED).sample(range(every), DRAWN))
    notable = [
        line for line in range(every) if line not in drawn and _is_notable(run, grid, line, judge)
    ]
    added = notable[:NOTABLE]
    which = (
        f"{len(added):,} others"
        if len(added) == len(notable)
        else f"the first {len(added):,} of {len(notable):,} others"
    )
    lines = tuple(sorted(drawn | set(added)))
    sentence = (
        f"This report carries {len(lines):,} of the {every:,} rows: {DRAWN} drawn at random (seed {SEED}), and {which} "
        "where a variant failed or the variants differ."
    )
    return Chosen(lines, sentence)


def _is_notable(run: Run, grid: Grid, line: int, judge: Judge | None) -> bool:
    rows = [place[line] for place in grid.place if place[line] >= 0]
    return any(is_failure(run, row, judge) for row in rows) or differs(run, rows, judge)


def answers(run: Run, chosen: Chosen, judge: Judge | None, baseline: str) -> Html:
    """The section; its rows come packed beside it."""
    short = all(len(headline(text)) <= SHORTEST for text in run.columns["output"])
    graded = judge is not None and any(0 < score < 1 for score in run.columns[judge.name])
    return render(
        "answers.html",
        judge=judge.name if judge else "",
        ticks=bool(judge and judge.ticks),
        baseline=baseline if short else "",
        scored=graded,
        carried=chosen.sentence,
        carries=bool(chosen.lines),
    )
