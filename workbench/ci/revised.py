"""Every gate that a revision calls for: executed, replayed or recorded; what CI reads of them."""

import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from workbench.ci.changes import CRITICS, Changes, changes
from workbench.ci.lost import lost_gates
from workbench.ci.pairs import RELEASES, Pair, pairs
from workbench.ci.relabelled import changes_of_rows
from workbench.ci.revision import Revision, plain_lines
from workbench.ci.tasks import GatedTask
from workbench.errors import WorkbenchError
from workbench.exchange.gate_files import JUNIT, SUMMARY, show_step
from workbench.exchange.junit import suites
from workbench.exchange.pull_request import TROUBLE, Section, pull_request, sentence_of, status_of
from workbench.files import root, write_whole
from workbench.headless import Task, execute_quoted, from_root, gated, keep, own_name, recording_of
from workbench.printing import say
from workbench.prompts import Prompt
from workbench.reports import replay
from workbench.secrets import redact


@dataclass(frozen=True)
class Gates:
    """What a revision calls for of one task."""

    task: GatedTask
    changed: Changes
    pairs: tuple[Pair, ...]
    command: str  # that records what they answer

    @property
    def own_name(self) -> str:
        return own_name(self.task.notebook, self.task.given)

    def tasks(self, folder: Path) -> Iterator[tuple[Pair, Task, dict[str, str]]]:
        """Each pair, its notebook with all that is set, and what its environment needs."""
        for pair in self.pairs:
            place = folder / pair.name
            environment = pair.write(place)
            given = {**pair.parameters, "requirements": self.task.gate}
            if pair.texts:
                given["folder"] = _named(place / "prompts")
            if "release_to" in self.task.values:  # the baseline moves by a reviewed commit only
                given["release_to"] = _named(place / "released")
            recording = recording_of(self.own_name)
            task = Task(self.task.notebook, given, place, recording, self.task.gate, self.command)
            yield pair, task, environment


def _named(folder: Path) -> str:
    """A folder from the root where it lies there: so a notebook is executed alike anywhere."""
    home = root()
    return folder.relative_to(home).as_posix() if folder.is_relative_to(home) else str(folder)


def gates_of(task: GatedTask, base: Revision) -> Gates:
    changed = changes(task, base)
    typed = [each for name, value in task.given.items() for each in ("-p", name, str(value))]
    command = ["workbench", "record", from_root(str(task.notebook)), *typed]
    command += ["--gate", task.gate, "--base", base.asked]
    return Gates(task, changed, tuple(pairs(task, changed, base)), shlex.join(command))


def gate_revision(
    tasks: Sequence[GatedTask], base: Revision, folder: Path, *, offline: bool, every: bool = True
) -> int:
    """Gate what changed of these tasks since a revision; leave junit.xml and summary.md in the
    folder, and in one for each gate all that its notebook leaves. `every`: these are all that are
    gated, so that what the base gates beside them is in trouble. The exit status.
    """
    found = [gates_of(task, base) for task in tasks]
    sections = [each for gates in found for each in _sections(gates, base, folder, offline=offline)]
    sections += _lost(tasks, base) if every else ()
    notes = [*chain(*(_notes(each, base) for each in found)), *_not_gated(tasks, base)]
    rules = [*chain(*(_rules(each, base) for each in found))]
    _leave(folder, sections, pull_request(sections, base.shown, notes, rules))
    for note in notes:
        say(f"note: {note}")
    say(f"gate: {sentence_of(sections, base.shown)}")
    return status_of(sections)


def _leave(folder: Path, sections: Sequence[Section], text: str) -> None:
    write_whole(folder / JUNIT, suites((each.title, each.found) for each in sections))
    write_whole(folder / SUMMARY, text)
    show_step(text)


def _sections(gates: Gates, base: Revision, folder: Path, *, offline: bool) -> Iterator[Section]:
    if not gates.pairs:
        return
    with ExitStack() as stack:
        try:
            answers = stack.enter_context(_answers(gates, base)) if offline else ({}, {})
        except WorkbenchError as error:  # no recording: one line, and the other tasks are gated
            yield from (_trouble(_title(pair, gates), pair, error) for pair in gates.pairs)
            return
        environment, recorded = answers
        for pair, task, own in gates.tasks(folder):
            say(f"gate of {_title(pair, gates)}{pair.against and f', against {pair.against}'}")
            yield _section(gates, pair, task, {**environment, **own}, recorded)


def _section(
    gates: Gates,
    pair: Pair,
    task: Task,
    environment: Mapping[str, str],
    recorded: Mapping[str, Any],
) -> Section:
    title, change = _title(pair, gates), _change(pair)
    try:
        gate = gated(task, environment, recorded)
    except WorkbenchError as error:
        return _trouble(title, pair, error)
    notes = " ".join(filter(None, (pair.note, gate.notes)))
    say(f"{title}: {gate.checked.word}: {gate.checked.sentence}")
    return Section(title, pair.against, gate.checked, gate.status, gate.spent, notes, change)


def _trouble(title: str, pair: Pair, error: WorkbenchError) -> Section:
    said = redact(str(error))
    say(f"workbench: {said}", error=True)
    return Section(title, pair.against, said, TROUBLE, notes=pair.note, change=_change(pair))


def _lost(tasks: Sequence[GatedTask], base: Revision) -> Iterator[Section]:
    """The trouble of each folder whose gate was taken away."""
    for folder, why in lost_gates(tasks, base):
        say(f"workbench: {folder}: {why}", error=True)
        yield Section(folder, "", why, TROUBLE)


def _rules(gates: Gates, base: Revision) -> Iterator[tuple[str, str, str]]:
    """The requirements of a task, before and now, where they changed: a pull request that loosens
    them shows by how much.
    """
    path = gates.task.gate
    if path in gates.changed.shared:
        yield path, _then(base, path) or "", _now(path) or ""


def _title(pair: Pair, gates: Gates) -> str:
    return pair.path or f"{from_root(str(gates.task.notebook))}, as it stands"


def _change(pair: Pair) -> tuple[str, str, str] | None:
    if pair.new is None:
        return None
    return pair.path, _text(pair.old, pair.new.name), _text(pair.new, pair.new.name)


def _text(prompt: Prompt | None, name: str) -> str:
    """A prompt's file by one name, so that texts differ by what they ask."""
    return replace(prompt, name=name).text if prompt else ""


@contextmanager
def _answers(gates: Gates, base: Revision) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """What answers offline: the base's recording first, then the working tree's; and how many of
    the latter's calls are new.
    """
    recording = recording_of(gates.own_name)
    before = base.read(from_root(str(recording)))
    with tempfile.TemporaryDirectory(prefix="workbench-", ignore_cleanup_errors=True) as scratch:
        files = [recording] if recording.is_file() or before is None else []
        if before is not None:
            files.insert(0, write_whole(Path(scratch, "base.jsonl"), before))
        found = replay.changes_of(recording, base.commit) if recording.is_file() else {}
        with replay.replaying(files, gates.command) as environment:
            yield environment, found


def record_revision(task: GatedTask, base: Revision, folder: Path) -> int:
    """Execute a task's notebook as it stands and every gate that its changes call for, and keep
    their calls; what each will cost is said before.
    """
    gates = gates_of(task, base)
    recording = recording_of(gates.own_name)
    given = {**task.given, "requirements": task.gate}
    whole = Task(task.notebook, given, folder / gates.own_name, recording, task.gate, gates.command)
    asked = [(whole, {}), *((each, environment) for _, each, environment in gates.tasks(folder))]
    keep(recording, [execute_quoted(*each) for each in asked])
    return 0


def _notes(gates: Gates, base: Revision) -> Iterator[str]:
    """What else changed of a task, and what that means for its gates."""
    changed = gates.changed
    yield from changed.notes
    for path in changed.deleted:
        yield f"{path} is gone, and nothing is gated for it."
    for path in changed.shared:
        rows = _rows_changed(path, base)
        yield f"{path} changed{rows and f' ({rows})'}: both sides stand on it as it is now."
    if changed.actor and not any(pair.models for pair in gates.pairs):
        add = 'give the notebook a parameter beside = "" to hold both models against each other'
        yield f"models.yaml changed {changed.actor.name}: {add}."


def _rows_changed(path: str, base: Revision) -> str:
    """What became of a dataset's rows, in words; empty for what is no JSON Lines."""
    file = root() / path
    if not (path.endswith(".jsonl") and file.is_file()):
        return ""
    return changes_of_rows(base.content(path) or b"", file.read_bytes())


def _not_gated(tasks: Sequence[GatedTask], base: Revision) -> Iterator[str]:
    """Prompts of other folders that changed, and prompts that were released."""
    there = {path for path in base.entries if path.startswith("prompts/")}
    here = {path.relative_to(root()).as_posix() for path in (root() / "prompts").rglob("*.prompty")}
    gated_folders = {task.folder for task in tasks}
    for path in sorted(there | here):
        folder = path.rpartition("/")[0]
        if not path.endswith(".prompty") or folder in gated_folders or folder == CRITICS:
            continue
        if _now(path) != _then(base, path):
            released = "merged, it is what `released` means"
            other = "no notebook gates its task"
            yield f"{path} changed: {released if folder.startswith(RELEASES) else other}."


def _now(path: str) -> str | None:
    file = root() / path
    return plain_lines(file.read_text("utf-8", "replace")) if file.is_file() else None


def _then(base: Revision, path: str) -> str | None:
    content = base.content(path)
    return None if content is None else plain_lines(content.decode("utf-8", "replace"))
