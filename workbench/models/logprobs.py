"""Tokens with their log probabilities, in the shapes that servers send them."""

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.models.completion import Token


def read_tokens(logprobs: Any) -> tuple[Token, ...]:
    """The tokens of a choice's `logprobs`; none where any is malformed.

    As chat completions have them, a list of entries under `content` or alone (Ollama); or as
    completions had them, in columns of `tokens`, `token_logprobs` and, where they are asked for,
    `top_logprobs` (Fireworks, Together, older servers).
    """
    try:
        return tuple(_tokens(logprobs))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return ()


def _tokens(logprobs: Any) -> Iterator[Token]:
    if isinstance(logprobs, dict) and isinstance(logprobs.get("tokens"), list):
        return _of_columns(logprobs)
    entries = logprobs.get("content") if isinstance(logprobs, dict) else logprobs
    return map(_of_entry, entries if isinstance(entries, list) else ())


def _of_entry(entry: Mapping[str, Any]) -> Token:
    top = [
        (str(other["token"]), float(other["logprob"])) for other in entry.get("top_logprobs") or ()
    ]
    return Token(str(entry["token"]), float(entry["logprob"]), tuple(top))


def _of_columns(logprobs: Mapping[str, Any]) -> Iterator[Token]:
    tokens = logprobs["tokens"]
    tops = logprobs.get("top_logprobs") or [{}] * len(tokens)
    for token, logprob, top in zip(tokens, logprobs["token_logprobs"], tops, strict=True):
        others = [(str(text), float(chance)) for text, chance in (top or {}).items()]
        yield Token(str(token), float(logprob), tuple(others))
