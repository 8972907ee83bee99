"""A limited release on show: the word, the sample ratio, the effect by day, what must not get
worse, slices, and who said anything.
"""

import math
from collections.abc import Iterator
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, html
from workbench.release import Trial
from workbench.release.measures import MEASURES
from workbench.release.planned import Plan
from workbench.release.trial import Coverage, DayEffect
from workbench.sections.arms_table import measure_rows, shown_change
from workbench.sections.chapters import Chapter, Stance
from workbench.sections.effect_by_day import effect_by_day
from workbench.sections.guardrails import guardrail_rows, in_margins, limit_rows, margin_axis
from workbench.sections.slices_of_users import difference_axis, since_rows, slice_rows, tick
from workbench.words import difference, hundredths

STANCES: dict[str, Stance] = {
    "ship": "for", "more days": "open", "hold": "against", "stop": "against",
}  # fmt: skip
WORDS = {"ship": "Ship {}", "hold": "Hold {}", "stop": "Stop {}"}
LARGEST_LOG = math.log(1e6)  # of odds in figures
MAY_DIFFER = "so that who answers may differ too"
ALIKE = "so that the two can be held against each other"


def chapter(trial: Trial, shipped: str = "") -> Chapter:
    """What a project's report says of a limited release."""
    last = trial.by_day[-1]
    users, messages = sum(last.users), sum(last.messages)
    said = f"{words.count(users, 'user')}, {words.count(messages, 'message')}"
    evidence = f"{said} in {words.count(last.day, 'day')} of {trial.name}"
    return Chapter(
        "trial",
        f"{_lead(trial)} {_rest(trial)}",
        STANCES[trial.word],
        evidence,
        last.date.isoformat(),
        lambda texts: trial_piece(trial),
        ships=trial.challenger if trial.word == "ship" else "",
    )


def trial_piece(trial: Trial) -> Html:
    """The sentence, the sample ratio, the picture, and every figure in a table; where users were
    not dealt as planned nothing but that.
    """
    return render(
        "sections/trial.html",
        lead=_lead(trial),
        rest=_rest(trial),
        blocked=trial.blocked,
        ratio=_ratio(trial),
        odd=[(name, f"{odds:.1f}") for name, odds in trial.odd_segments],
        about=_about(trial),
        reasons=[each.sentence for each in trial.reasons if each.sentence],
        arms=(trial.baseline, trial.challenger),
        **({} if trial.blocked else _figures(trial)),
    )


def _figures(trial: Trial) -> dict[str, Any]:
    return {
        "by_day": effect_by_day(trial),
        "guardrails": list(guardrail_rows(trial)),
        "margin_axis": margin_axis(in_margins(trial)),
        "limits": list(limit_rows(trial)),
        "measures": list(measure_rows(trial)),
        "coverage": _coverage(trial.coverage, trial) if trial.coverage else "",
        "chances": list(_chances(trial)),
        **_parts(trial),
    }


def _parts(trial: Trial) -> dict[str, Any]:
    """Slices and days of use, on one axis each."""
    axes = {
        name: difference_axis([each.effect for each in found])
        for name, found in (("slice", trial.slices), ("since", trial.since_first))
    }
    return {
        "slices": list(slice_rows(trial, axes["slice"])),
        "slice_axis": tick(axes["slice"]),
        "since_counts": "User-days" if MEASURES[trial.plan.primary].of_days else "Messages",
        "since": list(since_rows(trial, axes["since"])),
        "since_axis": tick(axes["since"]),
    }


def _lead(trial: Trial) -> str:
    """The word: Ship v2."""
    if trial.word == "more days":
        return f"{words.numbered(trial.more_days, 'more day')} for {trial.challenger}"
    return WORDS[trial.word].format(trial.challenger)


def _rest(trial: Trial) -> str:
    """What it was said after, and the effect where it may be told."""
    after = f"after {words.count(trial.day, 'day')}"
    if trial.blocked:
        return f"{after}: nothing can be said, for users were not dealt as planned."
    found, primary = trial.estimate, trial.plan.primary
    if not math.isfinite(found.low + found.high):
        return f"{after}."
    return f"{after}: {primary} {difference(found, level=0.95)}{_but(trial)}."


def _but(trial: Trial) -> str:
    """What is not shown to hold, worst first: , but p95 latency is not shown to hold."""
    harmed = [each.title for each in trial.guardrails if each.word == "harmed"]
    missed = [each.limit.text for each in trial.kept if each.word == "missed"]
    if harmed or missed:
        return f", but it misses {words.listed([*harmed, *missed])}"
    open_ = [each.title for each in trial.guardrails if each.word != "holds"]
    does = "is" if len(open_) == 1 else "are"
    return f", but {words.listed(open_)} {does} not shown to hold" if open_ else ""


def _ratio(trial: Trial) -> str:
    """How many users each arm has, and how far that speaks for the plan."""
    last = trial.by_day[-1]
    baseline, challenger = last.users
    seen = f"{baseline:,} users saw {trial.baseline}, {challenger:,} saw {trial.challenger}"
    return f"{seen} ({_asked(trial.plan)}; {_odds(last)})."


def _asked(plan: Plan) -> str:
    if plan.share == 0.5:
        return "asked: half each"
    return f"asked: {words.percent(plan.share)} to the challenger"


def _odds(last: DayEffect) -> str:
    """The evidence of the counts, as odds."""
    odds = math.exp(min(abs(last.log_odds), LARGEST_LOG))
    about = f"{odds:,.0f}" if odds >= 10 else f"{odds:.1f}"
    if abs(last.log_odds) >= LARGEST_LOG:
        about = "more than a million"
    return f"the counts speak {about} to 1 {'against' if last.log_odds > 0 else 'for'} it"


def _about(trial: Trial) -> str:
    """14 days from 2 March 2026, of at most 28 that were planned."""
    first, last = trial.by_day[0], trial.by_day[-1]
    days = words.count(last.day, "day")
    plan = trial.plan
    planned = f"{plan.days}" if plan.days == plan.at_most else f"{plan.days} to {plan.at_most}"
    return f"{days} from {words.date(first.date.isoformat())}; planned: {planned}."


def _coverage(found: Coverage, trial: Trial) -> Html:
    """Who said anything, and what the silent could change."""
    baseline, challenger = (hundredths(arm.estimate) for arm in found.arms)
    gap, low, high = (words.signed(each) for each in found.difference)
    rated = f"{baseline} of {trial.baseline}’s messages were rated and {challenger} of "
    rated += f"{trial.challenger}’s (difference {gap} points, {low} to {high})"
    ends = " to ".join(words.signed(end) for end in found.bounds)
    silent = f"Were all the silent good in one arm and bad in the other: {ends}."
    told = ALIKE if found.decides == "observed" and not found.differs else MAY_DIFFER
    if min(arm.estimate for arm in found.arms) == 1:
        return html("<b>Who answered:</b> {}", "everyone, every message.")
    return html("<b>Who answered:</b> {}, {}. {} {}", rated, told, silent, _stands_on(found))


def _stands_on(found: Coverage) -> str:
    """Between which differences the word stands, where the observed one is not to be believed."""
    if found.decides == "observed":
        return ""
    ends = " to ".join(words.signed(end) for end in found.between)
    who = "the surplus of answers" if found.decides == "surplus" else "the silent"
    return f"The word stands on all that {who} could change: {ends}."


def _chances(trial: Trial) -> Iterator[dict[str, Any]]:
    """The power of each guardrail by day, from traffic before the release."""
    guards = {each.measure: each for each in trial.guardrails}
    for each in trial.chances:
        guard = guards.get(each.measure)
        yield {
            "name": guard.title if guard else each.measure,
            "margin": shown_change(each.measure, each.margin),
            "unit": "points" if guard and not guard.relative else "",
            "by_day": [(day, words.decimals(chance)) for day, chance in each.by_day.items()],
            "needed": words.decimals(each.needed),
        }
