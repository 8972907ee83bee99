"""What of a reply are the critic's own words: all of it as long as before, so that places stay."""

import re

from workbench.critics.objects import Found

LONGEST = 10_000  # characters read at either end of a text: a critic says its rating first or last

_QUOTED = re.compile(
    r"\"[^\"\n]*\"|“[^“”\n]*”|`[^`\n]*`|(?m:^ *>.*$)"
    r"|(?<!\w)'(?:[^'\n]|'(?=\w)){0,1000}'(?!\w)"
)
_STRUCK = re.compile(r"~~[^~\n]{1,200}~~|<(s|del|strike)>[^<\n]{1,200}</\1>", re.I)
_KEPT = re.compile(r"[^\s\d]*|\W*[\d.]+\s*(?:(?:/|out of)\s*[\d.]+)?(?:\s*stars?)?\W*", re.I)
# a Markdown table of one cell under its heading
_CELL = re.compile(
    r"(?m)^[ \t]*\|([^|\n]{1,60})\|[ \t]*\n([ \t]*\|[ \t:]*-+[ \t:]*\|[ \t]*\n[ \t]*\|)"
    r"([^|\n]{1,200})\|[ \t]*$(?!\n[ \t]*\|)"
)


def as_lines(text: str) -> str:
    """`text` with every table of one cell as a line with a label."""
    return _CELL.sub(_cell_named, text)


def _cell_named(table: re.Match[str]) -> str:
    """A table of one cell as a line with a label, as long as before."""
    gap = table.start(3) - table.end(1)
    named = f" {table[1]}:{' ' * (gap - 1)}{table[3]}"
    lead = table.start(1) - table.start() - 1
    return " " * lead + named + " " * (table.end() - table.end(3))


def shortened(text: str) -> str:
    return text if len(text) <= 2 * LONGEST else f"{text[:LONGEST]}…\n…{text[-LONGEST:]}"


def blanks(found: re.Match[str]) -> str:
    return "…" * len(found[0])


def unquoted(text: str) -> str:
    """`text` without what it quotes of others or strikes out, as long as before; a quoted word or
    number is its own.
    """
    text = _STRUCK.sub(lambda struck: " " * len(struck[0]), text)
    whole = re.fullmatch(r"(\s*[\"'`])([^\"'`]*)([\"'`]\s*)", text)
    if whole:
        text = " " * len(whole[1]) + whole[2] + " " * len(whole[3])
    return _QUOTED.sub(lambda quote: quote[0] if _KEPT.fullmatch(quote[0]) else blanks(quote), text)


def span_in(text: str, found: Found, written: str) -> tuple[int, int]:
    """Where a value is written in a JSON object, if it is there once."""
    pattern = rf"(?<![\w.-]){re.escape(written)}(?![\w.])"
    spans = [each.span() for each in re.finditer(pattern, text[found.start : found.end])]
    if len(spans) != 1:
        return -1, -1
    return found.start + spans[0][0], found.start + spans[0][1]
