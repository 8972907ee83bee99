# pyright: strict
"""One rate of a load test: what its window came to, as data that needs no arithmetic when drawn."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench import words
from workbench.printing import printed
from workbench.serving.bounds import Bounds
from workbench.serving.climbing import Purpose, Step
from workbench.stats.answered import Answered, Rising, rising
from workbench.stats.streamed_times import Times

RUNS = {"ladder": "ladder", "confirm": "long run", "planned": "long run at the planned load"}
LATE_SECONDS = 0.005  # p99 of the generator's lag from which its times are its own too


@printed
@dataclass(frozen=True)
class Block:
    """A part of a window, some 5 s: `at` is when it begins (s from the window's beginning), `first`
    the mean time to the first token of what was due in it (s; NaN of nothing), `in_flight` the mean
    number of requests under way. `kept` says how many of those `due` kept each of the bounds, in
    the order of `Bounds.parts`; empty: not known.
    """

    at: float
    first: float
    in_flight: float
    due: int = 0
    kept: tuple[int, ...] = ()


@printed
@dataclass(frozen=True)
class Level:
    """What came of the requests that were due in the window of one rate, all times in seconds from
    when a request was due; NaN: not known.

    `ttft` and `e2el` are to the first and the last token, `tpot` a reply's time per token after the
    first (one value a reply), `itl` the gaps between pieces pooled over replies, `lag` how late the
    generator sent. `attained` is the share that kept every bound, failures among those that did
    not, and `goodput` how many a second did. Tokens a second are those that came within the window,
    whichever request they belong to. `failures` counts what was not answered by its status.
    """

    rate: float  # requests a second that were asked for
    purpose: Purpose
    seconds: float  # of the window
    due: int
    answered: int
    attained: float
    goodput: float
    saturated: bool  # first tokens came later and later, and more and more requests waited
    holds: bool  # enough kept the bounds, and the server kept up
    ttft: Times
    tpot: Times
    itl: Times
    e2el: Times
    lag: Times
    late: bool  # the generator fell behind: the times are partly its own
    output_tokens_per_second: float
    total_tokens_per_second: float  # read and generated
    in_flight: float  # mean number of requests under way
    most_in_flight: int
    input_tokens: float  # mean of a request
    output_tokens: float  # mean of a reply
    failures: Mapping[str, int] = field(default_factory=dict[str, int])
    first_error: str = ""  # the most frequent thing that was said of a failure
    blocks: tuple[Block, ...] = ()
    server: Mapping[str, float] = field(default_factory=dict[str, float])  # by its own account
    cost: float = math.nan  # dollars of all its requests, not of the window's alone, where known
    unpriced: int = 0  # requests of unknown cost

    @property
    def is_long(self) -> bool:
        """Whether it is a long run, and no rung of a ladder."""
        return self.purpose != "ladder"

    @property
    def errors(self) -> float:
        """The share that was not answered."""
        return 1 - self.answered / self.due if self.due else math.nan

    @property
    def offered(self) -> float:
        """Requests a second that were really due."""
        return self.due / self.seconds

    @property
    def sentence(self) -> str:
        """What came of the rate, in words."""
        said = [
            f"{self.due:,} requests due",
            f"{words.percent(self.attained, 1)} kept the bounds" if self.attained >= 0 else "",
            f"{words.percent(self.errors, 1)} failed" if self.failures else "",
            f"first token p95 {words.seconds(self.ttft.p95)}" if self.ttft.n else "",
            f"whole reply p95 {words.seconds(self.e2el.p95)}" if self.e2el.n else "",
            "the server fell behind" if self.saturated else "",
            "the generator fell behind" if self.late else "",
        ]
        run = RUNS[self.purpose]
        return f"{self.rate:.3g} a second ({run}): {', '.join(filter(None, said))}"

    def __repr__(self) -> str:
        return f"Level {self.sentence}"


def measured(step: Step, answered: Answered, bounds: Bounds) -> Level:
    """The level that all requests of a step make."""
    begin, end = step.warm_up, step.warm_up + step.seconds
    window, rise = answered.between(begin, end), rising(answered, begin, end)
    saturated = step.purpose == "ladder" and rise.saturated
    kept = bounds.kept(window)
    attained = float(kept.mean()) if bounds.asks and len(window) else math.nan
    return Level(
        rate=step.rate,
        purpose=step.purpose,
        seconds=step.seconds,
        due=len(window),
        attained=attained,
        goodput=float(kept.sum()) / step.seconds if bounds.asks else math.nan,
        saturated=saturated,
        holds=not saturated and not attained < bounds.share and bounds.met(window),
        most_in_flight=answered.most_in_flight(),
        **_outcomes(window),
        **_times(window),
        **_tokens(answered, window, step),
        **_course(rise, window, begin, bounds),
    )


def _outcomes(window: Answered) -> dict[str, Any]:
    failures: Counter[str] = Counter(window.status[window.status != ""].tolist())
    return {"answered": len(window) - failures.total(), "failures": dict(failures)}


def _times(window: Answered) -> dict[str, Any]:
    lag = Times.of(window.lag)
    return {
        "ttft": Times.of(window.first),
        "tpot": Times.of(window.per_token),
        "itl": Times.of_counted(window.gaps, window.gap_counts),
        "e2el": Times.of(window.whole),
        "lag": lag,
        "late": lag.p99 > LATE_SECONDS,
    }


def _tokens(answered: Answered, window: Answered, step: Step) -> dict[str, float]:
    read, generated = answered.tokens_between(step.warm_up, step.warm_up + step.seconds)
    return {
        "output_tokens_per_second": generated / step.seconds,
        "total_tokens_per_second": (read + generated) / step.seconds,
        "input_tokens": Times.of(window.input_tokens).mean,
        "output_tokens": Times.of(window.output_tokens).mean,
    }


def _course(rise: Rising, window: Answered, begin: float, bounds: Bounds) -> dict[str, Any]:
    which = np.searchsorted(rise.at, window.due - begin, side="right") - 1
    due = np.bincount(which, minlength=len(rise.at)).tolist()
    kept = [np.bincount(which[each], minlength=len(due)) for each in bounds.each_kept(window)]
    columns = rise.at.tolist(), rise.first.tolist(), rise.in_flight.tolist(), due
    each = zip(*columns, strict=True)
    return {
        "in_flight": float(rise.in_flight.mean()),
        "blocks": tuple(
            Block(*values, tuple(int(counts[place]) for counts in kept))
            for place, values in enumerate(each)
        ),
    }
