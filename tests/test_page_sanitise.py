"""HTML of others: only what is harmless survives."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.page.sanitise import ELEMENTS, sanitised


@pytest.mark.parametrize(
    ("given_html", "kept"),
    [
        ("<b>bold</b> & <i>more</i>", "<b>bold</b> &amp; <i>more</i>"),
        ("<script>alert(1)</script>after", "after"),
        ("<style>body{}</style><p style='x' onclick='y' class='z'>p</p>", '<p class="z">p</p>'),
        ("<img src='http://x/p.png' alt='a picture'>", "a picture"),
        ("<a href='javascript:alert(1)'>a</a>", "<a>a</a>"),
        ("<a href='#part'>a</a>", '<a href="#part">a</a>'),
        ("<form action='http://x'><input name=q></form>text", "text"),
        ("<div><p>never closed", "<div><p>never closed</p></div>"),
        ("</div></p>stray", "stray"),
        (
            "<svg viewBox='0 0 1 1'><circle r='1'/></svg>",
            '<svg viewBox="0 0 1 1"><circle r="1"></circle></svg>',
        ),
        ("<iframe src='x'><p>inside</p></iframe>out", "out"),
        ("<!-- <script>x</script> -->seen", "seen"),
    ],
)
def test_only_harmless_html_survives(given_html, kept):
    assert sanitised(given_html) == kept


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


SCRAPS = [
    "<",
    ">",
    "script",
    "svg",
    "/",
    " onload=",
    "'",
    '"',
    "a",
    "href=",
    "javascript:",
    "style",
    "=",
    "<b>",
    "<!--",
]
MORE_SCRAPS = ["-->", "<![CDATA[", "&lt;", "\x00", " ", "<title>", "<p ", "img src=http://x"]


@given(st.lists(st.sampled_from(SCRAPS + MORE_SCRAPS), max_size=12).map("".join))
@settings(max_examples=50, deadline=None)
def test_no_scraps_of_html_add_up_to_anything_harmful(scraps):
    for tag, attributes in Tags(sanitised(scraps)).found:
        assert tag in ELEMENTS
        assert not any(
            name.startswith("on") or name in ("style", "srcdoc", "action") for name in attributes
        )
        assert not (attributes.get("href") or "").startswith("javascript")
        assert "src" not in attributes


def test_words_of_a_plot_stay_where_they_were_drawn():
    name = '<svg><text x="1" dx="6" dy="24" text-anchor="end">p95</text></svg>'
    assert str(sanitised(name)) == name
