"""Results of other tools as a run: to compare, to calibrate its critics, to label."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench import words
from workbench.errors import DatasetError
from workbench.exchange import deepeval_results, inspect_logs, openai_events, promptfoo_results
from workbench.exchange.gathered import Gathered, mapping
from workbench.exchange.within_bounds import json_of, lines_of, located, text_of
from workbench.printing import in_line
from workbench.runs import Run
from workbench.runs.record import Unread
from workbench.stats.scale import Scale
from workbench.store import Store

MOST_NAMED = 3  # of what was not understood, in the log
KINDS = (
    "results of promptfoo (.json), a log of Inspect (.eval), results of DeepEval (.json) or "
    "recorded events of OpenAI's evals (.jsonl)"
)
_log = logging.getLogger("workbench.exchange")


def read_run(path: str | Path, *more: str | Path, store: Store | str | Path | None = None) -> Run:
    """The run that a file of promptfoo, Inspect, DeepEval or OpenAI's evals holds, whichever it is;
    several files are one run, for tools that write a file a variant.

    With a store it takes labels and counts looks. `run.unread` lists what was not understood, with
    its place. Answers that failed are failures, and answers that nobody could judge are unscored.
    DatasetError where a file is none of these, is broken, or is larger than what is read.
    """
    paths = [located(each) for each in (path, *more)]
    found = [_gathered(each) for each in paths]
    rows = list(_rows(paths, found))
    if not rows:
        raise DatasetError(f"{paths[0].name} holds no rows that could be read")
    critics = _scales(found)
    examples = {id: each for of in found for id, each in of.examples.items()}
    kept = store if isinstance(store, Store | None) else Store(store)
    run = Run.of(rows, critics=critics, examples=examples.values(), store=kept)
    run.unread = tuple(_placed(paths, found))
    _tell(run, paths)
    return run


def _gathered(path: Path) -> Gathered:
    """What a file holds, by what it says of itself."""
    with path.open("rb") as file:
        first = file.read(4)
    if first == b"PK\3\4":
        return inspect_logs.read_archive(path)
    if first.lstrip()[:1] not in (b"{", b"[", b"\xef"):
        raise DatasetError(f"{path.name} is no file that is read: give {KINDS}")
    _, line = next(lines_of(path))
    if line.startswith(b'{"spec"'):
        return openai_events.read(path)
    return _of_document(json_of(text_of(path), path.name), path.name)


def _of_document(document: Any, name: str) -> Gathered:
    document = mapping(document)
    keys, summary = document.keys(), mapping(document.get("results"))
    if "testCases" in keys or deepeval_results.WRAPPED in keys:
        return deepeval_results.read(document)
    if "samples" not in keys and isinstance(summary.get("results"), list):
        return promptfoo_results.read(document)
    if {"eval", "samples"} <= keys:
        return inspect_logs.read_whole(document, name)
    raise DatasetError(f"{name} is no file that is read: give {KINDS}")


def _rows(paths: Sequence[Path], found: Sequence[Gathered]) -> Iterator[dict[str, Any]]:
    """The rows of all files; a prompt that two files have on one model is named by its file too."""
    variants = [{(row["prompt"], row["model"]) for row in of.rows} for of in found]
    for number, of in enumerate(found):
        others = set().union(*variants[:number], *variants[number + 1 :])
        for row in of.rows:
            doubled = (row["prompt"], row["model"]) in others
            yield {**row, "prompt": f"{row['prompt']} ({paths[number].stem})"} if doubled else row


def _scales(found: Sequence[Gathered]) -> dict[str, Scale]:
    """The scale of each critic over all files."""
    whole = Gathered("all")
    for of in found:
        for name, values in of.scores.items():
            whole.scores.setdefault(name, []).extend(values)
    scales = whole.scales()
    found[0].unread.extend(whole.unread)
    return scales


def _placed(paths: Sequence[Path], found: Sequence[Gathered]) -> Iterator[Unread]:
    for path, of in zip(paths, found, strict=True):
        for each in of.unread:
            yield replace(each, place=f"{path.name}, {each.place}")


def _tell(run: Run, paths: Sequence[Path]) -> None:
    """Log what was read, as a warning where something was not understood."""
    named = [str(each) for each in run.unread[:MOST_NAMED]]
    rest = len(run.unread) - len(named)
    said = f"{paths[0].name}: {words.count(len(run.columns['example']), 'row')}"
    if named:
        said += f"; not understood: {'; '.join(named)}{f'; and {rest:,} more' if rest else ''}"
    _log.log(logging.WARNING if named else logging.INFO, "%s", in_line(said))
