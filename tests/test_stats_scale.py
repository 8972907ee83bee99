"""A critic's scale: which end is good, what a share of it is, and what passes."""

import math

import numpy as np
import pytest

import workbench as wb
from workbench.stats import Interval

RATING = wb.Scale(1, 5)
RUDENESS = wb.Scale(0, 1, higher_is_better=False)


def test_the_bad_end_is_the_low_one_only_where_more_is_better():
    assert (RATING.worst, RATING.best) == (1, 5)
    assert (RUDENESS.worst, RUDENESS.best) == (1, 0)


def test_a_share_counts_from_the_low_end():
    assert RATING.share(4) == 0.75
    assert RUDENESS.share(0.25) == 0.25
    assert RATING.share(Interval(3, 2, 5)) == Interval(0.5, 0.25, 1)


def test_a_turned_difference_is_above_zero_where_things_got_better():
    assert RATING.turned(-1.0) == -0.25
    assert RUDENESS.turned(-0.5) == 0.5
    assert RUDENESS.turned(Interval(-0.5, -0.75, 0.25)) == Interval(0.5, -0.25, 0.75)


def test_merit_is_1_at_the_good_end_whichever_that_is():
    assert (RATING.merit(1), RATING.merit(4), RATING.merit(5)) == (0, 0.75, 1)
    assert (RUDENESS.merit(1), RUDENESS.merit(0.25), RUDENESS.merit(0)) == (0, 0.75, 1)


def test_upward_changes_the_sign_where_less_is_better():
    assert (RATING.upward(4), RUDENESS.upward(0.25)) == (4, -0.25)
    assert (RATING.ends, RATING.middle) == ((1, 5), 3)


def test_arrays_are_treated_as_their_members_are():
    scores = np.array([1.0, 3.0, 5.0, math.nan])
    assert RATING.share(scores)[:3].tolist() == [0, 0.5, 1]
    assert RATING.passes(scores).tolist() == [False, True, True, False]
    assert wb.Scale(1, 5, higher_is_better=False).passes(scores).tolist() == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("scale", [wb.Scale(0.1, 0.7), wb.Scale(0.1, 0.7, higher_is_better=False)])
def test_the_middle_of_a_scale_passes_whatever_rounding_makes_of_it(scale):
    assert scale.passes(0.1 + 0.2 + 0.1)


def test_an_unscored_answer_is_no_pass():
    assert not RUDENESS.passes(math.nan)
    assert not RATING.passes(math.nan)


def test_ends_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="5 to 1"):
        wb.Scale(5, 1)
