"""A race: variants answer the same examples in seeded order, and those that cannot win stop being
paid for.
"""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from workbench import stats, words
from workbench.arguments import expect_number
from workbench.comparison.scores import OWN_FAILURES
from workbench.critics import Critic
from workbench.datasets import Dataset, Example
from workbench.datasets.dataset import holds_back
from workbench.models.model import Model
from workbench.printing import printed
from workbench.prompts import Prompt
from workbench.runs import Run, run, unwatched
from workbench.runs.heldout import hidden
from workbench.runs.joining import dollars, join_runs
from workbench.runs.plan import Plan, SomePrompts, named
from workbench.runs.variants import variant_keys
from workbench.stats.intervals import Codes, Floats
from workbench.stats.scale import Scale
from workbench.store import Store

BATCH = 10  # examples between two looks
Variant = tuple[Prompt, Model]
GOES_ON = "the race goes on"
DECIDED = "the race was decided without them"
ENOUGH_FOR_BETTING = 300  # examples from which the rigorous mode is the better choice


@printed
@dataclass(frozen=True)
class Race:
    """How a race ended: the leader, who may be as good, who left when, and what was saved.

    `run` holds all answers, and `unsent` rows for what was saved; it is what `load_run` gives next.
    """

    critic: str
    scale: Scale  # of the critic
    within: float
    alpha: float
    mode: str
    top: tuple[str, ...]  # who may be best, leader first
    eliminated: Mapping[str, int]  # variant -> examples it had answered when it left
    means: Mapping[str, tuple[float, ...]]  # variant -> mean score after each batch
    used: int  # rows paid for
    of: int  # rows of a full run
    unscored: int
    stopped: str  # why it ended before it was decided; empty where it was
    runs: tuple[Run, ...] = field(repr=False)  # batch by batch
    run: Run | None = field(default=None, repr=False)  # all of it, once it has ended
    # variant -> mean of all its scores as a share of the scale, with its 95 % interval by itself
    intervals: Mapping[str, stats.Interval] = field(default_factory=dict)

    @property
    def saved(self) -> float:
        """The share of rows that nobody had to pay for."""
        return 1 - self.used / self.of

    @property
    def sentence(self) -> str:
        leader, *others = self.top
        if self.stopped:
            return (
                f"Not decided: {self.stopped.rstrip('.')}. Leading so far: {leader}; still in: "
                f"{words.listed(others) or 'no other'}."
            )
        read = f"{self.used:,} of {self.of:,} answers asked for, {words.percent(self.saved)} saved"
        chance = f"with probability {1 - self.alpha:g} by {self.critic}"
        points = words.points(self.within / self.scale.width)
        sure = f"at most {points} points below the best {chance}"
        also = f"{words.listed(others)} may be as good; " if others else ""
        return f"{leader} leads, {sure}; {also}{read}."

    @property
    def courses(self) -> dict[str, list[tuple[int, float]]]:
        """Per variant that was scored: examples answered, and the mean so far as a share of the
        scale.
        """
        courses = {name: self._course(name) for name in self.means}
        return {name: course for name, course in courses.items() if course}

    def _course(self, name: str) -> list[tuple[int, float]]:
        last = self._answered(name)
        return [
            (min(BATCH * look, last), self.scale.share(mean))
            for look, mean in enumerate(self.means[name], 1)
            if not math.isnan(mean)
        ]

    def _answered(self, name: str) -> int:
        return self.eliminated.get(name, self.of // len(self.means))

    def __repr__(self) -> str:
        return f"Race: {self.sentence}"


# called after each look, with `stopped` as GOES_ON, and at the end
watchers: list[Callable[[Race], None]] = []


@dataclass(frozen=True)
class _Course:
    """What the looks of a race found so far, told as a Race at any time."""

    variants: Sequence[Variant]
    examples: int
    judge: Critic
    within: float
    alpha: float
    mode: str
    # variant -> examples it had answered when it left
    left: dict[int, int] = field(default_factory=dict)
    tables: list[Floats] = field(default_factory=list)  # scores of each look
    runs: list[Run] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return _names(self.variants)

    def race(self, top: Sequence[int], stopped: str = "") -> Race:
        names, statuses = self.names, [each.columns["status"] for each in self.runs]
        return Race(
            critic=self.judge.name,
            scale=self.scale,
            within=self.within,
            alpha=self.alpha,
            mode=self.mode,
            top=tuple(names[j] for j in top),
            eliminated={names[j]: seen for j, seen in self.left.items()},
            means=_running_means(names, self.tables),
            used=sum(status != "unsent" for column in statuses for status in column),
            of=len(names) * self.examples,
            unscored=sum(each.counts["unscored"] for each in self.runs),
            stopped=stopped or next((each.stopped for each in self.runs if each.stopped), ""),
            runs=tuple(self.runs),
            intervals=_intervals(names, self.tables, self.scale),
        )

    @property
    def scale(self) -> Scale:
        return self.judge.scale

    def rule(self) -> stats.Race:
        return stats.Race(
            len(self.variants),
            self.examples,
            within=self.within,
            alpha=self.alpha,
            mode=self.mode,
            bounds=(self.scale.upward(self.scale.worst), self.scale.upward(self.scale.best)),
        )

    @property
    def spent(self) -> float:
        return dollars(self.runs)

    def take(self, made: Sequence[Run], batch: Sequence[Example]) -> Floats:
        """Keep a look's scores `(variants, batch)`, own failures as the worst of the scale; NaN for
        variants that left, and for what is unscored.
        """
        index = {(prompt.name, model.name): j for j, (prompt, model) in enumerate(self.variants)}
        column = {example.id: position for position, example in enumerate(batch)}
        table = np.full((len(self.variants), len(batch)), math.nan)
        named = ("prompt", "model", "example", "status", self.judge.name)
        for each in made:
            rows = zip(*(each.columns[name] for name in named), strict=True)
            for prompt, model, example, status, score in rows:
                failed = status in OWN_FAILURES
                cell = index[prompt, model], column[example]
                table[cell] = self.scale.worst if failed else score
        self.tables.append(table)
        return table


async def race(
    prompts: SomePrompts,
    examples: Sequence[Example],
    models: Model | Sequence[Model],
    critics: Sequence[Critic],
    *,
    within: float,
    alpha: float = 0.05,
    mode: str = "",
    seed: int = 0,
    store: Store | str | Path | None = None,
    budget: float | None = None,
) -> Race:
    """Find a variant that is at most `within` (in scores of the first critic) below the best, for
    fewer calls.

    The rule is `stats.Race`: `asymptotic` below 300 examples, rigorous `betting` from there on,
    unless `mode` says. The claim is about these examples. Answers that are malformed, truncated or
    filtered are the variant's own failures and count as the worst of the critic's scale; what was
    not sent, failed or could not be scored says nothing. Asked for again, a race answers from the
    store and goes on where it stopped. Not for what the other variants are worth: they left early,
    on few rows.
    """
    expect_number(within, "within", 0, math.inf, "so many scores of the critic, such as 0.05")
    if holds_back(examples):
        raise hidden("a race")
    listed = [models] if isinstance(models, Model) else models
    variants = [(prompt, model) for prompt in named(prompts) for model in listed]
    mode = mode or ("betting" if len(examples) >= ENOUGH_FOR_BETTING else "asymptotic")
    course = _Course(variants, len(examples), critics[0], within, alpha, mode)
    order = np.random.default_rng(seed).permutation(len(examples))
    ended = await _run_course(course, examples, order, _Asker(critics, store, budget))
    if not ended.runs:
        return _tell(ended)
    plan = Plan(named(prompts), tuple(listed), examples, tuple(critics), 1)
    whole = join_runs(plan, ended.runs, ended.stopped or DECIDED)
    return _tell(replace(ended, run=whole))


async def _run_course(
    course: _Course, examples: Sequence[Example], order: Codes, asker: "_Asker"
) -> Race:
    """Batch after batch until the rule has decided, or no more may be spent."""
    state = course.rule()
    while not state.done:
        batch = _subset(examples, order[state.seen : state.seen + BATCH])
        alive = [each for each, is_in in zip(course.variants, state.alive, strict=True) if is_in]
        with unwatched():
            made = await asker.ask(alive, batch, course.spent)
        course.runs.extend(made)
        if any(each.stopped for each in made):
            break  # a budget or a stop: what is shown by now stands
        state.see(course.scale.upward(course.take(made, batch)))
        course.left.update({j: state.seen for j in state.eliminated if j not in course.left})
        if watchers:  # else nobody wants to know how it stands after each look
            _tell(course.race(state.top, GOES_ON))
    return course.race(state.top)


def _tell(race: Race) -> Race:
    for watcher in watchers:
        watcher(race)
    return race


def _names(variants: Sequence[Variant]) -> list[str]:
    keys = variant_keys((prompt.name, model.name) for prompt, model in variants)
    return [key.name for key in keys]


def _subset(examples: Sequence[Example], positions: Codes) -> Sequence[Example]:
    chosen = [examples[int(position)] for position in positions]
    return Dataset(chosen, examples.name) if isinstance(examples, Dataset) else chosen


@dataclass(frozen=True)
class _Asker:
    """Has variants answer and be judged, within the budget of the whole race."""

    critics: Sequence[Critic]
    store: Store | str | Path | None
    budget: float | None

    async def ask(
        self, alive: Sequence[Variant], batch: Sequence[Example], spent: float
    ) -> list[Run]:
        """One run per model, since a run crosses prompts with models."""
        by_model: dict[str, tuple[Model, list[Prompt]]] = {}
        for prompt, model in alive:
            by_model.setdefault(model.name, (model, []))[1].append(prompt)
        if self.budget is None:
            runs = [self._run(*each, batch, None) for each in by_model.values()]
            return list(await asyncio.gather(*runs))
        made: list[Run] = []
        for each in by_model.values():  # in turn: each may spend what the last one left
            left = max(0.0, self.budget - spent - dollars(made))
            made.append(await self._run(*each, batch, left))
        return made

    async def _run(
        self, model: Model, prompts: list[Prompt], batch: Sequence[Example], left: float | None
    ) -> Run:
        return await run(prompts, batch, model, self.critics, store=self.store, budget=left)


def _running_means(names: Sequence[str], tables: Sequence[Floats]) -> dict[str, tuple[float, ...]]:
    """Means after each batch, of the scores so far; a variant's end where it left."""
    means: dict[str, tuple[float, ...]] = dict.fromkeys(names, ())
    for end in range(1, len(tables) + 1):
        sofar = np.concatenate(tables[:end], axis=1)
        for name, row, latest in zip(names, sofar, tables[end - 1], strict=True):
            if not np.isnan(latest).all():
                means[name] += (float(np.nanmean(row)),)
    return means


def _intervals(
    names: Sequence[str], tables: Sequence[Floats], scale: Scale
) -> dict[str, stats.Interval]:
    """Each variant's mean over all looks as a share of the scale; none where nothing was scored."""
    rows = np.concatenate(tables, axis=1) if tables else np.empty((len(names), 0))
    scored = {name: row for name, row in zip(names, rows, strict=True) if not np.isnan(row).all()}
    return {name: scale.share(stats.own_score(row, scale.ends)) for name, row in scored.items()}
