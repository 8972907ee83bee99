# pyright: strict
"""What a branch did to a dataset that decides about its prompts: right answers, and copies."""

import json
from collections.abc import Iterator
from typing import Any

from workbench import words
from workbench.files import canonical


def changes_of_rows(old: bytes, new: bytes) -> str:
    """How many right answers of a dataset in JSON Lines are others, and how many rows copy the
    inputs of another, in words; empty where neither is so.
    """
    before, rows = dict(_rows(old)), list(_rows(new))
    now = dict(rows)
    others = sum(before[inputs] != now[inputs] for inputs in before.keys() & now.keys())
    copies = len(rows) - len(now)
    said = {
        f"{words.count(others, 'right answer')} changed": others,
        f"{copies:,} of {words.count(len(rows), 'row')} copy the inputs of another": copies,
    }
    return "; ".join(sentence for sentence, number in said.items() if number)


def _rows(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Inputs and right answer of each line that is an example, as canonical JSON."""
    for line in content.splitlines():
        try:
            row: Any = json.loads(line)
            yield canonical(row["inputs"]), canonical(row.get("expected"))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            continue  # loading it says what is wrong
