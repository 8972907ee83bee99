"""A part of a dataset: drawn by a limit, left by another, or chosen by tags."""

import pytest
from test_datasets import ROWS, ids, lines, project, refusal, written

from workbench.datasets import Dataset, load_examples
from workbench.errors import DatasetError

__all__ = ["project", "written"]


@pytest.fixture
def hundred(written):
    return written(
        lines({"id": f"e{n}", "inputs": {"n": n}, "tags": {"half": str(n % 2)}} for n in range(100))
    )


def test_a_larger_sample_holds_the_smaller_one_in_file_order(hundred):
    small, large = load_examples(hundred, limit=10), load_examples(hundred, limit=30)
    assert len(small) == 10 and set(ids(small)) < set(ids(large))
    assert ids(large) == sorted(ids(large), key=lambda name: int(name[1:]))
    assert (
        ids(small)
        == ids(load_examples(hundred, limit=10, seed=0))
        != ids(load_examples(hundred, limit=10, seed=1))
    )
    assert ids(small) == [
        "e4",
        "e18",
        "e36",
        "e38",
        "e42",
        "e51",
        "e59",
        "e70",
        "e78",
        "e83",
    ]  # on every machine
    assert ids(load_examples(hundred, limit=3, seed=None)) == ["e0", "e1", "e2"]
    assert len(load_examples(hundred, limit=1000)) == 100


def test_what_was_drawn_stays_when_examples_are_added(hundred, written, project):
    before = set(ids(load_examples(hundred, limit=50)))
    more = lines({"id": f"new{n}", "inputs": {}} for n in range(5))
    after = set(
        ids(load_examples(written((project / hundred).read_text() + "\n" + more), limit=50))
    )
    assert len(before & after) >= 45


def test_a_sample_is_drawn_evenly(hundred):
    counts = [0] * 100
    for seed in range(200):
        for name in ids(load_examples(hundred, limit=20, seed=seed)):
            counts[int(name[1:])] += 1
    assert (
        min(counts) > 15 and max(counts) < 70
    )  # 40 each, give or take five standard deviations of 5.7


def test_where_takes_tags_or_a_function(hundred, written):
    path = written(lines(ROWS), "t.jsonl")
    assert ids(load_examples(path, where={"language": "de"})) == ["b", "c"]
    assert ids(load_examples(path, where={"language": ["de", "en"], "kind": "short"})) == ["a", "b"]
    assert ids(load_examples(path, where=lambda example: "e" in example.inputs["message"])) == [
        "a",
        "c",
    ]
    assert ids(load_examples(hundred, where={"half": 1}, limit=2, seed=None)) == ["e1", "e3"]
    assert "t.jsonl has no tag 'lang': is 'language' meant? There are kind, language" in refusal(
        path, where={"lang": "de"}
    )
    assert "t.jsonl has no example with language fr: loosen `where`" in refusal(
        path, where={"language": "fr"}
    )
    assert "t.jsonl has no example that `where` accepts" in refusal(
        path, where=lambda example: False
    )


def test_where_none_takes_the_examples_without_the_tag(written):
    path = written(lines([*ROWS, {"id": "d", "inputs": {}}]))
    assert ids(load_examples(path, where={"language": None})) == ["d"]
    assert ids(load_examples(path, where={"language": ["en", None]})) == ["a", "d"]
    assert "has no example with kind None and language de" in refusal(
        path, where={"kind": None, "language": "de"}
    )
    assert "`where`: tag 'kind' is dict: it must be one text" in refusal(
        path, where={"kind": {"a": 1}}
    )


@pytest.mark.parametrize("seed", [0, 3, None])
def test_after_gives_the_examples_that_a_limit_left(hundred, seed):
    chosen, held_out = (
        load_examples(hundred, limit=40, seed=seed),
        load_examples(hundred, after=40, seed=seed),
    )
    assert len(held_out) == 60
    assert set(ids(chosen)) | set(ids(held_out)) == set(ids(load_examples(hundred)))
    assert ids(load_examples(hundred, limit=10, after=40, seed=seed)) == [
        id for id in ids(held_out) if id in set(ids(load_examples(hundred, limit=50, seed=seed)))
    ]


@pytest.mark.parametrize("after", [-1, 100, True, 1.5])
def test_an_after_that_leaves_nothing_is_refused(hundred, after):
    assert "give a number of examples below 100" in refusal(hundred, after=after)


@pytest.mark.parametrize("limit", [0, -1, True, 1.5, "3"])
def test_a_limit_that_is_no_count_is_refused(hundred, limit):
    assert "give a number of examples from 1" in refusal(hundred, limit=limit)


def test_a_limit_says_of_how_many_it_took(tmp_path):
    path = tmp_path / "d.jsonl"
    path.write_text("".join(f'{{"id": "{n}", "inputs": {{"n": {n}}}}}\n' for n in range(60)))
    assert "40 of 60 examples" in repr(load_examples(path, limit=40))
    assert "of 60" not in repr(load_examples(path))


def test_a_part_knows_how_many_examples_its_file_has_to_give(hundred):
    part = load_examples(hundred, limit=30)
    assert (part.available, part[:10].available) == (100, 100)
    assert load_examples(hundred, limit=20, after=40).available == 60
    assert load_examples(hundred, limit=5, where={"half": "1"}).available == 50
    search, held = load_examples(hundred).split()
    assert (search.available, held.available) == (len(search), len(held))
    assert part.split().search.available is None
    assert Dataset(list(part)).available is None


@pytest.mark.parametrize("seed", [0, None])
def test_a_part_grows_by_the_next_examples_of_its_file(hundred, seed):
    asked = {"seed": seed, "where": {"half": "1"}, "after": 10}
    part = load_examples(hundred, limit=20, **asked)
    grown = part.grown(30)
    assert ids(grown) == ids(load_examples(hundred, limit=30, **asked))
    assert (set(ids(part)) < set(ids(grown)), grown.available) == (True, 40)
    assert len(part.grown(1000)) == 40
    assert part.grown(20) is part
    assert len(part.split().search.grown(100)) == len(part.split().search)


def test_a_part_of_a_file_that_changed_does_not_grow(hundred, written):
    part = load_examples(hundred, limit=20)
    written(lines({"id": f"e{n}", "inputs": {"n": n + 1}} for n in range(100)))
    with pytest.raises(DatasetError, match="its file has changed since it was loaded"):
        part.grown(30)
