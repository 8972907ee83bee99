"""Guardrails of a release, one row each, drawn in units of their own margin; and the limits of the
requirements.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from workbench.page import words
from workbench.page.markup import Html, html
from workbench.page.svg import Axis, axis_labels
from workbench.release import Trial
from workbench.release.trial import Guarded
from workbench.sections.arms_table import shown_change, shown_ends, shown_value
from workbench.sections.bound import Bound
from workbench.stats import Interval
from workbench.words import capital

MARGINS = Axis(-2.0, 2.6, (0.0, 1.0))  # zero, and the margin
MOST = 6.0  # margins that are drawn; an arrow stands for what is beyond
SOURCES = {"requirements": "as required", "plan": "as planned", "usual": "the usual one"}
READINGS = {"holds": "holds", "undecided": "not shown", "unknown": "not shown", "harmed": "missed"}


def guardrail_rows(trial: Trial) -> Iterator[dict[str, Any]]:
    """What must not get worse by more than its margin; missed first."""
    axis = in_margins(trial)
    order = ("harmed", "unknown", "undecided", "holds")
    for each in sorted(trial.guardrails, key=lambda guard: order.index(guard.word)):
        yield {
            "name": capital(each.title),
            "sub": f"{words.count(each.events, 'event')}" if each.events >= 0 else "",
            "arms": [shown_value(each.measure, arm) for arm in each.arms],
            "change": shown_change(each.measure, each.effect),
            "unit": "" if each.relative else "points",
            "ends": shown_ends(each.measure, each.low, each.high),
            "margin": shown_change(each.measure, each.margin),
            "source": SOURCES[each.source],
            "bar": _bar(each, axis),
            "reading": READINGS[each.word],
            "css": "worse" if each.word == "harmed" else "",
        }


def limit_rows(trial: Trial) -> Iterator[dict[str, Any]]:
    """What the challenger's users must get, whatever the baseline's do; missed first."""
    order = ("missed", "not shown", "met")
    for each in sorted(trial.kept, key=lambda kept: order.index(kept.word)):
        estimate, low, high = (
            each.limit.said(end) if math.isfinite(end) else "open" for end in each.value
        )
        yield {
            "name": capital(each.limit.text),
            "value": estimate if math.isfinite(each.value.estimate) else "",
            "ends": f"{low} to {high}" if math.isfinite(each.value.estimate) else "not logged",
            "reading": each.word,
            "css": "worse" if each.word == "missed" else "",
        }


def _bar(guard: Guarded, axis: Axis) -> Html:
    """The change in units of the margin: it holds with the whole line on grey."""
    if math.isnan(guard.effect):
        return html("")
    found = Interval(*(each / guard.margin for each in (guard.effect, guard.low, guard.high)))
    return Bound(axis, found, most=1.0, word="worse" if guard.word == "harmed" else "").draw()


def in_margins(trial: Trial) -> Axis:
    """An axis in margins, with zero and the margin on it; wider where a change goes far beyond."""
    ends = (each.high / each.margin for each in trial.guardrails)
    most = max((end for end in ends if math.isfinite(end)), default=0.0)
    return replace(MARGINS, high=min(MOST, max(MARGINS.high, most + 0.2)))


def margin_axis(axis: Axis) -> Html:
    """The words over the column of bars."""
    return axis_labels(axis, {0.0: "0", 1.0: "margin"}.__getitem__, height=18)
