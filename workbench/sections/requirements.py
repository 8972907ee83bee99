"""Requirements held against evidence: one row each, missed first."""

import math
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, html
from workbench.page.svg import Axis
from workbench.requirements import Checked
from workbench.requirements.lines import bounds_of, limits, shown
from workbench.requirements.operating import curves
from workbench.requirements.outcomes import Outcome
from workbench.sections.bound import Bound
from workbench.sections.chapters import Chapter, Stance, examples_of
from workbench.sections.decision import strong_start
from workbench.sections.gate_curve import gate_curve
from workbench.stats import Interval
from workbench.words import capital

ORDER = ("fail", "unknown", "pass")
SHARES = ("quality", "malformed", "errors", "satisfaction", "unsafe_output")  # from 0 to 1
COUNTED = ("rate", "language_coverage")
STANCES: dict[str, Stance] = {"pass": "for", "fail": "against", "inconclusive": "open"}
SETTLES = {"attack_success": "attacks", "unsafe_output": "filters", "rate": "capacity"}


def requirements_section(checked: Checked) -> Html:
    """The section of a report."""
    drawn = [gate_curve(curve) for curve in curves(checked)]
    table = requirements_piece(checked)
    return render("sections/requirements_section.html", table=table, curves=drawn)


def requirements_piece(checked: Checked) -> Html:
    """What was asked, what was found, how it reads, on what evidence, and what to do next."""
    gate, use_case = checked.requirements.gate, checked.requirements.use_case
    ranked = sorted(checked.outcomes, key=lambda each: ORDER.index(each.word))
    return render(
        "sections/requirements.html",
        sentence=strong_start(checked.brief),
        use_case=use_case.sentence if use_case.what or use_case.reasons else "",
        what=use_case.what,
        variant=checked.variant,
        level=gate.level,
        looks=gate.extend_to is not None,
        rows=[_row(each) for each in ranked],
    )


def _row(outcome: Outcome) -> dict[str, Any]:
    line, value = outcome.requirement, outcome.value
    show = shown(line)
    return {
        "name": outcome.of or capital(line.title),
        "sub": line.title if outcome.of else "",
        "asked": line.bound,
        "value": show(value.estimate) if value and not math.isnan(value.estimate) else "",
        "ends": limits(line, value) if value else "",
        "bar": _bar(outcome, value) if value else "",
        "reading": outcome.reading,
        "css": "worse" if outcome.word == "fail" else "",
        "evidence": outcome.evidence,
        "next_step": "; ".join(part for part in (outcome.reason, outcome.next_step) if part),
    }


def _bar(outcome: Outcome, value: Interval) -> Html:
    """The value on a short axis: the bound upright, grey where the line is met. What is to stay
    below a bound, and what is counted, is seen from 0 on.
    """
    least, most = bounds_of(outcome.requirement)
    if math.isnan(value.estimate):
        return html("")
    from_zero = [0.0] if not math.isinf(most) or outcome.requirement.measure in COUNTED else []
    axis = Axis.around([*from_zero, *value, least, most], most_ticks=4, ends=_ends(outcome))
    word = "worse" if outcome.word == "fail" else ""
    return Bound(axis, value, least, most, word, shown(outcome.requirement)).draw()


def _ends(outcome: Outcome) -> tuple[float, float]:
    """Nothing lies beyond these."""
    if outcome.requirement.margin is not None:
        return -1.0, 1.0
    is_share = outcome.requirement.measure in SHARES
    return 0.0, 1.0 if is_share else math.inf


def headline(checked: Checked) -> str:
    """The outcome in a few words, for a title."""
    if not checked.outcomes:
        return checked.sentence
    met = sum(each.word == "pass" for each in checked.outcomes)
    return f"{checked.variant}: {met} of {words.count(len(checked.outcomes), 'requirement')} met"


def _held(checked: Checked, *, shown: bool) -> tuple[str, ...]:
    """The questions with a bound that is met or missed (`shown`), or that is not shown."""
    known = [each for each in checked.outcomes if each.value and (each.word != "unknown") == shown]
    measures = [each.requirement.measure for each in known]
    return tuple(SETTLES[each] for each in measures if each in SETTLES)


def chapter(checked: Checked, shipped: str = "") -> Chapter:
    """What it says in the report of a project."""
    run = checked.choice.run if checked.choice else None
    return Chapter(
        "requirements",
        checked.sentence,
        STANCES[checked.word] if checked.outcomes else "open",
        _evidence(checked),
        run.meta.started if run else "",
        lambda texts: requirements_piece(checked),
        ships=checked.variant if run else "",
        settles=_held(checked, shown=True),
        leaves_open=_held(checked, shown=False),
        next_step=_next_step(checked),
        brief=checked.brief,
        runs=(run,) if run else (),
    )


def _evidence(checked: Checked) -> str:
    """How many values of whom; of a release or a server alone without examples."""
    lines = words.count(len(checked.outcomes), "value")
    if checked.choice:
        return f"{lines} of {checked.variant}, {examples_of(checked.choice.run)}"
    known = any(each.value for each in checked.outcomes)
    return f"{lines} of {checked.variant}" if known else f"{lines}, none measured"


def _next_step(checked: Checked) -> str:
    """Of the first line that is missed, else of the first that is open."""
    waiting = [each for each in checked.outcomes if each.word == "fail"] or checked.open
    if not waiting:
        return ""
    step = waiting[0].next_step or "mend it, or agree on another bound"
    return f"{capital(waiting[0].text)}: {step}."
