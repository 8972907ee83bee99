"""A run: its rows as columns, what it was made of, and what it cost."""

import contextlib
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.critics.verdict import Critic, Verdict
from workbench.models.completion import Completion
from workbench.models.prices import Prices
from workbench.runs.plan import Plan
from workbench.store import Store
from workbench.store.text import unpack

if TYPE_CHECKING:
    from pandas import DataFrame

FAILED = ("truncated", "filtered", "malformed", "error", "timeout")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `spent` is in dollars (NaN: a price is unknown); `total` and `done` are
    rows.
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


watchers: list[
    Callable[["Run", Progress], None]
] = []  # called at most five times a second, and at the end
_unwatched: ContextVar[bool] = ContextVar("unwatched", default=False)


@contextlib.contextmanager
def unwatched() -> Iterator[None]:
    """Runs in this context are parts of something that is watched as a whole."""
    before = _unwatched.set(True)
    try:
        yield
    finally:
        _unwatched.reset(before)


def tell(run: "Run", progress: Progress) -> None:
    """Tell the watchers how far a run is."""
    for watcher in () if _unwatched.get() else watchers:
        watcher(run, progress)


class Run:
    """All rows of one call of `run`, in the order prompts x models x examples x repeats.

    `columns` hold the rows: `prompt, model, example, repeat, status, output, error, prompt_tokens,
    completion_tokens, seconds, cost, cached`, per critic `<name>` (score, NaN = unscored),
    `<name>.label`, `.reason`, `.mode` and one for each of its parts, and `tag.<key>`. The column
    `cost` is what an answer costs in dollars, cached or not; `Run.cost` is what this run spent.
    """

    def __init__(self, id: str, plan: Plan, store: Store, budget: float | None = None) -> None:
        self.id = id
        self.plan = plan
        self.store = store
        self.budget = budget
        self.prices = Prices()
        self.meta: dict[str, Any] = {}
        self.columns = _empty_columns(plan)
        self.calls = 0  # model calls made
        self.requests = 0  # HTTP requests they took
        self.hits = 0  # answers from the store
        self.cost = 0.0  # dollars this run spent; NaN when a price is unknown
        self.started = time.time()
        self.seconds = math.nan
        self.stopped = ""  # why rows are unsent
        self.wake: Callable[[], object] = lambda: None

    @property
    def critics(self) -> tuple[Any, ...]:
        return self.plan.critics

    @property
    def prompts(self) -> tuple[Any, ...]:
        return self.plan.prompts

    @property
    def examples(self) -> Any:
        return self.plan.examples

    @property
    def counts(self) -> dict[str, Any]:
        """Rows by status, `calls` made, `requests` they took, `cached` answers, `failed` rows,
        `unscored` verdicts.

        `stopped` says why rows are unsent, and is empty where none was left.
        """
        statuses = Counter(self.columns["status"])
        unscored = sum(
            status == "ok" and math.isnan(score)
            for critic in self.critics
            for status, score in zip(self.columns["status"], self.columns[critic.name], strict=True)
        )
        return {
            "rows": len(self.plan),
            "calls": self.calls,
            "requests": self.requests,
            "cached": self.hits,
            "failed": sum(statuses[name] for name in FAILED),
            "unscored": unscored,
            "stopped": self.stopped,
            **statuses,
        }

    @cached_property
    def frame(self) -> "DataFrame":
        """One row per prompt x model x example x repeat."""
        from pandas import DataFrame, Series

        texts = {name for name, values in self.columns.items() if isinstance(values[0], str)}
        # pandas' own type for text refuses lone surrogates
        return DataFrame(
            {
                name: Series(v, dtype=object) if name in texts else v
                for name, v in self.columns.items()
            }
        )

    def stop(self, why: str = "stopped") -> None:
        """Send no more; what is done is kept and the run returns. Any thread may call this."""
        self.stopped = self.stopped or why
        self.wake()

    def set_completion(self, row: int, completion: Completion, status: str, error: str) -> float:
        """Fill a row in, and return what its answer costs."""
        model = self.plan.models[self.plan.place(row).model]
        cost = self.prices.cost(model, completion)
        values = (
            status,
            completion.text,
            error,
            completion.prompt_tokens,
            completion.completion_tokens,
            completion.seconds,
            cost,
            completion.cached,
        )
        for name, value in zip(_OUTCOME_COLUMNS, values, strict=True):
            self.columns[name][row] = value
        return cost

    def set_verdict(self, row: int, critic: Critic, verdict: Verdict) -> None:
        """Fill in what a critic said."""
        said = (verdict.score, verdict.label, verdict.reason, verdict.mode)
        for name, value in zip(_VERDICT_COLUMNS, said, strict=True):
            self.columns[critic.name + name][row] = value
        for part, score in zip(
            critic.parts, verdict.parts, strict=False
        ):  # an unscored verdict may lack them
            self.columns[f"{critic.name}.{part}"][row] = score

    def details(self, row: int) -> dict[str, Any]:
        """The messages sent for a row and the raw replies, its own and those of its critics, from
        the store.
        """
        cell = next(iter(self.store.cells(self.id, row)), None)
        if cell is None:
            return {"messages": self.plan.request(row).messages, "reply": None, "critics": {}}
        sent = unpack(cell["request"])["messages"]
        judged = {name: record["calls"] for name, record in cell["detail"]["verdicts"].items()}
        return {
            "messages": sent,
            "reply": cell["completion"],
            "critics": {
                name: [self._exchanged(*call) for call in calls] for name, calls in judged.items()
            },
        }

    def _exchanged(self, key: str, digest: str) -> dict[str, Any]:
        """One of a critic's calls: what it sent and the reply."""
        request, reply = self.store.exchanged(bytes.fromhex(key), bytes.fromhex(digest))
        return {"messages": request["messages"], "reply": reply}


_VERDICT_COLUMNS = {
    "": math.nan,
    ".label": "",
    ".reason": "",
    ".mode": "",
}  # and what stands in them to begin with
_OUTCOME_COLUMNS = (
    "status",
    "output",
    "error",
    "prompt_tokens",
    "completion_tokens",
    "seconds",
    "cost",
    "cached",
)
_UNSENT = ("unsent", "", "", -1, -1, math.nan, math.nan, False)


def _empty_columns(plan: Plan) -> dict[str, list[Any]]:
    n = len(plan)
    places = [plan.place(row) for row in range(n)]
    columns: dict[str, list[Any]] = {
        "prompt": [plan.prompts[place.prompt].name for place in places],
        "model": [plan.models[place.model].name for place in places],
        "example": [plan.examples[place.example].id for place in places],
        "repeat": [place.repeat for place in places],
    }
    columns |= {name: [value] * n for name, value in zip(_OUTCOME_COLUMNS, _UNSENT, strict=True)}
    for critic in plan.critics:
        columns |= {critic.name + name: [value] * n for name, value in _VERDICT_COLUMNS.items()}
        columns |= {f"{critic.name}.{part}": [math.nan] * n for part in critic.parts}
    for tag in sorted({tag for example in plan.examples for tag in example.tags}):
        values = [example.tags.get(tag) for example in plan.examples]
        columns[f"tag.{tag}"] = [values[place.example] for place in places]
    return columns
