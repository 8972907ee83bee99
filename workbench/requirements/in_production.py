# pyright: strict, reportMissingTypeStubs=false
"""What a limited release measures of the lines of the requirements: on users, in production."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from workbench import words
from workbench.release import Trial
from workbench.requirements.known import Known
from workbench.requirements.lines import Requirement
from workbench.stats.intervals import Codes, Floats, Interval
from workbench.stats.movers import rare_rate, user_quantile
from workbench.stats.user_ratios import user_ratio

BROKEN = "users were not dealt to the arms as planned"
SEEK = "find out who is missing from an arm"


def in_production(trial: Trial, line: Requirement) -> Iterator[Known]:
    """The value of a line among the challenger's users; none where its logs do not say."""
    values, users = _logged(trial, _COLUMNS.get(line.measure, ""))
    if not len(values):
        return
    limits = partial(_limits, _FIGURES[line.measure](line, values, users))
    of = words.count(int(users.max()) + 1, "user")
    said = f"{words.count(len(values), 'message')} of {of} of {trial.name}"
    doubt, step = (BROKEN, SEEK) if trial.blocked else ("", "")
    yield Known(limits, len(values), said, doubt, step)


def _logged(trial: Trial, column: str) -> tuple[Floats, Codes]:
    """The known values of a column `(n,)` in the challenger's messages, and their users from 0."""
    if trial.logs is None or column not in trial.logs.frame:
        return np.zeros(0), np.zeros(0, np.intp)
    frame: Any = trial.logs.frame
    frame = frame[(frame["arm"] == trial.challenger) & frame[column].notna()]
    users: Codes = np.unique(frame["user"].to_numpy(str), return_inverse=True)[1]
    return frame[column].to_numpy(float), users


def _limits(found: Any, tail: float) -> Interval:
    return Interval(found.estimate, *found.limits(tail))


def _sums(values: Floats, users: Codes) -> tuple[Floats, Floats]:
    return np.bincount(users, values).astype(float), np.bincount(users).astype(float)


def _quantile(line: Requirement, values: Floats, users: Codes) -> Any:
    order = np.argsort(values, kind="stable")
    return user_quantile(values[order], users[order], line.quantile or 0.5)


def _rate(line: Requirement, values: Floats, users: Codes) -> Any:
    return rare_rate(*_sums(values, users))


def _mean(line: Requirement, values: Floats, users: Codes) -> Any:
    return user_ratio(*_sums(values * (line.per or 1), users))


_COLUMNS: Mapping[str, str] = {
    "latency": "seconds", "malformed": "malformed", "unsafe_output": "flag", "errors": "error",
    "satisfaction": "feedback", "cost": "cost",
}  # fmt: skip
_FIGURES: Mapping[str, Callable[[Requirement, Floats, Codes], Any]] = {
    "latency": _quantile,
    **dict.fromkeys(("malformed", "unsafe_output", "errors"), _rate),
    **dict.fromkeys(("satisfaction", "cost"), _mean),
}
