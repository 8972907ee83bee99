"""The files of prompts: read as text, named in errors, and what there is where one is missing."""

from pathlib import Path

from workbench.errors import PromptError
from workbench.files import shown_path
from workbench.meant import nearest
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
