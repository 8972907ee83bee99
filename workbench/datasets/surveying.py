"""What examples can be used for, seen before anything is asked: languages, lengths, thin slices,
copies, and answers that stand in their own inputs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from workbench import words
from workbench.datasets.dataset import Dataset, Example
from workbench.datasets.duplicates import nearly_same, same
from workbench.datasets.languages import UNKNOWN, language_of
from workbench.datasets.leaking import answer_of, leaks, text_of
from workbench.printing import printed

THIN = 10  # examples of a slice: below, an interval says nothing
MOST_READ = 20_000  # examples that are looked at
MOST_NAMED = 3  # ids in a sentence
LANGUAGE = "language"  # the tag that says it


@dataclass(frozen=True)
class Finding:
    """Something about the examples to look at before they are used: of one kind, about a name, and
    the ids of the first of the examples.

    Kinds: `thin`, `same`, `contradiction`, `nearly same`, `leak`, `language`, `blank`.
    """

    kind: str
    about: str = ""
    count: int = 0
    ids: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()  # the earlier examples that those are like

    @property
    def sentence(self) -> str:
        ids = [words.brief(id, 40) for id in self.ids]
        like = [f" as {words.brief(id, 40)}" for id in self.twins] or [""] * len(ids)
        named = words.listed([id + other for id, other in zip(ids, like, strict=True)])
        more = ", ..." if self.count > len(self.ids) else ""
        where = f" ({named}{more})" if self.ids else ""
        examples = words.count(self.count, "example")
        has = "has" if self.count == 1 else "have"
        said = _SENTENCES[self.kind]
        return said.format(about=self.about, examples=examples, has=has, where=where)


_SENTENCES = {
    "thin": "{about}: {examples}, fewer than 10, of which no interval says anything{where}",
    "same": "{examples} {has} the words of an earlier one: together they count once{where}",
    "contradiction": "{examples} {has} the words of another and a different right answer{where}",
    "nearly same": "{examples} {has} most words of an earlier one{where}",
    "leak": "{about} in {examples}: whoever reads them need not work it out{where}",
    "language": "{examples} {has} a text in another language than the tag says, it seems{where}",
    "blank": "{examples} {has} no text at all{where}",
}


@printed
@dataclass(frozen=True)
class Survey:
    """Examples seen as a whole; of the first 20,000 where there are more."""

    name: str
    texts: tuple[str, ...]  # what the inputs of each example say
    examples: Sequence[Example]
    of: int  # all examples

    def __repr__(self) -> str:
        found = words.count(len(self.findings), "finding")
        return f"Survey of {self.name}: {words.count(self.of, 'example')}, {found}"

    @cached_property
    def lengths(self) -> list[int]:
        """Characters that the inputs of an example hold, from short to long."""
        return sorted(map(len, self.texts))

    def length(self, share: float) -> int:
        """The length that so many of the examples keep to."""
        return self.lengths[min(len(self.lengths) - 1, int(share * len(self.lengths)))]

    @cached_property
    def _read(self) -> list[str]:
        return [language_of(text) for text in self.texts]

    @property
    def languages(self) -> Mapping[str, int]:
        """How many examples are in each language, by their scripts and smallest words; "" where
        these are not sure.
        """
        return dict(Counter(self._read).most_common())

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What to look at, worst first."""
        found = (self._leaks, self._copies, self._near, self._languages, self._thin, self._blank)
        return tuple(each for look in found for each in look())

    def _finding(self, kind: str, places: Sequence[int], about: str = "") -> Iterator[Finding]:
        if places:
            yield Finding(kind, about, len(places), self._ids(places))

    def _ids(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.examples[at].id for at in islice(places, MOST_NAMED))

    def _like(self, kind: str, pairs: Sequence[tuple[int, int]]) -> Iterator[Finding]:
        """Examples, each with an earlier one that it is like."""
        if pairs:
            later, earlier = zip(*pairs, strict=True)
            yield Finding(kind, "", len(pairs), self._ids(later), self._ids(earlier))

    def _copies(self) -> Iterator[Finding]:
        groups = same(self.texts)
        answers = [answer_of(each) for each in self.examples]
        unlike = [g for g in groups if len({answers[at] for at in g}) > 1]
        yield from self._like("contradiction", _twins(unlike))
        yield from self._like("same", _twins(groups))

    def _near(self) -> Iterator[Finding]:
        pairs = nearly_same(self.texts)
        yield from self._like("nearly same", [(at, other) for at, other in pairs if other < at])

    def _languages(self) -> Iterator[Finding]:
        tags = [each.tags.get(LANGUAGE, "").casefold() for each in self.examples]
        known = set(self._read) - {UNKNOWN}
        pairs = enumerate(zip(tags, self._read, strict=True))
        other = [at for at, (tag, read) in pairs if tag[:2] in known and read and tag[:2] != read]
        yield from self._finding("language", other)

    def _thin(self) -> Iterator[Finding]:
        for tag, count, value in sorted(self._slices()):
            if count < THIN:
                yield Finding("thin", f"{tag} {value}", count)

    def _slices(self) -> Iterator[tuple[str, int, str]]:
        counts = Counter((tag, value) for each in self.examples for tag, value in each.tags.items())
        for (tag, value), count in counts.items():
            yield tag, count, value

    def _blank(self) -> Iterator[Finding]:
        yield from self._finding("blank", [at for at, text in enumerate(self.texts) if not text])

    def _leaks(self) -> Iterator[Finding]:
        for about, places in leaks(self.examples, self.texts):
            yield from self._finding("leak", places, about)


def _twins(groups: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    """Each later one of a group, with the first."""
    return [(at, first) for first, *later in groups for at in later]


def survey(examples: Dataset) -> Survey:
    """What is to be known of examples before they are used."""
    read = examples[:MOST_READ]
    texts = tuple(" ".join(filter(None, map(text_of, each.inputs.values()))) for each in read)
    return Survey(examples.name, texts, read, len(examples))
