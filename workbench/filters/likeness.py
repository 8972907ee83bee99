"""Texts that repeat each other: by runs of twelve words, of which six in ten are shared."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from workbench.datasets.duplicates import ALIKE, grams, holders_of, plain


def near(texts: Sequence[str], others: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of a text and another, by number, where most runs of one are in the other."""
    own, theirs = ([grams(plain(text)) for text in each] for each in (texts, others))
    holders = holders_of(theirs)
    for number, runs in enumerate(own):
        shared: dict[int, int] = defaultdict(int)
        for run in runs:
            for other in holders.get(run, ()):
                shared[other] += 1
        for other, count in shared.items():
            if count >= ALIKE * min(len(runs), len(theirs[other])):
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
