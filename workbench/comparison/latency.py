"""What answers took, compared only where they were measured side by side (METHODS 4.9).

Two answers to an example were where one call of `run` sent both: at one time, under one load.
Answers of an earlier run, of another day or of nobody knows when are shown, never subtracted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.comparison.scores import NOTHING, Grid
from workbench.runs import Run
from workbench.stats.intervals import Floats, Interval
from workbench.stats.quantiles import FEWEST_ROWS, quantile_difference

TIMED = ("ok", "truncated", "filtered", "malformed", "timeout")  # an error took no answer's time
MOSTLY = 0.95  # of the examples: a few that failed and were asked again later set no variant apart


def answer_seconds(statuses: Sequence[str], seconds: Sequence[float]) -> Floats:
    """What rows `(n,)` took; NaN where no answer or no time is known."""
    taken = np.array(seconds, dtype=float)
    known = np.isin(np.array(statuses, dtype=np.str_), TIMED) & np.isfinite(taken) & (taken >= 0)
    return np.where(known, taken, math.nan)


@dataclass(frozen=True)
class Latency:
    """A challenger's p95 minus the baseline's, seconds, from sending to the last byte.

    NaN where fewer than 60 `examples` were measured side by side, of the `of` that both answered.
    The interval is this one difference's own, and decides nothing.
    """

    challenger: str
    interval: Interval
    examples: int
    of: int

    @property
    def is_known(self) -> bool:
        return not math.isnan(self.interval.estimate)

    @property
    def is_apart(self) -> bool:
        """Whether there would be enough examples, had they been measured side by side."""
        return not self.is_known and self.examples < self.of


@dataclass(frozen=True)
class Seconds:
    """What every row took `(variants, examples, repeats)`, NaN where it has no answer or no time,
    and the session that it was measured in.
    """

    names: tuple[str, ...]
    seconds: Floats
    session: NDArray[np.str_]

    @classmethod
    def of(cls, run: Run) -> "Seconds":
        grid, columns = Grid.of(run), run.columns
        seconds = answer_seconds(columns["status"], columns["seconds"])
        session = np.array(run.sessions, dtype=np.str_)
        names = tuple(key.name for key in grid.variants)
        return cls(
            names, grid.filled(seconds, math.nan, float), grid.filled(session, "", session.dtype)
        )

    def side_by_side(self, challenger: str, baseline: str) -> tuple[Floats, Floats]:
        """Seconds of both `(examples, repeats)`, NaN where they were not measured side by side."""
        a, b = (self.names.index(name) for name in (challenger, baseline))
        together = (self.session[a] == self.session[b]) & (self.session[a] != "")
        both = together & ~np.isnan(self.seconds[a] + self.seconds[b])
        first, second = (np.where(both, self.seconds[each], math.nan) for each in (a, b))
        return first, second

    def answered(self, challenger: str, baseline: str) -> int:
        """Examples that both have answered, in a known time."""
        a, b = (self.seconds[self.names.index(name)] for name in (challenger, baseline))
        return int((~np.isnan(a + b)).any(axis=-1).sum())

    def examples(self, challenger: str, baseline: str) -> int:
        """Examples with answers of both that were measured side by side."""
        first, _ = self.side_by_side(challenger, baseline)
        return int((~np.isnan(first)).any(axis=-1).sum())

    def difference(self, challenger: str, baseline: str, level: float) -> Latency:
        """The p95 of one variant minus that of another."""
        first, second = self.side_by_side(challenger, baseline)
        interval, examples = NOTHING, self.examples(challenger, baseline)
        if examples >= FEWEST_ROWS:
            clusters = np.arange(first.size) // first.shape[-1]
            interval = quantile_difference(
                first.ravel(), second.ravel(), level=level, clusters=clusters
            )
        return Latency(challenger, interval, examples, self.answered(challenger, baseline))


def measured_apart(run: Run, baseline: str) -> tuple[str, ...]:
    """The variants whose answers were not measured side by side with the baseline's."""
    found = Seconds.of(run)
    others = [name for name in found.names if name != baseline]
    return tuple(
        name
        for name in others
        if found.examples(name, baseline) < MOSTLY * found.answered(name, baseline)
    )
