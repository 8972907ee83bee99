"""The rows that a report carries, as plain data for the table of answers."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.runs import Run
from workbench.page import words
from workbench.sections.grid import Grid, Judge, differs, figures, headline
from workbench.page.markup import visible

MOST_TAG_VALUES = 30  # a tag with more is no filter, but it is shown in a row's detail
MOST_RAW = 1000  # answers whose critics' raw replies are carried; each is looked up in the store


def table_data(
    run: Run,
    grid: Grid,
    lines: Sequence[int],
    judges: Sequence[Judge],
    shown: Judge | None,
    *,
    baseline: str = "",
    labels: Sequence[float] = (),
) -> dict[str, Any]:
    """Everything that answers.js shows of the chosen lines; `shown` is the judge whose marks come
    first.

    `labels` are people's, per row of the run, on the scale of judges[0].
    """
    examples = {example.id: example for example in run.examples}
    chosen = [examples[grid.lines[line][0]] for line in lines]
    inputs = list(dict.fromkeys(name for example in chosen for name in example.inputs))
    places = [[place[line] for line in lines] for place in grid.place]
    data = {
        "variants": [visible(name) for name in grid.names],
        "baseline": grid.names.index(baseline) if baseline in grid.names else -1,
        "judges": [_judge(judge) for judge in judges],
        "judge": judges.index(shown) if shown else 0,
        "id": [grid.titles[line] for line in lines],
        "inputs": {
            visible(name): [_shown(example.inputs.get(name)) for example in chosen]
            for name in inputs
        },
        "expected": [_shown(example.expected) for example in chosen],
        "tags": _tags([example.tags for example in chosen]),
        "differs": [
            int(differs(run, [row for row in grid.rows(line) if row >= 0], shown)) for line in lines
        ],
        "cells": [_cells(run, rows, judges, labels) for rows in places],
    }
    if len(places) * len(lines) <= MOST_RAW:
        data["raw"] = [[_raw(run, row) for row in rows] for rows in places]
    return data


def _judge(judge: Judge) -> dict[str, Any]:
    scale = judge.scale
    return {
        "name": visible(judge.name),
        "ticks": judge.ticks,
        "low": scale.low,
        "high": scale.high,
        "up": scale.higher_is_better,
    }


def _shown(value: object) -> str:
    return "" if value is None else visible(words.value(value))


def _tags(tags: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Per tag its values and, per line, the number of the value (-1: none)."""
    found = []
    for key in sorted({key for each in tags for key in each}):
        values = sorted({str(each[key]) for each in tags if key in each})
        code = {value: number for number, value in enumerate(values)}
        of = [code[str(each[key])] if key in each else -1 for each in tags]
        found.append(
            {
                "key": visible(key),
                "values": [visible(value) for value in values],
                "of": of,
                "filter": 1 < len(values) <= MOST_TAG_VALUES,
            }
        )
    return found


def _cells(
    run: Run, rows: Sequence[int], judges: Sequence[Judge], labels: Sequence[float]
) -> dict[str, Any]:
    """One variant's answers, column by column; a line that the run lacks has status "" and is shown
    empty.
    """

    def taken(name: str, empty: Any) -> list[Any]:
        column = run.columns[name]
        return [column[row] if row >= 0 else empty for row in rows]

    outputs = taken("output", "")
    return {
        "status": taken("status", ""),
        "output": [visible(text) for text in outputs],
        "head": [headline(text) for text in outputs],
        "error": [visible(text or "") for text in taken("error", "")],
        "foot": [figures(run, row) if row >= 0 else "" for row in rows],
        "score": [[_rounded(score) for score in taken(judge.name, math.nan)] for judge in judges],
        "label": [
            [visible(text or "") for text in taken(f"{judge.name}.label", "")] for judge in judges
        ],
        "reason": [
            [visible(text or "") for text in taken(f"{judge.name}.reason", "")] for judge in judges
        ],
        "person": [_rounded(labels[row]) if row >= 0 else None for row in rows]
        if len(labels)
        else [],
    }


def _rounded(score: float) -> float | None:
    return None if math.isnan(score) else round(float(score), 4)


def _raw(run: Run, row: int) -> list[str]:
    """What the critics' models replied about a row, word for word."""
    if row < 0 or run.columns["status"][row] != "ok":
        return []
    critics = run.details(row)["critics"]
    return [
        visible(f"{name}: {call['reply'].text}")
        for name, calls in critics.items()
        for call in calls
    ]
