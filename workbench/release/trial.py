"""What a limited release says: the word, its reasons as data, and the figures behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from workbench import words
from workbench.critics.verdict import Critic
from workbench.datasets import Dataset
from workbench.errors import WorkbenchError
from workbench.printing import printed
from workbench.release.asked import Limit
from workbench.release.loop import Picked, as_dataset, judge_sample, picked
from workbench.release.planned import Plan, Source
from workbench.release.released_logs import Logs
from workbench.release.users_shown import Shown, shown, to_keep
from workbench.runs import Run
from workbench.stats.intervals import Interval
from workbench.store import Store

Word = Literal["ship", "hold", "stop", "more days"]
KeptWord = Literal["met", "missed", "not shown"]
GuardWord = Literal["holds", "undecided", "unknown", "harmed"]
Decides = Literal["observed", "surplus", "silent"]
MOST_SAID = 240  # characters in a line


@printed
@dataclass(frozen=True)
class Reason:
    """One thing that speaks for or against the word; `sentence` says it.

    `kind` is a key of `reasoned.SENTENCES` or `COUNTED`, "limit missed", "limit not shown" or "not
    read"; `about` a measure, a slice, arms or a column; `value` what was found and `bound` what it
    was held against, in the unit of the measure (a share of the baseline's for latency and costs;
    of a limit the value itself).
    """

    kind: str
    about: str = ""
    value: float = float("nan")
    bound: float = float("nan")
    sentence: str = field(default="", compare=False)

    def __repr__(self) -> str:
        return f"Reason {self.kind}: {words.brief(self.sentence, MOST_SAID)}"


@printed
@dataclass(frozen=True)
class DayEffect:
    """The primary measure to date at the end of a day: challenger minus baseline.

    `low` and `high` hold on all days together (infinite where the day is no look); it is `better`
    where `low` is above 0 (`goal="not worse"`: above -margin), `harmed` where harm was shown by the
    bound for stopping. `information` is the share of what was planned. `users` and `messages` count
    baseline and challenger to date; `log_odds` is the evidence against the planned sample ratio (an
    alarm above 6.9).
    """

    day: int  # from 1
    date: date
    effect: float
    error: float
    low: float
    high: float
    better: bool
    harmed: bool
    information: float
    users: tuple[int, int]
    messages: tuple[int, int]
    log_odds: float

    def __repr__(self) -> str:
        found = words.measured(Interval(self.effect, self.low, self.high))
        return f"DayEffect day {self.day}: {found}"


@printed
@dataclass(frozen=True)
class Measured:
    """One measure of both arms to date, each with its 95 % interval (baseline, challenger), and the
    effect with its own, as if there were no other look: a difference, or a share of the
    baseline's where `relative`.
    """

    measure: str
    title: str
    relative: bool
    higher_is_better: bool
    arms: tuple[Interval, Interval]
    effect: Interval

    def __repr__(self) -> str:
        baseline, challenger = (f"{arm.estimate:.3g}" for arm in self.arms)
        return f"Measured {self.measure}: {baseline} and {challenger}"


@printed
@dataclass(frozen=True)
class Guarded:
    """A guardrail: is the challenger worse by less than its margin?

    `effect`, `low`, `high` and `margin` are differences, or shares of the baseline's where
    `relative`; `low` and `high` are one-sided limits at this look's tail. Words: `holds` (worse by
    the margin is ruled out), `undecided`, `unknown` (not logged, too few events, or a few users
    wrote most: that holds a release too), `harmed` (worse by more than the margin is shown).
    `worse` says that some harm is shown, whether or not inside the margin. `events` counts both
    arms of a rare measure, else -1. `power` is the chance that it holds on the first day a verdict
    may be given, were nothing changed. `source` is who stated the margin.
    """

    measure: str
    title: str
    relative: bool
    arms: tuple[float, float]
    effect: float
    low: float
    high: float
    margin: float
    word: GuardWord
    worse: bool
    events: int
    power: float
    source: Source = "plan"

    def __repr__(self) -> str:
        return f"Guarded {self.measure}: {self.word}"


@printed
@dataclass(frozen=True)
class Kept:
    """A limit of the requirements and what the challenger's users got, with the limits of the day's
    look at that; open where the logs do not say, and then `step` is what to log.
    """

    limit: Limit
    value: Interval
    word: KeptWord
    step: str = ""

    @property
    def sentence(self) -> str:
        """p95 latency at most 2.00 s: missed, 2.41 s (2.33 s to 2.50 s)."""
        said = f"{words.capital(self.limit.text)}: {self.word}"
        ends = [self.limit.said(each) for each in self.value if isfinite(each)]
        if not isfinite(self.value.estimate):
            left = "" if self.limit.blocks and self.limit.of_release else "; left to other evidence"
            return f"{said}, not in the logs{left}: {self.step}."
        limits = f" ({ends[1]} to {ends[2]})" if len(ends) == 3 else ""
        return f"{said}, {ends[0]}{limits}."

    def __repr__(self) -> str:
        return f"Kept: {self.sentence}"


@printed
@dataclass(frozen=True)
class SliceEffect:
    """The primary measure of one slice, challenger minus baseline, with its own 95 % interval.

    `p_worse` is Holm's over all slices, `harmed` where it is below the plan's alpha; `findable` is
    the smallest harm that would have been found with the plan's power. Not found is not safe.
    """

    tag: str
    value: str
    users: tuple[int, int]
    effect: Interval
    p_worse: float
    harmed: bool
    findable: float

    def __repr__(self) -> str:
        return f"SliceEffect {self.tag}={self.value}: {words.measured(self.effect)}"


@printed
@dataclass(frozen=True)
class Coverage:
    """How many messages were rated, baseline and challenger, and the difference; `bounds` hold the
    difference of the primary measure over all messages, were the rest all good in one arm and all
    bad in the other. `differs` where the interval of the difference excludes 0.

    The word stands on what the difference lies `between`: the observed one twice; where the arms
    do not answer alike what it would be, were the surplus of answers of the arm that answers more
    all good or all bad; or, where they answer for other reasons (as the measure `told_by` shows of
    rated and silent messages), were all of the silent.
    """

    arms: tuple[Interval, Interval]
    difference: Interval
    bounds: tuple[float, float]
    decides: Decides = "observed"
    between: tuple[float, float] = (float("nan"), float("nan"))
    told_by: str = ""

    @property
    def differs(self) -> bool:
        return self.difference.low > 0 or self.difference.high < 0

    def __repr__(self) -> str:
        baseline, challenger = (words.hundredths(arm.estimate) for arm in self.arms)
        return f"Coverage of feedback: {baseline} and {challenger}"


@printed
@dataclass(frozen=True)
class SinceFirst:
    """The primary measure by days since a user's first message in the release (0 is the first day;
    the last row holds all later ones): what fades with use shows here.
    """

    days: tuple[int, int]  # first and last day of the row
    effect: Interval  # its own 95 % interval, as if it were the only one
    messages: tuple[int, int]

    def __repr__(self) -> str:
        return f"SinceFirst days {self.days[0]} to {self.days[1]}: {words.measured(self.effect)}"


@printed
@dataclass(frozen=True)
class Chance:
    """The power of a guardrail at its margin, were nothing changed, by the day of the verdict, from
    traffic before the release. `needed` is what each must have for all to hold with the plan's.
    """

    measure: str
    margin: float
    by_day: Mapping[int, float]  # one week after the plan's last day too
    needed: float

    @property
    def sentence(self) -> str:
        """How likely the guardrail is to hold, and what each needs."""
        said = ", ".join(f"{chance:.2f} on day {day}" for day, chance in self.by_day.items())
        return f"{self.measure} within its margin: {said}; {self.needed:.2f} wanted"

    def __repr__(self) -> str:
        return f"Chance of {words.brief(self.sentence, MOST_SAID)}"


@printed
@dataclass(frozen=True)
class Trial:
    """A limited release: ship, hold, stop or n more days, and why.

    The word stands on the logs up to the end of `day`: the first on which ship or stop was said,
    else the last whole day of the logs (at most the plan's). `measures`, `guardrails`, `kept`,
    `slices`, `coverage`, `since_first` and `last_week` are as of that day; `by_day` goes on after
    it, up to the last day of the logs or of the plan. `estimate` is the effect with limits that
    hold on all days together, which a trial that stopped early needs: the plain interval is biased
    outwards. `last_week` is the effect of the last seven days alone, plain.
    """

    name: str
    plan: Plan
    baseline: str
    challenger: str
    day: int
    word: Word
    more_days: int  # for the word "more days", else 0
    reasons: tuple[Reason, ...]
    by_day: tuple[DayEffect, ...]
    estimate: Interval
    last_week: Interval
    measures: tuple[Measured, ...]
    guardrails: tuple[Guarded, ...]
    slices: tuple[SliceEffect, ...]
    coverage: Coverage | None
    since_first: tuple[SinceFirst, ...]
    chances: tuple[Chance, ...]
    kept: tuple[Kept, ...] = ()  # the limits of the requirements
    odd_segments: tuple[tuple[str, float], ...] = ()  # after an alarm: tag=value and its log odds
    kept_figures: tuple[Shown, ...] = field(default=(), repr=False)  # where the logs are not held
    logs: Logs | None = field(default=None, repr=False, compare=False)

    def shown(self, measure: str, quantile: float = 0.0) -> Shown | None:
        """What the challenger's users show of a measure, as requirements name it; None where the
        logs, or what was kept of them, do not say.
        """
        if self.logs is not None:
            return shown(self.logs, self.challenger, measure, quantile)
        wanted = measure, quantile
        found = (each for each in self.kept_figures if (each.measure, each.quantile) == wanted)
        return next(found, None)

    def without_logs(self) -> "Trial":
        """The same with its figures alone: no user, no text."""
        if self.logs is None:
            return self
        figures = tuple(to_keep(self.logs, self.challenger))
        return replace(self, kept_figures=figures, logs=None)

    def examples(
        self,
        what: str = "all",
        *,
        arm: str = "",
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
        seed: int = 0,
        field: str = "message",
    ) -> Dataset:
        """The messages behind a number as a dataset for the next iteration, ids and inputs kept.

        `what` is "thumbs down", "thumbs up", "errors", "malformed", "flags", "asked again",
        "not resolved", "slow" (the slowest in twenty) or "all"; `arm` and `where` ({tag: value or
        values}) take a part, `limit` a random one. A logged text is the input `field`. Raises
        WorkbenchError where the logs cannot say.
        """
        found = self._picked(what, arm, where, limit, seed)
        return as_dataset(found, self.name, field)

    async def judge(
        self,
        critics: Sequence[Critic],
        what: str = "all",
        *,
        arm: str = "",
        where: Mapping[str, Any] | None = None,
        limit: int | None = 200,
        seed: int = 0,
        field: str = "message",
        store: Store | str | Path | None = None,
        budget: float | None = None,
    ) -> Run:
        """Critics on a random sample of the logged answers, beside what users said of them.

        The run's rows are the answers as logged, with the arm as a tag; users' feedback is kept as
        labels of the rater "users", so that `trust(run, critic)` says how far the two agree, and
        `labels.apart(run, critic)` gives the examples on which they do not. "thumbs up" or "thumbs
        down" as `what` would be no fair sample of both.
        """
        found = self._picked(what, arm, where, limit, seed)
        about = self.name, field
        return await judge_sample(found, critics, *about, seed=seed, store=store, budget=budget)

    def _picked(
        self, what: str, arm: str, where: Mapping[str, Any] | None, limit: int | None, seed: int
    ) -> Picked:
        if self.logs is None:
            raise WorkbenchError("this trial holds no logs: launch(logs, plan) makes one that does")
        arms = (self.baseline, self.challenger)
        return picked(self.logs, what, arms, arm=arm, where=where, limit=limit, seed=seed)

    @property
    def blocked(self) -> bool:
        """Whether users were not dealt as planned, so that nothing can be said."""
        return any(reason.kind == "sample ratio" for reason in self.reasons)

    @property
    def sentences(self) -> list[str]:
        """The word, then each reason."""
        return [self._said, *(reason.sentence for reason in self.reasons if reason.sentence)]

    @property
    def sentence(self) -> str:
        return " ".join(self.sentences)

    @property
    def _said(self) -> str:
        after = f"after {words.count(self.day, 'day')}"
        if self.word == "more days":
            return f"{words.count(self.more_days, 'more day')} for {self.challenger}, {after}."
        verb = {"ship": "Ship", "hold": "Hold", "stop": "Stop"}[self.word]
        return f"{verb} {self.challenger}, {after}."

    def __repr__(self) -> str:
        return f"Trial {self.name}: {words.brief(self.sentence, MOST_SAID)}"
