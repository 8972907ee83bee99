"""The pages on decisions: their examples say what the pages show, and their figures are theirs."""

import re

import pages
import pytest
from scipy.stats import binom
from test_tutorial import blocks

RULES = [name for name in pages.names() if name.startswith("decisions/")]
FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


@pytest.mark.parametrize("name", RULES)
async def test_the_example_of_a_page_says_what_the_page_shows(name, tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    monkeypatch.chdir(tmp_path)
    known, said, shown = {}, "", 0
    for block in blocks(pages.text_of(name)):
        if block.kind == "python":
            said = await pages.run_cell(block.text, known)
        elif block.kind == "text":
            shown += 1
            assert said.strip() == block.text
    assert shown == 1


@pytest.mark.parametrize("name", RULES)
def test_the_figures_of_a_page_are_those_of_its_example(name):
    page = pages.text_of(name)
    example = "\n".join(block.text for block in blocks(page))
    prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", " ", page, flags=re.DOTALL)
    told, known = set(FIGURE.findall(prose)), set(FIGURE.findall(example))
    assert {each for each in told if each.replace("v", "") not in known} - COUNTED[name] == set()


# what a page counts itself: the level of every comparison, and the margin in points
COUNTED = {name: {"95", "100", "5"} for name in RULES}


def test_words_names_every_page_and_every_word_of_a_comparison():
    words = pages.text_of("words")
    assert [name for name in RULES if f"]({name}.md)" not in words] == []


def test_seven_of_ten_is_luck_once_in_six():
    assert "once in six" in pages.text_of("decisions/need-more")
    assert 1 / 6.5 < binom.sf(6, 10, 0.5) < 1 / 5.5
