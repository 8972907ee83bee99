"""The rows of dataset files, each with its line for errors; JSON is read here."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

from workbench.datasets.columnar import read_parquet
from workbench.datasets.decoding import NEXT, decoded, marked
from workbench.datasets.separated import read_separated
from workbench.datasets.sheets import read_sheet
from workbench.datasets.source import SHEETS, Source
from workbench.datasets.tables import MOST_COLUMNS, Row


def read_rows(source: Source) -> Iterator[Row]:
    """The rows of a source, read as its ending says."""
    readers: dict[str, Callable[[Source], Iterator[Row]]] = {
        ".jsonl": _read_json,
        ".json": _read_json,
        ".csv": read_separated,
        ".tsv": read_separated,
        ".parquet": read_parquet,
        **dict.fromkeys(SHEETS, read_sheet),
    }
    return readers[source.ending](source)


class OddKeys(ValueError):
    """Keys that no example has: one that stands twice in one object, where the second would win in
    silence, or more than a table has columns.
    """


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON: write null, or leave it out")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_constant(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_COLUMNS:
        raise OddKeys(f"more than {MOST_COLUMNS:,} keys in one object: put what is long in a list")
    made = dict(pairs)
    if len(made) < len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name, number in times.items() if number > 1)
        raise OddKeys(f"the key {twice!r} stands twice: keep one of the two")
    return made


# The standard library's decoder: orjson is faster, yet rounds whole numbers above 64 bits and
# refuses half characters.
MEND = "mend the line, one object a line"
_BETWEEN = re.compile(r"[\s,]*")
_BEHIND = re.compile(rb'\}\s*\{\s*"')  # an object behind another
_DECODER = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_once
)
decode = _DECODER.decode


def _read_json(source: Source) -> Iterator[Row]:
    """JSON Lines, or one array of objects."""
    with source.open() as file:
        encoding = source.asked.encoding or marked(file.read(4))
        file.seek(0)
        first = next((line for line in file if line.strip(b"\xef\xbb\xbf \t\r\n")), b"")
    start = first.strip(b"\xef\xbb\xbf \t\r\n")
    in_lines = not start.startswith(b"[") and not _goes_on(start)
    if encoding in ("", "utf-8", "utf-8-sig") and in_lines:
        return _rows(source, _utf8_lines(source))
    text = decoded(source)
    if text.lstrip().startswith("["):
        return _array(source, text)
    return _rows(source, enumerate(text.split("\n"), 1)) if in_lines else _one_by_one(source, text)


def _goes_on(line: bytes) -> bool:
    """Whether an object that a line begins ends in another, or another stands behind it."""
    return (
        line == b"{" or (line.startswith(b"{") and b"}" not in line) or bool(_BEHIND.search(line))
    )


def _one_by_one(source: Source, text: str) -> Iterator[Row]:
    """Objects one behind the other, of as many lines as they like."""
    number, before, position = 1, 0, _BETWEEN.match(text).end()  # type: ignore[union-attr]
    while position < len(text):
        number, before = number + text.count("\n", before, position), position
        row, position = _parsed(source, number, lambda at=position: _DECODER.raw_decode(text, at))
        yield number, _object(source, number, row)
        position = _BETWEEN.match(text, position).end()  # type: ignore[union-attr]


def _utf8_lines(source: Source) -> Iterator[tuple[int, str]]:
    with source.open() as file:
        for number, line in enumerate(file, 1):
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                source.fail(number, f"not UTF-8 text: {NEXT}")


def _rows(source: Source, lines: Iterable[tuple[int, str]]) -> Iterator[Row]:
    for number, line in lines:
        if text := line.strip(" \t\r\n"):
            step = "take off the comma at its end" if text.endswith(",") else MEND
            row = _parsed(source, number, lambda text=text: decode(text), step)
            yield number, _object(source, number, row)


def _array(source: Source, text: str) -> Iterator[Row]:
    """The objects of one array, each with the line that it begins on."""
    _parsed(source, 1, lambda: decode(text))
    number, before, position = 1, 0, text.index("[") + 1
    while True:
        position = _BETWEEN.match(text, position).end()  # type: ignore[union-attr]
        if text[position] == "]":
            return
        number, before = number + text.count("\n", before, position), position
        row, position = _DECODER.raw_decode(text, position)
        yield number, _object(source, number, row)


def _parsed(source: Source, number: int, parse: Callable[[], Any], step: str = MEND) -> Any:
    try:
        return parse()
    except RecursionError:
        source.fail(number, "nested too deeply: flatten it")
    except json.JSONDecodeError as error:
        source.fail(number + error.lineno - 1, f"not valid JSON: {error}: {step}")
    except OddKeys as error:
        source.fail(number, str(error))
    except ValueError as error:
        source.fail(number, f"not valid JSON: {error}: {step}")


def _object(source: Source, number: int, row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        kind = type(row).__name__
        source.fail(number, f'{kind} in place of an object {{"id": ..., "inputs": {{...}}}}')
    return row
