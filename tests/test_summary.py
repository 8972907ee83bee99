"""The Markdown of what was checked: what stands in it, and that it is text whatever it is of."""

import re

import pytest
from test_requirements_checking import NAN, NOT_WORSE, QUALITY, asked, compared

import workbench as wb
from workbench.exchange.summary import MOST_BYTES, marker, summary
from workbench.requirements.lines import Requirement

ANSWERS = [1.0] * 65 + [0.0] * 35


def checked(*lines):
    return wb.check(asked(*lines), compared(ANSWERS, ANSWERS), variant="v2")


def test_the_word_comes_first_and_what_is_missed_before_what_is_met():
    text = summary(checked(NOT_WORSE, QUALITY), name="triage", spent=0.42, report="report.html")
    first, second, *_ = text.splitlines()
    assert first == "<!-- workbench gate: triage -->"
    assert second.startswith("**Fail:** v2 misses its requirements: 1 of 2 met; missed: right at l")
    assert second.endswith("Spent to know: $0.42.")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[-1] for row in rows] == ["Reading |", "missed |", "met |"]
    assert text.endswith("Report: report.html\n")


@pytest.mark.parametrize(
    "hostile",
    [
        "@octocat closes #1",
        "<img src=x onerror=alert(1)>",
        "[click](http://evil.example)",
        "::set-output name=a::b",
        "\n## Pass",
        "www.evil.example",
        "`code` | cell",
        "\x1b]0;title\x07",
        "<!-- workbench gate: other -->",
        "</pre></details>",
    ],
)
def test_what_a_file_says_stands_as_text(hostile):
    text = summary(checked(QUALITY), name=hostile, changed=[(hostile, "a\n\nb", hostile)])
    body = text.partition("\n")[2]
    for html in re.findall(r"<[^>]*>", body):
        assert html in ("<details>", "<summary>", "</summary>", "<pre>", "</pre>", "</details>")
    assert text.count("<!--") == 1
    assert not re.search(r"@octocat|#1\b|\]\(|^::|^## |://|www\.|\x1b", body, re.MULTILINE)
    assert "\n\nb" not in body  # an empty line would end the block


def test_a_long_summary_sheds_the_differences_first_and_then_what_is_met():
    whole = summary(checked(QUALITY), name="t", changed=[("v2", "a", "b")])
    assert "<details>" in whole
    long = summary(checked(QUALITY), name="t", changed=[("v2", "a", "ä" * MOST_BYTES)])
    assert "<details>" not in long and "| right |" in long
    many = [Requirement("attack_success", at_most=0.05)] * 2000
    short = summary(checked(QUALITY, *many), name="t")
    assert len(short.encode()) <= MOST_BYTES
    assert short.startswith(marker("t")) and "**Fail:**" in short


def test_nothing_known_is_inconclusive_in_words():
    rows = [NAN] * 100
    dead = wb.check(asked(QUALITY), compared(rows, rows), variant="v2")
    assert "**Inconclusive:** v2 is not shown to meet" in summary(dead, name="t")


def test_how_sure_each_line_is_is_said_and_a_line_without_scores_shows_no_value():
    lines = asked(QUALITY, Requirement("latency", quantile=0.95, at_most=1.0))
    unscored = wb.check(lines, compared(ANSWERS, [NAN] * 100), variant="v2")
    text = summary(unscored, name="triage")
    assert "\nEach line is sure to 95 % (one-sided).\n" in text
    assert "nan" not in text
