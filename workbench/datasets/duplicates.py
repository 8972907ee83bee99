"""Texts that say the same: word for word, or nearly."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

GRAM = 12  # words in a row; a shorter text is one gram
ALIKE = 0.6  # share of a text's grams that another has
MOST_SHARING = 200  # texts: a gram in more of them is a phrase of the trade, not a copy
_WORD = re.compile(r"\w+")


def plain(text: str) -> str:
    """A text without case, punctuation and white space of its own: what two copies share."""
    return " ".join(_WORD.findall(text.casefold()))


def same(texts: Sequence[str]) -> list[list[int]]:
    """Groups of two or more texts that are the same word for word, by their positions."""
    groups: dict[str, list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        groups[plain(text)].append(at)
    return [group for words, group in groups.items() if words and len(group) > 1]


def nearly_same(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of different texts of which one has most of its grams of 12 words in the other; for
    each the first text that it is like.
    """
    words = [plain(text) for text in texts]
    own = [grams(text) for text in words]
    holders = holders_of(own)
    return [pair for at in range(len(texts)) for pair in _like(at, words, own, holders)]


def grams(text: str) -> set[int]:
    """Hashes of all runs of twelve words of a plain text, or of the whole where there are fewer."""
    words = text.split()
    count = max(1, len(words) - GRAM + 1)
    return {hash(tuple(words[at : at + GRAM])) for at in range(count)} if words else set()


def holders_of(texts: Sequence[set[int]]) -> dict[int, list[int]]:
    """The texts that have each gram, by their positions."""
    holders: dict[int, list[int]] = defaultdict(list)
    for at, own in enumerate(texts):
        for gram in own:
            holders[gram].append(at)
    return holders


def _like(
    at: int, words: Sequence[str], own: Sequence[set[int]], holders: dict[int, list[int]]
) -> Iterator[tuple[int, int]]:
    """The first text before, or after, that has most of the grams of one."""
    shared: dict[int, int] = defaultdict(int)
    for gram in own[at]:
        holding = holders[gram]
        for other in holding if len(holding) <= MOST_SHARING else ():
            shared[other] += 1
    near = (
        other
        for other, number in sorted(shared.items())
        if words[other] != words[at] and number >= ALIKE * len(own[at])
    )
    yield from ((at, other) for other in list(near)[:1])
