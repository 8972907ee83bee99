"""Text reaches HTML escaped and with every control character visible."""

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.page.markup import Html, clipped, html, joined, visible, without_ansi


def test_whatever_is_put_into_a_template_is_escaped():
    assert html("<p>{}</p>", '<b onclick="x">&') == "<p>&lt;b onclick=&#34;x&#34;&gt;&amp;</p>"


def test_html_made_here_is_not_escaped_twice():
    assert html("<p>{}</p>", html("<b>{}</b>", "<")) == "<p><b>&lt;</b></p>"
    assert joined(["<", html("<br>")]) == "&lt;<br>"


def test_turners_of_direction_nul_and_escapes_become_visible_signs():
    assert visible("a\u202eb\u2066\x00\x1b[31m\x7f") == "a⟨U+202E⟩b⟨U+2066⟩␀␛[31m␡"


def test_line_ends_and_tabs_stay_and_lone_surrogates_are_named():
    assert visible("a\r\nb\tc\n\ud800") == "a\nb\tc\n⟨U+D800⟩"


def test_letters_of_every_script_and_joined_emoji_stay_as_they_are():
    for text in ("日本語 العربية", "👩\u200d👧", "naïve – café"):
        assert visible(text) == text


def test_terminal_colours_links_and_cursor_movements_go():
    assert (
        without_ansi("\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07\x1b[2K")
        == "red link"
    )


def test_a_long_text_ends_with_a_sign_that_it_goes_on():
    assert clipped("abcdef", 6) == "abcdef"
    assert clipped("abcdefg", 6) == "abcde…"


class Found(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_data(self, data):
        self.text += data


@given(st.text())
@settings(max_examples=50, deadline=None)
def test_no_text_opens_an_element_or_leaves_an_attribute(text):
    found = Found(html('<p title="{}">{}</p>', text, text))
    assert [tag for tag, _ in found.tags] == ["p"]
    assert found.text == visible(text)
    assert isinstance(html("{}", text), Html)
