"""Text without what nobody sees: characters of no width, hidden tags, look-alike letters and
spaces.

What writing needs stays as it is: joiners of emoji, of Arabic and of Indic scripts, and accents.
"""

import re

# Zero-width spaces and joiners, marks of direction, soft hyphens, invisible operators, selectors of
# a glyph's variant.
NO_WIDTH = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
TAGS = "\U000e0000-\U000e007f"
_FLAG = f"\U0001f3f4[{TAGS}]+"  # the flags of England, Scotland and Wales are spelled in tags
_HIDDEN = re.compile(f"({_FLAG})|[{TAGS}]+")
_BETWEEN = re.compile(f"(?<=[A-Za-z0-9])[{NO_WIDTH}]+(?=[A-Za-z0-9])")
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


def normalise(text: str) -> str:
    """The text without invisible characters, with plain ends of lines and blanks, and with
    full-width letters and digits as ASCII ones. Normalised text stays as it is.
    """
    text = _LINES.sub("\n", text)
    return text if text.isascii() else strip_invisible(text.translate(_PLAIN))
