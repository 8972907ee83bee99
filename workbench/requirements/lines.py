# pyright: strict
"""Requirements as values: the use case, the lines with their bounds, and how a gate decides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf, isfinite, isnan
from typing import Literal

from workbench import words
from workbench.errors import RequirementError
from workbench.printing import printed
from workbench.stats.intervals import Interval
from workbench.words import a_second

OnUnknown = Literal["block", "warn"]
FITTING = {  # the kinds of problem that a language model fits, by the field that names one
    "unstructured_text": "it is unstructured text",
    "scale": "it is more than people could do",
    "rules_fail_because": "it is hard for rules or for classic machine learning",
}


@printed
@dataclass(frozen=True)
class UseCase:
    """What is to be done, why a language model should do it, and what speaks against that."""

    what: str = ""
    unstructured_text: bool = False
    scale: str = ""
    rules_fail_because: str = ""
    against: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The kinds of fitting problem that this is said to be, with what was said of them."""
        said = {name: getattr(self, name) for name in FITTING}
        return tuple(
            f"{why}: {said[name]}" if isinstance(said[name], str) else why
            for name, why in FITTING.items()
            if said[name]
        )

    def __repr__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """Whether this is a job for a language model, as far as the answers say."""
        for_it, against = self.reasons, words.listed(self.against)
        if not for_it:
            why = "nobody has said why rules, a search or a classifier would not do"
            return f"Not shown to be a job for a language model: {why}."
        said = f"A job for a language model, for {'; '.join(for_it)}."
        return f"{said} Against it: {against}." if against else said


@dataclass(frozen=True)
class Task:
    """How hard the task is, in whose world, in which languages (shares of the traffic)."""

    complexity: str = ""
    domain: str = ""
    languages: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class Requirement:
    """One line: a measure with its bound; fields that its measure does not know are at their
    defaults.
    """

    measure: str
    critic: str = ""  # empty: the one that the comparison is by
    at_least: float | None = None
    at_most: float | None = None
    quantile: float | None = None
    baseline: str = ""
    margin: float | None = None  # share of the scale
    tag: str = ""
    per: int | None = None  # requests that `at_most` dollars are for
    mean: float | None = None  # requests a second
    peak: float | None = None
    worse_by: float | None = None  # than what is in use, at most, in a limited release
    on_unknown: OnUnknown = "block"

    @property
    def title(self) -> str:
        """What is measured: p95 latency."""
        return _TITLES[self.measure](self)

    @property
    def bound(self) -> str:
        """What is asked of it: at most 1.50 s."""
        show = shown(self)
        if self.measure == "rate":
            return f"{self.mean:g} a second, {self.peak:g} at the peak"
        if self.margin is not None:
            return f"worse by less than {words.whole_points(self.margin)} points"
        if self.at_least is not None:
            return f"at least {show(self.at_least)}"
        return f"at most {show(self.at_most or 0.0)}"

    @property
    def text(self) -> str:
        """The line in words: p95 latency at most 1.50 s."""
        return f"{self.title} {self.bound}"


@dataclass(frozen=True)
class GateRules:
    """How a gate decides on the lines.

    `level` is one-sided; `opinion` whether a critic that nobody checked may decide; up to
    `extend_to` rows are looked at, for at most `budget` dollars. Where the two sides' answers are
    more than `max_age` days apart, some of the baseline's are asked afresh. What load tests, a
    limited release and a forecast left in the store counts for `kept_for` days. `cluster` names a
    tag whose values group examples that belong together.
    """

    level: float = 0.95
    on_inconclusive: OnUnknown = "block"
    opinion: Literal["allow", "forbid"] = "forbid"
    extend_to: int | None = None
    budget: float | None = None
    max_age: float = 7.0
    kept_for: float = 90.0
    cluster: str = ""

    @property
    def tail(self) -> float:
        return round(1 - self.level, 12)


@printed
@dataclass(frozen=True)
class Requirements:
    """What a task must meet: its use case, and the lines that evidence is held against."""

    name: str  # of the file, for errors
    lines: tuple[Requirement, ...]
    use_case: UseCase = UseCase()
    task: Task = field(default_factory=Task)
    gate: GateRules = GateRules()

    @property
    def quality(self) -> float:
        """The share of the scale that the first line on quality asks for; RequirementError without
        one.
        """
        asked = [line.at_least for line in self.lines if line.measure == "quality"]
        if not asked or asked[0] is None:
            line = "{measure: quality, at_least: 0.80}"
            raise RequirementError(f"{self.name}: nothing is asked of quality: add a line {line}")
        return asked[0]

    def __repr__(self) -> str:
        return f"Requirements {self.name}: {'; '.join(line.text for line in self.lines)}"


READINGS = {"pass": "met", "fail": "missed", "unknown": "not shown"}  # of a line's word


def bounds_of(line: Requirement) -> tuple[float, float]:
    """The least and the greatest value that a line allows, in its unit."""
    least = -line.margin if line.margin is not None else line.at_least or line.peak
    return -inf if least is None else least, inf if line.at_most is None else line.at_most


def shown(line: Requirement) -> Callable[[float], str]:
    """How a value of a line is written."""
    return _UNITS[line.measure]


def in_unit(line: Requirement, value: Interval) -> str:
    """A value with its limits as people read them: 1.08 s (1.01 to 1.19 s); empty of none."""
    if isnan(value.estimate):
        return ""
    ends = limits(line, value)
    return shown(line)(value.estimate) + (f" ({ends})" if ends else "")


def limits(line: Requirement, value: Interval) -> str:
    """1.01 to 1.19 s; 231 or more, where nobody knows how much; empty of a value without limits."""
    low, high = (shown(line)(end) if isfinite(end) else "" for end in (value.low, value.high))
    if not low or not high:
        return f"{low} or more" if low else f"{high} or less" if high else "open"
    return "" if low == high else words.spanned(low, high)


def _percentile(line: Requirement) -> str:
    return f"p{100 * (line.quantile or 0):g}"


def _against(line: Requirement) -> str:
    by = f" by {line.critic}" if line.critic else ""
    of = f" for every {line.tag}" if line.tag else ""
    return f"against {line.baseline}{by}{of}"


_TITLES: Mapping[str, Callable[[Requirement], str]] = {
    "quality": lambda line: line.critic or "quality",
    "not_worse_than": _against,
    "slice": _against,
    "latency": lambda line: f"{_percentile(line)} latency",
    "first_token": lambda line: f"{_percentile(line)} first token",
    "malformed": lambda line: "malformed answers",
    "prompt_tokens": lambda line: f"{_percentile(line)} prompt tokens",
    "language_coverage": lambda line: f"examples of every {line.tag or 'language'}",
    "attack_success": lambda line: "attacks that succeed",
    "unsafe_output": lambda line: "unsafe outputs",
    "errors": lambda line: "errors of users’ requests",
    "satisfaction": lambda line: "satisfied users’ messages",
    "rate": lambda line: "requests a second",
    "cost": lambda line: f"cost of {line.per:,} requests",
}
_UNITS: Mapping[str, Callable[[float], str]] = {
    **dict.fromkeys(("quality", "malformed", "attack_success", "unsafe_output"), words.hundredths),
    **dict.fromkeys(("errors", "satisfaction"), words.hundredths),
    **dict.fromkeys(("not_worse_than", "slice"), words.signed),
    **dict.fromkeys(("latency", "first_token"), words.seconds),
    **dict.fromkeys(("prompt_tokens", "language_coverage"), "{:,.0f}".format),
    "rate": a_second,
    "cost": words.money,
}
