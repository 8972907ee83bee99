"""Answers the steps of an improvement with calls; what the store holds is not paid again."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from workbench import stats
from workbench.comparison import Comparison, compare
from workbench.comparison.scores import finite_scale, per_example, read_scores
from workbench.critics import Critic
from workbench.datasets import Dataset, Example
from workbench.errors import WorkbenchError
from workbench.files import fingerprint
from workbench.improving.following import Following
from workbench.improving.improved import Candidate, Doing, Improvement, What
from workbench.improving.parts import Parts
from workbench.improving.proposing import Unusable, asked, proposal, read_proposal
from workbench.improving.purses import Purses, Whose
from workbench.improving.stepping import (
    BASELINE,
    Confirm,
    Course,
    Judge,
    Part,
    Propose,
    Proposed,
    Rules,
    Step,
    Steps,
)
from workbench.models.model import Model
from workbench.prompts import Prompt
from workbench.runs import Run, run_plan, watched_by
from workbench.runs.heldout import rows_of
from workbench.runs.plan import Plan, examples_fingerprint
from workbench.runs.seen import prompt_identity, variant_identities
from workbench.stats.intervals import Floats
from workbench.stats.scale import Scale
from workbench.store.ledger import lineage

REMINDED = 3  # earlier prompts that a proposer is told of
COVERAGE = 0.8  # of the baseline's search rows: with fewer scored ones nothing can be searched
Method = Literal["reflect", "gepa"]


@dataclass(frozen=True)
class Asked:
    """What is to be improved, by whom, and how."""

    prompt: Prompt
    model: Model
    critics: tuple[Critic, ...]
    proposer: Model
    rules: Rules
    seed: int
    method: Method

    @property
    def critic(self) -> str:
        """The name of the critic whose scores are to rise."""
        return self.critics[0].name

    @property
    def scale(self) -> Scale:
        return finite_scale(self.critic, self.critics[0].scale)

    def id(self, rows: Sequence[Sequence[Example]]) -> str:
        """Stands for all that decides how an improvement goes, its budget aside."""
        models = [
            [each.name, each.endpoint, each.id, dict(each.parameters)]
            for each in (self.model, self.proposer)
        ]
        critics = [[each.name, each.fingerprint] for each in self.critics]
        rules = [self.rules.tries, self.rules.patience, self.rules.finalists, self.rules.at_least]
        about = [self.prompt.name, prompt_identity(self.prompt), models, critics, rules]
        return fingerprint([*about, self.seed, self.method, *map(examples_fingerprint, rows)])


class Stopped(Exception):
    """A run ended early: no more can be asked now."""


@dataclass
class Desk:
    """Answers the steps of a course with calls."""

    about: Asked
    parts: Parts
    id: str
    home: Path
    purses: Purses
    course: Course = field(init=False)
    prompts: list[Prompt] = field(init=False)
    following: Following = field(init=False)
    # per prompt, for each search row that it was asked on, a run and the row's place in it
    rows: dict[int, dict[int, tuple[Run, int]]] = field(default_factory=dict)
    unusable: list[Unusable] = field(default_factory=list)
    choice: Comparison | None = None

    def __post_init__(self) -> None:
        sizes: dict[Part, int] = {
            "search": len(self.parts.search),
            "select": len(self.parts.select),
        }
        self.course = Course(sizes, self.about.rules, np.random.default_rng(self.about.seed))
        self.prompts = [self.about.prompt]
        self.following = Following(lambda doing: self._told("", doing))

    async def improve(self) -> Improvement:
        """Take step after step to the end, or to what stops it."""
        why = "interrupted"
        try:
            await (self._by_gepa() if self.about.method == "gepa" else self._by_us())
            why = ""
        except Stopped as stopped:
            why = str(stopped)
        except WorkbenchError as error:
            why = str(error)
            raise
        finally:
            self.following.over(made := self._told(why))
        return made

    async def _by_us(self) -> None:
        await self.take(self.course.steps())

    async def _by_gepa(self) -> None:
        """GEPA searches; what selects and confirms is ours."""
        from workbench.improving.through_gepa import search  # here: the package may be missing

        await self.take(self.course.begin())
        self.course.ended = await search(self.course, self.prompts, self.propose, self.judge)
        await self.take(self.course.finish())

    async def take(self, steps: Steps[None]) -> None:
        """Answer step after step to the end."""
        answer = None
        with suppress(StopIteration):
            while True:
                answer = await self._answer(steps.send(answer))

    async def _answer(self, step: Step) -> Any:
        match step:
            case Propose():
                return await self.propose(step)
            case Judge():
                return await self.judge(step)
            case Confirm():
                self.choice = await self._confirm(step)

    async def propose(self, step: Propose) -> Proposed:
        """Have a new prompt written, if its race and what comes after it can be paid."""
        if not self.purses.pays(self._rows_to_come()):
            return "no money"
        parent = self.prompts[step.parent]
        failed = [self.rows[step.parent][at] for at in step.failures]
        question = asked(self.id, parent, failed, self.about.critic, self._not_better(step.parent))
        made = self._written(await self._reply(question, parent), step, parent)
        if isinstance(made, Unusable):
            self.unusable.append(made)
            return "unusable"
        self.prompts.append(made)
        return "new"

    def _rows_to_come(self) -> int:
        """Rows of one more race, and of those that follow it."""
        finalists = min(len(self.course.accepted) + 1, self.about.rules.finalists)
        select, confirm = len(self.parts.select), len(self.parts.confirm)
        return len(self.parts.search) + (1 + finalists) * select + 2 * confirm

    def _not_better(self, parent: int) -> list[tuple[Prompt, float]]:
        """The latest prompts that were written after a parent, with what they gain over it."""
        gains = self.course.gain
        own = gains("search", parent) if parent else 0.0
        children = [each.number for each in self.course.tried if each.parent == parent]
        return [(self.prompts[each], gains("search", each) - own) for each in children[-REMINDED:]]

    async def _reply(self, question: Example, parent: Prompt) -> Run:
        """A sample of its own, though the question may have been asked before."""
        attempt = len(self.prompts) + len(self.unusable)
        asks, proposer = proposal(), self.about.proposer
        again = {(asks.name, proposer.name): attempt}
        plan = Plan((asks,), (proposer,), [question], (), 1, anew=again)
        return await self._run("proposer", plan, Doing("propose", (parent.name,), 0, 1))

    def _written(self, reply: Run, step: Propose, parent: Prompt) -> Prompt | Unusable:
        """The prompt that a reply holds, in a file of its own."""
        status, text = reply.columns["status"][0], reply.columns["output"][0]
        if status != "ok":
            return Unusable(f"the reply is {status}: {reply.columns['error'][0]}", text)
        name = f"{plain_name(self.about.prompt)}-c{len(self.prompts)}"
        known = {prompt_identity(each) for each in self.prompts}
        made = read_proposal(text, self.about.prompt, name, known)
        return made if isinstance(made, Unusable) else self._kept(made, step, parent)

    def _kept(self, made: Prompt, step: Propose, parent: Prompt) -> Prompt:
        """A new prompt in its file, which says where it comes from."""
        answered = [self.parts.search[at].id for at in step.failures]
        origin = {"id": self.id, "parent": parent.name, "answered": answered}
        metadata = {**made.metadata, "improvement": origin | {"by": self.about.proposer.name}}
        made = replace(made, metadata=metadata)
        return replace(made, path=made.save(self.home, made.name, overwrite=True))

    async def judge(self, step: Judge) -> Floats:
        """Merits `(prompts, rows)` of prompts on some rows of a part."""
        part: Dataset = getattr(self.parts, step.part)
        made = await self._answers(
            [self.prompts[number] for number in step.prompts],
            [part[row] for row in step.rows],
            step.part,
        )
        if step.part == "search":
            for place, number in enumerate(step.prompts):
                first = place * len(step.rows)
                kept = {row: (made, first + at) for at, row in enumerate(step.rows)}
                self.rows.setdefault(number, {}).update(kept)
        merits = merits_of(made, self.about.critic)
        if step.prompts == (BASELINE,):
            self._check_scored(merits)
        return merits

    def _check_scored(self, merits: Floats) -> None:
        scored = int(np.sum(~np.isnan(merits)))
        if scored < COVERAGE * merits.size:
            raise WorkbenchError(
                f"{self.about.critic} scored {scored:,} of {merits.size:,} answers of "
                f"{self.about.prompt.name}: nothing can be improved by it; wb.run these examples "
                "and read the errors and the critic's reasons"
            )

    async def _confirm(self, step: Confirm) -> Comparison:
        """The one reading of the confirm rows: the baseline and the winner side by side."""
        about, both = self.about, [self.about.prompt, self.prompts[step.winner]]
        made = await self._answers(both, self.parts.confirm, "confirm")
        identity = variant_identities(made)[0].asked
        entries = made.needed_store("improve").looks_at(about.critic, identity)
        before = lineage(rows_of(self.parts.confirm), [each.rows for each in entries])
        looks = None if before else 1  # planned: one look, at the whole tail
        margin = about.rules.at_least
        return compare(made, about.critic, baseline=about.prompt.name, margin=margin, looks=looks)

    async def _run(self, whose: Whose, plan: Plan, doing: Doing) -> Run:
        """A run within what is left of the budget; Stopped where it ends early."""
        self.following.step(doing)
        with watched_by(partial(self.following.tick, whose)):
            made = await run_plan(plan, self.purses.store, self.purses.left)
        self.purses.note(whose, made)
        if made.stopped:
            raise Stopped(made.stopped)
        return made

    async def _answers(self, prompts: Sequence[Prompt], rows: Sequence[Example], what: What) -> Run:
        """What prompts answer to rows, judged."""
        about = self.about
        plan = Plan(tuple(prompts), (about.model,), rows, about.critics, 1)
        doing = Doing(what, tuple(each.name for each in prompts), 0, len(plan))
        return await self._run("actor", plan, doing)

    def _told(self, why: str, doing: Doing | None = None) -> Improvement:
        course, about = self.course, self.about
        winner = course.winner
        return Improvement(
            id=self.id,
            baseline=about.prompt,
            dataset=self.parts.search.name.removesuffix("-search"),
            model=about.model.name,
            proposer=about.proposer.name,
            critic=about.critic,
            method=about.method,
            seed=about.seed,
            parts=self.parts,
            candidates=tuple(map(self._candidate, range(1, len(course.tried) + 1))),
            unusable=tuple(self.unusable),
            winner=self.prompts[winner].name if winner else None,
            claimed=course.gain("select", winner) if winner else float("nan"),
            by_luck=self._luck(),
            actor=self.purses.of("actor"),
            proposals=self.purses.of("proposer"),
            budget=self.purses.budget,
            ended="stopped" if why else course.ended,
            why=why,
            folder=self.home,
            choice=self.choice,
            doing=doing,
        )

    def _candidate(self, number: int) -> Candidate:
        course, tried = self.course, self.course.tried[number - 1]
        return Candidate(
            name=self.prompts[number].name,
            parent=self.prompts[tried.parent].name,
            prompt=self.prompts[number],
            answered=tuple(self.parts.search[at].id for at in tried.failures),
            search=course.gain("search", number),
            search_rows=len(course.asked["search"].get(number, ())),
            select=course.gain("select", number),
            select_rows=len(course.asked["select"].get(number, ())),
            left=tried.left or "",
            accepted=number in course.accepted,
        )

    def _luck(self) -> float:
        """What the best of so many equal prompts shows, at the spread of the gains seen."""
        gains = [self.course.gains("search", each.number) for each in self.course.tried]
        spreads = [float(each.var(ddof=1)) for each in gains if len(each) > 1]
        if not spreads:
            return float("nan")
        spread = float(np.sqrt(np.mean(spreads)))
        return stats.best_of_equal(len(spreads), spread, len(self.parts.search))


def merits_of(made: Run, critic: str) -> Floats:
    """Scores of a run as merits `(variants, examples)`, an answer that failed by its prompt's doing
    0, one without a score or with one off the scale NaN.
    """
    scores = read_scores(made, critic)
    return scores.scale.merit_on(per_example(scores.failures_as_worst))


def plain_name(prompt: Prompt) -> str:
    """A prompt's name as part of a file's."""
    return re.sub(r"[^\w.-]+", "-", prompt.name).strip(".-") or "prompt"
