"""Texts that repeat each other: by runs of twelve words, of which six in ten are shared."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

WORDS, SHARE = 12, 0.6
_WORD = re.compile(r"\w+")


def grams(text: str) -> frozenset[int]:
    """The runs of twelve words; a shorter text is one run."""
    words = _WORD.findall(text.lower())
    runs = range(max(len(words) - WORDS + 1, 1))
    return frozenset(hash(tuple(words[at : at + WORDS])) for at in runs)


def near(texts: Sequence[str], others: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of a text and another, by number, where most runs of one are in the other."""
    own, theirs = [grams(text) for text in texts], [grams(text) for text in others]
    holders: dict[int, list[int]] = defaultdict(list)
    for number, runs in enumerate(theirs):
        for run in runs:
            holders[run].append(number)
    for number, runs in enumerate(own):
        shared: dict[int, int] = defaultdict(int)
        for run in runs:
            for other in holders.get(run, ()):
                shared[other] += 1
        for other, count in shared.items():
            if count >= SHARE * min(len(runs), len(theirs[other])):
                yield number, other


def clusters(texts: Sequence[str], groups: Sequence[object]) -> list[int]:
    """A number for each text, the same for those of one group and those that repeat each other."""
    parents = list(range(len(texts)))

    def top(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    first: dict[object, int] = {}
    for number, group in enumerate(groups):
        parents[top(number)] = top(first.setdefault(group, number))
    for number, other in near(texts, texts):
        parents[top(number)] = top(other)
    return [top(number) for number in range(len(texts))]
