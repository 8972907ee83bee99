"""How far a run is, and who is told."""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.models.servers.load import Pace
    from workbench.runs.record import Run


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `spent` is in dollars (NaN: nothing of it is known) without that of
    `unpriced` rows; `total` and `done` are rows; of `in_batches` calls `answered_there` have an
    answer at their endpoints, which is fetched when their batch ends; `paces` are those of local
    servers.
    """

    done: int
    total: int
    calls: int
    cached: int
    failed: int
    unscored: int
    spent: float
    budget: float | None
    seconds: float
    finished: bool
    unpriced: int = 0
    answered_there: int = 0
    in_batches: int = 0
    by_others: int = 0
    paces: "tuple[Pace, ...]" = ()


Watcher = Callable[["Run", Progress], None]
watchers: list[Watcher] = []  # called at most five times a second, and at the end
_instead: ContextVar[tuple[Watcher, ...] | None] = ContextVar("instead", default=None)


@contextlib.contextmanager
def watched_by(*instead: Watcher) -> Iterator[None]:
    """Runs in this context are parts of something that is watched as a whole: they tell these
    alone.
    """
    before = _instead.set(instead)
    try:
        yield
    finally:
        _instead.reset(before)


def unwatched() -> contextlib.AbstractContextManager[None]:
    """Runs in this context tell nobody."""
    return watched_by()


def tell(run: "Run", progress: Progress) -> None:
    """Tell the watchers how far a run is."""
    instead = _instead.get()
    for watcher in watchers if instead is None else instead:
        watcher(run, progress)
