"""Guardrails of a release, one row each, drawn in units of their own margin; and the limits of the
requirements.
"""

import math
from collections.abc import Iterator
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, html, joined
from workbench.page.svg import Axis
from workbench.release import Trial
from workbench.release.trial import Guarded
from workbench.sections.arms_table import shown_change, shown_ends, shown_value
from workbench.words import capital

MARGINS = Axis(-2.0, 2.6, (0.0, 1.0))  # zero, and the margin
SOURCES = {"requirements": "as required", "plan": "as planned", "usual": "the usual one"}
READINGS = {"holds": "holds", "undecided": "not shown", "unknown": "not shown", "harmed": "missed"}


def guardrail_rows(trial: Trial) -> Iterator[dict[str, Any]]:
    """What must not get worse by more than its margin; missed first."""
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
            "bar": _bar(each),
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


def _bar(guard: Guarded) -> Html:
    """The change in units of the margin: it holds with the whole line on grey."""
    if math.isnan(guard.effect):
        return html("")
    estimate, low, high = (
        MARGINS.at(each / guard.margin) for each in (guard.effect, guard.low, guard.high)
    )
    return render(
        "sections/bound.html",
        css="worse" if guard.word == "harmed" else "",
        left=0.0,
        width=MARGINS.at(1.0),
        bound=MARGINS.at(1.0),
        estimate=estimate,
        low=low,
        high=high,
    )


def margin_axis() -> Html:
    """The words over the column of bars."""
    text = '<text x="{:.2f}%" y="14" text-anchor="middle">{}</text>'
    names = ((0.0, "0"), (1.0, "margin"))
    labels = joined(html(text, MARGINS.at(at), name) for at, name in names)
    return html('<svg height="18" aria-hidden="true">{}</svg>', labels)
