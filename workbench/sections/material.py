"""What examples give to prompts, as it is shown: texts, conversations turn by turn, and images as
thumbnails.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from workbench.datasets import Example
from workbench.page import words
from workbench.page.markup import visible
from workbench.prompts import Prompt
from workbench.prompts.images import ImageFault, picture
from workbench.runs import Run
from workbench.turns import Image, Part, is_conversation, read_image, read_turns

EMBEDDED = 300_000  # bytes of an image that is shown; a larger one is named
TOGETHER = 8_000_000  # bytes of all images of a page


class Thumb(NamedTuple):
    """An image as it is shown, as a data URL; without one only its name, and why."""

    src: str
    alt: str


class Block(NamedTuple):
    """What one speaker says and shows; of a plain input nobody speaks."""

    speaker: str
    parts: tuple[str | Thumb, ...]


class Album:
    """The images of one page, as far as it carries them; `digests` are those of the files that a
    run showed.
    """

    def __init__(self, digests: Mapping[str, str] | None = None) -> None:
        self._digests, self._left = digests or {}, TOGETHER
        self._kept: dict[Image, Thumb] = {}

    def thumb(self, image: Image) -> Thumb:
        if image not in self._kept:
            self._kept[image] = self._drawn(image)
        return self._kept[image]

    def _drawn(self, image: Image) -> Thumb:
        name = visible(image.name)
        try:
            found = picture(image)
        except ImageFault as fault:
            return Thumb("", f"{name} ({fault})")
        if self._digests.get(image.source, found.digest) != found.digest:
            return Thumb("", f"{name} (the file has changed since)")
        size = len(found.data)
        if size > min(EMBEDDED, self._left):
            most = f"above {EMBEDDED:,} bytes" if size > EMBEDDED else "the page is full of images"
            return Thumb("", f"{name} ({size:,} bytes, not shown: {most})")
        self._left -= size
        return Thumb(found.url, name)

    def told(self, value: Any, kind: str = "") -> list[Block] | None:
        """A conversation or an image in blocks; None for what is shown as text. `kind` is what a
        prompt declares.
        """
        try:
            if kind == "image" and value:
                return [self._block("", [read_image(value)])]
            if isinstance(value, str) and kind == "thread":
                value = json.loads(value)
            if not is_conversation(value):
                return None
            return [self._block(turn.role, turn.parts) for turn in read_turns(value)]
        except (ValueError, RecursionError):
            return None

    def _block(self, speaker: str, parts: Iterable[Part]) -> Block:
        shown = (self.thumb(each) if isinstance(each, Image) else each for each in parts)
        return Block(speaker, tuple(shown))

    def sent(self, content: Any) -> list[str | Thumb]:
        """The parts of a message as it goes to an endpoint."""
        if isinstance(content, str):
            return [content]
        return [
            part["text"] if part["type"] == "text" else self.thumb(Image(part["image_url"]["url"]))
            for part in content
        ]


def kinds_of(prompts: Iterable[Prompt]) -> dict[str, str]:
    """The inputs that prompts show as images, or whose turns become messages."""
    kinds: dict[str, str] = {}
    for prompt in prompts:
        kinds |= dict.fromkeys(prompt.images, "image") | dict.fromkeys(prompt.threads, "thread")
    return kinds


def as_text(value: Any, kind: str) -> str:
    """A value as text; `kind` is what a prompt declares."""
    if kind == "thread" and isinstance(value, str):
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
    if kind == "image":
        with suppress(ValueError):
            return read_image(value).name
    return words.value(value)


def in_text(content: Any) -> str:
    """A message's content as text, its images named."""
    parts = (part if isinstance(part, str) else part.alt for part in Album().sent(content))
    return "\n".join(parts)


def told_data(run: Run, examples: Sequence[Example]) -> dict[str, Any]:
    """Of the inputs that are more than text: the blocks of each line as `[speaker, [part]]`, where
    a part is text or `{alt, at}`, the position among `pictures`; nothing where there are none.
    """
    album, kinds = Album(run.meta.dataset.images), kinds_of(run.prompts)
    pictures: dict[str, int] = {}
    told: dict[str, list[Any]] = {}
    for name in dict.fromkeys(name for example in examples for name in example.inputs):
        blocks = [album.told(each.inputs.get(name), kinds.get(name, "")) for each in examples]
        if any(blocks):
            told[visible(name)] = [each and _as_data(each, pictures) for each in blocks]
    return {"told": told, "pictures": list(pictures)} if told else {}


def _as_data(blocks: Sequence[Block], pictures: dict[str, int]) -> list[Any]:
    return [[speaker, [_part(each, pictures) for each in parts]] for speaker, parts in blocks]


def _part(part: str | Thumb, pictures: dict[str, int]) -> Any:
    if isinstance(part, str):
        return visible(part)
    if not part.src:
        return {"alt": part.alt}
    return {"alt": part.alt, "at": pictures.setdefault(part.src, len(pictures))}


def inputs_of(run: Run, example: Example) -> list[tuple[str, list[Block] | None, str]]:
    """The inputs of an example: a name, its blocks where it is more than text, and its text."""
    album, kinds = Album(run.meta.dataset.images), kinds_of(run.prompts)
    given = ((name, value, kinds.get(name, "")) for name, value in example.inputs.items())
    return [(name, album.told(value, kind), as_text(value, kind)) for name, value, kind in given]
