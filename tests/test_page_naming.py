"""Names of a plot's dots: none covers another, whatever they are called and wherever they lie."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.page.naming import LINE, Dot, _box, _marks, _meet, beside, breadth, column, short

LONG = "a long name of a model", "模型-通义千问-72b-instruct"
NAMES = st.sampled_from(["v1", *LONG, "Модель", "हिन्दी मॉडल"])
PLACES = st.lists(
    st.builds(
        lambda name, x, y, half: Dot(name, x, y, y - half, y + half),
        NAMES, st.floats(0, 100), st.floats(0, 270), st.floats(0, 60),
    ),
    min_size=2, max_size=12,
)  # fmt: skip


@given(PLACES, st.integers(220, 480))
@settings(max_examples=200, deadline=None)
def test_a_name_beside_its_dot_covers_no_other_at_any_width(dots, width):
    sides = beside(dots, 270)
    if sides is None:
        return
    boxes = [_box(dot, side, width) for dot, side in zip(dots, sides, strict=True)]
    marks = [box for dot in dots for box in _marks(dot, width)]
    assert not any(_meet(a, b) for a, b in combinations(boxes, 2))
    assert not any(_meet(box, mark) for box in boxes for mark in marks)


@given(PLACES)
@settings(max_examples=100, deadline=None)
def test_names_in_a_column_stand_a_line_apart_in_the_order_of_their_dots(dots):
    downs = column(dots, 270)
    assert min(downs) > 0 and max(downs) < 270
    assert all(below - above > LINE - 0.01 for above, below in pairwise(sorted(downs)))
    for (one, at), (other, then) in combinations(zip(dots, downs, strict=True), 2):
        assert (one.down - other.down) * (at - then) >= 0


def test_names_with_room_stand_beside_their_dots_and_equal_points_in_a_column():
    far = [Dot("v1", 10, 50, 40, 60), Dot("v2", 80, 200, 190, 210)]
    assert beside(far, 270) == [(11, 4, "start"), (11, 4, "start")]
    assert beside([Dot(f"variant {i}", 50, 135, 100, 170) for i in range(6)], 270) is None
    assert column([Dot("a", 50, 100, 90, 110), Dot("b", 50, 100, 90, 110)], 270) == [91, 109]


def test_more_names_than_the_plot_is_high_reach_below_it_and_not_above():
    downs = column([Dot("v", 50, 20, 10, 30)] * 12, 170)
    assert (min(downs), max(downs)) == (9, 9 + 11 * LINE)


def test_a_long_name_keeps_its_beginning_and_its_end():
    assert short("v1 @ openai/gpt-4o-mini-2024") == "v1 @ op…ini-2024"
    assert short("एक बहुत लंबे नाम का मॉडल") == "एक बहुत…का मॉडल"
    assert short("W" * 40) == "WWWWW…WWWWW"
    assert short("v1") == "v1"


def test_a_column_is_as_wide_as_its_longest_name():
    assert [breadth([name]) for name in ("v1", "v3 @ actor", "v3 @ openai/gpt-4o")] == [
        "narrow", "middling", "broad",
    ]  # fmt: skip
