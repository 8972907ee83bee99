"""The project's root, short hashes of content, and files written whole or not at all."""

import contextlib
import errno
import hashlib
import json
import os
import re
import tempfile
import time
import unicodedata
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from workbench.arguments import expect
from workbench.errors import WorkbenchError
from workbench.printing import printed

OWN = ".workbench"  # the folder of a project's store and reports
_STRICT = json.JSONEncoder(allow_nan=False, sort_keys=True)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def root(start: Path | None = None) -> Path:
    """The nearest folder upward from `start` (the working folder) that holds models.yaml, else
    `start` itself.
    """
    here = (start or Path.cwd()).resolve()
    return next(
        (folder for folder in (here, *here.parents) if (folder / "models.yaml").is_file()), here
    )


def resolve(path: str | Path) -> Path:
    """An absolute path; a relative one counts from the project root. WorkbenchError for a name that
    no file can have.
    """
    expect(path, (str, os.PathLike), "a path", "give text or a Path")
    if not _is_nameable(str(path)):
        raise WorkbenchError(f"{str(path)[:60]!a} holds a character that no file name can")
    path = Path(path).expanduser()
    return path if path.is_absolute() else root() / path


def _is_nameable(name: str) -> bool:
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:  # half a character
        return False


def shown_path(path: Path) -> str:
    """A path as people are shown it: from the project root where it lies inside."""
    return str(path.relative_to(root()) if path.is_relative_to(root()) else path)


def no_project() -> str:
    """What is missing where no models.yaml lies upward, as an end of an error; else nothing."""
    if (root() / "models.yaml").is_file():
        return ""
    start = "start it inside the project (papermill: --cwd FOLDER), or begin one (workbench init)"
    return f"; {root()} lies in no project, for no models.yaml is there or above: {start}"


def inside(folder: Path, name: str) -> Path:
    """The path of `name` within `folder`; a name that leaves the folder is refused."""
    if "\0" in name:
        raise WorkbenchError(
            f"{name!r} holds a character that no file name can: use a plain name such as 'v2'"
        )
    path = (folder / name).resolve()
    if not name or folder.resolve() not in path.parents:
        raise WorkbenchError(
            f"{name!r} would leave the folder {folder.name}/: use a plain name such as 'v2'"
        )
    return path


LONGEST_NAME = 150  # bytes, so that endings and a fingerprint find room
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?", re.IGNORECASE)
_NOT_EVERYWHERE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069\ud800-\udfff]')


def portable_name(name: str) -> str:
    """The name, which a file can have on every system; WorkbenchError where it cannot."""
    odd = _NOT_EVERYWHERE.search(name) or _DEVICES.fullmatch(name)
    if odd or name != name.strip(" .") or not 0 < len(name.encode()) <= LONGEST_NAME:
        shown = f"{name[:60]}…" if len(name) > 60 else name
        raise WorkbenchError(
            f"{shown!a} is no name that a file can have on every system: call the prompt by a "
            "plain one such as 'v2'"
        )
    return name


def leads_out(path: Path) -> bool:
    """Whether a link on the way to a file leads out of the project, or, for a file elsewhere, out
    of its folder: a pull request could have anything there read and sent.
    """
    written = Path(os.path.abspath(path))
    home = root() if written.is_relative_to(root()) else written.parent.resolve()
    return not path.resolve().is_relative_to(home)


def canonical(value: Any) -> bytes:
    """JSON bytes that are the same for equal plain data, whatever the order of its keys."""
    return _CANONICAL.encode(value).encode()


def as_read(value: Any, levels: int = 100) -> Any:
    """Plain data without what a reader of its texts does not see: blanks at their ends, how lines
    end, whether accents are composed, and whether a blank may be broken. What is nested deeper
    than so many levels stays as it is.
    """
    if isinstance(value, str):
        text = value if value.isascii() else unicodedata.normalize("NFC", value)
        return text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").strip()
    if levels and isinstance(value, list | tuple):
        return [as_read(each, levels - 1) for each in value]
    if levels and isinstance(value, dict):
        return {name: as_read(each, levels - 1) for name, each in value.items()}
    return value


def json_fault(value: Any) -> str:
    """Why a value has no form in JSON, so that nothing could keep or send it; an empty string where
    it has one.
    """
    try:
        _STRICT.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        return (
            f"cannot be written as JSON: {str(error)[:100]}: use text, finite numbers, lists "
            "and mappings of text"
        )
    return ""


def fingerprint(value: Any) -> str:
    """Twelve hex digits that stand for plain data."""
    return hashlib.blake2b(canonical(value), digest_size=6).hexdigest()


NO_TEXT = (".xlsx", ".parquet", ".zip", ".gz", ".db")


@printed
class Written(type(Path())):
    """The path of a file that was written: cells show it from the project's root, as a link."""

    def __repr__(self) -> str:
        return shown_path(self)

    def _repr_html_(self) -> str:
        """JupyterLab opens what it is linked to, and fails on what is no text: that is saved."""
        link = quote(os.path.relpath(self, Path.cwd()).replace(os.sep, "/"))
        saved = " download" if self.suffix.lower() in NO_TEXT else ""
        return f'<a href="{link}" target="_blank"{saved}>{escape(repr(self))}</a>'


def make_folder(folder: Path) -> None:
    """Make a folder; what is in .workbench (answers, reports: people's texts) stays out of git,
    whatever the project's .gitignore says.
    """
    own = next((each for each in (folder, *folder.parents) if each.name == OWN), None)
    is_new = own is not None and not own.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if own is not None and is_new:
        (own / ".gitignore").write_text("*\n")


_STEPS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "make it writable"),
}


def unusable(error: OSError) -> str:
    """Why the system refused a file, with what to do about it where that is known."""
    step = _STEPS.get(error.errno or 0)
    return f"{error.strerror or error}" + (f": {step}, or give another place" if step else "")


def write_whole(path: Path, parts: str | bytes | Iterable[str] | Iterable[bytes]) -> Written:
    """Write a file beside its place and move it in, so that a reader sees the old one or the new
    one, never half. WorkbenchError where it cannot be written, and the old one stays.
    """
    try:
        return _moved_in(path, parts)
    except OSError as error:
        raise WorkbenchError(f"{path} cannot be written: {unusable(error)}") from error


_UNFINISHED = ".unfinished"
_ABANDONED_SECONDS = 86400.0


def _clear_away(folder: Path, begun: str) -> None:
    """Delete what writers of a file left that were killed long ago."""
    for left in folder.iterdir():
        if left.name.startswith(begun) and left.suffix == _UNFINISHED:
            with contextlib.suppress(FileNotFoundError):  # another was quicker
                if time.time() - left.lstat().st_mtime > _ABANDONED_SECONDS:
                    left.unlink()


def _moved_in(path: Path, parts: str | bytes | Iterable[str] | Iterable[bytes]) -> Written:
    make_folder(path.parent)
    begun = f".{path.name[:40]}-"
    _clear_away(path.parent, begun)
    descriptor, temporary = tempfile.mkstemp(_UNFINISHED, begun, path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in [parts] if isinstance(parts, str | bytes) else parts:
                file.write(
                    part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
                )
            file.flush()
            os.fsync(file.fileno())  # or a power cut leaves an empty file in the place of the old
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return Written(path)
