"""What the store answers to a process at work on a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.store.calls import Found


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
