# pyright: strict, reportMissingTypeStubs=false
"""What a comparison measures of one variant, for each kind of line."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench import words
from workbench.comparison.bounding import (
    Limits,
    contradicted,
    difference_limits,
    doubt,
    known_exactly,
    rows_limits,
    score_decider,
    score_limits,
)
from workbench.comparison.evidence import Evidence
from workbench.comparison.kinds import Decider
from workbench.comparison.scores import tag_values
from workbench.datasets import Example
from workbench.requirements.examined import COVERED, LANGUAGE, Subject
from workbench.requirements.grouped import in_groups
from workbench.requirements.lines import Requirement, Requirements
from workbench.requirements.measured import Measured
from workbench.requirements.screened import by_whom, delivered, said_of_outputs
from workbench.safety.success import RESISTED, UNKNOWN
from workbench.stats.intervals import Floats, mean_interval
from workbench.stats.quantiles import quantile_interval

ANSWERED = ("ok", "malformed", "truncated", "filtered")  # by the model, in whatever shape
COVERAGE = "language_coverage"
_BY: dict[Decider, str] = {
    "gold": "right answers",
    "labels": "the critic, corrected by people's labels",
    "critic": "the critic's own opinion",
    "check": "the check",
}

Mask = NDArray[np.bool_]
Measure = Callable[[Subject, Requirement], Iterator[Measured]]


def measured(subject: Subject, line: Requirement) -> tuple[Measured, ...]:
    """The values of a line: as the comparison and what was given beside it measure it, else as the
    store has it.
    """
    found = tuple(_MEASURES[line.measure](subject, line)) if line.measure in _MEASURES else ()
    return found or subject.stored.known(line)


def _quality(subject: Subject, line: Requirement) -> Iterator[Measured]:
    evidence = subject.evidence(line.critic or subject.choice.critic, subject.choice.baseline)
    variant = evidence.scores.index(subject.variant)
    by = score_decider(evidence, variant)
    scored = int((~np.isnan(evidence.deciding.failures_as_worst[variant])).any(axis=-1).sum())
    limits = score_limits(evidence, variant)
    yield _judged(subject, evidence, variant, by, limits, scored, compares=False)


def _not_worse(subject: Subject, line: Requirement) -> Iterator[Measured]:
    baseline = subject.baseline(line)
    if baseline is None:
        return
    evidence = subject.evidence(line.critic or subject.choice.critic, baseline)
    variant = evidence.scores.index(subject.variant)
    if variant == evidence.base:
        yield Measured(known_exactly(0.0), 0, "it is that prompt")
        return
    pairs = int((~np.isnan(evidence.with_failures[variant])).sum())
    by = evidence.decider(variant)
    yield _judged(subject, evidence, variant, by, difference_limits(evidence, variant), pairs)


def _judged(
    subject: Subject,
    evidence: Evidence,
    variant: int,
    by: Decider,
    limits: Limits,
    rows: int,
    *,
    compares: bool = True,
) -> Measured:
    """A value that somebody's judgement gives, with what speaks against it."""
    said = f"{_BY[by]} on {words.count(rows, 'example')}"
    said += in_groups(subject.grouping, evidence.rules.groups)
    against = doubt(evidence, variant, by) or contradicted(subject.choice, by)
    step = "mend the critic" if against else ""
    if compares and subject.stale and not against:
        against, step = subject.stale, "raise the gate's budget"
    if by == "critic" and subject.gate.opinion == "forbid" and not against:
        against = "only the critic says so, and nobody has checked it"
        step = f"label {evidence.rules.labels_decide} answers, or let opinion: allow stand in gate"
    return Measured(limits, rows, said, doubt=against, next_step=step)


def _slices(subject: Subject, line: Requirement) -> Iterator[Measured]:
    baseline = subject.baseline(line)
    if baseline is None:
        return
    evidence = subject.evidence(line.critic or subject.choice.critic, baseline)
    tags = tag_values(subject.run, evidence.scores, line.tag)
    for value in sorted(set(tags.tolist()) - {""}):
        yield _slice(subject, evidence, tags == value, value)


def _slice(subject: Subject, evidence: Evidence, inside: Mask, value: str) -> Measured:
    """The difference on the examples with one value of a tag; labels are too few to correct it."""
    variant, groups = evidence.scores.index(subject.variant), evidence.rules.groups
    rows = evidence.with_failures[variant][inside]
    limits = rows_limits(rows, (-1.0, 1.0), None if groups is None else groups[inside])
    asks: Decider = "critic" if evidence.scores.asks else "check"
    by: Decider = "gold" if evidence.gold else asks
    pairs = int((~np.isnan(rows)).sum())
    return _judged(subject, evidence, variant, by, limits, pairs)._replace(of=value)


def _quantile(column: str) -> Measure:
    """A quantile over one answer an example."""

    def found(subject: Subject, line: Requirement) -> Iterator[Measured]:
        first = subject.run.columns["repeat"]
        rows = [row for row in subject.rows if first[row] == 0]
        values, quantile = subject.numbers(column, rows), line.quantile or 0.5
        if not np.isnan(values).all():
            values = _with_timeouts(subject, line, rows, values)
            limits: Limits = lambda tail: quantile_interval(  # noqa: E731
                values, quantile, level=1 - 2 * tail
            )
            known = int((~np.isnan(values)).sum())
            said = f"{known:,} rows at this run's load"
            yield Measured(limits, known, said, _few(values))

    return found


def _with_timeouts(
    subject: Subject, line: Requirement, rows: Sequence[int], values: Floats
) -> Floats:
    """A call that timed out took longer than any other, and than is allowed."""
    longest = np.nextafter(max(np.nanmax(values), line.at_most or 0.0), math.inf)
    late = [subject.run.columns["status"][row] == "timeout" for row in rows]
    return np.where(np.isnan(values) & np.array(late), longest, values)


def _malformed(subject: Subject, line: Requirement) -> Iterator[Measured]:
    status = subject.run.columns["status"]
    rows = [row for row in subject.rows if status[row] in ANSWERED]
    bad = np.array([float(status[row] == "malformed") for row in rows], dtype=float)
    means, groups = subject.by_example(rows, bad)
    if rows:
        limits = rows_limits(means, (0.0, 1.0), groups)
        yield Measured(limits, len(means), words.count(len(means), "example"))


def _attacked(subject: Subject, line: Requirement) -> Iterator[Measured]:
    """The share of attacks that succeed in any example; one that tells nothing counts as one."""
    rows = subject.attacks.chosen(subject.variant) if subject.attacks else ()
    gave_way = {row.counted_as: 0.0 for row in rows}
    for row in rows:
        if row.outcome != RESISTED and not row.blocked:
            gave_way[row.counted_as] = 1.0
    if gave_way:
        unknown = sum(row.outcome == UNKNOWN for row in rows)
        said = words.count(len(gave_way), "attack")
        said += f", {words.count(unknown, 'answer')} unknown and counted as success" * bool(unknown)
        found = np.array(list(gave_way.values()), dtype=float)
        yield Measured(rows_limits(found, (0.0, 1.0), None), len(gave_way), said)


def _unsafe(subject: Subject, line: Requirement) -> Iterator[Measured]:
    """The share of outputs that may not reach users, by people's labels or the filters' word; what
    filters stopped in the run reached nobody.
    """
    if subject.screening is None:
        return
    said, texts = said_of_outputs(subject.screening), delivered(subject.run, subject.rows)
    known = [row for row in texts if texts[row] in said]
    if not known:
        return
    found = [said[texts[row]] for row in known]
    unsafe = np.array([each.is_unsafe for each in found], dtype=float)
    means, groups = subject.by_example(known, unsafe)
    left = words.count(len(texts) - len(known), "output")
    doubt = f"{left} not screened" if len(texts) > len(known) else ""
    step = "screen the whole run: wb.screen(filter, run)" if doubt else "read what was stopped"
    limits = rows_limits(means, (0.0, 1.0), groups)
    yield Measured(limits, len(means), by_whom(found), doubt, step)


def _few(values: Floats) -> str:
    """Why values that are mostly unknown show nothing."""
    known = int((~np.isnan(values)).sum())
    return "" if known >= COVERED * len(values) else f"{known:,} of {len(values):,} rows are known"


def _coverage(subject: Subject, line: Requirement) -> Iterator[Measured]:
    return covered(subject.requirements, subject.run.examples, line)


def covered(
    requirements: Requirements, examples: Sequence[Example], line: Requirement
) -> Iterator[Measured]:
    """How many examples every language of the task has; without a list those of the examples."""
    tag = line.tag or LANGUAGE
    counts = Counter(example.tags.get(tag, "") for example in examples)
    wanted = requirements.task.languages or {name: 0 for name in counts if name}
    for language in sorted(wanted):
        found = counts[language]
        step = f"add {(line.at_least or 0) - found:,.0f} examples"
        limits = known_exactly(float(found))
        yield Measured(limits, found, f"tag {tag}", next_step=step, of=language)


def _cost(subject: Subject, line: Requirement) -> Iterator[Measured]:
    cost = subject.numbers("cost", subject.rows)
    if not len(cost) or np.isnan(cost).all():
        return
    means, _ = subject.by_example(subject.rows, cost * (line.per or 1))
    unknown = int(np.isnan(cost).sum())
    against = f"the cost of {words.count(unknown, 'row')} is not known" if unknown else ""
    limits: Limits = lambda tail: mean_interval(means, level=1 - 2 * tail)  # noqa: E731
    said = f"{len(means):,} examples, at the prices known when they ran"
    yield Measured(limits, len(means), said, doubt=against, next_step="name the price")


def _staged(of_run: Measure) -> Measure:
    """What a later stage knows of a line; where none knows anything, what the run does."""

    def found(subject: Subject, line: Requirement) -> Iterator[Measured]:
        known = subject.later.known(line, screened=subject.screening is not None)
        yield from known or of_run(subject, line)

    return found


def _unmeasured(subject: Subject, line: Requirement) -> Iterator[Measured]:
    return iter(())


_MEASURES: dict[str, Measure] = {
    "quality": _quality,
    "not_worse_than": _not_worse,
    "slice": _slices,
    "latency": _staged(_quantile("seconds")),
    "first_token": _staged(_quantile("first_token_seconds")),
    "rate": _staged(_unmeasured),
    "malformed": _staged(_malformed),
    "prompt_tokens": _quantile("prompt_tokens"),
    COVERAGE: _coverage,
    "cost": _staged(_cost),
    "attack_success": _attacked,
    "unsafe_output": _staged(_unsafe),
    "errors": _staged(_unmeasured),
    "satisfaction": _staged(_unmeasured),
}
