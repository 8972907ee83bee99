"""Views of a text: what it says once a disguise is taken off. Filters look at each of them; no view
ever replaces the text.
"""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from workbench.prompts.invisible import NO_WIDTH, TAGS
from workbench.prompts.lookalikes import LOOKALIKES

PLAIN = "plain"
LEVELS = 2  # disguises, one over the other, that are taken off
MOST = 20_000  # characters of all views of a text together
SEGMENT = 4_000  # characters that are looked at together
# by how much the share of common words rises, and how many there are at least, where a text shows
# to have been turned round
RISE, LEAST_COMMON = 0.1, 3


class View(NamedTuple):
    """A text, or a part of it, without the disguises that `name` lists, outermost first."""

    name: str
    text: str


class Views(tuple[View, ...]):
    """The text itself as `plain`, then its views; `unread` counts characters of views that were
    left out, since there were too many.
    """

    unread = 0


@lru_cache(16)  # several filters look at a text, one after another
def views(text: str) -> Views:
    """The text and what it may hide, at most MOST characters of it."""
    found, unread, room = [View(PLAIN, text)], 0, MOST
    seen = {text}
    for segment in _segments(text):
        for view in _below(segment, "", LEVELS):
            if view.text in seen:
                continue
            seen.add(view.text)
            if len(view.text) <= room:
                found.append(view)
                room -= len(view.text)
            else:
                unread += len(view.text)
    seen_all = Views(found)
    seen_all.unread = unread
    return seen_all


def _segments(text: str) -> Iterator[str]:
    """Parts of a long text that end at white space, where there is some."""
    start = 0
    while len(text) - start > SEGMENT:
        end = max(text.rfind(blank, start + SEGMENT // 2, start + SEGMENT) for blank in " \n\t")
        end = end + 1 if end > 0 else start + SEGMENT
        yield text[start:end]
        start = end
    yield text[start:]


def _below(text: str, name: str, levels: int) -> Iterator[View]:
    """The views of a text, and theirs."""
    for own, undo in _DISGUISES.items():
        if own == name.rpartition(" ")[2] and own not in _PACKED:
            continue
        other = undo(text)
        if other and other != text:
            view = View(f"{name} {own}".lstrip(), other)
            yield view
            if levels > 1:
                yield from _below(other, view.name, levels - 1)


_NO_WIDTH = re.compile(f"[{NO_WIDTH}]+")
_TAGGED = re.compile(f"[{TAGS}]+")


def _without_no_width(text: str) -> str:
    return "" if text.isascii() else _NO_WIDTH.sub("", text)


def _tags(text: str) -> str:
    """What is spelled in tag characters, read as the ASCII that they stand for."""
    if text.isascii():
        return ""
    return _TAGGED.sub(lambda run: "".join(chr(ord(tag) & 0x7F) for tag in run[0]), text)


def _full_width(text: str) -> str:
    """Full-width, mathematical, circled and other compatible forms of letters as letters."""
    return "" if text.isascii() else unicodedata.normalize("NFKC", text)


_MIXED = re.compile(r"[A-Za-z][^\W\d_A-Za-z]|[^\W\d_A-Za-z][A-Za-z]")


def _homoglyphs(text: str) -> str:
    """Letters of other scripts that look like ASCII ones as these, in words that mix both or where
    hardly any other letters are left.
    """
    if text.isascii():
        return ""
    plain = text.translate(LOOKALIKES)
    if plain == text:
        return ""
    letters = [letter for letter in plain if letter.isalpha()]
    other = sum(not letter.isascii() for letter in letters)
    return plain if _MIXED.search(text) or other < 0.1 * len(letters) else ""


def _diacritics(text: str) -> str:
    """Letters without marks above or below them."""
    if text.isascii():
        return ""
    apart = unicodedata.normalize("NFD", text)
    return "".join(each for each in apart if not unicodedata.combining(each))


_LEET = str.maketrans("013457@$!|€", "oieastasiie")
_LEET_WORD = re.compile(
    r"(?<![\w@$!|€])(?=[\w@$!|€]*[A-Za-z])(?=[A-Za-z]*[013457@$!|€])[\w@$!|€]{2,40}"
)
_SUSPECT = re.compile(r"[A-Za-z][013457@$!|€]{1,3}[A-Za-z]|\b[013457@$!|€]{1,3}[A-Za-z]{2}")


def _leet(text: str) -> str:
    """Digits and signs within words as the letters that they stand for."""
    if not _SUSPECT.search(text):
        return ""
    return _LEET_WORD.sub(lambda word: word[0].translate(_LEET), text)


_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{40,}\r?\n)*[A-Za-z0-9+/_-]{12,}={0,2}"
)
_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:0x|\\x|\\u00)?[0-9A-Fa-f]{2}[\s:,-]{0,2}){8,}(?![0-9A-Za-z])"
)
_HEX_PREFIX = re.compile(r"0x|\\x|\\u00")
_NOT_HEX = re.compile(r"[^0-9A-Fa-f]")


def _base64(text: str) -> str:
    return _BASE64.sub(_read_base64, text) if _BASE64.search(text) else ""


def _read_base64(run: re.Match[str]) -> str:
    """What a run of base64 spells; the run itself where that is no text."""
    given = run[0]
    if not _NOT_HEX.search(given):  # a run of hexadecimal digits is also base64
        return given
    packed = "".join(given.split()).rstrip("=").translate({45: 43, 95: 47})
    packed = packed[: len(packed) - (len(packed) % 4 == 1)]
    return _readable(base64.b64decode(packed + "=" * (-len(packed) % 4))) or given


def _hex(text: str) -> str:
    return _HEX.sub(_read_hex, text) if _HEX.search(text) else ""


def _read_hex(run: re.Match[str]) -> str:
    digits = _NOT_HEX.sub("", _HEX_PREFIX.sub("", run[0]))
    try:
        return _readable(binascii.unhexlify(digits)) or run[0]
    except binascii.Error:
        return run[0]


def _readable(spelled: bytes) -> str:
    """Bytes as text; empty where they are none."""
    wide = spelled[1::2].count(0) > len(spelled) // 3  # as PowerShell packs text
    try:
        text = spelled.decode("utf-16-le" if wide else "utf-8")
    except UnicodeDecodeError:
        return ""
    shown = text.replace("\n", "").replace("\r", "").replace("\t", "")
    letters = sum(each.isalpha() or each == " " for each in shown)
    return text if shown.isprintable() and letters >= 0.6 * len(shown) else ""


_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ENTITY = re.compile(r"&#?\w{2,32};?")


def _url(text: str) -> str:
    return unquote(text) if _PERCENT.search(text) else ""


def _entities(text: str) -> str:
    return html.unescape(text) if _ENTITY.search(text) else ""


# one character, a sign, the next, the same sign, and so on: every other one is the text
_EVERY_OTHER = re.compile(r"(?<!\w)\w([ \-_.*|/+~,])(?:[\s\S]\1){2,}[\s\S]?")
_SINGLES = re.compile(r"(?<![\w'’])\w(?:[ \-_.*|/+~,]\w){1,}(?![\w'’])")


def _spaced(text: str) -> str:
    """Letters that stand apart, drawn together."""
    if not _EVERY_OTHER.search(text):
        return ""
    joined = _EVERY_OTHER.sub(lambda run: run[0][::2], text)
    return _SINGLES.sub(lambda run: run[0][::2], joined)


_MARKS = re.compile("[<*_`~]")
_MARKED_UP = re.compile(
    r"</?[A-Za-z][^<>]{0,80}>|(?<=\w)[*`~]{1,3}(?=\w)|(?<!\w)[*_`~]{1,3}(?=\w)"
    r"|(?<=\w)[*_`~]{1,3}(?!\w)"
)


def _markup(text: str) -> str:
    """Text without the marks of HTML and Markdown within and around its words."""
    return _MARKED_UP.sub("", text) if _MARKS.search(text) else ""


_SHORT_LINES = re.compile(
    r"(?:^|(?<=\n))(?:[^\S\n]*\S{1,20}(?: \S{1,20})?-?[^\S\n]*\n){2,}\S{1,20}"
)


def _lines(text: str) -> str:
    """Lines of a word or two in one; words that were cut at a line's end are whole."""
    if "\n" not in text or not _SHORT_LINES.search(text):
        return ""
    return _SHORT_LINES.sub(lambda run: " ".join(run[0].replace("-\n", "").split()), text)


def _rot13(text: str) -> str:
    return _if_common(text, codecs.encode(text, "rot13"))


def _reversed(text: str) -> str:
    return _if_common(text, text[::-1])


_WORD = re.compile(r"[^\W\d_]+")


def _if_common(text: str, other: str) -> str:
    """The other text, if it has more of the words that every text has."""
    found, share = _common(other)
    return other if found >= LEAST_COMMON and share - _common(text)[1] >= RISE else ""


def _common(text: str) -> tuple[int, float]:
    """How many common words there are, and what share of all."""
    words = _WORD.findall(text.lower())
    found = sum(word in _COMMON for word in words)
    return found, found / len(words) if words else 0.0


_COMMON_WORDS = """
    a about all also am an and any are as ask at be been but by can could did do does for from get
    give go had has have he her here him his how i if in into is it its just know let like make may
    me more my no not now of on one only or our out over please say see she should show so some tell
    that the their them then there these they this to up us use was we were what when where which
    who why will with would you your
    above before below do everything follow forget hidden ignore instructions key message new
    password previous print prompt repeat reveal rules secret system text
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_PACKED = frozenset({"base64", "url"})  # which may be packed once more
_DISGUISES: dict[str, Callable[[str], str]] = {
    "no-width": _without_no_width,
    "tags": _tags,
    "full-width": _full_width,
    "homoglyphs": _homoglyphs,
    "diacritics": _diacritics,
    "hex": _hex,
    "base64": _base64,
    "url": _url,
    "entities": _entities,
    "markup": _markup,
    "lines": _lines,
    "spaced": _spaced,
    "rot13": _rot13,
    "reversed": _reversed,
    "leet": _leet,
}
