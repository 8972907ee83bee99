"""A run's variants and how they are called: the one place that says `prompt @ model`."""

from collections.abc import Iterable
from typing import NamedTuple


class VariantKey(NamedTuple):
    """One prompt on one model; `name` is the prompt's own where the run has one model."""

    name: str
    prompt: str
    model: str


def variant_keys(pairs: Iterable[tuple[str, str]]) -> tuple[VariantKey, ...]:
    """The variants among prompts and models, in order of appearance."""
    different = list(dict.fromkeys(pairs))
    one_model = len({model for _, model in different}) < 2
    return tuple(
        VariantKey(prompt if one_model else f"{prompt} @ {model}", prompt, model)
        for prompt, model in different
    )
