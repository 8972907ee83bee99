"""Results of `vllm bench serve`, with its words as it means them."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from workbench.serving.bounds import Bounds
from workbench.serving.cautions import Caution
from workbench.serving.climbing import Step
from workbench.serving.level import Level, measured
from workbench.serving.numbers import number
from workbench.serving.tested import LoadTest
from workbench.stats.answered import Answered
from workbench.stats.intervals import Floats
from workbench.stats.streamed_times import NONE, Times

TOOL = "vllm bench serve"
FROM_SENDING = "from when it was sent, not from when it was due"
MEANS = {
    "ttft": f"to the first chunk with content, {FROM_SENDING}",
    "e2el": f"to the last chunk, {FROM_SENDING}",
    "tpot": "(e2el - ttft) / (tokens - 1), as here",
    "itl": "gaps between chunks, pooled over replies, as here",
    "window": "every request counts, none is left out as warm-up",
    "tokens a second": "all tokens of the answered, over the time to the last answer",
}
SENT = ("ttft", "e2el")  # with queue times they count from when a request was due, as here
TIMES = ("ttft", "tpot", "itl", "e2el")


def is_of_vllm(document: Mapping[str, Any]) -> bool:
    """Whether a document sums up a test as vLLM does: others use some of its names for objects."""
    return all(
        number(document.get(name)) >= 0 for name in ("request_throughput", "completed")
    ) and (number(document.get("duration")) > 0)


def of_vllm(documents: Sequence[Mapping[str, Any]], where: str) -> LoadTest:
    """A test whose levels are these results, by rising rate."""
    results = sorted(map(_Result, documents), key=lambda each: each.asked)
    first = documents[0]
    from_due = all(each.get("queue_times") for each in documents)
    told = chain.from_iterable(each.cautions() for each in results)
    return LoadTest(
        str(first.get("model_id") or "a model"),
        tuple(each.level() for each in results),
        arrivals=f"gamma, burstiness {number(first.get('burstiness', 1)):g}",
        traffic=f"requests of {where}",
        at=str(first.get("date") or ""),
        source=TOOL,
        definitions={name: MEANS[name] for name in MEANS if not (from_due and name in SENT)},
        told=tuple(dict.fromkeys(told)),
    )


@dataclass(frozen=True)
class _Result:
    """One result file; without details it holds sums alone."""

    document: Mapping[str, Any]

    def _count(self, name: str) -> int:
        return int(self.document.get(name) or 0)

    def _number(self, name: str) -> float:
        return number(self.document.get(name))

    @property
    def asked(self) -> float:
        """Requests a second; infinite where they were not sent on a schedule."""
        return self._number("request_rate")

    @property
    def due(self) -> int:
        return self._count("completed") + self._count("failed")

    @property
    def rate(self) -> float:
        return self.asked if math.isfinite(self.asked) else self.due / self._number("duration")

    def cautions(self) -> Iterator[Caution]:
        if not math.isfinite(self.asked):
            yield Caution("no schedule", self.rate)
        elif self.document.get("max_concurrency") and not self.document.get("queue_times"):
            yield Caution("no queue", self.rate)

    def level(self) -> Level:
        step = Step(self.rate, "ladder", self._number("duration"), 0.0, 0.0)
        level, good = measured(step, self._requests(), Bounds()), self._number("request_goodput")
        failed = self._count("failed")
        return replace(
            level,
            due=self.due,
            answered=self._count("completed"),
            failures={"error": failed} if failed else {},
            attained=good * step.seconds / self.due if self.due else math.nan,
            goodput=good,
            output_tokens_per_second=self._number("output_throughput"),
            total_tokens_per_second=self._number("total_token_throughput"),
            **{name: self._times(name, getattr(level, name)) for name in TIMES},
        )

    def _times(self, name: str, found: Times) -> Times:
        """Those that were found in the requests, else as the file sums them up."""
        sums = ("mean", "median", "p95", "p99")
        told = {each: self._number(f"{each}_{name}_ms") / 1000 for each in sums}
        if found.n or math.isnan(told["mean"]):
            return found if found.n else NONE
        return Times(**told, n=self._count("completed"))

    def _detail(self, name: str, count: int) -> list[Any]:
        """A value a request; None where the file does not hold as many."""
        given = self.document.get(name) or []
        return given if len(given) == count else [None] * count

    def _requests(self) -> Answered:
        """The requests, where the file was written with their details; none else."""
        names = ("ttfts", "itls", "start_times", "output_lens")
        details = [self.document.get(name) or [] for name in names]
        count = len(details[0])
        if not count or any(len(each) != count for each in details):
            return Answered.of([np.zeros(0)] * 7, np.zeros(0, "U5"), [])
        due = _column(details[2]) - self._queued(count)
        due -= due.min()
        failed = np.array(self._detail("errors", count)).astype(bool)
        columns = _without(self._columns(due, details), failed)
        order = np.argsort(due, kind="stable")
        status = np.where(failed, "error", "")[order]
        return Answered.of((each[order] for each in columns), status, _pooled(due, details[1]))

    def _queued(self, count: int) -> Floats:
        return np.nan_to_num(_column(self._detail("queue_times", count)))

    def _columns(self, due: Floats, details: Sequence[Sequence[Any]]) -> list[Floats]:
        """The columns of `Answered`, as if every request had been answered."""
        count, (first, gaps, _, replies) = len(due), details
        queued, begun = self._queued(count), _column(first)
        whole = _column(self._detail("latencies", count))
        whole = np.where(np.isnan(whole), begun + [sum(each) for each in gaps], whole) + queued
        prompts = _column(self._detail("input_lens", count))
        unknown = np.full(count, math.nan)  # its own lag is not among what it writes
        return [due, unknown, begun + queued, whole, whole, prompts, _column(replies)]


def _column(values: Iterable[Any]) -> Floats:
    """Numbers of at least 0; NaN for what is none."""
    found = np.array([number(each) for each in values], dtype=float)
    return np.where(found < 0, math.nan, found)


def _without(columns: Iterable[Floats], failed: "np.ndarray[Any, Any]") -> list[Floats]:
    """The columns without the times of requests that failed."""
    due, lag, first, whole, *others = columns
    return [due, lag, *(np.where(failed, np.nan, each) for each in (first, whole)), *others]


def _pooled(due: Floats, gaps: Sequence[Sequence[float]]) -> list[tuple[float, float, float]]:
    """Every gap of every reply, at the time when its request was due."""
    pairs = zip(due.tolist(), gaps, strict=True)
    return [(at, gap, 1.0) for at, each in pairs for gap in each]
