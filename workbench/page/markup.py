"""The one way by which text reaches HTML: escaped, with control characters made visible."""

import re
from collections.abc import Iterable
from typing import Any, LiteralString

import markupsafe

# Control characters move the cursor, colour a terminal or turn text round; a reader must see that
# they are there.
_BIDI = {
    code: f"⟨U+{code:04X}⟩"
    for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_C0 = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"}  # ␀ to ␟
_C1 = {0x7F: "␡", **{code: f"⟨U+{code:04X}⟩" for code in range(0x80, 0xA0)}}
_OTHER = {0x2028: "\n", 0x2029: "\n", 0xFEFF: "⟨U+FEFF⟩", 0xFFFE: "⟨U+FFFE⟩", 0xFFFF: "⟨U+FFFF⟩"}
_SHOWN = {**_C0, **_C1, **_BIDI, **_OTHER}
_NEEDS_SHOWING = re.compile(
    "[" + "".join(re.escape(chr(code)) for code in _SHOWN) + "\ud800-\udfff]"
)
UNBROKEN = 40  # characters of a word that a line may have to hold
_SURROGATE = re.compile("[\ud800-\udfff]")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")


class Html(markupsafe.Markup):
    """HTML that is safe to put into a page: whatever `format` and `join` receive is escaped unless
    it is Html.
    """

    __slots__ = ()

    @classmethod
    def escape(cls, s: object, /) -> "Html":
        """The one escaping function."""
        return cls(s if hasattr(s, "__html__") else markupsafe.escape(visible(str(s))))


def html(template: LiteralString, *parts: object, **named: object) -> Html:
    """A template written in code (never a value) with its parts put in, each escaped unless it is
    Html.
    """
    return Html(template).format(*parts, **named)


def joined(parts: Iterable[Any], between: LiteralString = "") -> Html:
    """Parts in a row, each escaped unless it is Html."""
    return Html(between).join(parts)


def unbroken(text: object) -> Html:
    """Text whose hyphened words, such as names of models, stand whole on a line where they can."""
    if hasattr(text, "__html__"):
        return Html.escape(text)
    return joined(
        html('<span class="nb">{}</span>', part)
        if len(part) <= UNBROKEN and re.search(r"\w-\w", part)
        else part
        for part in re.split(r"(\s+)", str(text))
    )


def visible(text: str) -> str:
    """The text with controls, turners of direction and lone surrogates as visible signs; tab and
    line end stay.
    """
    if not _NEEDS_SHOWING.search(text):
        return text
    shown = text.replace("\r\n", "\n").translate(_SHOWN)
    return _SURROGATE.sub(lambda lone: f"⟨U+{ord(lone[0]):04X}⟩", shown)


def without_ansi(text: str) -> str:
    """Terminal output without colours and cursor movements."""
    return _ANSI.sub("", text)


def clipped(text: str, most: int) -> str:
    """The beginning of a long text, with a sign that it goes on."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
