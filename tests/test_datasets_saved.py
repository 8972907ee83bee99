"""Any dataset that can be made can be saved, and loads as it was."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.datasets import Dataset, Example, load_examples
from workbench.errors import DatasetError

_FLOATS = st.floats(allow_nan=False, allow_infinity=False)


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | _FLOATS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


_TAGS = st.dictionaries(st.text(), st.text(min_size=1), max_size=2)


_EXAMPLES = st.lists(
    st.builds(
        Example, st.text(min_size=1), st.dictionaries(st.text(), _PLAIN, max_size=3), _PLAIN, _TAGS
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda example: example.id,
)


@given(_EXAMPLES, st.booleans())
@settings(max_examples=50, deadline=None)
def test_a_saved_dataset_loads_as_it_was(tmp_path_factory, examples, halves):
    if halves:
        examples = [*examples, Example("half of a character \ud83d", {"x": "\udfff"})]
    dataset = Dataset(examples)
    path = dataset.save(tmp_path_factory.mktemp("saved") / "d.jsonl")
    assert list(load_examples(path)) == examples
    assert load_examples(path).fingerprint == dataset.fingerprint


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [10**5000, nested(100_000), {1, 2}, float("nan"), object()], ids=type
)
def test_an_example_holds_nothing_that_a_dataset_file_could_not(value):
    for parts in (
        {"inputs": {"x": value}},
        {"inputs": {}, "expected": value},
        {"inputs": {}, "tags": {"x": value}},
    ):
        with pytest.raises(
            DatasetError, match="example 'a' cannot be written as JSON: "
        ) as refused:
            Example("a", **parts)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["../../evil", "/evil", "a/../b", "..", "", "a\0"])
def test_a_datasets_name_never_leads_out_of_the_folder_of_what_is_exported(name):
    with pytest.raises(
        DatasetError, match=r"cannot name a dataset, .* use a plain name such as 'triage'"
    ):
        Dataset([Example("a", {})], name)


def test_two_examples_of_one_id_are_no_dataset():
    with pytest.raises(DatasetError, match="dataset 'mine' holds id 'a' twice"):
        Dataset([Example("a", {}), Example("a", {})], "mine")


@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"]), min_size=1)),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=50, deadline=None)
def test_any_text_survives_a_csv_file(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("id", "text"), *((str(n), text) for n, (text,) in enumerate(cells))]
        )
    assert [example.inputs["text"] for example in load_examples(path)] == [
        text for (text,) in cells
    ]
