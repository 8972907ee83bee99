"""Two runs beside each other, in one run to look at.

The joined run holds one variant of yesterday's as the baseline, and today's variants, on the
examples that stand in both with the same id, inputs and right answer. Prompts are renamed by when
their side was made, `v2 (20 Nov)`, so that compare, show and report work as on any run. Nothing is
sent and nothing is stored: its store is asked for labels and replies alone.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from workbench.critics.verdict import Critic
from workbench.datasets import Dataset, Example
from workbench.errors import WorkbenchError
from workbench.files import canonical
from workbench.meant import instead
from workbench.models.model import Model
from workbench.prompts import Prompt
from workbench.runs.differing import differing
from workbench.runs.given import columns_of_rows
from workbench.runs.meta import CriticFacts, ModelFacts, PromptFacts, RunMeta, dataset_facts
from workbench.runs.plan import Plan, examples_fingerprint
from workbench.runs.record import Run
from workbench.runs.variants import VariantKey

_FORMATS = ("{0.day} {0:%b}", "{0.day} {0:%b %H:%M}", "{0.day} {0:%b %H:%M:%S}")


@dataclass(frozen=True)
class Side:
    """One of two runs: how its prompts and models are called, and what of it is in the joined run:
    some of its own variants, on examples of both.
    """

    run: Run
    when: str
    models: Mapping[str, str]  # its own names to those of the joined run
    variants: tuple[VariantKey, ...]
    examples: frozenset[str]

    @cached_property
    def rows(self) -> list[int]:
        examples = self.run.columns["example"]
        every = (row for own in self.variants for row in self.run.rows(own))
        return [row for row in every if examples[row] in self.examples]

    def but_for(self, baseline: str) -> "Side":
        """Where the baseline is one of these, it alone."""
        chosen = tuple(own for own in self.variants if self.key(own).name == baseline)
        return replace(self, variants=chosen or self.variants)

    def prompt(self, name: str) -> str:
        return f"{name} ({self.when})"

    def key(self, own: VariantKey) -> VariantKey:
        """A variant as the joined run calls it: by its model too where this side has several."""
        prompt, model = self.prompt(own.prompt), self.models[own.model]
        return VariantKey(
            prompt if own.name == own.prompt else f"{prompt} @ {model}", prompt, model
        )

    def texts(self) -> Iterator[tuple[Prompt, PromptFacts]]:
        names = {own.prompt for own in self.variants}
        for prompt in (each for each in self.run.prompts if each.name in names):
            yield replace(prompt, name=self.prompt(prompt.name)), self.run.meta.prompts[prompt.name]

    def asked(self) -> Iterator[tuple[Model, ModelFacts]]:
        names = {own.model for own in self.variants}
        for model in (each for each in self.run.models if each.name in names):
            yield replace(model, name=self.models[model.name]), self.run.meta.models[model.name]

    def column(self, name: str, missing: Any) -> list[Any]:
        """A column of its rows under the names of the joined run."""
        values = self.run.columns.get(name)
        taken = [missing if values is None else values[row] for row in self.rows]
        if name == "prompt":
            return [self.prompt(each) for each in taken]
        return [self.models[each] for each in taken] if name == "model" else taken


class TwoRuns(Run):
    """Rows of yesterday's run (`sides[0]`) and of today's (`sides[1]`), of the examples in both.

    `differs` says in what the runs differ; `baseline` is the variant that the others are held
    against. Answers of the two sides were never measured side by side.
    """

    def __init__(
        self, sides: tuple[Side, Side], baseline: str, examples: Dataset, critics: Sequence[Critic]
    ) -> None:
        self.sides, self.baseline = sides, baseline
        plan, meta = _made_of(sides, examples, critics)
        old, new = (side.run for side in sides)
        id, columns = f"{new.id}-{old.id}", _columns(sides, plan)
        super().__init__(id, plan, new.store or old.store, columns=columns, meta=meta)
        self.origin = [(side.run, row) for side in sides for row in side.rows]
        self.sessions = [_apart(run, row, run is new) for run, row in self.origin]
        self.gaps = [run.gaps[row] for run, row in self.origin]
        self.differs = differing(new, old)
        self._add_up(old, new)

    @cached_property
    def variants(self) -> tuple[VariantKey, ...]:
        """The baseline, then the others."""
        keys = [side.key(own) for side in self.sides for own in side.variants]
        return tuple(sorted(keys, key=lambda key: key.name != self.baseline))

    @property
    def examples_left_out(self) -> tuple[int, int]:
        """Examples of yesterday's and of today's run that the other lacks, or has otherwise."""
        old, new = (len(side.run.examples) - len(self.examples) for side in self.sides)
        return old, new

    def details(self, row: int) -> dict[str, Any]:
        run, own = self.origin[row]
        return run.details(own)

    def _add_up(self, *runs: Run) -> None:
        known = [run.cost for run in runs if not math.isnan(run.cost)]
        self.cost = sum(known) if known else math.nan
        self.calls, self.requests, self.hits, self.unpriced = (
            sum(getattr(run, name) for run in runs)
            for name in ("calls", "requests", "hits", "unpriced")
        )
        self.seconds = sum(run.seconds for run in runs)


def beside(run: Run, other: Run, critic: str, baseline: str = "") -> TwoRuns:
    """Today's run beside another one, judged by `critic` in both.

    `baseline` is a variant of the other run, by its own name (`v2`) or as the joined run calls it
    (`v2 (20 Nov)`); it may be left out where one variant alone is in both, or differs.
    """
    if run.id == other.id:
        raise WorkbenchError(
            f"run {run.id} beside itself shows nothing: name another run, of wb.history()"
        )
    for each in (run, other):
        each.needed_open("a comparison of two runs")
    examples, critics = _in_both(run, other), _judged_both(run, other, critic)
    sides = _sides(other, run, frozenset(each.id for each in examples))
    name = _baseline(*sides, baseline)
    old, new = (side.but_for(name) for side in sides)
    return TwoRuns((old, new), name, examples, critics)


def _sides(old: Run, new: Run, examples: frozenset[str]) -> tuple[Side, Side]:
    first, second = _moments(old, new)
    return (
        Side(old, first, _model_names(old, new, first), old.variants, examples),
        Side(new, second, _model_names(new, old, second), new.variants, examples),
    )


def _in_both(run: Run, other: Run) -> Dataset:
    """The examples with the same id and content in both."""
    known = {each.id: _content(each) for each in other.examples}
    both = [each for each in run.examples if known.get(each.id) == _content(each)]
    if not both:
        raise WorkbenchError(
            f"no example of run {run.id} is in run {other.id} with the same id and content: "
            "there is nothing to compare"
        )
    return Dataset(both, run.meta.dataset.name)


def _content(example: Example) -> bytes:
    return canonical([dict(example.inputs), example.expected])


def _judged_both(run: Run, other: Run, critic: str) -> list[Critic]:
    """The critics that judged both on one scale; WorkbenchError where `critic` is none of them."""
    there = other.meta.critics
    both = [each for each in run.critics if each.name in there]
    fit = [each for each in both if not each.against and there[each.name].scale == each.scale]
    if critic not in [each.name for each in fit]:
        known = instead(critic, (each.name for each in fit), "use one of")
        raise WorkbenchError(f"critic {critic!r} {_unfit(run, other, critic)}: {known}")
    return fit


def _unfit(run: Run, other: Run, critic: str) -> str:
    """Why two runs cannot be compared by a critic."""
    without = [each.id for each in (run, other) if critic not in each.meta.critics]
    if without:
        return f"did not judge run {without[0]}"
    if against := run.meta.critics[critic].against:
        return f"compares within its own run, with {against}"
    return f"has another scale in run {other.id}"


def _moments(old: Run, new: Run) -> tuple[str, str]:
    """When two runs were made, as short as tells them apart."""
    first, second = (datetime.fromtimestamp(int(each.made)) for each in (old, new))
    year = " {0:%Y}" if first.year != second.year else ""
    for text in _FORMATS:
        names = (text + year).format(first), (text + year).format(second)
        if names[0] != names[1]:
            return names
    day = _FORMATS[0].format(first)
    return f"{day} {old.id[:6]}", f"{day} {new.id[:6]}"


def _model_names(run: Run, other: Run, when: str) -> dict[str, str]:
    """How the models of a run are called beside another: dated where the other has another model
    of that name.
    """
    theirs = other.meta.models
    return {
        name: name if name not in theirs or _same(facts, theirs[name]) else f"{name} ({when})"
        for name, facts in run.meta.models.items()
    }


def _same(one: ModelFacts, other: ModelFacts) -> bool:
    return replace(one, price=None) == replace(other, price=None)


def _baseline(old: Side, new: Side, wanted: str) -> str:
    """The name of the variant that the others are held against."""
    keys = {own: old.key(own) for own in old.run.variants}
    joined = [*keys.values(), *map(new.key, new.run.variants)]
    if named := [key for own, key in keys.items() if wanted in own[:2]]:
        found = named
    else:
        found = [key for key in joined if wanted in key[:2]] if wanted else _shared(old, new)
    if len(found) != 1:
        trouble = f"baseline {wanted!r} names no one variant" if wanted else "name the baseline"
        known = instead(wanted, (key.name for key in joined), "use one of")
        raise WorkbenchError(f"{trouble}: {known}")
    return found[0].name


def _shared(old: Side, new: Side) -> list[VariantKey]:
    """The variants of yesterday's that today's run has by name; those that differ, if several."""
    there = {own.name: own for own in new.run.variants}
    every = [own for own in old.run.variants if own.name in there] or list(old.run.variants)
    differ = [own for own in every if own.name in there and _differ(old, new, own, there[own.name])]
    return [old.key(own) for own in (every if len(every) == 1 else differ)]


def _differ(old: Side, new: Side, one: VariantKey, other: VariantKey) -> bool:
    texts = [
        side.run.meta.prompts[key.prompt].fingerprint for side, key in ((old, one), (new, other))
    ]
    models = (side.run.meta.models[key.model] for side, key in ((old, one), (new, other)))
    return texts[0] != texts[1] or not _same(*models)


def _made_of(
    sides: tuple[Side, Side], examples: Dataset, critics: Sequence[Critic]
) -> tuple[Plan, RunMeta]:
    """What the joined run is of."""
    new = sides[1].run
    texts = [each for side in sides for each in side.texts()]
    asked = {model.name: (model, facts) for side in sides for model, facts in side.asked()}
    repeats = max(side.run.plan.repeats for side in sides)
    meta = replace(
        new.meta,
        prompts={prompt.name: facts for prompt, facts in texts},
        models={model.name: facts for model, facts in asked.values()},
        dataset=dataset_facts(examples, examples_fingerprint(examples)),
        critics=_chosen(new.meta.critics, critics),
        repeats=repeats,
    )
    prompts = tuple(prompt for prompt, _ in texts)
    models = tuple(model for model, _ in asked.values())
    return Plan(prompts, models, examples, tuple(critics), repeats), meta


def _chosen(facts: Mapping[str, CriticFacts], critics: Sequence[Critic]) -> dict[str, CriticFacts]:
    return {each.name: facts[each.name] for each in critics}


def _columns(sides: Iterable[Side], plan: Plan) -> dict[str, list[Any]]:
    """The columns of both sides' rows, with the tags of today's examples."""
    sides = list(sides)
    missing = columns_of_rows((critic.name, critic.parts) for critic in plan.critics)
    columns = {
        name: [value for side in sides for value in side.column(name, empty)]
        for name, empty in missing.items()
    }
    tags = {each.id: each.tags for each in plan.examples}
    for tag in sorted({tag for each in tags.values() for tag in each}):
        columns[f"tag.{tag}"] = [tags[id].get(tag) for id in columns["example"]]
    return columns


def _apart(run: Run, row: int, is_new: bool) -> str:
    """What was measured with a row on its own side; nothing of the other side was."""
    session = run.sessions[row]
    return f"{int(is_new)} {session}" if session else ""
