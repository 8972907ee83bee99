"""Text without what nobody sees: characters of no width, hidden tags, look-alike letters and
spaces.

What writing needs stays as it is: joiners of emoji, of Arabic and of Indic scripts, and accents.
"""

import re
import unicodedata

# Zero-width spaces and joiners, marks of direction, soft hyphens, invisible operators, selectors of
# a glyph's variant.
NO_WIDTH = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
TAGS = "\U000e0000-\U000e007f"
_FLAG = f"\U0001f3f4[{TAGS}]+"  # the flags of England, Scotland and Wales are spelled in tags
_HIDDEN = re.compile(f"({_FLAG})|[{TAGS}]+")
_BETWEEN = re.compile(f"(?<=[A-Za-z0-9])[{NO_WIDTH}]+(?=[A-Za-z0-9])")
# a run of blanks is tried from its beginning alone: from each of its blanks takes the square
_OUTER = re.compile(f"^[\\s{NO_WIDTH}]+|(?<![\\s{NO_WIDTH}])[\\s{NO_WIDTH}]+$")
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})  # categories of characters
_NO_INK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs
_LINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_WIDE = {0xFF10 + at: 0x30 + at for at in range(10)}
_WIDE |= {start + at: to + at for start, to in ((0xFF21, 0x41), (0xFF41, 0x61)) for at in range(26)}
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
                                 "\u2008\u2009\u200a\u202f\u205f\u3000"), " ")  # fmt: skip
_PLAIN = _WIDE | _BLANKS


def strip_invisible(text: str) -> str:
    """The text without hidden tags, and without characters of no width between ASCII letters or
    digits, where no script needs them.
    """
    if text.isascii():
        return text
    return _BETWEEN.sub("", _HIDDEN.sub(lambda found: found[1] or "", text))


def says_something(text: str) -> bool:
    """Whether there is anything to see in a text."""
    return any(map(_is_seen, text))


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN and character not in _NO_INK


def as_ascii(character: str) -> str:
    """A digit of any script, or a full-width character, as ASCII has it; empty for any other."""
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    return chr(ord(character) - 0xFEE0) if 0xFF01 <= ord(character) <= 0xFF5E else ""


def alike(text: str) -> str:
    """One form of texts that people would call the same: as `folded`, without outer space."""
    return _OUTER.sub("", folded(text)) if not text.isascii() else folded(text).strip()


def folded(text: str) -> str:
    """A text in one case, with composed accents and plain blanks and ends of lines."""
    text = normalise(text)
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).casefold()


def normalise(text: str) -> str:
    """The text without invisible characters, with plain ends of lines and blanks, and with
    full-width letters and digits as ASCII ones. Normalised text stays as it is.
    """
    text = _LINES.sub("\n", text)
    return text if text.isascii() else strip_invisible(text.translate(_PLAIN))
