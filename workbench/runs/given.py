"""Rows of elsewhere, read into what a run is made of; what is wrong with them is said at once."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from workbench.arguments import expect, expect_each
from workbench.critics.recorded import Recorded
from workbench.datasets import Dataset, Example
from workbench.errors import WorkbenchError
from workbench.files import fingerprint
from workbench.models.completion import STATUSES
from workbench.models.model import Model
from workbench.prompts import Message, Prompt
from workbench.runs.meta import PromptFacts, RunMeta, facts_of
from workbench.runs.plan import Plan
from workbench.stats.scale import Scale

if TYPE_CHECKING:
    from pandas import DataFrame

REQUIRED = ("prompt", "example")
MOST_FAULTS = 3  # that an error names in full
Columns = dict[str, list[Any]]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Given:
    """A run's parts, made of rows alone."""

    plan: Plan
    meta: RunMeta
    columns: Columns


def read_rows(
    rows: "DataFrame | Iterable[Mapping[str, Any]]",
    critics: Mapping[str, Scale],
    known: Mapping[str, Example],
) -> Given:
    """The parts of a run of these rows, on the examples that are known by their ids;
    WorkbenchError names the rows that cannot be used.
    """
    scales = 'give a scale for each column of scores, such as {"grade": wb.Scale(1, 5)}'
    expect(critics, Mapping, "critics", scales)
    expect_each(critics.values(), Scale, "critics", scales)
    records = _records(rows)
    _check_critics(records, critics)
    parts = _parts(records, critics)
    _check_names(records, critics, parts)
    reader = _Reader()
    columns = _columns(records, critics, parts, reader)
    _check_rows(columns, reader)
    _fill_statuses(columns, critics, reader)
    examples = _examples(columns, reader, known)
    reader.refuse()
    plan = _plan(columns, examples, critics, parts)
    return Given(plan, _meta(plan), columns)


def _records(rows: Any) -> list[Mapping[str, Any]]:
    """The rows as mappings, of a DataFrame too."""
    listed = rows.to_dict("records") if hasattr(rows, "to_dict") else list(rows)
    if not listed:
        raise WorkbenchError("a run needs rows, and there are none")
    for number, row in enumerate(listed):
        if not isinstance(row, Mapping):
            raise WorkbenchError(f"row {number} is {type(row).__name__}: give a mapping of columns")
    return listed


def _parts(
    records: Sequence[Mapping[str, Any]], critics: Mapping[str, Scale]
) -> dict[str, tuple[str, ...]]:
    """The parts of each critic's score, by the columns `<critic>.<part>` that the rows have."""
    names = list(dict.fromkeys(name for row in records for name in row))
    known = {critic + column for critic in critics for column in _OF_VERDICT}
    return {
        critic: tuple(
            name.removeprefix(f"{critic}.")
            for name in names
            if str(name).startswith(f"{critic}.") and name not in known and name not in critics
        )
        for critic in critics
    }


def _check_names(
    records: Sequence[Mapping[str, Any]],
    critics: Mapping[str, Scale],
    parts: Mapping[str, Sequence[str]],
) -> None:
    """Refuse columns that nobody knows and the lack of those that nobody could do without."""
    of_critics = {critic + text for critic in critics for text in ("", *_OF_VERDICT)}
    of_critics |= {f"{critic}.{part}" for critic in parts for part in parts[critic]}
    for number, row in enumerate(records):
        for name in row:
            if (
                name not in RUN_COLUMNS
                and name not in of_critics
                and not str(name).startswith("tag.")
            ):
                raise WorkbenchError(
                    f"row {number} has column {name!r}, which no run has: leave it out, call it "
                    f"'tag.{name}', or name it in critics with its Scale"
                )
        for name in REQUIRED:
            if _is_missing(row.get(name)):
                raise WorkbenchError(f"row {number} has no {name}: every row needs one")


def _check_critics(records: Sequence[Mapping[str, Any]], critics: Mapping[str, Scale]) -> None:
    """Refuse a critic whose name is a column of every run, or the column of none of the rows."""
    for name in critics:
        if name in RUN_COLUMNS:
            raise WorkbenchError(f"{name!r} is a column of every run: give the critic another name")
        if not any(name in row for row in records):
            raise WorkbenchError(f"row 0 and all others have no column {name!r}, a critic's scores")


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or value != value


class _Reader:
    """Reads cells, and keeps what is wrong with them until all were read."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def column(
        self,
        records: Sequence[Mapping[str, Any]],
        name: str,
        read: Callable[[Any], Value],
        missing: Value,
    ) -> list[Value]:
        values: list[Value] = []
        for number, row in enumerate(records):
            value = row.get(name)
            try:
                values.append(missing if _is_missing(value) else read(value))
            except (TypeError, ValueError) as error:
                self.faults.append(f"row {number}: {name} {error}")
                values.append(missing)
        return values

    def refuse(self) -> None:
        if self.faults:
            rest = len(self.faults) - MOST_FAULTS
            more = f"; and {rest} more" if rest > 0 else ""
            raise WorkbenchError("; ".join(islice(self.faults, MOST_FAULTS)) + more)


def _number(value: Any) -> float:
    if isinstance(value, str):
        raise TypeError(f"is {value!r}, no number")
    return float(value)


def _count(value: Any) -> int:
    number = _number(value)
    if not number.is_integer():
        raise ValueError(f"is {value!r}, no whole number")
    return int(number)


def _status(value: Any) -> str:
    if value not in STATUSES:
        raise ValueError(f"is {value!r}: use one of {', '.join(STATUSES)}")
    return str(value)


def _score(scale: Scale) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        score = _number(value)
        if not scale.low <= score <= scale.high:
            raise ValueError(f"is {score:g}, off its scale from {scale.low:g} to {scale.high:g}")
        return score

    return read


# How to read a column, and what stands for a missing value.
_OF_VERDICT: dict[str, tuple[Callable[[Any], Any], Any]] = {
    ".label": (str, ""),
    ".reason": (str, ""),
    ".mode": (str, ""),
    ".mass": (_number, math.nan),
}
_CELLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "prompt": (str, ""),
    "model": (str, "unknown"),
    "example": (str, ""),
    "repeat": (_count, 0),
    "status": (_status, ""),
    "output": (str, ""),
    "error": (str, ""),
    "prompt_tokens": (_count, -1),
    "completion_tokens": (_count, -1),
    "seconds": (_number, math.nan),
    "cost": (_number, math.nan),
    "cached": (bool, False),
    "thinking": (str, ""),
    "thinking_tokens": (_count, -1),
    "queue_seconds": (_number, math.nan),
    "first_token_seconds": (_number, math.nan),
}  # fmt: skip
RUN_COLUMNS = frozenset(_CELLS)


def columns_of_rows(critics: Iterable[tuple[str, Sequence[str]]]) -> dict[str, Any]:
    """Every column of a run but its tags, with what stands for a missing value; critics by their
    names and the parts of their scores.
    """
    empty = {name: missing for name, (_, missing) in _CELLS.items()}
    for critic, parts in critics:
        empty[critic] = math.nan
        empty |= {critic + name: missing for name, (_, missing) in _OF_VERDICT.items()}
        empty |= {f"{critic}.{part}": math.nan for part in parts}
    return empty


def _columns(
    records: Sequence[Mapping[str, Any]],
    critics: Mapping[str, Scale],
    parts: Mapping[str, Sequence[str]],
    reader: _Reader,
) -> Columns:
    """Every column that a run has, in the order it has them."""
    ways = dict(_CELLS)  # how to read each, and what stands for a missing value
    for critic, scale in critics.items():
        ways[critic] = (_score(scale), math.nan)
        ways |= {critic + name: way for name, way in _OF_VERDICT.items()}
        ways |= {f"{critic}.{part}": (_number, math.nan) for part in parts[critic]}
    tags = {name for row in records for name in row if str(name).startswith("tag.")}
    ways |= dict.fromkeys(sorted(tags), (str, None))
    return {name: reader.column(records, name, *way) for name, way in ways.items()}


def _check_rows(columns: Columns, reader: _Reader) -> None:
    """Name rows that stand twice or cannot be."""
    first: dict[tuple[Any, ...], int] = {}
    keys = zip(*(columns[name] for name in ("prompt", "model", "example", "repeat")), strict=True)
    for row, key in enumerate(keys):
        if first.setdefault(key, row) != row:
            reader.faults.append(
                f"row {row}: the same prompt, model, example and repeat as row {first[key]}"
            )
        if columns["repeat"][row] < 0:
            reader.faults.append(f"row {row}: repeat counts from 0")


def _fill_statuses(columns: Columns, critics: Mapping[str, Scale], reader: _Reader) -> None:
    """Fill in the statuses that were not given; name rows that have one and a score against it."""
    for row, status in enumerate(columns["status"]):
        scored = any(not math.isnan(columns[critic][row]) for critic in critics)
        if not status:
            columns["status"][row] = _likely_status(columns, row, scored)
        elif scored and status != "ok":
            reader.faults.append(f"row {row}: status {status} has a score: only ok rows are judged")


def _likely_status(columns: Columns, row: int, scored: bool) -> str:
    if scored or columns["output"][row]:
        return "ok"
    return "error" if columns["error"][row] else "unsent"


def _examples(columns: Columns, reader: _Reader, given: Mapping[str, Example]) -> Dataset:
    """The examples that the rows name, with their tags, which all their rows then have."""
    tags = _tags(columns, reader, given)
    for name in sorted({name for own in tags.values() for name in own} | _tag_columns(columns)):
        columns.pop(name, None)
        columns[name] = [tags[id].get(name) for id in columns["example"]]
    made = (_tagged(given.get(id, Example(id, {}, None)), own) for id, own in tags.items())
    return Dataset(made, "rows")


def _tags(
    columns: Columns, reader: _Reader, given: Mapping[str, Example]
) -> dict[str, dict[str, str]]:
    """The tags of each example, its own and its rows'; one that differs is a fault."""
    tags = {id: _own_tags(given.get(id)) for id in columns["example"]}
    for name in sorted(_tag_columns(columns)):
        for row, (id, value) in enumerate(zip(columns["example"], columns[name], strict=True)):
            if value is not None and tags[id].setdefault(name, value) != value:
                reader.faults.append(
                    f"row {row}: {name} is {value!r}, and elsewhere {tags[id][name]!r} for example "
                    f"{id!r}"
                )
    return tags


def _tag_columns(columns: Columns) -> set[str]:
    return {name for name in columns if name.startswith("tag.")}


def _own_tags(example: Example | None) -> dict[str, str]:
    """An example's tags by the names of their columns."""
    return {f"tag.{name}": value for name, value in example.tags.items()} if example else {}


def _tagged(example: Example, tags: Mapping[str, str]) -> Example:
    return replace(example, tags={name.removeprefix("tag."): tags[name] for name in tags})


def _plan(
    columns: Columns,
    examples: Dataset,
    critics: Mapping[str, Scale],
    parts: Mapping[str, tuple[str, ...]],
) -> Plan:
    recorded = tuple(
        Recorded(name, scale, parts=parts[name], fingerprint=_mark(name, scale))
        for name, scale in critics.items()
    )
    return Plan(
        prompts=tuple(map(_prompt, dict.fromkeys(columns["prompt"]))),
        models=tuple(Model(name, name) for name in dict.fromkeys(columns["model"])),
        examples=examples,
        critics=recorded,
        repeats=max(columns["repeat"]) + 1,
    )


def _mark(name: str, scale: Scale) -> str:
    return fingerprint(["Recorded", name, scale.low, scale.high, scale.higher_is_better])


def _prompt(name: str) -> Prompt:
    """A prompt of which nothing but the name is known."""
    return Prompt(name, (Message("user", ""),), description="its text is not known here")


def _meta(plan: Plan) -> RunMeta:
    """What is known of such a run: no prompt's text, no version, no commit."""
    prompts = {
        prompt.name: PromptFacts(fingerprint(["not known", prompt.name]), prompt.description)
        for prompt in plan.prompts
    }
    return replace(facts_of(plan), prompts=prompts)
