"""What the run cost, and which rows came to nothing."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.runs import Quote, Run
from workbench.sections.decision import calls_made, spent
from workbench.sections.grid import Grid, asked

SUMS = ("answers", "stored", "tokens_in", "tokens_out", "worth", "unpriced")


def spend(run: Run, grid: Grid, quote: Quote | None = None) -> Html:
    """The spend section, with the quote when given."""
    pairs = zip(grid.variants, grid.columns, strict=True)
    rows = [_row(run, name, model, column) for (name, _, model), column in pairs]
    priced = any(model.price for model in run.meta.models.values())
    return render(
        "sections/spend.html",
        in_words=" ".join(filter(None, (spent(run), _shares(run), calls_made(run)))),
        rows=[*rows, _total(rows)] if len(rows) > 1 else rows,
        prices=", at the prices known when it ran" if priced else "",
        quote=quote,
        quoted_time=words.duration(quote.seconds) if quote else "",
        calls=run.counts["calls"],
        cost=words.spending(run.cost, run.unpriced),
        time=words.duration(run.seconds),
        failures=_failures(run, grid),
    )


def _shares(run: Run) -> str:
    """What the answers took of the money and what the verdicts; empty where that is not known."""
    others = run.unpriced or run.plan.filters or any(run.columns["cached"])
    verdicts = run.cost - sum(run.columns["cost"])
    if others or not verdicts > 0 or not any(each.asks for each in run.meta.critics.values()):
        return ""
    answers = words.money(run.cost - verdicts)
    return f"Answers took {answers} of it, verdicts {words.money(verdicts)}."


def _row(run: Run, name: str, model: str, column: tuple[int, ...]) -> dict[str, Any]:
    rows = asked(run, column)

    def total(name: str) -> float:
        values = (run.columns[name][row] for row in rows)
        known = [value for value in values if value >= 0]  # -1 and NaN: not known
        return sum(known) if known else math.nan

    return {
        "name": name,
        "model": model,
        "answers": len(rows),
        "stored": sum(run.columns["cached"][row] for row in rows),
        "tokens_in": total("prompt_tokens"),
        "tokens_out": total("completion_tokens"),
        "worth": total("cost"),
        "unpriced": sum(math.isnan(run.columns["cost"][row]) for row in rows),
        "total": False,
    }


def _total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    sums = {key: _sum([row[key] for row in rows]) for key in SUMS}
    return {"name": "Total", "model": "", "total": True, **sums}


def _sum(values: list[float]) -> float:
    """Of what is known."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) if known else math.nan


def _failures(run: Run, grid: Grid) -> str:
    """Rows by status and variant, and verdicts that could not be read."""
    text = [*_by_status(run, grid), *_unscored(run)]
    if run.counts["stopped"]:
        early = f"The run ended early: {run.counts['stopped']}"
        text.append(f"{early}. Asked for again, it goes on from there.")
    if not text:
        return "Every row was answered and judged."
    return " ".join([*text, "A row without a score is missing, never zero."])


def _by_status(run: Run, grid: Grid) -> Iterator[str]:
    for name, column in zip(grid.names, grid.columns, strict=True):
        counts = Counter(run.columns["status"][row] for row in column if row >= 0)
        if failed := words.statuses(counts):
            yield f"{name}: {failed}."


def _unscored(run: Run) -> Iterator[str]:
    for critic in run.meta.critics:
        pairs = zip(run.columns["status"], run.columns[critic], strict=True)
        if missing := sum(status == "ok" and math.isnan(score) for status, score in pairs):
            yield f"{critic} gave no score for {words.count(missing, 'answer')}."
