"""Which answers to label next, drawn so that estimates from their labels are fair."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench import words
from workbench.arguments import expect
from workbench.labels.joined import answer_of, records_of
from workbench.printing import printed
from workbench.runs import Run
from workbench.store import output_hash


@printed
@dataclass(frozen=True)
class Draw:
    """The rows to label next, in order, and how they were chosen (kept with each label)."""

    rows: tuple[int, ...]
    selection: Mapping[str, Any]
    run: Run = field(repr=False)
    critic: str
    rater: str

    def __repr__(self) -> str:
        return f"Draw of {words.count(len(self.rows), 'answer')} for {self.critic}"


def draw(
    run: Run,
    critic: str,
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
    chooser = random.Random(seed)
    rows = _answered(run, variants)
    examples = sorted(rows)
    chooser.shuffle(examples)
    if method == "stratified":
        examples = _dealt(examples, [_level(run, critic, rows[example]) for example in examples])
    seen = _seen(run, critic, rater)
    order = []
    for example in examples:
        answers = _distinct(run.columns["output"], rows[example])
        chooser.shuffle(answers)
        order += [row for of, row in answers if (example, of) not in seen]
    selection = {"method": method, "seed": seed, "variants": list(variants), "of": len(examples)}
    return Draw(tuple(order), selection, run, critic, rater)


def _answered(run: Run, prompts: Sequence[str]) -> dict[str, list[int]]:
    """The answered rows of each example, of these prompts (empty = all)."""
    expect(run, Run, "what is labelled", "give the run that `await wb.run(...)` made")
    run.needed_open("a draw for labels")
    rows: dict[str, list[int]] = {}
    columns = zip(*(run.columns[name] for name in ("prompt", "status", "example")), strict=True)
    for row, (prompt, status, example) in enumerate(columns):
        if status == "ok" and (not prompts or prompt in prompts):
            rows.setdefault(example, []).append(row)
    return rows


def _seen(run: Run, critic: str, rater: str) -> set[tuple[str, str]]:
    """The answers that a rater has labelled or skipped for an estimate."""
    return {
        answer_of(record)
        for record in records_of(run, critic)
        if record["rater"] == rater and record["purpose"] == "estimate"
    }


def _distinct(outputs: Sequence[str], rows: Sequence[int]) -> list[tuple[str, int]]:
    """The different texts in some rows: the hash of each, and the first row that holds it."""
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(output_hash(outputs[row]), row)
    return list(first.items())


def _level(run: Run, critic: str, rows: Sequence[int]) -> float:
    """The critic's mean score of some rows, NaN where it gave none."""
    scores = [run.columns[critic][row] for row in rows] if critic in run.columns else []
    scored = [score for score in scores if math.isfinite(score)]
    return sum(scored) / len(scored) if scored else math.nan


def _dealt(examples: list[str], levels: Sequence[float], strata: int = 3) -> list[str]:
    """Shuffled examples so ordered that each beginning has the strata of `levels` in proportion."""
    by_level = sorted(range(len(examples)), key=lambda i: (math.isnan(levels[i]), levels[i]))
    stratum = {index: position * strata // len(examples) for position, index in enumerate(by_level)}
    sizes = [list(stratum.values()).count(s) for s in range(strata)]
    taken = [0] * strata
    turns = []
    for index in range(len(examples)):  # the k-th of a stratum of size m comes at (k + 1/2) / m
        s = stratum[index]
        turns.append(((taken[s] + 0.5) / sizes[s], s, index))
        taken[s] += 1
    return [examples[index] for _, _, index in sorted(turns)]
