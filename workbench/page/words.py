"""Numbers and short sentences as people read them, beyond what the whole package needs (see
`workbench.words`).
"""

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from workbench.turns import Image, in_words, is_conversation, read_turns
from workbench.words import (
    MINUS,
    NARROW,
    between,
    count,
    listed,
    money,
    percent,
    points,
    says_nothing,
    seconds,
    signed,
    spending,
    surely,
    whole_points,
)

__all__ = [
    "MINUS", "NARROW", "between", "count", "date", "decimals", "duration", "listed", "moment",
    "money", "number", "numbered", "p_value", "percent", "percent_between", "points", "rate",
    "says_nothing", "seconds", "share", "shown_interval", "signed", "spending", "statuses",
    "surely", "value", "whole_points",
]  # fmt: skip

SMALL = (
    "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven",
    "Twelve",
)  # fmt: skip
FAILURES = ("malformed", "truncated", "filtered", "error", "timeout", "unsent")


def decimals(number: float, places: int = 2) -> str:
    """A kappa, a correlation, a p: fixed decimals, leading zero, true minus; empty when unknown."""
    return "" if math.isnan(number) else f"{number:.{places}f}".replace("-", MINUS)


def p_value(p: float) -> str:
    """p = 0.012; below a thousandth p < 0.001; empty when unknown."""
    if math.isnan(p):
        return ""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def number(value: float) -> str:
    """A count with thousands: 1,046; empty when unknown (negative or NaN)."""
    return "" if value is None or math.isnan(value) or value < 0 else f"{value:,.0f}"


def numbered(numbers: int, noun: str) -> str:
    """A count in words up to twelve, as sentences begin: Three prompts, 40 prompts."""
    small = numbers < len(SMALL)
    return f"{SMALL[numbers] if small else f'{numbers:,}'} {noun}{'' if numbers == 1 else 's'}"


def share(part: int, whole: int) -> str:
    """4 of 18."""
    return f"{part:,} of {whole:,}"


def rate(part: int, whole: int) -> str:
    """A share of rows: 0.4 %; no decimals for 0 and for ten percent and more."""
    if not whole:
        return ""
    exact = part / whole
    return percent(exact, 0 if exact in (0, 1) or exact >= 0.0995 else 1)


def percent_between(low: float, high: float) -> str:
    """A share's interval: 42 to 85 %."""
    return f"{100 * low:.0f} to {100 * high:.0f}{NARROW}%"


def shown_interval(low: float, high: float) -> str:
    """0.45 to 0.93."""
    return f"{decimals(low)} to {decimals(high)}"


def duration(seconds_taken: float) -> str:
    """How long a run took: 8 s, 1 min 12 s, 2 h 5 min; empty when unknown."""
    if seconds_taken is None or math.isnan(seconds_taken):
        return ""
    return (
        seconds(seconds_taken)
        if seconds_taken < 1 or seconds_taken >= 60
        else f"{seconds_taken:.0f} s"
    )


def date(text: str) -> str:
    """20 November 2026, from an ISO time; an unreadable one is shown as it is."""
    moment = _parsed(text)
    return f"{moment.day} {moment:%B %Y}" if moment else text


def moment(text: str) -> str:
    """20 November 2026, 14:02:11 UTC."""
    when = _parsed(text)
    return f"{when.day} {when:%B %Y, %H:%M:%S} UTC" if when else text


def _parsed(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment


def statuses(counts: Mapping[str, int]) -> str:
    """3 malformed, 1 timeout; empty where every row is ok."""
    return ", ".join(f"{counts[status]:,} {status}" for status in FAILURES if counts.get(status))


def value(thing: object) -> str:
    """A value of an example as text: words as they are, a conversation a turn a line, the rest as
    JSON.
    """
    if isinstance(thing, str):
        return Image(thing).name if thing.startswith("data:image/") else thing
    if is_conversation(thing):
        with suppress(ValueError):  # turns of others than user and assistant
            return in_words(read_turns(thing))
    return json.dumps(thing, ensure_ascii=False, default=str)
