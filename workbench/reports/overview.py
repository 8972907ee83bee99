"""A run by itself, before any comparison: what came back."""

from typing import Any

import numpy as np

from workbench import stats
from workbench.comparison.scores import per_example, read_scores
from workbench.reports.decision import model_names
from workbench.reports.frame import render
from workbench.reports.leaderboard import estimate
from workbench.runs import Run
from workbench.views import words
from workbench.views.grid import Grid
from workbench.views.markup import Html
from workbench.views.scale import Scale


def title_of(run: Run) -> str:
    """What the page shows, for someone who was not there."""
    names = list(run.meta.prompts)
    return f"What {words.listed(names)} answered on {run.meta.dataset.name}"


def lede(run: Run) -> str:
    """Who answered what, and who judged it."""
    examples = words.count(run.meta.dataset.n, "example")
    prompts, critics = list(run.meta.prompts), list(run.meta.critics)
    judged = (
        f"Judged by {words.listed(critics)}."
        if critics
        else "Nobody has judged the answers: read them below."
    )
    return (
        f"{words.numbered(len(prompts), 'prompt')}, {words.listed(prompts)}, answered {examples} of "
        f"{run.meta.dataset.name} on {model_names(run.meta)}. {judged}"
    )


def overview(run: Run, grid: Grid) -> Html:
    """The section in a decision's place."""
    counts = run.counts
    answered = f"{words.share(counts.get('ok', 0), counts['rows'])} rows were answered"
    failed = words.statuses(counts)
    critics = list(run.meta.critics)
    rows = [_row(run, grid, v, critics) for v in range(len(grid.variants))]
    return render(
        "overview.html",
        in_words=f"{answered}{f': {failed}' if failed else ''}.",
        critics=critics,
        rows=rows,
    )


def _row(run: Run, grid: Grid, v: int, critics: list[str]) -> dict[str, Any]:
    name, prompt, _ = grid.variants[v]
    statuses = run.columns["status"]
    rows = [row for row in grid.place[v] if row >= 0 and statuses[row] != "unsent"]
    seconds, cost = (
        np.array([run.columns[column][row] for row in rows], dtype=float)
        for column in ("seconds", "cost")
    )
    seconds = seconds[~np.isnan(seconds)]
    failed = sum(statuses[row] != "ok" for row in rows)
    return {
        "name": name,
        "about": run.meta.prompts[prompt].description,
        "scores": [(critic, estimate(_mean(run, critic, v))) for critic in critics],
        "cost": 1000 * float(cost.mean()) if len(cost) else np.nan,
        "median": float(np.median(seconds)) if len(seconds) else np.nan,
        "p95": float(np.quantile(seconds, 0.95)) if len(seconds) else np.nan,
        "failed": words.rate(failed, len(rows)),
    }


def _mean(run: Run, critic: str, v: int) -> stats.Interval:
    scores = read_scores(run, critic)
    return Scale.of(run.meta.critics[critic]).score(
        stats.mean_interval(per_example(scores.score[v]))
    )
