"""What an export to another tool's format made, and what did not carry over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from workbench.prompts import Prompt

# template: a construct that the format lacks; role: a value may open one; missing: an input that is
# missing is not refused; prepare: what must be done to inputs first; critic: a judge without a
# counterpart; example: rows that are not given on; text: what is written otherwise
LostKind = Literal[
    "template", "role", "missing", "prepare", "critic", "example", "text", "parameter", "tool",
    "kind",
]  # fmt: skip
JSON_OTHERWISE = "JSON is written without blanks, its keys in their order, < > & ' as they are"
MISSING = "an input that is missing is written as empty text, not refused"


@dataclass(frozen=True)
class Lost:
    """Something of a prompt that a format does not carry; `line` is that of the prompt's file."""

    kind: LostKind
    text: str
    line: int = 0

    @property
    def place(self) -> str:
        return f"line {self.line}: " if self.line else ""

    @property
    def plain(self) -> dict[str, Any]:
        said: dict[str, Any] = {"kind": self.kind, "text": self.text}
        return {**said, "line": self.line} if self.line else said


@dataclass(frozen=True)
class Carried:
    """The files of a format by the ends of their names; none where the prompt would be another
    one there. A server's answer stands in `place`.
    """

    files: dict[str, str]
    lost: tuple[Lost, ...] = ()
    place: str = ""

    @property
    def lacking(self) -> Lost | None:
        """Why there is nothing; None where there is something."""
        if self.files or self.place:
            return None
        return next(each for each in self.lost if each.kind == "template")

    @property
    def plain(self) -> dict[str, Any]:
        """As a card has it."""
        place = {"place": self.place} if self.place else {}
        return {**place, "lost": [each.plain for each in self.lost]}


class Untold(Exception):
    """What a format cannot say, and the line of it within its text."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.line = line


def lost_by_all(prompt: Prompt) -> Iterator[Lost]:
    """What no other tool's format carries."""
    if prompt.preparation:
        yield Lost("prepare", prompt.preparation.sentence)
