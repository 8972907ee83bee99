# pyright: strict, reportMissingTypeStubs=false
"""check: every line of the requirements against what was measured; pass, fail or inconclusive.

A line passes at the full one-sided level, for all lines must pass; failing shares the error over
the lines, and over the values of a slice, by Holm.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from workbench import words
from workbench.comparison import Comparison
from workbench.comparison.bounding import Limits, least_tail
from workbench.datasets import Dataset
from workbench.errors import RequirementError
from workbench.release import Forecast, Trial
from workbench.requirements.by_serving import of_server
from workbench.requirements.examined import RELEASED, Subject, subject_of
from workbench.requirements.later import Later
from workbench.requirements.lines import Requirement, Requirements, bounds_of
from workbench.requirements.measured import Measured
from workbench.requirements.measuring import COVERAGE, covered, measured
from workbench.requirements.outcomes import Checked, LineWord, Outcome
from workbench.requirements.parsing import MEASURES, load_requirements
from workbench.requirements.reach import available, check_rows, rows_needed
from workbench.requirements.stages import stages
from workbench.runs import Screening
from workbench.safety import Attacks
from workbench.serving import Capacity, Hosting, LoadTest, capacity
from workbench.stats.claiming import holm_passes
from workbench.stats.intervals import Interval

Evidence = (
    Comparison | Dataset | Attacks | Screening | Trial | Forecast | LoadTest | Capacity | Hosting
)


def check(
    requirements: Requirements | str | Path,
    *evidence: Evidence,
    variant: str | None = None,
    released: str = "",
) -> Checked:
    """Each requirement with its value and interval, pass, fail or unknown, and the next step.

    `requirements` may be the path of their file, "" for none. `evidence` is what was measured: a
    comparison, perhaps with attacks on its variants, what filters said of its outputs (a screening
    of its run), what its server carries, whose servers pay, a limited release of it and the
    forecast of its full launch; a limited release alone or with that forecast, whose users show
    latency, errors, malformed answers, flags, satisfaction and cost; what a server carries alone;
    or before any run the dataset. Where two of them know a line the later stage answers it: the
    full launch its cost, then users, then servers, then the run; a release or forecast of another
    prompt answers nothing.
    A line that it does not measure is unknown. A dataset whose rows (or `extend_to`) can never show
    a line raises RequirementError. `variant` is who is checked, unless given the one that would
    ship. The level of passing is shared over the variants it was chosen among: all of the run, or
    where it is named those that are not held against.
    `released` names the variant that is the released prompt. Where the gate may `extend_to` more
    rows, this is the first of its looks, and `settle` takes the others.
    """
    asked = as_requirements(requirements)
    compares = _one_of(evidence, Comparison) is not None
    kinds = (*BESIDE, Trial) if compares else BESIDE
    beside = {kind: _one_of(evidence, kind) for kind in kinds}
    main = _main(evidence, beside)
    if isinstance(main, Comparison):
        subject = subject_of(asked, main, variant, released)
        subject = replace(subject, **_named(asked, beside))
        return _of_comparison(subject, chosen_among(subject, variant))
    if isinstance(main, Trial):
        return _of_trial(asked, main, beside[Forecast])
    if isinstance(main, LoadTest | Capacity):
        return _of_server(asked, main)
    if not isinstance(main, Dataset):
        raise RequirementError(f"check knows no evidence of {type(main).__name__}")
    return _of_dataset(asked, main)


def _main(evidence: Sequence[Any], beside: Mapping[type, Any]) -> Any:
    """What the lines are held against; what a server carries stands beside it, or by itself."""
    known = list(beside.values())
    main = [each for each in evidence if not any(each is one for one in known)]
    alone = [beside[kind] for kind in (Capacity, LoadTest) if beside[kind] is not None]
    if not main and alone:
        return alone[0]
    if len(main) != 1:
        raise RequirementError(
            "check takes one comparison (wb.compare), limited release (wb.launch), dataset or what "
            "a server carries (wb.capacity) as evidence, and beside a comparison the attacks on "
            "its variants (wb.attack), what filters said of its outputs (wb.screen), what its "
            "server carries, whose servers pay (wb.hosting), a limited release of it and the "
            "forecast of its full launch (wb.forecast)"
        )
    return main[0]


def as_requirements(given: Requirements | str | Path) -> Requirements:
    """Those given, or loaded from their file; none for ""."""
    if isinstance(given, Requirements):
        return given
    return load_requirements(given) if given else Requirements("", ())


def _one_of(evidence: Sequence[Any], kind: type) -> Any:
    return next((each for each in evidence if isinstance(each, kind)), None)


BESIDE = (Attacks, Screening, LoadTest, Capacity, Hosting, Forecast)  # a comparison


def _named(asked: Requirements, beside: Mapping[type, Any]) -> dict[str, Any]:
    """The evidence beside a comparison, by the fields of a subject."""
    load, known = beside[LoadTest], beside[Capacity]
    return {
        "attacks": beside[Attacks],
        "screening": beside[Screening],
        "capacity": known or (capacity(load, asked) if load else None),
        "hosting": beside[Hosting],
        "trial": beside[Trial],
        "forecast": beside[Forecast],
    }


def chosen_among(subject: Subject, named: str | None) -> int:
    """The variants that share the level of passing: all of the run where the one that would ship is
    checked; where one is named by hand those that could have been, which whoever named it saw.
    """
    if not named:
        return len(subject.run.variants)
    against = {subject.choice.baseline, subject.released or RELEASED}
    return max(1, sum(against.isdisjoint((key.name, key.prompt)) for key in subject.run.variants))


def _of_comparison(subject: Subject, chosen_among: int) -> Checked:
    first = stages(subject.run.examples, subject.requirements.gate)[0]
    return at_tail(subject, first.tail, chosen_among)


def at_tail(subject: Subject, tail: float, chosen_among: int = 1) -> Checked:
    """A subject's lines at one look's tail; passing shares it over those it was chosen among."""
    asked = subject.requirements
    found = [(line, measured(subject, line)) for line in asked.lines]
    outcomes = _all_outcomes(found, tail, tail / chosen_among, partial(_unmeasured, subject))
    return Checked(asked, subject.variant, outcomes, subject.choice, subject.released)


def _of_trial(requirements: Requirements, trial: Trial, forecast: Forecast | None) -> Checked:
    """What the challenger's users show, and what all of them will cost."""
    is_theirs = forecast and forecast.arm in ("", trial.challenger)
    later = Later(trial.challenger, trial=trial, forecast=forecast if is_theirs else None)
    found = [(line, later.known(line)) for line in requirements.lines]
    tail = requirements.gate.tail
    outcomes = _all_outcomes(found, tail, tail, _not_of_users)
    return Checked(requirements, trial.challenger, outcomes)


def _of_server(requirements: Requirements, found: LoadTest | Capacity) -> Checked:
    """What load on a server shows by itself."""
    known = found if isinstance(found, Capacity) else capacity(found, requirements)
    lines = [(line, tuple(of_server(known, line))) for line in requirements.lines]
    tail = requirements.gate.tail
    return Checked(requirements, known.model, _all_outcomes(lines, tail, tail, _not_of_load))


def _of_dataset(requirements: Requirements, examples: Dataset) -> Checked:
    """What the examples alone show, before anything is asked."""
    check_rows(requirements, len(examples), available(examples))
    found = [
        (line, tuple(covered(requirements, examples, line)) if line.measure == COVERAGE else ())
        for line in requirements.lines
    ]
    tail = requirements.gate.tail
    outcomes = _all_outcomes(found, tail, tail, _to_measure)
    return Checked(requirements, examples.name, outcomes)


Found = Sequence[tuple[Requirement, tuple[Measured, ...]]]
Why = tuple[str, str]  # why a line has no value, and what would give it one


def _not_of_users(line: Requirement) -> Why:
    return "the logs of the release do not say", f"measured by {_STAGES[line.measure]}"


def _not_of_load(line: Requirement) -> Why:
    return "load on a server does not say", f"measured by {_STAGES[line.measure]}"


def untested(requirements: Requirements) -> Checked:
    """The requirements before anything is measured: who measures each line."""
    outcomes = tuple(
        Outcome(line, "unknown", "", None, 0, "", *_to_measure(line)) for line in requirements.lines
    )
    return Checked(requirements, "The task", outcomes)


def _to_measure(line: Requirement) -> Why:
    return "nothing was asked yet", f"measured by {_STAGES[line.measure]}"


_STAGES = {
    **dict.fromkeys(MEASURES, "the evaluation"),
    "language_coverage": "the examples at hand",
    "attack_success": "the attack suite",
    "unsafe_output": "filters and people's labels",
    "rate": "a load test",
    **dict.fromkeys(("errors", "satisfaction"), "a limited release"),
}


def _failing(found: Found, tail: float) -> set[int]:
    """The ids of the values that surely break their line, all of them at once (Holm)."""
    values = [(line, each) for line, measured in found for each in measured if not each.doubt]
    p = [_p_holds(line, each.limits) for line, each in values]
    failed = holm_passes(np.array(p, dtype=float), tail) if p else ()
    return {id(each) for (_, each), fails in zip(values, failed, strict=True) if fails}


def _p_holds(line: Requirement, limits: Limits) -> float:
    """One-sided p of "the line holds"."""
    return least_tail(limits, partial(_broken, line))


def _met(line: Requirement, value: Interval) -> bool:
    """Whether limits show that a line holds; a bound that is met exactly is met."""
    least, most = bounds_of(line)
    return value.low >= least and value.high <= most and (line.margin is None or value.low > least)


def _broken(line: Requirement, value: Interval) -> bool:
    least, most = bounds_of(line)
    return value.high < least or value.low > most


def _all_outcomes(
    found: Found, failing_tail: float, tail: float, unmeasured: Callable[[Requirement], Why]
) -> tuple[Outcome, ...]:
    failing = _failing(found, failing_tail)
    outcomes: list[Outcome] = []
    for line, values in found:
        if not values:
            outcomes.append(Outcome(line, "unknown", "", None, 0, "", *unmeasured(line)))
        outcomes += [_outcome(line, each, id(each) in failing, tail) for each in values]
    return tuple(outcomes)


def _outcome(line: Requirement, found: Measured, fails: bool, tail: float) -> Outcome:
    value, reason, step = found.limits(tail), "", ""
    word: LineWord = "fail" if fails else "unknown"
    if not found.doubt and not fails and _met(line, value):
        word = "pass"
    if word == "unknown":
        reason = found.doubt or found.lacking or "too few rows to know"
        step = _more_rows(line, found, tail) if _wants_rows(found) else found.next_step
    elif word == "fail":
        step = found.next_step
    about = found.of, value, found.rows, found.evidence, reason, step
    return Outcome(line, word, *about, wants_rows=word == "unknown" and _wants_rows(found))


def _wants_rows(found: Measured) -> bool:
    """Whether more rows could decide what is open."""
    return not (found.doubt or found.lacking)


def _unmeasured(subject: Subject, line: Requirement) -> Why:
    """Why a line has no value, and what would give it one."""
    if line.baseline and subject.baseline(line) is None:
        what = f"no variant of this run is {line.baseline!r}"
        return what, "run the released prompt beside this one, or name another baseline"
    if lacking := subject.stored.lacking(line):
        return lacking
    if line.measure == "cost":
        return "no price is known", "name a price in models.yaml"
    if line.measure == "first_token":
        return "no answer was streamed", "set stream: true among the model's parameters"
    if line.measure in ("errors", "satisfaction"):
        return _unseen(subject, line)
    if line.measure == "unsafe_output":
        return "nobody looked at the outputs", "give check wb.screen(filter, run)"
    return "nothing measured it", "give check the evidence of the stage that does"


def _unseen(subject: Subject, line: Requirement) -> Why:
    """Why no user speaks of a line."""
    if subject.later.trial:
        return _not_of_users(line)
    if subject.trial:
        had = f"users had {subject.trial.challenger}, and this is {subject.variant}"
        return had, "a release of this one, or name the arm of the logs like it"
    return "no user has had it", "give check a limited release (wb.launch)"


def _more_rows(line: Requirement, found: Measured, tail: float) -> str:
    needed = rows_needed(line, tail)
    if found.rows < needed:
        return f"{words.count(needed, 'row')} or more, where all goes well"
    return "more rows"
