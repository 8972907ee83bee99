"""From a critic's words to a rating or a choice; what cannot be read is NaN or empty, never a
guess.
"""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from workbench.critics.answer_text import answer_start, plain
from workbench.critics.choosing import choice_in, names_lesser
from workbench.critics.objects import Found, objects_in
from workbench.critics.other_qualities import rates_another
from workbench.critics.wording import FINAL, LABEL, PART, Stated, denied, rank, rating_in

LONGEST = 10_000  # characters read at either end of a text: a critic says its rating first or last
DEEPEST = 4  # levels of JSON

_QUOTED = re.compile(
    r"\"[^\"\n]*\"|“[^“”\n]*”|`[^`\n]*`|(?m:^ *>.*$)"
    r"|(?<!\w)'(?:[^'\n]|'(?=\w)){0,1000}'(?!\w)"
)
_STRUCK = re.compile(r"~~[^~\n]{1,200}~~|<(s|del|strike)>[^<\n]{1,200}</\1>", re.I)
_KEPT = re.compile(r"[^\s\d]*|\W*[\d.]+\s*(?:(?:/|out of)\s*[\d.]+)?(?:\s*stars?)?\W*", re.I)
_FENCED = re.compile(r"```[^`]*```")
_FENCE = re.compile(r"```(?:\w++(?!`))?")
# a Markdown table of one cell under its heading
_CELL = re.compile(
    r"(?m)^[ \t]*\|([^|\n]{1,60})\|[ \t]*\n([ \t]*\|[ \t:]*-+[ \t:]*\|[ \t]*\n[ \t]*\|)"
    r"([^|\n]{1,200})\|[ \t]*$(?!\n[ \t]*\|)"
)

_TOP_KEY = re.compile(
    r"max(?:imum)?(?:_possible)?(?:_?(?:score|rating|points|value))?|out_?of"
    r"|(?:(?:rating|score)_?)?(?:scale|range)",
    re.I,
)
_SUM_KEY = re.compile(r"of|total(?:_?(?:points|possible))?", re.I)
_ANSWER_FIELD = re.compile(
    r"(?:^|_|\b)(?:score|rating|grade|stars?|overall|value|verdict|answer|result)$", re.I
)


class Rating(NamedTuple):
    """A rating (NaN: none is given) and where its number stands in the text (-1: not known)."""

    rating: float
    start: int = -1
    end: int = -1


class Choice(NamedTuple):
    """A choice and where it stands in the text (-1: not known)."""

    label: str
    start: int = -1
    end: int = -1


def read_rating(text: str, low: float = 1, high: float = 5) -> float:
    """The rating a reply gives on the scale `low`..`high`; NaN when it gives none, a range or a
    number off the scale.

    Reads '4', '4/5', 'four stars', 'scoring a one out of five', 'a 5, indicating perfect', 'Rating:
    **3.5**', JSON. Explicit ratings in JSON, in fenced text and around them must agree.
    """
    return float(find_rating(plain(text[answer_start(text) :]), low, high).rating)


def read_choice(text: str, choices: Sequence[str]) -> str:
    """The one of `choices` ('yes', 'no'; 'A', 'B', 'C') that a reply gives, as spelled there; empty
    when unreadable, or when it gives two.
    """
    found = find_choice(plain(text[answer_start(text) :]), choices)
    return found.label if found else ""


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


def _stated_in_words(words: str, high: float) -> list[Stated]:
    """What the text states outside its fences, and in each of them."""
    short = _CELL.sub(_cell_named, _shortened(words))
    parts = [(0, _FENCED.sub(_blanks, short))]
    parts += [(fenced.start(), fenced[0]) for fenced in _FENCED.finditer(short)]
    stated = [rating_in(_unquoted(part), high).moved(start) for start, part in parts]
    return stated if len(short) == len(words) else [each._replace(start=-1) for each in stated]


def _as_rating(stated: Stated) -> Rating:
    return Rating(stated.rating, stated.start, stated.end)


def _agreed(ratings: Sequence[Rating]) -> Rating:
    """The one rating that all of them are, else NaN."""
    return ratings[0] if len({each.rating for each in ratings}) == 1 else Rating(math.nan)


def _cell_named(table: re.Match[str]) -> str:
    """A table of one cell as a line with a label, as long as before."""
    gap = table.start(3) - table.end(1)
    named = f" {table[1]}:{' ' * (gap - 1)}{table[3]}"
    lead = table.start(1) - table.start() - 1
    return " " * lead + named + " " * (table.end() - table.end(3))


def _shortened(text: str) -> str:
    return text if len(text) <= 2 * LONGEST else f"{text[:LONGEST]}…\n…{text[-LONGEST:]}"


def _blanks(found: re.Match[str]) -> str:
    return "…" * len(found[0])


def _unquoted(text: str) -> str:
    """`text` without what it quotes of others or strikes out, as long as before; a quoted word or
    number is its own.
    """
    text = _STRUCK.sub(lambda struck: " " * len(struck[0]), text)
    whole = re.fullmatch(r"(\s*[\"'`])([^\"'`]*)([\"'`]\s*)", text)
    if whole:
        text = " " * len(whole[1]) + whole[2] + " " * len(whole[3])
    return _QUOTED.sub(
        lambda quote: quote[0] if _KEPT.fullmatch(quote[0]) else _blanks(quote), text
    )


def _json_ratings(text: str, high: float) -> tuple[list[Rating], str]:
    """The ratings of the JSON objects in `text` that give one, and the text with those blanked."""
    ratings: list[Rating] = []
    for found in objects_in(text):
        start, end = found.start, found.end
        rating = (
            None if denied(text[max(0, start - 160) : start]) else _json_rating(found.value, high)
        )
        if rating is not None:
            ratings.append(Rating(rating, *_span(text, found, f"{rating:.10g}")))
            text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    return ratings, text


def _span(text: str, found: Found, written: str) -> tuple[int, int]:
    """Where a value is written in a JSON object, if it is there once."""
    pattern = rf"(?<![\w.-]){re.escape(written)}(?![\w.])"
    spans = [each.span() for each in re.finditer(pattern, text[found.start : found.end])]
    if len(spans) != 1:
        return -1, -1
    return found.start + spans[0][0], found.start + spans[0][1]


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
        return rating_in(_shortened(value), high).rating
    if isinstance(value, dict | list):
        rating = _json_rating(value, high, depth - 1)
        return math.nan if rating is None else rating
    return value if _is_number(value) else math.nan


def written(value: Any, choices: Iterable[str]) -> str:
    """A JSON value as an answer is written; `true` is yes where yes and no are the choices."""
    if isinstance(value, bool):
        return ("no", "yes")[value] if {"no", "yes"} <= set(choices) else str(value)
    if isinstance(value, int | float):
        return f"{value:.10g}"
    return value if isinstance(value, str) else ""


def find_choice(text: str, choices: Sequence[str], asked: str = "") -> Choice | None:
    """The choice that an answer gives to what was `asked`, in its JSON or else in its words; None
    when it gives none, or two.
    """
    found = _choice_at(text, choices)
    return None if found and rates_another(text, found.start, asked) else found


def _choice_at(text: str, choices: Sequence[str]) -> Choice | None:
    fields = [
        (found, written(value, choices))
        for found in objects_in(text)
        for mapping in found.mappings
        for key, value in mapping.items()
        if (_ANSWER_FIELD.search(str(key)) or len(mapping) == 1) and not names_lesser(str(key))
    ]
    if not fields:
        return _choice_in_words(_without_objects(text), choices)
    read = [choice_in(value, choices) for _, value in fields]
    labels = {each[0] if each else "" for each in read}
    label = labels.pop() if len(labels) == 1 else ""
    if any(mapping.get(label) is False for found, _ in fields for mapping in found.mappings):
        return None  # {"result": "pass", "pass": false}
    return Choice(label, *_span(text, *fields[0])) if label else None


def _without_objects(text: str) -> str:
    """`text` without its JSON objects, whose fields give none."""
    for found in objects_in(text):
        text = text[: found.start] + " " * (found.end - found.start) + text[found.end :]
    return text


def _choice_in_words(text: str, choices: Sequence[str]) -> Choice | None:
    words = _shortened(_FENCE.sub(lambda mark: " " * len(mark[0]), text))
    words = _CELL.sub(_cell_named, words)
    found = choice_in(_unquoted(words), choices)
    if found is None or len(words) < len(text):
        return found and Choice(found[0])
    return Choice(*found)
