"""Labels in sheets: people's ratings in CSV, Excel or Parquet, one a row."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench import words
from workbench.datasets.rows import read_rows
from workbench.datasets.source import READ, Asked, Source
from workbench.datasets.values import is_blank
from workbench.errors import DatasetError
from workbench.files import resolve
from workbench.labels.importing import filled, keep
from workbench.labels.records import label_scale, off_scale_fault
from workbench.meant import instead
from workbench.runs import Run
from workbench.store import output_hash

NAMED = ("example", "value", "rater", "prompt", "model", "repeat", "output", "at")
GOOD, BAD = {"yes", "true", "pass", "good", "up", "y"}, {"no", "false", "fail", "bad", "down", "n"}
SKIPPED = {"skip", "skipped", "unsure", "n/a"}


def read_sheet(
    path: str | Path,
    run: Run,
    critic: str,
    *,
    columns: Mapping[str, str] | None = None,
    rater: str = "",
    encoding: str = "",
) -> int:
    """Import people's ratings of a run's answers as labels for a critic, a row each; returns how
    many were new.

    `columns` says what the sheet calls `example`, `value` and, where it has them, `rater`,
    `prompt`, `model`, `repeat`, `output` and `at`; other columns are left alone. An answer is found
    by its text, else by what else the row says: DatasetError where that is none of the run's, or
    several. A value is a number of the critic's scale, yes or no, or skip; blank ones are no label.
    `rater` names who rated where no column does.
    """
    source, called, answers = _source(path, encoding), _called(columns or {}), _Answers(run)
    records: list[dict[str, Any]] = []
    for number, row in read_rows(source):
        where = f"{source.where}, {source.at(number)}"
        records += _records(_named(row, called), answers, critic, rater, where)
    return keep(source.where, records, run.needed_store("a label"), run)


def _source(path: str | Path, encoding: str) -> Source:
    path = resolve(path)
    if path.suffix.lower() not in READ or not path.is_file():
        raise DatasetError(f"{path.name} is no sheet: give a file that ends in {', '.join(READ)}")
    return Source(path.name, path.suffix.lower(), path=path, asked=Asked(encoding))


def _called(columns: Mapping[str, str]) -> dict[str, str]:
    """What the sheet calls each of our names."""
    if odd := [name for name in columns if name not in NAMED]:
        raise DatasetError(f"columns knows no {odd[0]!r}: {instead(odd[0], NAMED, 'it takes')}")
    return {name: columns.get(name, name) for name in NAMED}


def _named(row: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, Any]:
    """What a row says, by our names; blank cells say nothing."""
    return {name: row[its] for name, its in called.items() if not is_blank(row.get(its))}


def _records(
    row: Mapping[str, Any], answers: "_Answers", critic: str, rater: str, where: str
) -> Iterator[dict[str, Any]]:
    """The label of a row; none where its value is blank."""
    if "value" not in row:
        return
    if "example" not in row:
        raise DatasetError(
            f"{where}: it names no example: say with columns what the sheet calls it"
        )
    by = str(row.get("rater") or rater)
    if not by:
        raise DatasetError(f"{where}: it names no rater: pass rater= for all of the sheet")
    value = _value(row["value"], where)
    scale = label_scale(answers.run.meta.critics, critic)
    if value is not None and (fault := off_scale_fault(critic, value, scale)):
        raise DatasetError(f"{where}: {fault}")
    said = {
        "critic": critic, "example": str(row["example"]), "rater": by, "value": value,
        "output_hash": answers.hash_of(row, where), "at": str(row.get("at", "")),
        "context": {"run": answers.run.id},
    }  # fmt: skip
    yield filled(said, skipped=value is None)


def _value(value: Any, where: str) -> float | None:
    """A rating as a number; None for one that was skipped."""
    if isinstance(value, int | float):
        return float(value)
    word = str(value).strip().casefold()
    if word in SKIPPED:
        return None
    if word in GOOD | BAD:
        return float(word in GOOD)
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        return number
    said = words.brief(word)
    raise DatasetError(f"{where}: the value {said!r} is no number, and none of yes, no and skip")


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
            each for each in self._rows.get(str(row["example"]), ()) if self._fits(each, row, asked)
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
