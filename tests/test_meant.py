"""What may be meant by a name that is not known."""

import pytest

from workbench.meant import instead, lacks, nearest


@pytest.mark.parametrize(
    ("name", "known", "near"),
    [
        ("gpt4", ["gpt-4", "qwen"], "gpt-4"),
        ("kategorie", ["Nachricht", "Kategorie"], "Kategorie"),
        ("v9", ["v1", "v2"], ""),
        ("--bse", ["--base", "--gate"], "--base"),
        ("x", [], ""),
        ("Müşteri", ["Musteri", "Ürün"], "Musteri"),
        ("!!", ["!!", "??"], "!!"),
    ],
)
def test_the_name_most_like_it_is_found_whatever_its_marks(name, known, near):
    assert nearest(name, known) == near


def test_what_a_prompt_lacks_and_an_input_that_may_be_meant():
    given = "add to the inputs (message), or give defaults"
    assert lacks(["mesage"], ["message"]) == f"lacks mesage: is 'message' meant? Else {given}"
    assert lacks(["tone", "message"], ["message"]) == f"lacks tone: {given}"


def test_what_there_is_is_said_and_what_is_meant_first():
    assert instead("gpt4", ["gpt-4", "qwen"]) == "is 'gpt-4' meant? There are gpt-4, qwen"
    assert instead("gpt4", ["gpt-4"]) == "is 'gpt-4' meant?"
    assert instead("x", ["gpt-4", "qwen"], "it has") == "it has gpt-4, qwen"
    assert (instead("x", ["a"]), instead("x", [])) == ("there is a", "there is none")
    assert (instead("x", [], "use one of"), instead("x", [], "it has")) == (
        "there is none",
        "it has none",
    )
    assert instead("zz", map(str, range(1000))).endswith("22, 23, 976 more")


def test_a_long_name_is_compared_by_its_beginning():
    assert nearest("a" * 10**6 + "b", ["a" * 10**6]) == "a" * 10**6
