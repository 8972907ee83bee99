"""The messages of a release as arrays: whose, on which day, and what is known of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from workbench.stats.intervals import Codes, Floats

Mask = NDArray[np.bool_]
CAME_BACK = "came_back"  # the column of `user_days`


@dataclass(frozen=True)
class Tagged:
    """The value of one tag in each message `(rows,)`, as a place in `names`; -1 where it has
    none.
    """

    codes: Codes
    names: tuple[str, ...]


@dataclass(frozen=True)
class Traffic:
    """Messages by rising days; days before the release are negative.

    `user` `(rows,)` from 0, `day` `(rows,)`, `is_challenger` `(users,)`, columns `(rows,)` by name
    with NaN where nothing is known.
    """

    user: Codes
    day: Codes
    is_challenger: Mask
    columns: Mapping[str, Floats]
    tags: Mapping[str, Tagged] = field(default_factory=dict[str, Tagged])

    @property
    def users(self) -> int:
        return len(self.is_challenger)

    @cached_property
    def days(self) -> int:
        """Days of the release that there are messages of."""
        return max(int(self.day[-1]) + 1, 0) if len(self.day) else 0

    @cached_property
    def history(self) -> int:
        """Days before the release, from the first with a message."""
        return max(-int(self.day[0]), 0) if len(self.day) else 0

    def rows(self, first: int, beyond: int) -> slice:
        """The messages of days `first` up to `beyond`, which is not among them."""
        return slice(*np.searchsorted(self.day, [first, beyond]))

    @cached_property
    def user_days(self) -> "Traffic":
        """A row for each user and day from their first on, before the release and anew in it:
        whether they came that day, NaN on the first. Tags are those of the user's first message.
        """
        came = np.zeros((self.history + self.days, self.users), bool)
        came[self.day + self.history, self.user] = True
        begun = [np.logical_or.accumulate(each) for each in np.split(came, [self.history])]
        day, user = np.nonzero(np.vstack(begun))
        again = np.vstack([_a_day_later(each) for each in begun])
        columns = {CAME_BACK: np.where(again, came, np.nan)[day, user]}
        tags = {name: self._of_users(each, user) for name, each in self.tags.items()}
        return Traffic(user, day - self.history, self.is_challenger, columns, tags)

    def _of_users(self, tagged: Tagged, user: Codes) -> Tagged:
        there, first = np.unique(self.user, return_index=True)
        codes = np.full(self.users, -1)
        codes[there] = tagged.codes[first]
        return Tagged(codes[user], tagged.names)

    @cached_property
    def first_day(self) -> Codes:
        """The day of each user's first message in the release; `days` where there is none."""
        rows = self.rows(0, self.days)
        first = np.full(self.users, self.days)
        np.minimum.at(first, self.user[rows], self.day[rows])
        return first

    @cached_property
    def users_by_day(self) -> Codes:
        """Users of the baseline and of the challenger `(2, days)` seen up to each day."""
        seen = self.first_day < self.days
        firsts = [
            np.bincount(self.first_day[seen & (self.is_challenger == arm)], minlength=self.days)
            for arm in (False, True)
        ]
        return np.cumsum(firsts, axis=1)

    @cached_property
    def messages_by_day(self) -> Codes:
        """Messages of the release up to each day `(days,)`."""
        rows = self.rows(0, self.days)
        counts = np.bincount(self.day[rows], minlength=self.days)
        return np.cumsum(counts)

    @cached_property
    def messages_of_arms_by_day(self) -> Codes:
        """Messages of the baseline and of the challenger `(2, days)` up to each day."""
        rows = self.rows(0, self.days)
        of = self.is_challenger[self.user[rows]]
        counts = [
            np.bincount(self.day[rows][of == arm], minlength=self.days) for arm in (False, True)
        ]
        return np.cumsum(counts, axis=1)

    def summed(self, values: Floats, rows: slice | Mask) -> Floats:
        """Sums by user `(users,)` of a column's values `(rows,)` over some messages."""
        return np.bincount(self.user[rows], values[rows], self.users).astype(float)

    def running(self, values: Floats) -> Iterator[Floats]:
        """Sums by user to date, at the end of each day of the release."""
        total = np.zeros(self.users)
        for day in range(self.days):
            total = total + self.summed(values, self.rows(day, day + 1))
            yield total


def _a_day_later(known: Mask) -> Mask:
    """Days `(days, users)` moved by one: what was known the day before."""
    return np.vstack([np.zeros_like(known[:1]), known[:-1]])
