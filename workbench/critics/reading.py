"""From a critic's words to one of a few choices; what cannot be read is empty, never a guess."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from workbench.critics.answer_text import answer_start, plain
from workbench.critics.choosing import choice_in, names_lesser
from workbench.critics.objects import objects_in
from workbench.critics.other_qualities import rates_another
from workbench.critics.own_words import as_lines, shortened, span_in, unquoted

_FENCE = re.compile(r"```(?:\w++(?!`))?")
_ANSWER_FIELD = re.compile(
    r"(?:^|_|\b)(?:score|rating|grade|stars?|overall|value|verdict|answer|result)$", re.I
)


class Choice(NamedTuple):
    """A choice and where it stands in the text (-1: not known)."""

    label: str
    start: int = -1
    end: int = -1


def read_choice(text: str, choices: Sequence[str]) -> str:
    """The one of `choices` ('yes', 'no'; 'A', 'B', 'C') that a reply gives, as spelled there; empty
    when unreadable, or when it gives two.
    """
    found = find_choice(plain(text[answer_start(text) :]), choices)
    return found.label if found else ""


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
    return Choice(label, *span_in(text, *fields[0])) if label else None


def written(value: Any, choices: Iterable[str]) -> str:
    """A JSON value as an answer is written; `true` is yes where yes and no are the choices."""
    if isinstance(value, bool):
        return ("no", "yes")[value] if {"no", "yes"} <= set(choices) else str(value)
    if isinstance(value, int | float):
        return f"{value:.10g}"
    return value if isinstance(value, str) else ""


def _without_objects(text: str) -> str:
    """`text` without its JSON objects, whose fields give none."""
    for found in objects_in(text):
        text = text[: found.start] + " " * (found.end - found.start) + text[found.end :]
    return text


def _choice_in_words(text: str, choices: Sequence[str]) -> Choice | None:
    words = shortened(_FENCE.sub(lambda mark: " " * len(mark[0]), text))
    words = as_lines(words)
    found = choice_in(unquoted(words), choices)
    if found is None or len(words) < len(text):
        return found and Choice(found[0])
    return Choice(*found)
