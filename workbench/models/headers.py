# pyright: strict
"""Numbers, durations and times that an endpoint's headers and errors carry; NaN for none and for
nonsense.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_PAUSE_SAID = 31 * 86400.0  # seconds; more than any allowance takes to come back is nonsense

_NUMBER = re.compile(r"\s*\d{1,15}(?:\.\d*)?\s*", re.ASCII)
_LENGTH = (
    r"(\d{1,15}(?:\.\d+)?)\s?(ms|milliseconds?|h|hours?|m|min|minutes?|s|sec|seconds?|d|days?)"
    r"(?![a-z])"
)
_DURATION = re.compile(_LENGTH, re.ASCII)
_UNITS = {"ms": 0.001, "mi": 60.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_ASKED = re.compile(  # 'try again in 11m31.2s', 'retry after 26 seconds', 'wait 5 s'
    r"\b(?:try again|retry(?:ing)?|available|wait)\s(?:(?:in|after|for)\s)?(?:about\s)?"
    rf"((?:{_LENGTH}\s?)+)",
    re.ASCII | re.IGNORECASE,
)


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds that `retry-after-ms` or `Retry-After` (seconds, a duration or a date) asks for;
    `now` is the time of day here, the endpoint's own clock goes before.
    """
    soon = read_number(headers.get("retry-after-ms")) / 1000
    asked = headers.get("retry-after", "")
    for seconds in (soon, read_duration(asked)):
        if seconds <= LONGEST_PAUSE_SAID:
            return seconds
    theirs = _time(headers.get("date", ""))
    seconds = _time(asked) - (now if math.isnan(theirs) else theirs)
    return max(0.0, seconds) if seconds <= LONGEST_PAUSE_SAID else math.nan


def wait_asked(headers: Mapping[str, str], error: str, now: float) -> float:
    """Seconds that an endpoint asks to wait, in a header or else in the words of its error."""
    seconds = retry_after(headers, now)
    said = _ASKED.search(error) if math.isnan(seconds) else None
    return read_duration(said[1].lower()) if said else seconds


def _time(text: str) -> float:
    """A time of day: a date, or the seconds or milliseconds since 1970."""
    if not math.isnan(number := read_number(text)):
        return number / 1000 if number >= 1e12 else number if number >= 1e9 else math.nan
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = read(text.strip())
            return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            continue
    return math.nan


def read_number(text: str | None) -> float:
    """A number of 0 or more in plain digits."""
    return float(text) if text and _NUMBER.fullmatch(text) else math.nan


def read_duration(text: str | None) -> float:
    """Seconds of a header like `6m0s`, `20ms` or `1.5`; a time of day is none."""
    seconds = read_number(text)
    if text and _DURATION.sub("", text).strip() == "":
        found = _DURATION.findall(text)
        seconds = sum(
            float(number) * _UNITS.get(unit[:2], _UNITS[unit[0]]) for number, unit in found
        )
    return seconds if seconds <= LONGEST_PAUSE_SAID else math.nan
