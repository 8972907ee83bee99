"""What the cells of a log say: times, numbers, yes and no, thumbs."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import DatasetError
from workbench.labels import rating_words
from workbench.stats.intervals import Floats

Column = Any  # a pandas Series, whose methods have too many types to name
SAYS_NOTHING = {"", "none", "null", "nan", "na", "n/a", "-", "nil", "undefined", "\\n", "[]", "{}"}
GOOD = {
    "up", "thumbs up", "thumbs_up", "thumbsup", "👍", "like", "liked", "positive", "good", "yes",
    "y", "true", "helpful", "thumbs-up", "upvote", "satisfied",
    *rating_words.YES,
}  # fmt: skip
BAD = {
    "down", "thumbs down", "thumbs_down", "thumbsdown", "👎", "dislike", "disliked", "negative",
    "bad", "no", "n", "false", "unhelpful", "not helpful", "thumbs-down", "downvote",
    "dissatisfied", *rating_words.NO,
}  # fmt: skip
FALSE = BAD | SAYS_NOTHING | {
    "0", "f", "ok", "success", "succeeded", "successful", "complete", "completed", "finished",
    "pass", "passed", "fine", "normal", "valid", "stop", "end_turn", "no error", "no errors",
    "no_error", "kein fehler", "keine", "keiner", "aucun", "aucune", "ninguno", "nessuno",
    "нет ошибок", "成功", "正常", "无", "無", "なし", "없음",
}  # fmt: skip
YES = GOOD | {"1", "t", "resolved", "solved", "done", "closed"}
NO = BAD | {"0", "f", "unresolved", "unsolved", "open"}
UNREADABLE = math.inf  # stands for a cell that says something nobody can read
MILLISECONDS = 1e11  # numbers above are no seconds since 1970 (they would lie in the year 5138)
UNITS = ((1e17, 1e9), (1e14, 1e6), (MILLISECONDS, 1e3))  # nano-, micro- and milliseconds
MOST = 1e12  # of seconds, tokens or dollars of one message
BETWEEN = (315_532_800.0, 4_102_444_800.0)  # seconds since 1970: clocks before 1980, after 2100 lie
ZONED = re.compile(r"(?:[Zz]|[+-]\d\d(?::?\d\d)?)$")
SKIN = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff\ufe0f"  # of a thumb, and how it is drawn
# codes of HTTP, with their words or without
WENT_WELL = re.compile(r"(?:http\S{0,4} )?[23](?:\d\d|xx)(?: .{0,40})?", re.IGNORECASE)
WENT_WRONG = YES | {"error", "failed", "failure", "timeout", "fail", "exception", "refused"}


def each_value(column: Column, read: Callable[[str], float]) -> Floats:
    """What `read` makes of each text of a column, asked once for each different one."""
    codes, different = _different(column)
    read_as = [math.nan if _is_missing(value) else read(plain_text(value)) for value in different]
    return np.array(read_as, float)[codes]


def texts(column: Column) -> np.ndarray:
    """Names of users and arms `(rows,)`: whole numbers without a point, "" where missing."""
    codes, different = _different(column)
    named = ["" if _is_missing(value) else plain_text(value) for value in different]
    return np.array([*named, ""], object)[codes]


def plain_text(value: Any) -> str:
    """A value as its text: 7.0 is 7; half characters are spelled out."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _different(column: Column) -> tuple[Any, Any]:
    """The different values of a column and where each stands; lists and mappings as their text."""
    try:
        return pd.factorize(column, use_na_sentinel=False)
    except TypeError:
        return pd.factorize(column.map(str), use_na_sentinel=False)


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or value != value


def yes_or_no(text: str) -> float:
    """1 for what is true, 0 for what is not, and for a code of success; UNREADABLE for any other
    text, which may be an error's message.
    """
    said = text.casefold()
    if said in FALSE or WENT_WELL.fullmatch(text) or _is_zero(said):
        return 0.0
    return 1.0 if said in WENT_WRONG or _is_number(said) else UNREADABLE


def _is_zero(text: str) -> bool:
    return _is_number(text) and not text.strip("0.")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def settled(text: str) -> float:
    """Whether a task was resolved, or an answer asked for again: 1, 0, or nothing was said."""
    said = text.casefold().removesuffix(".0")
    if said in SAYS_NOTHING:
        return math.nan
    return float(said in YES) if said in YES | NO else UNREADABLE


def rating(text: str) -> float:
    """Feedback: thumbs in words and signs, or a number."""
    said = text.casefold().rstrip(SKIN)
    if said in SAYS_NOTHING:
        return math.nan
    if said in GOOD or said in BAD:
        return float(said in GOOD)
    try:
        found = float(text)
    except ValueError:
        return UNREADABLE
    return found if math.isfinite(found) else UNREADABLE


def feedback(column: Column, scale: tuple[float, float] | None) -> Floats:
    """Shares of the scale, 0 to 1; without a scale numbers are shares already, or -1 and 1."""
    found = each_value(column, rating)
    low, high = scale or _own_scale(np.unique(found[np.isfinite(found)]))
    off = np.isfinite(found) & ((found < low) | (found > high))
    return np.where(np.isinf(found) | off, UNREADABLE, (found - low) / (high - low))


def _own_scale(numbers: Floats) -> tuple[float, float]:
    """The scale that numbers of different values, rising, seem to be on."""
    if len(numbers) and set(numbers) <= {-1.0, 1.0}:
        return min(0.0, numbers[0]), 1.0
    if len(numbers) and not (numbers[0] >= 0 and numbers[-1] <= 1):
        raise DatasetError(
            f"feedback goes from {numbers[0]:g} to {numbers[-1]:g}: say scale=(low, high), "
            "such as scale=(1, 5)"
        )
    return 0.0, 1.0


def amounts(column: Column) -> Floats:
    """Numbers from 0 to MOST."""
    if pd.api.types.is_timedelta64_dtype(column):
        column = column.dt.total_seconds()
    found = _numbers(column).to_numpy(float, na_value=math.nan)
    unread = np.flatnonzero(np.isnan(found))
    said = column.iloc[unread]
    said = said[said.notna()].astype(str).str.strip().str.casefold()
    wrong = np.zeros(len(found), bool)
    wrong[unread] = column.iloc[unread].index.isin(said.index[~said.isin(SAYS_NOTHING)])
    return np.where(wrong | (found < 0) | (found > MOST), UNREADABLE, found)


def times(column: Column) -> Column:
    """Times in UTC: ISO text, or a number since 1970 whose size tells its unit; NaT where a cell is
    neither, or before 1980 or after 2100, where clocks that were never set lie.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        found = pd.to_datetime(column, utc=True).dt.as_unit("us")
    else:
        found = _of_numbers(column)
        texts = np.flatnonzero(found.isna() & column.notna())
        if len(texts):
            found.iloc[texts] = _of_texts(column.iloc[texts])
    return found.where(found.between(*(pd.Timestamp(at, unit="s", tz="UTC") for at in BETWEEN)))


def _of_numbers(column: Column) -> Column:
    numbers = pd.Series(_numbers(column).to_numpy(float, na_value=math.nan))
    for least, factor in UNITS:
        numbers = numbers.where(~(numbers.abs() >= least), numbers / factor)
    numbers = numbers.where(numbers.between(*BETWEEN))
    return pd.to_datetime(numbers, unit="s", utc=True, errors="coerce").dt.as_unit("us")


def _of_texts(column: Column) -> Any:
    said = column.map(lambda value: str(value).strip())
    read = pd.to_datetime(said, utc=True, format="ISO8601", errors="coerce")
    return read.dt.as_unit("us").array  # a log may count to nanoseconds


def without_zone(column: Column) -> int:
    """How many of the times name no zone."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return int(column.notna().sum()) if column.dt.tz is None else 0
    said = (str(value).rstrip() for value in column)
    return sum(":" in each and not each.endswith("Z") and not ZONED.search(each) for each in said)


def _numbers(column: Column) -> Column:
    return pd.to_numeric(column, errors="coerce")
