"""A label record: its fields, and when a value may stand in it."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from workbench.runs.meta import CriticFacts
from workbench.stats.scale import Scale

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
