"""A gate that may look at more rows: when it looks, how it ends, and how often."""

import numpy as np
import pytest

from workbench.stats import gate_ends, gate_looks, gate_tails, operating_curve


def test_a_gate_looks_at_multiples_of_its_rows_and_at_its_end():
    assert gate_looks(100) == (100,)
    assert gate_looks(100, 300) == (100, 200, 300)
    assert gate_looks(60, 150) == (60, 120, 150)
    assert gate_looks(100, 40) == (100,)
    assert gate_tails((100,)) == (0.05,)
    assert gate_tails((100, 200)) == pytest.approx((0.00557, 0.0482), abs=3e-4)


def test_a_gate_without_rows_is_refused():
    with pytest.raises(ValueError, match="rows"):
        gate_looks(0)


def test_gates_end_at_the_look_that_knows():
    equal, worse = np.zeros(300), np.tile([0.0, -1.0], 150)
    open_ = np.tile([0.0, 0.0, 1.0, -1.0], 75)
    ends = gate_ends([equal, worse, open_], 0.05, (100, 200, 300))
    assert ends.word.tolist() == [1, -1, 0]
    assert ends.rows.tolist() == [200, 100, 300]


def test_the_operating_curve_keeps_both_errors_and_is_seeded():
    seen = [1.0] * 7 + [-1.0] * 7 + [0.0] * 86
    asked = {"changes": (-0.2, -0.05, 0.0), "draws": 400}
    curve = operating_curve(seen, 0.05, (100, 200), **asked)
    far, at_margin, equal = curve
    assert far.fails > 0.85 and far.passes == 0
    assert at_margin.passes < 0.08 and at_margin.fails < 0.08
    assert equal.fails < 0.02 and equal.passes > 0.2
    assert equal == operating_curve(seen, 0.05, (100, 200), **asked)[2]
    assert all(abs(each.passes + each.fails + each.inconclusive - 1) < 1e-9 for each in curve)


def test_rows_that_all_agree_still_leave_room_for_a_loss():
    (worse,) = operating_curve(np.zeros(100), 0.05, (100,), changes=(-0.1,), draws=200)
    assert worse.passes < 0.08


def two_prompts(random, gates, rows, change):
    """Differences of 0/1 scores, base .85; with chance .6 one shared draw decides a row."""
    shared, base, head = random.random((3, gates, rows))
    same = random.random((gates, rows)) < 0.6
    new = np.where(same, shared, head) < 0.85 + change
    return new.astype(float) - (np.where(same, shared, base) < 0.85)


def test_the_same_prompt_twice_is_rarely_failed_and_a_worse_one_rarely_passes():
    """A/A and the margin, 1,000 gates each: 1.4 points above the error are three standard errors
    of the count; the long form is figure 9 of `make statistics`.
    """
    random, looks = np.random.default_rng(14), gate_looks(100, 300)
    shares = {
        change: [float((ends.word == word).mean()) for word in (1, -1, 0)]
        for change in (0.0, -0.05, -0.15)
        for ends in [gate_ends(two_prompts(random, 1000, 300, change), 0.05, looks)]
    }
    print(*(f"{each:+.2f}: pass, fail, open {found}" for each, found in shares.items()), sep="\n")
    passes, fails, open_ = shares[0.0]
    assert fails <= 0.05 and open_ <= 0.25 and passes >= 0.7
    assert shares[-0.05][0] <= 0.064
    assert shares[-0.15][1] >= 0.9
    single = gate_ends(two_prompts(random, 1000, 100, 0.0), 0.05, (100,))
    assert 0.6 <= float((single.word == 0).mean()) <= 0.8
