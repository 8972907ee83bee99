"""What goes when runs are deleted, and what stays, as lines of plain text."""

from collections.abc import Iterator, Sequence

from workbench import words
from workbench.exchange.listed import INDENT, brief
from workbench.runs.listing import PastRun
from workbench.store.discarding import Discard

KEPT = (
    "Stays: labels, the ledger of looks, what was said and what was spent. Answers that are "
    "deleted and asked for anew are no first look: the last word on their rows stands."
)


def going_in_lines(runs: Sequence[PastRun], found: Discard, size: int) -> Iterator[str]:
    """The runs, and what deleting them takes of a store of so many bytes."""
    for run in runs:
        yield from brief(run)
    parts = len(found.runs) - len(runs)
    of_races = f" and {words.count(parts, 'part')} of races" if parts else ""
    yield (
        f"Goes: {words.count(len(runs), 'run')}{of_races}, {words.count(found.rows, 'row')}, "
        f"{words.count(found.calls, 'call')} ({in_bytes(found.size)} of the store's "
        f"{in_bytes(size)})."
    )
    if found.shared:
        yield f"{INDENT}{words.count(found.shared, 'call')} stay: other runs stand on them."
    yield KEPT


def gone(found: Discard, before: int, after: int) -> str:
    """That it was done, and what room the store takes now."""
    return (
        f"Deleted: {words.count(len(found.runs), 'run')}, {words.count(found.calls, 'call')}. "
        f"The store takes {in_bytes(after)}; before: {in_bytes(before)}."
    )


def in_bytes(count: int) -> str:
    """840 B, 12 kB, 3.4 MB"""
    size, units = float(count), ["B", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.2g} {units[0]}" if units[0] != "B" and size < 10 else f"{size:,.0f} {units[0]}"
