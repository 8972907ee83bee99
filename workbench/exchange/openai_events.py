"""Recorded events of OpenAI's evals (JSON Lines): the samples of a run as rows.

Source: openai/evals, evals/record.py: a line with `spec`, events of several types, and a line with
`final_report`, which is missing where the run was cut off.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import DatasetError
from workbench.exchange.gathered import Gathered, measures
from workbench.exchange.within_bounds import json_of, lines_of
from workbench.json_values import mapping
from workbench.models.tool_calls import as_text, calls_in

READ = ("sampling", "match", "metrics", "error", "raw_sample", "function_call")
REPORT = "final_report"
NO_CHOICE = "__invalid__"  # a judge's choice where its reply held none, which evals scores as worst
Event = tuple[int, str, Mapping[str, Any]]  # its line, its type, its data
_ByKind = Mapping[str, list[Mapping[str, Any]]]  # the data of a sample's events


def read(path: Path) -> Gathered:
    """The samples of a file of events."""
    found, reader = Gathered("OpenAI evals"), _Reader()
    for number, line in lines_of(path):
        try:
            event = json_of(line, "")
        except DatasetError as error:
            found.miss(f"line {number}", f"{str(error).lstrip(',: ')}: what it says is lacking")
        else:
            reader.take(event, number, found)
    reader.finish(found)
    return found


@dataclass
class _Recorded:
    """A run among those that were recorded into one file, one behind the other."""

    names: dict[str, str] = field(default_factory=lambda: {"prompt": "eval", "model": "unknown"})
    ended: bool = False
    events: dict[str, list[Event]] = field(default_factory=dict[str, list[Event]])  # by sample


class _Reader:
    """Joins the events of each sample."""

    def __init__(self) -> None:
        self._runs: dict[str, _Recorded] = {}  # by the run's id
        self._latest = _Recorded()
        self._others: Counter[str] = Counter()
        self._repeats: Counter[tuple[str, ...]] = Counter()

    def take(self, event: Any, number: int, found: Gathered) -> None:
        if not isinstance(event, dict):
            found.miss(f"line {number}", "it is no event")
        elif isinstance(event.get("spec"), dict):
            self._begin(event["spec"], number)
        else:
            run = self._runs.get(str(event.get("run_id")), self._latest)
            self._keep(run, event, number, found)

    def _keep(self, run: _Recorded, event: Mapping[str, Any], number: int, found: Gathered) -> None:
        if REPORT in event or event.get("type") == REPORT:
            run.ended = True
        elif not isinstance(event.get("data"), dict) or event.get("sample_id") is None:
            found.miss(f"line {number}", "it is no event of a sample")
        elif str(event.get("type")) not in READ:
            self._others[str(event.get("type"))] += 1
        else:
            kept = (number, str(event["type"]), event["data"])
            run.events.setdefault(str(event["sample_id"]), []).append(kept)

    def _begin(self, spec: Mapping[str, Any], number: int) -> None:
        if self._runs:  # events may stand before the name of the first
            self._latest = _Recorded()
        self._latest.names = _named(spec)
        self._runs[str(spec.get("run_id", f"line {number}"))] = self._latest

    def finish(self, found: Gathered) -> None:
        for run in self._runs.values() or [self._latest]:
            for id, events in run.events.items():
                found.rows.append(self._row(run, id, events, found))
            if not run.ended:
                said = "it is missing: the run was cut off, rows may be missing"
                found.miss(REPORT, said)
        for kind, count in self._others.items():
            found.miss("events", f"{count:,} of type {kind} are not read")

    def _row(
        self, run: _Recorded, id: str, events: Sequence[Event], found: Gathered
    ) -> dict[str, Any]:
        of = {kind: [data for _, each, data in events if each == kind] for kind in READ}
        key = (*run.names.values(), id)
        repeat = self._repeats[key]
        self._repeats[key] += 1
        expected = next((data.get("expected") for data in of["match"]), None)
        found.example(id, _inputs(of["sampling"]), expected, asks="")  # inputs are what was sent
        row: dict[str, Any] = {**run.names, "example": id, "repeat": repeat, **_answer(of)}
        _judge_all(row, of, events, found)
        return row


def _judge_all(row: dict[str, Any], of: _ByKind, events: Sequence[Event], found: Gathered) -> None:
    """Give a row the scores of a sample's events, and say which of these are not read."""
    replies, judged = of["sampling"], _by_a_judge(of)
    if len(replies) > 1 + judged:
        _say_replies(events, 1 + judged, found)
    if _reply(next(iter(replies), {})):
        _say_calls(events, found)
    reply = _reply(replies[-1]) if judged else ""
    for number, kind, data in events:
        _judge(row, kind, data, reply, f"line {number}", found)


def _say_calls(events: Sequence[Event], found: Gathered) -> None:
    """Functions that were called on the way to an answer."""
    for number, kind, data in events:
        if kind == "function_call":
            called = str(data.get("name"))[:40]
            found.miss(f"line {number}", f"a call of {called} before the answer: not read")


def _say_replies(events: Sequence[Event], known: int, found: Gathered) -> None:
    """More replies than are known what they are."""
    line = [number for number, kind, _ in events if kind == "sampling"][known]
    said = "a sample with several replies: the first is its answer, as a judge's come later"
    found.miss(f"line {line}", said)


def _named(spec: Mapping[str, Any]) -> dict[str, str]:
    models = spec.get("completion_fns")
    model = ", ".join(map(str, models)) if isinstance(models, list) else str(models or "unknown")
    return {"prompt": str(spec.get("eval_name") or spec.get("base_eval") or "eval"), "model": model}


def _answer(of: _ByKind) -> dict[str, Any]:
    """Output and status of a sample; a call of a function is the answer where no text is."""
    if of["error"]:
        data = of["error"][0]
        said = data.get("message") or data.get("error") or "no reason is given"
        return {"status": "error", "error": str(said)[:500]}
    first = next(iter(of["sampling"]), {})
    text = _reply(first)
    if not text:  # old recorders kept what was picked from
        text = next((d["sampled"] for d in of["match"] if isinstance(d.get("sampled"), str)), "")
    if not text and of["function_call"]:
        text, _ = as_text(of["function_call"], "")
    if not text and not of["sampling"]:
        return {"status": "error", "error": "no reply is recorded"}
    return {"status": "ok" if text else "malformed", "output": text, **_tokens(first.get("usage"))}


def _reply(sampling: Mapping[str, Any]) -> str:
    """The text of a reply, of the first where a model was asked for several; a message is its text,
    or what it calls.
    """
    sampled = sampling.get("sampled")
    given = sampled[0] if isinstance(sampled, list) and sampled else sampled
    message = mapping(given)
    text = message.get("content") if message else given
    text = text if isinstance(text, str) else ""
    calls = calls_in(message)
    return as_text(calls, text)[0] if calls else text


def _by_a_judge(of: _ByKind) -> bool:
    """Whether the last of several replies is a judge's, who chose among what it was given."""
    chosen = any(isinstance(data.get("choice"), str) for data in of["metrics"])
    return chosen and len(of["sampling"]) > 1


def _tokens(usage: Any) -> dict[str, int]:
    names = ("prompt_tokens", "completion_tokens")
    return measures({name: mapping(usage).get(name) for name in names})


def _inputs(sampling: list[Mapping[str, Any]]) -> dict[str, Any]:
    prompt = next((data.get("prompt") for data in sampling), None)
    if prompt is None:
        return {}
    return {"messages" if isinstance(prompt, list) else "input": prompt}


def _judge(
    row: dict[str, Any], kind: str, data: Mapping[str, Any], reply: str, place: str, found: Gathered
) -> None:
    """The scores of an event; `reply` is what a judge said."""
    if kind == "match":
        said = f"expected {data.get('expected')}, picked {data.get('picked')}"
        found.judge(row, "match", data.get("correct"), said[:500], place)
    elif kind == "metrics" and isinstance(data.get("choice"), str):
        _choice(row, data, reply, place, found)
        others = {name: data[name] for name in data if name not in ("choice", "score")}
        _metrics(row, others, place, found)
    elif kind == "metrics":
        _metrics(row, data, place, found)


def _choice(
    row: dict[str, Any], data: Mapping[str, Any], reply: str, place: str, found: Gathered
) -> None:
    """What a judge chose, as the label of its score: of an eval that gives choices none, NaN."""
    chosen, score = data["choice"], data.get("score")
    if chosen == NO_CHOICE:
        found.miss(place, "the judge's reply held no choice: unscored")
        score = None
    row.setdefault("score.label", chosen)
    found.judge(row, "score", score, reply, place)


def _metrics(row: dict[str, Any], data: Mapping[str, Any], place: str, found: Gathered) -> None:
    for name, value in data.items():
        if value is None or isinstance(value, bool | int | float):
            found.judge(row, str(name), value, None, place)
        else:
            found.miss(place, f"metric {name} is {str(value)[:40]!r}, no number")
