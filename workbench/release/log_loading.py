"""The logs of a limited release, read from the files and frames that people have."""

import io
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from workbench import words
from workbench.datasets.columnar import is_frame
from workbench.datasets.rows import decode, read_rows
from workbench.datasets.separated import parted
from workbench.datasets.source import Asked, Source, source_of
from workbench.errors import DatasetError
from workbench.meant import instead
from workbench.printing import in_line
from workbench.release.log_cells import (
    amounts,
    each_value,
    feedback,
    settled,
    texts,
    times,
    without_zone,
    yes_or_no,
)
from workbench.release.released_logs import COLUMNS, NEEDED, TAG, LeftOut, Logs

FIRST = 3  # rows that are named
MOST_NAME = 80  # characters of an arm
STEPS = {  # what to do about a column that cannot be read
    "": "write numbers of at least 0, with a point and without a unit",
    "resolved": "write yes and no, or 1 and 0",
    "regenerate": "write yes and no, or 1 and 0",
    "feedback": "write up and down, shares from 0 to 1, or ratings and say scale=(1, 5)",
    **dict.fromkeys(
        ("error", "malformed", "flag"), "write yes and no, or nothing where nothing went wrong"
    ),
}
WORDED = ("feedback", "resolved", "regenerate")
# a word that is not known is mostly one of few that people choose among, and says one side
STRAY, FEW = 2, 0.05  # words and share of words that may be unknown
# units that a column's name may say: latency_ms, "latency (ms)", durationNanos, LATENCY_MS
OTHER_UNIT = re.compile(
    r"(?:(?:^|[\W_])((?i:ms|us|µs|ns|[mun]secs?|(?:milli|micro|nano)s(?:ec(?:ond)?s?)?|minutes))"
    r"|(?<=[a-z])(M[sS]|Us|Ns|(?:Milli|Micro|Nano)s(?:ec(?:ond)?s?)?|Minutes))(?:$|[\W_])"
)
Columns = Mapping[str, Any]


def load_logs(
    path: str | Path | Any,
    columns: Columns | None = None,
    *,
    scale: tuple[float, float] | None = None,
    name: str = "",
    encoding: str = "",
    separator: str = "",
) -> Logs:
    """The logs of a limited release, one row a message, from CSV, Parquet, JSON Lines or a
    DataFrame.

    `columns` says which column is what: {"user": "customer", "seconds": "latency", "tags":
    ["country"]}; columns of the names in `Logs.frame` need no saying. `user`, `arm` and `timestamp`
    must be there; rows before the release, whose arm is empty, are history. `feedback` are thumbs,
    shares, or ratings with `scale=(1, 5)`. Rows without a user or a time are left out and counted.
    """
    table, source_name, where = _table(path, Asked(encoding, separator))
    reader = _Reader(table, _mapping(table, columns or {}, where), scale, where)
    return reader.logs(name or source_name)


def _table(given: Any, asked: Asked) -> tuple[pd.DataFrame, str, str]:
    """All columns as the file has them, with `tags` in columns of their own; the name of the file,
    and where it lies.
    """
    if is_frame(given):
        frame = given if hasattr(given, "iloc") else given.to_pandas()
        frame = frame.reset_index(drop=True)
        return _checked(frame, "the DataFrame"), "the DataFrame", "the DataFrame"
    if not isinstance(given, str | Path):
        raise TypeError(f"load_logs reads a path or a DataFrame, not {type(given).__name__}")
    source = source_of(given, asked)
    return _checked(_read(source), source.where), source.name, source.where


def _read(source: Source) -> pd.DataFrame:
    if source.ending == ".parquet":
        return _parquet(source)
    if source.ending in (".csv", ".tsv"):
        return _separated(source)
    rows = _lines(source) if source.ending == ".jsonl" else (row for _, row in read_rows(source))
    return _gathered(rows)


def _parquet(source: Source) -> pd.DataFrame:
    try:
        with source.open() as file:
            return pd.read_parquet(file)
    except (ValueError, OSError) as error:  # those of Arrow are among them
        source.refuse(f"not valid Parquet: {str(error).splitlines()[0]}")


def _separated(source: Source) -> pd.DataFrame:
    """A CSV file as texts, by pandas: a million rows are a matter of seconds."""
    text, separator, skipped = parted(source)
    try:
        return pd.read_csv(
            io.StringIO(text), sep=separator, skiprows=skipped, dtype=object, keep_default_na=False
        )
    except ValueError as error:
        source.refuse(f"not valid CSV: {str(error).splitlines()[-1]}: mend that line")


def _checked(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    frame.columns = [str(name) for name in frame.columns]
    if twice := sorted(frame.columns[frame.columns.duplicated()]):
        raise DatasetError(f"{where}: column {twice[0]!r} stands twice: rename one")
    if not len(frame):
        raise DatasetError(f"{where} holds no row")
    return frame


def _lines(source: Source) -> Iterator[dict[str, Any]]:
    """The objects of JSON Lines; a line that is none, as one cut in the middle of its writing, is
    an empty row.
    """
    with source.open() as file:
        for line in file:
            if line.strip():
                row = _object(line)
                yield row if isinstance(row, dict) else {}


def _object(line: bytes) -> Any:
    try:
        return orjson.loads(line.removeprefix(BOM_UTF8))
    except ValueError:
        return _slowly(line)


def _slowly(line: bytes) -> Any:
    """What the standard library reads beside the quick reader: half characters, say."""
    try:
        return decode(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _gathered(rows: Iterator[dict[str, Any]]) -> pd.DataFrame:
    """Columns of rows that need not have the same fields."""
    gathered: dict[str, list[Any]] = {}
    count = 0
    for row in rows:
        for name, value in _flat(row):
            column = gathered.setdefault(name, [])
            column.extend([None] * (count - len(column)))
            column.append(value)
        count += 1
    for column in gathered.values():
        column.extend([None] * (count - len(column)))
    return pd.DataFrame({name: pd.Series(each, dtype=object) for name, each in gathered.items()})


def _flat(row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if name == "tags" and isinstance(value, dict):
            yield from ((f"{TAG}{key}", each) for key, each in value.items())
        else:
            yield name, value


def _mapping(table: pd.DataFrame, columns: Columns, where: str) -> dict[str, str]:
    """The column of the file for each of ours."""
    if odd := [name for name in columns if name not in (*COLUMNS, "tags")]:
        raise DatasetError(f"columns maps {', '.join(COLUMNS)} and tags, not {odd[0]!r}")
    given = {name: column for name, column in columns.items() if name != "tags"}
    alike = {column.casefold(): column for column in reversed(table.columns)}
    found = {name: alike[name] for name in COLUMNS if name in alike and name not in given}
    mapping = {**found, **given, **_tags(table, columns.get("tags"))}
    _check_there(mapping, table, where)
    return mapping


def _check_there(mapping: dict[str, str], table: pd.DataFrame, where: str) -> None:
    there = ", ".join(map(str, table.columns[:20]))
    for name, column in mapping.items():
        if column not in table.columns:
            known = instead(column, map(str, table.columns))
            raise DatasetError(f"{where}: no column {column!r} for {name}: {known}")
    if missing := [name for name in NEEDED if name not in mapping]:
        step = f'say columns={{"{missing[0]}": ...}}'
        raise DatasetError(f"{where}: which column is the {missing[0]}? {step}: there are {there}")


def _tags(table: pd.DataFrame, given: Sequence[str] | Mapping[str, str] | None) -> dict[str, str]:
    if given is None:
        return {name: name for name in table.columns if name.startswith(TAG)}
    pairs = given if isinstance(given, Mapping) else {name: name for name in given}
    return {f"{TAG}{name.removeprefix(TAG)}": column for name, column in pairs.items()}


def _said(value: Any) -> str:
    """A cell as it stands in a refusal."""
    return words.brief(repr(value) if isinstance(value, str) else str(value), 40)


class _Reader:
    """Reads columns, and keeps count of what it could not."""

    def __init__(
        self,
        table: pd.DataFrame,
        mapping: dict[str, str],
        scale: tuple[float, float] | None,
        where: str,
    ) -> None:
        self.table, self.mapping, self.scale, self.where = table, mapping, scale, where
        self.left_out: list[LeftOut] = []

    def logs(self, name: str) -> Logs:
        read = {name: self._column(name, column) for name, column in self.mapping.items()}
        frame = pd.DataFrame(read)
        kept = self._rows(frame)
        if not kept.any():
            self._refuse_all(frame)
        frame = frame.iloc[np.flatnonzero(kept)]
        frame = frame.sort_values(by="timestamp", kind="stable", ignore_index=True)
        mapped = set(self.mapping.values())
        order = tuple(column for column in self.table.columns if column not in mapped)
        without = without_zone(self.table[self.mapping["timestamp"]])
        return Logs(frame, name, order, tuple(self.left_out), without)

    def _refuse_all(self, frame: pd.DataFrame) -> None:
        """DatasetError: no row counts, with what the first one says."""
        unknown = frame["timestamp"].isna().to_numpy().all()
        name = "timestamp" if unknown else "user"
        column = self.mapping[name]
        said = _said(self.table[column].iloc[0])
        step = "write 2026-03-02T10:00:00Z, or seconds since 1970" if name == "timestamp" else ""
        step = step or 'say columns={"user": ...}'
        raise DatasetError(
            f"{self.where}: no row has a user and a time that can be read; "
            f"{column} says {said} in row 1: {step}"
        )

    def _column(self, name: str, column: str) -> Any:
        cells: Any = self.table[column]
        if name == "timestamp":
            return times(cells)
        if name in ("user", "arm", "id") or name.startswith(TAG):
            return self._arms(texts(cells)) if name == "arm" else texts(cells)
        if name in ("input", "output"):
            return cells.astype(object).where(cells.notna(), "")
        if name == "feedback":
            return self._readable(name, feedback(cells, self.scale))
        if name in ("seconds", "tokens", "cost"):
            return self._amounts(name, column)
        if name == "resolved":
            return self._readable(name, each_value(cells, settled))
        if name == "regenerate":
            return np.nan_to_num(self._readable(name, each_value(cells, settled)))
        return self._wrong(name, each_value(cells, yes_or_no))

    def _amounts(self, name: str, column: str) -> Any:
        """Numbers; DatasetError for seconds that are of another unit by their name."""
        if name == "seconds" and (unit := OTHER_UNIT.search(column)):
            raise DatasetError(
                f"{self.where}: {column} is in {unit[1] or unit[2]} by its name, and seconds are "
                "wanted: convert it, or rename it"
            )
        return self._readable(name, amounts(self.table[column]))

    def _wrong(self, name: str, found: Any) -> Any:
        """Where something went wrong: whatever a cell says that is no "no", unless most rows do."""
        worded = np.isinf(found)
        if worded.sum() > len(found) / 2:
            self._refuse(name, worded)
        return np.where(worded, 1.0, np.nan_to_num(found))  # nothing said: no error

    def _arms(self, found: Any) -> Any:
        """Arms, whose names are shown: DatasetError where one is no name."""
        odd = {each for each in set(found) if len(each) > MOST_NAME or in_line(each) != each}
        if odd:
            row = next(at for at, each in enumerate(found) if each in odd)
            said = words.brief(in_line(found[row]), 40)
            raise DatasetError(
                f"{self.where}: row {row + 1:,}: {self.mapping['arm']} is {said!r}, no name "
                f"of an arm: at most {MOST_NAME} characters that print"
            )
        return found

    def _readable(self, name: str, found: Any) -> Any:
        """Numbers; DatasetError where most of what a column says is none, or more than a few words
        that people choose among.
        """
        unread = np.isinf(found) & ~self.headers
        said = np.isfinite(found).sum()
        most = max(STRAY, FEW * said) if name in WORDED else said
        if unread.sum() > most:
            self._refuse(name, unread)
        self._count(name, "it cannot be read", unread)
        return np.where(np.isinf(found), np.nan, found)

    def _refuse(self, name: str, unread: Any) -> None:
        """DatasetError with what the first of the rows says that cannot be read."""
        row = int(unread.argmax())
        said = _said(self.table[self.mapping[name]].iloc[row])
        raise DatasetError(
            f"{self.where}: {self.mapping[name]} cannot be read in {int(unread.sum()):,} rows, "
            f"such as {said} in row {row + 1:,}: {STEPS.get(name, STEPS[''])}"
        )

    @cached_property
    def headers(self) -> Any:
        """Rows that repeat the names of the columns, as where files were put one after another."""
        named = [self.table[self.mapping[each]] == self.mapping[each] for each in NEEDED]
        return np.logical_and.reduce([each.to_numpy(bool, na_value=False) for each in named])

    def _again(self, frame: pd.DataFrame) -> Any:
        """Rows that repeat an earlier one in all that was logged, where times tell seconds apart:
        of a clock of minutes two messages may well be alike.
        """
        seconds = frame["timestamp"].dt.second.to_numpy(float, na_value=0)
        if not seconds.any():
            return np.zeros(len(frame), bool)
        try:
            return self.table.duplicated().to_numpy()
        except TypeError:  # lists and objects
            return self.table.astype(str).duplicated().to_numpy()

    def _rows(self, frame: pd.DataFrame) -> Any:
        """Which rows count."""
        kept = np.ones(len(frame), bool)
        faults = {
            "the names of the columns again": self.headers,
            "no user": frame["user"].to_numpy() == "",
            "no time that can be read": frame["timestamp"].isna().to_numpy(),
            "an earlier row once more": self._again(frame),
        }
        if "id" in frame:
            again = frame["id"].duplicated().to_numpy() & (frame["id"].to_numpy() != "")
            faults["the id of an earlier row"] = again
        for why, fault in faults.items():
            self._count("row", why, fault & kept)
            kept &= ~fault
        return kept

    def _count(self, what: str, why: str, at_fault: Any) -> None:
        if at_fault.any():
            rows = np.flatnonzero(at_fault)
            first = tuple(int(row) + 1 for row in rows[:FIRST])
            self.left_out.append(LeftOut(what, why, len(rows), first))
