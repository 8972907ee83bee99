# pyright: strict
"""What a revision changed of a task: its prompts, and what both sides of them share."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.ci.lost import settings_at
from workbench.ci.revision import Revision
from workbench.ci.tasks import GatedTask, default_gate
from workbench.errors import ModelError, PromptError, WorkbenchError
from workbench.files import root
from workbench.headless import from_root
from workbench.models.catalogue import load_models
from workbench.models.model import Model
from workbench.models.yaml_files import mapping, read_yaml
from workbench.prompts import Prompt, load_prompt, read_prompt
from workbench.shipped import MODELS

CRITICS, RELEASES = "prompts/critics", "prompts/released"
ACTOR = "actor"  # the parameter that names who answers
ALIKE = 0.5  # of its words from which on a renamed file is the same one, as for git


@dataclass(frozen=True)
class PromptChange:
    """A prompt that asks another thing than at the base, or that is new there (`old` is None)."""

    path: str
    new: Prompt
    old: Prompt | None
    why: str = ""  # nothing stands in its place at the base, where that takes words
    was: str = ""  # its path at the base, where that was another

    @property
    def formerly(self) -> str:
        return f" as {self.was}" if self.was else ""


@dataclass(frozen=True)
class ModelChange:
    """Who answers: its name, and its entry of models.yaml at the base."""

    name: str
    entry: Mapping[str, Any]


@dataclass(frozen=True)
class Changes:
    """All that changed of one task."""

    prompts: tuple[PromptChange, ...]
    same: tuple[Prompt, ...]  # that ask what they asked
    deleted: tuple[str, ...]  # paths
    shared: tuple[str, ...]  # files that both sides stand on: critics, examples, the gate itself
    of_models: tuple[str, ...]  # of models.yaml: parameters whose model is another, "prices"
    actor: ModelChange | None
    notes: tuple[str, ...]

    @property
    def is_of_both(self) -> bool:
        """Whether anything changed that both sides stand on."""
        return bool(self.shared or self.of_models)


def changes(task: GatedTask, base: Revision) -> Changes:
    """What the working tree changed of a task since a revision, by fingerprint."""
    _refuse_submodules(task, base)
    sides = _sides(task, base)
    models, unreadable = _models(task, base)
    judges = (each.name for name, each in models.items() if name != ACTOR)
    prices = ("prices",) if _price_changed(task, base) else ()
    return Changes(
        sides.changed,
        sides.same,
        sides.deleted,
        tuple(_shared(task, base)),
        (*judges, *prices),
        models.get(ACTOR),
        (
            *(f"{path} was {was}, by the same text." for path, was in sides.moved.items()),
            *unreadable,
        ),
    )


@dataclass(frozen=True)
class _Sides:
    """A task's prompts by path: at hand, at the base, and there but not to be read, with why."""

    head: Mapping[str, Prompt]
    before: Mapping[str, Prompt]
    unread: Mapping[str, str]

    @cached_property
    def _differing(self) -> dict[str, PromptChange]:
        """What does not ask what its path asked at the base."""
        return {
            path: PromptChange(path, new, self.before.get(path), self.unread.get(path, ""))
            for path, new in self.head.items()
            if path not in self.before or self.before[path].fingerprint != new.fingerprint
        }

    @cached_property
    def moved(self) -> dict[str, str]:
        """New paths of old texts, with the paths that these had and have no more."""
        gone = {
            each.fingerprint: path for path, each in self.before.items() if path not in self.head
        }
        return {
            path: gone[each.new.fingerprint]
            for path, each in self._differing.items()
            if path not in (self.before.keys() | self.unread.keys())
            and each.new.fingerprint in gone
        }

    @cached_property
    def changed(self) -> tuple[PromptChange, ...]:
        """What is another, and new paths: held to a text that went by, where that is much alike."""
        found = [each for path, each in self._differing.items() if path not in self.moved]
        gone = {each: self.before[each] for each in sorted(self._gone & self.before.keys())}
        for place, each in enumerate(found):
            is_new = each.path not in (self.before.keys() | self.unread.keys())
            alike = {path: _alike(old, each.new) for path, old in gone.items()} if is_new else {}
            if alike and alike[was := max(alike, key=alike.__getitem__)] >= ALIKE:
                found[place] = replace(each, old=gone.pop(was), was=was)
        return tuple(found)

    @property
    def _gone(self) -> frozenset[str]:
        there = self.before.keys() | self.unread.keys()
        return frozenset(there - self.head.keys() - set(self.moved.values()))

    @property
    def same(self) -> tuple[Prompt, ...]:
        changed = {each.path for each in self.changed}
        return tuple(each for path, each in self.head.items() if path not in changed)

    @property
    def deleted(self) -> tuple[str, ...]:
        return tuple(sorted(self._gone - {each.was for each in self.changed}))


def _alike(old: Prompt, new: Prompt) -> float:
    """How much of what two prompts ask is the same, in words."""
    before, now = (
        [word for message in each.messages for word in message.template.split()]
        for each in (old, new)
    )
    return SequenceMatcher(None, before, now).ratio()


def _refuse_submodules(task: GatedTask, base: Revision) -> None:
    """What lies in a submodule is another repository's to gate."""
    there = base.submodule(task.folder)
    parts = Path(task.folder).parts
    above = (Path(*parts[:count]) for count in range(1, len(parts) + 1))
    here = next((path.as_posix() for path in above if (root() / path / ".git").exists()), "")
    if there or here:
        raise WorkbenchError(
            f"{there or here} is a submodule: run workbench ci in its own repository, where git "
            "knows its prompts"
        )


def _sides(task: GatedTask, base: Revision) -> _Sides:
    head = {f"{task.folder}/{each.name}.prompty": each for each in task.prompts}
    before: dict[str, Prompt] = {}
    unread: dict[str, str] = {}
    for path in base.within(task.folder, ".prompty"):
        try:
            before[path] = _prompt_at(base, path)
        except WorkbenchError as error:
            unread[path] = f"its text at {base.shown} cannot be read ({error})"
    return _Sides(head, before, unread)


def _prompt_at(base: Revision, path: str) -> Prompt:
    text = base.read(path)
    if text is None:
        raise PromptError("a link that leads out of the project, or nowhere")
    return read_prompt(Path(path).stem, text)


def _shared(task: GatedTask, base: Revision) -> Iterator[str]:
    """What both sides are asked and judged by, wherever it lies, where it differs from the base."""
    known = (MODELS, f"{RELEASES}/", "recordings/")
    own = {f"{task.folder}/{each.name}.prompty" for each in task.prompts}
    own |= {*base.within(task.folder, ".prompty"), default_gate(task.values)}
    stood_on = {
        path
        for path in (base.changed | base.links) - own
        if not path.startswith(known) and task.stands_on(path)
    }
    for path in sorted(stood_on | {*task.own_files}):
        if (root() / path).is_dir():  # a submodule
            yield path
        elif _content(root() / path) != _plain(base.content(path)):
            same = path.endswith(".prompty") and _asks_alike(base, path)
            if not same:
                yield path


def _content(path: Path) -> bytes | None:
    return _plain(path.read_bytes()) if path.is_file() else None


def _plain(content: bytes | None) -> bytes | None:
    """Content whatever its line ends."""
    return None if content is None else re.sub(rb"\r\n?", b"\n", content)


def _asks_alike(base: Revision, path: str) -> bool:
    try:
        return load_prompt(path).fingerprint == _prompt_at(base, path).fingerprint
    except WorkbenchError:
        return False


def _models(task: GatedTask, base: Revision) -> tuple[dict[str, ModelChange], tuple[str, ...]]:
    """The parameters whose model is another than at the base, with what it was; and why nobody
    knows.
    """
    text = base.read(MODELS)
    if text is None or task.models_elsewhere:
        return {}, ()
    try:
        entries, before = _read_models(text)
    except WorkbenchError as error:
        why = f"{MODELS} at {base.shown} cannot be read ({error}): one model answers both sides."
        return {}, (why,)
    now = load_models(MODELS)
    then = {**settings_at(base, from_root(str(task.notebook))), **task.given}.get(ACTOR)
    return {
        name: ModelChange(value, entries[before[old].name])
        for name, value in task.named_models(now)
        if (old := str(then) if then and name == ACTOR else value) in before
        and _asked(before[old]) != _asked(now[value])
    }, ()


def _price_changed(task: GatedTask, base: Revision) -> bool:
    """Whether who answers has another price than at the base, where a requirement is on cost."""
    text = base.read(MODELS)
    if text is None or task.models_elsewhere or not task.asks_of("cost"):
        return False
    try:
        before, now = _read_models(text)[1], load_models(MODELS)
    except WorkbenchError:
        return False
    named = [value for _, value in task.named_models(now) if value in before]
    return any(before[each].price != now[each].price for each in named)


def _read_models(text: str) -> tuple[Mapping[str, Any], dict[str, Model]]:
    """The entries and the models, by name and role, of a models file's text."""
    with tempfile.TemporaryDirectory(prefix="workbench-") as scratch:
        path = Path(scratch, MODELS)
        path.write_text(text, encoding="utf-8")
        document = mapping(read_yaml(path, MODELS, ModelError), MODELS)
        return mapping(document.get("models"), MODELS), load_models(path)


def _asked(model: Model) -> tuple[Any, ...]:
    """What determines a model's answers."""
    return model.endpoint, model.id, dict(model.parameters)
