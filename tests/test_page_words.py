"""Numbers as people read them."""

import math

import pytest

from workbench.page import words
from workbench.words import a_second, capital, difference, hundredths, spanned


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (a_second(0.0431), "0.043"),
        (a_second(0.5), "0.50"),
        (a_second(1.84), "1.8"),
        (a_second(12.3), "12"),
        (a_second(1236.0), "1,236"),
        (difference((0.098, 0.019, 0.176)), "+9.8 points (1.9 to 17.6)"),
        (difference((-0.009, -1.0, 1.0), ""), "−0.9 (open)"),
        (words.decimals(-0.356), "−0.36"),
        (words.decimals(math.nan), ""),
        (words.p_value(0.0123), "p = 0.012"),
        (words.p_value(0.0001), "p < 0.001"),
        (words.p_value(math.nan), ""),
        (words.number(1046), "1,046"),
        (words.number(-1), ""),
        (words.number(math.nan), ""),
        (words.numbered(3, "prompt"), "Three prompts"),
        (words.numbered(1, "prompt"), "One prompt"),
        (words.numbered(40, "prompt"), "40 prompts"),
        (words.share(4, 1018), "4 of 1,018"),
        (words.rate(1, 240), "0.4\u202f%"),
        (words.rate(0, 240), "0\u202f%"),
        (words.rate(120, 240), "50\u202f%"),
        (words.rate(0, 0), ""),
        (words.rate(9_996, 10_000), "99.96\u202f%"),
        (words.percent(1.0), "100\u202f%"),
        (words.percent(0.9996, 1), "99.96\u202f%"),
        (words.percent(0.0004), "0.04\u202f%"),
        (words.percent(1 - 1e-9), "over 99.9999\u202f%"),
        (words.percent(1e-9), "under 0.0001\u202f%"),
        (hundredths(0.99957), "99.96\u202f%"),
        (words.money(999.5), "$999.50"),
        (words.money(12_040.6), "$12,041"),
        (words.percent_between(0.42, 0.851), "42 to 85\u202f%"),
        (words.shown_interval(-0.1, 0.93), "−0.10 to 0.93"),
        (words.duration(8.2), "8 s"),
        (words.duration(72), "1 min 12 s"),
        (words.duration(7500), "2 h 5 min"),
        (words.duration(math.nan), ""),
        (words.seconds(3_000_000.0), "833 h 20 min"),
        (words.date("2026-11-20T14:02:11+00:00"), "20 November 2026"),
        (words.moment("2026-11-20T15:02:11+01:00"), "20 November 2026, 14:02:11 UTC"),
        (words.date("yesterday"), "yesterday"),
        (words.statuses({"ok": 5, "timeout": 1, "malformed": 3}), "3 malformed, 1 timeout"),
        (words.statuses({"ok": 5}), ""),
        (words.value("as it is"), "as it is"),
        (words.value({"a": "é"}), '{"a": "é"}'),
    ],
)
def test_numbers_and_times_are_written_as_the_style_says(said, expected):
    assert said == expected


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ("1.01 s", "1.19 s", "1.01 to 1.19 s"),
        ("81 ms", "0.20 s", "81 ms to 0.20 s"),
        ("59 s", "1 min 12 s", "59 s to 1 min 12 s"),
        ("−0.9", "+1.2", "−0.9 to 1.2"),
        ("+30\u202f%", "+53\u202f%", "30 to 53\u202f%"),
        ("42\u202f%", "76.2\u202f%", "42.0 to 76.2\u202f%"),
        ("0\u202f%", "1.2\u202f%", "0 to 1.2\u202f%"),
        ("$0.15", "$0.16", "$0.15 to $0.16"),
        ("37,200", "45,500", "37,200 to 45,500"),
        ("open", "+5.0", "open to 5.0"),
    ],
)
def test_an_interval_has_its_unit_once_and_no_plus(low, high, said):
    assert spanned(low, high) == said


def test_a_name_keeps_its_small_letter_where_a_line_begins():
    assert capital("malformed answers") == "Malformed answers"
    assert capital("p95 latency") == "p95 latency"
    assert capital("right_queue at least 80") == "right_queue at least 80"
