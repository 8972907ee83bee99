"""Axes of logarithms."""

import math

from workbench.page.log_axes import log_axis, plain, says


def test_an_axis_holds_all_values_and_its_ticks_are_round():
    axis = log_axis([0.3, 40.0])
    assert axis.low < math.log10(0.3)
    assert axis.high > math.log10(40)
    assert [says(plain)(tick) for tick in axis.ticks] == ["0.3", "1", "3", "10", "30"]


def test_a_short_axis_has_more_ticks_and_a_long_one_fewer():
    assert [says(plain)(tick) for tick in log_axis([1.0, 6.0]).ticks] == ["1", "2", "5"]
    assert [says(plain)(tick) for tick in log_axis([0.001, 100.0]).ticks] == [
        "0.001", "0.01", "0.1", "1", "10", "100",
    ]  # fmt: skip


def test_what_has_no_logarithm_is_left_out():
    axis = log_axis([0.0, math.inf, math.nan, 1.0])
    assert axis.low < 0 < axis.high
    assert says(plain)(axis.ticks[1]) == "1"


def test_ticks_keep_their_digits():
    assert [plain(value) for value in (0.03, 0.3, 3.0, 30.0, 30_000.0)] == [
        "0.03", "0.3", "3", "30", "30,000",
    ]  # fmt: skip
