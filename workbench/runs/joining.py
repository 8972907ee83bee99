"""Several runs of parts of one plan, kept as the one run that they are together."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from workbench.runs.meta import write_examples
from workbench.runs.past import load_run
from workbench.runs.plan import Plan, RowKey
from workbench.runs.record import Run
from workbench.runs.sources import sources
from workbench.store.run_table import PARTS
from workbench.store.text import pack


def join_runs(plan: Plan, parts: Sequence[Run], why: str) -> Run:
    """The run of a plan from runs of parts of it, kept in their store as its newest run.

    Rows that no part asked for are unsent; `why` says the reason. Calls, answers from the store,
    money and time are those of the parts together.
    """
    store = parts[0].needed_store("a run")
    whole = Run(plan.fingerprint, plan, store, parts[0].budget)
    _begin(whole, parts)
    store.record([cell for part in parts for cell in _cells(whole, part)])
    counts = load_run(whole.id, store).counts | _spent(parts)
    counts["stopped"] = why if counts.get("unsent") else ""
    seconds = sum(part.seconds for part in parts)
    store.end_run(whole.id, counts["stopped"] or "finished", seconds, counts)
    return load_run(whole.id, store)


def _begin(whole: Run, parts: Sequence[Run]) -> None:
    """Write down what the run is of; the newest one in its store, whenever it started."""
    documents = list(write_examples(whole.examples))
    stored = replace(whole.meta, started=parts[0].meta.started).plain | {
        PARTS: [part.id for part in parts],
        "examples": [digest.hex() for digest, _ in documents],
        "sources": sources(whole.plan),
    }
    whole.needed_store("a run").begin_run(whole.id, time.time(), stored, documents)


def dollars(parts: Sequence[Run]) -> float:
    """What runs spent of a budget: not known where a row's part is not."""
    return math.nan if any(each.unpriced for each in parts) else sum(each.cost for each in parts)


def _spent(parts: Sequence[Run]) -> dict[str, float]:
    """What the parts took together; dollars as far as they are known, NaN where nothing is."""
    known = [part.cost for part in parts if not math.isnan(part.cost)]
    return {
        "calls": sum(part.calls for part in parts),
        "requests": sum(part.requests for part in parts),
        "cached": sum(part.hits for part in parts),
        "cost": sum(known) if known else math.nan,
        "unpriced": sum(part.unpriced for part in parts),
    }


def _cells(whole: Run, part: Run) -> Iterator[dict[str, Any]]:
    """The finished rows of a part as rows of the whole."""
    prompts, models, examples = (
        {name: at for at, name in enumerate(names)}
        for names in (
            [each.name for each in whole.prompts],
            [each.name for each in whole.models],
            [each.id for each in whole.examples],
        )
    )
    columns = part.columns
    for cell in part.needed_store("a run").cells(part.id):
        row = cell["row"]
        key = RowKey(
            prompts[columns["prompt"][row]],
            models[columns["model"][row]],
            examples[columns["example"][row]],
            columns["repeat"][row],
        )
        kept = {name: cell[name] for name in ("key", "digest", "status", "cached", "cost")}
        placed = {"run": whole.id, "row": whole.plan.row(key)}
        yield placed | kept | {"detail": pack(cell["detail"])}
