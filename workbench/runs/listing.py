"""The runs of a store as a table, and what was said of each."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from workbench.datasets.splitting import whole_name
from workbench.runs.meta import RunMeta, read_meta
from workbench.store import Kept, Store
from workbench.store.opening import opened
from workbench.store.run_table import PARTS
from workbench.store.sealing import Damaged

if TYPE_CHECKING:
    from pandas import DataFrame

_log = logging.getLogger("workbench")
COLUMNS = (
    "when", "run", "task", "dataset", "prompts", "models", "critics", "examples", "rows", "calls",
    "cost", "state", "decision", "said",
)  # fmt: skip


@dataclass(frozen=True)
class PastRun:
    """A run in the list."""

    kept: Kept
    meta: RunMeta

    @property
    def when(self) -> datetime:
        """When it last made a call, by this machine's clock."""
        return datetime.fromtimestamp(int(self.kept.made))

    @property
    def task(self) -> str:
        """The folder of its prompts; its dataset's name where they are of several, or of none."""
        folders = {PurePosixPath(each.file).parent.name for each in self.meta.prompts.values()}
        folders.discard("")
        return folders.pop() if len(folders) == 1 else self.whole_dataset

    @property
    def whole_dataset(self) -> str:
        """Its dataset's name, without the side of a split."""
        return whole_name(self.meta.dataset.name)

    @property
    def names(self) -> tuple[str, ...]:
        """What one may ask for it by."""
        return self.task, self.whole_dataset, self.meta.dataset.name

    @property
    def rows(self) -> int:
        meta = self.meta
        return len(meta.prompts) * len(meta.models) * meta.dataset.n * meta.repeats

    @property
    def row(self) -> tuple[Any, ...]:
        """Its line of the table, in the order of COLUMNS."""
        meta, kept = self.meta, self.kept
        last: Mapping[str, Any] = kept.said[-1] if kept.said else {}
        names = (", ".join(each) for each in (meta.prompts, meta.models, meta.critics))
        of = (self.when, kept.id, self.task, meta.dataset.name, *names)
        took = (meta.dataset.n, self.rows, kept.calls, kept.cost, kept.state)
        return (*of, *took, last.get("decision", ""), last.get("sentence", ""))


def past_runs(task: str = "", store: Store | str | Path | None = None) -> list[PastRun]:
    """The runs of a store, newest first; of one task, or on one dataset, where it is named."""
    store = opened(store)
    kept = store.runs()
    parts = {part for each in kept for part in each.meta.get(PARTS, ())}  # of races
    listed = _readable(each for each in kept if each.id not in parts)
    return [run for run in listed if not task or task in run.names]


def _readable(kept: Iterable[Kept]) -> Iterator[PastRun]:
    """The runs that can be read; of each other one a warning."""
    for each in kept:
        try:
            yield PastRun(each, read_meta(each.meta, each.id))
        except Damaged as error:
            _log.warning("store: %s", error)


def is_history(thing: Any) -> bool:
    """Whether something is such a table, or some of its lines."""
    return type(thing).__name__ == "DataFrame" and tuple(thing.columns) == COLUMNS


def history(task: str = "", *, store: Store | str | Path | None = None) -> "DataFrame":
    """The runs of the store, newest first: of all tasks, or of one.

    A line a run: `when` it last made a call (this machine's clock), its id `run`, `task`,
    `dataset`, `prompts`, `models`, `critics`, `examples`, `rows`, `calls` and `cost` of all its
    askings (dollars, NaN = not known), its `state`, and the last `decision` (the word) and sentence
    `said` of it. `wb.load_run(run)` reads one back.
    """
    from pandas import DataFrame

    rows = [run.row for run in past_runs(task, store)]
    return DataFrame(rows, columns=list(COLUMNS))
