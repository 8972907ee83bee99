"""Several processes at work on one run: by what name they know each other's answers, and how each
comes to its share of the limits.
"""

import asyncio
import contextlib
import os
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count

from workbench.errors import StoreError, WorkbenchError
from workbench.models.completion import Completion
from workbench.models.shares import Share
from workbench.models.transport import Transport
from workbench.runs.differing import differences
from workbench.runs.meta import read_meta
from workbench.runs.record import Run
from workbench.store import Failures, Store
from workbench.store.leases import BEAT_SECONDS

JOIN = "WORKBENCH_JOIN"  # the variable that names the team of a process's runs
LOOK_SECONDS = 0.25  # between looks whether the others know that this one is there
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_runs = count()  # of this process, in the order in which it makes them


@dataclass(slots=True)
class Team:
    """Those who work on a run together; without a name, one process alone."""

    name: str = ""
    share: Share = field(default_factory=Share)  # of the limits, at the moment
    # whose calls this process counts as made in its run; None: those of all the team
    counted_of: frozenset[str] | None = None
    owner: str = field(default="", init=False)  # this process, by a name of its own
    _counted: set[bytes] = field(default_factory=set, init=False)  # calls

    def __post_init__(self) -> None:
        self.owner = self._prefix + uuid.uuid4().hex

    @property
    def _prefix(self) -> str:
        return f"{self.name}/" if self.name else ""

    def made(self, completion: Completion) -> bool:
        """Whether one of the team made the call, and this process counts it."""
        if self.counted_of is not None:
            return completion.session in self.counted_of
        return bool(self.name) and completion.session.startswith(self._prefix)

    def counts(self, call: bytes) -> bool:
        """Whether a call of the team is counted now: once, though several rows may ask for it."""
        if not self.name or call in self._counted:
            return False
        self._counted.add(call)
        return True

    def failures(self, started: float) -> Failures:
        """The failed calls that are answers in a run that this process started at a time."""
        return Failures(team=self._prefix) if self.name else Failures(since=started)


def joined_team(record: Run, store: Store) -> Team:
    """The team that the environment names for the next run of this process, if it names one.

    All machines are given one name. The n-th run of each is the same run, or WorkbenchError says in
    what it differs; the store must be one that all can reach.
    """
    name = os.environ.get(JOIN)
    if not name:
        return Team()
    if not _NAME.fullmatch(name):
        raise WorkbenchError(
            f"{name[:100]!r} is no name to join by: use letters, digits, '.', '_' and '-'"
        )
    if not store.is_server:
        raise WorkbenchError(
            "machines that join need one store: put its URL, postgresql://..., in WORKBENCH_STORE "
            "on each of them"
        )
    team = Team(f"{name}/{next(_runs)}", Share(of=0))
    standing = store.teams.run_of(team.name, record.id)
    if standing != record.id:
        raise WorkbenchError(_another(name, record, standing, store))
    return team


def _another(name: str, record: Run, standing: str, store: Store) -> str:
    kept = store.kept(standing)
    found = differences(record.meta, read_meta(kept.meta, kept.id)) if kept else ()
    where = ", ".join(f"{each.kind} {each.name!r}" for each in found) or "other parameters"
    return (
        f"this is another run than the one that was begun under {name!r}: they differ in {where}; "
        "give every machine the same files and parameters, or this one another name"
    )


def turned(examples: int, team: Team) -> list[int]:
    """The positions of examples in the order in which this process works on them: from anywhere
    where it is not alone, so that all are busy in places of their own.
    """
    start = int(team.owner[-8:], 16) % examples if team.name else 0
    return [*range(start, examples), *range(start)]


@contextlib.asynccontextmanager
async def sharing(team: Team, store: Store, transport: Transport) -> AsyncIterator[None]:
    """Keep to this process's share of the limits while others of its team are there."""
    if not team.name:
        yield
        return
    since = await asyncio.to_thread(store.teams.enter, team.owner, team.name)
    task = asyncio.create_task(_keep_share(team, store, transport, since))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with contextlib.suppress(StoreError):  # what ended the run is what to tell
            store.teams.leave(team.owner)


async def _keep_share(team: Team, store: Store, transport: Transport, since: float) -> None:
    """Nothing is sent until all others have made room; from then on they wait for this one."""
    table, owner = store.teams, team.owner
    while True:
        company = await asyncio.to_thread(table.company, owner, team.name, since)
        if team.share.of or not company.unheard:
            team.share = Share(company.number, company.of)
        fits = transport.look_again()
        await asyncio.to_thread(table.beat, owner, company.at if fits else None)
        await asyncio.sleep(BEAT_SECONDS if team.share.of and fits else LOOK_SECONDS)
