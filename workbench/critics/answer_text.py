"""The part of a reply that answers: behind the thinking, in characters that rules can read.

Nothing moves: character n of the answer is character `start + n` of the reply, so that the tokens
that spell a verdict can be found.
"""

import re
import unicodedata
from functools import cache

from workbench.models.thinking import may_hold_marks
from workbench.prompts.invisible import as_ascii

_THINKING = re.compile(
    r"<(?P<a>/?)(?:\w{1,20}:)?(?:think(?:ing)?|thought|reason(?:ing)?|analysis|reflection|scratchpad)>"
    r"|\[(?P<b>/?)think\]|◁(?P<c>/?)think▷"
    r"|<\|(?:start_thinking|(?P<e>end_thinking)|begin_of_thought|(?P<f>end_of_thought))\|>"
    r"|<\|channel\|>(?:analysis|commentary)|(?P<d><\|channel\|>final)<\|message\|>"
    r"|<\|channel>thought\b|(?P<g><channel\|>)",
    re.I,
)
_ALSO = {"−": "-", "‐": "-", "‑": "-", "。": ".", "、": ",", "【": "[", "】": "]",
         "∕": "/", "⁄": "/", "٫": ".", "٬": ","}  # fmt: skip
_QUOTES = {"「": '"', "」": '"', "『": '"', "』": '"', "„": "“", "‟": "“", "″": '"',
           "«": "“", "»": "”", "‹": "“", "›": "”"}  # fmt: skip
# marks of a template, which a server let through: of a turn's end, or of who speaks
_MARKS = re.compile(
    r"(?P<struck><s>[^<\n]{1,200}</s>)"
    r"|<\|[a-z_]{1,30}\|>|</?s>|<(?:start|end)_of_turn>|<(?:eos|bos)>",
    re.I,
)
_SAYS = re.compile(r"(?:\s|<[^<>]*>)*+\S")


def answer_start(reply: str, *, thought: bool = False) -> int:
    """Where the answer begins: behind the thinking, or at the reply's end where that never ends.

    Templates may open the thinking themselves, so that only its end is seen; a second end without
    a beginning could be quoted, and nothing is believed then. `thought`: thinking was taken off the
    reply before.
    """
    if not may_hold_marks(reply):
        return 0
    start, thinks, told = 0, False, 0
    for number, tag in enumerate(_THINKING.finditer(reply)):
        ends = any(tag.groupdict().values())
        if not thinks and _is_told(reply[start : tag.start()], tag, told, ends=ends):
            told += -1 if ends else 1
            continue
        if ends and not thinks and (number or thought):
            return len(reply)
        thinks, start = not ends, tag.end()
    return len(reply) if thinks else start


def _is_told(before: str, tag: re.Match[str], told: int, *, ends: bool) -> bool:
    """Whether a tag is part of the answer: a reason that is given behind a verdict, and its end."""
    if ends:
        return told > 0
    return "reason>" in tag[0].lower() and bool(_SAYS.match(before))


def plain(text: str) -> str:
    """`text` with full-width characters, the digits of all scripts, and odd spaces and dashes in
    plain ones, and blanks for a template's marks, one for one.
    """
    if "<" in text:
        text = _MARKS.sub(_blank, text)
    return text if text.isascii() else "".join(map(_plain_character, text))


def _blank(mark: re.Match[str]) -> str:
    """Blanks for a mark; what is struck out in the midst of a line is no mark."""
    before = mark.string[max(0, mark.start() - 200) : mark.start()]
    if not mark["struck"]:
        return " " * len(mark[0])
    if before.rpartition("\n")[2].strip():
        return mark[0]
    return re.sub("</?s>", lambda tag: " " * len(tag[0]), mark[0])


@cache
def _plain_character(character: str) -> str:
    if plain := as_ascii(character):
        return plain
    if unicodedata.category(character) in ("Zs", "Cf", "Me"):
        return " "
    return _ALSO.get(character) or _QUOTES.get(character, character)
