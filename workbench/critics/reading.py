"""From a critic's words to a rating or a choice; what cannot be read is NaN or empty, never a
guess.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from workbench.critics.wording import FINAL, LABEL, PART, denied, rank, rating_in

LONGEST = 10_000  # characters read at either end of a text: a critic says its rating first or last
DEEPEST = 4  # levels of JSON

_QUOTED = re.compile(
    r"\"[^\"\n]*\"|“[^”\n]{0,1000}”|`[^`\n]*`|(?<!\w)'(?:[^'\n]|'(?=\w)){0,1000}'(?!\w)|(?m:^ *>.*$)"
)
_KEPT = re.compile(r"[^\s\d]*|\W*[\d.]+\s*(?:(?:/|out of)\s*[\d.]+)?(?:\s*stars?)?\W*", re.I)
_FENCED = re.compile(r"```[^`]*```")
_TOP_KEY = re.compile(r"max(?:imum)?(?:_possible)?(?:_?(?:score|rating))?|out_?of", re.I)
_ANSWER_FIELD = re.compile(
    r"(?:^|_|\b)(?:score|rating|grade|stars?|overall|value|verdict|answer|result)$", re.I
)


def read_rating(text: str, low: float = 1, high: float = 5) -> float:
    """The rating a reply gives on the scale `low`..`high`; NaN when it gives none, a range or a
    number off the scale.

    Reads '4', '4/5', 'four stars', 'scoring a one out of five', 'a 5, indicating perfect', 'Rating:
    **3.5**', JSON. Explicit ratings in JSON, in fenced text and around them must agree.
    """
    ratings, words = _json_ratings(_after_thinking(text), high)
    words = _shortened(words)
    read = [
        rating_in(_unquoted(part), high)
        for part in (_FENCED.sub("…", words), *_FENCED.findall(words))
    ]
    ratings += [said for kind, said in read if kind >= LABEL]
    rating = _agreed(ratings or [max(read, key=lambda one: one[0])[1]])
    return float(rating) if low <= rating <= high else math.nan


def _agreed(ratings: Sequence[float]) -> float:
    """The one rating that all of them are, else NaN."""
    return ratings[0] if len(set(ratings)) == 1 else math.nan


def _after_thinking(text: str) -> str:
    """The text behind the last `</think>`; nothing where the thinking did not end."""
    answer = text.rpartition("</think>")[2]
    return "" if "<think>" in answer else answer


def _shortened(text: str) -> str:
    return text if len(text) <= 2 * LONGEST else f"{text[:LONGEST]}…\n…{text[-LONGEST:]}"


def _unquoted(text: str) -> str:
    """`text` without what it quotes of others; a quoted word or number is its own."""
    whole = re.fullmatch(r"\s*([\"'`])([^\"'`]*)\1\s*", text)
    return _QUOTED.sub(
        lambda quote: quote[0] if _KEPT.fullmatch(quote[0]) else "…", whole[2] if whole else text
    )


def _json_values(text: str) -> Iterator[tuple[int, int, Any]]:
    """Start, end and value of the JSON objects (and lists of them) in `text`, the outermost ones,
    in order.
    """
    decoder, end = json.JSONDecoder(), 0
    for _ in range(50):  # an unclosed brace costs a scan to the end each
        brace = text.find("{", end)
        if brace < 0:
            return
        listed = re.search(r"\[\s*$", text[max(end, brace - 20) : brace])
        end = brace + 1
        for start in (brace - len(listed[0]), brace) if listed else (brace,):
            try:
                value, end = decoder.raw_decode(text, start)
            except (ValueError, RecursionError):
                continue
            yield start, end, value
            break


def _json_ratings(text: str, high: float) -> tuple[list[float], str]:
    """The ratings of the JSON values in `text` that give one, and the text around those."""
    ratings, around, done = [], [], 0
    for start, end, value in _json_values(text):
        rating = None if denied(text[max(0, start - 160) : start]) else _json_rating(value, high)
        if rating is not None:
            ratings.append(rating)
            around.append(text[done:start])
            done = end
    return ratings, "".join([*around, text[done:]])


def _json_rating(node: Any, high: float, depth: int = DEEPEST) -> float | None:
    """The rating that a JSON value gives: under a key of the whole, else its only number; None
    without any number.
    """
    fields = list(node.items()) if isinstance(node, dict) else [("", value) for value in node]
    if depth == 0 or any(
        _TOP_KEY.fullmatch(key) and _is_number(value) and value != high for key, value in fields
    ):
        return math.nan
    for kind in (FINAL, LABEL):
        named = [_json_number(value, high, depth) for key, value in fields if rank(key) == kind]
        if named:
            return _agreed(named)
    inner = [
        _json_rating(value, high, depth - 1) if isinstance(value, dict | list) else value
        for key, value in fields
        if isinstance(value, dict | list) or (_is_number(value) and rank(key) == PART)
    ]
    numbers = [number for number in inner if number is not None]
    return None if not numbers else numbers[0] if len(numbers) == 1 else math.nan


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _json_number(value: Any, high: float, depth: int) -> float:
    if isinstance(value, str):
        return rating_in(_shortened(value), high)[1]
    if isinstance(value, dict | list):
        rating = _json_rating(value, high, depth - 1)
        return math.nan if rating is None else rating
    return value if _is_number(value) else math.nan


def read_choice(text: str, choices: Sequence[str]) -> str:
    """The one of `choices` ('yes', 'no'; 'A', 'B', 'C') that a reply gives, as spelled there; empty
    when unreadable.

    In this order: a JSON field, the last choice behind a cue (answer, verdict, choose) or in double
    brackets, the reply's first word, a line of its own, the only choice named. A lone letter counts
    in its own case only.
    """
    text = _after_thinking(text).strip()
    values = [value if isinstance(value, list) else [value] for _, _, value in _json_values(text)]
    for answer in reversed(
        [item for listed in values for item in listed if isinstance(item, dict)]
    ):
        named = [
            str(value)
            for key, value in answer.items()
            if _ANSWER_FIELD.search(str(key)) or len(answer) == 1
        ]
        if named:
            return _exact(named[-1], choices)
    text = _shortened(text)
    return (
        _exact(text, choices)
        or _cued(text, choices)
        or _opening(text, choices)
        or _only(text, choices)
    )


def _exact(text: str, choices: Sequence[str]) -> str:
    bare = text.strip(" \t\n*_`\"'.!()[]").casefold()
    return next((choice for choice in choices if choice.casefold() == bare), "")


def _pattern(choices: Sequence[str]) -> str:
    """An alternation of the choices, longest first; words in any case, lone letters in their own."""
    parts = sorted(choices, key=len, reverse=True)
    return "|".join(
        f"(?i:{re.escape(part)})" if len(part) > 1 else re.escape(part) for part in parts
    )


def _cued(text: str, choices: Sequence[str]) -> str:
    names = _pattern(choices)
    cue = r"(?i:answer|verdict|choice|option|decision|conclusion|judge?ment|choose|pick|select|result|winner|output)"
    link = r"(?:\s+(?i:is|would be|as|of))?[\s:=*_`\"'(\[→-]*(?i:option\s+|assistant\s+|\\boxed\{)?"
    side = r"(?i:response|answer|summary|assistant|candidate|text)\s+"
    wins = r"\s+(?i:wins|(?:is|was|seems)\s+(?:\w+\s+)?(?:better|best|superior|preferable|preferred))\b"
    found = re.findall(
        rf"(?:\b{cue}{link}|\[\[\s*)({names})(?![\w'’])|\b{side}({names})(?={wins})", text
    )
    return _exact("".join(found[-1]), choices) if found else ""


def _opening(text: str, choices: Sequence[str]) -> str:
    """The choice that a reply opens with, or that stands on a line of its own."""
    dress, names, long = (
        r"[\s*_`\"'(\[]*",
        _pattern(choices),
        _pattern([c for c in choices if len(c) > 1] or ["\0"]),
    )
    # a letter before a word is an article: 'A summary ...'
    closed = r"[*_`\"')\]]*(?:\s*[.,:;!)\n–—-]|\s*$)"
    found = (
        re.match(rf"{dress}({names}){closed}", text)
        or re.match(rf"{dress}({long})(?!\w)(?!\s+or\b|\s*/)", text)
        or re.search(rf"(?:^|\n){dress}({names})[\s*_`\"')\].!]*$", text)
    )
    return _exact(found[1], choices) if found else ""


def _only(text: str, choices: Sequence[str]) -> str:
    found = re.findall(
        rf"(?<![\w-])(?<!(?i:\bnot) )(?<!n't )({_pattern(choices)})(?![\w'’-])", text
    )
    named = {_exact(word, choices) for word in found}
    longer = {word for word in named if len(word) > 2}  # 'no' and 'A' stand in any sentence
    return longer.pop() if len(named) == 1 and longer else ""
