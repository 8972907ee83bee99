"""A run: its rows as columns, what it was made of, and what it cost."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench import words
from workbench.critics.verdict import Critic, Verdict
from workbench.datasets import Example
from workbench.errors import WorkbenchError
from workbench.files import fingerprint
from workbench.filters.ruling import Ruling
from workbench.models.completion import Completion
from workbench.models.model import Model
from workbench.models.prices import Prices
from workbench.printing import printed
from workbench.prompts import Prompt
from workbench.runs.filtering import Looked
from workbench.runs.given import read_rows
from workbench.runs.heldout import all_seen, hidden, rows_of
from workbench.runs.meta import RunMeta, describe
from workbench.runs.plan import Plan
from workbench.runs.row_columns import OUTCOME_COLUMNS, UNSENT, VERDICT_COLUMNS, empty_columns
from workbench.runs.variants import VariantKey, variant_keys
from workbench.stats.scale import Scale
from workbench.store import Store
from workbench.store.text import unpack, writable

if TYPE_CHECKING:
    from pandas import DataFrame

FAILED = ("truncated", "filtered", "malformed", "error", "timeout")


@printed
@dataclass(frozen=True)
class Unread:
    """What was not understood of a file of another tool, and its place there."""

    place: str
    what: str

    def __repr__(self) -> str:
        return f"{self.place}: {self.what}"


@printed
class Run:
    """All rows of one call of `run`, in the order prompts x models x examples x repeats.

    `columns` hold the rows: `prompt, model, example, repeat, status, output, error, prompt_tokens,
    completion_tokens, seconds, cost, cached, thinking, thinking_tokens, queue_seconds,
    first_token_seconds`, per critic `<name>` (score, NaN = unscored), `<name>.label`, `.reason`,
    `.mode` (how the score was read), `.mass` (the probability that lay on the critic's answers,
    where it was weighed), one for each of its parts, and `tag.<key>`. The column `cost` is what an
    answer costs in dollars, cached or not; `Run.cost` is what this run spent, as far as it is
    known, and `Run.unpriced` the number of rows for which it is not.
    """

    calls = 0  # model calls made
    by_others = 0  # of them, by other processes that make the same run under one name
    requests = 0  # HTTP requests they took
    hits = 0  # answers from the store
    unpriced = 0  # rows for which it made a call of unknown cost
    seconds = math.nan
    stopped = ""  # why rows are unsent
    unread: tuple[Unread, ...] = ()  # of the files of others that it was read from
    _charged = 0.0  # dollars known to be spent

    def __init__(
        self,
        id: str,
        plan: Plan,
        store: Store | None,
        budget: float | None = None,
        *,
        columns: dict[str, list[Any]] | None = None,
        meta: RunMeta | None = None,
    ) -> None:
        self.id = id
        self.plan = plan
        self.store = store  # None where the rows came from elsewhere
        self.budget = budget
        self.prices = Prices()
        self.meta = meta or describe(plan, self.prices)
        self.columns = columns or empty_columns(plan)
        # per row, what was measured side by side with it: the same name; empty where nobody knows
        self.sessions = _sessions(id, self.columns["cached"])
        # per row, the seconds between the pieces of its streamed reply
        self.gaps: list[tuple[float, ...]] = [()] * len(self.sessions)
        self.cost = 0.0  # dollars this run spent, as far as known; NaN where nothing of it is
        self._unpriced: set[int] = set()
        self.started = time.time()
        # by model, the fields of requests that were not sent as asked, since its endpoint refuses
        self.left_out: dict[str, set[str]] = {}
        self.wake: Callable[[], object] = lambda: None

    def __repr__(self) -> str:
        done = words.count(len(self.plan) - self.counts.get("unsent", 0), "answer")
        return f"Run {self.id}: {self.meta.dataset.name}, {done} of {len(self.plan):,}"

    @classmethod
    def of(
        cls,
        rows: "DataFrame | Iterable[Mapping[str, Any]]",
        *,
        critics: Mapping[str, Scale],
        examples: Iterable[Example] = (),
        store: Store | None = None,
    ) -> "Run":
        """A run of rows from elsewhere; each critic's name, a column of scores, with its Scale.

        Rows have `prompt` and `example` and, where known, the other columns of a run; `examples`
        are those that their ids name. Without a store it takes no labels and counts no looks.
        Raises WorkbenchError with the row's number, from 0, where a row cannot be used.
        """
        given = read_rows(rows, critics, {each.id: each for each in examples})
        id = fingerprint([list(map(str, column)) for column in given.columns.values()])
        run = cls(id, given.plan, store, columns=given.columns, meta=given.meta)
        for row, cost in enumerate(given.columns["cost"]):
            if given.columns["status"][row] != "unsent":
                run.charge(cost, [row])
        return run

    @property
    def critics(self) -> tuple[Critic, ...]:
        return self.plan.critics

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        return self.plan.prompts

    @property
    def models(self) -> tuple[Model, ...]:
        return self.plan.models

    @property
    def examples(self) -> Sequence[Example]:
        return self.plan.examples

    @cached_property
    def variants(self) -> tuple[VariantKey, ...]:
        """The prompts on models that the rows hold, in order of appearance."""
        return variant_keys(self._pairs())

    def rows(self, variant: VariantKey | str) -> list[int]:
        """The numbers of a variant's rows, by its name or key."""
        wanted = [key for key in self.variants if variant in (key, key.name)]
        if not wanted:
            names = ", ".join(key.name for key in self.variants)
            raise WorkbenchError(f"no variant {variant!r} in this run: use one of {names}")
        pair = (wanted[0].prompt, wanted[0].model)
        return [row for row, found in enumerate(self._pairs()) if found == pair]

    def _pairs(self) -> Iterator[tuple[str, str]]:
        return zip(self.columns["prompt"], self.columns["model"], strict=True)

    @property
    def made(self) -> float:
        """When it last made a call, where the store knows it, else when it began; seconds since
        1970.
        """
        kept = self.store.kept(self.id) if self.store else None
        return kept.made if kept else self.started

    def needed_store(self, what: str) -> Store:
        """The store; WorkbenchError where there is none and `what` needs one."""
        if self.store is None:
            raise WorkbenchError(
                f"{what} needs a store, and a run of rows from elsewhere (Run.of) has none: "
                "make the run with wb.run, or read one back with wb.load_run"
            )
        return self.store

    @property
    def held(self) -> bool:
        """Whether its rows are held back and nobody has seen the answers to all of them."""
        if not self.meta.dataset.held:
            return False
        return self.store is None or not all_seen(self.store, self.examples)

    def open(self) -> None:
        """Show the answers to rows that were held back from now on: that ends the claims on them,
        and the ledger keeps it.
        """
        self.needed_store("opening rows").register(rows_of(self.examples), ())

    def needed_open(self, what: str) -> None:
        """WorkbenchError where the rows are held back and `what` would show answers to them."""
        if self.held:
            raise hidden(what)

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
            "rows": len(self.columns["status"]),
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
        """One row per prompt x model x example x repeat, its text such that any file takes it."""
        from pandas import DataFrame, Series

        def plain(values: list[Any]) -> Any:
            if not any(isinstance(value, str) for value in values):
                return values
            texts = (writable(value) if isinstance(value, str) else value for value in values)
            return Series(list(texts), dtype=object)

        return DataFrame({writable(name): plain(values) for name, values in self.columns.items()})

    def stop(self, why: str = "stopped") -> None:
        """Send no more; what is done is kept and the run returns. Any thread may call this."""
        self.stopped = self.stopped or why
        self.wake()

    def charge(self, cost: float, rows: Iterable[int]) -> None:
        """Count the dollars of a call that was made for some rows; NaN where they are not known."""
        if math.isnan(cost):
            self._unpriced.update(rows)
        else:
            self._charged += cost
        self.unpriced = len(self._unpriced)
        self.cost = self._charged if self._charged or not self.unpriced else math.nan

    def count(self, completion: Completion, cost: float, rows: Iterable[int]) -> None:
        """Count a call that was made in this run, for some rows."""
        self.calls += 1
        self.requests += completion.attempts
        self.charge(cost, rows)

    def note(self, model: str, left_out: Iterable[str]) -> None:
        """Keep what a model was not asked as it should have been."""
        if left_out:
            self.left_out.setdefault(model, set()).update(left_out)

    def set_completion(self, row: int, completion: Completion, status: str, error: str) -> float:
        """Fill a row in, and return what its answer costs."""
        model = self.plan.models[self.plan.key(row).model]
        cost = self.prices.cost(model, completion)
        self.note(model.name, completion.left_out)
        values = (
            status,
            completion.text,
            error,
            completion.prompt_tokens,
            completion.completion_tokens,
            completion.seconds,
            cost,
            completion.cached,
            completion.thinking,
            completion.thinking_tokens,
            completion.queue_seconds,
            completion.first_token_seconds,
        )
        for name, value in zip(OUTCOME_COLUMNS, values, strict=True):
            self.columns[name][row] = value
        self.gaps[row] = completion.gap_seconds
        self.sessions[row] = completion.session or ("" if completion.cached else self.id)
        return cost

    def set_ruling(self, row: int, side: str, looked: Looked) -> None:
        """Keep what filters said of a row's input or output, and what asking them took."""
        self.looked.setdefault(row, {})[side] = looked

    @cached_property
    def looked(self) -> dict[int, dict[str, Looked]]:
        """Per row, what filters said of its "input" and "output", and what asking them took."""
        return {}

    @property
    def rulings(self) -> dict[int, dict[str, Ruling]]:
        """What filters said of the rows' "input" and "output"."""
        looked = self.looked.items()
        return {row: {side: of.ruling for side, of in sides.items()} for row, sides in looked}

    def set_unsent(self, row: int, status: str, error: str) -> None:
        """Fill in a row that is not sent; it costs nothing."""
        for name, value in zip(OUTCOME_COLUMNS, UNSENT, strict=True):
            self.columns[name][row] = value
        self.columns["status"][row], self.columns["error"][row] = status, error
        self.columns["cost"][row] = 0.0

    def set_verdict(self, row: int, critic: Critic, verdict: Verdict) -> None:
        """Fill in what a critic said."""
        values = (verdict.score, verdict.label, verdict.reason, verdict.mode, verdict.mass)
        for name, value in zip(VERDICT_COLUMNS, values, strict=True):
            self.columns[critic.name + name][row] = value
        # an unscored verdict may lack its parts
        for part, score in zip(critic.parts, verdict.parts, strict=False):
            self.columns[f"{critic.name}.{part}"][row] = score

    def details(self, row: int) -> dict[str, Any]:
        """The messages sent for a row and the raw replies, its own and those of its critics, from
        the store; empty where there is none.
        """
        if self.store is None:
            return {"messages": [], "reply": None, "critics": {}}
        cell = next(iter(self.store.cells(self.id, [row])), None)
        if cell is None or cell["request"] is None:
            return {"messages": self.plan.request(row).messages, "reply": None, "critics": {}}
        sent = unpack(cell["request"])["messages"]
        judged = {name: record["calls"] for name, record in cell["detail"]["verdicts"].items()}
        return {
            "messages": sent,
            "reply": cell["completion"],
            "critics": {
                name: [_exchanged(self.store, *call) for call in calls]
                for name, calls in judged.items()
            },
        }


def _exchanged(store: Store, key: str, digest: str) -> dict[str, Any]:
    """One of a critic's calls: what it sent and the reply."""
    request, reply = store.exchanged(bytes.fromhex(key), bytes.fromhex(digest))
    return {"messages": request["messages"], "reply": reply}


def _sessions(id: str, cached: Sequence[bool]) -> list[str]:
    return ["" if each else id for each in cached]
