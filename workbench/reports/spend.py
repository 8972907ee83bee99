"""What the run cost, and which rows came to nothing."""

import math
from collections import Counter
from typing import Any

from workbench.reports.decision import calls_made, spent
from workbench.reports.frame import render
from workbench.runs import Quote, Run
from workbench.views import words
from workbench.views.grid import Grid
from workbench.views.markup import Html


def spend(run: Run, grid: Grid, quote: Quote | None = None) -> Html:
    """The spend section, with the quote when given."""
    rows = [
        _row(run, name, model, place)
        for (name, _, model), place in zip(grid.variants, grid.place, strict=True)
    ]
    priced = any(model.price for model in run.meta.models.values())
    return render(
        "spend.html",
        in_words=f"{spent(run)} {calls_made(run)}",
        rows=[*rows, _total(rows)] if len(rows) > 1 else rows,
        prices=", at the prices known when it ran" if priced else "",
        quote=quote,
        quoted_time=words.duration(quote.seconds) if quote else "",
        calls=run.counts["calls"],
        cost=run.cost,
        time=words.duration(run.seconds),
        failures=_failures(run, grid),
    )


def _row(run: Run, name: str, model: str, place: tuple[int, ...]) -> dict[str, Any]:
    columns, rows = (
        run.columns,
        [row for row in place if row >= 0 and run.columns["status"][row] != "unsent"],
    )

    def total(column: str) -> float:
        known = [
            columns[column][row] for row in rows if columns[column][row] >= 0
        ]  # -1 and NaN: not known
        return sum(known) if known else math.nan

    return {
        "name": name,
        "model": model,
        "answers": len(rows),
        "stored": sum(columns["cached"][row] for row in rows),
        "tokens_in": total("prompt_tokens"),
        "tokens_out": total("completion_tokens"),
        "worth": total("cost"),
        "total": False,
    }


def _total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    sums = {
        key: sum(row[key] for row in rows)
        for key in ("answers", "stored", "tokens_in", "tokens_out", "worth")
    }
    return {"name": "Total", "model": "", "total": True, **sums}


def _failures(run: Run, grid: Grid) -> str:
    """Rows by status and variant, and verdicts that could not be read."""
    said = []
    for (name, _, _), place in zip(grid.variants, grid.place, strict=True):
        counts = words.statuses(Counter(run.columns["status"][row] for row in place if row >= 0))
        if counts:
            said.append(f"{name}: {counts}.")
    for critic in run.meta.critics:
        pairs = zip(run.columns["status"], run.columns[critic], strict=True)
        missing = sum(status == "ok" and math.isnan(score) for status, score in pairs)
        if missing:
            said.append(f"{critic} gave no score for {words.count(missing, 'answer')}.")
    if run.counts["stopped"]:
        said.append(
            f"The run ended early: {run.counts['stopped']}. Asked for again, it goes on from there."
        )
    if not said:
        return "Every row was answered and judged."
    return " ".join([*said, "A row without a score is missing, never zero."])
