"""Runs and a prompt's texts as lines of plain text, for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from difflib import unified_diff
from pathlib import Path
from typing import Any

from workbench import words
from workbench.errors import WorkbenchError
from workbench.files import shown_path
from workbench.meant import nearest
from workbench.prompts.prompt_file import next_step
from workbench.runs.listing import PastRun
from workbench.runs.meta import RunMeta
from workbench.runs.past_prompts import PastText, past_text, past_texts, present_text
from workbench.store import Store

FEWEST = 4  # characters of an id that name a run
INDENT = "    "


def runs_in_lines(runs: Sequence[PastRun], name: str = "") -> Iterator[str]:
    """Every run with the last that was said of it; of the task `name`, or all of the run whose id
    begins so.
    """
    chosen = [run for run in runs if name in ("", *run.names)]
    if name and not chosen:
        yield from _whole(named_run(runs, name))
    elif not chosen:
        yield "No run yet."
    for run in chosen:
        yield from brief(run)


def named_run(runs: Sequence[PastRun], name: str) -> PastRun:
    """The run whose id begins with these characters, four or more; WorkbenchError for none."""
    found = [run for run in runs if run.kept.id.startswith(name) and len(name) >= FEWEST]
    if len(found) != 1:
        what = "more than one run begins with" if found else "no run and no task is called"
        near = nearest(name, dict.fromkeys(task for run in runs for task in run.names))
        meant = f"is {near!r} meant? " if near and not found else ""
        step = f"{meant}`workbench runs` lists what there is"
        raise WorkbenchError(f"{what} {name!r}: {step}")
    return found[0]


def brief(run: PastRun) -> Iterator[str]:
    """A run in a line, and the last that was said of it."""
    meta, kept = run.meta, run.kept
    judges = f"by {', '.join(meta.critics)}" if meta.critics else "not judged"
    state = "" if kept.state == "finished" else kept.state
    on = f"{', '.join(meta.prompts)} on {', '.join(meta.models)}"
    parts = [moment(run.when), kept.id, run.task, on, judges, _took(run), state]
    yield " · ".join(filter(None, parts))
    for last in kept.said[-1:]:
        yield f"{INDENT}{last['sentence']}"


def _took(run: PastRun) -> str:
    rows, cost = words.count(run.rows, "row"), words.spending(run.kept.cost, run.kept.unpriced)
    return f"{rows} · {cost or 'cost not known'}"


def _whole(run: PastRun) -> Iterator[str]:
    kept, dataset = run.kept, run.meta.dataset
    yield f"Run {kept.id} of {moment(run.when)}, {kept.state}"
    of = f"{words.count(dataset.n, 'example')} of {dataset.name} ({dataset.fingerprint})"
    yield f"{run.task} on {of}: {_took(run)}, {words.count(kept.calls, 'call')}"
    yield from _parts(run.meta)
    yield from map(_said, kept.said)
    yield f'Read it back: wb.load_run("{kept.id}")'


def _parts(meta: RunMeta) -> Iterator[str]:
    """Its prompts, models and critics."""
    for name, prompt in meta.prompts.items():
        yield f"{INDENT}prompt {name} ({prompt.fingerprint}) {prompt.description}".rstrip()
    for name, model in meta.models.items():
        yield f"{INDENT}model {name}: {model.id} at {model.endpoint}"
    for name, critic in meta.critics.items():
        yield f"{INDENT}critic {name} ({critic.fingerprint}), {critic.kind}"


def _said(record: Mapping[str, Any]) -> str:
    look = f"look {record['look']}" if record["look"] else "no look"
    at = moment(datetime.fromtimestamp(int(record["at"])))
    by = f"by {record['critic']} against {record['baseline']}"
    return f"Said on {at}, {look}, {by}: {record['sentence']}"


def moment(when: datetime) -> str:
    """20 Nov 2026 14:03"""
    return f"{when.day} {when:%b %Y %H:%M}"


def past_texts_in_lines(path: Path, store: Store, since: str | None = None) -> Iterator[str]:
    """The past texts of a prompt's file, newest first, or what changed `since` one of them."""
    present = present_text(path)
    if since is not None:
        yield from _difference(path.stem, past_text(path, store, since), present)
        return
    texts = past_texts(path, store)
    if not texts and present is None:
        raise WorkbenchError(f"{shown_path(path)} is not there: {next_step(path)}")
    yield from (_text(each, present) for each in texts)
    if not texts:
        yield "No text of it was run yet."


def _text(each: PastText, present: PastText | None) -> str:
    runs = words.count(each.runs, "run") if each.runs else "saved, not run"
    now = " · in the file now" if present and each.fingerprint == present.fingerprint else ""
    return f"{each.fingerprint} · {moment(each.when)} · {runs}{now}"


def _difference(name: str, past: PastText, present: PastText | None) -> Iterator[str]:
    then = f"{name} of {moment(past.when)} ({past.fingerprint})"
    texts = (past.text.splitlines(), present.text.splitlines() if present else [])
    lines = list(unified_diff(*texts, then, f"{name} now", lineterm=""))
    yield from lines or [f"{name} holds this text."]
