"""A race: variants answer the same examples in seeded order, and those that cannot win stop being
paid for.
"""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from workbench import stats, words
from workbench.comparison.scores import OWN_FAILURES
from workbench.critics import Critic
from workbench.datasets import Dataset, Example
from workbench.models.model import Model
from workbench.prompts import Prompt
from workbench.runs import Run, run, unwatched
from workbench.runs.plan import named
from workbench.runs.variants import variant_keys
from workbench.store import Store

BATCH = 10  # examples between two looks
GOES_ON = "the race goes on"
ENOUGH_FOR_BETTING = 300  # examples from which the rigorous mode is the better choice


@dataclass(frozen=True)
class Race:
    """How a race ended: the leader, who may be as good, who left when, and what was saved."""

    critic: str
    scale: tuple[float, float]  # of the critic
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
    runs: tuple[Run, ...] = field(repr=False)

    @property
    def saved(self) -> float:
        """The share of rows that nobody had to pay for."""
        return 1 - self.used / self.of

    @property
    def sentence(self) -> str:
        leader, *others = self.top
        if self.stopped:
            why = self.stopped.rstrip(".")
            return f"Not decided: {why}. Leading so far: {leader}; still in: {words.listed(others) or 'no other'}."
        read = f"{self.used:,} of {self.of:,} answers asked for, {words.percent(self.saved)} saved"
        sure = f"at most {self.within:g} below the best with probability {1 - self.alpha:g} by {self.critic}"
        if not others:
            return f"{leader} leads, {sure}; {read}."
        return f"{leader} leads, {sure}; {words.listed(others)} may be as good; {read}."

    @property
    def courses(self) -> dict[str, list[tuple[int, float]]]:
        """Per variant that was scored: examples answered, and the mean so far as a share of the
        scale.
        """
        low, high = self.scale
        return {
            name: [
                (min(BATCH * look, self._answered(name)), (mean - low) / (high - low))
                for look, mean in shown
            ]
            for name, means in self.means.items()
            if (shown := [(n, mean) for n, mean in enumerate(means, 1) if not math.isnan(mean)])
        }

    def _answered(self, name: str) -> int:
        return self.eliminated.get(name, self.of // len(self.means))

    def __repr__(self) -> str:
        return f"Race: {self.sentence}"


watchers: list[
    Callable[[Race], None]
] = []  # called after each look, with `stopped` as GOES_ON, and at the end


@dataclass(frozen=True)
class _Course:
    """What the looks of a race found so far, to be told as a Race."""

    names: Sequence[str]
    examples: int
    judge: Critic
    within: float
    alpha: float
    mode: str
    left: dict[int, int] = field(
        default_factory=dict
    )  # variant -> examples it had answered when it left
    tables: list[np.ndarray] = field(default_factory=list)  # scores of each look
    runs: list[Run] = field(default_factory=list)

    def race(self, top: Sequence[int], stopped: str = "") -> Race:
        return Race(
            critic=self.judge.name,
            scale=self.judge.scale,
            within=self.within,
            alpha=self.alpha,
            mode=self.mode,
            top=tuple(self.names[j] for j in top),
            eliminated={self.names[j]: seen for j, seen in self.left.items()},
            means=_running_means(self.names, self.tables),
            used=sum(status != "unsent" for each in self.runs for status in each.columns["status"]),
            of=len(self.names) * self.examples,
            unscored=sum(each.counts["unscored"] for each in self.runs),
            stopped=stopped or next((each.stopped for each in self.runs if each.stopped), ""),
            runs=tuple(self.runs),
        )


async def race(
    prompts: Prompt | Sequence[Prompt] | Mapping[str, Prompt],
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
    store and goes on where it stopped.
    """
    judge, order = critics[0], np.random.default_rng(seed).permutation(len(examples))
    variants = [
        (p, m) for p in named(prompts) for m in ([models] if isinstance(models, Model) else models)
    ]
    mode = mode or ("betting" if len(examples) >= ENOUGH_FOR_BETTING else "asymptotic")
    sign = 1 if judge.higher_is_better else -1
    state = stats.Race(
        len(variants),
        len(examples),
        within=within,
        alpha=alpha,
        mode=mode,
        bounds=_ends(judge, sign),
    )
    course = _Course(_names(variants), len(examples), judge, within, alpha, mode)
    while not state.done:
        batch = _subset(examples, order[state.seen : state.seen + BATCH])
        alive = [variant for variant, is_in in zip(variants, state.alive, strict=True) if is_in]
        with unwatched():
            made = await _answer(
                alive, batch, critics, store, budget and max(0.0, budget - _cost(course.runs))
            )
        course.runs.extend(made)
        if any(each.stopped for each in made):
            break  # a budget or a stop: what is shown by now stands
        course.tables.append(_scores(made, judge, variants, batch))
        state.see(sign * course.tables[-1])
        course.left.update({j: state.seen for j in state.eliminated if j not in course.left})
        if watchers:  # else nobody wants to know how it stands after each look
            _tell(course.race(state.top, GOES_ON))
    return _tell(course.race(state.top))


def _tell(race: Race) -> Race:
    for watcher in watchers:
        watcher(race)
    return race


def _cost(runs: Sequence[Run]) -> float:
    return sum(each.cost for each in runs)


def _ends(judge: Critic, sign: int) -> tuple[float, float]:
    low, high = sorted(sign * end for end in judge.scale)
    return low, high


def _names(variants: Sequence[tuple[Prompt, Model]]) -> list[str]:
    keys = variant_keys((prompt.name, model.name) for prompt, model in variants)
    return [key.name for key in keys]


def _subset(examples: Sequence[Example], positions: np.ndarray) -> Sequence[Example]:
    chosen = [examples[int(position)] for position in positions]
    return Dataset(chosen, examples.name) if isinstance(examples, Dataset) else chosen


async def _answer(
    alive: Sequence[tuple[Prompt, Model]],
    batch: Sequence[Example],
    critics: Sequence[Critic],
    store: Store | str | Path | None,
    budget: float | None,
) -> list[Run]:
    """The variants that are in answer a batch; one run per model, since a run crosses prompts with
    models.
    """
    by_model: dict[str, tuple[Model, list[Prompt]]] = {}
    for prompt, model in alive:
        by_model.setdefault(model.name, (model, []))[1].append(prompt)
    if budget is None:
        tasks = [
            run(prompts, batch, model, critics, store=store) for model, prompts in by_model.values()
        ]
        return list(await asyncio.gather(*tasks))
    made: list[Run] = []
    for (
        model,
        prompts,
    ) in by_model.values():  # one after the other, since each may spend what the last one left
        made.append(
            await run(
                prompts, batch, model, critics, store=store, budget=max(0.0, budget - _cost(made))
            )
        )
    return made


def _scores(
    runs: Sequence[Run],
    judge: Critic,
    variants: Sequence[tuple[Prompt, Model]],
    batch: Sequence[Example],
) -> np.ndarray:
    """Scores `(variants, batch)`, own failures at the bad end of the scale; NaN for those that left
    and unscored.
    """
    place = {
        (prompt.name, model.name): position for position, (prompt, model) in enumerate(variants)
    }
    column = {example.id: position for position, example in enumerate(batch)}
    table = np.full((len(variants), len(batch)), math.nan)
    worst = judge.scale[0] if judge.higher_is_better else judge.scale[1]
    for each in runs:
        rows = zip(
            *(each.columns[name] for name in ("prompt", "model", "example", "status", judge.name)),
            strict=True,
        )
        for prompt, model, example, status, score in rows:
            table[place[prompt, model], column[example]] = (
                worst if status in OWN_FAILURES else score
            )
    return table


def _running_means(
    names: Sequence[str], tables: Sequence[np.ndarray]
) -> dict[str, tuple[float, ...]]:
    """Means after each batch, of the scores so far; a variant's end where it left."""
    means: dict[str, tuple[float, ...]] = dict.fromkeys(names, ())
    for end in range(1, len(tables) + 1):
        sofar = np.concatenate(tables[:end], axis=1)
        for name, row, latest in zip(names, sofar, tables[end - 1], strict=True):
            if not np.isnan(latest).all():
                means[name] += (float(np.nanmean(row)),)
    return means
