"""Labels in sheets: people's ratings in CSV, Excel or Parquet, one a row."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import words
from workbench.datasets.rows import read_rows
from workbench.datasets.source import READ, Asked, Source
from workbench.datasets.tables import is_blank
from workbench.errors import DatasetError
from workbench.files import resolve
from workbench.labels.importing import filled, keep
from workbench.labels.rating_words import named_ratings, rating, skips
from workbench.labels.records import label_scale, off_scale_fault
from workbench.runs import Run
from workbench.stats.scale import Scale
from workbench.store import output_hash

NAMED = ("example", "value", "rater", "prompt", "model", "repeat", "output", "at")
VALUE = "value"
Columns = Mapping[str, str | Sequence[str]]


def read_sheet(
    path: str | Path,
    run: Run,
    critic: str,
    *,
    columns: Columns | None = None,
    values: Mapping[str, float] | None = None,
    rater: str = "",
    encoding: str = "",
) -> int:
    """Import people's ratings of a run's answers as labels for a critic, a row each; returns how
    many were new.

    `columns` says what the sheet calls `example`, `value` and, where it has them, `rater`,
    `prompt`, `model`, `repeat`, `output` and `at`; other columns are left alone. Several columns
    for `value` are a rater each, by the column's name. An answer is found by its text, else by what
    else the row says: DatasetError where that is none of the run's, or several. A value is a number
    of the critic's scale (as stars or 4/5 too), yes or no in many languages on a scale from 0 to 1,
    a word of which `values` gives the number ({"agree": 4}), or skip; blank ones are no label.
    `rater` names who rated where no column does.
    """
    source, called, answers = _source(path, encoding), _called(columns or {}), _Answers(run)
    reader = _Reader(answers, critic, rater, named_ratings(values or {}))
    records: list[dict[str, Any]] = []
    known: dict[str, None] = {}
    for number, row in read_rows(source):
        known.update(dict.fromkeys(row))
        where = f"{source.where}, {source.at(number)}"
        for each in called:
            records += reader.records(_named(row, each), each, where)
    _refuse_absent(called, known, source.where)
    return keep(source.where, records, run.needed_store("a label"), run)


def _refuse_absent(
    called: Sequence[Mapping[str, str]], known: Mapping[str, None], name: str
) -> None:
    """Say that a sheet has no ratings by the name that was looked for."""
    for each in called:
        if known and each[VALUE] not in known:
            names = ", ".join(map(words.brief, list(known)[:12]))
            raise DatasetError(
                f"{name} has no column {each[VALUE]!r}: say with columns={{'value': ...}} which of "
                f"{names} holds the ratings"
            )


def _source(path: str | Path, encoding: str) -> Source:
    path = resolve(path)
    if path.suffix.lower() not in READ or not path.is_file():
        raise DatasetError(f"{path.name} is no sheet: give a file that ends in {', '.join(READ)}")
    return Source(path.name, path.suffix.lower(), path=path, asked=Asked(encoding))


def _called(columns: Columns) -> list[dict[str, str]]:
    """What the sheet calls each of our names, once a rater where each has a column."""
    if odd := [name for name in columns if name not in NAMED]:
        raise DatasetError(f"columns knows no {odd[0]!r}: it takes {', '.join(NAMED)}")
    several = columns.get(VALUE, VALUE)
    if isinstance(several, str):
        several = [several]
    elif not several or "rater" in columns:
        raise DatasetError("columns gives a column of values for each rater: leave out 'rater'")
    single: dict[str, str] = {}
    for name in NAMED:
        its = columns.get(name, name)
        if not isinstance(its, str) and name != VALUE:
            raise DatasetError(f"columns gives {name!r} more than one column: give one")
        single[name] = str(its)
    return [single | {VALUE: each} for each in several]


def _named(row: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, Any]:
    """What a row says, by our names; blank cells say nothing."""
    return {name: row[its] for name, its in called.items() if not is_blank(row.get(its))}


@dataclass(frozen=True)
class _Reader:
    """Reads what people said of a run's answers."""

    answers: "_Answers"
    critic: str
    rater: str
    named: Mapping[str, float]  # words that stand for numbers

    def records(
        self, row: Mapping[str, Any], called: Mapping[str, str], where: str
    ) -> Iterator[dict[str, Any]]:
        """The label of a row; none where its value is blank."""
        if VALUE not in row:
            return
        if "example" not in row:
            raise DatasetError(
                f"{where}: it names no example: say with columns what the sheet calls it"
            )
        by = _text(
            row.get("rater", self.rater or ("" if called[VALUE] == VALUE else called[VALUE]))
        )
        if not by:
            raise DatasetError(f"{where}: it names no rater: pass rater= for all of the sheet")
        value = self._value(row[VALUE], where)
        run = self.answers.run
        said = {
            "critic": self.critic, "example": _text(row["example"]), "rater": by, "value": value,
            "output_hash": self.answers.hash_of(row, where), "at": str(row.get("at", "")),
            "context": {"run": run.id},
        }  # fmt: skip
        yield filled(said, skipped=value is None)

    def _value(self, value: Any, where: str) -> float | None:
        """A rating as a number; None for one that was skipped."""
        scale = label_scale(self.answers.run.meta.critics, self.critic)
        word = str(value).lower() if isinstance(value, bool) else str(value)
        if skips(word):
            return None
        number = rating(word, scale, self.named)
        if math.isnan(number):
            said = words.brief(word.strip())
            raise DatasetError(f"{where}: the value {said!r} is {_none_of(scale, said)}")
        if fault := off_scale_fault(self.critic, number, scale):
            raise DatasetError(f"{where}: {fault}")
        return number


def _none_of(scale: Scale, said: str) -> str:
    """What else a rating may be."""
    ends = f" from {scale.low:g} to {scale.high:g}" if math.isfinite(scale.high) else ""
    return f"no number{ends}, and not skip: say with values={{{said!r}: ...}} what it stands for"


class _Answers:
    """Finds the answers of a run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._rows: dict[str, list[int]] = {}
        for row, example in enumerate(run.columns["example"]):
            self._rows.setdefault(example, []).append(row)

    def hash_of(self, row: Mapping[str, Any], where: str) -> str:
        """What stands for the one answer that a row of a sheet is about."""
        if "output" in row:
            return output_hash(str(row["output"]))
        asked = [name for name in ("prompt", "model", "repeat") if name in row]
        found = [
            each
            for each in self._rows.get(_text(row["example"]), ())
            if self._fits(each, row, asked)
        ]
        outputs = {self.run.columns["output"][each] for each in found}
        if len(outputs) != 1:
            raise DatasetError(f"{where}: {_amiss(row, asked, len(outputs))}")
        return output_hash(outputs.pop())

    def _fits(self, number: int, row: Mapping[str, Any], asked: Sequence[str]) -> bool:
        return all(_text(self.run.columns[name][number]) == _text(row[name]) for name in asked)


def _text(cell: Any) -> str:
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if whole else cell).strip()


def _amiss(row: Mapping[str, Any], asked: Sequence[str], count: int) -> str:
    named = ", ".join(f"{name} {words.brief(row[name])!r}" for name in ("example", *asked))
    if count:
        return f"{count} answers fit {named}: name the prompt, model or repeat too, or the output"
    return f"no answer of the run fits {named}"
