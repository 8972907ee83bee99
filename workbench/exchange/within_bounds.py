"""Files of others, read within bounds: sizes, nesting and members of archives; nothing in them is
run, and no name in them is a path.
"""

import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from workbench.errors import DatasetError
from workbench.files import resolve

MOST_BYTES = 1_000_000_000  # of a file
MOST_LINE = 100_000_000  # bytes
MOST_MEMBERS = 500_000  # of an archive
MOST_MEMBER = 250_000_000  # bytes of one, unpacked
MOST_UNPACKED = 4_000_000_000  # bytes of all that are read
ZSTANDARD, STORED, DEFLATED = 93, 0, 8  # how a member is packed
_HEADER = struct.Struct("<4s5H3I2H")
_PIECE = 1 << 20
ENCRYPTED = 0x1


def located(path: str | Path) -> Path:
    """The file, from the project's root; DatasetError where it is none or too large."""
    found = resolve(path)
    if not found.is_file():
        raise DatasetError(f"{found.name} is not there, or no file: paths count from the project")
    if found.stat().st_size > MOST_BYTES:
        raise DatasetError(f"{found.name} is larger than {MOST_BYTES:,} bytes: read a part of it")
    return found


def text_of(path: Path) -> str:
    """A file's text, which is UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path.name}: not UTF-8 text at byte {error.start:,}") from None


def json_of(text: str | bytes, where: str) -> Any:
    """What JSON says; NaN is read, as several tools write it. DatasetError names the place."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        at = f", line {error.lineno}" if len(text.splitlines()) > 1 else ""
        raise DatasetError(f"{where}{at}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:  # no UTF-8, a number of 5,000 digits, too deep
        raise DatasetError(f"{where}: not JSON that can be read: {str(error)[:80]}") from None


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that hold something, each with its number."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MOST_LINE + 1):
            number += 1
            if len(line) > MOST_LINE:
                raise DatasetError(f"{path.name}, line {number}: longer than {MOST_LINE:,} bytes")
            if line.strip():
                yield number, line


class BrokenMember(DatasetError):
    """One member of an archive cannot be read, and `what` says why; others may be."""

    def __init__(self, archive: str, member: str, what: str) -> None:
        super().__init__(f"{archive}, {member}: {what}")
        self.what = what


class Archive:
    """A zip archive whose members are read one by one, in memory, and never written to a disk."""

    def __init__(self, path: Path) -> None:
        self.name, self._left = path.name, MOST_UNPACKED
        self._file: BinaryIO = path.open("rb")
        try:
            self._zip = zipfile.ZipFile(self._file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
            self._file.close()
            raise DatasetError(
                f"{path.name} is no whole archive: {str(error)[:80]}: was its writing cut off?"
            ) from None
        if len(self._zip.infolist()) > MOST_MEMBERS:
            raise DatasetError(f"{path.name} has more than {MOST_MEMBERS:,} members")

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    @property
    def names(self) -> list[str]:
        """The names of its members, of each name the last."""
        return list(dict.fromkeys(self._zip.namelist()))

    def json(self, name: str) -> Any:
        """What a member says; BrokenMember where it cannot be read."""
        data = self.read(name)
        try:
            return json_of(data, "")
        except DatasetError as error:
            raise BrokenMember(self.name, name, str(error).lstrip(",: ")) from None

    def read(self, name: str) -> bytes:
        """A member, unpacked; BrokenMember where it is broken, encrypted or far too large,
        DatasetError where all that was read is.
        """
        member = self._zip.getinfo(name)
        if member.flag_bits & ENCRYPTED:
            raise BrokenMember(self.name, name, "it is encrypted")
        try:
            data = self._unpacked(member)
        except DatasetError:
            raise
        except Exception as error:  # noqa: BLE001  of several libraries, on bytes of anybody
            said = f"it cannot be unpacked: {str(error)[:80]}"
            raise BrokenMember(self.name, name, said) from None
        if zlib.crc32(data) != member.CRC:
            raise BrokenMember(self.name, name, "it is damaged: its checksum is another one")
        return data

    def _unpacked(self, member: zipfile.ZipInfo) -> bytes:
        if member.compress_type == ZSTANDARD:
            return self._taken(_zstandard(self._packed(member)), member.filename)
        with self._zip.open(member) as unpacked:
            return self._taken(unpacked, member.filename)

    def _taken(self, unpacked: Any, name: str) -> bytes:
        """All of a stream, within the bounds of a member and of all members."""
        parts, size = [], 0
        while piece := unpacked.read(_PIECE):
            parts.append(piece)
            size += len(piece)
            self._left -= len(piece)
            if self._left < 0:
                said = "unpacked it is larger than what is read: is it a bomb?"
                raise DatasetError(f"{self.name}, {name}: {said}")
            if size > MOST_MEMBER:
                said = f"unpacked it is larger than {MOST_MEMBER:,} bytes"
                raise BrokenMember(self.name, name, said)
        return b"".join(parts)

    def _packed(self, member: zipfile.ZipInfo) -> bytes:
        """The bytes of a member as they lie in the archive."""
        self._file.seek(member.header_offset)
        fields = _HEADER.unpack(self._file.read(_HEADER.size))
        if fields[0] != b"PK\3\4":
            raise ValueError("no member begins where the archive says")
        self._file.seek(fields[-2] + fields[-1], 1)
        return self._file.read(member.compress_size)


def _zstandard(packed: bytes) -> Any:
    """A stream of what Zstandard packed, in however many frames."""
    import zstandard

    return zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
        packed, read_across_frames=True
    )
