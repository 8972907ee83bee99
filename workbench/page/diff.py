"""Differences between two texts: by word for answers, by line for prompts."""

import re
from difflib import SequenceMatcher

from workbench.page.markup import Html, html, joined

MOST_WORDS = 600  # beyond, a comparison word by word is slow and says little
LEAST_COMMON = 0.3  # share of common words below which a comparison is noise
CONTEXT = 2  # lines shown round a changed one


def by_word(old: str, new: str) -> Html | None:
    """`new` with what is not in `old` underlined and what is only in `old` struck; None where that
    would be noise.
    """
    a, b = re.findall(r"\S+\s*", old), re.findall(r"\S+\s*", new)
    if not a or not b or max(len(a), len(b)) > MOST_WORDS:
        return None
    plain_a, plain_b = ([word.rstrip().casefold() for word in side] for side in (a, b))
    found = SequenceMatcher(None, plain_a, plain_b, autojunk=False)
    if found.ratio() < LEAST_COMMON:
        return None
    parts = []
    for kind, from_a, to_a, from_b, to_b in found.get_opcodes():
        if kind in ("delete", "replace"):
            parts.append(html("<del>{}</del> ", "".join(a[from_a:to_a]).rstrip()))
        if kind in ("insert", "replace"):
            parts.append(html("<ins>{}</ins> ", "".join(b[from_b:to_b]).rstrip()))
        if kind == "equal":
            parts.append(html("{}", "".join(b[from_b:to_b])))
    return joined(parts)


def by_line(old: str, new: str) -> tuple[int, int, Html]:
    """Lines added, lines removed, and the changed lines with their surroundings."""
    a, b = old.splitlines(), new.splitlines()
    added = removed = 0
    shown: list[Html] = []
    for group in SequenceMatcher(None, a, b, autojunk=False).get_grouped_opcodes(CONTEXT):
        if shown:
            shown.append(html('<span class="line q">…</span>'))
        for kind, from_a, to_a, from_b, to_b in group:
            if kind == "equal":
                shown += [html('<span class="line">{}</span>', line) for line in b[from_b:to_b]]
                continue
            removed, added = removed + to_a - from_a, added + to_b - from_b
            shown += [html('<span class="line d">{}</span>', line) for line in a[from_a:to_a]]
            shown += [html('<span class="line a">{}</span>', line) for line in b[from_b:to_b]]
    return added, removed, joined(shown)
