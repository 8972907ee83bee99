"""OLE compound files, in which .xls workbooks lie: one stream of them ([MS-CFB])."""

import struct
from array import array
from collections.abc import Iterator

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LAST = 0xFFFFFFFA  # sector numbers from here on are marks, not places
SHORT = 64  # bytes of a short sector
ENTRY = 128  # bytes of an entry of the directory


class Compound:
    """The sectors of a compound file; ValueError or struct.error where it is none or is broken."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(SIGNATURE):
            raise ValueError("not an OLE compound file")
        self.data = data
        self.size = 1 << struct.unpack_from("<H", data, 30)[0]
        self.next = self._numbers(self._tables())

    def stream(self, *names: str) -> bytes:
        """The content of the first stream that has one of these names; KeyError without any."""
        (directory,) = struct.unpack_from("<I", self.data, 48)
        entries = list(_entries(self._joined(directory)))
        _, root, _ = entries[0]
        for name, start, size in entries:
            if name in names:
                return self._content(start, size, root)
        raise KeyError(names)

    def _content(self, start: int, size: int, root: int) -> bytes:
        """Streams under the cutoff lie in short sectors, inside the root's own stream."""
        cutoff, first = struct.unpack_from("<II", self.data, 56)
        if size >= cutoff:
            return self._joined(start)[:size]
        following, whole = self._numbers(_chain(self.next, first)), self._joined(root)
        parts = (whole[SHORT * at : SHORT * (at + 1)] for at in _chain(following, start))
        return b"".join(parts)[:size]

    def _tables(self) -> Iterator[int]:
        """The sectors that say which sector follows which: 109 in the header, the rest in a chain
        of sectors with the next one's number at the end.
        """
        yield from (at for at in struct.unpack_from("<109I", self.data, 76) if at < LAST)
        at, count = struct.unpack_from("<II", self.data, 68)
        for _ in range(min(count, len(self.data) // self.size)):
            *listed, at = struct.unpack(f"<{self.size // 4}I", self._sector(at))
            yield from (each for each in listed if each < LAST)

    def _numbers(self, sectors: Iterator[int]) -> "array[int]":
        text = b"".join(map(self._sector, sectors))
        return array("I", struct.unpack(f"<{len(text) // 4}I", text))

    def _joined(self, start: int) -> bytes:
        return b"".join(map(self._sector, _chain(self.next, start)))

    def _sector(self, number: int) -> bytes:
        return self.data[self.size * (number + 1) : self.size * (number + 2)]


def _chain(following: "array[int]", start: int) -> Iterator[int]:
    """A sector and those that follow it; IndexError where one is not there, ValueError where they
    run in a circle.
    """
    for _ in range(len(following) + 1):
        if start >= LAST:
            return
        yield start
        start = following[start]
    raise ValueError("sectors in a circle")


def _entries(directory: bytes) -> Iterator[tuple[str, int, int]]:
    """(name, first sector, bytes) of all that a compound file holds, its root first."""
    for at in range(0, len(directory), ENTRY):
        entry = directory[at : at + ENTRY]
        (length,) = struct.unpack_from("<H", entry, 64)
        start, size = struct.unpack_from("<II", entry, 116)
        yield entry[: max(length - 2, 0)].decode("utf-16-le", "replace"), start, size
