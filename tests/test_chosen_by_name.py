"""Mistakes that notebooks make with examples, filters and critics: taken as meant, or said."""

import pytest

import workbench as wb
from workbench.filters import PII, Chain, Rules


@pytest.fixture
def examples(tmp_path):
    path = tmp_path / "letters.jsonl"
    path.write_text('{"id": "t-1", "inputs": {"m": "a"}}\n{"id": "7", "inputs": {"m": "b"}}\n')
    return wb.load_examples(path)


def test_an_example_is_found_by_its_id_and_by_its_position(examples):
    assert examples["t-1"].inputs == examples[0].inputs == {"m": "a"}
    assert examples["7"].inputs == {"m": "b"}
    assert ("t-1" in examples, "t-2" in examples, examples[0] in examples) == (True, False, True)


def test_an_id_that_no_example_has_is_said_with_those_there_are(examples):
    with pytest.raises(wb.WorkbenchError, match=r"no example 't-2' in letters: there are t-1, 7"):
        examples["t-2"]


STEP = r"give one such as Rules\(\) or PII\(\), or several as Chain\(Rules\(\), PII\(\)\)"


@pytest.mark.parametrize(
    ("given", "named"),
    [(Rules, "the class Rules"), ("rules", "a str"), ([Rules()], "a list"), (None, "a NoneType")],
)
async def test_what_is_no_filter_is_refused_with_what_one_is(given, named):
    with pytest.raises(TypeError, match=f"a filter is {named}: {STEP}"):
        await wb.screen(given, ["a text"])
    with pytest.raises(TypeError, match=f"a filter is {named}: {STEP}"):
        Chain(after=[given])


async def test_a_chain_says_that_its_sides_are_lists_and_kinds_are_several():
    with pytest.raises(TypeError, match=r"after is a PII: give a list, such as after=\[PII\(\)\]"):
        Chain(Rules(), after=PII())  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match=r"kinds is a str: give a tuple, such as \(\"email\",\)"):
        PII("email")  # pyright: ignore[reportArgumentType]


async def test_one_text_in_place_of_a_list_is_no_file(examples):
    with pytest.raises(wb.WorkbenchError, match=r"'Pay me!' is no file: give a text in a list"):
        await wb.screen(Rules(), "Pay me!")
    with pytest.raises(TypeError, match=r"a row is an int: give a text, or"):
        await wb.screen(Rules(), [7])
    with pytest.raises(TypeError, match=f"a filter is a Dataset: {STEP}"):
        await wb.screen(examples, Rules())


async def test_critics_scales_and_margins_of_another_kind_are_said(examples):
    with pytest.raises(TypeError, match=r"what a Function calls is an int: give"):
        wb.Function(3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match=r"the prompt of a rubric is a str: give a file to"):
        wb.Rubric("is it good?", None)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match=r"critics hold a tuple: give a scale for each column"):
        wb.Run.of([{"prompt": "a", "example": "1", "g": 1}], critics={"g": (0, 1)})
    with pytest.raises(ValueError, match=r"within is '5%': give so many scores of the critic"):
        await wb.race([], examples, [], [wb.Exact()], within="5%")
