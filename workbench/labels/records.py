"""A label record: its fields, and when a value may stand in it."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from workbench.runs.meta import CriticFacts
from workbench.stats.scale import Scale

Record = Mapping[str, Any]
Answer = tuple[str, str]  # example, hash of the output

PURPOSES = ("estimate", "debug")
FIELDS = ("id", "critic", "example", "output_hash", "rater", "value", "at", "purpose", "blind",
          "shown_score", "selection", "context", "skipped")  # fmt: skip


def label_scale(critics: Mapping[str, CriticFacts], critic: str) -> Scale:
    """The scale that labels lie on: that of the critic of this name, else an endless one."""
    return critics[critic].scale if critic in critics else Scale(-math.inf, math.inf)


def lies_on(value: float, scale: Scale) -> bool:
    return math.isfinite(value) and scale.low <= value <= scale.high


def off_scale_fault(critic: str, value: float, scale: Scale) -> str:
    """What is wrong with a label; empty where nothing is."""
    if lies_on(value, scale):
        return ""
    bounded = f"a number from {scale.low:g} to {scale.high:g}"
    ends = bounded if math.isfinite(scale.high) else "any finite number"
    return f"label {value:g} for {critic!r} is off its scale: give {ends}, or skip the answer"


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def answer_of(record: Record) -> Answer:
    """The answer that a label is about."""
    return record["example"], record["output_hash"]


def newest(records: Iterable[Record]) -> dict[tuple[Answer, str], Record]:
    """Of every answer and rater the newest label: by time where both have one, else the later."""
    found: dict[tuple[Answer, str], Record] = {}
    for record in records:
        key = answer_of(record), record["rater"]
        if key not in found or not _is_older(record, found[key]):
            found[key] = record
    return found


def _is_older(record: Record, other: Record) -> bool:
    times = _time(record), _time(other)
    return times[0] is not None and times[1] is not None and times[0] < times[1]


def _time(record: Record) -> datetime | None:
    """When a label was given; None where it does not say, or not so that it can be read."""
    try:
        given = datetime.fromisoformat(str(record["at"]))
    except ValueError:
        return None
    return given if given.tzinfo else given.replace(tzinfo=UTC)
