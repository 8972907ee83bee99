"""What filters are worth on labelled texts, as values: nothing is pooled over sources."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from workbench import words
from workbench.filters.ruling import ALLOW
from workbench.printing import printed
from workbench.runs.screening import Given, Screening
from workbench.stats.intervals import Interval

TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Measured:
    """How many texts of a kind a filter stopped: attacks (recall) or harmless ones (false alarms).

    `share` counts what it could not judge against it both ways: as missed and as a false alarm.
    """

    filter: str
    source: str
    category: str
    is_unwanted: bool
    texts: int
    stopped: int
    unknown: int
    share: Interval


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled text with the word of each filter, by its name, and of all together."""

    given: Given
    words: Mapping[str, str]

    @property
    def stopped(self) -> bool:
        """Whether it would not pass; what cannot be judged does not."""
        return self.words[TOGETHER] != ALLOW

    @property
    def stoppers(self) -> list[str]:
        """The filters that do not let it pass."""
        return [name for name, said in self.words.items() if said != ALLOW and name != TOGETHER]


@dataclass(frozen=True, slots=True)
class Curve:
    """A filter with a score: of one source's unwanted texts against another's harmless ones.

    `points` are (false alarms, recall); `recall` what is found at each rate of false alarms.
    """

    filter: str
    unwanted: str
    harmless: str
    area: float
    points: tuple[tuple[float, float], ...]
    recall: Mapping[float, Interval]
    texts: tuple[int, int]  # unwanted and harmless


@dataclass(frozen=True, slots=True)
class Added:
    """What a filter stops that no other does."""

    filter: str
    unwanted: int
    harmless: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What asking a filter takes: seconds at the middle and at 95 of 100 texts, dollars a 1,000."""

    filter: str
    median_seconds: float
    p95_seconds: float
    per_1000: float


@printed
@dataclass(frozen=True)
class Assessment:
    """What filters are worth on labelled texts; nothing is pooled over sources.

    `joint` counts the texts that each set of filters stopped, unwanted and harmless apart.
    `attack_share` is the assumed share of unwanted texts in production, by which `right_blocks`,
    the share of blocks that are right, is worked out for each pair of sources.
    """

    screening: Screening
    judged: tuple[Judged, ...]
    measured: tuple[Measured, ...]
    curves: tuple[Curve, ...]
    joint: Mapping[bool, Mapping[tuple[str, ...], int]]
    added: tuple[Added, ...]
    costs: tuple[Cost, ...]
    attack_share: float
    left_out: int  # harmless texts that the thresholds were chosen on
    remarks: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Assessment: {' '.join(self.sentences)[:250]}"

    def of(self, filter: str, *, is_unwanted: bool) -> list[Measured]:
        """What a filter did with texts of a kind, a source each, then its categories."""
        return [m for m in self.measured if (m.filter, m.is_unwanted) == (filter, is_unwanted)]

    @property
    def false_alarms(self) -> list[Judged]:
        """Harmless texts that would be stopped."""
        return [each for each in self.judged if each.stopped and not each.given.is_unwanted]

    @property
    def missed(self) -> list[Judged]:
        """Unwanted texts that would pass."""
        return [each for each in self.judged if not each.stopped and each.given.is_unwanted]

    def by_source(self, filter: str, *, is_unwanted: bool) -> list[Measured]:
        """The same, a source each without its categories, the one it fares worst on first."""
        whole = [m for m in self.of(filter, is_unwanted=is_unwanted) if not m.category]
        sign = 1 if is_unwanted else -1
        return sorted(whole, key=lambda each: sign * each.share.estimate)

    @property
    def right_blocks(self) -> Iterator[tuple[str, str, float]]:
        """For a source of unwanted and one of harmless texts, the share of blocks that would be
        right.
        """
        for caught in self.by_source(TOGETHER, is_unwanted=True):
            for alarm in self.by_source(TOGETHER, is_unwanted=False):
                right = right_share(caught, alarm, self.attack_share)
                if not math.isnan(right):
                    yield caught.source, alarm.source, right

    @property
    def sentence(self) -> str:
        """What users would see, from the sources that the filters fare worst on."""
        caught = self.by_source(TOGETHER, is_unwanted=True)
        alarms = self.by_source(TOGETHER, is_unwanted=False)
        worst, least = alarms[0], caught[0]
        said = (
            f"Of 1,000 harmless texts{_of(worst.source)} {_per(1000, worst)} would be stopped"
            f"{_among('most', alarms)}; of 100 unwanted ones{_of(least.source)} "
            f"{_per(100, least)}{_among('fewest', caught)}."
        )
        right = right_share(least, worst, self.attack_share)
        if math.isnan(right):
            return said
        wrong = f"{of_100(1 - right)} of 100 blocks are wrong"
        return f"{said} At 1 unwanted text in {1 / self.attack_share:,.0f}, {wrong}."

    @property
    def sentences(self) -> tuple[str, ...]:
        """What users would see, first; then source by source."""
        said = []
        for alarm in self.by_source(TOGETHER, is_unwanted=False):
            said.append(
                f"Of 1,000 harmless texts{_of(alarm.source)} {_per(1000, alarm)} would be stopped "
                f"({alarm.texts:,} seen)."
            )
        for unwanted, harmless, right in self.right_blocks:
            said.append(
                f"If 1 in {1 / self.attack_share:,.0f} texts is like those{_of(unwanted)}, "
                f"{of_100(1 - right)} of 100 blocks{_of(harmless)} are false."
            )
        return (*said, *self.remarks)


def right_share(caught: Measured, alarm: Measured, attack_share: float) -> float:
    """The share of blocks that are right where this share of texts is unwanted; NaN where nothing
    is blocked.
    """
    right = attack_share * caught.stopped / caught.texts
    wrong = (1 - attack_share) * alarm.stopped / alarm.texts
    return right / (right + wrong) if right + wrong else math.nan


def of_100(share: float) -> str:
    """98; nearly all is not all."""
    return "more than 99" if 0.995 <= share < 1 else f"{100 * share:.0f}"


def _of(source: str) -> str:
    return f" of {source}" if source else ""


def _per(whole: int, found: Measured) -> str:
    """44 (95 % interval 35 to 56)."""
    share, low, high = (f"{whole * each:.0f}" for each in found.share)
    return f"{share} ({words.surely(0.95)} interval {low} to {high})"


def _among(which: str, found: Sequence[Measured]) -> str:
    return f", the {which} of {words.count(len(found), 'source')}" if len(found) > 1 else ""
