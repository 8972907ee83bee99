"""Rows out: a run or a comparison as a file for other tools."""

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from workbench.comparison import Comparison
from workbench.errors import WorkbenchError
from workbench.files import resolve, write_whole
from workbench.prompts.invisible import NO_WIDTH
from workbench.runs import Run
from workbench.store.text import writable

if TYPE_CHECKING:
    import pandas as pd

# What a spreadsheet takes for a formula where it opens text (OWASP, "CSV Injection"): a sign that
# begins it, behind what nobody sees.
_UNSEEN = rf"[\s\0-\x1f\x7f-\x9f{NO_WIDTH}]*"
_FORMULA = re.compile(rf"[\t\r\n]|{_UNSEEN}[=+\-@＝＋－＠﹦﹢﹣﹫]")
# Where Excel parts the cells of a CSV at semicolons or tabs, quotes within a line bind nothing, and
# a cell may begin within a text. What calls nothing, such as the dash of a list, may stand there.
_PARTS = r";\t\r\n"
_INNER = re.compile(
    rf"([{_PARTS}](?:(?![{_PARTS}]){_UNSEEN[:-1]})*+)"
    rf"(?=[=@＝＠﹦﹫]|[+\-＋－﹢﹣][^{_PARTS}]*?(?:\w\(|\|))"
)
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_RETURN = re.compile(r"\r\n?")
_NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
MOST_ROWS, MOST_COLUMNS, LONGEST = 1_048_576, 16_384, 32_767  # of an Excel sheet; of a cell's text
_EXACT = 2**53  # beyond it a spreadsheet rounds whole numbers


def save(what: Run | Comparison, path: str | Path) -> Path:
    """Write a run's rows or a comparison's table as .csv, .parquet, .jsonl or .xlsx, whole or not
    at all; a relative path counts from the project root.

    In .csv and .xlsx a text that a spreadsheet would take for a formula begins with an apostrophe;
    U+FFFD stands for half a character, which no file can hold, and in .xlsx for signs that XML has
    not. There lines end in a line feed alone, as Excel's do.
    """
    path = resolve(path)
    ending = path.suffix.lower()
    if ending not in _WAYS:
        raise WorkbenchError(f"{path.name}: use a name that ends in {', '.join(_WAYS)}")
    frame = what.frame if isinstance(what, Run) else what.table.reset_index()
    return write_whole(path, _WAYS[ending](frame))


def _plain(value: Any) -> Any:
    """A cell as a text, number, truth or nothing."""
    if hasattr(value, "item"):  # numpy's own
        value = value.item()
    if isinstance(value, str):
        return writable(value)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool | int | float):
        return value
    return writable(json.dumps(value, ensure_ascii=False, default=str))


def _columns(frame: "pd.DataFrame") -> dict[str, list[Any]]:
    return {
        writable(str(name)): [_plain(value) for value in frame.iloc[:, number].tolist()]
        for number, name in enumerate(frame.columns)
    }


def _rows(columns: dict[str, list[Any]]) -> Iterator[tuple[Any, ...]]:
    return zip(*columns.values(), strict=True)


def harmless(value: Any) -> Any:
    """A cell of a spreadsheet, which computes nothing; a number, even as a text, stays as it is."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def _parted(value: Any) -> Any:
    """A cell of a CSV, harmless also where its text is parted into several cells."""
    return _INNER.sub(r"\1'", value) if isinstance(value, str) else value


def _csv(frame: "pd.DataFrame") -> Iterator[str]:
    columns = _columns(frame)
    line = io.StringIO()
    writer = csv.writer(line)
    for row in [tuple(columns), *_rows(columns)]:
        line.seek(0)
        line.truncate()
        # readers of CSV end at a NUL
        cells = (each.replace("\0", "\ufffd") if isinstance(each, str) else each for each in row)
        writer.writerow([_parted(harmless(each)) for each in cells])
        yield line.getvalue()


def _json_lines(frame: "pd.DataFrame") -> Iterator[bytes]:
    columns = _columns(frame)
    for row in _rows(columns):
        yield _json(dict(zip(columns, row, strict=True))) + b"\n"


def _json(row: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(row, ensure_ascii=False).encode()


def _parquet(frame: "pd.DataFrame") -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    arrays = {
        name: _array(values, is_text=frame.dtypes.iloc[number].kind not in "biuf")
        for number, (name, values) in enumerate(_columns(frame).items())
    }
    written = io.BytesIO()
    parquet.write_table(pa.table(arrays), written)
    return written.getvalue()


def _array(values: list[Any], *, is_text: bool) -> Any:
    """A column of one kind: of texts where its values are of several."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool} or kinds <= {int, float}:
        try:
            empty = pa.string() if is_text else pa.float64()
            return pa.array(values, None if kinds else empty)
        except (pa.ArrowInvalid, OverflowError):  # an integer beyond 64 bits
            pass
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _excel(frame: "pd.DataFrame") -> bytes:
    from xlsxwriter import Workbook

    columns = _columns(frame)
    if len(frame) >= MOST_ROWS or len(columns) > MOST_COLUMNS:
        raise WorkbenchError("more rows or columns than an Excel sheet holds: save it as .parquet")
    written = io.BytesIO()
    with Workbook(written, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([tuple(columns), *_rows(columns)]):
            for column, value in enumerate(cells):
                _put(sheet, row, column, harmless(value))
    return written.getvalue()


def _put(sheet: Any, row: int, column: int, value: Any) -> None:
    """Write a cell of a sheet, a text never as a formula or a link."""
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float) and abs(value) <= _EXACT:
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, _fitting(_text(value)))


def _fitting(text: str) -> str:
    """A text as long as a cell takes, which Excel counts in UTF-16, with a sign where it is cut;
    what XML has no place for would be written as `_x0001_`, which few readers turn back.
    """
    if not text.isprintable():
        text = _NO_XML.sub("\ufffd", _RETURN.sub("\n", text))
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST:
        return text
    sign = f"… [cut: {len(text):,} characters]"
    return units[: 2 * (LONGEST - len(sign))].decode("utf-16-le", "ignore") + sign


_WAYS: dict[str, Callable[["pd.DataFrame"], bytes | Iterator[str] | Iterator[bytes]]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".jsonl": _json_lines,
    ".xlsx": _excel,
}
