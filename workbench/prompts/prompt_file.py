"""The files of prompts: where one goes, what is read and never written over, and what there is
where one is missing.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from workbench.errors import PromptError
from workbench.files import inside, shown_path
from workbench.meant import nearest
from workbench.printing import in_line
from workbench.prompts.invisible import NO_WIDTH, normalise, strip_invisible
from workbench.prompts.lookalikes import LOOKALIKES
from workbench.prompts.templates import MAX_SOURCE

SUFFIX = ".prompty"
MAX_FILE = 4 * MAX_SOURCE  # bytes


def read_text(path: Path, where: str) -> str:
    try:
        if path.stat().st_size > MAX_FILE:
            raise PromptError(
                f"{where} is larger than {MAX_FILE:,} bytes: move text into the examples"
            )
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PromptError(f"{where}, line {line}: not UTF-8 text: save the file as UTF-8") from None
    except OSError as error:
        raise PromptError(f"{where} cannot be read: {error.strerror}") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def next_step(path: Path) -> str:
    """What there is instead of a path that is missing."""
    if not path.parent.exists() and path.parent.parent.is_dir():
        path = path.parent
    names = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
    near = nearest(path.name, names) or nearest(f"{path.name}{SUFFIX}", names)
    if near:
        return f"is {near} meant?"
    if names:
        return f"{shown_path(path.parent)} holds {', '.join(names[:8])}"
    return "check the path, or create it"


def file_of(folder: Path, name: str) -> Path:
    """The file of a prompt in a folder."""
    if not re.fullmatch(r"\w[\w. -]{0,99}", name) and "/" not in name:
        raise PromptError(
            f"{name!r} cannot name a prompt file: use letters, digits, - and _, as in 'v2'"
        )
    path = inside(folder, name.removesuffix(SUFFIX) + SUFFIX)
    if path.parent != folder.resolve():
        raise PromptError(
            f"{name!r} names a folder: use a plain name such as 'v2' and give the folder apart"
        )
    return path


def check_names(names: Iterable[str], where: str) -> None:
    """Refuse names that hold what nobody sees, and two that nobody tells apart: what a decision
    says of one would be read of the other.
    """
    known: dict[str, str] = {}
    for name in names:
        if in_line(name) != name or strip_invisible(name) != name:
            raise PromptError(f"{where}: {name!a} holds what nobody sees: rename the file")
        seen = _seen(name)
        if seen in known:
            raise PromptError(
                f"{where}: {known[seen]!a} and {name!a} look alike: rename one of the files"
            )
        known[seen] = name


def _seen(name: str) -> str:
    """One form of the names that look as this one does, or are one file on disks of Windows and
    macOS, which do not tell V1 from v1.
    """
    shown = re.sub(f"[{NO_WIDTH}]", "", normalise(name)).strip()
    return unicodedata.normalize("NFC", shown.translate(LOOKALIKES)).casefold()


def check_overwriting(path: Path, *, overwrite: bool) -> None:
    """Refuse to write over a released prompt, or over another without being told to."""
    if "released" in Path(shown_path(path)).parts:
        raise PromptError(
            f"{shown_path(path)} is released and never overwritten: save under a new name"
        )
    if not overwrite:
        raise PromptError(
            f"{shown_path(path)} holds another prompt: choose a new name, or pass overwrite=True"
        )
