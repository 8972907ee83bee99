"""Labels in several spellings: what differs in case and blanks alone is one label; what may be a
slip of the pen is asked about.
"""

import shlex
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from workbench import words
from workbench.datasets.noticed import Remark
from workbench.errors import DatasetError
from workbench.meant import instead

RARE = 4  # times as many rows have the label that is meant
SHORTEST = 5  # letters; among shorter words one letter makes another word


def meant_labels(labels: Sequence[str], given: Mapping[str, str], where: str) -> dict[str, str]:
    """The label that each of those in use stands for: as `given` says, else in its usual spelling;
    DatasetError where one seems a slip of the pen and nobody says.
    """
    labels = [label for label in labels if label]
    if unknown := [label for label in given if label not in labels]:
        raise DatasetError(f"{where} holds no {unknown[0]!r}: {instead(unknown[0], set(labels))}")
    spelling = usual([given.get(label, label) for label in labels])
    meant = {label: spelling[given.get(label, label)] for label in set(labels)}
    slips = misspelt(meant[label] for label in labels)
    if slips := {label: other for label, other in slips.items() if label not in given}:
        raise DatasetError(f"{where}: {_asked(slips)}")
    return meant


def _asked(slips: Mapping[str, str]) -> str:
    """What is asked of the author, and how it is answered on the command line."""
    asked = [f"is {other!r} meant by {label!r}" for label, other in sorted(slips.items())]
    say = [shlex.join(["--label", f"{label}={other}"]) for label, other in sorted(slips.items())]
    kept = min(slips)
    keep = shlex.quote(f"{kept}={kept}")
    return (
        f"{words.listed(asked)}? If so, mend the cells, or say {' '.join(say)}; {keep} keeps "
        f"{kept!r} as it is"
    )


def respelt(labels: Sequence[str], meant: Mapping[str, str]) -> Iterator[Remark]:
    """What is said of rows whose label was written in another way."""
    other = Counter(label for label in labels if meant.get(label, label) != label)
    ways = {to: [label for label in other if meant[label] == to] for to in map(meant.get, other)}
    said = [f"{words.listed([repr(way) for way in found])} as {to!r}" for to, found in ways.items()]
    if other:
        yield Remark("spelling", "; ".join(said), other.total())


def plainly(text: str) -> str:
    """A label without what people write one way or the other: case, blanks, forms of letters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def usual(labels: Iterable[str]) -> dict[str, str]:
    """Every label with the spelling of it that most rows have; the first of several as frequent."""
    counts = Counter(labels)
    most: dict[str, str] = {}
    for label, count in counts.items():
        if count > counts.get(most.get(plainly(label), ""), 0):
            most[plainly(label)] = label
    return {label: most[plainly(label)] for label in counts}


def misspelt(labels: Iterable[str]) -> dict[str, str]:
    """Rare labels, each with the frequent one that is a slip of the pen away."""
    counts = Counter(labels)
    return {
        label: other
        for label, few in counts.items()
        for other, many in counts.items()
        if many >= RARE * few and _is_slip(plainly(label), plainly(other))
    }


def _is_slip(label: str, other: str) -> bool:
    """Whether one letter is other, missing or too many, or two are exchanged, inside a word; words
    that hold one another, as paid and unpaid do, are two words, and so are numbers.
    """
    if min(len(label), len(other)) < SHORTEST or label in other or other in label:
        return False
    start = _shared(label, other)
    label, other = label[start:][::-1], other[start:][::-1]
    end = _shared(label, other)
    label, other = label[end:], other[end:]
    if any(letter.isdigit() for letter in label + other):
        return False
    return max(len(label), len(other)) < 2 or (len(label) == 2 and label == other[::-1])


def _shared(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
