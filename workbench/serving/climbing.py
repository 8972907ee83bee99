# pyright: strict
"""Which rates to try, one after another, and which rate may be stated: no clock, no server."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from workbench.stats.peak_load import USED

FACTOR = 1.25  # from one rung of a ladder to the next
MOST_RUNGS = 30  # of a ladder that nobody bounded: 1.25 ** 30 is 800 times its first rate
FEWEST = 20  # requests due in a window: of fewer no share is told
LOWER = 0.95  # of a rate that was not confirmed, the most to try next
MOST_CONFIRMING = 20  # runs: the last is at .38 of the first
EASILY = 1 / 3  # of the failures that are allowed: with fewer, a long run held easily
HIGHER = 1.07  # of a rate that held easily, to try next
BELOW = 0.97  # of the lowest rate that failed, the most to try then
LEAST = 1.02  # of a rate that held easily: no long run is spent on less

Purpose = Literal["ladder", "confirm", "planned"]


@dataclass(frozen=True, slots=True)
class Step:
    """Load to put on a server: `rate` requests a second, of which those count that are due in a
    window of `seconds` after `warm_up` seconds; it is kept on for `after` seconds more.
    """

    rate: float
    purpose: Purpose
    seconds: float
    warm_up: float
    after: float

    @property
    def whole(self) -> float:
        """Seconds of load."""
        return self.warm_up + self.seconds + self.after


@dataclass(frozen=True, slots=True)
class Windows:
    """Seconds of each part of a step."""

    ladder: float = 60.0
    confirm: float = 300.0
    warm_up: float = 60.0
    after: float = 15.0

    def step(self, rate: float, purpose: Purpose) -> Step:
        seconds = self.ladder if purpose == "ladder" else self.confirm
        return Step(rate, purpose, seconds, self.warm_up, self.after)


class Measured(Protocol):
    """What is known of a step when it is over: `attained` is the share of its requests that kept
    all bounds, `holds` whether that is enough and the server kept up.
    """

    @property
    def rate(self) -> float: ...
    @property
    def attained(self) -> float: ...
    @property
    def holds(self) -> bool: ...
    @property
    def in_flight(self) -> float: ...


class Done(Measured, Protocol):
    """The same with what the step was for."""

    @property
    def purpose(self) -> Purpose: ...


@dataclass(frozen=True, slots=True)
class Found:
    """The highest rate that may be stated (None: none), whether a long run confirmed it, and
    whether no higher one failed, so that it is a least and no highest.
    """

    rate: float | None
    confirmed: bool
    at_least: bool


Climb = Generator[Step, Measured, Found]


def rungs(rates: float | Sequence[float] | None) -> tuple[float, ...]:
    """The rates of a ladder: those that are given in rising order, or from the one on (default 1 a
    second).
    """
    given = (1.0 if rates is None else rates,) if not isinstance(rates, Sequence) else tuple(rates)
    if not given or min(given) <= 0 or len(set(given)) < len(given):
        raise ValueError("rates are requests a second: different ones above 0")
    if isinstance(rates, Sequence):
        return tuple(sorted(map(float, given)))
    return tuple(given[0] * FACTOR**rung for rung in range(MOST_RUNGS))


def climb(rates: Sequence[float], windows: Windows, share: float, *, quick: bool = False) -> Climb:
    """A ladder of rising rates until one fails; then a long run where the share that keeps the
    bounds would be `share`, and 5 % lower or more until one holds (METHODS 6.4). `quick`: the
    ladder only.

    A ladder's short windows may fail by bad luck: after a long run that held easily, one more is
    tried 7 % higher, and the higher of the two that held is stated. One more shows the load that a
    server is planned for, at 85 % of that: what is said of times under load rests on a run that
    nothing chose. Where the first rate fails, rates below it are tried until one holds. What is
    stated lies below every rate that failed.
    """
    held, failed = yield from _ladder(rates, windows)
    if not held:
        return Found(None, confirmed=False, at_least=False)
    rate = crossing(held[-1], failed, share)
    if quick:
        return Found(rate, confirmed=False, at_least=failed is None)
    for _ in range(MOST_CONFIRMING):
        measured = yield windows.step(rate, "confirm")
        if measured.holds:
            rate = yield from _raised(measured, failed, windows, share)
            measured = yield windows.step(USED * rate, "planned")
            if measured.holds:
                return Found(rate, confirmed=True, at_least=failed is None)
        failed, rate = measured, _lower(held, measured, share)
    return Found(None, confirmed=False, at_least=False)


def _ladder(
    rates: Sequence[float], windows: Windows
) -> Generator[Step, Measured, tuple[list[Measured], Measured | None]]:
    """Those that held, rising, below the lowest that failed, and that one (None: none did)."""
    held: list[Measured] = []
    failed: Measured | None = None
    for rate in rates:
        measured = yield windows.step(rate, "ladder")
        if not measured.holds:
            failed = measured
            break
        held.append(measured)
    while failed and not held and _may_fall(failed, windows):
        measured = yield windows.step(failed.rate / FACTOR, "ladder")
        if measured.holds:
            held.append(measured)
        else:
            failed = measured
    return held, failed


def _raised(
    held: Measured, failed: Measured | None, windows: Windows, share: float
) -> Generator[Step, Measured, float]:
    """The rate of a long run that held, or a higher one, below the lowest that failed, if one more
    long run holds there.
    """
    if failed is None or not held.attained >= 1 - EASILY * (1 - share):
        return held.rate
    rate = min(HIGHER * held.rate, BELOW * failed.rate)
    if rate < LEAST * held.rate:
        return held.rate
    measured = yield windows.step(rate, "confirm")
    return rate if measured.holds else held.rate


def _lower(held: Sequence[Measured], failed: Measured, share: float) -> float:
    """The rate to try after a long run that failed: 5 % lower, or lower still where the line from
    the highest that held so far below crosses `share`. One that held higher up, in a short window,
    was luck.
    """
    rate = LOWER * failed.rate
    below = [each for each in held if each.rate <= rate]
    return min(rate, crossing(below[-1], failed, share)) if below else rate


def _may_fall(failed: Measured, windows: Windows) -> bool:
    """Whether a lower rate may hold: not where requests were alone already, or are too few."""
    return failed.in_flight > 1 and failed.rate / FACTOR * windows.ladder >= FEWEST


def so_far(done: Sequence[Done]) -> Found:
    """What may be stated of a climb that was ended early: a rate that a long run confirmed."""
    sure = [each.rate for each in done if each.purpose == "confirm" and each.holds]
    return Found(sure[-1] if sure else None, confirmed=bool(sure), at_least=False)


def crossing(held: Measured, failed: Measured | None, share: float) -> float:
    """The rate at which, on a straight line between two, `share` keep the bounds; where it is not
    for that share that one failed, the rate that held.
    """
    if failed is None or not failed.attained < share:
        return held.rate
    part = (held.attained - share) / (held.attained - failed.attained)
    return held.rate + part * (failed.rate - held.rate)
