"""Recorded events of OpenAI's evals (JSON Lines): the samples of a run as rows.

Source: openai/evals, evals/record.py: a line with `spec`, events of several types, and a line with
`final_report`, which is missing where the run was cut off.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.exchange.gathered import Gathered, mapping, measures
from workbench.exchange.within_bounds import json_of, lines_of

READ = ("sampling", "match", "metrics", "error", "raw_sample")
NO_CHOICE = "__invalid__"  # a judge's choice where its reply held none, which evals scores as worst
Event = tuple[int, str, Mapping[str, Any]]  # its line, its type, its data


def read(path: Path) -> Gathered:
    """The samples of a file of events."""
    found, reader = Gathered("OpenAI evals"), _Reader()
    for number, line in lines_of(path):
        event = json_of(line, f"{path.name}, line {number}")
        reader.take(event, number, found)
    reader.finish(found)
    return found


class _Reader:
    """Joins the events of each sample."""

    def __init__(self) -> None:
        self._names = {"prompt": "eval", "model": "unknown"}
        self._ended = False
        self._events: dict[str, list[Event]] = {}
        self._others: Counter[str] = Counter()

    def take(self, event: Any, number: int, found: Gathered) -> None:
        if not isinstance(event, dict):
            found.miss(f"line {number}", "it is no event")
        elif isinstance(event.get("spec"), dict):
            self._names = _named(event["spec"])
        elif "final_report" in event:
            self._ended = True
        elif not isinstance(event.get("data"), dict) or event.get("sample_id") is None:
            found.miss(f"line {number}", "it is no event of a sample")
        elif str(event.get("type")) not in READ:
            self._others[str(event.get("type"))] += 1
        else:
            kept = (number, str(event["type"]), event["data"])
            self._events.setdefault(str(event["sample_id"]), []).append(kept)

    def finish(self, found: Gathered) -> None:
        for id, events in self._events.items():
            found.rows.append(self._row(id, events, found))
        for kind, count in self._others.items():
            found.miss("events", f"{count:,} of type {kind} are not read")
        if not self._ended:
            found.miss("final_report", "it is missing: the run was cut off, rows may be missing")

    def _row(self, id: str, events: Sequence[Event], found: Gathered) -> dict[str, Any]:
        of = {kind: [data for _, each, data in events if each == kind] for kind in READ}
        replies = of["sampling"]
        row: dict[str, Any] = {**self._names, "example": id, "repeat": 0, **_answer(of)}
        expected = next((data.get("expected") for data in of["match"]), None)
        found.example(id, _inputs(replies), expected)
        judged = _by_a_judge(of)
        if len(replies) > 1 + judged:
            _say_replies(events, 1 + judged, found)
        reply = _reply(replies[-1]) if judged else ""
        for number, kind, data in events:
            _judge(row, kind, data, reply, f"line {number}", found)
        return row


def _say_replies(events: Sequence[Event], known: int, found: Gathered) -> None:
    """More replies than are known what they are."""
    line = [number for number, kind, _ in events if kind == "sampling"][known]
    said = "a sample with several replies: the first is its answer, as a judge's come later"
    found.miss(f"line {line}", said)


def _named(spec: Mapping[str, Any]) -> dict[str, str]:
    models = spec.get("completion_fns")
    model = ", ".join(map(str, models)) if isinstance(models, list) else str(models or "unknown")
    return {"prompt": str(spec.get("eval_name") or spec.get("base_eval") or "eval"), "model": model}


def _answer(of: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, Any]:
    """Output and status of a sample."""
    if of["error"]:
        data = of["error"][0]
        said = data.get("message") or data.get("error") or "no reason is given"
        return {"status": "error", "error": str(said)[:500]}
    first = next(iter(of["sampling"]), {})
    text = _reply(first)
    if not text:  # old recorders kept what was picked from
        text = next((d["sampled"] for d in of["match"] if isinstance(d.get("sampled"), str)), "")
    return {"status": "ok" if text else "malformed", "output": text, **_tokens(first.get("usage"))}


def _reply(sampling: Mapping[str, Any]) -> str:
    """The text of a reply, of the first where a model was asked for several."""
    sampled = sampling.get("sampled")
    text = sampled[0] if isinstance(sampled, list) and sampled else sampled
    return text if isinstance(text, str) else ""


def _by_a_judge(of: Mapping[str, list[Mapping[str, Any]]]) -> bool:
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
