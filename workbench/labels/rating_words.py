"""What people write for a rating: numbers, yes and no in many languages, stars and thumbs."""

import math
import re
from collections.abc import Mapping

from workbench.critics.answer_text import plain
from workbench.critics.tongues import OUT_OF
from workbench.stats.scale import Scale

YES = frozenset({
    "yes", "y", "true", "ja", "oui", "si", "sí", "sì", "sim", "tak", "da", "да", "evet", "ano",
    "áno", "kyllä", "igen", "ναι", "はい", "是", "是的", "예", "네", "نعم", "हाँ", "हां", "có", "ya",
    "✓", "✔", "✅", "☑",
    # as Excel writes a truth in other languages
    "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "prawda", "истина", "doğru", "sant",
})  # fmt: skip
NO = frozenset({
    "no", "n", "false", "nein", "non", "não", "nao", "nee", "nej", "nei", "ne", "nie", "нет", "ні",
    "hayır", "ei", "nem", "όχι", "いいえ", "否", "不", "不是", "아니요", "아니오", "لا", "नहीं",
    "không", "tidak", "✗", "✘", "❌", "☐",
    "falsch", "faux", "falso", "onwaar", "fałsz", "ложь", "yanliş", "yanlış", "falskt",
})  # fmt: skip
GOOD = frozenset({"pass", "passed", "good", "up", "👍"})  # whichever end of a scale that is
BAD = frozenset({"fail", "failed", "bad", "down", "👎"})
SKIPPED = frozenset({"skip", "skipped", "unsure", "n/a", "na", "?", "-"})
_STARS = re.compile(r"([★⭐🌟]*)([☆✩]*)|(\d+(?:[.,]\d+)?)\s*(?:stars?|★|⭐)")
_OF = re.compile(rf"(\d+(?:[.,]\d+)?)\s*(?:/|of|out of|{OUT_OF})\s*(\d+)")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:%|٪)")
_COMMA = re.compile(r"[-+]?\d+,\d{1,2}")
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")  # the colour of a thumb


def skips(word: str) -> bool:
    """Whether somebody left a rating out on purpose."""
    return _plain(word) in SKIPPED


def rating(word: str, scale: Scale, named: Mapping[str, float]) -> float:
    """A rating as a number of the scale; NaN where it is none. `named` are words that the reader
    was told the numbers of; yes is 1 and no is 0, on a scale from 0 to 1 alone.
    """
    text = _plain(word)
    if text in named:
        return named[text]
    if text in YES | NO | GOOD | BAD:
        return _worded(text, scale)
    text = plain(text)
    readings = (_number(text), _starred(text, scale), _fraction(text, scale), _share(text, scale))
    return next(filter(math.isfinite, readings), math.nan)


def named_ratings(values: Mapping[str, float]) -> dict[str, float]:
    """Words with their numbers, as they are looked up."""
    return {_plain(word): float(number) for word, number in values.items()}


def _plain(word: str) -> str:
    return _SKIN.sub("", word.replace("\ufe0f", "")).strip().casefold()


def _worded(text: str, scale: Scale) -> float:
    """Yes or no, and better or worse; NaN where the scale has more to it."""
    if not _is_yes_or_no(scale):
        return math.nan
    if text in GOOD | BAD:
        return float((text in GOOD) == scale.higher_is_better)
    return float(text in YES)


def _is_yes_or_no(scale: Scale) -> bool:
    return (scale.low, scale.high) == (0, 1) or math.isinf(scale.high)


def _number(text: str) -> float:
    """A number, with a decimal comma too."""
    try:
        return math.nan if "_" in text else float(_pointed(text))
    except ValueError:
        return math.nan


def _pointed(text: str) -> str:
    return text.replace(",", ".") if _COMMA.fullmatch(text) else text


def _starred(text: str, scale: Scale) -> float:
    """How many stars, of as many as the scale has where empty ones are drawn."""
    found = _STARS.fullmatch(text)
    if not text or found is None:
        return math.nan
    if found[3]:
        return _number(found[3])
    full, empty = len(found[1]), len(found[2])
    return float(full) if not empty or full + empty == scale.high else math.nan


def _fraction(text: str, scale: Scale) -> float:
    """4/5 on a scale up to 5."""
    found = _OF.fullmatch(text)
    return _number(found[1]) if found and float(found[2]) == scale.high else math.nan


def _share(text: str, scale: Scale) -> float:
    """50 % on a scale from 0 to 1 or to 100; of another it is unknown where 0 % lies."""
    found = _PERCENT.fullmatch(text)
    if not found or (scale.low, scale.high) not in ((0, 1), (0, 100)):
        return math.nan
    return _number(found[1]) * scale.high / 100
