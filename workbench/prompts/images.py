"""Images of prompts: files of the project and data URLs, read and checked; none is ever fetched."""

import base64
import binascii
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from workbench.files import resolve, root
from workbench.turns import Image

MOST_BYTES = 5_000_000  # of one image: what the strictest of the large endpoints takes
MOST_TOGETHER = 20_000_000  # of all images of a call
_BEGINNINGS = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:|//|\\\\", re.IGNORECASE)
_DATA = re.compile(r"data:(?P<kind>[\w/+.-]*)(?:;[\w=.-]+)*?;base64,(?P<text>.*)", re.DOTALL)
_SHOWN = 80  # characters of a source


class ImageFault(ValueError):
    """What is wrong with an image; its text says what would be right."""


class Picture(NamedTuple):
    """The content of an image."""

    kind: str  # such as image/png
    data: bytes

    @property
    def url(self) -> str:
        """The content as a data URL, written anew: only base64 stands in it."""
        return f"data:{self.kind};base64,{base64.b64encode(self.data).decode()}"

    @property
    def digest(self) -> str:
        return hashlib.blake2b(self.data, digest_size=8).hexdigest()


def picture(image: Image) -> Picture:
    """The content of an image; ImageFault where it is none, too large, or not the project's."""
    source = image.source.strip()
    data = _of_url(source) if source.lower().startswith("data:") else _of_file(source)
    if len(data) > MOST_BYTES:
        raise ImageFault(f"{_named(source)} is larger than {MOST_BYTES:,} bytes: make it smaller")
    kind = next((kind for kind, begins in _BEGINNINGS.items() if begins.match(data)), "")
    if not kind:
        raise ImageFault(f"{_named(source)} is no image: give a PNG, JPEG, GIF or WebP file")
    return Picture(kind, data)


def digest_of(image: Image) -> str:
    """Stands for the content of an image's file; empty where it is no image any more."""
    try:
        return picture(image).digest
    except ImageFault:
        return ""


def _of_url(source: str) -> bytes:
    found = _DATA.fullmatch(source)
    if not found:
        raise ImageFault("a data URL is written data:image/png;base64,...")
    if len(found["text"]) > MOST_BYTES * 4 // 3 + 4:
        raise ImageFault(f"a data URL is larger than {MOST_BYTES:,} bytes: make it smaller")
    try:
        return base64.b64decode(found["text"], validate=True)
    except (binascii.Error, ValueError):
        raise ImageFault("a data URL holds what is no base64: encode the image anew") from None


def _of_file(source: str) -> bytes:
    if _ADDRESS.match(source):
        raise ImageFault(
            f"{_named(source)} is an address, and images are never fetched: save the file in the "
            "project and give its path"
        )
    if not source or "\0" in source:
        raise ImageFault(f"{source!r} names no image: give a path from the project's folder")
    path = resolve(source)
    if not path.resolve().is_relative_to(root()):
        raise ImageFault(f"{_named(source)} leads out of the project: put a copy of the file there")
    return _read(path, source)


def _read(path: Path, source: str) -> bytes:
    if not path.is_file():
        raise ImageFault(f"{_named(source)} is not there: paths count from the project's folder")
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ImageFault(f"{_named(source)} cannot be read: {error.strerror}") from None


def _named(source: str) -> str:
    if source.lower().startswith("data:"):
        return "a data URL"
    return f"image {source if len(source) <= _SHOWN else source[: _SHOWN - 1] + '…'!r}"
