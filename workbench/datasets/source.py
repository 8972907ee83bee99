"""A dataset's file as bytes: found, unpacked where it is compressed, and named in errors."""

import bz2
import gzip
import io
import lzma
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NoReturn

from workbench.datasets.noticed import Noticed
from workbench.errors import DatasetError
from workbench.files import no_project, resolve
from workbench.meant import instead

TEXT = (".jsonl", ".json", ".csv", ".tsv")
SHEETS = (".xlsx", ".xls", ".xlsb", ".ods")
READ = (*TEXT, *SHEETS, ".parquet")
OTHERWISE = {".ndjson": ".jsonl", ".tab": ".tsv", ".xlsm": ".xlsx"}  # called, and the same
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
MOST_BYTES = 4_000_000_000  # of an unpacked file
SAYS = {  # what may be said of files with these endings
    "encoding": TEXT,
    "separator": (".csv", ".tsv"),
    "sheet": SHEETS,
    "header": (".csv", ".tsv", *SHEETS),
}
LOCK = "~$"  # what Excel and Word put beside a file for as long as it is open
PLENTY = 500_000_000  # bytes; beyond it a file that holds more than MOST_TIMES its size is a bomb
MOST_TIMES = 200  # texts of people pack to a third or a tenth
BEGINNING = 100  # bytes, by which a file is known
OTHER_THINGS = {  # what has another ending's name, by its first bytes, and the next step
    rb"<(?:!doctype|html|table|meta|head|body|\?xml)": "a web page or XML, whatever its name says: "
    "open it in Excel or a browser, and save its table as .xlsx or .csv",
    rb"%PDF": "a PDF: save its table as .xlsx or .csv",
    rb"\{\\rtf": "a text of Word: save its table as .xlsx or .csv",
    rb"\x1f\x8b": "a packed file: let its name end in .gz",
}
POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True)
class Asked:
    """What the caller says of the file; empty where it is to be found."""

    encoding: str = ""
    separator: str = ""
    sheet: str | int = ""
    header: int = 0  # the line or row of the columns' names


@dataclass
class Source:
    """What rows are read from; `where` names it in errors."""

    where: str
    ending: str
    name: str = "dataset"
    path: Path | None = None
    data: bytes | None = None  # what was unpacked; None: what the file holds
    asked: Asked = Asked()
    noticed: Noticed = field(default_factory=Noticed)

    @property
    def is_table(self) -> bool:
        return self.ending not in (".jsonl", ".json")

    def open(self) -> BinaryIO:
        if self.data is not None:
            return io.BytesIO(self.data)
        assert self.path is not None
        return self.path.open("rb")

    @property
    def size(self) -> int:
        """The bytes on the disk."""
        assert self.path is not None
        return self.path.stat().st_size

    def read(self) -> bytes:
        with self.open() as file:
            return file.read()

    def at(self, number: int) -> str:
        """A row's place, in words."""
        return f"{self.noticed.unit} {number}"

    def fail(self, number: int, problem: str) -> NoReturn:
        """Refuse a row, named by its place."""
        raise DatasetError(f"{self.where}, {self.at(number)}: {problem}") from None

    def refuse(self, problem: str) -> NoReturn:
        raise DatasetError(f"{self.where}: {problem}") from None


def source_of(path: str | Path, asked: Asked) -> Source:
    """A file as what rows are read from; DatasetError where it is not there or not known."""
    file, where = resolve(path), str(path)
    packing = file.suffix.lower() if file.suffix.lower() in PACKED else ""
    inner = Path(file.stem) if packing else file
    ending = OTHERWISE.get(inner.suffix.lower(), inner.suffix.lower())
    source = Source(where, ending, inner.stem, file, asked=asked)
    if packing != ".zip":
        _check_ending(source, file)
    _check_there(source, file)
    if packing:
        _unpack(source, packing)
        _check_ending(source, file)
    if source.ending not in TEXT:
        source.noticed = Noticed("row")
    check_asked(source)
    _check_content(source)
    return source


def check_asked(source: Source) -> None:
    """Refuse what says nothing of a file of this kind, which would be passed over in silence."""
    for name, endings in SAYS.items():
        if getattr(source.asked, name) != getattr(Asked(), name) and source.ending not in endings:
            source.refuse(f"{name}= is for {', '.join(endings)}: leave it out")
    header = source.asked.header
    if isinstance(header, bool) or not isinstance(header, int) or header < 0:
        source.refuse(f"header is {header!r}: give the number of a row, counted from 1")


def _check_ending(source: Source, file: Path) -> None:
    if source.ending not in READ:
        shown = source.ending or ("no ending" if file.suffix == source.ending else file.suffix)
        known = f"use {', '.join(READ)}, or one of these and {', '.join(PACKED)}"
        if source.ending == ".txt":  # what Excel calls Unicode text, or a list of texts
            known = "rename a table whose columns tabs part to .tsv, another to .csv"
        source.refuse(f"{shown} is not known: {known}")


def _check_there(source: Source, file: Path) -> None:
    if file.is_file():
        return
    here = file.parent.iterdir() if file.parent.is_dir() else ()
    known = (entry.name for entry in here if entry.suffix.lower() in (*READ, *PACKED, *OTHERWISE))
    near = sorted(name for name in known if not name.startswith(LOCK))
    step = instead(file.name, near) if near else "check the path"
    raise DatasetError(f"{source.where} is not there: {step}{no_project()}")


def _check_content(source: Source) -> None:
    """Refuse what is another thing than its name says."""
    if source.path and source.path.name.startswith(LOCK):
        open_now = source.path.name.removeprefix(LOCK)
        source.refuse(f"Excel keeps this while {open_now} is open: name {open_now} itself")
    with source.open() as file:
        start = file.read(BEGINNING)
    if start.startswith(POINTER):
        source.refuse("a Git LFS pointer stands in place of the file: run git lfs pull")
    if source.ending in TEXT and start.startswith((b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0")):
        source.refuse(
            f"this is no text, but an Excel, zip or Parquet file: rename it from {source.ending}"
        )
    for beginning, what in OTHER_THINGS.items():
        if re.match(beginning, start.lstrip(b"\xef\xbb\xbf \t\r\n"), re.IGNORECASE):
            source.refuse(f"this is {what}")


def _unpack(source: Source, packing: str) -> None:
    if packing == ".zip":
        source.data = _only_member(source)
        return
    openers: dict[str, Callable[[BinaryIO], Any]] = {
        ".gz": lambda file: gzip.GzipFile(fileobj=file),
        ".bz2": bz2.BZ2File,
        ".xz": lzma.LZMAFile,
        ".zst": _zstd,
    }
    try:
        with source.open() as file, openers[packing](file) as unpacked:
            source.data = _bounded(source, unpacked)
    except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile) as error:
        source.refuse(f"cannot be unpacked: {error}: pack it again")


def _zstd(file: BinaryIO) -> Any:
    import pyarrow  # here: half a second that other files do without

    return pyarrow.CompressedInputStream(pyarrow.PythonFile(file, mode="r"), "zstd")


def most_bytes(size: int) -> int:
    """How much a file of that size may hold once it is unpacked."""
    return min(MOST_BYTES, max(PLENTY, MOST_TIMES * size))


def _bounded(source: Source, unpacked: Any) -> bytes:
    most = most_bytes(source.size)
    data = unpacked.read(most + 1)
    if len(data) > most:
        source.refuse(f"unpacked it holds more than {most:,} bytes: part it")
    return data


def _only_member(source: Source) -> bytes:
    """The one file in a zip, beside what systems put there; it says how it is to be read."""
    try:
        with source.open() as file, zipfile.ZipFile(file) as packed:
            names = [name for name in packed.namelist() if _is_data(name)]
            if len(names) != 1:
                listed = f"it holds {', '.join(names[:5]) or 'none'}"
                source.refuse(f"a zip of one file is read, and {listed}: unpack it")
            inner = PurePosixPath(names[0])
            source.ending, source.name = inner.suffix.lower(), inner.stem
            source.noticed.add("member", inner.name)
            with packed.open(names[0]) as unpacked:
                return _bounded(source, unpacked)
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        source.refuse(f"cannot be unpacked: {error}: pack it again without a password")


def _is_data(name: str) -> bool:
    path = PurePosixPath(name)
    return not name.endswith("/") and "__MACOSX" not in path.parts and path.name[:1] != "."
