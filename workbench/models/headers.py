# pyright: strict
"""Numbers, durations and times that an endpoint's headers carry; NaN for none and for nonsense."""

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LONGEST_PAUSE_SAID = 31 * 86400.0  # seconds; more than any allowance takes to come back is nonsense

_NUMBER = re.compile(r"\s*\d{1,15}(?:\.\d*)?\s*", re.ASCII)
_DURATION = re.compile(r"(\d{1,15}(?:\.\d+)?)(ms|h|m|s|d)", re.ASCII)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds that `retry-after-ms` or `Retry-After` (seconds or a date) asks for; `now` is the
    time of day.
    """
    asked = headers.get("retry-after")
    for seconds in (read_number(headers.get("retry-after-ms")) / 1000, read_number(asked)):
        if seconds <= LONGEST_PAUSE_SAID:
            return seconds
    try:
        seconds = parsedate_to_datetime(asked or "").timestamp() - now
    except (ValueError, OverflowError):
        return math.nan
    return max(0.0, seconds) if seconds <= LONGEST_PAUSE_SAID else math.nan


def read_number(text: str | None) -> float:
    """A number of 0 or more in plain digits."""
    return float(text) if text and _NUMBER.fullmatch(text) else math.nan


def read_duration(text: str | None) -> float:
    """Seconds of a header like `6m0s`, `20ms` or `1.5`; a time of day is none."""
    seconds = read_number(text)
    if text and _DURATION.sub("", text).strip() == "":
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _DURATION.findall(text))
    return seconds if seconds <= LONGEST_PAUSE_SAID else math.nan
