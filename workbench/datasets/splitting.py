"""Which rows prompts may be written on, and which are held back to settle a claim."""

import hashlib
from collections.abc import Mapping
from typing import Any

from workbench.errors import DatasetError
from workbench.files import as_read, canonical

SEARCH, HELD = "-search", "-held"  # what the names of the two sides end in
SIDES = {SEARCH: "without the rows held back", HELD: "the rows held back"}
HALF_FROM, TWO_THIRDS_FROM = 40, 90  # rows from which a half, and two thirds, are held back
FEWEST_HELD = HALF_FROM // 2  # rows: on fewer nothing can be claimed


def check_share(search: Any) -> float:
    """`search` as a share of the rows; a DatasetError unless it lies between 0 and 1."""
    if not isinstance(search, int | float) or not 0 < search < 1:
        raise DatasetError(f"search is {search!r}: give a share of the rows above 0 and below 1")
    return float(search)


def position(seed: int, content: Mapping[str, Any] | str) -> float:
    """Where content lies between 0 and 1: the same whatever stands around it."""
    digest = hashlib.blake2b(canonical([seed, as_read(content)]), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def held_share(count: int) -> float:
    """The share of `count` rows to hold back; 0 where they are too few."""
    if count >= TWO_THIRDS_FROM:
        return 2 / 3
    return 1 / 2 if count >= HALF_FROM else 0.0


def whole_name(name: str) -> str:
    """The name of the dataset that a side was split from; any other name as it is."""
    return name.removesuffix(SEARCH).removesuffix(HELD) or name


def side_in_words(name: str) -> str:
    """A dataset as its readers call it: triage, without the rows held back."""
    sides = (side for ending, side in SIDES.items() if name.endswith(ending))
    return ", ".join([whole_name(name), *sides])
