"""CSV files and their like: the separator is found where it is certain, and said."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from workbench.datasets.decoding import decoded
from workbench.datasets.source import Source
from workbench.datasets.tables import SINGLE, Row, named_rows
from workbench.datasets.values import is_blank

# characters in one field; the csv module's own limit is 131,072
MAX_FIELD = 100_000_000
LOOKED_AT = 100_000  # characters from which the separator is found
LINES = 20  # that show whether another sign parts them
OTHERS = "^~:¦þ¬\x1f\x01*#"
_RULED = re.compile(r"\s*(?::?-{3,}:?\s*)?")
_AS_TEXT = re.compile(r'="([^"]*)"')  # how exports keep Excel from making a number of a text


def read_separated(source: Source) -> Iterator[Row]:
    """The rows of a CSV file; Excel's first line `sep=;` says how columns are parted."""
    csv.field_size_limit(MAX_FIELD)
    text, separator, skipped = parted(source)
    yield from named_rows(source, _records(source, text, separator, skipped), separator)


def parted(source: Source) -> tuple[str, str, int]:
    """The text of a CSV file, what parts its columns, and how many lines only say so."""
    text = decoded(source).removesuffix("\x1a")  # as DOS ends a file
    said = re.match(r'"?sep=([^\r\n])"?(?=[\r\n]|$)', text, re.IGNORECASE)
    separator = source.asked.separator or (said[1] if said else _found(source, text))
    if len(separator) != 1 or separator in '"\r\n':
        source.refuse(f"separator is {separator!r}: give one character such as ';'")
    if separator != _own(source):
        source.noticed.add("separator", SINGLE.get(separator, repr(separator)))
    return text, separator, 1 if said else 0


def _records(
    source: Source, text: str, separator: str, skipped: int
) -> Iterator[tuple[int, list[str]]]:
    """Each record with its first line: a quoted field may hold line breaks."""
    reader = _reader(text, separator)
    markdown = separator == "|" and _is_markdown(text)
    before, kept = 0, markdown or '="' in text
    try:
        for record in reader:
            number, before = before + 1, reader.line_num
            if markdown and number == 2:
                continue
            if number > skipped:
                shown = str.strip if markdown else _shown
                yield number, [shown(cell) for cell in record] if kept else record
    except csv.Error as error:
        source.fail(before + 1, f"not valid CSV: {error}: mend the quotes")


def _is_markdown(text: str) -> bool:
    """Whether it is a table of Markdown, with a ruled line below its columns' names."""
    cells = "".join(text.split("\n", 2)[1:2]).split("|")
    return any(map(str.strip, cells)) and all(map(_RULED.fullmatch, cells))


def _shown(cell: str) -> str:
    """A cell as Excel shows it."""
    found = _AS_TEXT.fullmatch(cell)
    return found[1] if found else cell


def _reader(text: str, separator: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _own(source: Source) -> str:
    return "\t" if source.ending == ".tsv" else ","


def _found(source: Source, text: str) -> str:
    """What parts the header; where several could, what parts every row alike."""
    start = text[:LOOKED_AT]
    widths = {separator: _widths(start, separator) for separator in SINGLE}
    parting = [separator for separator, found in widths.items() if found and found[0] > 1]
    even = [separator for separator in parting if len(set(widths[separator])) == 1]
    own = _own(source)
    if re.match(r'"[^"\r\n]*,""', start):
        source.refuse("each line is quoted as a whole: export it anew, a column a field")
    if not parting:
        _refuse_other(source, start)
    if len(parting) < 2:
        return parting[0] if parting else own
    if len(even) != 1 and (even or own not in parting):
        names = " or by ".join(SINGLE[separator] for separator in even or parting)
        source.refuse(f"its columns may be parted by {names}: say separator=")
    return even[0] if even else own


def _refuse_other(source: Source, text: str) -> None:
    """Refuse one column that another sign, or blanks, part alike in every line."""
    lines = [line for line in text.splitlines()[:LINES] if line.strip()]
    for sign in OTHERS if len(lines) > 1 else ():
        parts = re.search(rf"\w{re.escape(sign)}\w", lines[0])
        if parts and len({line.count(sign) for line in lines}) == 1:
            one = "say separator=, or separator=',' for one column"
            source.refuse(f"its columns may be parted by {sign!r}: {one}")
    if len(lines) > 1 and all(re.search(r"\S {2,}\S", line) for line in lines):
        source.refuse("its columns seem to have fixed widths: save it as CSV")


def _widths(text: str, separator: str) -> list[int]:
    """The fields of each record that is not blank, as far as they read; the last may be cut."""
    widths: list[int] = []
    try:
        for record in _reader(text, separator):
            if not all(map(is_blank, record)):
                widths.append(len(record))
    except csv.Error:
        return widths
    return widths[:-1] if len(text) == LOOKED_AT and len(widths) > 1 else widths
