# pyright: strict
"""What groups a run's rows where nobody named a tag: copies of one text, and columns (a customer, a
document) by whose values rows go together. Rows of a group are fewer pieces of evidence than they
are rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.comparison.scores import Groups, Scores, tag_values
from workbench.datasets import Example
from workbench.datasets.duplicates import nearly_same, same
from workbench.runs import Run
from workbench.stats.design_effect import design_effect
from workbench.stats.intervals import Floats
from workbench.store.ledger import row_content

MATERIAL = 1.1  # design effect, from which intervals without it would mislead
FEWEST, LEAST_SIZE = 10, 1.25  # groups, and rows of one on average; fewer groups are kinds of rows
SCREENED = 0.05  # p of the screening, shared by the columns
PERHAPS = 0.5  # p up to which a column that is not shown to group rows may do so
MOST_READ = 3_000  # rows whose texts are compared with one another
LONGEST = 100  # characters of a value that may name a group


@dataclass(frozen=True)
class Grouping:
    """What groups rows, in words, and the group of each example; or what may group them, as the
    rows hint and do not show.
    """

    name: str
    of: Mapping[str, str]
    shown: bool = True

    @classmethod
    def by_tag(cls, tag: str, given: Sequence[Example]) -> "Grouping":
        return cls(tag, {each.id: str(each.tags.get(tag, "")) for each in given})

    def groups(self, examples: Sequence[str]) -> Groups:
        """Of these examples; one of no group is its own."""
        return _groups_of([self.of.get(each, "") for each in examples], examples)


def named_groups(run: Run, scores: Scores, tag: str) -> Groups:
    """The groups of the examples by a tag of the run that was named."""
    return _groups_of(tag_values(run, scores, tag), scores.examples)


def _groups_of(values: Iterable[str], examples: Sequence[str]) -> Groups:
    """The group of each example by its value of a tag. One without a value is its own: taken as one
    group such rows would be told to fare alike, and hardly any word be left to say.
    """
    return np.array([v or f"\0{each}" for v, each in zip(values, examples, strict=True)])


def grouped_by(
    run: Run, examples: Sequence[str], rows: Floats, kinds: Sequence[str] = ()
) -> Grouping | None:
    """The column by which rows `(examples,)` most go together, where the rows themselves show it by
    a design effect of 1.1 or more; else the one by which they may, though that can be chance; None
    where none does. `kinds` are tags that part rows into kinds (languages), which group nothing.
    """
    return _strongest(_groupings(run.examples, kinds), examples, rows)


def tag_by_which(
    given: Sequence[Example], examples: Sequence[str], rows: Floats
) -> Grouping | None:
    """The tag by which rows `(examples,)` are shown to go together; None where none is."""
    found = _strongest(_tags(given), examples, rows)
    return found if found and found.shown else None


def _strongest(
    groupings: Iterable[Grouping], examples: Sequence[str], rows: Floats
) -> Grouping | None:
    candidates = [each for each in groupings if _groups(each, examples)]
    found: list[tuple[bool, float, Grouping]] = []
    for each in candidates:
        effect = design_effect(rows, each.groups(examples))
        shown = effect.p < SCREENED / len(candidates)
        if effect.p < PERHAPS / len(candidates) and effect.factor >= MATERIAL:
            found.append((shown, effect.factor, replace(each, shown=shown)))
    return max(found, key=lambda each: each[:2])[2] if found else None


def _groups(grouping: Grouping, examples: Sequence[str]) -> bool:
    count = len(np.unique(grouping.groups(examples)))
    return count >= FEWEST and len(examples) >= LEAST_SIZE * count


def _groupings(examples: Sequence[Example], kinds: Sequence[str]) -> Iterator[Grouping]:
    """Tags, short inputs, and texts that are nearly the same."""
    yield from (each for each in _tags(examples) if each.name not in kinds)
    for field in dict.fromkeys(name for each in examples for name in each.inputs):
        values = {each.id: each.inputs.get(field) for each in examples}
        if all(isinstance(value, str | int) and len(str(value)) <= LONGEST
               for value in values.values() if value is not None):  # fmt: skip
            yield Grouping(field, {id: str(value or "") for id, value in values.items()})
    if len(examples) <= MOST_READ:
        yield Grouping("nearly the same text", _alike(examples))


def _tags(examples: Sequence[Example]) -> Iterator[Grouping]:
    for tag in dict.fromkeys(name for each in examples for name in each.tags):
        yield Grouping.by_tag(tag, examples)


def _alike(examples: Sequence[Example]) -> dict[str, str]:
    """The first of the examples that each says nearly the same as, through others too."""
    texts = [" ".join(map(str, each.inputs.values())) for each in examples]
    first = list(range(len(texts)))

    def leader(at: int) -> int:
        while first[at] != at:
            at = first[at]
        return at

    pairs = [(group[0], other) for group in same(texts) for other in group[1:]]
    for one, other in (*pairs, *nearly_same(texts)):
        low, high = sorted((leader(one), leader(other)))
        first[high] = low
    return {each.id: examples[leader(at)].id for at, each in enumerate(examples)}


def copied(run: Run, scores: Scores) -> Groups | None:
    """What each example asks, where many ask the same as another: as groups, copies widen
    intervals by what they repeat. None where few do: the design effect sum size^2 / n of groups
    whose differences are all the same (Kish 1965) lies below 1.1.
    """
    asked = {each.id: row_content(each.id, each.inputs) for each in run.examples}
    first: dict[bytes | str, str] = {}  # who asks it first stands for all who do
    names = [first.setdefault(asked.get(name, name), name) for name in scores.examples]
    if len(first) == len(names):
        return None
    groups = np.array(names)
    sizes = np.unique(groups, return_counts=True)[1]
    return groups if (sizes**2).sum() >= MATERIAL * len(groups) else None


def repeats(groups: Groups) -> int:
    """How many examples ask what another did before."""
    return len(groups) - len(np.unique(groups))
