"""improve: a prompt, examples, who answers, judges and proposes; and what comes of it."""

import math
from collections.abc import Sequence
from pathlib import Path

from workbench.critics import Critic
from workbench.datasets import Example
from workbench.datasets.dataset import holds_back
from workbench.errors import WorkbenchError
from workbench.files import resolve
from workbench.improving.desk import Asked, Desk, Method, plain_name
from workbench.improving.improved import Improvement
from workbench.improving.parts import FILE, Parts, parts_of
from workbench.improving.proposing import proposal
from workbench.improving.purses import Purses, check_budget
from workbench.improving.stepping import Rules
from workbench.models.model import Model
from workbench.prompts import Prompt
from workbench.runs import quote
from workbench.runs.heldout import hidden
from workbench.store import Store
from workbench.store.opening import opened

HOME = ".workbench/improved"


async def improve(
    prompt: Prompt,
    examples: Sequence[Example],
    model: Model,
    critics: Sequence[Critic],
    *,
    proposer: Model,
    budget: float | None = None,
    seed: int = 0,
    tries: int = 8,
    patience: int | None = None,
    margin: float = 0.05,
    confirm: Sequence[Example] | None = None,
    method: Method = "reflect",
    folder: str | Path | None = None,
    store: Store | str | Path | None = None,
) -> Improvement:
    """Have `proposer` write up to `tries` prompts that answer what `prompt` fails by the first
    critic, and say what of their gain is there on rows that nobody has seen.

    The examples are split by `seed`: prompts are written and raced on search rows, the best race on
    select rows, and the winner and the prompt are asked on confirm rows, read once: one planned
    look of `compare`, which the store's ledger keeps. `confirm` are rows for that, such as those
    held back by `examples.split`. `margin` is the smallest gain that matters. It ends early after
    `patience` prompts in a row that are not accepted, or when `budget` (dollars, a hard limit of
    all calls) pays for no more. Every new prompt is a file in `folder`. Asked for again, it goes on
    where it was and pays for nothing twice. `method="gepa"` leaves the proposing to the package
    gepa. Raises BudgetError, with the sum, where the budget does not pay for one step.
    """
    _check(prompt, examples, model, critics)
    _check_numbers(budget, tries, patience)
    rules = Rules(tries, patience or tries, at_least=margin)
    about = Asked(prompt, model, tuple(critics), proposer, rules, seed, method)
    purses = Purses(opened(store), budget)
    return await _desk(about, examples, confirm, folder, purses).improve()


def _desk(
    about: Asked,
    examples: Sequence[Example],
    confirm: Sequence[Example] | None,
    folder: str | Path | None,
    purses: Purses,
) -> Desk:
    """All that an improvement needs, refused where there are too few rows or too little money."""
    id = about.id([examples, confirm or ()])
    home = resolve(folder) if folder else resolve(HOME) / f"{plain_name(about.prompt)}-{id}"
    parts = parts_of(examples, confirm, about.seed, purses.store, home / FILE)
    check_budget(purses.budget, _likely(about, parts, purses.store))
    return Desk(about, parts, id, home, purses)


def _check(
    prompt: Prompt, examples: Sequence[Example], model: Model, critics: Sequence[Critic]
) -> None:
    if not isinstance(prompt, Prompt) or not isinstance(model, Model):
        raise TypeError("improve takes one prompt, such as prompts['v1'], and one model")
    if not critics:
        raise TypeError("improve needs critics=[...]: the first one's scores are to rise")
    if holds_back(examples):
        raise hidden("improve")
    if critics[0].against:
        raise WorkbenchError(
            f"critic {critics[0].name!r} compares with prompt {critics[0].against!r}: an "
            "improvement needs a critic that scores an answer by itself"
        )


def _check_numbers(budget: float | None, tries: int, patience: int | None) -> None:
    if budget is not None and math.isnan(budget):
        raise ValueError("a budget is in dollars")
    if tries < 1 or (patience is not None and patience < 1):
        raise ValueError("tries and patience count prompts: give 1 or more")


def _likely(about: Asked, parts: Parts, store: Store) -> list[float]:
    """What one step is likely to cost beyond what the store holds: two prompts on all rows, and a
    proposal.
    """
    rows = [*parts.search, *parts.select, *parts.confirm]
    answers = quote(about.prompt, rows, about.model, about.critics, store=store).likely_cost
    inputs = {"prompt": about.prompt.text, "placeholders": sorted(about.prompt.variables)}
    shown = [str(dict(each.inputs)) for each in parts.search[:5]]
    asks = [Example("foreseen", {**inputs, "failures": shown, "tried": []})]
    return [2 * answers, quote(proposal(), asks, about.proposer, store=store).likely_cost]
