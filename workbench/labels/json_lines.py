"""Labels in files: JSON Lines, one record a line."""

import json
import math
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from workbench.datasets.decoding import strictly
from workbench.datasets.source import Asked, Source
from workbench.errors import DatasetError, StoreError
from workbench.files import resolve, write_whole
from workbench.labels.importing import filled, keep
from workbench.labels.records import PURPOSES, label_scale, off_scale_fault
from workbench.runs import Run
from workbench.runs.meta import CriticFacts, read_meta
from workbench.store import Store, output_hash

LARGEST = MOST_ID = 10**18
KINDS: dict[str, tuple[type, ...]] = {
    "id": (str,), "context": (dict,), "selection": (dict,), "blind": (bool,), "skipped": (bool,),
    "shown_score": (int, float),
}  # fmt: skip
_WORDS = {str: "text", dict: "an object", bool: "true or false", int: "a number"}
CriticsOf = Callable[[str], Mapping[str, CriticFacts]]  # by the id of a run


def write(critic: str, path: str | Path, store: Store) -> Path:
    """Export the labels for a critic as JSON Lines, one record a line."""
    lines = (
        json.dumps({**record, "value": _json_number(record["value"])}, ensure_ascii=False) + "\n"
        for record in store.labels(critic)
    )
    return write_whole(resolve(path), lines)


def _json_number(value: float) -> float | None:
    return None if math.isnan(value) else value


def read(path: str | Path, store: Store, *, run: Run | None = None, encoding: str = "") -> int:
    """Import labels from JSON Lines; returns how many were new.

    A record names `output_hash` or carries the `output` itself. A label that the store holds
    already is left alone, so that importing twice changes nothing; another value of the same rater
    is a correction: both are kept, and the newest counts. A value must lie on the scale of the
    critic it is for: that of `run`, else that of the run which the label names, where the store
    holds it. A line is logged: corrections, doubles, raters who differ, labels of no answer of
    `run`.
    """
    path = resolve(path)
    critics_of: CriticsOf = cache(lambda id: run.meta.critics if run else _critics_of(id, store))
    records = [
        _on_scale(_record(line, f"{path.name}, line {number}"), critics_of, path.name, number)
        for number, line in enumerate(_text(path, encoding).split("\n"), 1)
        if line.strip()
    ]
    return keep(path.name, records, store, run)


def _text(path: Path, encoding: str) -> str:
    """The file's text; U+2028 and the like part no lines."""
    return strictly(Source(path.name, ".jsonl", path=path, asked=Asked(encoding)))


def _critics_of(id: str, store: Store) -> Mapping[str, CriticFacts]:
    """The critics of a run; none where the store does not hold it."""
    try:
        return read_meta(store.run_record(id)["meta"], id).critics
    except StoreError:
        return {}


def _on_scale(
    record: dict[str, Any], critics_of: CriticsOf, name: str, number: int
) -> dict[str, Any]:
    """A record whose value lies on its critic's scale."""
    scale = label_scale(critics_of(str(record["context"].get("run", ""))), record["critic"])
    fault = off_scale_fault(record["critic"], record["value"], scale)
    if fault and not record["skipped"]:
        raise DatasetError(f"{name}, line {number}: {fault}")
    return record


def _record(line: str, where: str) -> dict[str, Any]:
    """A label record from one line, its missing fields filled in; DatasetError names the line."""
    given = _parsed(line, where)
    for name in ("critic", "example", "rater", "output_hash", "at"):
        given[name] = _text_of(name, given.get(name), where)
    skipped = bool(given.get("skipped", given["value"] is None))
    _check(given, skipped, where)
    return filled(_said(given), skipped=skipped)


def _parsed(line: str, where: str) -> dict[str, Any]:
    """The line's fields; `question` is the old name of `critic`."""
    try:
        given = json.loads(line)
        given["critic"] = given["critic"] if "critic" in given else given["question"]
        if "output_hash" not in given:
            given["output_hash"] = output_hash(given["output"])
        for name in ("example", "rater", "value"):
            given[name]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        said = str(error)[:80]
        raise DatasetError(
            f"{where}: not a label ({said}): it needs critic, example, output, rater and value"
        ) from None
    return given


def _text_of(name: str, value: Any, where: str) -> str:
    """A name or time as text; a number that stands for an example or a person is its text."""
    if name in ("example", "rater") and isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < MOST_ID else None
    if name == "at" and value is None:
        return ""
    odd = name == "output_hash" and not str(value).isascii()
    if odd or not isinstance(value, str) or (not value and name != "at"):
        raise DatasetError(f"{where}: {name} is {str(value)[:40]!r}: it must be text")
    return value.encode(errors="replace").decode() if name == "at" else value


def _check(given: Mapping[str, Any], skipped: bool, where: str) -> None:
    """Refuse what no label has."""
    value, purpose = given["value"], given.get("purpose", "estimate")
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not skipped and (not known or (isinstance(value, int) and abs(value) > LARGEST)):
        said = str(value)[:40]
        raise DatasetError(f"{where}: the value {said!r} is no number: use 0 or 1, or the rating")
    if purpose not in PURPOSES:
        said = str(purpose)[:40]
        raise DatasetError(f"{where}: purpose {said!r} is none of {', '.join(PURPOSES)}")
    _check_kinds(given, where)


def _check_kinds(given: Mapping[str, Any], where: str) -> None:
    for name, kinds in KINDS.items():
        if given.get(name) is not None and not isinstance(given[name], kinds):
            said = str(given[name])[:40]
            raise DatasetError(f"{where}: {name} is {said!r}: it must be {_WORDS[kinds[0]]}")


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say something; the others have their defaults."""
    empty = {name for name in KINDS if given.get(name) is None or given[name] == ""}
    return {name: value for name, value in given.items() if name not in empty}
