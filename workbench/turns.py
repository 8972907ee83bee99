"""Conversations as plain data: turns of a user and an assistant, of text and images."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

SPEAKERS = ("user", "assistant")
_INSTRUCTS = "is the prompt's to say: give its text as an input of its own, written below {}:"
_NOT_SPEAKERS = {
    "system": _INSTRUCTS.format("system"),
    "developer": _INSTRUCTS.format("developer"),
    "tool": "is not sent: leave the turn out, or write what the tool said in a user's turn",
}
_DATA = "data:"


@dataclass(frozen=True, slots=True)
class Image:
    """An image by its source, a file of the project or a data URL, and how closely it is looked at
    (`low`, `high`, or as the endpoint likes).
    """

    source: str
    detail: str = ""

    @property
    def name(self) -> str:
        """[image pan.png]; of a data URL [image]."""
        return "[image]" if self.source.startswith(_DATA) else f"[image {self.source}]"


Part = str | Image


class Turn(NamedTuple):
    """Who speaks, and what is said and shown."""

    role: str
    parts: tuple[Part, ...]


def is_conversation(value: Any) -> bool:
    """Whether a value is a list of `{role, content}`."""
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(each, Mapping) and {"role", "content"} <= each.keys() for each in value)
    )


def read_turns(value: Any) -> tuple[Turn, ...]:
    """The turns of a list of `{role, content}`; ValueError says which is none, and why."""
    if not isinstance(value, list | tuple):
        raise ValueError("is no conversation: give a list of {role, content}")
    return tuple(_read_turn(number, each) for number, each in enumerate(value, 1))


def _read_turn(number: int, turn: Any) -> Turn:
    try:
        role = _read_role(turn)
        parts = tuple(_read_content(turn.get("content")))
        if role != "user" and any(isinstance(part, Image) for part in parts):
            raise ValueError("shows an image, which only the user's turns may")
    except ValueError as error:
        raise ValueError(f"holds a turn {number} that {error}") from None
    return Turn(role, parts)


def _read_role(turn: Any) -> str:
    if not isinstance(turn, Mapping) or not isinstance(turn.get("role"), str):
        raise ValueError("has no role: give a list of {role, content}")
    role = turn["role"]
    if role not in SPEAKERS:
        step = _NOT_SPEAKERS.get(role, f"is not known: use {' or '.join(SPEAKERS)}")
        raise ValueError(f"has the role {role!r}, which {step}")
    if others := [name for name in turn if name not in ("role", "content") and turn[name]]:
        raise ValueError(f"has {others[0]!r}, which is not sent: leave it out")
    return role


def _read_content(content: Any) -> Iterator[Part]:
    if not isinstance(content, str | list | tuple):
        raise ValueError("has no content: give text, or a list of texts and images")
    for part in [content] if isinstance(content, str) else content:
        yield part if isinstance(part, str) else _read_part(part)


def _read_part(part: Any) -> Part:
    text = part.get("value", part.get("text")) if isinstance(part, Mapping) else None
    if isinstance(text, str) and "text" in (part.get("kind"), part.get("type")):
        return text
    return read_image(part)


def read_image(value: Any) -> Image:
    """An image by its path or data URL, or a part as Prompty writes it, `{kind: image, source}`, or
    OpenAI, `{type: image_url}`; ValueError for what is none.
    """
    if isinstance(value, str):
        return Image(value)
    part = value if isinstance(value, Mapping) else {}
    kind, url = part.get("kind") or part.get("type"), part.get("image_url")
    nested = url if isinstance(url, Mapping) else {"url": url}
    source = part.get("source") or nested.get("url")
    if kind in ("image", "image_url") and isinstance(source, str):
        return Image(source, str(part.get("detail") or nested.get("detail") or ""))
    raise ValueError(f"has a part of kind {kind!r}: give text, or an image with its source")


def images_in(value: Any) -> Iterator[Image]:
    """The images of a conversation, or the image itself."""
    turns = () if isinstance(value, Image) else value or ()
    parts = [value] if isinstance(value, Image) else [p for turn in turns for p in turn.parts]
    yield from (part for part in parts if isinstance(part, Image))


def told(turns: Sequence[Turn], mark: Callable[[str], str]) -> Iterator[Part]:
    """A conversation as material for one message: each text through `mark`, so that no text can
    pass for a turn.
    """
    for turn in turns:
        yield f"{turn.role}:"
        for part in turn.parts:
            yield part if isinstance(part, Image) else mark(part)


def named(parts: Iterable[Part], mark: Callable[[str], str]) -> Iterator[str]:
    """Parts with the names of images, which data give too, in their place."""
    return (mark(part.name) if isinstance(part, Image) else part for part in parts)


def in_words(turns: Sequence[Turn]) -> str:
    """user: Hello! assistant: Hi., a turn a line."""
    return "\n".join(f"{turn.role}: {' '.join(map(_shown, turn.parts))}" for turn in turns)


def _shown(part: Part) -> str:
    return part.name if isinstance(part, Image) else part


def texts_in(value: Any) -> Iterator[str]:
    """All text of inputs, in order; the roles of turns and images are none."""
    if isinstance(value, str):
        if value and not value.startswith("data:"):
            yield value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if name != "role":
                yield from texts_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_in(each)
