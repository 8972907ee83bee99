"""The one gate of everything that is printed: what a model, an endpoint or a file says reaches a
terminal or the log of a CI job as text, never as a command to it.
"""

import codecs
import io
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from types import TracebackType
from typing import Any, TextIO, TypeVar

T = TypeVar("T")

# What is no text: control characters (a tab and the ends of lines stay), halves of characters, the
# marks that turn the direction of writing, and further ends of lines.
_CONTROL = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# GitHub's commands begin a line; Azure's, TeamCity's and GitHub's older ones may stand anywhere.
_BEGINS = re.compile(r"^([^\S\n]*)::", re.MULTILINE)
_ANYWHERE = re.compile(r"#(?=#\w*\[)")


def printable(text: str) -> str:
    """The text as it may be printed: what would command a terminal or a CI job is spelled out with
    backslashes, all else stays.
    """
    text = text.replace("\r\n", "\n")
    if _CONTROL.search(text):
        text = _CONTROL.sub(lambda found: _spelled(found[0]), text)
    if "::" in text:
        text = _BEGINS.sub(r"\1\\::", text)
    return _ANYWHERE.sub(r"#\\", text) if "##" in text else text


def in_line(text: str) -> str:
    """The text as it may be printed within a line: it begins no line of its own."""
    return printable(text).replace("\n", "\\n")


def _spelled(character: str) -> str:
    return ascii(character)[1:-1]


_NEAREST = {"\u2212": "-", "\u202f": " "}  # signs of ours that old encodings lack


def _written_out(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that a stream's encoding lacks, as on Windows' consoles."""
    assert isinstance(error, UnicodeEncodeError)
    lacking = error.object[error.start : error.end]
    return "".join(_NEAREST.get(each) or _spelled(each) for each in lacking), error.end


codecs.register_error("workbench", _written_out)


def printed(kind: type[T]) -> type[T]:
    """A class whose objects say of themselves what may be printed."""
    said: Callable[[Any], str] = kind.__repr__
    kind.__repr__ = lambda self: printable(said(self))
    return kind


class Gate(io.TextIOBase):
    """A stream that lets printable lines through to another; a line goes when it is whole.

    It is no terminal: who writes to it sends no colours, which would be spelled out. A stream that
    takes no more, as on a full disk, is let go of; `name` is what an error calls it, and where it
    has none what is said there is lost.
    """

    def __init__(self, stream: TextIO, name: str = "") -> None:
        self.stream, self._begun, self._name = stream, "", name
        self.lost: OSError | None = None  # why it took no more
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="workbench")

    def write(self, text: str, /) -> int:
        *whole, self._begun = (self._begun + text).split("\n")
        with self._taken():
            self.stream.writelines(printable(f"{line}\n") for line in whole)
        return len(text)

    def flush(self) -> None:
        with self._taken():
            self.stream.flush()

    def end(self) -> None:
        """Let through what is left of a line."""
        begun, self._begun = self._begun, ""
        with self._taken():
            if begun:
                self.stream.write(printable(begun))
            self.stream.flush()

    @contextmanager
    def _taken(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            _let_go(self.stream)
            error.filename, self.lost = self._name, error
            if self._name or isinstance(error, BrokenPipeError):
                raise


def _let_go(stream: TextIO) -> None:
    """Lose what a stream still holds: it would fail again, at the end of the process too."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def gated(output: TextIO | None, errors: TextIO | None) -> Iterator[None]:
    """Nothing is printed but through the gate, by whatever part of the process; afterwards no
    traceback either. None stands for a stream that is closed: what is said there is lost.
    """
    sys.excepthook = _tell
    with ExitStack() as stack:
        for given, redirect, name in (
            (output, redirect_stdout, "standard output"),
            (errors, redirect_stderr, ""),
        ):
            stream = Gate(io.StringIO() if given is None else given, name)
            stack.enter_context(redirect(stream))
            stack.callback(stream.end)
        yield


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What the interpreter prints of an exception that nobody caught."""
    lines = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(printable(lines))


def say(text: str, *, error: bool = False) -> None:
    """Print a line."""
    print(in_line(text), file=sys.stderr if error else sys.stdout, flush=error)


def finish() -> None:
    """Let through all that was said, so that what cannot be is known before the process ends."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Gate):
            stream.end()


def refuse_lost() -> None:
    """The OSError of output that went nowhere, where whoever printed it passed over that."""
    if isinstance(sys.stdout, Gate) and sys.stdout.lost:
        raise sys.stdout.lost


def terminal() -> TextIO | None:
    """Where errors and progress are printed, if people see it on a terminal."""
    stream = sys.stderr.stream if isinstance(sys.stderr, Gate) else sys.stderr
    return stream if stream.isatty() else None


def rewrite(text: str, shown: TextIO) -> None:
    """Put a text in place of a terminal's last line."""
    print(f"\r\033[K{in_line(text)}", end="", file=shown, flush=True)


def leave(shown: TextIO) -> None:
    """Leave a terminal's last line as it is and go on below it."""
    print(file=shown, flush=True)
