"""From logs to two arms of users: who counts, and from which day on."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from workbench import words
from workbench.errors import DatasetError
from workbench.release.arm_traffic import Mask, Tagged, Traffic
from workbench.release.planned import Plan
from workbench.release.released_logs import TAG, Logs
from workbench.stats.intervals import Codes

SAID_BASELINE = ("baseline", "control")
WHOLE = 0.35  # of an ordinary day's messages: a last day with fewer is not over yet
ORDINARY = 7  # days before the last, of which the median is an ordinary one
VALUES = (
    "feedback", "seconds", "tokens", "error", "malformed", "flag", "cost", "resolved", "regenerate"
)  # fmt: skip


@dataclass(frozen=True)
class Dealt:
    """The two arms of a release; the counts are of rows or users that are left out."""

    traffic: Traffic
    baseline: str
    challenger: str
    start: date
    rows: Codes  # of the logs' frame, those of the traffic in its order
    other_rows: int = 0  # in the release without one of the two arms
    both_arms: int = 0  # users
    open_day: int = 0  # messages of a last day that is not over


def deal(logs: Logs, plan: Plan) -> Dealt:
    """The traffic of the plan's two arms."""
    frame = logs.frame
    start = _start(frame, plan)
    day = _days(frame, start)
    arms, released = frame["arm"].to_numpy(), day >= 0
    names = _named(tuple(sorted({arm for arm in arms[released] if arm})), plan)
    place = np.where(released, np.select([arms == name for name in names], [0, 1], -1), -1)
    rows = _Rows(pd.factorize(frame["user"])[0], day, place)
    kept = np.flatnonzero(rows.kept & ~rows.is_open)
    traffic = _traffic(frame, kept, rows)
    counts = (int(each.sum()) for each in (rows.is_other, rows.is_mixed, rows.is_open))
    return Dealt(traffic, *names, start.date(), kept, *counts)


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
    def kept(self) -> Mask:
        return ~self.is_other & ~self.is_mixed[self.user]

    @cached_property
    def is_open(self) -> Mask:
        """Those of a last day that is not over."""
        return self.kept & (self.day > _last_day(self.day[self.kept & (self.day >= 0)]))


def _start(frame: pd.DataFrame, plan: Plan) -> Any:
    """Midnight before the first day, in UTC."""
    if plan.start:
        return _moment(plan.start).floor("D")
    with_arm = np.flatnonzero(frame["arm"].to_numpy() != "")
    if not len(with_arm):
        raise DatasetError("no row of the logs names an arm: say columns={'arm': ...}")
    return frame["timestamp"].iloc[with_arm[0]].floor("D")


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
    return Tagged(np.where(np.isin(codes, blank), -1, codes), tuple(map(str, names)))
