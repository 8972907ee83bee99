"""A run by itself, before any comparison: what came back."""

from typing import Any

import numpy as np

from workbench import stats
from workbench.comparison.scores import per_example, read_scores
from workbench.models.call import OTHER_NAME
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.runs import Run
from workbench.sections.decision import MOST_NAMED, model_names
from workbench.sections.grid import Grid, asked, scale_of
from workbench.sections.leaderboard import estimate
from workbench.sections.streamed import token_table


def outcome(run: Run) -> str:
    """237 answers, 3 malformed, $0.24."""
    counts = run.counts
    answers = words.count(counts.get("ok", 0), "answer")
    failed, took = words.statuses(counts), words.duration(run.seconds)
    spent = words.spending(run.cost, run.unpriced)
    return ", ".join(part for part in (answers, failed, spent, took) if part)


def title_of(run: Run) -> str:
    """What the page shows, for someone who was not there."""
    names = list(run.meta.prompts)
    who = words.listed(names) if len(names) <= MOST_NAMED else words.count(len(names), "prompt")
    return f"What {who} answered on {run.meta.dataset.name}"


def lede(run: Run) -> str:
    """Who answered what, and who judged it."""
    examples = words.count(run.meta.dataset.n, "example")
    prompts, critics = list(run.meta.prompts), list(run.meta.critics)
    judged = (
        f"Judged by {words.listed(critics)}."
        if critics
        else "Nobody has judged the answers: read them below."
    )
    named = f", {words.listed(prompts)}," if len(prompts) <= MOST_NAMED else ""
    answered = f"{words.numbered(len(prompts), 'prompt')}{named} answered"
    of = f"{examples} of {run.meta.dataset.name} on {model_names(run.meta)}"
    return f"{answered} {of}. {judged}"


def unasked(run: Run) -> str:
    """actor was asked without temperature, which its endpoint refuses."""
    sentences = []
    for model, names in sorted(run.left_out.items()):
        fields = [
            f"{name} ({OTHER_NAME[name]} in its place)" if name in OTHER_NAME else name
            for name in sorted(names - {"messages", "top_logprobs"})
        ]
        sentences.append(
            f"{model} was asked without {words.listed(fields)}, which its endpoint refuses."
        )
    return " ".join(sentences)


def overview(run: Run, grid: Grid) -> Html:
    """The section in a decision's place."""
    counts = run.counts
    answered = f"{words.share(counts.get('ok', 0), counts['rows'])} rows were answered"
    failed = words.statuses(counts)
    critics = list(run.meta.critics)
    return render(
        "sections/overview.html",
        in_words=f"{answered}{f': {failed}' if failed else ''}. {unasked(run)}".strip(),
        critics=critics,
        rows=[_row(run, grid, v, critics) for v in range(len(grid.variants))],
        streamed=token_table(run),
    )


def _row(run: Run, grid: Grid, v: int, critics: list[str]) -> dict[str, Any]:
    name, prompt, _ = grid.variants[v]
    rows = asked(run, grid.columns[v])
    seconds, cost = _known(run, "seconds", rows), _known(run, "cost", rows)
    failed = sum(run.columns["status"][row] != "ok" for row in rows)
    return {
        "name": name,
        "about": run.meta.prompts[prompt].description,
        "scores": [(critic, estimate(_mean(run, critic, v))) for critic in critics],
        "cost": words.spending(1000 * _average(cost), len(rows) - len(cost)),
        "median": _quantile(seconds, 0.5),
        "p95": _quantile(seconds, 0.95),
        "failed": words.rate(failed, len(rows)),
    }


def _known(run: Run, name: str, rows: list[int]) -> np.ndarray:
    values = np.array([run.columns[name][row] for row in rows], dtype=float)
    return values[~np.isnan(values)]


def _average(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan


def _quantile(values: np.ndarray, share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else np.nan


def _mean(run: Run, critic: str, v: int) -> stats.Interval:
    mean = stats.mean_interval(per_example(read_scores(run, critic).score[v]))
    return scale_of(run, critic).share(mean).clipped(0, 1)
