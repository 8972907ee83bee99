"""Long texts cut in their middle; nothing of ours is imported, exported prompts hold this text."""

import unicodedata

LEFT_OUT = "\n[… {:,} character{} left out …]\n"
JOINERS = "\u200d\ufe0e\ufe0f"


def cut(text: str, head: int, tail: int) -> str:
    """The beginning and the end of a longer text, with a line that says how much is left out
    between them; no character is parted from its accents or joiners.
    """
    if len(text) <= head + tail:
        return text
    first, last = _between(text, head), _between(text, len(text) - tail)
    left_out = LEFT_OUT.format(last - first, "" if last - first == 1 else "s")
    return text[:first] + left_out + text[last:]


def _between(text: str, at: int) -> int:
    """The place, or the nearest one before it that lies between two whole characters."""
    while 0 < at < len(text) and (_hangs(text[at]) or text[at - 1] == JOINERS[0]):
        at -= 1
    return at


def _hangs(character: str) -> bool:
    """Whether it belongs to the character before it."""
    return character in JOINERS or unicodedata.category(character) in ("Mn", "Me", "Mc")
