"""Results of other tools as a run: to compare, to calibrate its critics, to label."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench import words
from workbench.errors import DatasetError, WorkbenchError
from workbench.exchange import deepeval_results, inspect_logs, openai_events, promptfoo_results
from workbench.exchange.gathered import Gathered
from workbench.exchange.placed_yaml import placed_yaml
from workbench.exchange.within_bounds import json_of, lines_of, located, text_of
from workbench.json_values import listed, mapping
from workbench.plain_yaml import YamlFault
from workbench.printing import in_line
from workbench.runs import Run
from workbench.runs.record import Unread
from workbench.stats.scale import Scale
from workbench.store import Store
from workbench.store.opening import opened

NOT_HELD = "not in the file"  # why rows of another tool are unsent
MOST_NAMED = 3  # of what was not understood, in the log
KINDS = (
    "results of promptfoo (.json, .jsonl or .yaml), a log of Inspect (.eval), results of DeepEval "
    "(.json) or recorded events of OpenAI's evals (.jsonl); rows of other tools are a run by "
    "wb.Run.of(rows, critics=...)"
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
    found = [_within_levels(each) for each in paths]
    kept = store if store is None else opened(store)
    run = _run(paths, found, kept)
    run.unread = tuple(_placed(paths, found))
    run.stopped = NOT_HELD if "unsent" in run.counts else ""
    _tell(run, paths)
    return run


def _run(paths: Sequence[Path], found: Sequence[Gathered], store: Store | None) -> Run:
    """The rows of all files as a run; DatasetError names the files where there is none."""
    _part(paths, found)
    rows, name = list(_rows(paths, found)), ", ".join(path.name for path in paths)
    if not rows:
        missed = next(_placed(paths, found), "")
        why = f": {missed}" if missed else ""
        raise DatasetError(in_line(f"{name} holds no rows that could be read{why}"))
    examples = {id: each for of in found for id, each in of.examples.items()}
    try:
        return Run.of(rows, critics=_scales(found), examples=examples.values(), store=store)
    except WorkbenchError as error:
        raise DatasetError(in_line(f"{name}: {error}")) from None


def _within_levels(path: Path) -> Gathered:
    """What a file holds; DatasetError where it is nested deeper than can be read."""
    try:
        return _gathered(path)
    except RecursionError:
        raise DatasetError(f"{path.name}: nested deeper than what is read") from None


def _gathered(path: Path) -> Gathered:
    """What a file holds, by what it says of itself."""
    with path.open("rb") as file:
        first = file.read(4)
    if first == b"PK\3\4":
        return inspect_logs.read_archive(path)
    if path.suffix in (".yaml", ".yml"):
        return _of_document(_of_yaml(path), path.name)
    if first.lstrip()[:1] not in (b"{", b"[", b"\xef"):
        raise DatasetError(f"{path.name} is no file that is read: give {KINDS}")
    number, line = next(lines_of(path))
    if line.startswith(b'{"spec"'):
        return openai_events.read(path)
    lines = path.suffix == ".jsonl"
    if lines and promptfoo_results.is_row(json_of(line, f"{path.name}, line {number}")):
        return promptfoo_results.read_lines(path)
    return _of_document(json_of(text_of(path), path.name), path.name)


def _of_yaml(path: Path) -> Any:
    try:
        return placed_yaml(text_of(path))[0]
    except YamlFault as fault:
        raise DatasetError(f"{path.name}, line {fault.line + 1}: not plain YAML: {fault}") from None


def _of_document(document: Any, name: str) -> Gathered:
    document = mapping(document)
    keys, summary = document.keys(), mapping(document.get("results"))
    if keys & {"testCases", "conversationalTestCases", deepeval_results.WRAPPED}:
        return deepeval_results.read(document)
    rows = listed(document.get("results"))
    new = "samples" not in keys and isinstance(summary.get("results"), list)
    if new or (rows and promptfoo_results.is_row(rows[0])):
        return promptfoo_results.read(document)
    if {"eval", "status"} <= keys or {"eval", "samples"} <= keys:
        return inspect_logs.read_whole(document)
    raise DatasetError(f"{name} is no file that is read: give {KINDS}")


def _part(paths: Sequence[Path], found: Sequence[Gathered]) -> None:
    """Give the examples of a file other names where another file asks otherwise by them: answers to
    two questions are no pair.
    """
    asked: dict[str, str] = {}
    for of, file in zip(found, _named(paths), strict=True):
        others = {id for id, mark in of.asked.items() if asked.setdefault(id, mark) != mark}
        if others:
            first = next(id for id in of.asked if id in others)
            said = f"{words.count(len(others), 'example')} that another file has by the same name"
            of.miss(f"example {first}", f"{said} and with other inputs: not paired with them")
        of.rename({id: f"{id} ({file})" for id in others})


def _rows(paths: Sequence[Path], found: Sequence[Gathered]) -> Iterator[dict[str, Any]]:
    """The rows of all files; a prompt that two files have on one model is named by its file too."""
    variants = [{(row["prompt"], row["model"]) for row in of.rows} for of in found]
    tags: dict[str, dict[str, Any]] = {}
    for number, (of, file) in enumerate(zip(found, _named(paths), strict=True)):
        others = set().union(*variants[:number], *variants[number + 1 :])
        for row in of.rows:
            doubled = (row["prompt"], row["model"]) in others
            name = f"{row['prompt']} ({file})" if doubled else row["prompt"]
            yield _agreed({**row, "prompt": name}, tags.setdefault(row["example"], {}), of)


def _named(paths: Sequence[Path]) -> list[str]:
    """Files by their names, with their folders where these alone tell them apart."""
    stems = [path.stem for path in paths]
    alike = len(set(stems)) < len(stems)
    return [f"{path.parent.name}/{path.stem}" if alike else path.stem for path in paths]


def _agreed(row: dict[str, Any], known: dict[str, Any], found: Gathered) -> dict[str, Any]:
    """A row without tags that another row of its example has otherwise: what a solver wrote down
    during one epoch is no trait of the example.
    """
    kept = {}
    for name, value in row.items():
        if not name.startswith("tag.") or known.setdefault(name, value) == value:
            kept[name] = value
        else:
            tag, other = name.removeprefix("tag."), f"{known[name]!r} in another row"
            found.miss(
                f"example {row['example']}", f"its {tag} is {value!r}, and {other}: left out"
            )
    return kept


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
        if of.more:
            yield Unread(path.name, f"{of.more:,} more were not understood and are not listed")


def _tell(run: Run, paths: Sequence[Path]) -> None:
    """Log what was read, as a warning where something was not understood."""
    named = [str(each) for each in run.unread[:MOST_NAMED]]
    rest = len(run.unread) - len(named)
    said = f"{paths[0].name}: {words.count(len(run.columns['example']), 'row')}"
    if named:
        said += f"; not understood: {'; '.join(named)}{f'; and {rest:,} more' if rest else ''}"
    _log.log(logging.WARNING if named else logging.INFO, "%s", in_line(said))
