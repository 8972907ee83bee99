# pyright: strict, reportMissingTypeStubs=false
"""Limits at any tail: of a variant's score, and of its difference to the baseline, by who decides.

What a gate decides with, where an interval at one level is not enough. Shares of the scale: a score
from 0 (its bad end) to 1, a difference from -1 to 1, above 0 is better.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from workbench.comparison.differences import corrected_by_people, missing
from workbench.comparison.evidence import Evidence
from workbench.comparison.kinds import Decider
from workbench.comparison.lacking import at_worst, filled_at_worst, lacks_more
from workbench.comparison.picked import are_picked, outdated
from workbench.comparison.result import Comparison
from workbench.comparison.scores import Groups, per_example
from workbench.stats.bounded import bounded_interval
from workbench.stats.clustered import clustered_interval
from workbench.stats.contradicting import canary_blocks
from workbench.stats.intervals import Bounds, Floats, Interval

Limits = Callable[[float], Interval]  # of a one-sided tail, the same on either side
LARGEST_TAIL, LEAST_TAIL, HALVINGS = 0.25, 1e-9, 40  # where a p value is looked for


def always(value: Interval) -> Limits:
    """Of what has the same limits at any tail."""
    return lambda tail: value


def known_exactly(value: float) -> Limits:
    """Of what was counted, and not estimated."""
    return always(Interval(value, value, value))


def least_tail(limits: Limits, denies: Callable[[Interval], bool]) -> float:
    """One-sided p of a claim: the least tail at which the limits deny it."""
    low, high = np.log(LEAST_TAIL), np.log(LARGEST_TAIL)
    if not denies(limits(LARGEST_TAIL)):
        return 1.0
    if denies(limits(LEAST_TAIL)):
        return LEAST_TAIL
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        denied = denies(limits(float(np.exp(middle))))
        low, high = (low, middle) if denied else (middle, high)
    return float(np.exp(high))


def score_decider(evidence: Evidence, variant: int) -> Decider:
    """Who decides on a variant's own score: right answers, else enough labels that chance may have
    chosen, else the critic or check.
    """
    if evidence.gold:
        return "gold"
    labelled = int((~np.isnan(evidence.labels.with_failures[variant])).sum())
    if labelled >= evidence.rules.labels_decide and not are_picked(evidence.labels, variant):
        return "labels"
    return "critic" if evidence.scores.asks else "check"


def score_limits(evidence: Evidence, variant: int) -> Limits:
    """Of a variant's own score, its failures at the bad end of the scale."""
    scale = evidence.deciding.scale
    if score_decider(evidence, variant) == "labels":
        labels, groups = evidence.labels, evidence.rules.groups
        whole = replace(labels, label=labels.with_failures, score=labels.scores_with_failures)
        return lambda tail: scale.merit(whole.mean(variant, 1 - 2 * tail, groups)).clipped(0, 1)
    scores, groups = evidence.deciding, evidence.rules.groups
    rows = scale.merit(per_example(scores.failures_as_worst)[variant])
    limits = rows_limits(rows, (0.0, 1.0), groups)
    if variant == evidence.base or lacks_more(scores, variant, evidence.base) != variant:
        return limits
    worst = scale.merit(per_example(filled_at_worst(scores, variant))[variant])
    return hull(limits, rows_limits(worst, (0.0, 1.0), groups))


def difference_limits(evidence: Evidence, challenger: int) -> Limits:
    """Of a challenger minus the baseline: what holds with failures at the bad end and without, and
    with the worst for what one side lacks more often than chance has it.
    """
    if evidence.decider(challenger) == "labels":
        found = corrected_by_people(evidence, challenger)
        return lambda tail: Interval(found.estimate, *found.limits(tail)).clipped(-1, 1)
    groups = evidence.rules.groups
    limits = _both(evidence, challenger)
    worst = at_worst(evidence, challenger)
    return limits if worst is None else hull(limits, rows_limits(worst, (-1.0, 1.0), groups))


def hull(limits: Limits, others: Limits) -> Limits:
    """What holds by both: the lower of two lower limits, the higher of two upper ones."""

    def both(tail: float) -> Interval:
        found, other = limits(tail), others(tail)
        return replace(found, low=min(found.low, other.low), high=max(found.high, other.high))

    return both


def _both(evidence: Evidence, challenger: int) -> Limits:
    """What holds with failures at the bad end and, from below, without."""
    groups = evidence.rules.groups
    whole, judged = (
        rows_limits(rows[challenger], (-1.0, 1.0), groups)
        for rows in (evidence.with_failures, evidence.judged)
    )
    if np.isnan(evidence.judged[challenger]).all():
        return whole

    def both(tail: float) -> Interval:
        found = whole(tail)
        return replace(found, low=min(found.low, judged(tail).low))

    return both


def rows_limits(rows: Floats, ends: Bounds, groups: Groups | None) -> Limits:
    """Of the mean of rows `(examples,)` on a scale with known ends; NaN leaves."""
    if groups is None:
        return lambda tail: bounded_interval(rows, ends, tail)
    return lambda tail: clustered_interval(rows, groups, ends, tail)


def doubt(evidence: Evidence, variant: int, decider: Decider) -> str:
    """Why nothing may be concluded of a variant's scores; empty where nothing speaks against it."""
    lost, of = missing(evidence.deciding, variant, evidence.base)
    if not of or (of - lost) / of < evidence.rules.coverage:
        return f"{of - lost:,} of {of:,} examples have a score"
    if decider == "labels" and evidence.echoes:
        return "the labels are no word apart from the critic's"
    compared = dict.fromkeys((variant, evidence.base))
    if decider == "labels" and outdated(evidence.labels, *compared):
        return "people labelled answers that were changed since"
    if decider != "critic":
        return ""
    if canary_blocks(*evidence.canary):
        passed, asked = evidence.canary
        return f"the critic passes {passed:,} of {asked:,} answers that are known to be bad"
    if evidence.scores.constant_critic:
        return "the critic gave every answer the same score"
    return ""


def contradicted(choice: Comparison, by: Decider) -> str:
    """What a comparison found against its critic, where that is who decides."""
    if by != "critic":
        return ""
    blocked = {
        "ignorant critic": "the critic cannot tell right answers from wrong ones",
        "labels contradict": "people's labels contradict the critic",
        "gold contradicts": "right answers contradict the critic",
    }
    causes = {each.cause for each in choice.differences}
    return next((text for cause, text in blocked.items() if cause in causes), "")
