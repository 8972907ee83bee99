"""From a reply's text to the one answer it gives, and where that stands."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from workbench.critics.objects import objects_in, value_at
from workbench.critics.reading import find_choice, written


class Answer(NamedTuple):
    """One of the answers a rubric admits, its score, and where in the text it is spelled (-1: not
    known).
    """

    label: str
    score: float
    start: int = -1
    end: int = -1

    def moved(self, by: int) -> "Answer":
        """The same answer in a text that begins `by` characters earlier."""
        if self.start < 0 or not by:
            return self
        return self._replace(start=self.start + by, end=self.end + by)


UNREADABLE = Answer("", math.nan)
BRIEF = 40  # characters: answers this brief, "Yes." or "4/5", recur from reply to reply
_find_known = lru_cache(maxsize=4096)(find_choice)


def find_answer(text: str, values: Mapping[str, float], asked: str = "") -> Answer:
    """The answer that a text gives to what was `asked`, one of `values` or a rating between two."""
    if all(label.isdigit() for label in values):
        return _rating(text, values, asked)
    choice = (_find_known if len(text) <= BRIEF else find_choice)(text, tuple(values), asked)
    return Answer(choice.label, values[choice.label], *choice[1:]) if choice else UNREADABLE


def _rating(text: str, values: Mapping[str, float], asked: str) -> Answer:
    low, high = min(map(int, values)), max(map(int, values))
    from workbench.critics.rating import find_rating, known_rating  # here: 25 ms of patterns

    rating = (known_rating if len(text) <= BRIEF else find_rating)(text, low, high, asked)
    if math.isnan(rating.rating):
        return UNREADABLE
    label = f"{rating.rating:.10g}"
    if label in values:
        return Answer(label, values[label], rating.start, rating.end)
    is_scale = all(float(label) == score for label, score in values.items())
    return Answer(label, rating.rating, rating.start, rating.end) if is_scale else UNREADABLE


def find_field(text: str, name: str, values: Mapping[str, float]) -> Answer:
    """The answer that the JSON of a reply gives under `name`; UNREADABLE where two disagree."""
    spelled = value_at(text, name)
    answers = [find_answer(written(value, values), values) for value in _values_of(text, name)]
    if not answers and spelled and "{" in text:  # cut, or not quite JSON
        answers = [find_answer(spelled[1].strip("\"'"), values)]
    if len({answer.label for answer in answers}) != 1:
        return UNREADABLE
    return _located(answers[0], *spelled) if spelled else answers[0]._replace(start=-1)


def _values_of(text: str, name: str) -> list[Any]:
    return [
        value
        for found in objects_in(text)
        for mapping in found.mappings
        for key, value in mapping.items()
        if key.strip().casefold() == name.casefold()
    ]


def _located(answer: Answer, start: int, value: str) -> Answer:
    """An answer in a JSON value as one in the text, where `value` is written from `start` on."""
    if "\\" in value:
        return answer._replace(start=-1)
    if value.startswith(('"', "'")):
        return answer.moved(start + 1)
    return answer._replace(start=start, end=start + len(value))


def nearest(score: float, values: Mapping[str, float]) -> str:
    """The answer whose score is nearest; of two, the higher."""
    return min(values, key=lambda label: (abs(values[label] - score), -values[label]))
