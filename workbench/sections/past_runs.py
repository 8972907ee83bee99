"""Past runs: what was asked, newest first, and what was said at the time."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html

if TYPE_CHECKING:
    from pandas import DataFrame


def headline(listed: "DataFrame") -> str:
    """How many runs there are, and what they cost together, as far as that is known."""
    if listed.empty:
        return "No run yet"
    costs = [float(cost) for cost in listed["cost"]]
    known = [cost for cost in costs if not math.isnan(cost)]
    spent = f", {words.money(sum(known))} spent" if known else ""
    lost = len(costs) - len(known)
    unknown = f" ({words.count(lost, 'run')} of unknown cost)" if known and lost else ""
    return f"{words.count(len(costs), 'run')} since {_day(listed['when'].min())}{spent}{unknown}"


def past_runs_piece(listed: "DataFrame") -> Html:
    """The table of `wb.history()`."""
    rows = [_row(row) for row in listed.to_dict("records")]
    return render("sections/past_runs.html", headline=headline(listed), rows=rows)


def _row(row: Mapping[Any, Any]) -> dict[str, str]:
    """A run's cells."""
    texts = {name: str(row[name]) for name in ("run", "task", "said")}
    on = f"{row['prompts']} on {row['models']}" + (
        f", by {row['critics']}" if row["critics"] else ""
    )
    state = "" if row["state"] == "finished" else row["state"]
    figures = {"examples": words.number(row["examples"]), "spent": words.money(row["cost"])}
    return {**texts, **figures, "day": _day(row["when"]), "of": on, "state": state}


def _day(when: Any) -> str:
    """20 Nov 2026"""
    return f"{when.day} {when:%b %Y}"
