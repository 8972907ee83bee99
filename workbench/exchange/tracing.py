"""Runs as OpenTelemetry traces, by the GenAI conventions: a span for each call that a run made, and
a `gen_ai.evaluation.result` event for each verdict.

The conventions: github.com/open-telemetry/semantic-conventions-genai, version 1.42 (development).
What prompts and answers say is left out unless it is asked for, and no key is ever known here.
"""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.exchange.conventions import evaluated, of_call, of_run, parameters, said
from workbench.runs import Progress, Run, watchers
from workbench.store.made import Made

if TYPE_CHECKING:
    from opentelemetry.trace import Span  # pyright: ignore[reportMissingImports]

NAME = "workbench"
FLUSH = 400  # spans and events: an exporter's queue, which drops what is too much, holds 2,048
NANO = 1_000_000_000


def start(*, content: bool = False) -> "Tracing":
    """Trace every run of this process from now on, to the providers that OpenTelemetry is set up
    with; `content` adds what was sent, answered and said of it. WorkbenchError without the package.
    """
    tracing = Tracing(content=content)
    watchers.append(tracing)
    return tracing


class Tracing:
    """A watcher of runs: when one ends, what it did becomes spans and events."""

    def __init__(self, *, content: bool) -> None:
        try:
            from opentelemetry import _logs, trace  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise WorkbenchError(
                'tracing needs OpenTelemetry: pip install "prompt-workbench[otel]"'
            ) from None
        self._content, self._logs, self._trace = content, _logs, trace
        self._emitted = 0

    def __call__(self, run: Run, progress: Progress) -> None:
        """As `workbench.runs.watchers` are called."""
        if progress.finished and run.store:
            self._tell(run)

    def stop(self) -> None:
        """Trace no more runs."""
        watchers.remove(self)

    def _tell(self, run: Run) -> None:
        """The run as a span of which its calls are children."""
        store = run.needed_store("a trace")
        made = {(each.key, each.digest): each for each in store.made.since(run.id, run.started)}
        tracer = self._trace.get_tracer(NAME)
        root = tracer.start_span(
            "workbench.run", attributes=of_run(run), start_time=_nano(run.started)
        )
        context = self._trace.set_span_in_context(root)
        for cell in store.cells(run.id):
            self._row(run, cell, made, context)
        ends = [each.at for each in made.values()]
        root.end(_nano(max(ends, default=run.started)))
        self._flush()

    def _row(
        self,
        run: Run,
        cell: Mapping[str, Any],
        made: Mapping[tuple[bytes, bytes], Made],
        context: Any,
    ) -> None:
        """A row's answer, its critics' replies, and what they said."""
        place = {f"workbench.{name}": run.columns[name][cell["row"]] for name in _PLACE}
        answer = made.get((cell["key"], cell["digest"]))
        if answer:
            span = self._call(answer, place, context)
            context = self._trace.set_span_in_context(span)
        for name, kept in cell["detail"]["verdicts"].items():
            replies = [made[each] for each in _named(kept["calls"]) if each in made]
            for reply in replies:
                self._call(reply, {**place, "workbench.critic": name}, context)
            if answer or replies:
                at = max(each.at for each in (answer, *replies) if each)
                self._verdict(name, kept["verdict"], at, context)

    def _call(self, made: Made, place: Mapping[str, Any], context: Any) -> "Span":
        """One call as a span that ended when its answer came."""
        took = made.completion.seconds
        attributes = {**of_call(made), **parameters(made.request), **place}
        if self._content:
            attributes |= said(made)
        span = self._trace.get_tracer(NAME).start_span(
            f"chat {made.request.get('model', '')}".strip(),
            context,
            self._trace.SpanKind.CLIENT,
            attributes,
            start_time=_nano(made.at - (0.0 if math.isnan(took) else took)),
        )
        if "error.type" in attributes:
            told = made.completion.error if self._content else None
            span.set_status(self._trace.StatusCode.ERROR, told)
        span.end(_nano(made.at))
        self._count()
        return span

    def _verdict(self, critic: str, stored: list[Any], at: float, context: Any) -> None:
        """One verdict as an event of the answer that it is of."""
        record = self._logs.LogRecord(
            timestamp=_nano(at),
            context=context,
            severity_number=self._logs.SeverityNumber.INFO,
            event_name="gen_ai.evaluation.result",
            attributes=evaluated(critic, stored, explained=self._content),
        )
        self._logs.get_logger(NAME).emit(record)
        self._count()

    def _count(self) -> None:
        self._emitted += 1
        if self._emitted % FLUSH == 0:
            self._flush()

    def _flush(self) -> None:
        """Let the exporters take what is queued, where they can be told to."""
        for provider in (self._trace.get_tracer_provider(), self._logs.get_logger_provider()):
            if flush := getattr(provider, "force_flush", None):
                flush()


_PLACE = ("prompt", "example", "repeat")


def _named(calls: list[list[str]]) -> Iterator[tuple[bytes, bytes]]:
    """Keys and digests as the store's rows have them."""
    return ((bytes.fromhex(key), bytes.fromhex(digest)) for key, digest in calls)


def _nano(seconds: float) -> int:
    return int(seconds * NANO)
