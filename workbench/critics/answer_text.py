"""The part of a reply that answers: behind the thinking, in characters that rules can read.

Nothing moves: character n of the answer is character `start + n` of the reply, so that the tokens
that spell a verdict can be found.
"""

import re
import unicodedata
from functools import cache

_THINKING = re.compile(
    r"<(?P<a>/?)(?:\w{1,20}:)?(?:think(?:ing)?|thought|reason(?:ing)?|analysis|reflection|scratchpad)>"
    r"|\[(?P<b>/?)think\]|◁(?P<c>/?)think▷"
    r"|<\|(?:start_thinking|(?P<e>end_thinking)|begin_of_thought|(?P<f>end_of_thought))\|>"
    r"|<\|channel\|>(?:analysis|commentary)|(?P<d><\|channel\|>final)<\|message\|>",
    re.I,
)
_ALSO = {"−": "-", "‐": "-", "‑": "-", "。": ".", "、": ",", "【": "[", "】": "]",
         "∕": "/", "⁄": "/", "٫": ".", "٬": ","}  # fmt: skip
_QUOTES = {"「": '"', "」": '"', "『": '"', "』": '"', "„": "“", "‟": "“", "″": '"'}


def answer_start(reply: str, *, thought: bool = False) -> int:
    """Where the answer begins: behind the thinking, or at the reply's end where that never ends.

    Templates may open the thinking themselves, so that only its end is seen; a second end without
    a beginning could be quoted, and nothing is believed then. `thought`: thinking was taken off the
    reply before.
    """
    start, thinks = 0, False
    for number, tag in enumerate(_THINKING.finditer(reply)):
        ends = any(tag.groupdict().values())
        if ends and not thinks and (number or thought):
            return len(reply)
        thinks, start = not ends, tag.end()
    return len(reply) if thinks else start


def plain(text: str) -> str:
    """`text` with full-width characters, the digits of all scripts, and odd spaces and dashes in
    plain ones, one for one.
    """
    return text if text.isascii() else "".join(map(_plain_character, text))


@cache
def _plain_character(character: str) -> str:
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    if 0xFF01 <= ord(character) <= 0xFF5E:
        return chr(ord(character) - 0xFEE0)
    if unicodedata.category(character) in ("Zs", "Cf", "Me"):
        return " "
    return _ALSO.get(character) or _QUOTES.get(character, character)
