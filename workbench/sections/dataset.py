"""A dataset: how many examples, which slices, and the first of them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from workbench.datasets import Dataset, Example, described
from workbench.models.model import Model
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, clipped
from workbench.sections.survey import survey_piece

SHOWN = 10
MOST_INPUTS = 4  # columns
MOST_VALUES = 12  # of a tag
TEXT = 300  # characters of a value


def dataset_piece(examples: Dataset, models: Sequence[Model] = ()) -> Html:
    """The slices with their counts, what to look at before the examples are used, and the first of
    them as a table; `models` are those whose contexts they must fit.
    """
    shown = examples[:0] if examples.held else examples[:SHOWN]
    names = list(dict.fromkeys(name for example in examples for name in example.inputs))
    inputs = names[:MOST_INPUTS]
    return render(
        "sections/dataset.html",
        title=clipped(headline(examples), 200),
        fingerprint=examples.fingerprint,
        read=clipped(described(examples).partition("; ")[2], 4 * TEXT),
        expects=any(each.expected is not None for each in shown),
        slices=[(tag, _values(examples, tag)) for tag in examples.tags],
        inputs=[clipped(name, 40) for name in inputs],
        rows=[_row(each, inputs) for each in shown],
        survey="" if examples.held or not len(examples) else survey_piece(examples, models),
        held=examples.held,
        all=len(examples),
    )


def headline(examples: Dataset) -> str:
    """triage: 240 examples; or 40 of 60 examples, where a limit left some out."""
    count, every = len(examples), max(len(examples), examples.available or 0)
    of = f"{count:,} of " if every > count else ""
    return f"{examples.name}: {of}{words.count(every, 'example')}"


def _values(examples: Dataset, tag: str) -> str:
    """The commonest values of a tag."""
    values = Counter(example.tags[tag] for example in examples if tag in example.tags)
    shown = values.most_common(MOST_VALUES)
    more = f" and {len(values) - MOST_VALUES} more" if len(values) > MOST_VALUES else ""
    return ", ".join(f"{clipped(value, 40)} {number:,}" for value, number in shown) + more


def _row(example: Example, inputs: list[str]) -> dict[str, Any]:
    return {
        "id": clipped(example.id, 60),
        "cells": _cells(example, inputs),
        "expected": clipped(_expected(example), TEXT),
        "tags": clipped(", ".join(example.tags.values()), TEXT),
    }


def _cells(example: Example, inputs: list[str]) -> list[str]:
    return [clipped(words.value(example.inputs.get(name, "")), TEXT) for name in inputs]


def _expected(example: Example) -> str:
    """The right answer; of one field its value alone."""
    known = example.expected
    if isinstance(known, dict) and len(known) == 1:
        (known,) = known.values()
    return "" if known is None else words.value(known)
