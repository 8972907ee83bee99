# pyright: strict
"""Prompts that a revision gates and the working tree no more: a branch that takes a gate away does
not pass by that.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from workbench.ci.revision import Revision
from workbench.ci.tasks import GatedTask, default_gate, every_task
from workbench.errors import WorkbenchError
from workbench.files import root
from workbench.headless import from_root
from workbench.reports.settings import settings
from workbench.shipped import MODELS

GatedAt = Mapping[str, Sequence[tuple[str, str]]]  # by folder: notebook and requirements


def lost_gates(tasks: Sequence[GatedTask], base: Revision) -> Iterator[tuple[str, str]]:
    """Folders of prompts that a notebook of notebooks/ gates at the base and none does now, each
    with what to do. A folder that holds no prompt any more lost nothing.
    """
    gated = {task.folder for task in (*tasks, *every_task())}
    for folder, ((notebook, gate), *_) in sorted(gated_at(base).items()):
        if folder in gated or not _holds_prompts(folder):
            continue
        gone = notebook if (root() / gate).is_file() else gate
        yield (
            folder,
            f"gated at {base.shown} by {notebook} with {gate}, and by nothing now: bring back "
            f"{gone}, or take the prompts away with their gate",
        )


def gone_gates(tasks: Sequence[GatedTask], base: Revision) -> Iterator[tuple[str, str]]:
    """Files of gates that went with all prompts of their folder, which may lie elsewhere now, and
    notebooks that gated one beside others, each with what it gated.
    """
    now: dict[str, set[str]] = {}
    for task in (*tasks, *every_task()):
        now.setdefault(task.folder, set()).add(from_root(str(task.notebook)))
    for folder, gates in sorted(gated_at(base).items()):
        notebooks = [notebook for notebook, _ in gates]
        if not _holds_prompts(folder):
            yield gates[0][1], f"the prompts of {folder} are gone, with what gated them"
        elif folder in now and len(now[folder]) < len(notebooks):
            gone = [each for each in notebooks if each not in now[folder]]
            yield from ((each, f"it gated {folder}, and does so no more") for each in gone)


def refuse_another_project(base: Revision) -> None:
    """Refuse a branch that took away what made the folder at hand a project, where one above it is
    gated in its place.
    """
    here, home = Path.cwd().resolve(), root()
    for folder in (here, *here.parents):
        if folder == home:
            return
        path = (folder / MODELS).relative_to(home).as_posix()
        if path in base.entries:
            raise WorkbenchError(
                f"{path} is gone since {base.shown}, and {path.removesuffix(f'/{MODELS}')} is no "
                "project without it: bring it back, or take away the job that gates it"
            )


def is_all_gone(base: Revision) -> bool:
    """Whether all prompts that were gated are gone, so that nothing is left to gate."""
    folders = gated_at(base)
    return bool(folders) and not any(map(_holds_prompts, folders))


def _holds_prompts(folder: str) -> bool:
    return any((root() / folder).glob("*.prompty"))


@lru_cache(maxsize=4)  # asked several times of one base, whose every notebook it reads
def gated_at(base: Revision) -> GatedAt:
    """The folders of prompts that are gated at a revision: by which notebooks and files."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in base.within("notebooks", ".ipynb"):
        values = settings_at(base, path)
        gate = default_gate(values)
        if gate in base.entries:
            folder = values.get("folder") or f"prompts/{values['task']}"
            found.setdefault(str(folder).rstrip("/"), []).append((path, gate))
    return found


def settings_at(base: Revision, notebook: str) -> dict[str, Any]:
    """The parameters of a notebook at a revision; none of what is no notebook there."""
    with tempfile.TemporaryDirectory(prefix="workbench-") as scratch:
        copy = Path(scratch, PurePosixPath(notebook).name)
        copy.write_bytes(base.content(notebook) or b"")
        try:
            return settings(copy)
        except WorkbenchError:
            return {}
