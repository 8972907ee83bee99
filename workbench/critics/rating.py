"""From a critic's words to a rating; what cannot be read is NaN, never a guess."""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from workbench.critics.answer_text import answer_start, plain
from workbench.critics.denying import denied
from workbench.critics.objects import objects_in
from workbench.critics.other_qualities import rates_another
from workbench.critics.own_words import as_lines, blanks, shortened, span_in, unquoted
from workbench.critics.wording import FINAL, LABEL, PART, Stated, rank, rating_in

DEEPEST = 4  # levels of JSON

_FENCED = re.compile(r"```[^`]*```")
_TOP_KEY = re.compile(
    r"max(?:imum)?(?:_possible)?(?:_?(?:score|rating|points|value))?|out_?of"
    r"|(?:(?:rating|score)_?)?(?:scale|range)",
    re.I,
)
_SUM_KEY = re.compile(r"of|total(?:_?(?:points|possible))?", re.I)


class Rating(NamedTuple):
    """A rating (NaN: none is given) and where its number stands in the text (-1: not known)."""

    rating: float
    start: int = -1
    end: int = -1


def read_rating(text: str, low: float = 1, high: float = 5) -> float:
    """The rating a reply gives on the scale `low`..`high`; NaN when it gives none, a range or a
    number off the scale.

    Reads '4', '4/5', 'four stars', 'scoring a one out of five', 'a 5, indicating perfect', 'Rating:
    **3.5**', JSON. Explicit ratings in JSON, in fenced text and around them must agree.
    """
    return float(find_rating(plain(text[answer_start(text) :]), low, high).rating)


def find_rating(text: str, low: float, high: float, asked: str = "") -> Rating:
    """The rating that an answer gives to what was `asked`; NaN as `read_rating` says."""
    ratings, words = _json_ratings(text, high)
    stated = _stated_in_words(words, high)
    ratings += [_as_rating(each) for each in stated if each.kind >= LABEL]
    rating = _agreed(ratings or [_as_rating(max(stated, key=lambda each: each.kind))])
    is_share = 0 < rating.rating < 1 < high / 5  # of a scale from 0 to 10, perhaps
    if is_share or not low <= rating.rating <= high or rates_another(text, rating.start, asked):
        return Rating(math.nan)
    return rating


known_rating = lru_cache(maxsize=4096)(find_rating)  # of brief answers, which recur


def _stated_in_words(words: str, high: float) -> list[Stated]:
    """What the text states outside its fences, and in each of them."""
    short = as_lines(shortened(words))
    parts = [(0, _FENCED.sub(blanks, short))]
    parts += [(fenced.start(), fenced[0]) for fenced in _FENCED.finditer(short)]
    stated = [rating_in(unquoted(part), high).moved(start) for start, part in parts]
    return stated if len(short) == len(words) else [each._replace(start=-1) for each in stated]


def _as_rating(stated: Stated) -> Rating:
    return Rating(stated.rating, stated.start, stated.end)


def _agreed(ratings: Sequence[Rating]) -> Rating:
    """The one rating that all of them are, else NaN."""
    return ratings[0] if len({each.rating for each in ratings}) == 1 else Rating(math.nan)


def _json_ratings(text: str, high: float) -> tuple[list[Rating], str]:
    """The ratings of the JSON objects in `text` that give one, and the text with those blanked."""
    ratings: list[Rating] = []
    for found in objects_in(text):
        start, end = found.start, found.end
        rating = (
            None if denied(text[max(0, start - 160) : start]) else _json_rating(found.value, high)
        )
        if rating is not None:
            ratings.append(Rating(rating, *span_in(text, found, f"{rating:.10g}")))
            text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    return ratings, text


def _json_rating(node: Any, high: float, depth: int = DEEPEST) -> float | None:
    """The rating that a JSON value gives: under a key of the whole, else its only number; None
    without any number.
    """
    fields = list(node.items()) if isinstance(node, dict) else [("", value) for value in node]
    if depth == 0 or any(_is_other_top(key, value, high) for key, value in fields):
        return math.nan
    for kind in (FINAL, LABEL):
        named = {_json_number(value, high, depth) for key, value in fields if rank(key) == kind}
        if named:
            return named.pop() if len(named) == 1 else math.nan
    inner = [_inner_rating(key, value, high, depth) for key, value in fields]
    numbers = [number for number in inner if number is not None]
    return None if not numbers else numbers[0] if len(numbers) == 1 else math.nan


def _is_other_top(key: str, value: Any, high: float) -> bool:
    """Whether a field names the top of another scale: `max: 10`, `scale: "1-10"`, `total: 10`."""
    tops = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", str(value))]
    if not tops or isinstance(value, dict):
        return False
    return (
        max(tops) > high
        if _SUM_KEY.fullmatch(key)
        else (bool(_TOP_KEY.fullmatch(key)) and max(tops) != high)
    )


def _inner_rating(key: str, value: Any, high: float, depth: int) -> float | None:
    if isinstance(value, dict | list):
        return _json_rating(value, high, depth - 1)
    return value if _is_number(value) and rank(key) == PART else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _json_number(value: Any, high: float, depth: int) -> float:
    if isinstance(value, str):
        return rating_in(shortened(value), high).rating
    if isinstance(value, dict | list):
        rating = _json_rating(value, high, depth - 1)
        return math.nan if rating is None else rating
    return value if _is_number(value) else math.nan
