"""The difference between two texts, line by line."""

from difflib import SequenceMatcher

from workbench.page.markup import Html, html, joined

CONTEXT = 2  # lines shown round a changed one


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
