"""A pull request's one comment: what comes first, what goes first, and that all of it is text."""

import re
from html import unescape

import pytest
from test_requirements_checking import NOT_WORSE, QUALITY, asked, compared
from test_summary import ANSWERS, checked

import workbench as wb
from workbench.exchange.junit import suites
from workbench.exchange.pull_request import Section, pull_request, sentence_of, status_of
from workbench.exchange.sticky import MARKED
from workbench.exchange.summary import MOST_BYTES, marker

HOSTILE = [
    "@octocat closes #1",
    "<img src=x onerror=alert(1)>",
    "![pixel](https://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "::set-output name=word::pass",
    "##[error]gone",
    "\n## Pass\n**Pass:** all is well",
    "www.evil.example",
    "`code` | cell | cell",
    "\x1b]0;title\x07",
    "--> <!-- workbench gate: ci -->",
    "</pre></details><script>alert(1)</script>",
    "team/shop#7",
    "team/shop!7 ~bug &3 :tada: GH-12 www.evil.example http://evil.example",
    "/approve\n/merge",
    "   /close",
    "a‮b",
]


def failing():
    return wb.check(asked(NOT_WORSE, QUALITY), compared([1.0] * 100, ANSWERS), variant="v2")


def section(found, status, **more):
    given = {"title": "prompts/t/v2.prompty", "against": "its own text at main (1a2b)"} | more
    return Section(given.pop("title"), given.pop("against"), found, status, **given)


def test_the_gravest_status_stands_for_all_and_the_counts_come_first():
    passed, open_, failed = section(checked(), 0), section(checked(), 101), section(failing(), 100)
    trouble = section("no answer", 1)
    assert status_of([]) == 0
    assert status_of([passed, open_]) == 101
    assert status_of([passed, open_, failed]) == 100
    assert status_of([failed, trouble, passed]) == 1
    text = pull_request([failed, trouble], "main (1a2b)", ["x is gone."])
    first, second = text.splitlines()[:2]
    assert first == "<!-- workbench gate: ci -->"
    assert second == "2 gates since main (1a2b): 1 failed and 1 in trouble."
    assert text.index("- x is gone.\n") < text.index("### ")  # what else changed comes first
    assert "**Trouble:** no answer\n" in text
    assert sentence_of([], "main") == "Nothing that is gated changed since main."


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_model_a_file_or_a_branch_says_stands_as_text(hostile):
    sections = [
        section(failing(), 100, title=hostile, against=hostile, notes=hostile,
                change=(hostile, "a\n\nb", hostile)),
        section(hostile, 1),
    ]  # fmt: skip
    text = pull_request(sections, hostile, [hostile], [(hostile, "a", hostile)])
    assert MARKED.match(text) and text.count("<!--") == 1
    body = text.partition("\n")[2]
    for html in re.findall(r"<[^>]*>", body):
        assert html in ("<details>", "<summary>", "</summary>", "<pre>", "</pre>", "</details>")
    commands = (
        r"@octocat|#1\b|#7\b|\]\(|^\s*::|^\s*/|##\[|^## |://|www\.|[\x00-\x08\x0b-\x1f\u202e]"
    )
    assert not re.search(commands, body, re.MULTILINE)
    read = unescape(re.sub(r"<pre>.*?</pre>", "", body, flags=re.DOTALL))  # what hosts look into
    assert not re.search(r"[@#~&!]\w|://|www\.\w|:tada:|GH-\d", read)
    heads = [line for line in body.splitlines() if line.startswith("#")]
    assert len(heads) == 2 and all(line.startswith("### ") for line in heads)
    assert "**Pass:**" not in body
    assert suites([(hostile, failing()), (hostile, hostile)]).isprintable() is False  # a last \n
    assert "\x1b" not in suites([(hostile, hostile)])


def test_a_long_comment_sheds_differences_then_what_is_met_and_never_the_words():
    plenty = "ä" * MOST_BYTES
    long = section(failing(), 100, change=("v2", "a", plenty))
    text = pull_request([long, long], "main", [])
    assert "<details>" not in text and text.count("| missed |") >= 2
    short = pull_request(200 * [section(failing(), 100)], "main", ["the last note"])
    assert len(short.encode()) <= MOST_BYTES
    assert short.count("**Fail:**") >= 150


def test_two_projects_whose_folders_a_marker_cannot_spell_keep_two_comments():
    found = {marker(f"ci {part}") for part in ("团队/甲", "团队/乙", "a" * 300, "a" * 301, "shop")}
    assert len(found) == 5 and "<!-- workbench gate: ci shop -->" in found
    assert all(MARKED.match(f"{each}\n") for each in found)
