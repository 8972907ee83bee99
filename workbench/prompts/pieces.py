"""What a message is made of: text, and the places where a conversation or an image comes in."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from jinja2.runtime import Context

from workbench.errors import PromptError
from workbench.prompts.images import MOST_TOGETHER, ImageFault, picture
from workbench.prompts.prompty import Message
from workbench.prompts.templates import (
    FAULTS,
    MAX_OUTPUT,
    MessageTemplate,
    compile_message,
    context_of,
)
from workbench.turns import Image, Part, named, told

RICH = ("thread", "image")  # kinds of inputs that are more than text
_CALLED = {"thread": "conversation", "image": "image"}
_ALONE = re.compile(r"[ \t]*\{\{-?\s*(\w+)\s*-?\}\}[ \t]*")

Mark = Callable[[str], str]


@dataclass(frozen=True)
class Text:
    """A text of a message, and the line of its file on which it begins."""

    template: MessageTemplate
    line: int


class Slot(NamedTuple):
    """The place of an input that is a conversation or an image."""

    name: str
    kind: str


Piece = Text | Slot


class PieceFault(ValueError):
    """What a rendering failed of, and the line of the file (0: none)."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.line = line


def cut(message: Message, kinds: Mapping[str, str], where: str) -> tuple[Piece, ...]:
    """A message in pieces; `kinds` are those of inputs that stand on lines of their own."""
    lines = message.template.split("\n")
    slots = dict(_slots(message, lines, kinds, where))
    if not slots:
        return tuple(_text(lines, message.line, kinds, where, always=True))
    made: list[Piece] = []
    for start, end in pairwise([-1, *slots, len(lines)]):
        made += _text(lines[start + 1 : end], message.line + start + 1, kinds, where)
        made += [slots[end]] if end in slots else []
    return tuple(made)


def _slots(
    message: Message, lines: list[str], kinds: Mapping[str, str], where: str
) -> Iterator[tuple[int, Slot]]:
    """The lines that are the place of a conversation or an image."""
    for number, line in enumerate(lines):
        found = _ALONE.fullmatch(line)
        if not found or found[1] not in kinds:
            continue
        slot = Slot(found[1], kinds[found[1]])
        if slot.kind == "image" and message.role != "user":
            raise PromptError(
                f"{where}, line {message.line + number}: only a user's message shows an image: "
                f"write {{{{ {slot.name} }}}} below user:"
            )
        yield number, slot


def _text(
    lines: list[str], line: int, kinds: Mapping[str, str], where: str, *, always: bool = False
) -> Iterator[Text]:
    source = "\n".join(lines)
    if not always and not source.strip():
        return
    template = compile_message(source, where, line)
    if misplaced := sorted(template.reads & kinds.keys()):
        name = misplaced[0]
        at = next((n for n, text in enumerate(lines) if re.search(rf"\b{name}\b", text)), 0)
        raise PromptError(
            f"{where}, line {line + at}: the {_CALLED[kinds[name]]} {name!r} stands on a line of "
            f"its own, outside of if and for: write {{{{ {name} }}}} there, and nothing else"
        )
    yield Text(template, line)


def with_threads(
    messages: tuple[tuple[Piece, ...], ...], kinds: Mapping[str, str], where: str
) -> tuple[tuple[Piece, ...], ...]:
    """The pieces of all messages; a conversation that no line writes comes last, as in Prompty."""
    slots = {piece.name for pieces in messages for piece in pieces if isinstance(piece, Slot)}
    threads = [name for name, kind in kinds.items() if kind == "thread"]
    left = [name for name in threads if name not in slots]
    if not left:
        return messages
    if len(threads) > 1:
        raise PromptError(
            f"{where}: no line writes the conversation {left[0]!r}: write {{{{ {left[0]} }}}} on a "
            "line of its own"
        )
    return (*messages[:-1], (*messages[-1], Slot(left[0], "thread")))


class Writer:
    """Writes the messages of one rendering, and holds them to its limits.

    With `mark`, every text that an input gives goes through it, and conversations are material
    within the message: so a critic fences what it judges.
    """

    def __init__(self, values: Mapping[str, Any], mark: Mark | None) -> None:
        self._values, self._mark = values, mark
        self._room, self._bytes = MAX_OUTPUT, MOST_TOGETHER

    @cached_property
    def _context(self) -> Context:
        return context_of({**self._values} | ({"_mark": self._mark} if self._mark else {}))

    def messages(self, role: str, pieces: Sequence[Piece]) -> Iterator[dict[str, Any]]:
        """The messages that one of the prompt's becomes; PieceFault says why there are none."""
        if len(pieces) == 1 and isinstance(pieces[0], Text):
            yield {"role": role, "content": self._write(pieces[0])}
            return
        parts: list[Part] = []
        for piece in pieces:
            given = self._given(piece, role)
            if isinstance(piece, Slot) and piece.kind == "thread" and self._mark is None:
                yield from self._said(role, parts)
                parts = []
                for turn in given:
                    yield from self._said(turn.role, turn.parts, always=True)
            else:
                parts += given
        yield from self._said(role, parts)

    def _given(self, piece: Piece, role: str) -> Any:
        """The parts, or for a thread without a mark the turns, that a piece adds."""
        if isinstance(piece, Text):
            text = self._write(piece).strip()
            return [text] if text else []
        value: Any = self._values.get(piece.name) or ()
        if piece.kind == "image":
            return [value] if value else []
        if self._mark is None:
            return value
        parts = told(value, self._mark)
        return list(parts if role == "user" else named(parts, self._mark))

    def _write(self, piece: Text) -> str:
        template = piece.template
        try:
            text = template.filled(self._values, self._mark, self._room)
            text = template.write(self._context, self._room) if text is None else text
        except FAULTS as error:
            line = piece.line + template.line_of(error) - 1
            raise PieceFault(str(error), line) from None
        self._room -= len(text)
        return text

    def _said(
        self, role: str, parts: Iterable[Part], *, always: bool = False
    ) -> Iterator[dict[str, Any]]:
        """A message of parts; none where there is nothing to say, unless `always`."""
        joined = list(_joined(parts))
        if all(isinstance(part, str) for part in joined):
            text = "".join(map(str, joined))
            self._room -= len(text)
            if self._room < 0:
                raise PieceFault(f"the messages would be longer than {MAX_OUTPUT:,} characters")
            if text or always:
                yield {"role": role, "content": text}
            return
        yield {"role": role, "content": [self._on_the_wire(part) for part in joined]}

    def _on_the_wire(self, part: Part) -> dict[str, Any]:
        if isinstance(part, str):
            return {"type": "text", "text": part}
        try:
            found = picture(part)
        except ImageFault as fault:
            raise PieceFault(str(fault)) from None
        self._bytes -= len(found.data)
        if self._bytes < 0:
            raise PieceFault(f"the images of one call are larger than {MOST_TOGETHER:,} bytes")
        detail = {"detail": part.detail} if part.detail else {}
        return {"type": "image_url", "image_url": {"url": found.url, **detail}}


def surely_fills(messages: Iterable[Sequence[Piece]], values: Mapping[str, Any]) -> bool:
    """Whether messages can be written with these values, told without writing them: all is text and
    names of texts, and not too long.
    """
    room = MAX_OUTPUT
    for only, *others in messages:
        if others or not isinstance(only, Text) or only.template.parts is None:
            return False
        names = [name for _, name in only.template.parts if name]
        texts = [text for name in names if type(text := values.get(name)) is str]
        if len(texts) < len(names):
            return False
        room -= len(only.template.text) + sum(map(len, texts))
    return room >= 0


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts with neighbouring texts as one."""
    for shown, group in groupby(parts, lambda part: isinstance(part, Image)):
        if shown:
            yield from group
        else:
            yield "\n".join(map(str, group))
