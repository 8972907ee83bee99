"""Bytes of a text file as text: its encoding is found where it is certain, and said."""

import codecs

from workbench.datasets.source import Source

MARKS = (  # longer ones first: one begins like another
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WESTERN = "cp1252"
NEXT = "save the file as UTF-8, or say encoding= (--encoding)"


def marked(start: bytes) -> str:
    """The encoding that a file's first bytes name; empty where they name none."""
    return next((name for mark, name in MARKS if start.startswith(mark)), "")


def decoded(source: Source) -> str:
    """The text of a file: as asked, as its first bytes say, else as UTF-8, else as Windows wrote
    it in the West, which is said; DatasetError names the line that is none of these.
    """
    data = source.read()
    if source.asked.encoding or marked(data[:4]):
        return strictly(source)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _western(source, data, error.start)
    if data[:200].count(0) > len(data[:200]) // 4:
        source.refuse('this looks like UTF-16: say encoding="utf-16-le", or save it as UTF-8')
    return text


def strictly(source: Source) -> str:
    """The text of a file: as asked, as its first bytes say, else as UTF-8 and nothing else."""
    data = source.read()
    encoding = source.asked.encoding or marked(data[:4]) or "utf-8"
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        source.fail(line_of(data, error.start), f"not {encoding.upper()} text: {NEXT}")
    except LookupError:
        source.refuse(f"no encoding is called {encoding!r}: use utf-8, cp1252, utf-16, ...")


def _western(source: Source, data: bytes, start: int) -> str:
    """Text of bytes that are no UTF-8; single-byte encodings do not tell themselves apart, so the
    commonest is taken and said.
    """
    number = line_of(data, start)
    try:
        text = data.decode(WESTERN)
    except UnicodeDecodeError:
        source.fail(number, f"not UTF-8 text: {NEXT}")
    if "\0" in text:
        source.fail(number, f"not UTF-8 text: {NEXT}")
    source.noticed.add("encoding", f"{WESTERN} (Windows, Western Europe)", number)
    return text


def line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
