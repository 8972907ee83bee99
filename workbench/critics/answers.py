"""From a model's reply to a score: the probabilities of the answer tokens where there are any, else
the text.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.critics.reading import read_choice, read_rating
from workbench.models.completion import Token


def json_object(text: str) -> dict[str, Any]:
    """The JSON object that `text` is, else an empty one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def bare(token: str) -> str:
    """A token without what surrounds an answer: spaces, quotes, emphasis, a full stop."""
    return token.strip(" \t\n\"'*.:▁Ġ").casefold()


def answer_masses(token: Token, values: Mapping[str, float]) -> dict[str, float]:
    """Probability of each answer at one token, its spellings (' Yes', 'yes') summed."""
    masses: dict[str, float] = {}
    for text, logprob in token.top or ((token.text, token.logprob),):
        if (label := bare(text)) in values:
            masses[label] = masses.get(label, 0.0) + math.exp(min(logprob, 0.0))
    return masses


def token_in_text(tokens: Sequence[Token], values: Mapping[str, float]) -> Token | None:
    """The last token that is an answer (reasoning may name others before it); a lone token whatever
    it is.
    """
    answers = [token for token in tokens if bare(token.text) in values]
    return answers[-1] if answers else tokens[0] if len(tokens) == 1 else None


def token_in_json(tokens: Sequence[Token], field: str) -> Token | None:
    """The first token with something in it after `"field": "`."""
    key = re.search(rf'"{re.escape(field)}"\s*:\s*"?', "".join(token.text for token in tokens))
    offset = 0
    for token in tokens:
        offset += len(token.text)
        if key and offset > key.end() and bare(token.text):
            return token
    return None


def read_answer(text: str, values: Mapping[str, float]) -> str:
    """The answer a text gives, one of `values`; empty when it gives none."""
    if not all(label.isdigit() for label in values):
        return read_choice(text, tuple(values))
    rating = read_rating(text, *(end(map(int, values)) for end in (min, max)))
    return "" if math.isnan(rating) else nearest(rating, {label: float(label) for label in values})


def nearest(score: float, values: Mapping[str, float]) -> str:
    """The answer whose score is nearest; of two, the higher."""
    return min(values, key=lambda label: (abs(values[label] - score), -values[label]))
