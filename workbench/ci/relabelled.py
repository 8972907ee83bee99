# pyright: strict
"""What a branch did to a dataset that decides about its prompts."""

import json
from collections.abc import Iterator
from typing import Any

from workbench import words
from workbench.files import canonical


def changes_of_rows(old: bytes, new: bytes) -> str:
    """What became of a dataset in JSON Lines, in words: how many rows went, came or have another
    right answer, and how many copy the inputs of another. Empty where it is none of these.
    """
    before, rows = dict(_rows(old)), list(_rows(new))
    now = dict(rows)
    others = sum(before[inputs] != now[inputs] for inputs in before.keys() & now.keys())
    gone, came = len(before.keys() - now.keys()), len(now.keys() - before.keys())
    said = (
        (others, f"{words.count(others, 'right answer')} changed"),
        (gone, f"{_of(gone, len(before))} gone"),
        (came, f"{words.count(came, 'row')} new"),
        (
            len(rows) - len(now),
            f"{_of(len(rows) - len(now), len(rows))} copy the inputs of another",
        ),
    )
    return "; ".join(sentence for number, sentence in said if number)


def _of(some: int, rows: int) -> str:
    return f"{some:,} of {words.count(rows, 'row')}"


def _rows(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Inputs and right answer of each line that is an example, as canonical JSON."""
    for line in content.splitlines():
        try:
            row: Any = json.loads(line)
            yield canonical(row["inputs"]), canonical(row.get("expected"))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            continue  # loading it says what is wrong
