# pyright: strict
"""The gates that a revision calls for: each changed prompt's, by today's requirements and, where
these ask for less, by the base's.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.ci.changes import Changes, changes
from workbench.ci.lost import gated_at
from workbench.ci.pairs import GATE, Pair, by_base, pairs
from workbench.ci.rerecorded import Rerecorded
from workbench.ci.revision import Revision
from workbench.ci.tasks import GatedTask
from workbench.ci.yardsticks import Yardstick, answers, loosened, recorded, yardsticks
from workbench.errors import WorkbenchError
from workbench.files import root
from workbench.headless import Task, from_root, own_name, recording_of


@dataclass(frozen=True)
class Gates:
    """What a revision calls for of one task."""

    task: GatedTask
    changed: Changes
    pairs: tuple[Pair, ...]
    command: str  # that records what they answer
    yardsticks: tuple[Yardstick, ...]  # that changed beside what they decide about
    rules: str | None  # the requirements of the base, where today's ask for less
    recorded: Rerecorded  # what became of its recording

    @property
    def own_name(self) -> str:
        return own_name(self.task.notebook, self.task.given)

    def asked(self, *, both: bool) -> tuple[Pair, ...]:
        """The pairs; `both`: by the requirements of the base too, where today's ask for less."""
        if self.rules is None or not both:
            return self.pairs
        return (*(by_base(pair, self.rules) for pair in self.pairs), *self.pairs)

    def tasks(
        self, folder: Path, *, both: bool = True
    ) -> Iterator[tuple[Pair, Task, dict[str, str]]]:
        """Each pair, its notebook with all that is set, and what its environment needs."""
        for pair in self.asked(both=both):
            place = folder / pair.name
            environment = pair.write(place)
            gate = _named(place / GATE) if pair.rules is not None else self.task.gate
            given = {**pair.parameters, "requirements": gate}
            if pair.texts:
                given["folder"] = _named(place / "prompts")
            yield pair, self._task(given, place, gate), environment

    def as_it_stands(self, place: Path) -> Task:
        """The notebook on all its prompts."""
        return self._task(
            {**self.task.given, "requirements": self.task.gate}, place, self.task.gate
        )

    def _task(self, given: Mapping[str, Any], place: Path, gate: str) -> Task:
        if "release_to" in self.task.values:  # the baseline moves by a reviewed commit only
            given = {**given, "release_to": _named(place / "released")}
        recording = recording_of(self.own_name)
        return Task(self.task.notebook, given, place, recording, gate, self.command)


def _named(folder: Path) -> str:
    """A folder from the root where it lies there: so a notebook is executed alike anywhere."""
    home = root()
    return folder.relative_to(home).as_posix() if folder.is_relative_to(home) else str(folder)


def gates_of(task: GatedTask, base: Revision) -> Gates:
    """What a revision calls for of a task."""
    changed = changes(task, base)
    _check_baseline(task, base)
    typed = [each for name, value in task.given.items() for each in ("-p", name, str(value))]
    command = ["workbench", "record", from_root(str(task.notebook)), *typed]
    command += ["--gate", task.gate, "--base", base.asked]
    became = recorded(task, base)
    found, rules = _judged_otherwise(task, changed, base, became)
    called_for = tuple(pairs(task, changed, base))
    return Gates(task, changed, called_for, shlex.join(command), found, rules, became)


def _check_baseline(task: GatedTask, base: Revision) -> None:
    """Refuse a branch after which the notebook has nothing to hold variants against."""
    name = str(task.values["baseline"]).partition(" @ ")[0]
    there = [each.name for each in task.prompts]
    path = f"{task.folder}/{name}.prompty"
    if there and name not in there and path in base.entries:
        notebook = from_root(str(task.notebook))
        raise WorkbenchError(
            f"{path} is gone, and {notebook} holds every variant against it: name another baseline "
            f"in its parameters ({', '.join(there)}), or bring it back"
        )


def _judged_otherwise(
    task: GatedTask, changed: Changes, base: Revision, became: Rerecorded
) -> tuple[tuple[Yardstick, ...], str | None]:
    """The yardsticks that changed beside the prompts or the model that they decide about, and the
    base's requirements where today's ask for less; none of a task that is gated for the first time.
    A recording is one also alone, for no person can read what became of it.
    """
    ((_, gate), *_) = gated_at(base).get(task.folder) or [("", task.gate)]
    gate = task.gate if task.gate in base.entries else gate
    if gate not in base.entries:
        return (), None
    if not (changed.prompts or changed.actor):
        asked_anew = changed.is_of_both  # rows, say, that need new answers
        said = became.decides_otherwise if asked_anew else became.sentence
        return tuple(answers(task, said)), None
    rules = loosened(task, base, gate)
    return tuple(yardsticks(task, changed, base, rules, became)), rules
