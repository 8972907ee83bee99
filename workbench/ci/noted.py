# pyright: strict
"""What else a revision changed, in words that stand before its gates."""

from collections.abc import Iterator, Sequence

from workbench.ci.called_for import Gates
from workbench.ci.changes import CRITICS, RELEASES
from workbench.ci.revision import Revision, plain_lines
from workbench.ci.tasks import GatedTask
from workbench.ci.yardsticks import became_of, recording_path
from workbench.files import root
from workbench.shipped import MODELS


def notes_of(gates: Gates, base: Revision) -> Iterator[str]:
    """What else changed of a task, and what that means for its gates."""
    changed = gates.changed
    yield from changed.notes
    for path in changed.deleted:
        yield f"{path} is gone, and nothing is gated for it."
    for path in changed.shared:
        became = became_of(gates.task, path, base)
        yield f"{path} changed{became and f' ({became})'}: both sides stand on it as it is now."
    for what in changed.of_models:
        yield f"{MODELS} ({what}) changed: both sides stand on it as it is now."
    if became := gates.recorded.sentence:
        yield f"{recording_path(gates.task)} changed: {became}."
    if changed.actor and not any(pair.models for pair in gates.pairs):
        add = 'give the notebook a parameter beside = "" to hold both models against each other'
        yield f"another model answers, {changed.actor.name}: {add}."


def not_gated(tasks: Sequence[GatedTask], base: Revision) -> Iterator[str]:
    """Prompts of other folders that changed, but for those that were released."""
    there = {path for path in base.entries if path.startswith("prompts/")}
    here = {path.relative_to(root()).as_posix() for path in (root() / "prompts").rglob("*.prompty")}
    gated_folders = {task.folder for task in tasks}
    for path in sorted(there | here):
        folder = path.rpartition("/")[0]
        if not path.endswith(".prompty") or folder in gated_folders:
            continue
        if path.startswith((f"{CRITICS}/", f"{RELEASES}/")):
            continue
        if _now(path) != _then(base, path):
            became = "is gone" if _now(path) is None else "changed"
            yield f"{path} {became}: no notebook gates its task."


def _now(path: str) -> str | None:
    file = root() / path
    return plain_lines(file.read_text("utf-8", "replace")) if file.is_file() else None


def _then(base: Revision, path: str) -> str | None:
    content = base.content(path)
    return None if content is None else plain_lines(content.decode("utf-8", "replace"))


def rules_of(gates: Gates, base: Revision) -> Iterator[tuple[str, str, str]]:
    """The requirements of a task, before and now, where they changed: a pull request that loosens
    them shows by how much.
    """
    path = gates.task.gate
    if path in gates.changed.shared:
        yield path, _then(base, path) or "", _now(path) or ""
