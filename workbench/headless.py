"""Notebooks executed by command: run, replayed from a recording, recorded; and a gate's word."""

import json
import math
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import words
from workbench.errors import WorkbenchError
from workbench.files import resolve, root
from workbench.models.servers.starting import Starting
from workbench.printing import leave, rewrite, say, terminal
from workbench.secrets import redact

if TYPE_CHECKING:
    from workbench.requirements import Checked


@dataclass(frozen=True)
class Task:
    """A notebook to execute: with what, into which folder, and from which recording."""

    notebook: Path
    parameters: Mapping[str, Any]
    folder: Path
    recording: Path
    gate: str  # the file of requirements that decide, or empty
    command: str  # that records it


def from_root(name: str) -> str:
    """A file as a project's own name for it, from the root where it lies there."""
    path = Path(name).absolute() if Path(name).is_file() else resolve(name)
    return path.relative_to(root()).as_posix() if path.is_relative_to(root()) else str(path)


def own_name(notebook: Path, parameters: Mapping[str, Any]) -> str:
    """What a run's folder and recording are called unless told: one name a notebook and given task,
    so that tasks keep theirs.
    """
    task = re.sub(r"[^\w.-]+", "_", str(parameters.get("task") or ""))
    return f"{notebook.stem}-{task}" if task else notebook.stem


def recording_of(name: str) -> Path:
    return root() / "recordings" / f"{name}.jsonl"


def replayed(task: Task, base: str, max_age: float = math.inf) -> int:
    """Execute a notebook on its recording alone, of answers that came at most `max_age` days ago;
    the exit status.
    """
    from workbench.reports import replay

    with replay.replaying([task.recording], task.command) as environment:
        found = replay.held_in([task.recording])
        replay.refuse_older(found, max_age, task.command)
        return decided(
            task, environment, found | (replay.changes_of(task.recording, base) if base else {})
        )


def record(task: Task, *, afresh: bool = False) -> int:
    """Execute a notebook and keep its calls; says what that will cost, and what it did."""
    keep(task.recording, [(task, {})], afresh=afresh)
    return 0


def keep(
    recording: Path,
    asked: Iterable[tuple[Task, Mapping[str, str]]],
    *,
    afresh: bool,
    base: bytes | None = None,
) -> None:
    """Execute notebooks, write their calls into a recording, and say what they took; answers that
    the recording of a `base`, and it, hold already stay, unless all is asked `afresh`.
    """
    from workbench.reports import replay
    from workbench.reports.recorded_before import recording_in

    with recording_in(recording, afresh=afresh, base=base) as store:
        executed = [execute_quoted(task, {**own, **store}) for task, own in asked]
        runs = (run.split()[0] for progress in executed for run in progress.runs)
        held = replay.write_recording(recording, runs, store.get("WORKBENCH_STORE"))
    say(_recorded(recording, executed, *held))


def _recorded(recording: Path, executed: Sequence["Progress"], calls: int, gone: int) -> str:
    """What a recording holds, what that took, and how many calls it holds no more."""
    new, dollars = sum(each.calls for each in executed), sum(each.spent for each in executed)
    spent = f", for {words.money(dollars)}" if dollars else ""
    went = f"; {gone:,} went, which nothing here asks" if gone else ""
    kept = f"{words.count(calls, 'call')} in {os.path.relpath(recording)}"
    return f"recorded: {kept}; {new:,} were new{spent}{went}"


def execute_quoted(task: Task, environment: Mapping[str, str]) -> "Progress":
    """Execute a notebook after saying what it will cost."""
    from workbench.reports import replay

    say(_will_cost(replay.quoted(task.notebook, task.parameters, environment)))
    return _executed(task, environment)


def _will_cost(asked: Mapping[str, Any] | None) -> str:
    """What the first run that sends anything will ask."""
    if asked is None:
        return "quote: the store holds every answer, nothing will be spent"
    calls, likely = words.count(asked["calls"], "call"), asked["likely_cost"]
    if math.isnan(likely):
        return f"quote: {calls}, at a price that nobody knows"
    cost = f"about {words.money(likely)}, at most {words.money(asked['most_cost'])}"
    return f"quote: {calls}, {cost}; a gate that extends adds its own"


@dataclass(frozen=True)
class Gated:
    """What a gate said of an executed notebook, and what it cost to know."""

    status: int  # that the command exits with
    checked: "Checked"
    spent: float  # dollars, as far as they are known
    notes: str
    summary: str


def decided(
    task: Task,
    environment: Mapping[str, str] | None = None,
    recordings: Mapping[str, Any] | None = None,
) -> int:
    """Execute a notebook; where a gate decides, leave what CI reads, and its exit status."""
    from workbench.exchange.gate_files import recorded, show_step

    if not task.gate:
        _executed(task, environment or {})
        if recordings:
            say(recorded(recordings, datetime.now(UTC).date()))
        return 0
    gate = gated(task, environment or {}, recordings)
    show_step(gate.summary)
    if gate.notes:
        say(gate.notes)
    say(f"gate: {gate.checked.word}: {gate.checked.sentence}")
    return gate.status


def gated(
    task: Task, environment: Mapping[str, str], recordings: Mapping[str, Any] | None = None
) -> Gated:
    """Execute a notebook that settles requirements, and leave what CI reads, errors too."""
    from workbench.exchange import gate_files as files
    from workbench.requirements import load_requirements

    name = task.folder.name
    try:
        load_requirements(task.gate)  # what cannot be read is refused before a kernel starts
        progress = _executed(task, environment)
        decision = files.read_decision(task.folder / files.DECISION)
        checked = files.gate_of(decision, task.notebook.name)
        notes = files.add_recordings(task.folder, decision, recordings) if recordings else ""
        text = files.write_gate(task.folder, checked, name, spent=progress.spent, notes=notes)
    except WorkbenchError as error:
        files.write_trouble(task.folder, name, redact(str(error)))
        raise
    return Gated(decision["exit_status"], checked, progress.spent, notes, text)


def _executed(task: Task, environment: Mapping[str, str]) -> "Progress":
    """Execute a notebook and say what came of it."""
    started, progress = time.perf_counter(), Progress()  # before imports, which take a second
    from workbench.reports.execute import execute

    given = {"progress": progress, "environment": environment}
    try:
        made = execute(task.notebook, task.folder, task.parameters, **given)
    finally:
        progress.close()
    if (decision := task.folder / "decision.json").is_file():
        compared = "comparison: " if task.gate else ""  # beside which the gate says its own word
        say(f"{compared}{json.loads(decision.read_text())['sentence']}")
    say(f"notebook: {made.notebook}")
    say(f"seconds: {time.perf_counter() - started:.0f}")
    say(f"calls: {progress.calls}{progress.shared}")
    say(f"report: {made.report}")
    return progress


class Progress:
    """Prints how far the notebook's runs are: one rewritten line on a terminal, a line every few
    seconds elsewhere.
    """

    def __init__(self) -> None:
        self.runs: dict[str, Mapping[str, Any]] = {}
        self._terminal = terminal()
        self.printed = 0.0
        self._write("starting the notebook")

    @property
    def calls(self) -> int:
        return sum(run["calls"] for run in self.runs.values())

    @property
    def shared(self) -> str:
        """How many of the calls other processes made, where some did."""
        others = sum(run.get("by_others", 0) for run in self.runs.values())
        return f", {others:,} of them by others that joined" if others else ""

    @property
    def spent(self) -> float:
        """Dollars, as far as they are known."""
        return sum(run.get("spent") or 0.0 for run in self.runs.values())

    def __call__(self, tick: Mapping[str, Any]) -> None:
        if "cell" in tick:
            return self._cell(tick["cell"])
        if "server" in tick:
            return self._server(Starting(**tick["server"]))
        self.runs[tick["run"]] = tick
        if self._is_due() or tick["done"] == tick["total"]:
            known = tick.get("spent") and words.spending(tick["spent"], tick.get("unpriced", 0))
            spent = f" · {known}" if known else ""
            answers = f"{tick['done']:,} of {tick['total']:,} answers · {tick['calls']:,} calls"
            self._write(
                f"{answers}{_away(tick)}{_failed(tick)}{spent} · {words.seconds(tick['seconds'])}"
            )

    def _cell(self, number: int) -> None:
        """Say which cell runs, where no run says how far it is."""
        if self._terminal or number == 1:
            self._write(f"running cell {number} of the notebook")

    def _server(self, starting: Starting) -> None:
        """Say how far the start of a server is."""
        if self._is_due() or starting.state != "starting":
            self._write(starting.sentence)

    def _is_due(self) -> bool:
        """Whether to say more: at any time on a terminal, every few seconds elsewhere."""
        due = bool(self._terminal) or time.monotonic() - self.printed >= 3
        self.printed = time.monotonic() if due else self.printed
        return due

    def _write(self, text: str) -> None:
        if self._terminal:
            rewrite(text, self._terminal)
        else:
            say(text, error=True)

    def close(self) -> None:
        if self._terminal:
            leave(self._terminal)


def _failed(tick: Mapping[str, Any]) -> str:
    return f" · {tick['failed']:,} failed" if tick["failed"] else ""


def _away(tick: Mapping[str, Any]) -> str:
    """How far the calls are that went in batches, if any are under way."""
    sent = tick.get("in_batches")
    return f" · {tick['answered_there']:,} of {sent:,} answered in batches" if sent else ""
