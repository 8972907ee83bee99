# pyright: strict
"""The notebooks that gate a task: with what parameters, by which requirements, on which prompts."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from workbench.ci.standing_on import IMAGES, OUT, filled, hides, is_named, modules, patterns
from workbench.errors import WorkbenchError
from workbench.files import root, shown_path
from workbench.headless import from_root
from workbench.models.model import Model
from workbench.prompts import Prompt, load_prompts
from workbench.reports.settings import code_of, settings
from workbench.requirements import load_requirements
from workbench.shipped import MODELS

NEEDED = {  # the parameters by which two revisions meet in a notebook
    "task": 'task = "triage"  # folder under prompts/ and file under datasets/',
    "folder": 'folder = ""  # folder of the prompts; "" for prompts/<task>',
    "baseline": 'baseline = "v1"  # variant to beat',
    "variant": 'variant = ""  # who must meet the requirements; "" for the one that would ship',
    "requirements": 'requirements = ""  # file of what must be met',
}
BESIDE = "beside"  # the parameter that names a second model


class NoGate(WorkbenchError):
    """No notebook gates a task."""


@dataclass(frozen=True)
class GatedTask:
    """A notebook with the requirements that decide in it."""

    notebook: Path
    given: Mapping[str, Any]  # parameters, as they were asked for
    gate: str  # file of the requirements, from the root

    @cached_property
    def values(self) -> dict[str, Any]:
        """Every parameter."""
        return {**settings(self.notebook), **self.given}

    @property
    def name(self) -> str:
        return str(self.values["task"])

    @property
    def folder(self) -> str:
        """Where its prompts lie, from the root."""
        return str(self.values["folder"] or f"prompts/{self.name}").rstrip("/")

    @cached_property
    def prompts(self) -> tuple[Prompt, ...]:
        """Its prompts in the working tree; none where the folder is gone."""
        return tuple(load_prompts(self.folder)) if (root() / self.folder).is_dir() else ()

    @cached_property
    def code(self) -> str:
        return code_of(self.notebook)

    @property
    def own_files(self) -> tuple[str, str]:
        """What says how it is gated, from the root."""
        return self.gate, from_root(str(self.notebook))

    @property
    def models_elsewhere(self) -> bool:
        """Whether its models are not those of the repository."""
        return "WORKBENCH_MODELS" in os.environ

    @cached_property
    def modules(self) -> dict[str, str]:
        """The project's Python files that it imports, by their paths from the root."""
        found = modules(self.code, self.notebook.resolve().parent)
        return {from_root(str(path)): text for path, text in found.items()}

    def stands_on(self, path: str) -> bool:
        """Whether it may read or import a file that is none of its prompts, wherever that lies: by
        what its parameters, its code and what that imports say.
        """
        file = PurePosixPath(path)
        if path in self.modules or hides(root() / path, self.notebook.resolve().parent):
            return True
        if file.suffix.lower() in IMAGES and file.parts[0] != OUT:
            return any(file.name in rows for rows in self._rows)
        return is_named(file, self._said, self._patterns)

    @cached_property
    def _said(self) -> tuple[str, ...]:
        values = map(str, self.values.values())
        code = (filled(each, self.values) for each in (self.code, *self.modules.values()))
        return (*values, *code)

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return patterns(self._said)

    @cached_property
    def _rows(self) -> tuple[str, ...]:
        """Its datasets, as text."""
        there = (path for path in sorted((root() / "datasets").rglob("*")) if path.is_file())
        rows = (path for path in there if path.suffix.lower() not in IMAGES)
        read = (path for path in rows if self.stands_on(path.relative_to(root()).as_posix()))
        return tuple(path.read_text("utf-8", "replace") for path in read)

    def asks_of(self, measure: str) -> bool:
        """Whether a requirement is on this measure."""
        return any(line.measure == measure for line in load_requirements(self.gate).lines)

    def named_models(self, known: Mapping[str, Model]) -> Iterator[tuple[str, str]]:
        """Parameters, and words in quotes of the code, that name a model or a role."""
        said = {name: value for name, value in self.values.items() if isinstance(value, str)}
        quoted = set(re.findall(r"""[\"']([^\"'\n]+)[\"']""", self.code)) - set(said.values())
        for name, value in (*said.items(), *((f'"{each}"', each) for each in sorted(quoted))):
            if value in known:
                yield name, value


def gated_tasks(
    notebooks: Sequence[Path], given: Mapping[str, Any], gate: str
) -> tuple[GatedTask, ...]:
    """The notebooks that gate a task; of those in notebooks/ where none is named.

    A notebook gates the task of its parameters by `prompts/<task>/requirements.yaml`, or by `gate`.
    """
    asked = notebooks or sorted((root() / "notebooks").glob("*.ipynb"))
    found = [_gated(path, given, gate, named=bool(notebooks)) for path in asked]
    tasks = tuple(each for each in found if each)
    if not tasks:
        raise NoGate(
            "no notebook of notebooks/ gates a task: write down what one must meet in "
            "prompts/<task>/requirements.yaml, and name the task in a copy of 2_evaluate.ipynb"
        )
    return tasks


def every_task() -> Iterator[GatedTask]:
    """What notebooks/ gates as it stands; a notebook that cannot be read gates nothing."""
    for path in sorted((root() / "notebooks").glob("*.ipynb")):
        with suppress(WorkbenchError):
            if task := _gated(path, {}, "", named=False):
                yield task


def default_gate(values: Mapping[str, Any], *, named: bool = False) -> str:
    """The requirements that decide in a notebook of these parameters; empty where none do, as in
    one that decides nothing and is not `named`.
    """
    task = values.get("task")
    decides = named or "requirements" in values
    return f"prompts/{task}/requirements.yaml" if decides and isinstance(task, str) else ""


def _gated(notebook: Path, given: Mapping[str, Any], gate: str, *, named: bool) -> GatedTask | None:
    values = {**settings(notebook), **given}
    decides = named or "requirements" in values
    file = (gate if decides else "") or default_gate(values, named=named)
    has_gate = bool(file) and (root() / file).is_file()
    if has_gate:
        _check_home(notebook)
    if has_gate and (missing := [line for name, line in NEEDED.items() if name not in values]):
        lines = "; ".join(missing)
        raise WorkbenchError(
            f"{notebook.name} cannot hold a prompt against its base: add to its parameters, and "
            f"use as notebooks/2_evaluate.ipynb does: {lines}"
        )
    if named and not has_gate:
        raise WorkbenchError(f"{notebook.name}: {file or 'a task'} is not there: name --gate FILE")
    return GatedTask(notebook, given, file) if has_gate else None


def _check_home(notebook: Path) -> None:
    """Refuse a notebook that would find another project's prompts and examples, from its folder."""
    home = root(notebook.parent)
    if home != root() and (home / MODELS).is_file():
        raise WorkbenchError(
            f"{shown_path(home)}/{MODELS} makes a project of its own of that folder, in which "
            f"{notebook.name} would find other prompts and examples: take it away"
        )
