"""Dollars of a run, shared by all processes that work on it: reserved before a call is sent,
settled after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from workbench.store.inserting import insert_new
from workbench.store.leases import orphans
from workbench.store.schema import spend


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one exchange changes: reservations given back, dollars spent, and the most each wanted
    call may cost.
    """

    run: str
    released: float = 0.0
    spent: float = 0.0
    budget: float | None = None  # None = nothing is reserved
    costs: Mapping[bytes, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """The calls that the budget still pays for, and whether money may come back from another
    process.
    """

    affordable: frozenset[bytes]
    others_hold: bool


def settle(connection: Connection, name: str, settlement: Settlement) -> None:
    """Turn reservations of calls that have returned into what they cost."""
    if settlement.released or settlement.spent:
        insert_new(
            connection,
            spend,
            [{"run": settlement.run, "owner": name, "reserved": 0.0, "spent": 0.0}],
        )
        mine = (spend.c.run == settlement.run) & (spend.c.owner == name)
        change = {
            "reserved": spend.c.reserved - settlement.released,
            "spent": spend.c.spent + settlement.spent,
        }
        connection.execute(update(spend).where(mine).values(change))


def lock(connection: Connection, settlement: Settlement) -> None:
    """Let one process at a time reserve, to the end of its transaction; SQLite's writers come one
    by one anyway.
    """
    if settlement.budget is not None and connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(settlement.run))))


def reserve(
    connection: Connection, name: str, settlement: Settlement, claimed: set[bytes]
) -> Grant:
    """Reserve for as many of the claimed calls, in order, as the budget pays for whatever they turn
    out to cost.
    """
    if settlement.budget is None:
        return Grant(frozenset(claimed), False)
    rows = _of_run(connection, settlement.run)
    others = {row.owner for row in rows if row.owner != name and row.reserved > 0}
    # what the calls of those that ended came to is not known; it does not block the rest
    ended = orphans(connection, others)
    held = sum(row.spent + (0.0 if row.owner in ended else row.reserved) for row in rows)
    costs = {key: cost for key, cost in settlement.costs.items() if key in claimed}
    affordable = _affordable(costs, settlement.budget - held)
    reserved = sum(costs[key] for key in affordable)
    settle(connection, name, Settlement(settlement.run, released=-reserved))
    return Grant(frozenset(affordable), bool(others - ended))


def spent(connection: Connection, run: str) -> float:
    """What all processes together have spent on a run."""
    return sum(row.spent for row in _of_run(connection, run))


def _of_run(connection: Connection, run: str) -> Sequence[Row[Any]]:
    """What each process has reserved and spent."""
    return connection.execute(select(spend).where(spend.c.run == run)).all()


def _affordable(costs: Mapping[bytes, float], left: float) -> list[bytes]:
    """The calls, in order, that so much money pays for."""
    affordable: list[bytes] = []
    reserved = 0.0
    for key, cost in costs.items():
        if reserved + cost <= left:
            affordable.append(key)
            reserved += cost
    return affordable


def forget(connection: Connection, name: str, run: str) -> None:
    """The owner ends: what it still holds is free again."""
    connection.execute(
        update(spend).where(spend.c.run == run, spend.c.owner == name).values(reserved=0.0)
    )
