"""From a critic's words to a rating or a choice; what cannot be read is NaN or empty, never a guess.

A number counts only where the words around it make it a rating: behind a cue (score, rate, give), over the top of the
scale (4/5, four out of five), in stars, or alone. Ranges, dates, percentages, legends of the scale and numbers
outside of it do not. Of several ratings the last one counts, for critics reason before they conclude.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

CONCLUSION, PART, ALONE = 3, 2, 1  # said of the whole; of one criterion in a list; a number without a word

_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WORDS = {name: float(value) for value, name in enumerate(_NAMES)}
_NUMBER = r"(?:\d+(?:[.,]\d+)?|" + "|".join(_WORDS) + r")"
_DRESS = r"[\s*_`\"'(\[{#|$>]*(?:\\boxed\{)?"  # what may stand before a number: emphasis, quotes, brackets
_ASIDE = r"\s*(?:\([^()\n]{0,40}\)\s*)?"
_FILL = r"[^.!?;\n\d]{0,60}?"
_SIZE = (
    r"(?:(?:an?|just|only|about|solid|strong|full|perfect|clear|low|high|mere|simply|probably|therefore|thus)\s+){0,3}"
)
_CUE = (
    r"(?:scor(?:e[sd]?|ing)|rat(?:e[sd]?|ings?)|grad(?:e[sd]?|ing)|marks?|stars?|points?|verdict|evaluation|assessment"
    r"|answer|conclusion|overall|final|total)"
)
_GIVE = (
    r"(?:giv(?:e[sn]?|ing)|gave|award(?:s|ed|ing)?|assign(?:s|ed|ing)?|deserv(?:e[sd]?|ing)|earn(?:s|ed|ing)?"
    r"|receiv(?:e[sd]?|ing)|gets?|got|merits?|warrants?|say|choose|pick|conclude)"
)
_LINK = r"(?:[:=→>–—-]|\b(?:is|of|as|at|be|was|a|an|it|this|to))"
_WANTED = r"(?:get|reach|earn|achieve|merit|deserve|receive|score)"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


_TOKEN = _compiled(rf"(?<![\w.,/$£€#+-])(?:(?<=\s-)|(?<!-))({_NUMBER})(?![\w])(?![.,:]\d)")
_OVER = _compiled(
    r"[\s*_]*(?:/|\(?out of|of)[\s*_]*(?:a (?:possible |maximum (?:of )?|total (?:of )?)?)?" rf"({_NUMBER})(?![\w/])"
)
_RANGE_RIGHT = _compiled(rf"{_ASIDE}(?:-|–|—|to|or|and|through|~)\s*(?:a |an )?{_NUMBER}\b(?!\s*(?:/|out of))")
_RANGE_LEFT = _compiled(rf"(?<![\w/]){_NUMBER}{_ASIDE}(?:-|–|—|\bto|\bor|\bthrough|~)\s*(?:a |an )?$")
_BETWEEN = _compiled(rf"\bbetween (?:a )?{_NUMBER}\s*(?:and|&)\s*(?:a )?$")
_LEGEND_RIGHT = _compiled(
    r"\s*(?:%|percent\b|(?:-|\s)?point (?:likert )?scale\b|(?:would|could) (?:need|require|have|include|demand|mean)"
    r"|(?:requires?|needs?|if)\b|(?:is|being|=|means?) (?:the )?(?:best|worst|highest|lowest|perfect|maximum))"
)
_LEGEND_LEFT = _compiled(
    r"(?:\bout of(?: a possible| a maximum of| a total of| a)?|\bscale (?:of|from)|\b(?:not|than|instead of|short of"
    r"|below|above|under|over|least|most|where|until|unless|if it were|were it|for|up to|max(?:imum)?(?: of| is)?"
    rf"|to {_WANTED})(?: (?:an?|the|full|perfect|higher|lower|score|rating|of))*)[\s*_\"'(]*$"
)
_LABELLED = _compiled(rf"\b{_CUE}\b(?:{_FILL}[:=→]|[\s*_`\"']*[:=→–—,-]?){_DRESS}{_SIZE}{_DRESS}$")
_SAID = _compiled(rf"\b(?:{_CUE}\b{_FILL}{_LINK}|{_GIVE}\b{_FILL})\s*{_DRESS}{_SIZE}{_DRESS}$")
_SIZED_LEFT = _compiled(r"\b(?:an?|solid|strong|clear|perfect)[\s*_\"'(]+$")
_SIZED_RIGHT = _compiled(r"[\s*_\"')]*(?:[,;!]|\.(?:\s|$)|$|\bindicat|\bbecause)")
_ENDS = _compiled(  # what may follow a rating: 'scored 4 goals' is none
    r"[\s*_`\"')\]}]*(?:$|[.,;:!?)\]\n—–<|-]|\b(?:stars?|points?|for|because|as|since|due|on|in|which|and|but|with"
    r"|overall|rating|score|given|based|to|is|seems)\b|\b(?:indicat|reflect|mean))"
)
_STARS = _compiled(r"[\s*_]*stars?\b(?!\s+(?:hotel|restaurant|general|player))|-stars?\s+(?:rating|review|score)")
_LABEL_LINE = _compiled(r"(?:^|\n)[\s*_#>-]*[a-z][a-z \-/()]{0,40}[*_]*:[\s*_]*$")
_BULLET = _compiled(rf"(?:^|\n)\s*(?:[*•–-]|\d+[.)])\s+(?!\W*(?:{_CUE})\b)[^\n:]{{1,80}}:[\s*_]*$")
_SENTENCE_END = _compiled(r"(?:^|[.!?:\n)\]\"*])[\s*_`\"'(\[#$]*(?:\\boxed\{)?$")
_NOTHING_MORE = _compiled(r"[\s*_`\"'.)\]}!$]*(?:\n|$)")
_OPENING = _compiled(r"[\s*_`\"'(\[#]*$")
_AFTER_OPENING = _compiled(r"[*_`\"')\]]*\s*(?:[.:,;)\n–—-]|because\b|since\b|as\b)")
_ANSWER_FIELD = _compiled(r"(?:^|_|\b)(?:score|rating|grade|stars?|overall|value|verdict|answer|result)$")
_FULL_STARS = "★⭐🌟"


def read_rating(text: str, low: float = 1, high: float = 5) -> float:
    """The rating a reply gives on the scale `low`..`high`; NaN when it gives none, a range or a number off the scale.

    Reads '4', '4/5', 'four stars', 'scoring a one out of five', 'a 5, indicating perfect', 'Rating: **3.5**', JSON.
    """
    text = _after_thinking(text)
    found, value = _json_rating(text, low, high)
    if found:
        return value
    found_at: dict[int, list[float]] = {CONCLUSION: [], PART: [], ALONE: []}
    for token in _TOKEN.finditer(text):
        value, denominator, right = _value(token, text)
        left = text[max(0, token.start() - 160) : token.start()]
        strength = _strength(left, right, denominator, high)
        if strength == CONCLUSION or (strength and low <= value <= high):
            found_at[strength].append(value if low <= value <= high else math.nan)
    glyphs = _star_glyphs(text)
    if glyphs and low <= glyphs <= high:
        found_at[CONCLUSION].append(float(glyphs))
    return (found_at[CONCLUSION] or found_at[PART] or found_at[ALONE] or [math.nan])[-1]


def _after_thinking(text: str) -> str:
    return text.rpartition("</think>")[2]


def _json_objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in `text`, the outermost ones, in order."""
    decoder, place = json.JSONDecoder(), text.find("{")
    tries = 0
    while place >= 0 and tries < 50:  # an unclosed brace costs a scan to the end each
        tries += 1
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            end = place + 1
        else:
            if isinstance(value, dict):
                yield value
        place = text.find("{", end)


def _json_rating(text: str, low: float, high: float) -> tuple[bool, float]:
    """Whether a JSON object answers, and the rating it gives."""
    for answer in reversed(list(_json_objects(text))):
        named = [value for key, value in answer.items() if _ANSWER_FIELD.search(str(key))]
        plain = [value for value in answer.values() if isinstance(value, int | float) and not isinstance(value, bool)]
        chosen = named or (plain if len(plain) == 1 else [])
        if chosen:
            return True, _json_number(chosen[-1], low, high)
    return False, math.nan


def _json_number(value: Any, low: float, high: float) -> float:
    if isinstance(value, str):
        return read_rating(value.replace("{", "("), low, high)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if low <= value <= high else math.nan


def _value(token: re.Match[str], text: str) -> tuple[float, float | None, str]:
    """The number of `token`, what it is over ('4/5' gives 5) and the text behind it."""
    over = _OVER.match(text, token.end())
    end = over.end() if over else token.end()
    return _number(token[1]), _number(over[1]) if over else None, text[end : end + 80]


def _number(word: str) -> float:
    word = word.lower()
    return _WORDS[word] if word in _WORDS else float(word.replace(",", "."))


def _strength(left: str, right: str, denominator: float | None, high: float) -> int:
    """How surely a number between `left` and `right` is a rating: CONCLUSION, PART, ALONE, or 0 when it is none."""
    percent = right.lstrip().startswith("%") and high == 100
    if _RANGE_RIGHT.match(right) or _RANGE_LEFT.search(left) or _BETWEEN.search(left) or _LEGEND_LEFT.search(left):
        return 0
    if _LEGEND_RIGHT.match(right) and not percent:
        return 0
    if denominator is not None:
        return (PART if _BULLET.search(left) else CONCLUSION) if denominator == high else 0
    if _LABELLED.search(left) and (":" in left[-12:] or _ENDS.match(right) or percent):
        return CONCLUSION
    if (_SAID.search(left) and (_ENDS.match(right) or percent)) or _STARS.match(right):
        return CONCLUSION
    if _LABEL_LINE.search(left) and _NOTHING_MORE.match(right):
        return PART
    if _SIZED_LEFT.search(left) and _SIZED_RIGHT.match(right):
        return CONCLUSION
    return ALONE if _alone(left, right) else 0


def _alone(left: str, right: str) -> bool:
    if _SENTENCE_END.search(left) and _NOTHING_MORE.match(right):
        return True
    enumerated = re.match(r"[.)]\s", right) and re.search(r"\n\s*\d+[.)]\s", right)
    return bool(_OPENING.fullmatch(left) and _AFTER_OPENING.match(right) and not enumerated)


def _star_glyphs(text: str) -> int:
    """The length of the last run of filled star signs (★★★☆☆ is 3); 0 without one."""
    runs = re.findall(rf"[{_FULL_STARS}]+(?:\ufe0f|[{_FULL_STARS}])*", text)
    return sum(mark in _FULL_STARS for mark in runs[-1]) if runs else 0


def read_choice(text: str, choices: Sequence[str]) -> str:
    """The one of `choices` ('yes', 'no'; 'A', 'B', 'C') that a reply gives, as spelled there; empty when unreadable.

    In this order: a JSON field, the last choice behind a cue (answer, verdict, choose) or in double brackets, the
    reply's first word, a line of its own, the only choice named. A lone letter counts in its own case only.
    """
    text = _after_thinking(text).strip()
    for answer in reversed(list(_json_objects(text))):
        named = [str(value) for key, value in answer.items() if _ANSWER_FIELD.search(str(key)) or len(answer) == 1]
        if named:
            return _exact(named[-1], choices)
    return _exact(text, choices) or _cued(text, choices) or _opening(text, choices) or _only(text, choices)


def _exact(text: str, choices: Sequence[str]) -> str:
    bare = text.strip(" \t\n*_`\"'.!()[]").casefold()
    return next((choice for choice in choices if choice.casefold() == bare), "")


def _pattern(choices: Sequence[str]) -> str:
    """An alternation of the choices, longest first; words in any case, lone letters in their own."""
    parts = sorted(choices, key=len, reverse=True)
    return "|".join(f"(?i:{re.escape(part)})" if len(part) > 1 else re.escape(part) for part in parts)


def _cued(text: str, choices: Sequence[str]) -> str:
    names = _pattern(choices)
    cue = r"(?i:answer|verdict|choice|option|decision|conclusion|judge?ment|choose|pick|select|result|winner|output)"
    link = r"(?:\s+(?i:is|would be|as|of))?[\s:=*_`\"'(\[→-]*(?i:option\s+|assistant\s+|\\boxed\{)?"
    side = r"(?i:response|answer|summary|assistant|candidate|text)\s+"
    wins = r"\s+(?i:wins|(?:is|was|seems)\s+(?:\w+\s+)?(?:better|best|superior|preferable|preferred))\b"
    found = re.findall(rf"(?:\b{cue}{link}|\[\[\s*)({names})(?![\w'’])|\b{side}({names})(?={wins})", text)
    return _exact("".join(found[-1]), choices) if found else ""


def _opening(text: str, choices: Sequence[str]) -> str:
    """The choice that a reply opens with, or that stands on a line of its own."""
    dress, names, long = r"[\s*_`\"'(\[]*", _pattern(choices), _pattern([c for c in choices if len(c) > 1] or ["\0"])
    closed = r"[*_`\"')\]]*(?:\s*[.,:;!)\n–—-]|\s*$)"  # a letter before a word is an article: 'A summary ...'
    found = (
        re.match(rf"{dress}({names}){closed}", text)
        or re.match(rf"{dress}({long})(?!\w)(?!\s+or\b|\s*/)", text)
        or re.search(rf"(?:^|\n){dress}({names})[\s*_`\"')\].!]*$", text)
    )
    return _exact(found[1], choices) if found else ""


def _only(text: str, choices: Sequence[str]) -> str:
    found = re.findall(rf"(?<![\w-])(?<!(?i:\bnot) )(?<!n't )({_pattern(choices)})(?![\w'’-])", text)
    named = {_exact(word, choices) for word in found}
    longer = {word for word in named if len(word) > 2}  # 'no' and 'A' stand in any sentence
    return longer.pop() if len(named) == 1 and longer else ""
