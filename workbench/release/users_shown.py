# pyright: strict, reportMissingTypeStubs=false
"""What a limited release shows of the challenger's users, measure by measure, with limits at any
tail; and the same without the logs, so that it can be kept.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, inf
from typing import Any

import numpy as np

from workbench.release.released_logs import Logs
from workbench.stats.intervals import Codes, Floats
from workbench.stats.movers import RareRate, UserQuantile, quantile_by_users, rare_rate
from workbench.stats.user_ratios import UserRatio, user_ratio

QUANTILES = (0.5, 0.9, 0.95, 0.99)  # of latency, that are kept
COLUMNS: Mapping[str, str] = {  # a requirement's measure -> the column of the logs
    "latency": "seconds", "malformed": "malformed", "unsafe_output": "flag", "errors": "error",
    "satisfaction": "feedback", "cost": "cost",
}  # fmt: skip
LEAST_TAIL = 1e-5  # of the limits that kept order statistics reach
DIGITS = 9  # of a kept time


@dataclass(frozen=True)
class KeptQuantile:
    """A quantile of `count` messages with limits by users, as `UserQuantile` has it, of which only
    the `times` that a limit may name are kept, the first of them the `first`-th (from 0).

    A limit beyond them is infinite.
    """

    quantile: float
    error: float
    degrees: float
    count: int
    first: int
    times: tuple[float, ...]

    @property
    def estimate(self) -> float:
        return self._at(self.quantile)

    def limits(self, tail: float) -> tuple[float, float]:
        """As those of all messages, with `tail` beyond each."""
        places = UserQuantile(self._places, self.quantile, self.error, self.degrees)
        low, high = places.limits(tail)
        return self._known(low, -inf), self._known(high, inf)

    @property
    def _places(self) -> Floats:
        return np.arange(self.count, dtype=np.float64)

    def _known(self, place: float, beyond: float) -> float:
        within = self.first <= place < self.first + len(self.times)
        return self.times[int(place) - self.first] if within else beyond

    def _at(self, share: float) -> float:
        return self._known(max(ceil(share * self.count - 1e-9), 1) - 1, float("nan"))

    @classmethod
    def of(cls, found: UserQuantile) -> "KeptQuantile":
        """The part of it that is kept."""
        count = len(found.ordered)
        places = replace(found, ordered=np.arange(count, dtype=np.float64))
        low, high = places.limits(LEAST_TAIL)
        first, end = int(max(low, 0.0)), int(min(high, count - 1.0)) + 1
        times = (float(f"{each:.{DIGITS}g}") for each in found.ordered[first:end].tolist())
        return cls(found.quantile, found.error, found.degrees, count, first, tuple(times))


@dataclass(frozen=True)
class Shown:
    """One measure of the challenger's users, by the name that requirements give it; `quantile` is
    0 of all but latency.
    """

    measure: str
    quantile: float
    messages: int
    users: int
    figure: RareRate | UserRatio | UserQuantile | KeptQuantile


def shown(logs: Logs, arm: str, measure: str, quantile: float = 0.0) -> Shown | None:
    """What the users of an arm show of a measure; None where the logs do not say."""
    values, users = _logged(logs, arm, COLUMNS.get(measure, ""))
    if not len(values):
        return None
    figure = _FIGURES[measure](values, users, quantile)
    return Shown(measure, quantile, len(values), int(users.max()) + 1, figure)


def to_keep(logs: Logs, arm: str) -> Iterator[Shown]:
    """Everything that the users of an arm show, small enough to be kept."""
    for measure in COLUMNS:
        for quantile in QUANTILES if measure == "latency" else (0.0,):
            if found := shown(logs, arm, measure, quantile):
                figure = found.figure
                is_whole = isinstance(figure, UserQuantile)
                yield replace(found, figure=KeptQuantile.of(figure)) if is_whole else found


def _logged(logs: Logs, arm: str, column: str) -> tuple[Floats, Codes]:
    """The known values of a column `(n,)` in an arm's messages, and their users from 0."""
    if column not in logs.frame:
        return np.zeros(0), np.zeros(0, np.intp)
    frame: Any = logs.frame
    frame = frame[(frame["arm"] == arm) & frame[column].notna()]
    users: Codes = np.unique(frame["user"].to_numpy(str), return_inverse=True)[1]
    return frame[column].to_numpy(float), users


def _sums(values: Floats, users: Codes) -> tuple[Floats, Floats]:
    return np.bincount(users, values).astype(float), np.bincount(users).astype(float)


def _quantile(values: Floats, users: Codes, quantile: float) -> UserQuantile:
    return quantile_by_users(values, users, quantile or 0.5)


def _rate(values: Floats, users: Codes, quantile: float) -> RareRate:
    return rare_rate(*_sums(values, users))


def _mean(values: Floats, users: Codes, quantile: float) -> UserRatio:
    return user_ratio(*_sums(values, users))


Figure = Callable[[Floats, Codes, float], RareRate | UserRatio | UserQuantile]
_FIGURES: Mapping[str, Figure] = {
    "latency": _quantile,
    **dict.fromkeys(("malformed", "unsafe_output", "errors"), _rate),
    **dict.fromkeys(("satisfaction", "cost"), _mean),
}
