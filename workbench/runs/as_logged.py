"""Answers that were given elsewhere, judged by critics: a run like any other, whose answers lie in
the store before it begins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.critics.verdict import Critic
from workbench.datasets import Dataset, Example
from workbench.files import fingerprint
from workbench.models.completion import Completion
from workbench.models.model import Model
from workbench.models.prices import FREE
from workbench.prompts import Message, Prompt
from workbench.prompts.properties import Property
from workbench.runs import run_plan
from workbench.runs.plan import Plan
from workbench.runs.record import Run
from workbench.store import Store
from workbench.store.calls import call_row
from workbench.store.opening import opened

LOGGED = "logged"  # the input that tells two answers to one message apart
NOWHERE = Model("logged", "logged", "http://127.0.0.1:9/v1", price=FREE)  # it is never asked


async def judge_logged(
    examples: Sequence[Example],
    outputs: Sequence[str],
    critics: Sequence[Critic],
    *,
    name: str = "logs",
    store: Store | str | Path | None = None,
    budget: float | None = None,
    offline: bool = False,
) -> Run:
    """A run of answers `(n,)` as they were logged, one an example, judged by critics.

    Nothing but critics is asked, through the store and within the budget; asked again it costs
    nothing. Raises as `run` does.
    """
    kept = opened(store)
    plan = _plan(examples, outputs, critics, name)
    kept.made.add(list(_calls(plan, outputs)))
    return await run_plan(plan, kept, budget, offline=offline)


def _plan(
    examples: Sequence[Example], outputs: Sequence[str], critics: Sequence[Critic], name: str
) -> Plan:
    marked = Dataset([_marked(*pair) for pair in zip(examples, outputs, strict=True)], name)
    return Plan((_prompt(marked),), (NOWHERE,), marked, tuple(critics), repeats=1)


def _marked(example: Example, output: str) -> Example:
    return replace(example, inputs={**example.inputs, LOGGED: fingerprint(output)})


def _prompt(examples: Dataset) -> Prompt:
    """A prompt that shows what every example has: the true one is not known here."""
    shared = set.intersection(*(set(each.inputs) for each in examples)) - {LOGGED}
    names = [*sorted(name for name in shared if name.isidentifier()), LOGGED]
    text = "\n\n".join(f"{{{{ {name} }}}}" for name in names)
    inputs = tuple(Property(each) for each in names)
    told = "What users were answered; the prompt that asked for it is not known here."
    return Prompt("as_logged", (Message("user", text),), inputs=inputs, description=told)


def _calls(plan: Plan, outputs: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The answers as calls that were made."""
    for row, output in enumerate(outputs):
        request = plan.request(row)
        payload = request.payload()
        given = Completion(text=output, finish_reason="stop")
        yield call_row(request.key(payload), request, payload, given)
