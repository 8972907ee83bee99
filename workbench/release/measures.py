"""What is measured of a release, and how its two arms are compared by it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from workbench.release.arm_traffic import CAME_BACK, Mask, Traffic
from workbench.stats.intervals import Codes, Floats
from workbench.stats.movers import (
    RareRate,
    UserQuantile,
    log_quantile_ratio,
    rare_difference,
    rare_rate,
    user_quantile,
)
from workbench.stats.user_ratios import (
    UserRatio,
    adjusted_difference,
    log_ratio,
    ratio_difference,
    user_ratio,
)

Kind = Literal["difference", "ratio", "rare", "quantile"]
QUANTILE = 0.95
Arm = UserRatio | RareRate | UserQuantile


class Effect(Protocol):
    """Challenger against baseline: a difference, or the logarithm of a ratio."""

    @property
    def estimate(self) -> float: ...

    @property
    def error(self) -> float: ...

    def limits(self, tail: float, /) -> tuple[float, float]: ...


@dataclass(frozen=True)
class Measure:
    """Sums over sums by user: column `top` over column `bottom`, over the messages where both are
    known; without a bottom over those where the top is.

    `kind` says how arms are compared: by their difference, the logarithm of their ratio, the
    difference of rare rates, or the logarithm of the ratio of their p95 of `top`. `of_days`: over
    users' days, not messages.
    """

    name: str
    title: str
    top: str
    kind: Kind = "difference"
    bottom: str = ""
    higher_is_better: bool = False
    of_days: bool = False

    @property
    def is_relative(self) -> bool:
        """Whether an effect is the logarithm of a ratio."""
        return self.kind in ("ratio", "quantile")

    def is_known(self, traffic: Traffic) -> bool:
        """Whether there are columns for it."""
        known = traffic.columns
        return self.of_days or all(name in known for name in (self.top, self.bottom) if name)

    def seen_in(self, traffic: Traffic) -> Traffic:
        """The rows that it is about: messages, or users' days."""
        return traffic.user_days if self.of_days and self.top not in traffic.columns else traffic

    def parts(self, traffic: Traffic) -> tuple[Floats, Floats]:
        """What is summed above and below `(rows,)`: 0 where either is not known."""
        top = traffic.columns[self.top]
        bottom = traffic.columns[self.bottom] if self.bottom else np.ones(len(top))
        known = np.isfinite(top) & np.isfinite(bottom)
        return np.where(known, top, 0.0), np.where(known, bottom, 0.0)


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("satisfaction", "satisfaction", "feedback", higher_is_better=True),
        Measure("coverage", "messages rated", "rated", higher_is_better=True),
        Measure(
            "engagement",
            "days on which users came back",
            CAME_BACK,
            higher_is_better=True,
            of_days=True,
        ),
        Measure("regenerate", "answers asked for again", "regenerate"),
        Measure("resolved", "tasks resolved", "resolved", higher_is_better=True),
        Measure("latency", "p95 latency", "seconds", "quantile"),
        Measure("speed", "tokens a second", "tokens", "ratio", "seconds", True),
        Measure("errors", "errors", "error", "rare"),
        Measure("malformed", "malformed answers", "malformed", "rare"),
        Measure("flags", "safety flags", "flag", "rare"),
        Measure("cost", "cost of a message", "cost", "ratio"),
        Measure("cost_resolved", "cost of a resolved task", "cost", "ratio", "resolved"),
    )
}


def arm_of(measure: Measure, y: Floats, n: Floats) -> UserRatio | RareRate:
    """One arm by the sums of its users; not for a quantile."""
    return rare_rate(y, n) if measure.kind == "rare" else user_ratio(y, n)


def effect_of(measure: Measure, baseline: Arm, challenger: Arm) -> Effect:
    """Challenger against baseline."""
    if isinstance(baseline, UserQuantile) and isinstance(challenger, UserQuantile):
        return log_quantile_ratio(baseline, challenger)
    if isinstance(baseline, RareRate) and isinstance(challenger, RareRate):
        return rare_difference(baseline, challenger)
    assert isinstance(baseline, UserRatio) and isinstance(challenger, UserRatio)
    compare = log_ratio if measure.is_relative else ratio_difference
    return compare(baseline, challenger)


def arms_by_day(traffic: Traffic, measure: Measure) -> Iterator[tuple[Arm, Arm]]:
    """Baseline and challenger to date, at the end of each day."""
    if measure.kind == "quantile":
        yield from _quantiles_by_day(traffic, measure)
        return
    for y, n in sums_by_day(traffic, measure):
        yield _both(measure, y, n, traffic.is_challenger)


def sums_by_day(traffic: Traffic, measure: Measure) -> Iterator[tuple[Floats, Floats]]:
    """Sums by user `(users,)` to date, above and below, at the end of each day."""
    top, bottom = measure.parts(traffic)
    yield from zip(traffic.running(top), traffic.running(bottom), strict=True)


def arms_over(traffic: Traffic, measure: Measure, rows: slice | Mask) -> tuple[Arm, Arm]:
    """Baseline and challenger over some messages."""
    top, bottom = measure.parts(traffic)
    if measure.kind == "quantile":
        chosen = np.zeros(len(top), bool)
        chosen[rows] = True
        return _ordered(traffic, top, chosen & (bottom > 0)).on(traffic.days)
    y, n = traffic.summed(top, rows), traffic.summed(bottom, rows)
    return _both(measure, y, n, traffic.is_challenger)


def adjusted_by_day(traffic: Traffic, measure: Measure, before: Floats) -> Iterator[Effect]:
    """Differences to date less what users' histories explain; `before` as `covariates` gives."""
    for y, n in sums_by_day(traffic, measure):
        yield adjusted_difference(y, n, traffic.is_challenger, before)


def _both(measure: Measure, y: Floats, n: Floats, is_challenger: Mask) -> tuple[Arm, Arm]:
    sides = (~is_challenger, is_challenger)
    baseline, challenger = (arm_of(measure, y[arm], n[arm]) for arm in sides)
    return baseline, challenger


def _quantiles_by_day(traffic: Traffic, measure: Measure) -> Iterator[tuple[Arm, Arm]]:
    top, bottom = measure.parts(traffic)
    ordered = _ordered(traffic, top, (bottom > 0) & (traffic.day >= 0))
    for day in range(traffic.days):
        yield ordered.on(day)


@dataclass(frozen=True)
class _Side:
    """The values of one arm, rising, with their users and days."""

    values: Floats
    users: Codes
    days: Codes

    def on(self, day: int) -> UserQuantile:
        kept = self.days <= day
        return user_quantile(self.values[kept], self.users[kept], QUANTILE)


@dataclass(frozen=True)
class _Ordered:
    baseline: _Side
    challenger: _Side

    def on(self, day: int) -> tuple[UserQuantile, UserQuantile]:
        """Both arms at the end of a day."""
        return self.baseline.on(day), self.challenger.on(day)


def _ordered(traffic: Traffic, values: Floats, chosen: Mask) -> _Ordered:
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(values[rows], kind="stable")]
    arm = traffic.is_challenger[traffic.user[rows]]
    return _Ordered(*(_side(traffic, values, rows[arm == side]) for side in (False, True)))


def _side(traffic: Traffic, values: Floats, rows: Codes) -> _Side:
    return _Side(values[rows], traffic.user[rows], traffic.day[rows])
