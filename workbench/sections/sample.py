"""Which rows a report carries, and the section that holds them."""

import random
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.runs import Run
from workbench.sections.grid import Grid, Judge, differs, headline, is_failure
from workbench.sections.matrix import SHORT

DRAWN, NOTABLE, SEED = 50, 150, 0  # rows of a sample: at random, and at most so many that stand out


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
        text = f"This report carries none of the {every:,} rows: it was made with rows='none'."
        return Chosen((), text)
    if rows == "all" or every <= DRAWN:
        carried = f"all {every:,} rows" if every > 1 else "the one row"
        return Chosen(tuple(range(every)), f"This report carries {carried}.")
    return _sample(run, grid, judge)


def _sample(run: Run, grid: Grid, judge: Judge | None) -> Chosen:
    every = range(len(grid.lines))
    drawn = set(random.Random(SEED).sample(every, DRAWN))
    rest = [line for line in every if line not in drawn]
    notable = [line for line in rest if _is_notable(run, grid.rows(line), judge)]
    added = notable[:NOTABLE]
    others = f"the first {len(added):,} of {len(notable):,} others"
    which = f"{len(added):,} others" if len(added) == len(notable) else others
    lines = tuple(sorted(drawn | set(added)))
    return Chosen(
        lines,
        f"This report carries {len(lines):,} of the {len(every):,} rows: {DRAWN} drawn at random "
        f"(seed {SEED}), and {which} where a variant failed or the variants differ.",
    )


def _is_notable(run: Run, rows: list[int], judge: Judge | None) -> bool:
    known = [row for row in rows if row >= 0]
    return any(is_failure(run, row, judge) for row in known) or differs(run, known, judge)


def answers(run: Run, chosen: Chosen, judge: Judge | None, baseline: str) -> Html:
    """The section; its rows come packed beside it."""
    short = all(len(headline(text)) <= SHORT for text in run.columns["output"])
    graded = judge is not None and any(0 < score < 1 for score in run.columns[judge.name])
    return render(
        "sections/answers.html",
        judge=judge.name if judge else "",
        ticks=bool(judge and judge.ticks),
        baseline=baseline if short else "",
        scored=graded,
        carried=chosen.sentence,
        carries=bool(chosen.lines),
    )
