"""What nobody sees is taken out of a text, and what writing needs is not."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.prompts.invisible import NO_WIDTH, normalise, strip_invisible

WRITING = (
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",  # a family, joined
    "\u2764\ufe0f",  # a heart, drawn as an emoji
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland's flag
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with a joiner that parts letters
    "\u0915\u094d\u200d\u0937",  # Hindi, with a joiner
    "cafe\u0301 na\u00efve \u00e5",  # accents, of their own and in letters
    "\u05e9\u05dc\u05d5\u05dd\u200f!",  # Hebrew with a mark of direction
)


@pytest.mark.parametrize("text", WRITING)
def test_what_writing_needs_stays(text):
    assert normalise(f"see {text} here") == f"see {text} here"


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("ig\u200bno\u200d\u2060re", "ignore"),
        ("1\ufeff2", "12"),
        ("hi\U000e0069\U000e0067 there", "hi there"),
        ("i\u200b\U000e0041\u200bg", "ig"),
        ("\uff49\u200b\uff47\uff4eore", "ignore"),
        ("a\r\nb\rc\u2028d\u00a0e", "a\nb\nc\nd e"),
    ],
)
def test_what_nobody_sees_goes(hidden, shown):
    assert normalise(hidden) == shown


def test_stripping_leaves_blanks_and_wide_letters():
    assert strip_invisible("a\u00a0b \uff41 i\u200bg\r\n") == "a\u00a0b \uff41 ig\r\n"


ALPHABET = st.sampled_from([*"aZ09 .\n", *NO_WIDTH.replace("-", ""), "\u0301", "\u0627", "\u0915",
                            "\U0001f469", "\U000e0041", "\U0001f3f4", "\uff41"])  # fmt: skip


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(ALPHABET, max_size=30))
def test_normalised_text_stays_as_it_is(text):
    assert normalise(normalise(text)) == normalise(text)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_letters_and_accents_are_never_lost(text):
    def letters(of):
        return [each for each in of if unicodedata.category(each)[0] in "LM" and each < "\ufe00"]

    shown = letters(strip_invisible(text))
    assert shown == [each for each in letters(text) if each not in NO_WIDTH or each in shown]
    assert [each for each in shown if each not in NO_WIDTH] == [
        each for each in letters(text) if each not in NO_WIDTH
    ]
