"""Rows held back: which side a row lies on, and that nothing moves it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.datasets import Dataset, Example
from workbench.datasets.splitting import whole_name
from workbench.errors import DatasetError


def rows(count, first=0):
    return [
        Example(f"m-{n}", {"message": f"message {n}"}, tags={"user": f"u{n % 7}"})
        for n in range(first, first + count)
    ]


def dataset(examples, name="triage"):
    return Dataset(examples, name)


def messages(side):
    return {example.inputs["message"] for example in side}


TEXTS = st.lists(st.text(max_size=20), min_size=12, max_size=40, unique=True)
SEEDS = st.integers(0, 1000)


def split_or_none(examples, seed, **named):
    """Few rows may all fall on one side, which is refused."""
    try:
        return dataset(examples).split(0.5, seed, **named)
    except DatasetError:
        return None


def of_texts(texts):
    return [Example(str(n), {"message": text}) for n, text in enumerate(texts)]


def test_the_two_sides_say_what_they_are_in_the_order_of_the_file():
    search, held = dataset(rows(12)).split()
    assert (search.name, held.name) == ("triage-search", "triage-held")
    assert [example.id for example in search] == ["m-0", "m-6", "m-9", "m-11"]
    assert [example.id for example in held] == [
        f"m-{n}" for n in range(12) if n not in (0, 6, 9, 11)
    ]
    assert search.fingerprint == Dataset(list(search), "another").fingerprint
    assert whole_name(held.name) == whole_name(search.name) == whole_name("triage") == "triage"


@given(TEXTS, SEEDS)
def test_every_row_lies_on_one_side(texts, seed):
    if parts := split_or_none(of_texts(texts), seed):
        search, held = messages(parts.search), messages(parts.held)
        assert not search & held
        assert search | held == set(texts)


@given(TEXTS, SEEDS, st.randoms())
def test_a_row_keeps_its_side_in_another_order_and_beside_other_rows(texts, seed, random):
    before = split_or_none(of_texts(texts), seed)
    mixed = [*texts, *(f"{text} new" for text in texts if f"{text} new" not in texts)]
    random.shuffle(mixed)
    after = split_or_none(of_texts(mixed), seed)
    if before and after:
        assert messages(before.search) == messages(after.search) & set(texts)
        assert messages(before.held) == messages(after.held) & set(texts)


@given(SEEDS)
def test_a_larger_share_holds_the_smaller_one(seed):
    examples = dataset(rows(60))
    assert messages(examples.split(0.3, seed).search) < messages(examples.split(0.6, seed).search)


@pytest.mark.parametrize("share", [0.1, 1 / 3, 0.5, 0.9])
def test_the_sides_have_about_their_shares(share):
    search, held = dataset(rows(4000)).split(share)
    assert abs(len(search) / 4000 - share) < 0.02
    assert len(search) + len(held) == 4000


def test_another_seed_is_another_split():
    examples = dataset(rows(60))
    assert messages(examples.split(0.5, 0).search) != messages(examples.split(0.5, 1).search)


def test_a_new_id_tag_or_right_answer_moves_no_row():
    before = dataset(rows(60)).split()
    other = [Example(f"x{e.id}", e.inputs, "an answer", {"kind": "new"}) for e in rows(60)]
    assert messages(dataset(other).split().search) == messages(before.search)


def test_rows_that_read_alike_lie_on_one_side():
    twice = [*rows(30), *(Example(f"again-{e.id}", e.inputs) for e in rows(30))]
    search, held = dataset(twice).split(0.5)
    assert not messages(search) & messages(held)


@given(SEEDS)
def test_a_group_stays_together(seed):
    parts = split_or_none(rows(70), seed, cluster="user")
    if parts:
        search, held = ({e.tags["user"] for e in side} for side in parts)
        assert not search & held
        assert len(search | held) == 7


def test_a_row_without_the_tag_is_a_group_of_its_own():
    untagged = [Example(f"n-{n}", {"message": f"untagged {n}"}) for n in range(40)]
    search, held = dataset([*rows(14), *untagged]).split(0.5, cluster="user")
    assert any(not example.tags for example in search)
    assert any(not example.tags for example in held)


@pytest.mark.parametrize("share", [0, 1, -0.5, 1.5, float("nan"), "half", None])
def test_a_share_that_leaves_nothing_is_refused(share):
    with pytest.raises(DatasetError, match=r"search is .*: give a share of the rows above 0"):
        dataset(rows(20)).split(share)


@pytest.mark.parametrize(("count", "share"), [(0, 0.5), (1, 0.5), (20, 0.0001)])
def test_an_empty_side_is_refused(count, share):
    with pytest.raises(DatasetError, match=f"of its {count} examples empty: give another seed"):
        dataset(rows(count)).split(share)


def test_a_tag_that_no_row_has_is_refused():
    with pytest.raises(DatasetError, match="has no tag 'document': there is user"):
        dataset(rows(20)).split(cluster="document")


@pytest.mark.parametrize(
    ("count", "held"), [(3, 0), (39, 0), (40, 1 / 2), (89, 1 / 2), (90, 2 / 3), (3000, 2 / 3)]
)
def test_how_much_is_held_back_goes_by_the_number_of_rows(count, held):
    examples = dataset(rows(count))
    parts = examples.hold_back()
    expected = examples.split(1 - held) if held else (examples, examples[:0])
    assert [list(side) for side in parts] == [list(side) for side in expected]


def test_a_given_share_is_held_back_of_any_number_and_zero_of_none():
    parts = dataset(rows(30)).hold_back(0.5)
    assert messages(parts.search) == messages(dataset(rows(30)).split(0.5).search)
    assert len(dataset(rows(300)).hold_back(0).held) == 0


def test_a_split_says_what_is_held_back_and_what_is_missing():
    assert repr(dataset(rows(30)).hold_back()) == (
        "No example is held back of 30. To settle a claim, write down 20 new rows or more, "
        "and read none before."
    )
    parts = dataset(rows(60)).hold_back()
    assert repr(parts) == (
        f"{len(parts.held)} of 60 examples are held back to settle a claim: read none of them."
    )


def test_rows_know_that_they_are_held_back():
    search, held = dataset(rows(12)).split()
    assert held.held and not search.held
    assert held[:2].held and all(example.held for example in list(held))
    assert held[0] == rows(12)[[example.id for example in rows(12)].index(held[0].id)]


def test_new_rows_can_all_be_held_back():
    parts = dataset(rows(12)).hold_back(1)
    assert (len(parts.search), len(parts.held), parts.held.held) == (0, 12, True)
