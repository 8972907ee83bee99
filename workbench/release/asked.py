"""What a project's requirements ask of a release: how much worse it may be than what is in use, and
what its users must get.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from workbench import words

WATCHED: Mapping[str, str] = {  # a requirement's measure -> the measure of a release
    "satisfaction": "satisfaction", "latency": "latency", "cost": "cost", "errors": "errors",
    "unsafe_output": "flags", "malformed": "malformed",
}  # fmt: skip
RUNS_MEASURE = ("latency", "cost", "malformed")  # too: a line may be meant for them alone


class Line(Protocol):
    """A requirement, as a file of them holds it."""

    @property
    def measure(self) -> str: ...
    @property
    def at_least(self) -> float | None: ...
    @property
    def at_most(self) -> float | None: ...
    @property
    def quantile(self) -> float | None: ...
    @property
    def per(self) -> int | None: ...
    @property
    def on_unknown(self) -> str: ...
    @property
    def worse_by(self) -> float | None: ...
    @property
    def text(self) -> str: ...


class Lines(Protocol):
    """Requirements, as they are read from a file."""

    @property
    def lines(self) -> Sequence[Line]: ...


@dataclass(frozen=True)
class Limit:
    """What the challenger's users must get, whatever the baseline's do.

    `bound` is the greatest value of the measure, of satisfaction the least; `times` makes it what
    the requirement speaks of (dollars of 1,000 requests). It `blocks` a release where it is not
    shown; where it is shown to be missed, every limit does. Where the logs do not tell, it blocks
    what is `of_release`: a line with a margin, or that blocks on what only users can show.
    """

    measure: str
    text: str  # the requirement in words
    bound: float
    quantile: float = 0.0
    times: int = 1
    blocks: bool = True
    of_release: bool = True

    def said(self, value: float) -> str:
        """A value of the measure in the requirement's unit."""
        if self.measure == "cost":
            return words.money(value * self.times)
        return words.seconds(value) if self.measure == "latency" else words.hundredths(value)


@dataclass(frozen=True)
class Asked:
    """What requirements state, by the measure of a release: margins, the least where two lines name
    one, and limits.
    """

    margins: Mapping[str, float] = field(default_factory=dict[str, float])
    limits: tuple[Limit, ...] = ()

    @classmethod
    def of(cls, requirements: Lines) -> "Asked":
        lines = [line for line in requirements.lines if line.measure in WATCHED]
        stated = [(line.worse_by, WATCHED[line.measure]) for line in lines if line.worse_by]
        margins = {name: margin for margin, name in sorted(stated, reverse=True)}
        return cls(margins, tuple(map(_limit, lines)))


def _limit(line: Line) -> Limit:
    times, bound = line.per or 1, line.at_least if line.at_most is None else line.at_most
    return Limit(
        WATCHED[line.measure],
        line.text,
        (bound or 0.0) / times,
        line.quantile or 0.0,
        times,
        line.on_unknown == "block",
        line.worse_by is not None or line.measure not in RUNS_MEASURE,
    )


NOTHING = Asked()
