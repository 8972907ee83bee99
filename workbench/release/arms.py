"""From logs to two arms of users: who counts, and from which day on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from workbench import words
from workbench.errors import DatasetError
from workbench.printing import in_line
from workbench.release.arm_traffic import Mask, Tagged, Traffic
from workbench.release.entries import evened, shares_of
from workbench.release.measures import MEASURES
from workbench.release.planned import Plan
from workbench.release.released_logs import TAG, Logs
from workbench.stats.intervals import Codes

SAID_BASELINE = ("baseline", "control")
WHOLE = 0.35  # of an ordinary day's messages: a last day with fewer is not over yet
MOST_HISTORY = 56  # days before a release that tell of it
MOST_TAG = 60  # characters of a slice's name that are shown
ORDINARY = 7  # days before the last, of which the median is an ordinary one
VALUES = (
    "feedback", "seconds", "tokens", "error", "malformed", "flag", "cost", "resolved", "regenerate"
)  # fmt: skip


@dataclass(frozen=True)
class Dealt:
    """The two arms of a release, and what is left out of it by kind: users of both arms, rows in
    the release without one of the two, rows from so long before that they say little of it, rows
    of a last day that is not over, days after the plan's last.
    """

    logs: Logs
    traffic: Traffic
    baseline: str
    challenger: str
    start: date
    rows: Codes  # of the logs' frame, those of the traffic in its order
    left_out: Mapping[str, int]


def deal(logs: Logs, plan: Plan) -> Dealt:
    """The traffic of the plan's two arms."""
    frame = logs.frame
    start = _start(frame, plan)
    day = _days(frame, start)
    (baseline, challenger), place = _placed(frame, day, plan)
    users, names = pd.factorize(frame["user"])
    rows = _Rows(users, day, place)
    counting = _evened(rows, names, plan, start.date())
    kept = rows.kept & counting[users] & (day >= -MOST_HISTORY) & (day < plan.at_most)
    at = np.flatnonzero(kept)
    left_out = {**rows.left_out(plan.at_most), "evened": int((~counting).sum())}
    traffic = _checked(_traffic(frame, at, rows), plan)
    return Dealt(logs, traffic, baseline, challenger, start.date(), at, left_out)


def _placed(frame: pd.DataFrame, day: Codes, plan: Plan) -> tuple[tuple[str, str], Codes]:
    """Baseline and challenger, and in which of them each row is: 0, 1, or -1."""
    arms = frame["arm"].to_numpy()
    baseline, challenger = _named(tuple(sorted({arm for arm in arms[day >= 0] if arm})), plan)
    place = np.select([day < 0, arms == baseline, arms == challenger], [-1, 0, 1], -1)
    return (baseline, challenger), place


def _evened(rows: "_Rows", names: Any, plan: Plan, start: date) -> Mask:
    """Which users count, so that both arms hold the same mix of the days of a ramp `(users,)`."""
    first = rows.first_day
    if not plan.ramp:
        return np.ones(len(first), bool)
    shares = shares_of(plan.ramp, start, int(first.max()) + 1)
    seen = rows.in_arms[0] | rows.in_arms[1]
    return ~seen | evened(names.tolist(), rows.in_arms[1], shares[first], plan.share)


def before(logs: Logs, plan: Plan) -> Traffic:
    """The traffic before a release that has not begun: up to the plan's start, or all there is."""
    frame = logs.frame
    last = frame["timestamp"].iloc[-1].floor("D") + pd.Timedelta(days=1)
    day = _days(frame, _moment(plan.start).floor("D") if plan.start else last)
    kept = np.flatnonzero((day < 0) & (day >= -MOST_HISTORY))
    if not len(kept):
        raise DatasetError(f"no message lies in the {MOST_HISTORY} days before the release")
    nowhere = np.full(len(day), -1)
    rows = _Rows(pd.factorize(frame["user"])[0], day, nowhere)
    return _checked(_traffic(frame, kept, rows), plan)


def _checked(traffic: Traffic, plan: Plan) -> Traffic:
    """Traffic that knows what the release is for."""
    primary = MEASURES[plan.primary]
    if not primary.is_known(traffic):
        step = f"say load_logs(..., columns={{{primary.top!r}: ...}}), or Plan(primary=...)"
        raise DatasetError(f"the logs do not tell {primary.title}: {step}")
    return traffic


@dataclass(frozen=True)
class _Rows:
    """Whose each message is, on which day, and in which arm: 0, 1, or -1 in neither."""

    user: Codes
    day: Codes
    place: Codes

    @cached_property
    def in_arms(self) -> tuple[Mask, Mask]:
        """Whether each user is in the baseline, in the challenger `(users,)`."""
        users = int(self.user.max()) + 1
        baseline, challenger = (
            np.bincount(self.user[self.place == arm], minlength=users) > 0 for arm in (0, 1)
        )
        return baseline, challenger

    @cached_property
    def is_mixed(self) -> Mask:
        return self.in_arms[0] & self.in_arms[1]

    @cached_property
    def is_other(self) -> Mask:
        return (self.day >= 0) & (self.place < 0)

    @cached_property
    def of_one_arm(self) -> Mask:
        return ~self.is_other & ~self.is_mixed[self.user]

    @cached_property
    def first_day(self) -> Codes:
        """On which each user first came in an arm `(users,)`; 0 of who never did."""
        dealt = np.flatnonzero(self.place >= 0)[::-1]  # rows rise by time: the first is set last
        first = np.zeros(int(self.user.max()) + 1, np.intp)
        first[self.user[dealt]] = self.day[dealt]
        return first

    @cached_property
    def last_day(self) -> int:
        """The last day that is over."""
        if self.is_mixed.any() and not self.of_one_arm.any():
            raise DatasetError(
                "every user was seen in both arms: is the user= column the right one?"
            )
        return _last_day(self.day[self.of_one_arm & (self.day >= 0)])

    @property
    def kept(self) -> Mask:
        return self.of_one_arm & (self.day <= self.last_day)

    def left_out(self, at_most: int) -> dict[str, int]:
        """How many, by kind."""
        return {
            "both arms": int(self.is_mixed.sum()),
            "other rows": int(self.is_other.sum()),
            "old rows": int((self.day < -MOST_HISTORY).sum()),
            "open day": int((self.of_one_arm & (self.day > self.last_day)).sum()),
            "beyond plan": max(self.last_day + 1 - at_most, 0),
        }


def _start(frame: pd.DataFrame, plan: Plan) -> Any:
    """Midnight before the first day, in UTC."""
    if plan.start:
        return _moment(plan.start).floor("D")
    with_arm = np.flatnonzero(frame["arm"].to_numpy() != "")
    if not len(with_arm):
        raise DatasetError("no row of the logs names an arm: say columns={'arm': ...}")
    days = pd.unique(frame["timestamp"].iloc[with_arm].dt.floor("D"))
    first, then = days[0], days[min(1, len(days) - 1)]
    if (then - first).days > MOST_HISTORY:
        raise DatasetError(
            f"the first rows with an arm are of {first:%Y-%m-%d}, and the next of {then:%Y-%m-%d}: "
            f'mend their times, or say Plan(start="{then:%Y-%m-%d}")'
        )
    return first


def _days(frame: pd.DataFrame, start: Any) -> Codes:
    seconds = (frame["timestamp"] - start).dt.total_seconds().to_numpy()
    return (seconds // 86_400).astype(np.intp)


def _moment(text: str) -> Any:
    try:
        return pd.to_datetime(text, utc=True)
    except ValueError:
        raise DatasetError(f"start={text!r} is no date: write it as 2026-03-02") from None


def _named(arms: tuple[str, ...], plan: Plan) -> tuple[str, str]:
    """Baseline and challenger, as the plan says or the arms' own names do."""
    _check_names(arms)
    there = words.listed(arms) or "none"
    given = tuple(name for name in (plan.baseline, plan.challenger) if name)
    if missing := [name for name in given if name not in arms]:
        raise DatasetError(f"no arm {missing[0]!r} in the release: there are {there}")
    own = [arm for arm in arms if arm.casefold() in SAID_BASELINE]
    baseline = plan.baseline or (own[0] if len(own) == 1 else "")
    others = [arm for arm in arms if arm != baseline]
    challenger = plan.challenger or (others[0] if len(others) == 1 else "")
    if not (baseline and challenger) or baseline == challenger:
        raise DatasetError(
            f"which arms are compared? Say Plan(baseline=..., challenger=...): there are {there}"
        )
    return baseline, challenger


def _check_names(arms: tuple[str, ...]) -> None:
    """DatasetError where there is one arm alone, or two are one name, written otherwise."""
    if len(arms) == 1:
        raise DatasetError(f"there is one arm alone, {arms[0]}: a release compares two")
    seen: dict[str, str] = {}
    for arm in arms:
        key = "".join(arm.casefold().split())
        if key in seen:
            raise DatasetError(
                f"arms {seen[key]!r} and {arm!r} differ in spelling alone: write one name for both"
            )
        seen[key] = arm


def _last_day(day: Codes) -> int:
    """The last day that is over, judged by its messages beside those of the week before."""
    if not len(day):
        raise DatasetError("no message of the two arms lies in the release: see Plan(start=...)")
    counts = np.bincount(day)
    ordinary = np.median(counts[:-1][-ORDINARY:]) if len(counts) > 1 else 0
    return len(counts) - 1 if counts[-1] >= WHOLE * ordinary else len(counts) - 2


def _traffic(frame: pd.DataFrame, rows: Codes, of: _Rows) -> Traffic:
    columns = {name: frame[name].to_numpy(float)[rows] for name in VALUES if name in frame}
    if "feedback" in columns:
        columns["rated"] = np.isfinite(columns["feedback"]).astype(float)
    tags = {
        name.removeprefix(TAG): _tagged(frame[name].to_numpy()[rows])
        for name in frame
        if name.startswith(TAG)
    }
    there, codes = np.unique(of.user[rows], return_inverse=True)
    return Traffic(codes, of.day[rows], of.in_arms[1][there], columns, tags)


def _tagged(values: np.ndarray) -> Tagged:
    codes, names = pd.factorize(values)
    blank = [place for place, name in enumerate(names) if name == ""]
    shown = tuple(words.brief(in_line(str(name)), MOST_TAG) for name in names)
    return Tagged(np.where(np.isin(codes, blank), -1, codes), shown)
