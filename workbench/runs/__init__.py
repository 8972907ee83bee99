"""The one loop that sends calls: run, its quote, and runs of the past."""

import contextlib
import math
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.arguments import expect_number
from workbench.critics.verdict import Critic
from workbench.datasets import Example
from workbench.errors import StoreError, WorkbenchError
from workbench.filters import Filter
from workbench.garbage import seldom_collecting
from workbench.lazily import offering
from workbench.models.model import Model
from workbench.models.transport import Transport
from workbench.runs.engine import Engine
from workbench.runs.heldout import rows_of
from workbench.runs.in_hand import Rows
from workbench.runs.learning import Refusals
from workbench.runs.meta import write_examples
from workbench.runs.plan import Plan, SomePrompts, check_parts, named
from workbench.runs.progress import Progress, unwatched, watched_by, watchers
from workbench.runs.quotes import Quote, check_keys, foresee, quote_only
from workbench.runs.record import Run
from workbench.runs.seen import known_prompts
from workbench.runs.sending import Arrive, Fail, Senders, Sending
from workbench.runs.sources import sources
from workbench.runs.team import Team, joined_team, sharing, turned
from workbench.runs.variants import VariantKey
from workbench.runs.watching import Watch
from workbench.store import Store
from workbench.store.opening import opened
from workbench.store.run_table import TEAM

if TYPE_CHECKING:
    from workbench.runs.cluster import Ray
    from workbench.runs.listing import history
    from workbench.runs.past import load_run
    from workbench.runs.screening import Screening, Texts

__all__ = [
    "Progress",
    "Quote",
    "Ray",
    "Run",
    "Screening",
    "VariantKey",
    "history",
    "load_run",
    "quote",
    "run",
    "run_plan",
    "screen",
    "unwatched",
    "watched_by",
    "watchers",
]

# what runs seldom need
__getattr__, _ = offering(
    __name__,
    {"cluster": ["Ray"], "listing": ["history"], "past": ["load_run"], "screening": ["Screening"]},
)


async def run(
    prompts: SomePrompts,
    examples: Sequence[Example],
    models: Model | Sequence[Model],
    critics: Sequence[Critic] = (),
    *,
    repeats: int = 1,
    store: Store | str | Path | None = None,
    budget: float | None = None,
    offline: bool = False,
    batch: bool = False,
    executor: "Ray | None" = None,
    filters: Filter | None = None,
) -> Run:
    """Answer every prompt x model x example x repeat and judge it; what the store holds costs
    nothing.

    A call that fails leaves a row with a status. `run.stop()`, a spent `budget` (dollars) or an
    endpoint that asks to wait too long end the run early with the rest `unsent`; asked for again,
    it goes on. `batch` sends calls in batches, at half the price and within a day; asked for again,
    it goes on with those under way. `executor` has workers of a cluster do it. `filters` look at
    inputs, of which those they block are never sent, and at outputs: such rows are `filtered`, and
    so are those that a filter could not judge, unless its chain says otherwise. Raises ModelError
    where no call can succeed, OfflineMiss where `offline` lacks an answer; what was answered by
    then is kept.
    """
    plan = _plan(prompts, examples, models, critics, repeats, filters)
    _check_together(batch, budget, executor)
    kept = opened(store)
    return await run_plan(plan, kept, budget, offline=offline, batch=batch, executor=executor)


async def run_plan(
    plan: Plan,
    store: Store,
    budget: float | None = None,
    *,
    offline: bool = False,
    batch: bool = False,
    executor: "Ray | None" = None,
) -> Run:
    """`run` of what a plan asks."""
    with seldom_collecting():
        plan.check(batch=batch)
        record = Run(plan.fingerprint, plan, store, budget)
        offline = offline or "WORKBENCH_OFFLINE" in os.environ
        if not offline:
            _check_sending(record, store, executor)
        _quote_only(record)
        return await _work(record, offline, batch, executor)


def _check_together(batch: bool, budget: float | None, executor: "Ray | None") -> None:
    """ValueError for arguments that mean nothing."""
    if executor and batch:
        raise ValueError("batches are sent by one process: leave out batch or executor")
    if budget is not None:
        expect_number(budget, "budget", 0, math.inf, "dollars, 0 or more")


def _check_sending(record: Run, store: Store, executor: "Ray | None") -> None:
    """Refuse what could send no call, before the run begins."""
    check_keys(record.plan, store)
    if executor:
        executor.check(record, store)


def _quote_only(record: Run) -> None:
    quote_only(lambda: foresee(record.plan, record.needed_store("a quote")), "run")


def _plan(
    prompts: SomePrompts,
    examples: Sequence[Example],
    models: Model | Sequence[Model],
    critics: Sequence[Critic],
    repeats: int,
    filters: Filter | None,
) -> Plan:
    check_parts(prompts, examples, models, critics)
    listed = [models] if isinstance(models, Model) else models
    plan = Plan(named(prompts), tuple(listed), examples, tuple(critics), repeats)
    if filters is None:
        return plan
    from workbench.filters.chain import chained

    return replace(plan, filters=chained(filters))


async def _work(record: Run, offline: bool, batch: bool, executor: "Ray | None") -> Run:
    store, began = record.needed_store("a run"), time.monotonic()
    alone = offline or record.plan.texts is not None
    team = Team() if alone else joined_team(record, store)
    if record.plan.texts is None:
        _begin(record, store, team)
    store.enroll(team.owner)
    try:
        if executor and not offline:
            from workbench.runs.cluster import work_on

            await work_on(executor, record, store)
        else:
            await _answer(record, store, team, offline=offline, batch=batch)
    except BaseException:
        with contextlib.suppress(StoreError):  # a full disk, say: what came first is what to tell
            _end(record, store, team.owner, began)
        raise
    _end(record, store, team.owner, began)
    return record


async def _answer(record: Run, store: Store, team: Team, *, offline: bool, batch: bool) -> None:
    """Work a run off in this process."""
    refusals = Refusals(store, record.started)
    async with _sending(refusals, store, team, batch=batch and not offline) as sending:
        examples = turned(len(record.examples), team)
        given = sending, refusals, Rows(record.plan, examples, lambda: team.share)
        watch = Watch(record, team.owner)
        await Engine(record, *given, offline=offline, team=team, watch=watch).work()


def _end(record: Run, store: Store, owner: str, began: float) -> None:
    """Give back what the run held, and write down what came of it; clocks may have been set."""
    record.seconds = time.monotonic() - began
    record.meta = replace(record.meta, seconds=round(record.seconds, 3))
    store.end_owner(owner, record.id)
    if record.plan.texts is not None:
        return  # its calls are kept, and it is no run of prompts
    ended = {**record.counts, "cost": record.cost, "unpriced": record.unpriced}
    store.end_run(record.id, record.stopped or "finished", record.seconds, ended)


def _begin(record: Run, store: Store, team: Team) -> None:
    """Write down what the run is of, and which prompts there were before its first answer."""
    documents = list(write_examples(record.examples))
    digests = {"examples": [digest.hex() for digest, _ in documents]}
    stored = record.meta.plain | digests | {"sources": sources(record.plan)}
    stored |= {TEAM: team.name} if team.name else {}
    seen = b"" if record.meta.dataset.held else rows_of(record.examples)
    store.register(seen, known_prompts(record.prompts))
    store.begin_run(record.id, record.started, stored, documents)


@contextlib.asynccontextmanager
async def _sending(
    refusals: Refusals, store: Store, team: Team, *, batch: bool
) -> AsyncIterator[Callable[[Arrive, Fail], Sending]]:
    """The way in which calls are sent."""
    if batch:
        from workbench.runs.batching import BatchSenders  # here: the openai package takes 0.6 s

        yield partial(BatchSenders, store.batches, refusals.known, team.owner)
        return
    async with (
        Transport(refusals.known, team.owner, lambda: team.share) as transport,
        sharing(team, store, transport),
    ):
        yield partial(Senders, transport)


async def screen(
    filter: Filter,
    texts: "Texts",
    *,
    store: Store | str | Path | None = None,
    budget: float | None = None,
    offline: bool = False,
    batch: bool = False,
) -> "Screening":
    """Have every filter look at every text: the outputs of a run, a dataset, a file, or a list.

    Rows may have `label` (1 unwanted), `source` and `category`. What the store holds costs nothing;
    a spent `budget` (dollars) leaves the rest out. Raises as `run` does.
    """
    from workbench.filters.chain import chained
    from workbench.runs.screening import name_of, screening_plan, texts_of, what_was_said

    chain, given = chained(filter), texts_of(texts)
    if not given:
        raise WorkbenchError("there is no text to screen")
    plan = screening_plan(chain, given)
    plan.check(batch=batch)
    record = Run(plan.fingerprint, plan, opened(store), budget)
    if not offline:
        check_keys(plan, record.needed_store("a screening"))
    _quote_only(record)
    with unwatched():
        await _work(record, offline or "WORKBENCH_OFFLINE" in os.environ, batch, None)
    return what_was_said(record, chain, given, name_of(texts))


def quote(
    prompts: SomePrompts,
    examples: Sequence[Example],
    models: Model | Sequence[Model],
    critics: Sequence[Critic] = (),
    *,
    repeats: int = 1,
    store: Store | str | Path | None = None,
    batch: bool = False,
    filters: Filter | None = None,
) -> Quote:
    """What `run` with the same arguments would ask and cost, beyond what the store holds; nothing
    is sent.
    """
    plan = _plan(prompts, examples, models, critics, repeats, filters)
    plan.check(batch=batch)
    return foresee(plan, opened(store), batch=batch)
