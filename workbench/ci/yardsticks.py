# pyright: strict
"""What a task's prompts are judged by, where a branch changed it: a person looks before it counts
beside a changed prompt.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from workbench import words
from workbench.ci.changes import RELEASES, Changes
from workbench.ci.relabelled import changes_of_rows
from workbench.ci.rerecorded import Rerecorded, rerecorded
from workbench.ci.revision import Revision, plain_lines
from workbench.ci.tasks import BESIDE, GatedTask
from workbench.errors import WorkbenchError
from workbench.files import fingerprint, root
from workbench.headless import from_root, own_name, recording_of
from workbench.prompts import load_prompt, load_prompts
from workbench.reports.settings import what_runs
from workbench.requirements import Requirements, load_requirements
from workbench.requirements.stricter import asks_no_less
from workbench.shipped import MODELS

WORKFLOWS = re.compile(  # of a project in a folder of its repository, at the root of that
    r"(?:\.\./)*"
    r"(?:\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|azure-pipelines\.yml|Jenkinsfile)"
)
SCRIPTS = re.compile(  # files that a host's may call
    r"(?:.*/)?(?:[^./]+|[^/]+\.(?:sh|bash|ps1|cmd|bat|mk|ya?ml|toml|groovy|py)|package\.json)"
)
RUNS = re.compile(r"workbench[\"', ]+(?:ci|run)\b")
PINS = re.compile(  # files that say what is installed
    r"(?:\.\./)*(?:[^/]*requirements[^/]*\.txt|constraints[^/]*\.txt|pyproject\.toml"
    r"|environment\.ya?ml|uv\.lock|poetry\.lock|Pipfile(?:\.lock)?|Dockerfile)"
)
PINNED = re.compile(r"^.*prompt[-_]workbench.*\n?.*$", re.IGNORECASE | re.MULTILINE)
LESS = "it asks for less than it did, or for other things"
ANYTHING = "anything"  # said of whatever changed, as on the branch that was merged into


@dataclass(frozen=True)
class Yardstick:
    """A file that decides about prompts, and what a branch did to it, where that takes words."""

    path: str
    how: str = ""

    def __str__(self) -> str:
        return f"{self.path} ({self.how})" if self.how else self.path


@dataclass(frozen=True)
class Review:
    """What decides and changed beside what it decides about, and what people said of it.

    `said` are the labels of a pull request, or whatever else a person writes and its branch cannot;
    None where nobody is asked, as on the machine of who made the change.
    """

    found: tuple[Yardstick, ...]
    content: Mapping[str, str]  # of these and of what they decide about: what it was and is
    said: str | None
    alone: bool = False  # nothing that they decide about changed

    @property
    def word(self) -> str:
        """What a person says yes with: another one as soon as any of it changes again, or a prompt
        that is decided about by it.
        """
        return f"gate-{fingerprint(dict(self.content))[:8]}"

    @property
    def is_due(self) -> bool:
        said = re.split(r"[\s,]+", self.said or "")
        return bool(self.found) and not {self.word, ANYTHING} & set(said)

    @property
    def stops(self) -> bool:
        """Whether the branch waits for a person's word."""
        return self.said is not None and self.is_due

    @property
    def sentence(self) -> str:
        """Nothing where no person is asked."""
        if not self.is_due:
            return ""
        listed = words.listed([str(each) for each in self.found])
        said = f"--reviewed {self.word} (the ready workflows read it from a label)."
        if self.alone:
            return (
                f"What ships or later changes are decided by is another: {listed}. Let somebody "
                f"who knows where it came from say so: {said}"
            )
        return (
            f"What decides changed together with what it decides about: {listed}. Take it into a "
            f"pull request of its own, or let somebody who reviewed it say so: {said}"
        )


def review(
    found: Sequence[Yardstick], about: Sequence[str], base: Revision, said: str | None
) -> Review:
    """What a person is asked about yardsticks that changed; `about`: files that are decided about,
    and changed too.
    """
    paths = {*about, *(each.path for each in found)}
    content = {path: fingerprint([_hashed(base.content(path)), _here(path)]) for path in paths}
    return Review(tuple(dict.fromkeys(found)), content, said, alone=not about)


def _hashed(content: bytes | None) -> str | None:
    return None if content is None else fingerprint(content.decode("latin-1"))


def _here(path: str) -> str | None:
    file = root() / path
    return _hashed(file.read_bytes() if file.is_file() else None)


def loosened(task: GatedTask, base: Revision, path: str) -> str | None:
    """The requirements that stood in a file at the base, unless today's ask no less."""
    text = base.read(path)
    return None if text is None or asks_no_less_than(task, text) else text


def asks_no_less_than(task: GatedTask, text: str) -> bool:
    try:
        return asks_no_less(load_requirements(task.gate), _read(text))
    except WorkbenchError:
        return False


def _read(text: str) -> Requirements:
    with TemporaryDirectory(prefix="workbench-") as scratch:
        path = Path(scratch, "requirements.yaml")
        path.write_text(text, encoding="utf-8")
        return load_requirements(path)


def yardsticks(
    task: GatedTask, changed: Changes, base: Revision, rules: str | None, became: Rerecorded
) -> Iterator[Yardstick]:
    """What decides about a task's prompts and is another than at the base, but for requirements
    that ask no less, and files that say the same in other bytes; `became` tells of its recording.
    """
    if rules is not None:
        yield Yardstick(task.gate, LESS)
    notebook = from_root(str(task.notebook))
    for path in changed.shared:
        if path == task.gate or (path == notebook and _runs_the_same(task, base, path)):
            continue
        yield Yardstick(path, rows_changed(path, base))
    yield from (Yardstick(MODELS, what) for what in changed.of_models)
    if changed.actor and BESIDE not in task.values:
        yield Yardstick(MODELS, "another model answers, and is held against nothing")
    yield from answers(task, became.decides_otherwise)


def answers(task: GatedTask, became: str) -> Iterator[Yardstick]:
    """A task's recording, if anything became of it."""
    if became:
        yield Yardstick(recording_path(task), became)


def recorded(task: GatedTask, base: Revision) -> Rerecorded:
    """What became of a task's recording since the base."""
    path = recording_path(task)
    return rerecorded(base.content(path) or b"", _bytes(path))


def recording_path(task: GatedTask) -> str:
    return from_root(str(recording_of(own_name(task.notebook, task.given))))


def released(base: Revision) -> Iterator[Yardstick]:
    """What is released and is another than at the base: nothing gates it, for it was gated as the
    prompt that it is a copy of, if it is one.
    """
    for path in sorted(base.changed):
        if path.startswith(f"{RELEASES}/"):
            yield Yardstick(path, _ships(path))


def _ships(path: str) -> str:
    """What a file of a release is; of a prompt also whose text it has, of what lies in prompts/."""
    if not path.endswith(".prompty"):
        return "what `released` means" if path.endswith("aliases.json") else ""
    if not (root() / path).is_file():
        return "it ships no more"
    task = Path(path).parent.name
    named = "" if task == Path(RELEASES).name else _same_text(path, f"prompts/{task}")
    if named:
        return f"it ships, with the text of prompts/{task}/{named}.prompty"
    return f"it ships, and prompts/{task} holds no such text"


def _same_text(path: str, folder: str) -> str:
    """The first prompt of a folder that asks what a file does; empty where none does."""
    try:
        text = load_prompt(path).fingerprint
        return next((each.name for each in load_prompts(folder) if each.fingerprint == text), "")
    except WorkbenchError:
        return ""


def workflows(base: Revision) -> Iterator[Yardstick]:
    """Files that ran the workbench at the base and are others now, of CI hosts and those that these
    may call, and files that now name another workbench to install.
    """
    kinds = (WORKFLOWS, SCRIPTS, PINS)
    there = base.changed & base.entries.keys()
    for path in sorted(path for path in there if any(kind.fullmatch(path) for kind in kinds)):
        before, now = (_plain(each) for each in (base.content(path) or b"", _bytes(path)))
        hosted = WORKFLOWS.fullmatch(path) and "workbench" in before
        called = SCRIPTS.fullmatch(path) and RUNS.search(before)
        if (hosted or called) and before != now:
            yield Yardstick(path, "it runs this gate")
        elif PINS.fullmatch(path) and PINNED.findall(before) != PINNED.findall(now):
            yield Yardstick(path, "it says which workbench decides")


def _runs_the_same(task: GatedTask, base: Revision, path: str) -> bool:
    content = base.content(path)
    if content is None:
        return False
    with TemporaryDirectory(prefix="workbench-") as scratch:
        copy = Path(scratch, "notebook.ipynb")
        copy.write_bytes(content)
        try:
            return what_runs(copy) == what_runs(task.notebook)
        except WorkbenchError:
            return False


def became_of(task: GatedTask, path: str, base: Revision) -> str:
    """What a branch did to what both sides stand on, where that takes words."""
    if path == task.gate and base.content(path) is not None:
        return LESS if loosened(task, base, path) is not None else ""
    return rows_changed(path, base)


def rows_changed(path: str, base: Revision) -> str:
    """What became of a dataset's rows, in words; empty for what is no JSON Lines."""
    if not path.endswith(".jsonl"):
        return ""
    return changes_of_rows(base.content(path) or b"", _bytes(path))


def _bytes(path: str) -> bytes:
    file = root() / path
    return file.read_bytes() if file.is_file() else b""


def _plain(content: bytes) -> str:
    return plain_lines(content.decode("utf-8", "replace"))
