"""Every gate that a revision calls for: executed, replayed or recorded; what CI reads of them."""

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from workbench import words
from workbench.ci.called_for import Gates, gates_of
from workbench.ci.lost import gone_gates, is_all_gone, lost_gates, refuse_another_project
from workbench.ci.noted import not_gated, notes_of, rules_of
from workbench.ci.pairs import Pair
from workbench.ci.revision import Revision, place_in_repository, revision
from workbench.ci.tasks import GatedTask, NoGate
from workbench.ci.yardsticks import Review, Yardstick, recording_path, released, review, workflows
from workbench.errors import WorkbenchError
from workbench.exchange.gate_files import JUNIT, SUMMARY, show_step
from workbench.exchange.junit import suites
from workbench.exchange.pull_request import TROUBLE, Section, pull_request, sentence_of, status_of
from workbench.files import root, unusable, write_whole
from workbench.headless import Task, from_root, gated, keep, recording_of
from workbench.printing import say
from workbench.prompts import Prompt
from workbench.reports import replay
from workbench.secrets import redact
from workbench.shipped import MODELS

# the environment of the kernel, and what is said of recordings
_Answers = tuple[dict[str, str], dict[str, Any]]


def gate_since(
    name: str,
    tasks: Callable[[], Sequence[GatedTask]],
    folder: Path,
    *,
    offline: bool,
    max_age: float = math.inf,
    reviewed: str | None = None,
) -> int:
    """Gate what changed since the revision of that name, `offline` from recorded answers that came
    at most `max_age` days ago; what keeps any gate from being begun stands in junit.xml and
    summary.md too. The exit status.
    """
    _clear(folder)
    try:
        base = revision(root(), name)
        refuse_another_project(base)
        if not offline:
            base.refuse_committed_store()
    except WorkbenchError as error:
        section = Section("workbench ci", "", redact(str(error)), TROUBLE)
        _leave(folder, [section], name or "?")
        raise
    try:
        found = tasks()
    except WorkbenchError as error:
        trouble = "" if isinstance(error, NoGate) and is_all_gone(base) else str(error)
        said = {"offline": offline, "reviewed": reviewed}
        return gate_revision((), base, folder, trouble=trouble, **said)
    return gate_revision(found, base, folder, offline=offline, max_age=max_age, reviewed=reviewed)


def _clear(folder: Path) -> None:
    """Take away what an earlier gate left: one that is killed stands on no other's word."""
    for path in (folder / JUNIT, folder / SUMMARY):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise WorkbenchError(f"{path} cannot be taken away: {unusable(error)}") from error


def gate_revision(
    tasks: Sequence[GatedTask],
    base: Revision,
    folder: Path,
    *,
    offline: bool,
    max_age: float = math.inf,
    reviewed: str | None = None,
    trouble: str = "",
) -> int:
    """Gate what changed of these tasks since a revision; leave junit.xml and summary.md in the
    folder, and in one for each gate all that its notebook leaves. The exit status.

    What the base gates and nothing does now is in trouble, as is what kept tasks from being found.
    Where what decides changed too a prompt must also meet the base's requirements, until `reviewed`
    holds the word of that change; and where it is given, a person is asked for that word.
    """
    found, sections = _found(tasks, base)
    asked = _asked(found, tasks, base, reviewed)
    for gates in found:
        answers = _answers(gates, base, max_age, offline=offline)
        sections += _sections(gates, base, folder, answers, both=asked.is_due)
    sections += _refused(found, tasks, base)
    if trouble:
        sections.append(_said("what is gated", "", trouble))
    notes = _notes(found, tasks, base, asked)
    rules = [*chain(*(rules_of(each, base) for each in found))]
    _leave(folder, sections, base.shown, notes, rules, asked.sentence if asked.stops else "")
    return status_of(sections, unreviewed=asked.stops)


def _asked(
    found: Sequence[Gates], tasks: Sequence[GatedTask], base: Revision, reviewed: str | None
) -> Review:
    """What a person is asked, of all tasks together."""
    judges = [each for gates in found for each in gates.yardsticks]
    judges += [*released(base), *(Yardstick(*each) for each in gone_gates(tasks, base))]
    about = _decided_about(found)
    found_here = [*judges, *(workflows(base) if about else ())]
    return review(found_here, about, base, reviewed)


def _decided_about(found: Sequence[Gates]) -> Sequence[str]:
    """The files that changed and are decided about."""
    prompts = [each.path for gates in found for each in gates.changed.prompts]
    return [*prompts, *(MODELS for gates in found if gates.changed.actor)]


def _notes(
    found: Sequence[Gates], tasks: Sequence[GatedTask], base: Revision, asked: Review
) -> Sequence[str]:
    """What a person is asked, where it stops nothing, and all else that changed."""
    notes = [asked.sentence] if asked.is_due and not asked.stops else []
    notes += [*chain(*(notes_of(each, base) for each in found)), *not_gated(tasks, base)]
    if not _decided_about(found):
        notes += [f"{each.path} changed: {each.how}." for each in workflows(base)]
    return notes


def _found(tasks: Sequence[GatedTask], base: Revision) -> tuple[list[Gates], list[Section]]:
    """What is called for of each task, and the trouble of those of which nobody can say."""
    found: list[Gates] = []
    sections: list[Section] = []
    for task in tasks:
        try:
            found.append(gates_of(task, base))
        except WorkbenchError as error:
            sections.append(_said(from_root(str(task.notebook)), "", str(error)))
    return found, sections


def _leave(
    folder: Path,
    sections: Sequence[Section],
    base: str,
    notes: Sequence[str] = (),
    rules: Sequence[tuple[str, str, str]] = (),
    asked: str = "",
) -> None:
    """Write and say what was found."""
    name = f"ci {place_in_repository(root())}".rstrip(" /")  # a comment for each project of one
    text = pull_request(sections, base, notes, rules, asked, name=name)
    write_whole(folder / JUNIT, suites(((each.title, each.found) for each in sections), asked))
    write_whole(folder / SUMMARY, text)
    show_step(text)
    for note in notes:
        say(f"note: {note}")
    if asked:
        say(f"needs a person: {asked}")
    say(f"gate: {sentence_of(sections, base, unreviewed=bool(asked))}")


def _sections(
    gates: Gates,
    base: Revision,
    folder: Path,
    answers: AbstractContextManager[_Answers],
    *,
    both: bool,
) -> Iterator[Section]:
    if not gates.pairs:
        return
    with ExitStack() as stack:
        try:
            environment, recorded = stack.enter_context(answers)
        except WorkbenchError as error:  # of the recording: one line, and the others are gated
            yield from (_trouble(_title(pair, gates, base), pair, error) for pair in gates.pairs)
            return
        for pair, task, own in gates.tasks(folder, both=both):
            title = _title(pair, gates, base)
            say(f"gate of {title}{pair.against and f', against {pair.against}'}")
            yield _section(title, pair, task, {**environment, **own}, recorded)


def _section(
    title: str, pair: Pair, task: Task, environment: Mapping[str, str], recorded: Mapping[str, Any]
) -> Section:
    change = _change(pair)
    try:
        gate = gated(task, environment, recorded)
    except WorkbenchError as error:
        return _trouble(title, pair, error)
    notes = " ".join(filter(None, (pair.note, gate.notes)))
    say(f"{title}: {gate.checked.word}: {gate.checked.sentence}")
    return Section(title, pair.against, gate.checked, gate.status, gate.spent, notes, change)


def _trouble(title: str, pair: Pair, error: WorkbenchError) -> Section:
    section = _said(title, pair.against, str(error))
    return replace(section, notes=pair.note, change=_change(pair))


def _said(title: str, against: str, why: str) -> Section:
    """Trouble, said at once."""
    said = redact(why)
    say(f"workbench: {said}", error=True)
    return Section(title, against, said, TROUBLE)


def _refused(
    found: Sequence[Gates], tasks: Sequence[GatedTask], base: Revision
) -> Iterator[Section]:
    """The trouble of each recording in which answers were edited, and of each folder whose gate was
    taken away.
    """
    for gates in found:
        if edited := gates.recorded.edited:
            path = recording_path(gates.task)
            yield _said(path, "", f"{path}: {_no_two_at_once(edited, gates, base)}")
    for folder, why in lost_gates(tasks, base):
        yield _said(folder, "", f"{folder}: {why}")


def _no_two_at_once(edited: int, gates: Gates, base: Revision) -> str:
    return (
        f"{words.count(edited, 'recorded call')} of {base.shown} answered otherwise, and as at the "
        "same moment: edited, not recorded. Bring the answers back, or ask again with: "
        f"{gates.command} --afresh"
    )


def _title(pair: Pair, gates: Gates, base: Revision) -> str:
    title = pair.path or f"{from_root(str(gates.task.notebook))}, as it stands"
    return f"{title}, by the requirements of {base.shown}" if pair.rules is not None else title


def _change(pair: Pair) -> tuple[str, str, str] | None:
    if pair.new is None:
        return None
    return pair.path, _text(pair.old, pair.new.name), _text(pair.new, pair.new.name)


def _text(prompt: Prompt | None, name: str) -> str:
    """A prompt's file by one name, so that texts differ by what they ask."""
    return replace(prompt, name=name).text if prompt else ""


@contextmanager
def _answers(gates: Gates, base: Revision, max_age: float, *, offline: bool) -> Iterator[_Answers]:
    """What answers `offline`: the base's recording first, then the working tree's; of what days
    that is, and how many of the latter's calls are new.
    """
    if not offline:
        yield {}, {}
        return
    recording = recording_of(gates.own_name)
    before = base.read(from_root(str(recording)))
    with tempfile.TemporaryDirectory(prefix="workbench-", ignore_cleanup_errors=True) as scratch:
        files = [recording] if recording.is_file() or before is None else []
        if before is not None:
            files.insert(0, write_whole(Path(scratch, "base.jsonl"), before))
        with replay.replaying(files, gates.command) as environment:
            found = replay.held_in(files)
            replay.refuse_older(found, max_age, gates.command)
            if recording.is_file():
                found |= replay.changes_of(recording, base.commit)
            yield environment, found


def record_revision(task: GatedTask, base: Revision, folder: Path, *, afresh: bool) -> int:
    """Execute a task's notebook as it stands and every gate that its changes call for, and keep
    their calls; what each will cost is said before.
    """
    gates = gates_of(task, base)
    recording = recording_of(gates.own_name)
    whole = gates.as_it_stands(folder / gates.own_name)
    asked = [(whole, {}), *((each, environment) for _, each, environment in gates.tasks(folder))]
    keep(recording, asked, afresh=afresh, base=base.content(recording_path(task)))
    return 0
