"""Every answer of a run: as data for the one table in JavaScript, and as HTML that needs none."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.critics import Exact
from workbench.datasets import Example
from workbench.labels.joined import Given
from workbench.models.completion import Completion
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, clipped, visible
from workbench.runs import Run
from workbench.runs.beside import TwoRuns
from workbench.sections.grid import Grid, Judge, differs, figure, figures, headline, mark
from workbench.sections.material import as_text, in_text, kinds_of, told_data

MOST_TAG_VALUES = 30  # a tag with more is no filter, but it is shown in a row's detail
MOST_RAW = 1000  # answers whose critics' raw replies are carried; each is looked up in the store
SHORT = 24  # characters up to which answers are compared in the table
TEXT = 160  # characters of an example in the table
LONG = 20_000  # characters of a text in a line's detail
TWIN_LINES = 20
VERDICT = ("score", "mark", "person", "agrees")
FEW = 3  # variants beside which the text column needs no width of its own


def table_data(
    run: Run,
    grid: Grid,
    lines: Sequence[int],
    judges: Sequence[Judge],
    shown: Judge | None,
    *,
    baseline: str = "",
    gold: str = "",
) -> dict[str, Any]:
    """What the table shows of the chosen lines without opening any; marks of `shown` come first,
    `gold` is the check that knows right answers.
    """
    examples, kinds = examples_of(run, grid, lines), kinds_of(run.prompts)
    by_line = [[row for row in grid.rows(line) if row >= 0] for line in lines]
    return {
        "variants": [visible(name) for name in grid.names],
        "baseline": _place(grid, baseline),
        **_judged(judges, shown, gold),
        "id": [grid.titles[line] for line in lines],
        "texts": [one_line(example, kinds) for example in examples],
        "right": rights(run, examples, gold),
        "tags": _tags([example.tags for example in examples]),
        **_flipping(run),
        "differs": [int(differs(run, rows, shown)) for rows in by_line],
        "cells": _cells(run, columns_of(grid, lines), judges),
    }


def _place(grid: Grid, name: str) -> int:
    """Where a variant stands; -1 where it does not."""
    return grid.names.index(name) if name in grid.names else -1


def whole_data(
    run: Run,
    grid: Grid,
    lines: Sequence[int],
    judges: Sequence[Judge],
    shown: Judge | None,
    *,
    baseline: str = "",
    gold: str = "",
    sent: bool = False,
) -> dict[str, Any]:
    """The same with all that the lines open to: whole texts, raw replies where they are few, and
    with `sent` the messages too.
    """
    data = table_data(run, grid, lines, judges, shown, baseline=baseline, gold=gold)
    examples = examples_of(run, grid, lines)
    columns = columns_of(grid, lines)
    data |= told_data(run, examples)
    data |= {"inputs": _inputs(examples), "expected": [_shown(each.expected) for each in examples]}
    for cells, rows in zip(data["cells"], columns, strict=True):
        cells |= _opened(run, rows, judges)
    if len(columns) * len(lines) <= MOST_RAW:
        data["raw"] = [[_raw(run, row, sent) for row in rows] for rows in columns]
    return data


def _inputs(examples: Sequence[Example]) -> dict[str, list[str]]:
    names = dict.fromkeys(name for example in examples for name in example.inputs)
    return {visible(name): [_shown(each.inputs.get(name)) for each in examples] for name in names}


def line_data(
    run: Run, grid: Grid, line: int, judges: Sequence[Judge], shown: Judge | None, baseline: str
) -> dict[str, Any]:
    """One line with all that it opens to; very long texts are cut."""
    data = whole_data(run, grid, [line], judges, shown, baseline=baseline, sent=True)
    pictures = {"pictures": data.pop("pictures")} if "pictures" in data else {}
    return _cut(data) | pictures


def rights(run: Run, examples: Sequence[Example], gold: str) -> list[str]:
    """The right answer to each example in a few words, as `gold` reads it; empty where unknown."""
    check = next((each for each in run.critics if each.name == gold), None)
    if isinstance(check, Exact):
        return [clipped(visible(check.expected(each) or ""), TEXT) for each in examples]
    return [headline(_shown(each.expected)) for each in examples]


def whole(text: str) -> str:
    """A text in full, or the beginning of a very long one and how much more there is."""
    return text if len(text) <= LONG else f"{text[:LONG]}\n… {len(text) - LONG:,} more characters"


def _cut(value: Any) -> Any:
    """The same data with every very long text cut."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {name: _cut(each) for name, each in value.items()}
    return [_cut(each) for each in value] if isinstance(value, list) else value


def examples_of(run: Run, grid: Grid, lines: Sequence[int]) -> list[Example]:
    """The example of each line."""
    by_id = {example.id: example for example in run.examples}
    return [by_id[grid.lines[line][0]] for line in lines]


def columns_of(grid: Grid, lines: Sequence[int]) -> list[list[int]]:
    """Per variant the run's rows of some lines."""
    return [[column[line] for line in lines] for column in grid.columns]


def one_line(example: Example, kinds: Mapping[str, str]) -> str:
    """The beginning of an example's inputs, on one line; `kinds` are those that prompts declare."""
    given = example.inputs.items()
    text = " · ".join(as_text(value, kinds.get(name, ""))[: 2 * TEXT] for name, value in given)
    return clipped(visible(" ".join(text.split())), TEXT)


def legend(judge: Judge | None) -> str:
    """What stands beside an answer, in words."""
    if judge is None:
        return "No critic judged these answers"
    if judge.against:
        return f"✓ better than {judge.against} by {judge.name}, ✗ not, no mark: a tie"
    if judge.ticks:
        return f"✓ {judge.name} passes, ✗ fails"
    bad = "lower" if judge.scale.higher_is_better else "upper"
    ends = f"{judge.scale.low:g} to {judge.scale.high:g}"
    return f"Number: {judge.name}, {ends}; failures are the {bad} half"


def _flipping(run: Run) -> dict[str, Any]:
    """The number of the variant that the others may have flipped against, where two runs are."""
    return (
        {"flips": [key.name for key in run.variants].index(run.baseline)}
        if isinstance(run, TwoRuns)
        else {}
    )


def _judged(judges: Sequence[Judge], shown: Judge | None, gold: str) -> dict[str, Any]:
    names = [judge.name for judge in judges]
    return {
        "judges": [_judge(judge) for judge in judges],
        "judge": judges.index(shown) if shown else 0,
        "gold": names.index(gold) if gold in names else -1,
    }


def _judge(judge: Judge) -> dict[str, Any]:
    return {"name": visible(judge.name), "ticks": judge.ticks, "legend": visible(legend(judge))}


def _shown(value: object) -> str:
    return "" if value is None else visible(words.value(value))


def _tags(tags: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Per tag its values and, per line, the number of the value (-1: none)."""
    return [_tag(key, tags) for key in sorted({key for each in tags for key in each})]


def _tag(key: str, tags: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    values = sorted({str(each[key]) for each in tags if key in each})
    code = {value: number for number, value in enumerate(values)}
    return {
        "key": visible(key),
        "values": [visible(value) for value in values],
        "of": [code[str(each[key])] if key in each else -1 for each in tags],
        "filter": 1 < len(values) <= MOST_TAG_VALUES,
    }


def _taken(run: Run, name: str, rows: Sequence[int], empty: Any = "") -> list[Any]:
    """A column at some rows; `empty` where the run lacks the row."""
    column = run.columns[name]
    return [column[row] if row >= 0 else empty for row in rows]


def _texts(run: Run, name: str, rows: Sequence[int]) -> list[str]:
    return [visible(text or "") for text in _taken(run, name, rows)]


def _cells(
    run: Run, columns: Sequence[Sequence[int]], judges: Sequence[Judge]
) -> list[dict[str, Any]]:
    """Each variant's answers, column by column; a line that the run lacks has status ""."""
    given = (Given.of(run, judge.name) for judge in judges)
    people = [(each.rows, each.votes) for each in given]
    cells = []
    for rows in columns:
        judged = [_verdicts(run, rows, *pair) for pair in zip(judges, people, strict=True)]
        head = [headline(text) for text in _taken(run, "output", rows)]
        by_judge = {name: [each[name] for each in judged] for name in VERDICT}
        cells.append({"status": _taken(run, "status", rows), "head": head, **by_judge})
    return cells


def _verdicts(
    run: Run, rows: Sequence[int], judge: Judge, people: tuple[Sequence[float], Sequence[float]]
) -> dict[str, list[Any]]:
    """What a critic says of a variant's answers, and what a person does ("" where nobody): `people`
    are the labels and the votes of the run's rows.
    """
    scores = _taken(run, judge.name, rows, math.nan)
    labels, votes = ([said[row] if row >= 0 else math.nan for row in rows] for said in people)
    return {
        "score": [None if math.isnan(score) else round(float(score), 4) for score in scores],
        "mark": [mark(run, row, judge) if row >= 0 else "" for row in rows],
        "person": [_said(*said, judge) for said in zip(labels, votes, strict=True)],
        "agrees": [
            int(math.isnan(score + vote) or judge.scale.passes(score) == bool(vote))
            for score, vote in zip(scores, votes, strict=True)
        ],
    }


def _said(label: float, vote: float, judge: Judge) -> str:
    if math.isnan(label):
        return ""
    if not judge.ticks:
        return f"{label:g}"
    if math.isnan(vote):
        return "split"
    yes = bool(vote) == judge.scale.higher_is_better
    return "yes" if yes else "no"


def _opened(run: Run, rows: Sequence[int], judges: Sequence[Judge]) -> dict[str, Any]:
    """What one variant's answers open to, column by column."""
    thinking = [whole(text) for text in _texts(run, "thinking", rows)]
    return {
        **({"thinking": thinking} if any(thinking) else {}),
        "output": _texts(run, "output", rows),
        "error": _texts(run, "error", rows),
        "foot": [figures(run, row) if row >= 0 else "" for row in rows],
        "label": [_texts(run, f"{judge.name}.label", rows) for judge in judges],
        "reason": [_texts(run, f"{judge.name}.reason", rows) for judge in judges],
    }


def _raw(run: Run, row: int, sent: bool) -> list[str]:
    """What the critics' models replied about a row, word for word; with `sent`, all that went."""
    if row < 0 or run.columns["status"][row] == "unsent" or run.store is None:
        return []
    if not sent and run.columns["status"][row] != "ok":
        return []
    kept = run.details(row)
    texts = []
    if sent:
        texts += [f"sent, {each['role']}: {in_text(each['content'])}" for each in kept["messages"]]
        texts += _said_by("reply", kept["reply"]) if kept["reply"] else []
    for name, calls in kept["critics"].items():
        texts += [said for call in calls for said in _said_by(name, call["reply"])]
    return [visible(text) for text in texts]


def _said_by(name: str, reply: Completion) -> list[str]:
    """A reply word for word, behind what was thought before it."""
    thought = [f"{name}, thinking: {reply.thinking}"] if reply.thinking else []
    return [*thought, f"{name}: {reply.text}"]


# --- HTML, for where no script runs


def twin(
    run: Run, grid: Grid, judge: Judge | None, lines: Sequence[int] | None = None, *, gold: str = ""
) -> Html:
    """The first of some lines of the table, by default of all."""
    chosen = range(len(grid.lines)) if lines is None else lines
    lines = chosen[:TWIN_LINES]
    examples = examples_of(run, grid, lines)
    right, kinds = rights(run, examples, gold), kinds_of(run.prompts)
    return render(
        "sections/matrix.html",
        names=grid.names,
        rows=[
            (grid.titles[line], one_line(example, kinds), known, cells(run, grid.rows(line), judge))
            for line, example, known in zip(lines, examples, right, strict=True)
        ],
        expects=any(right),
        all=len(chosen),
        many=len(grid.names) > FEW,
        legend=legend(judge),
    )


def cells(run: Run, rows: Sequence[int], judge: Judge | None) -> list[dict[str, Any]]:
    """The answers of a line; short ones that differ from the first are bold."""
    texts = [headline(run.columns["output"][row]) if row >= 0 else "" for row in rows]
    short = all(len(text) <= SHORT for text in texts)
    return [
        {"text": text, "bold": short and text != texts[0], **_marks(run, row, judge)}
        for row, text in zip(rows, texts, strict=True)
    ]


def _marks(run: Run, row: int, judge: Judge | None) -> dict[str, Any]:
    """What stands beside an answer, and why one has no score."""
    if row < 0:
        return {"mark": "", "figure": "", "ticks": True, "why": ""}
    sign, ticks = mark(run, row, judge), judge is None or judge.ticks
    why = run.columns["error"][row] or (run.columns[f"{judge.name}.reason"][row] if judge else "")
    missing = sign not in ("", "yes", "no")
    return {
        "mark": sign,
        "figure": figure(run, row, judge),
        "ticks": ticks,
        "why": clipped(why, 200) if missing else "",
    }
