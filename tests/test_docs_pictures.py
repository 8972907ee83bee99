"""Every page shows a picture that is there, is small, and that `make screenshots` makes."""

import re
from pathlib import Path

import pages
import pytest

from benchmarks.pictures import DECISIONS, PICTURES
from benchmarks.played import project

ROOT = Path(__file__).resolve().parents[1]
MOST_BYTES, MOST_TOGETHER = 81_000, 1_300_000
SHOWN = re.compile(r"!\[([^\]]*)\]\((?:\.\./)*(?:docs/)?pictures/([\w/-]+)\.webp\)")
MADE = {
    str(path.relative_to(pages.DOCS / "pictures").with_suffix("")): path
    for path in (pages.DOCS / "pictures").rglob("*.*")
}


@pytest.mark.parametrize("page", pages.names())
def test_a_page_shows_its_picture_and_says_what_is_on_it(page):
    [(said, name)] = SHOWN.findall(pages.text_of(page))
    assert name == page
    assert len(said.split()) >= 8
    assert said not in [
        each for other in pages.names() if other != page
        for each, _ in SHOWN.findall(pages.text_of(other))
    ]  # fmt: skip


def test_the_pictures_that_are_there_are_those_that_are_made_and_shown():
    [(_, in_readme)] = SHOWN.findall((ROOT / "README.md").read_text("utf-8"))
    assert sorted(MADE) == sorted(PICTURES) == sorted([*pages.names(), in_readme])


def test_pictures_are_small_and_are_what_they_are_called():
    sizes = {name: path.stat().st_size for name, path in MADE.items()}
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}
    assert sum(sizes.values()) < MOST_TOGETHER
    for path in MADE.values():
        head = path.read_bytes()[:12]
        assert (head[:4], head[8:], path.suffix) == (b"RIFF", b"WEBP", ".webp"), path


def test_every_page_on_a_rule_has_a_picture_of_its_own_decision():
    assert sorted(f"decisions/{name}" for name in DECISIONS) == [
        name for name in pages.names() if name.startswith("decisions/")
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("words", "inconclusive"),
        ("batch", "720 calls"),
        ("files", "triage: 252 examples"),
        ("wire", "truncated"),
        ("exchange", "Keep A:"),
        ("history", "Prompt v2 differs"),
        ("tutorial", "8 of 60 answers drawn"),
        ("scale", "machine 3"),
    ],
)
async def test_a_picture_is_drawn_by_the_product_without_a_browser(name, said, monkeypatch):
    monkeypatch.delenv("WORKBENCH_MODELS", raising=False)
    with project() as server:
        drawn = await PICTURES[name].draw(server)
    assert said in re.sub(r"\s+", " ", re.sub("<[^>]+>", "", drawn))
