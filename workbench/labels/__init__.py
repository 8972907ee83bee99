"""What people say of a run's answers: give, draw, plan, exchange. Labels outlive the run and the
critic's prompt.
"""

import json
import math
import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from workbench import stats
from workbench.errors import DatasetError, StoreError, TooFewLabels, WorkbenchError
from workbench.files import resolve, write_whole
from workbench.labels.joined import finite, label_rows, label_scale, lies_on, skipped, usable
from workbench.runs import Run
from workbench.store import Store, output_hash

PURPOSES = ("estimate", "debug")
FIELDS = ("id", "question", "example", "output_hash", "rater", "value", "at", "purpose", "blind", "shown_score",
          "selection", "context", "skipped")  # fmt: skip
PILOT = 15  # labels; from here on a plan rests on them and not on the critic's scores


@dataclass(frozen=True)
class Draw:
    """The rows to label next, in order, and how they were chosen (kept with each label)."""

    rows: tuple[int, ...]
    selection: Mapping[str, Any]
    run: Run = field(repr=False)
    question: str
    rater: str


@dataclass(frozen=True)
class Plan:
    """Labels a variant needs for an interval of `half_width` (share of the scale), and what it has."""

    half_width: float
    needed: int
    given: int  # the variant with the fewest
    correlation: float  # of critic and labels; 0 where not yet known
    pilot: bool  # the figures rest on labels, not on a guess
    skipped: int  # answers that a rater skipped and nobody labelled: many break random sampling


def add(
    run: Run,
    question: str,
    row: int,
    value: float | None,
    *,
    rater: str,
    purpose: str = "estimate",
    blind: bool = True,
    selection: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Keep one label of one row of a run; `value` None = skipped, and kept, since skips break
    random sampling.

    The value lies on the scale of the run's critic `question`; a question that no critic asks takes
    any number.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"purpose is one of {PURPOSES}")
    if value is not None and (
        wrong := _off_scale(question, float(value), label_scale(run.meta["critics"], question))
    ):
        raise WorkbenchError(wrong)
    columns = run.columns
    shown = None if blind or question not in columns else float(columns[question][row])
    record = {
        "id": uuid.uuid4().hex,
        "question": question,
        "example": columns["example"][row],
        "output_hash": output_hash(columns["output"][row]),
        "rater": rater,
        "at": _now(),
        "purpose": purpose,
        "value": math.nan if value is None else float(value),
        "skipped": value is None,
        "blind": blind,
        "shown_score": shown,
        "selection": dict(selection or {}),
        "context": {
            "prompt": columns["prompt"][row],
            "model": columns["model"][row],
            "run": run.id,
        },
    }
    run.store.add_labels([record])
    return record


def _off_scale(question: str, value: float, scale: tuple[float, float]) -> str:
    """What is wrong with a label; empty where nothing is."""
    if lies_on(value, scale):
        return ""
    ends = (
        "any finite number"
        if math.isinf(scale[1])
        else f"a number from {scale[0]:g} to {scale[1]:g}"
    )
    return f"label {value:g} for {question!r} is off its scale: give {ends}, or skip the answer"


def take_back(run: Run, record: Mapping[str, Any]) -> None:
    """Undo a label: the store keeps both, and gives neither to anybody who asks for labels."""
    undone = {
        "id": uuid.uuid4().hex,
        "at": _now(),
        "context": {**record["context"], "takes_back": record["id"]},
    }
    run.store.add_labels([{**record, **undone}])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def draw(
    run: Run,
    question: str,
    *,
    rater: str,
    variants: Sequence[str] = (),
    method: str = "uniform",
    seed: int = 0,
) -> Draw:
    """The rows to label next, in order: example by example, the finalists' answers to it in
    shuffled order.

    What is drawn are examples, with all their answers. Answers of the same text to one example are
    asked for once, by the row of the first variant that gave it, for a label is joined to all of
    them. Left out is what this rater has labelled or skipped for an estimate; a label given to
    debug leaves its row in, for the draw is a uniform sample of all. `variants` are the prompts to
    label (the finalists; empty = all). `uniform` shuffles the examples; `stratified` deals them out
    of strata by the critic's mean score, each in proportion to its size. Either way each example is
    as likely as any other.
    """
    if method not in ("uniform", "stratified"):
        raise ValueError("method is uniform or stratified")
    columns, chooser = run.columns, random.Random(seed)
    rows: dict[str, list[int]] = {}
    for row, (prompt, status) in enumerate(zip(columns["prompt"], columns["status"], strict=True)):
        if status == "ok" and (not variants or prompt in variants):
            rows.setdefault(columns["example"][row], []).append(row)
    examples = sorted(rows)
    chooser.shuffle(examples)
    if method == "stratified":
        examples = _dealt(examples, [_level(run, question, rows[example]) for example in examples])
    seen = {
        (r["example"], r["output_hash"])
        for r in run.store.labels(question)
        if r["rater"] == rater and r["purpose"] == "estimate"
    }
    order = []
    for example in examples:
        answers = _distinct(columns["output"], rows[example])
        chooser.shuffle(answers)
        order += [row for of, row in answers if (example, of) not in seen]
    selection = {"method": method, "seed": seed, "variants": list(variants), "of": len(examples)}
    return Draw(tuple(order), selection, run, question, rater)


def _distinct(outputs: Sequence[str], rows: Sequence[int]) -> list[tuple[str, int]]:
    """The different texts in some rows: the hash of each, and the first row that holds it."""
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(output_hash(outputs[row]), row)
    return list(first.items())


def _level(run: Run, question: str, rows: Sequence[int]) -> float:
    scores = [run.columns[question][row] for row in rows] if question in run.columns else []
    scored = [score for score in scores if math.isfinite(score)]
    return sum(scored) / len(scored) if scored else math.nan


def _dealt(examples: list[str], levels: Sequence[float], strata: int = 3) -> list[str]:
    """Shuffled examples so ordered that every beginning holds the strata of `levels` in proportion."""
    by_level = sorted(range(len(examples)), key=lambda i: (math.isnan(levels[i]), levels[i]))
    stratum = {index: position * strata // len(examples) for position, index in enumerate(by_level)}
    sizes = [list(stratum.values()).count(s) for s in range(strata)]
    taken = [0] * strata
    place = {}
    for index in range(len(examples)):  # the k-th of a stratum of size m stands at (k + 1/2) / m
        s = stratum[index]
        place[index] = ((taken[s] + 0.5) / sizes[s], s)
        taken[s] += 1
    return [examples[index] for index in sorted(place, key=lambda index: place[index])]


def write(path: str | Path, question: str, store: Store) -> Path:
    """Export the labels of a question as JSON Lines, one record a line."""
    records = store.labels(question)
    lines = (
        json.dumps({**record, "value": _json_number(record["value"])}, ensure_ascii=False) + "\n"
        for record in records
    )
    return write_whole(resolve(path), lines)


def read(path: str | Path, store: Store, *, run: Run | None = None) -> int:
    """Import labels from JSON Lines; returns how many were new.

    A record names `output_hash` or carries the `output` itself. A label whose id is in the store
    already is left alone, so that importing twice changes nothing. A value must lie on the scale of
    the critic it is for: that of `run`, else that of the run which the label names, where the store
    holds it.
    """
    path, records = resolve(path), []
    critics_of = cache(lambda id: run.meta["critics"] if run else _critics_of(id, store))
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip():
            records.append(record := _checked(line, where := f"{path.name}, line {number}"))
            scale = label_scale(
                critics_of(str(record["context"].get("run", ""))), record["question"]
            )
            if not record["skipped"] and (
                wrong := _off_scale(record["question"], record["value"], scale)
            ):
                raise DatasetError(f"{where}: {wrong}")
    known = {
        record["id"]
        for question in {r["question"] for r in records}
        for record in store.labels(question)
    }
    new = [record for record in records if record["id"] not in known]
    store.add_labels(new)
    return len(new)


def _critics_of(id: str, store: Store) -> Mapping[str, Any]:
    """The critics of a run; none where the store does not hold it."""
    try:
        return store.run_record(id)["meta"]["critics"]
    except StoreError:
        return {}


def _checked(line: str, where: str) -> dict[str, Any]:
    """A label record from one line, its missing fields filled in; DatasetError names the place."""
    try:
        given = json.loads(line)
        example, question, rater, value = (
            given[name] for name in ("example", "question", "rater", "value")
        )
        of = given["output_hash"] if "output_hash" in given else output_hash(given["output"])
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{where}: not a label ({error}): it needs question, example, output, rater and value"
        ) from None
    skipped = bool(given.get("skipped", value is None))
    if not skipped and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise DatasetError(f"{where}: the value {value!r} is no number: use 0 or 1, or the rating")
    if given.get("purpose", "estimate") not in PURPOSES:
        raise DatasetError(
            f"{where}: purpose {given['purpose']!r} is none of {', '.join(PURPOSES)}"
        )
    identity = f"{question}\0{example}\0{of}\0{rater}"
    if not isinstance(given.get("context", {}), dict):
        raise DatasetError(f"{where}: context is no object")
    defaults = {
        "at": "",
        "purpose": "estimate",
        "blind": True,
        "shown_score": None,
        "selection": {},
        "context": {},
        "id": uuid.uuid5(uuid.NAMESPACE_OID, identity).hex,
    }
    filled = defaults | {name: given[name] for name in FIELDS if name in given}
    return filled | {
        "output_hash": of,
        "skipped": skipped,
        "value": math.nan if skipped else float(value),
    }


def _json_number(value: float) -> float | None:
    return None if math.isnan(value) else value


def raters(question: str, store: Store) -> Any:
    """How far raters agree where two or more judged the same answer: `stats.rater_agreement` of the
    estimate labels.
    """
    return stats.rater_agreement(rater_table(usable(store.labels(question))))


def rater_table(records: Iterable[Mapping[str, Any]]) -> np.ndarray:
    """Values `(raters, answers)`, NaN where a rater gave none; TooFewLabels where no answer has
    two.
    """
    given = list(records)
    names = sorted({record["rater"] for record in given})
    cells = sorted({(record["example"], record["output_hash"]) for record in given})
    place = {cell: column for column, cell in enumerate(cells)}
    table = np.full((len(names), len(cells)), np.nan)
    for record in given:
        table[names.index(record["rater"]), place[record["example"], record["output_hash"]]] = (
            record["value"]
        )
    if not (np.sum(~np.isnan(table), axis=0) > 1).any():
        raise TooFewLabels(
            "no answer has two raters: agreement needs a second rater on some answers"
        )
    return table


def plan(run: Run, question: str, half_width: float, *, level: float = 0.95) -> Plan:
    """Labels per variant for an interval of ±`half_width`, a share of the scale
    (`stats.labels_needed`).

    From 15 labels on, spread and correlation are those of the labels, the correlation at its lower
    limit; before, the spread is the widest that the critic's mean score allows and the critic
    counts for nothing. Plan again as they come.
    """
    low, high = run.meta["critics"][question]["scale"]
    label = (np.array(label_rows(run, question)) - low) / (high - low)
    score = (finite(run.columns[question]) - low) / (high - low)
    known = ~np.isnan(label) & ~np.isnan(score)
    prompts = np.array(run.columns["prompt"])
    given = min((int(known[prompts == prompt].sum()) for prompt in run.meta["prompts"]), default=0)
    passed = skipped(run, question)
    unlabelled = int(np.sum(~np.isnan(score) & ~known)) / max(len(run.meta["prompts"]), 1)
    if int(known.sum()) < PILOT:
        mean = float(np.nanmean(score)) if (~np.isnan(score)).any() else 0.5
        sd = math.sqrt(max(mean * (1 - mean), 0.05))
        return Plan(
            half_width,
            stats.labels_needed(half_width, sd=sd, level=level),
            given,
            0.0,
            False,
            passed,
        )
    rho = max(
        stats.label_value(label[known], score[known], int(unlabelled), level=level).rho.low, 0.0
    )
    sd = max(stats.spread(label[known]), 0.1)
    needed = stats.labels_needed(half_width, sd=sd, rho=rho, level=level, unlabelled=unlabelled)
    return Plan(half_width, needed, given, rho, True, passed)
