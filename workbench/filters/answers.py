"""What guard models answer, read whole: allow, block or unknown. Nothing is found *in* an answer;
what is not the answer that was asked for is unknown.
"""

import json
import re
from typing import Any, NamedTuple

from workbench.filters.ruling import ALLOW, BLOCK, UNKNOWN


class Answer(NamedTuple):
    """A guard's word, and the categories that it objects to."""

    word: str
    categories: tuple[str, ...] = ()


UNREAD = Answer(UNKNOWN)
_LLAMA = re.compile(r"(safe|unsafe)\.?|unsafe\.?[ \t]*\n[ \t]*(S\d+(?:[ \t]*,[ \t]*S\d+)*)", re.I)
_WORD = re.compile(r"\w+")
_THINKING = re.compile(r"<think>(?:(?!</?think>).)*</think>", re.DOTALL)
_SCORE = re.compile(r"<score>\s*(yes|no)\s*</score>", re.IGNORECASE)
_CONFIDENCE = re.compile(r"(yes|no)\.?(?:\s*<confidence>\s*\w+\s*</confidence>)?", re.IGNORECASE)
_FENCED = re.compile(r"```(?:json)?\s*(\{.*\})\s*```", re.DOTALL)


def llama_guard(text: str) -> Answer:
    """`safe`, or `unsafe` and perhaps a second line of categories."""
    found = _LLAMA.fullmatch(text.strip())
    if not found:
        return UNREAD
    if (found[1] or "").lower() == "safe":
        return Answer(ALLOW)
    named = (each.strip().upper() for each in (found[2] or "").split(",") if each.strip())
    return Answer(BLOCK, tuple(dict.fromkeys(named)))


def yes_or_no(text: str) -> Answer:
    """ShieldGemma: begins with `Yes` (a violation) or `No`, and the other word stands nowhere."""
    words = [word.lower() for word in _WORD.findall(text)]
    if not words or words[0] not in ("yes", "no") or {"yes", "no"} <= set(words):
        return UNREAD
    return Answer(BLOCK if words[0] == "yes" else ALLOW)


def granite(text: str) -> Answer:
    """Granite Guardian: `Yes` (a risk) or `No`, from 3.3 on in one `<score>` after thinking."""
    said = _THINKING.sub("", text, count=1).strip()
    found = _SCORE.fullmatch(said) or _CONFIDENCE.fullmatch(said)
    if not found:
        return UNREAD
    return Answer(BLOCK if found[1].lower() == "yes" else ALLOW)


def in_json(text: str) -> Answer:
    """One's own prompt: an object with `verdict` (allow or block) and perhaps `category`."""
    said = text.strip()
    fenced = _FENCED.fullmatch(said)
    try:
        value = json.loads(fenced[1] if fenced else said, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return UNREAD
    if not isinstance(value, dict) or value.get("verdict") not in (ALLOW, BLOCK):
        return UNREAD
    category = value.get("category")
    named = (category,) if isinstance(category, str) and category.strip() else ()
    return Answer(value["verdict"], named if value["verdict"] == BLOCK else ())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; ValueError where it says a thing twice."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice")
    return value
