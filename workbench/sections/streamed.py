"""What streamed replies took, token by token, variant by variant."""

from typing import Any

from workbench import stats
from workbench.comparison.latency import answer_seconds
from workbench.page.frame import render
from workbench.page.markup import Html, html
from workbench.runs import Run
from workbench.stats.streamed_times import Times, TokenTimes


def times_of(run: Run, rows: list[int]) -> TokenTimes:
    """Of rows of a run; those that were not streamed, or failed, have none."""
    columns = {name: [run.columns[name][row] for row in rows] for name in _COLUMNS}
    seconds = answer_seconds(columns["status"], columns["seconds"])
    first = answer_seconds(columns["status"], columns["first_token_seconds"])
    return stats.token_times(
        first, seconds, columns["completion_tokens"], [run.gaps[row] for row in rows]
    )


_COLUMNS = ("status", "seconds", "first_token_seconds", "completion_tokens")


def token_table(run: Run) -> Html:
    """A table of all variants with streamed replies; nothing where there are none."""
    found = [(key, times_of(run, run.rows(key))) for key in run.variants]
    rows = [_row(key.name, times) for key, times in found if times.ttft.n]
    return render("sections/streamed.html", rows=rows) if rows else html("")


def _row(name: str, times: TokenTimes) -> dict[str, Any]:
    kinds = (("TTFT", times.ttft), ("TPOT", times.tpot), ("ITL", times.itl))
    cells = [cell for kind, each in kinds for cell in _cells(kind, each)]
    return {"name": name, "replies": times.ttft.n, "cells": cells}


def _cells(kind: str, times: Times) -> list[tuple[str, float]]:
    return [(f"{kind}, median", times.median), (f"{kind}, p99", times.p99)]
