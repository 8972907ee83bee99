"""GEPA's loop in the place of ours: which prompt is mutated next is its choice; what is accepted,
paid for and claimed is ours.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from workbench.errors import WorkbenchError
from workbench.improving.stepping import (
    BASELINE,
    BLOCK,
    MERITS,
    SHOWN,
    UNUSABLE,
    Course,
    Ended,
    Judge,
    Propose,
    Proposed,
    Tried,
    is_ahead,
)
from workbench.prompts import Prompt
from workbench.stats.intervals import Floats

TEXT = "prompt"  # the one component of its candidates: a prompt's number in the improvement
ROUNDS = 4  # of its iterations a prompt allowed: one whose rows are all right proposes nothing
Given = TypeVar("Given")
Ask = Callable[[Propose], Coroutine[Any, Any, Proposed]]
Read = Callable[[Judge], Coroutine[Any, Any, Floats]]


async def search(course: Course, prompts: Sequence[Prompt], ask: Ask, read: Read) -> Ended:
    """Let GEPA search, on a thread of its own; `prompts` grows as `ask` has new ones written.

    Raises WorkbenchError where the package is missing, and whatever `ask` and `read` raise.
    """
    try:
        import gepa  # pyright: ignore[reportMissingImports]  an extra
    except ImportError:
        raise WorkbenchError(
            "method='gepa' needs the package gepa: pip install 'prompt-workbench[gepa]', or leave "
            "method out"
        ) from None
    bridge = Bridge(course, prompts, ask, read, asyncio.get_running_loop())
    rows = list(range(course.rows["search"]))
    optimize: Any = gepa.optimize  # its protocols name their arguments, ours are called by place
    work = asyncio.to_thread(
        optimize,
        seed_candidate={TEXT: str(BASELINE)},
        trainset=rows,
        valset=rows,
        adapter=bridge,
        reflection_minibatch_size=min(BLOCK, len(rows)),
        acceptance_criterion=PairedRule(),
        stop_callbacks=bridge.is_over,
        logger=Silent(),
        seed=int(course.random.integers(2**31)),
    )
    try:
        await work
    except asyncio.CancelledError:
        bridge.stop()
        raise
    except Exception:
        if bridge.error is not None:
            raise bridge.error from None
        raise
    return bridge.ended or "tries"


class Silent:
    """What GEPA would print stays unsaid."""

    def log(self, message: str) -> None:
        """Nothing."""


class PairedRule:
    """A prompt is accepted when it is ahead by paired gains, not when a sum rises."""

    def should_accept(self, proposal: Any, state: Any) -> bool:
        """On the rows of its minibatch."""
        after, before = proposal.subsample_scores_after, proposal.subsample_scores_before
        return is_ahead(np.subtract(after or [], before or []))


@dataclass
class Bridge:
    """GEPA's adapter: it asks from its thread, and the loop of the improvement answers."""

    course: Course
    prompts: Sequence[Prompt]
    ask: Ask
    read: Read
    loop: asyncio.AbstractEventLoop
    ended: Ended | None = None
    error: BaseException | None = None
    pending: Future[Any] | None = None  # what its thread waits for
    rounds: int = 0
    unusable: int = 0  # in a row

    def evaluate(
        self, batch: Sequence[int], candidate: Mapping[str, str], capture_traces: bool = False
    ) -> Any:
        """Merits of a prompt on search rows; 0 where there is no score."""
        from gepa.core.adapter import EvaluationBatch  # pyright: ignore[reportMissingImports]

        number = int(candidate[TEXT])
        known = self.course.asked["search"].get(number, set())
        missing = [row for row in dict.fromkeys(batch) if row not in known]
        if missing:
            found = self._wait(self.read(Judge((number,), "search", missing)))
            self.course.take("search", number, missing, found[0])
        merits = np.nan_to_num(self.course.merits["search"][number][list(batch)])
        traces = list(zip(batch, merits.tolist(), strict=True)) if capture_traces else None
        return EvaluationBatch(outputs=[number] * len(batch), scores=merits.tolist(),
                               trajectories=traces)  # fmt: skip

    def make_reflective_dataset(
        self, candidate: Mapping[str, str], evaluated: Any, components: Sequence[str]
    ) -> dict[str, list[dict[str, int]]]:
        """The rows of a minibatch that a prompt failed."""
        failed = [row for row, merit in evaluated.trajectories if not MERITS.passes(merit)]
        return {TEXT: [{"row": row} for row in failed[:SHOWN]]}

    def propose_new_texts(
        self,
        candidate: Mapping[str, str],
        reflective_dataset: Mapping[str, Sequence[Mapping[str, int]]],
        components_to_update: Sequence[str],
    ) -> dict[str, str]:
        """A new prompt's number; the parent's own where none was written."""
        parent = int(candidate[TEXT])
        failures = tuple(sorted(each["row"] for each in reflective_dataset[TEXT]))
        proposed = self._wait(self.ask(Propose(parent, failures))) if failures else "unusable"
        if proposed != "new":
            self.unusable += proposed == "unusable" and bool(failures)
            self.course.unusable += 1
            self.ended = "budget" if proposed == "no money" else self.ended
            return {TEXT: str(parent)}
        self.unusable = 0
        number = len(self.prompts) - 1
        self.course.tried.append(Tried(number, parent, failures))
        return {TEXT: str(number)}

    def is_over(self, state: Any) -> bool:
        """Whether to stop, and why."""
        self.rounds += 1
        tried, rules = len(self.course.tried), self.course.rules
        if self.unusable >= UNUSABLE:
            self.ended = "no usable proposal"
        if tried >= rules.tries or self.rounds > ROUNDS * rules.tries:
            self.ended = self.ended or "tries"
        return self.ended is not None

    def stop(self) -> None:
        """Whoever waits for the improvement does no more: nor does the thread, or its call."""
        self.ended = self.ended or "tries"
        if self.pending is not None:
            self.pending.cancel()

    def _wait(self, work: Coroutine[Any, Any, Given]) -> Given:
        """What the improvement's loop makes of it."""
        if self.ended is not None:
            work.close()
            raise asyncio.CancelledError
        try:
            self.pending = asyncio.run_coroutine_threadsafe(work, self.loop)
            return self.pending.result()
        except BaseException as error:
            self.error = self.error or error
            raise
