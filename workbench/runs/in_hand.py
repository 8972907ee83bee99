"""What a run has in hand: calls that are not delivered yet, and rows begun and done."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from workbench.models.completion import Completion
from workbench.runs.plan import Plan
from workbench.runs.sending import Call

MOST_ROWS = 256  # begun at a time


Thing = TypeVar("Thing")


def taken(things: list[Thing], most: int) -> list[Thing]:
    """The first things of a list, at most so many, which is left without them."""
    first = things[:most]
    del things[:most]
    return first


@dataclass
class Calls:
    """Calls that are not delivered yet, by what happens to them next, and cells to commit."""

    by_key: dict[bytes, Call] = field(default_factory=dict)
    wanted: list[Call] = field(default_factory=list)  # to be looked up
    foreign: list[Call] = field(default_factory=list)  # another process is at work on them
    # until calls turn out to cost less than was reserved
    unaffordable: list[Call] = field(default_factory=list)
    arrived: list[tuple[Call, Completion]] = field(default_factory=list)  # to be committed
    committing: list[tuple[Call, Completion, dict[str, Any]]] = field(default_factory=list)
    storing: list[dict[str, Any]] = field(default_factory=list)  # cells that are being committed


class Rows:
    """Rows begun and done: few begin at a time while calls are sent, so that other processes get
    some too; ever more while the store has the answers.
    """

    def __init__(self, plan: Plan) -> None:
        self._order = plan.order()
        self.few = min(MOST_ROWS, 2 * min(model.max_concurrency for model in plan.models))
        self._size = self.few
        self.begun = 0
        self.done = 0  # committed

    def take(self) -> list[int]:
        """The next rows to begin."""
        rows = list(islice(self._order, self._size))
        self.begun += len(rows)
        return rows

    def adapt(self, *, sending: bool) -> None:
        self._size = self.few if sending else min(MOST_ROWS, 2 * self._size)
