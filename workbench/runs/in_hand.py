"""What a run has in hand: calls that are not delivered yet, and rows begun and done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from workbench.models.completion import Completion
from workbench.models.shares import Share
from workbench.runs.plan import Plan
from workbench.runs.prefixes import by_prefix
from workbench.runs.sending import ACTOR, INPUT, Call
from workbench.store import call_row

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
    spare: list[Call] = field(default_factory=list)  # free, and for now left to others
    # until calls turn out to cost less than was reserved
    unaffordable: list[Call] = field(default_factory=list)
    arrived: list[tuple[Call, Completion]] = field(default_factory=list)  # to be committed
    committing: list[tuple[Call, Completion, dict[str, Any]]] = field(default_factory=list)
    storing: list[dict[str, Any]] = field(default_factory=list)  # cells that are being committed

    def next(self, most: int) -> list[Call]:
        """The next calls to be looked up, those first that go on with rows."""
        self.wanted.sort(key=lambda call: call.targets[0].critic in (ACTOR, INPUT))
        return taken(self.wanted, most)

    @property
    def wanted_models(self) -> set[tuple[str, str]]:
        """Endpoint and id of the models that are to be asked."""
        models = (call.request.model for call in self.wanted)
        return {(model.endpoint, model.id) for model in models}

    def commit(self, most: int) -> list[dict[str, Any]]:
        """The rows of what has arrived, at most so many, which are being committed from now on."""
        arrived = taken(self.arrived, most)
        self.committing = [(call, done, call_row_of(call, done)) for call, done in arrived]
        return [row for _, _, row in self.committing]

    def take_back(self) -> None:
        """What was being committed was not, and arrives again."""
        self.arrived[:0] = [(call, done) for call, done, _ in self.committing]


class Rows:
    """Rows to work on, begun and done: few begin at a time while calls are sent, so that other
    processes get some too; ever more while the store has the answers.
    """

    def __init__(self, plan: Plan, examples: Sequence[int], share: Callable[[], Share]) -> None:
        """All rows of these examples, in their order but for what a server's cache asks."""
        self._order, self._share = plan.order(by_prefix(plan, examples)), share
        self._places = min(model.max_concurrency for model in plan.models)
        self._size = self.few
        self.total = len(examples) * len(plan) // len(plan.examples)
        self.begun = 0
        self.done = 0  # committed

    @property
    def few(self) -> int:
        """Rows that keep this process's share of the models at work for a while."""
        return min(MOST_ROWS, 2 * max(1, self._share().calls(self._places)))

    @property
    def all_begun(self) -> bool:
        return self.begun == self.total

    def take(self) -> list[int]:
        """The next rows to begin."""
        rows = list(islice(self._order, self._size))
        self.begun += len(rows)
        return rows

    def adapt(self, *, sending: bool) -> None:
        self._size = self.few if sending else min(MOST_ROWS, 2 * self._size)


def call_row_of(call: Call, completion: Completion) -> dict[str, Any]:
    """The row of a call, with its request as it was sent."""
    left_out = completion.left_out
    sent = call.request.without(left_out).payload() if left_out else call.payload
    return call_row(call.key, call.request, sent, completion)
