# pyright: strict
"""What a gate of two revisions executes: a changed prompt and what it is held against, as a folder
of prompts with parameters for the notebook.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.ci.changes import RELEASES, Changes, PromptChange
from workbench.ci.revision import Revision
from workbench.ci.tasks import BESIDE, GatedTask
from workbench.errors import ModelError, WorkbenchError
from workbench.files import canonical, resolve, write_whole
from workbench.models.catalogue import model
from workbench.models.yaml_files import mapping, read_yaml
from workbench.prompts import Prompt, read_prompt
from workbench.requirements import load_requirements
from workbench.requirements.examined import RELEASED
from workbench.shipped import MODELS

GATE = "requirements.yaml"
OF_BASE = "base"  # what the base's text is called beside the head's, and its model after a dash


@dataclass(frozen=True)
class Pair:
    """One gate: `path` is the prompt that must meet the requirements (empty: the one that would
    ship), `against` in words what it is held against, `texts` the prompts by name.
    """

    name: str  # of its folder
    path: str
    against: str
    texts: Mapping[str, Prompt]
    parameters: Mapping[str, Any]
    old: Prompt | None = None
    new: Prompt | None = None
    models: Mapping[str, Any] | None = None  # a models file, where the base's model answers too
    note: str = ""
    rules: str | None = None  # the requirements of the base, where these decide

    def write(self, folder: Path) -> dict[str, str]:
        """Its prompts and models, as files in a folder; what the notebook's environment needs."""
        _clear(folder / "prompts")
        for name, prompt in self.texts.items():
            write_whole(folder / "prompts" / f"{name}.prompty", replace(prompt, name=name).text)
        if self.rules is not None:
            write_whole(folder / GATE, self.rules)
        if self.models is None:
            return {}
        return {"WORKBENCH_MODELS": str(write_whole(folder / MODELS, canonical(self.models)))}


def _clear(folder: Path) -> None:
    """Take away the prompts of an earlier gate."""
    for path in folder.glob("*.prompty") if folder.is_dir() else ():
        path.unlink()


def pairs(task: GatedTask, changed: Changes, base: Revision) -> Iterator[Pair]:
    """A gate for every changed prompt; where the model changed for every prompt; and where only
    what both sides share changed, one of the notebook as it stands.
    """
    release = _released(task, base)
    if changed.actor and BESIDE in task.values:
        yield from _on_two_models(task, changed, base, release)
    elif changed.prompts:
        for each in changed.prompts:
            yield _of_prompt(task, each, base, release)
    elif changed.is_of_both or changed.actor:
        yield Pair(task.name, "", "", {}, {**task.given, "variant": ""})


def by_base(pair: Pair, rules: str) -> Pair:
    """The same gate by the requirements of the base."""
    return replace(pair, name=f"{pair.name}-by-{OF_BASE}", rules=rules)


def _of_prompt(
    task: GatedTask, change: PromptChange, base: Revision, release: Prompt | None
) -> Pair:
    """A changed prompt against what stood in its place."""
    against, name, said = _against(task, change, base, release)
    texts = {change.new.name: change.new} | ({name: against} if against else {})
    if release and _asks_release(task):
        texts = {RELEASED: release} | texts
    return Pair(
        f"{task.name}-{change.new.name}",
        change.path,
        said,
        texts,
        {**task.given, "variant": change.new.name, "baseline": name},
        old=against,
        new=change.new,
        note=change.why and f"{change.path}: {change.why}, so it is held like a new prompt.",
    )


def _against(
    task: GatedTask, change: PromptChange, base: Revision, release: Prompt | None
) -> tuple[Prompt | None, str, str]:
    """What a prompt is held against, the name that it gets beside it, and which it is in words."""
    if change.old is not None:
        said = f"its own text at {base.shown}{change.formerly}"
        return change.old, _free(OF_BASE, change.new.name), said
    if release is not None:
        return release, _free(RELEASED, change.new.name), f"the released prompt {release.name}"
    name = str(task.values["baseline"])
    path = f"{task.folder}/{name}.prompty"
    if name == change.new.name:
        return None, name, "nothing: it is the notebook's baseline, and new"
    said = f"{name}, the notebook's baseline"
    if (text := base.read(path)) is not None:
        return read_prompt(name, text), name, f"{said}, at {base.shown}"
    return next((each for each in task.prompts if each.name == name), None), name, said


def _free(name: str, taken: str) -> str:
    return name if name != taken else f"{name}-1"


def _on_two_models(
    task: GatedTask, changed: Changes, base: Revision, release: Prompt | None
) -> Iterator[Pair]:
    """Every prompt on its model, against what it was on the model of the base."""
    assert changed.actor
    models = _both_models(changed.actor.name, changed.actor.entry)
    same = {f"{task.folder}/{each.name}.prompty": each for each in changed.same}
    moved = {each.path: each for each in changed.prompts}
    for path in sorted(moved | same):
        if path in moved:
            yield _on_models(_of_prompt(task, moved[path], base, release), *models)
            continue
        prompt = same[path]
        pair = _of_prompt(task, PromptChange(path, prompt, prompt), base, release)
        texts = {name: each for name, each in pair.texts.items() if name in (prompt.name, RELEASED)}
        own = {**pair.parameters, "baseline": prompt.name}
        yield _on_models(replace(pair, texts=texts, parameters=own, old=None, new=None), *models)


def _on_models(pair: Pair, mine: str, theirs: str, file: Mapping[str, Any]) -> Pair:
    """A pair whose sides are asked of two models."""
    named = {
        "variant": f"{pair.parameters['variant']} @ {mine}",
        "baseline": f"{pair.parameters['baseline']} @ {theirs}",
    }
    return replace(
        pair,
        parameters={**pair.parameters, **named, BESIDE: theirs},
        models=file,
        against=f"{pair.against}, on its model there",
    )


def _both_models(name: str, entry: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """The model of the head, that of the base, and a models file that holds both."""
    mine = model(name).name
    path = resolve(MODELS)
    document = dict(mapping(read_yaml(path, MODELS, ModelError), MODELS))
    entries = dict(mapping(document.get("models"), MODELS))
    theirs = f"{mine}-{OF_BASE}"
    return mine, theirs, {**document, "models": {**entries, theirs: dict(entry)}}


def _asks_release(task: GatedTask) -> bool:
    return any(line.baseline == RELEASED for line in load_requirements(task.gate).lines)


def _released(task: GatedTask, base: Revision) -> Prompt | None:
    """The prompt that the base has released for a task: the one that the alias `released` points
    to, else of several the one whose card is newest.
    """
    folder = f"{RELEASES}/{task.name}"
    found, pointed = base.within(folder, ".prompty"), f"{folder}/{_pointed(base, folder)}"

    def newest(path: str) -> tuple[bool, str, str]:
        return path == pointed, _started(base, path), path

    for path in sorted(found, key=newest, reverse=True):
        try:
            return read_prompt(Path(path).stem, base.read(path) or "")
        except WorkbenchError:
            continue  # a release that no longer loads ships nowhere
    return None


def _pointed(base: Revision, folder: str) -> str:
    """The file that the alias `released` points to; empty where there is no such alias."""
    try:
        aliases = json.loads(base.read(f"{folder}/aliases.json") or "{}")
        return str(aliases[RELEASED]["prompt"])
    except (ValueError, LookupError, TypeError, WorkbenchError):
        return ""


def _started(base: Revision, path: str) -> str:
    """When the run began that a release stands on; empty where no card says so."""
    try:
        card = json.loads(base.read(path.removesuffix(".prompty") + ".card.json") or "{}")
        return str(card.get("started", ""))
    except (ValueError, AttributeError, WorkbenchError):
        return ""
