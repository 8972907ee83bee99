"""A process of a cluster that works parts of a run off with the same engine as anywhere; what comes
of them is in the store.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from math import isnan
from typing import Any

from workbench.errors import WorkbenchError
from workbench.models.shares import Share
from workbench.models.transport import Transport
from workbench.runs.engine import Engine
from workbench.runs.in_hand import Rows
from workbench.runs.learning import Refusals
from workbench.runs.meta import facts_of
from workbench.runs.plan import Plan
from workbench.runs.record import Run
from workbench.runs.sending import Senders
from workbench.runs.team import Team
from workbench.store import Store

HIDDEN = ":***@"  # stands in a store's location for its password


@dataclass(frozen=True)
class Assignment:
    """What a worker is told beside the plan: no key and no password."""

    run: str
    store: str  # its location
    budget: float | None
    team: str
    share: Share  # of the limits


@dataclass(frozen=True)
class Part:
    """What a worker did in a part of the run: counts as a run has them, and what ended it early.

    `stopped` is why rows are unsent; `fault`, the kind of an error and its text.
    """

    rows: int
    failed: int
    unscored: int
    calls: int
    requests: int
    hits: int
    unpriced: int
    cost: float
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    stopped: str = ""
    fault: tuple[str, str] = ("", "")


def open_store(location: str) -> Store:
    """The store at a location, with this machine's own password where it takes one."""
    if HIDDEN not in location:
        return Store(location)
    own = Store(os.environ.get("WORKBENCH_STORE"))
    if own.location != location:
        raise WorkbenchError(
            f"store {location} has a password, which is never sent to workers: put its URL in "
            "WORKBENCH_STORE on every node, or the password in ~/.pgpass"
        )
    return own


class _Last:
    """Keeps what the engine said last."""

    done = failed = unscored = 0

    def __call__(
        self, done: int, failed: int, unscored: int, away: tuple[int, int], *, finished: bool
    ) -> None:
        self.done, self.failed, self.unscored = done, failed, unscored

    async def follow(self) -> None:
        """The servers are looked at where the run is watched."""


class Worker:
    """Works on parts of one run, one after another, over one transport."""

    def __init__(self, plan: Plan, assignment: Assignment) -> None:
        self._plan, self._given = plan, assignment
        self._team = Team(assignment.team, assignment.share, frozenset())
        self._open = AsyncExitStack()

    async def begin(self) -> str:
        """Get ready; its name as an owner of calls."""
        given = self._given
        self._store = open_store(given.store)
        self._run = Run(given.run, self._plan, self._store, given.budget, meta=facts_of(self._plan))
        if self._plan.fingerprint != given.run:
            raise WorkbenchError("this node has another version of the workbench: install one")
        await asyncio.to_thread(self._store.enroll, self._team.owner)
        self._refusals = Refusals(self._store, self._run.started)
        transport = Transport(self._refusals.known, self._team.owner, lambda: self._team.share)
        self._transport = await self._open.enter_async_context(transport)
        return self._team.owner

    async def work(self, examples: range, lost: frozenset[str]) -> Part:
        """Answer and judge the rows of these examples; calls of `lost` workers, which nobody told
        of, count with them.
        """
        self._team.counted_of = lost
        last, before, fault = _Last(), _counts(self._run), ("", "")
        rows = Rows(self._plan, examples, lambda: self._team.share)
        parts = partial(Senders, self._transport), self._refusals, rows
        try:
            await Engine(self._run, *parts, offline=False, team=self._team, watch=last).work()
        except WorkbenchError as error:
            fault = (type(error).__name__, str(error))
        return self._part(last, before, fault)

    def _part(self, last: _Last, before: Mapping[str, float], fault: tuple[str, str]) -> Part:
        run = self._run
        counts: dict[str, Any] = {name: now - before[name] for name, now in _counts(run).items()}
        left_out = {model: sorted(names) for model, names in run.left_out.items()}
        rows = {"rows": last.done, "failed": last.failed, "unscored": last.unscored}
        return Part(**rows, **counts, left_out=left_out, stopped=run.stopped, fault=fault)

    async def stop(self, why: str) -> None:
        """Send no more; what is in flight is kept, if it comes soon."""
        self._run.stop(why)

    async def end(self) -> None:
        """Give back what it held."""
        await self._open.aclose()
        await asyncio.to_thread(self._store.end_owner, self._team.owner, self._run.id)
        self._store.close()


def _counts(run: Run) -> dict[str, float]:
    named = {name: getattr(run, name) for name in ("calls", "requests", "hits", "unpriced")}
    return {**named, "cost": 0.0 if isnan(run.cost) else run.cost}
