"""In what two runs differ, as data."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from workbench.runs.meta import CriticFacts, ModelFacts, RunMeta
from workbench.runs.record import Run

Kind = Literal["prompt", "model", "dataset", "critic"]


class Differs(NamedTuple):
    """One thing that is other today: its name in both runs, and its mark then and now ("" where a
    run lacks it).
    """

    kind: Kind
    name: str
    then: str
    now: str


def differing(run: Run, other: Run) -> tuple[Differs, ...]:
    """In what a run differs from an earlier one."""
    return differences(run.meta, other.meta)


def differences(now: RunMeta, then: RunMeta) -> tuple[Differs, ...]:
    """In what a run differs from an earlier one, by what both were made of."""
    both = [(then.prompts, now.prompts, _fingerprint), (then.models, now.models, _model)]
    kinds: list[Kind] = ["prompt", "model"]
    found = [
        Differs(kind, *each)
        for kind, (old, new, mark) in zip(kinds, both, strict=True)
        for each in _marked(old, new, mark)
    ]
    if then.dataset.fingerprint != now.dataset.fingerprint:
        found.append(
            Differs("dataset", now.dataset.name, then.dataset.fingerprint, now.dataset.fingerprint)
        )
    judges = _marked(then.critics, now.critics, _critic)
    return (*found, *(Differs("critic", *each) for each in judges))


def _marked(
    old: Mapping[str, Any], new: Mapping[str, Any], mark: Any
) -> Iterator[tuple[str, str, str]]:
    """The names under which two things stand, or one alone, with the mark of each."""
    for name in dict.fromkeys([*old, *new]):
        then, now = (mark(facts[name]) if name in facts else "" for facts in (old, new))
        if then != now:
            yield name, then, now


def _fingerprint(facts: Any) -> str:
    return facts.fingerprint


def _model(facts: ModelFacts) -> str:
    """Its id, where it is served, and its parameters."""
    parameters = [f"{name} {value}" for name, value in facts.parameters.items()]
    return ", ".join([f"{facts.id} at {facts.endpoint}", *parameters])


def _critic(facts: CriticFacts) -> str:
    return f"{facts.fingerprint} by {_model(facts.model)}" if facts.model else facts.fingerprint
