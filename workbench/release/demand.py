"""Requests as arrays: when each came, from whom, and what it took; of a log or of a trace, which
has no users.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import words
from workbench.datasets.source import Asked, source_of
from workbench.datasets.traffic_rows import traffic_rows
from workbench.errors import WorkbenchError
from workbench.meant import instead
from workbench.printing import printed
from workbench.release.released_logs import Logs
from workbench.stats.intervals import Codes, Floats

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0  # seconds
AMOUNTS = {"output tokens": "tokens", "dollars": "cost"}  # by the columns of logs
EPOCH = 1e9  # seconds: a clock that shows more counts from 1970
LACKING = {MINUTE: 0.05, DAY: 0.125}  # of a period: one that lacks less of itself is whole
Masks = NDArray[np.bool_]


@printed
@dataclass(frozen=True)
class Demand:
    """Requests `(n,)` in the order of time; `amounts` are what each took, by kind.

    `start` is the midnight (UTC) of second 0; None where the clock names no day. Without users
    every request is its own.
    """

    name: str
    seconds: Floats
    amounts: Mapping[str, Floats]  # input tokens, output tokens, dollars; NaN: not known
    users: Codes
    has_users: bool
    start: datetime | None = None

    def __len__(self) -> int:
        return len(self.seconds)

    def __repr__(self) -> str:
        return f"Demand {self.name}: {words.count(len(self), 'request')}"

    def where(self, mask: Masks) -> "Demand":
        """The requests of a mask."""
        amounts = {name: values[mask] for name, values in self.amounts.items()}
        return replace(self, seconds=self.seconds[mask], amounts=amounts, users=self.users[mask])

    def between(self, first: float, last: float) -> "Demand":
        """The requests from a second to another, without it."""
        return self.where((self.seconds >= first) & (self.seconds < last))

    def by_clock_of(self, other: "Demand") -> "Demand":
        """The same requests with the other's second 0."""
        if self.start is None or other.start is None or self.start == other.start:
            return self
        apart = (self.start - other.start).total_seconds()
        return replace(self, seconds=self.seconds + apart, start=other.start)

    def known(self, kind: str) -> "Demand":
        """The requests of which it is known what they took; none of what nobody logged."""
        values = self.amounts.get(kind)
        known = np.zeros(len(self), bool) if values is None else ~np.isnan(values)
        return self.where(known)

    @cached_property
    def days(self) -> "Periods":
        """Its whole days, in UTC; of a trace, which names no day, none."""
        return Periods.of(self.seconds, DAY) if self.start else Periods(0.0, 0, DAY)

    @cached_property
    def minutes(self) -> "Periods":
        return Periods.of(self.seconds, MINUTE)


@dataclass(frozen=True)
class Periods:
    """Whole periods in a row: the second the first begins, how many, and the seconds of each."""

    first: float
    count: int
    length: float

    @classmethod
    def of(cls, seconds: Floats, length: float) -> "Periods":
        """The whole periods of sorted moments; those at the ends count where little is lacking.

        Days begin at midnight, minutes with the first request.
        """
        if not len(seconds):
            return cls(0.0, 0, length)
        first, last = float(seconds[0]), float(seconds[-1])
        begin = first if length < DAY else math.floor(first / length) * length
        late = int(first - begin > LACKING[length] * length)
        whole = math.floor((last - begin) / length + LACKING[length])
        return cls(begin + late * length, max(0, whole - late), length)

    @property
    def last(self) -> float:
        return self.first + self.count * self.length

    def within(self, other: "Periods") -> "Periods":
        """Those that lie in the other's stretch of time."""
        slack = LACKING[self.length]
        skipped = max(0, math.ceil((other.first - self.first) / self.length - slack))
        over = max(0, math.ceil((self.last - other.last) / self.length - slack))
        first = self.first + skipped * self.length
        return Periods(first, max(0, self.count - skipped - over), self.length)

    def touched_by(self, seconds: Floats) -> "Periods":
        """From the one that holds the first of sorted moments to that of the last."""
        ends = seconds[[0, -1]] if len(seconds) else np.array([self.last, self.first])
        first, last = ((ends - self.first) // self.length).tolist()
        first, last = max(0, int(first)), min(self.count - 1, int(last))
        return Periods(self.first + first * self.length, max(0, last + 1 - first), self.length)

    def last_of(self, most: int) -> "Periods":
        """The last so many."""
        left = max(0, self.count - most)
        return Periods(self.first + left * self.length, self.count - left, self.length)

    def busiest_minutes(self, seconds: Floats) -> Floats:
        """The most that falls into a minute of each `(count,)`."""
        per_period = round(self.length / MINUTE)
        minutes = Periods(self.first, self.count * per_period, MINUTE).counts(seconds)
        return minutes.reshape(self.count, per_period).max(axis=1, initial=0.0)

    def days(self, start: datetime) -> list[date]:
        """The days that they begin on; `start` is the moment of second 0."""
        at = (start.timestamp() + self.first + self.length * each for each in range(self.count))
        return [datetime.fromtimestamp(each, UTC).date() for each in at]

    def counts(self, seconds: Floats, weights: Floats | None = None) -> Floats:
        """How much falls into each `(count,)`."""
        inside = (seconds >= self.first) & (seconds < self.last)
        at = ((seconds[inside] - self.first) // self.length).astype(np.intp)
        chosen = None if weights is None else weights[inside]
        return np.bincount(at, chosen, minlength=self.count).astype(float)


def demand_of(logs: Logs, arm: str = "") -> Demand:
    """The messages of logs, all or an arm's; WorkbenchError of an arm that is not there."""
    frame: Any = logs.frame
    midnight = frame["timestamp"].iloc[0].normalize()
    if arm and arm not in logs.arms:
        raise WorkbenchError(f"no arm {arm!r} in {logs.name}: {instead(arm, logs.arms)}")
    frame = frame[frame["arm"] == arm] if arm else frame
    seconds = ((frame["timestamp"] - midnight) / np.timedelta64(1, "s")).to_numpy(float)
    amounts = {
        kind: frame[column].to_numpy(float) for kind, column in AMOUNTS.items() if column in frame
    }
    users = frame["user"].factorize()[0]
    name = f"{arm} in {logs.name}" if arm else logs.name
    return Demand(name, seconds, amounts, users, True, midnight.to_pydatetime())


def read_trace(path: str | Path) -> Demand:
    """A trace: rows of `timestamp` (milliseconds, from the epoch or from any start),
    `input_length` and `output_length` (tokens); DatasetError names the line of what is none.
    """
    source = source_of(path, Asked())
    table = traffic_rows(source)
    start, seconds = _clock(table[:, 0])
    amounts = {"input tokens": table[:, 1], "output tokens": table[:, 2]}
    return Demand(source.name, seconds, amounts, np.arange(len(table)), False, start)


def _clock(seconds: Floats) -> tuple[datetime | None, Floats]:
    """Midnight and the seconds since, where they count from the epoch; else they stay."""
    if seconds[0] < EPOCH:
        return None, seconds
    midnight = math.floor(seconds[0] / DAY) * DAY
    return datetime.fromtimestamp(midnight, UTC), seconds - midnight
