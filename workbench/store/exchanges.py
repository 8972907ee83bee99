"""What the store takes from a process at work on a run, and answers to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from workbench.store import calls as call_rows
from workbench.store import cell_table, leases, schema, spending
from workbench.store.batch_table import leave
from workbench.store.calls import Failures, Found
from workbench.store.inserting import insert
from workbench.store.spending import Settlement

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one exchange with the store gave: stored answers, and the calls that are now the asker's
    to make.

    `unaffordable` calls are beyond the budget; `others_hold`: another process holds reservations
    that may come back. `standing`: the answers of calls that were committed and that another
    process, which took this one for dead, has made too. `untried`: those without an answer that
    were not claimed, being more than the asker wants for now.
    """

    found: Mapping[bytes, Found] = field(default_factory=dict)
    claimed: frozenset[bytes] = frozenset()
    unaffordable: frozenset[bytes] = frozenset()
    others_hold: bool = False
    standing: Mapping[bytes, Found] = field(default_factory=dict)
    untried: frozenset[bytes] = frozenset()


def unanswered(
    standing: Mapping[bytes, Found],
    found: Mapping[bytes, Found],
    wanted: Sequence[bytes],
    most: int | None,
    sure: int = 0,
) -> tuple[list[bytes], Exchange]:
    """The calls to claim, of those after the first `sure` at most so many, and what is given
    without them.
    """
    missing = [key for key in wanted if key not in found]
    ahead = sum(key not in found for key in wanted[:sure])
    tried = missing if most is None else missing[: ahead + most]
    return tried, Exchange(found, standing=standing, untried=frozenset(missing[len(tried) :]))


@dataclass(frozen=True, slots=True)
class Asker:
    """A process at work on a run: the name that it owns calls by, what changed of its budget, and
    which failed calls are answers to it.
    """

    owner: str
    settlement: Settlement
    failures: Failures

    @property
    def has_budget(self) -> bool:
        return self.settlement.budget is not None

    def commit(self, connection: Connection, calls: Rows, cells: Rows) -> Mapping[bytes, Found]:
        """Keep them; the answers that stand where others may have made the calls too."""
        # in one order everywhere, so that two processes on one run cannot wait for each other
        if cells:
            cell_table.write(connection, sorted(cells, key=lambda cell: cell["row"]))
        if not calls:
            return {}
        answered = [call["key"] for call in calls]
        # before the calls: whoever else commits one of them waits here, and then finds it
        held = leases.release_own(connection, self.owner, answered)
        insert(connection, schema.call, calls)
        leave(connection, answered)
        spending.settle(connection, self.owner, self.settlement)
        return {} if held else call_rows.find(connection, answered, self.failures)

    def claim(self, connection: Connection, keys: Sequence[bytes], given: Exchange) -> Exchange:
        """What is given, and those of the other calls that the process is to make."""
        if not keys:
            return given
        settlement = self.settlement
        spending.lock(connection, settlement)
        claimed = leases.claim(connection, self.owner, keys)
        # answered since the look that found nothing
        late = call_rows.find(connection, list(claimed), self.failures, bounded=self.has_budget)
        grant = spending.reserve(connection, self.owner, settlement, claimed - late.keys())
        leases.release(connection, list(claimed - grant.affordable))
        return Exchange(
            found={**given.found, **late},
            claimed=grant.affordable,
            unaffordable=frozenset(claimed - late.keys() - grant.affordable),
            others_hold=grant.others_hold,
            standing=given.standing,
            untried=given.untried,
        )
