# pyright: strict, reportMissingTypeStubs=false
"""Hosted or on servers of one's own: quality, latency, money, and what nobody measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from workbench import words
from workbench.printing import printed
from workbench.serving import hosting_words
from workbench.serving.adequate import Fit
from workbench.serving.weighed import Cheaper, Cost, Weighed
from workbench.stats.saw_tooth import HostedCost

Missing = Literal["quality", "throughput", "utilisation", "server price", "hosted price", "peak"]
NOBODY: Mapping[Missing, tuple[str, str]] = {  # what is missing, and what would give it
    "quality": (
        "no own model's answers were compared with the hosted one's",
        "run the prompt on both models and compare",
    ),
    "throughput": (
        "nobody measured how many requests a second a server carries",
        "measure it with wb.load_test and wb.capacity",
    ),
    "utilisation": (
        "nobody said to what share of that the servers may be used",
        "give utilisation=, from what your servers do or as you would plan them",
    ),
    "server price": ("no price of a server is known", "give server_hour=, in dollars"),
    "hosted price": (
        "the hosted model's price or tokens are not known",
        "name its price in models.yaml",
    ),
    "peak": (
        "nobody said how far the busiest minute lies above the mean rate",
        "give capacity mean= and peak=, in requests a second, or a requirement on rate",
    ),
}


Base = Literal["comparison", "load test", "hosted price", "server price"]


@dataclass(frozen=True)
class Dated:
    """What a hosting rests on, and when that was measured or known (ISO; empty: not said)."""

    what: Base
    at: str


@dataclass(frozen=True)
class Latency:
    """Seconds within which 95 of 100 answers came, and under which load; limits may be infinite."""

    variant: str
    seconds: float
    low: float
    high: float
    load: str


@printed
@dataclass(frozen=True)
class Hosting:
    """A hosted model against models on servers of one's own.

    `fits` are the own models from the largest down; `own` is the smallest of them that is adequate,
    else the first. What nobody measured or said is in `missing`, and then nothing is weighed.
    `mean` and `peak` are the requests a second that are expected, over a day and in its busiest
    minute. `considerations` are in words, of privacy and fine-tuning say, and `published` are
    others' figures by their source: both are shown, and weighed by nobody. `rests` dates what it
    is made of.
    """

    hosted: str
    own: str
    fits: tuple[Fit, ...]
    margin: float
    in_order: bool
    hosted_cost: HostedCost | None
    latencies: tuple[Latency, ...] = ()
    missing: tuple[Missing, ...] = ()
    weighed: Weighed | None = None
    mean: float | None = None
    peak: float | None = None
    confirmed: bool = True  # a long run showed what a server carries
    considerations: tuple[str, ...] = ()
    published: Mapping[str, float] = field(default_factory=dict[str, float])  # tokens a second
    rests: tuple[Dated, ...] = ()

    @property
    def at(self) -> str:
        """The oldest date of what it rests on; empty where nothing is dated."""
        return min((each.at for each in self.rests if each.at), default="")

    @property
    def fit(self) -> Fit | None:
        """Of the own model that is weighed."""
        return next((each for each in self.fits if each.variant == self.own), None)

    @property
    def adequate(self) -> bool:
        """Whether the own model is shown to be good enough."""
        return self.fit is not None and self.fit.adequate

    @cached_property
    def expected(self) -> Cost | None:
        """What both cost at the rate that is expected."""
        return self.weighed.at(self.mean) if self.weighed and self.mean else None

    @property
    def word(self) -> Cheaper:
        """Which way is cheaper at the rate that is expected, and good enough."""
        if self.expected is None:
            return "unknown"
        reading = self.expected.reading
        return "not shown" if reading == "own" and not self.adequate else reading

    @property
    def sentence(self) -> str:
        return " ".join(self.sentences)

    @property
    def sentences(self) -> list[str]:
        """From which rate own servers pay, what that means for the one expected, and the rest that
        a decision needs.
        """
        return [said for said in self._said() if said]

    def _said(self) -> Iterator[str]:
        if self.weighed is None:
            yield f"Not known whether own servers pay: {'; '.join(self._lacking)}."
            yield self._hosted_alone
        else:
            yield hosting_words.pays(self.weighed)
            yield hosting_words.expected(self.expected)
            yield hosting_words.lasts(self.weighed)
        yield self.quality

    @property
    def _lacking(self) -> list[str]:
        return [NOBODY[each][0] for each in self.missing if each != "quality"]

    @property
    def _hosted_alone(self) -> str:
        if self.hosted_cost is None:
            return ""
        cost = words.money(float(self.hosted_cost.per_1000))
        return f"{self.hosted} costs {cost} per 1,000 requests."

    @property
    def quality(self) -> str:
        """Whether the own model is good enough."""
        margin = words.whole_points(self.margin)
        if self.fit is None:
            return "Quality: no own model's answers were compared with the hosted one's."
        if self.fit.doubt:
            return f"Quality: nothing may be concluded of {self.own}, for {self.fit.doubt}."
        shown = "is not worse" if self.adequate else "is not shown to be no worse"
        return f"{self.own} {shown} than {self.hosted} by {margin} points ({self.fit.in_points})."

    @property
    def unweighed(self) -> str:
        """What no number here holds."""
        said = " ".join(self.considerations)
        return said or (
            "Nobody said whether the texts may leave your machines (a hosted model sees all of "
            "them), nor whether a model is to be trained further (weights of one's own can be)."
        )

    @property
    def next_step(self) -> str:
        """What to do now."""
        if self.missing:
            return _sentence("; ".join(NOBODY[each][1] for each in self.missing))
        if not self.adequate:
            return f"Compare {self.own} with {self.hosted} on more examples, or try another model."
        if not self.confirmed:
            return "Confirm what a server carries with a long run: wb.load_test without quick=True."
        return _STEPS[self.word]

    def __repr__(self) -> str:
        return f"Hosting: {self.sentence}"


_STEPS: Mapping[Cheaper, str] = {
    "own": "Plan the servers for the peak, and measure again what they are used to.",
    "hosted": "Stay hosted; ask again when the rate or the prices change.",
    "not shown": "Stay as you are: what it would save is within what is not known.",
    "unknown": "Say what rate you expect: wb.capacity takes mean= and peak=.",
}


def _sentence(text: str) -> str:
    return f"{words.capital(text)}."
