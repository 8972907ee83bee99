"""Every text that a prompt file had when it was run: listed, and put back."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from workbench.errors import PromptError
from workbench.files import fingerprint, inside, root, write_whole
from workbench.meant import instead
from workbench.prompts import load_prompt, read_prompt
from workbench.prompts.prompt import SUFFIX
from workbench.runs.listing import PastRun, past_runs
from workbench.runs.meta import PromptFacts, file_of
from workbench.store import Store

SAVED = ".workbench/prompts"  # texts that no run had when another took their place
TRIED = " edited"  # what the editor calls a text that it tries
FEWEST = 4  # characters of a fingerprint that name a text


@dataclass(frozen=True)
class PastText:
    """A text that a prompt had: the fingerprint of what it asks, and in how many runs (0: it was
    saved when another took its place) it was seen from `first` to `last`, seconds since 1970.
    """

    fingerprint: str
    text: str
    first: float
    last: float
    runs: int = 0

    @property
    def when(self) -> datetime:
        """When it was run, or saved, last, by this machine's clock."""
        return datetime.fromtimestamp(int(self.last))


def prompt_file(name: str) -> Path:
    """The file of `task/variant`, or of a path from the project's root."""
    name = name.removeprefix("prompts/").removesuffix(SUFFIX)
    path = inside(root() / "prompts", name + SUFFIX)
    if path.parent == (root() / "prompts").resolve():
        raise PromptError(f"{name!r} names no variant: write task/variant, such as triage/v2")
    return path


def past_texts(path: Path, store: Store) -> list[PastText]:
    """The texts of a prompt's file that were run, or saved when another took their place, newest
    first; each once, by its fingerprint.
    """
    found: dict[str, PastText] = {}
    for each in [*_run(path, store), *_saved(path)]:
        known = found.get(each.fingerprint, each)
        newest = max(known, each, key=lambda one: (one.runs == 0, one.last))
        first, last = min(known.first, each.first), max(known.last, each.last)
        runs = each.runs if known is each else known.runs + each.runs
        found[each.fingerprint] = replace(newest, first=first, last=last, runs=runs)
    return sorted(found.values(), key=lambda each: -each.last)


def _run(path: Path, store: Store) -> Iterator[PastText]:
    """What runs had of it, and what the editor tried beside it."""
    for run in past_runs(store=store):
        for name, facts in run.meta.prompts.items():
            if facts.text and _is_of(path, run, name, facts):
                yield PastText(facts.fingerprint, facts.text, run.kept.made, run.kept.made, 1)


def _is_of(path: Path, run: PastRun, name: str, facts: PromptFacts) -> bool:
    """Whether a prompt of a run was that file: by its path; where none is known, by its name and
    the run's task, or beside the file itself in the editor.
    """
    if facts.file:
        return facts.file == file_of(path)
    if name == path.stem + TRIED:
        beside = run.meta.prompts.get(path.stem)
        return beside is not None and _is_of(path, run, path.stem, beside)
    return name == path.stem and path.parent.name in run.names


def _saved(path: Path) -> Iterator[PastText]:
    for file in sorted(_saved_folder(path).glob(f"*{SUFFIX}")):
        text, at = file.read_text("utf-8", "replace"), file.stat().st_mtime
        yield PastText(_mark(path.stem, text), text, at, at)


def _saved_folder(path: Path) -> Path:
    parts = path.relative_to((root() / "prompts").resolve()).with_suffix("").parts
    return root().joinpath(SAVED, *parts)


def _mark(name: str, text: str) -> str:
    """The fingerprint of a prompt of this text; of the text alone where it is none."""
    try:
        return read_prompt(name, text).fingerprint
    except PromptError:
        return fingerprint(text)


def past_text(path: Path, store: Store, wanted: str) -> PastText:
    """The text whose fingerprint begins so; PromptError where none or several do."""
    texts = past_texts(path, store)
    found = [each for each in texts if each.fingerprint.startswith(wanted.lower())]
    if len(wanted) < FEWEST or len(found) != 1:
        known = instead(wanted, (each.fingerprint for each in texts), "use one of")
        raise PromptError(f"{wanted!r} names no one text of {path.stem}: {known}")
    return found[0]


def present_text(path: Path) -> PastText | None:
    """What the file holds now, in the form that the store keeps; None where it is not there."""
    if not path.is_file():
        return None
    text, at = path.read_text("utf-8", "replace"), path.stat().st_mtime
    try:
        prompt = load_prompt(path)
    except PromptError:  # a draft that does not load yet
        return PastText(fingerprint(text), text, at, at)
    return PastText(prompt.fingerprint, prompt.text, at, at)


def restore(path: Path, past: PastText, store: Store) -> str:
    """Put a text back into its file, and say so; the present one is in the store, or is saved
    first.
    """
    shown = path.relative_to(root())
    if "released" in shown.parts:
        raise PromptError(f"{shown} is released and never overwritten: restore it under prompts/")
    present = path.read_bytes() if path.is_file() else None
    if present == past.text.encode():
        return f"{shown} holds this text already."
    kept = "" if present is None or _is_kept(path, store, present) else _keep(path, present)
    write_whole(path, past.text)
    return f"{shown} is as it was on {past.when.day} {past.when:%b %H:%M}.{kept}"


def _is_kept(path: Path, store: Store, text: bytes) -> bool:
    return any(each.text.encode() == text for each in [*_run(path, store), *_saved(path)])


def _keep(path: Path, text: bytes) -> str:
    """Save a text that no run had, and say where."""
    digest = hashlib.blake2b(text, digest_size=6).hexdigest()
    file = write_whole(_saved_folder(path) / f"{path.stem}-{digest}{SUFFIX}", text)
    return f" What it held is saved in {file.relative_to(root())}."
