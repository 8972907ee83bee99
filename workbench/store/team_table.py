"""Processes that work on one run under one name, as rows: who they are, whether they live, and
whether each has heard of the others.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from workbench.printing import printed
from workbench.store.database import Database
from workbench.store.inserting import insert_new, remove
from workbench.store.leases import DEAD_SECONDS, FORGOTTEN_SECONDS, clock, host, lives
from workbench.store.schema import lease, mate, team


@dataclass(frozen=True, slots=True)
class Company:
    """The processes of a team that live, at a time: how many, and which of them, from 0, is asking.

    `unheard`: one of the others may not know yet that it is there, and use its share.
    """

    at: float
    number: int
    of: int
    unheard: bool


@printed
class TeamTable:
    """Teams in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __repr__(self) -> str:
        return f"Teams of store {self._database.location}"

    def run_of(self, name: str, run: str) -> str:
        """The run that a team works on: this one, where it has none yet."""
        with self._database.write() as connection:
            insert_new(connection, team, [{"name": name, "run": run}])
            return connection.execute(select(team.c.run).where(team.c.name == name)).scalar_one()

    def enter(self, id: str, name: str) -> float:
        """Begin to be one of a team; since when everybody who looks sees that."""
        with self._database.write() as connection:
            now = clock(connection)
            connection.execute(delete(mate).where(mate.c.beat < now - FORGOTTEN_SECONDS))
            row = {"id": id, "team": name, "host": host(), "process": os.getpid()}
            connection.execute(mate.insert().values(**row, beat=now, heard=0.0))
        with self._database.read() as connection:
            return clock(connection)

    def leave(self, id: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(mate).where(mate.c.id == id))

    def company(self, id: str, name: str, since: float) -> Company:
        """Who is there, for one that has been since a time."""
        with self._database.read() as connection:
            at = clock(connection)
            alive = (mate.c.team == name) & (mate.c.beat > at - DEAD_SECONDS)
            others = alive & (mate.c.id != id)
            before = func.count().filter(mate.c.id < id)
            number, of = connection.execute(select(before, func.count()).where(others)).one()
            unheard = _any_lives(connection, others & (mate.c.heard <= since), at)
        return Company(at, number, of + 1, unheard)

    def give_back(self, id: str, keys: Sequence[bytes]) -> None:
        """Leave calls to the others that one has claimed."""
        with self._database.write() as connection:
            remove(connection, lease.c.key, keys, {lease.c.owner: id})

    def beat(self, id: str, heard: float | None) -> None:
        """Say that one lives, and from when on it has kept to what it saw of its company."""
        with self._database.write() as connection:
            values = {"beat": clock(connection)} | ({} if heard is None else {"heard": heard})
            connection.execute(update(mate).where(mate.c.id == id).values(values))


def _any_lives(connection: Connection, which: Any, now: float) -> bool:
    rows = connection.execute(select(mate).where(which))
    return any(lives(row.host, row.process, row.beat, now) for row in rows)
