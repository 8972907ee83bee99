# pyright: strict
"""Prompts that a revision gates and the working tree no more: a branch that takes a gate away does
not pass by that.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from workbench.ci.revision import Revision
from workbench.ci.tasks import GatedTask, default_gate, every_task
from workbench.errors import WorkbenchError
from workbench.files import root
from workbench.reports.settings import settings


def lost_gates(tasks: Sequence[GatedTask], base: Revision) -> Iterator[tuple[str, str]]:
    """Folders of prompts that a notebook of notebooks/ gates at the base and none does now, each
    with what to do. A folder that holds no prompt any more lost nothing.
    """
    gated = {task.folder for task in (*tasks, *every_task())}
    for folder, (notebook, gate) in sorted(gated_at(base).items()):
        if folder in gated or not any((root() / folder).glob("*.prompty")):
            continue
        gone = notebook if (root() / gate).is_file() else gate
        yield (
            folder,
            f"gated at {base.shown} by {notebook} with {gate}, and by nothing now: bring back "
            f"{gone}, or take the prompts away with their gate",
        )


def gated_at(base: Revision) -> dict[str, tuple[str, str]]:
    """The folders of prompts that are gated at a revision: by which notebook, with which file."""
    found: dict[str, tuple[str, str]] = {}
    with tempfile.TemporaryDirectory(prefix="workbench-") as scratch:
        for path in base.within("notebooks", ".ipynb"):
            copy = Path(scratch, PurePosixPath(path).name)
            copy.write_bytes(base.content(path) or b"")
            try:
                values = settings(copy)
            except WorkbenchError:  # it gated nothing
                continue
            gate = default_gate(values)
            if gate in base.entries:
                folder = values.get("folder") or f"prompts/{values['task']}"
                found[str(folder).rstrip("/")] = path, gate
    return found
