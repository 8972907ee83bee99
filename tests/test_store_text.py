"""Text and plain data on their way into a database and back."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.store.text import pack, restored, storable, unpack, writable


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec=None) | st.sampled_from("\0\x1a\ud800\udfff")))
def test_the_text_gate_can_be_walked_both_ways(said):
    through = storable(said)
    through.encode()  # no lone surrogate
    assert "\0" not in through
    assert restored(through) == said


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec=None)), inner, max_size=3)
    ),
)


@settings(max_examples=50, deadline=None)
@given(PLAIN)
def test_plain_data_is_packed_and_unpacked_unchanged(value):
    assert unpack(pack(value)) == value


def test_numbers_that_json_has_no_word_for_survive():
    value = {
        "nan": math.nan,
        "inf": -math.inf,
        "long": [10**6000, -(10**6000)],
        "\x1ainteger": 1,
        "x": 10**4000,
    }
    read = unpack(pack(value))
    assert math.isnan(read.pop("nan"))
    del value["nan"]
    assert read == value


@given(st.text(st.characters(codec=None) | st.sampled_from("\ud83d\ude00")))
def test_writable_text_is_the_text_where_any_file_takes_it(text):
    through = writable(text)
    through.encode()
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert through == text


def test_half_a_character_is_replaced_and_two_halves_are_joined():
    assert writable("a\ud83d b\ud83d\ude00") == "a\ufffd b😀"
