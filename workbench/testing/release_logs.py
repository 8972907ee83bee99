"""Logs of a limited release with planted effects, for tests, tutorials and simulations.

What a user is like lasts: how often they come, how easily they are pleased, how long their answers
take and what they cost. Days follow the week. Parameters are those of METHODS 6.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, log
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
WEEK = np.array([1, 1, 1, 1, 1, 0.6, 0.6])  # load of a day, from Monday on
SLICES = {"fr": 0.15, "en": 0.3, "de": 0.2, "es": 0.15, "ja": 0.12, "pt": 0.08}
NEW = 0.2  # of the users: their first day is a random one of the release
SATISFIED = log(0.7 / 0.3)
BASELINE, CHALLENGER = "v1", "v2"


@dataclass(frozen=True)
class Planted:
    """What the challenger does: nothing, unless told.

    `lift` is added to the log odds of satisfaction and fades by exp(-day/`fade`); the others
    multiply: seconds, dollars, and the rates of errors, flagged and malformed answers. `slices`
    are lifts of their own; `engagement` multiplies how often users come back after their first
    message; `share` of users are dealt to the challenger in truth; `coverage` is
    the share of messages that are rated, in the baseline and in the challenger.
    """

    lift: float = 0.0
    fade: float = inf  # days
    latency: float = 1.0
    cost: float = 1.0
    errors: float = 1.0
    flags: float = 1.0
    malformed: float = 1.0
    engagement: float = 1.0
    slices: Mapping[str, float] = field(default_factory=dict[str, float])
    share: float = 0.5
    coverage: tuple[float, float] = (1.0, 1.0)


NOTHING = Planted()


@dataclass(frozen=True)
class DrawnLogs:
    """Messages in order of their days: `user` `(rows,)` from 0 and `day` `(rows,)` from 0, days
    before the release negative; of users whether they are the `challenger`'s, and their `slice`;
    columns `(rows,)` by name; and whether the user was `pleased`, said or not.
    """

    user: NDArray[np.intp]
    day: NDArray[np.intp]
    is_challenger: NDArray[np.bool_]
    slice: NDArray[np.intp]
    columns: Mapping[str, Floats]
    pleased: Floats


def drawn_logs(
    random: np.random.Generator,
    planted: Planted = NOTHING,
    *,
    users: int = 3000,
    days: int = 14,
    history: int = 14,
) -> DrawnLogs:
    """One release of so many users and days, and so many days before it."""
    is_challenger = random.random(users) < planted.share
    log_rate = random.normal(-0.4, 1.1, users)
    coming = _Coming(random, np.exp(log_rate), days, history)
    user, day = _messages(coming.counts(planted.engagement, is_challenger), history)
    slices = random.choice(len(SLICES), users, p=list(SLICES.values()))
    drawn = _Draw(random, planted, user, day, is_challenger[user] & (day >= 0))
    pleased = drawn.pleased(SATISFIED + random.normal(0, 0.8, users) - 0.15 * log_rate, slices)
    columns = {"feedback": drawn.said(pleased), **drawn.figures(users)}
    return DrawnLogs(user, day, is_challenger, slices, columns, pleased)


@dataclass(frozen=True)
class _Coming:
    """How often users come: `a_day` `(users,)` messages of an ordinary day, the week over it."""

    random: np.random.Generator
    a_day: Floats
    days: int
    history: int

    def counts(self, factor: float, is_challenger: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Messages of each user on each day `(history + days, users)`; the challenger's come back
        `factor` times as often.
        """
        users, calendar = len(self.a_day), np.arange(-self.history, self.days)
        is_new = self.random.random(users) < NEW
        first = np.where(is_new, self.random.integers(0, self.days, users), -self.history)
        counts = self.random.poisson(self._rates(calendar)) * (calendar[:, None] >= first)
        if factor != 1:
            self._come_back(counts[self.history :], factor, is_challenger)
        return counts

    def _rates(self, calendar: NDArray[np.intp]) -> Floats:
        return self.a_day * WEEK[calendar % 7][:, None]

    def _come_back(
        self, counts: NDArray[np.intp], factor: float, is_challenger: NDArray[np.bool_]
    ) -> None:
        """After a user's first message of the release, before which they saw nothing of it."""
        begun = np.logical_or.accumulate(counts > 0)
        again = np.vstack([np.zeros_like(begun[:1]), begun[:-1]]) & is_challenger
        fewer = self.random.binomial(counts, min(factor, 1.0))
        more = self.random.poisson(max(factor - 1, 0.0) * self._rates(np.arange(self.days)))
        counts[again] = (fewer + more)[again]


def _messages(counts: NDArray[np.intp], history: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Whose message each is and its day, by rising days."""
    calendar = np.arange(len(counts)) - history
    every = np.tile(np.arange(counts.shape[1]), len(counts))
    return np.repeat(every, counts.ravel()), np.repeat(calendar, counts.sum(axis=1))


@dataclass(frozen=True)
class _Draw:
    """The columns of messages `(rows,)`."""

    random: np.random.Generator
    planted: Planted
    user: NDArray[np.intp]
    day: NDArray[np.intp]
    treated: NDArray[np.bool_]

    def pleased(self, of_users: Floats, slices: NDArray[np.intp]) -> Floats:
        """1 where an answer pleases its user; log odds by user."""
        of_slices = np.array([self.planted.slices.get(name, 0.0) for name in SLICES])[slices]
        fading = np.exp(-np.maximum(self.day, 0) / self.planted.fade)
        lift = self.treated * (self.planted.lift * fading + of_slices[self.user])
        odds = np.exp(of_users[self.user] + lift)
        return (self._uniform() < odds / (1 + odds)).astype(float)

    def said(self, pleased: Floats) -> Floats:
        """The same, NaN where nobody said so."""
        before, after = self.planted.coverage
        if before == after == 1:
            return pleased
        spoken = self._uniform() < np.where(self.treated, after, before)
        return np.where(spoken, pleased, np.nan)

    def figures(self, users: int) -> dict[str, Floats]:
        """All but the feedback."""
        seconds, dollars = self.seconds(users), self.dollars(users)
        return {"seconds": seconds, "cost": dollars, **self.events(users)}

    def seconds(self, users: int) -> Floats:
        centre = 0.7 + self.random.normal(0, 0.25, users)[self.user] + 0.06 * WEEK[self.day % 7]
        drawn = np.exp(centre + 0.55 * self.random.standard_normal(len(self.user)))
        return drawn * np.where(self.treated, self.planted.latency, 1.0)

    def dollars(self, users: int) -> Floats:
        centre = self.random.normal(0, 0.3, users)[self.user] + log(0.002)
        drawn = np.exp(centre + 0.5 * self.random.standard_normal(len(self.user)))
        return drawn * np.where(self.treated, self.planted.cost, 1.0)

    def events(self, users: int) -> dict[str, Floats]:
        """Errors, safety flags and malformed answers, each by users of very different rates."""
        gamma, planted = self.random.gamma, self.planted
        return {
            "error": self._rare(gamma(1.0, 0.010, users), planted.errors),
            "flag": self._rare(gamma(0.3, 0.001 / 0.3, users), planted.flags),
            "malformed": self._rare(gamma(1.0, 0.008, users), planted.malformed),
        }

    def _rare(self, of_users: Floats, factor: float) -> Floats:
        rate = of_users[self.user] * np.where(self.treated, factor, 1.0)
        return (self._uniform() < rate).astype(float)

    def _uniform(self) -> Floats:
        return self.random.random(len(self.user))


TOKENS_A_SECOND = 60.0


def release_logs(
    users: int = 3000,
    days: int = 14,
    planted: Planted = NOTHING,
    *,
    history: int = 14,
    start: str = "2026-03-02",
    texts: Sequence[tuple[str, str]] = (),
    made_up: Sequence[tuple[str, str]] = (),
    seed: int = 0,
) -> "pd.DataFrame":
    """Logs of a release as `load_logs` reads them, one row a message, by time.

    Arms v1 and v2, dealt by user; the `history` days before `start` have no arm. With `texts`
    (input, output) each message has one of them; of messages that displease three in four, and of
    others one in twenty, have one of `made_up`. `planted` says what the second arm does.
    """
    random = np.random.default_rng(seed)
    drawn = drawn_logs(random, planted, users=users, days=days, history=history)
    frame = _frame(random, drawn, start)
    if texts:
        chosen = random.integers(0, len(texts), len(frame))
        frame["input"], frame["output"] = np.array(texts, object)[chosen].T
    if made_up:
        _make_up(random, frame, made_up)
    return frame.sort_values("timestamp", kind="stable", ignore_index=True)


def _make_up(
    random: np.random.Generator, frame: "pd.DataFrame", made_up: Sequence[tuple[str, str]]
) -> None:
    """Put answers that are made up in the place of others."""
    odds = np.where(frame["feedback"].to_numpy(float) == 0, 0.75, 0.05)
    rows = np.flatnonzero(random.random(len(frame)) < odds)
    chosen = random.integers(0, len(made_up), len(rows))
    frame.loc[rows, ["input", "output"]] = np.array(made_up, object)[chosen]


def _frame(random: np.random.Generator, drawn: DrawnLogs, start: str) -> "pd.DataFrame":
    import pandas as pd

    arms = np.where(drawn.is_challenger[drawn.user], CHALLENGER, BASELINE)
    seconds = drawn.day * 86_400 + random.integers(0, 86_400, len(drawn.user))
    names = np.array([f"u{number:06d}" for number in range(len(drawn.slice))])
    return pd.DataFrame(
        {
            "user": names[drawn.user],
            "arm": np.where(drawn.day < 0, "", arms),
            "timestamp": pd.Timestamp(start, tz="UTC") + pd.to_timedelta(seconds, unit="s"),
            **drawn.columns,
            **_further(random, drawn),
            "tag.language": np.array([*SLICES])[drawn.slice][drawn.user],
        }
    )


def _further(random: np.random.Generator, drawn: DrawnLogs) -> dict[str, Floats]:
    """Columns that follow from others: tokens from seconds; what displeases is asked for again,
    what pleases is more often resolved.
    """
    pleased, columns, count = drawn.pleased, drawn.columns, len(drawn.pleased)
    return {
        "tokens": np.round(columns["seconds"] * TOKENS_A_SECOND * random.uniform(0.8, 1.2, count)),
        "regenerate": (random.random(count) < 0.05 + 0.2 * (1 - pleased)).astype(float),
        "resolved": (random.random(count) < 0.3 + 0.5 * pleased).astype(float),
    }
