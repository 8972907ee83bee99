"""Languages by script and small words: mostly right where one is named, unknown where unsure."""

from collections import Counter

import pytest
from sample_sentences import NOTHING, OTHERS, SENTENCES

import workbench as wb
from workbench.datasets.languages import language_of


def told(pairs):
    """How many are right, unknown and wrong."""
    return Counter(
        "unknown" if not (said := language_of(text)) else "right" if said == code else "wrong"
        for code, text in pairs
    )


def test_own_sentences_are_told_or_left_unknown_and_none_is_mistaken():
    found = told((code, text) for code, texts in SENTENCES.items() for text in texts)
    assert found == {"right": 53, "unknown": 10}


def test_the_shipped_messages_are_told_as_their_tags_say():
    rows = wb.load_examples("datasets/triage.jsonl")
    found = told((each.tags["language"], each.inputs["message"]) for each in rows)
    assert found == {"right": 235, "unknown": 16, "wrong": 1}


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_too_little_to_tell_is_unknown(text):
    assert language_of(text) == ""


def test_a_language_that_nobody_here_knows_may_be_taken_for_its_neighbour():
    """Stated, not wished for: four of eight are unknown, the others go to a related language."""
    assert Counter(map(language_of, OTHERS)) == {"": 4, "fr": 2, "es": 1, "da": 1}
