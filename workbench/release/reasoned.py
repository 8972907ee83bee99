"""What a reason says: sentences from a kind, what it is about, and its numbers."""

from collections.abc import Callable, Mapping
from math import isfinite, nan

from workbench import words
from workbench.release.measures import MEASURES
from workbench.release.trial import Reason


def shown(measure: str, value: float) -> str:
    """An effect on a measure as people read it."""
    if not isfinite(value):
        return "unknown"
    number = words.signed(value)
    if MEASURES[measure].kind == "rare":
        number = f"{100 * value:+.2g}".replace("-", words.MINUS)
    return f"{number}{words.NARROW}%" if MEASURES[measure].is_relative else f"{number} points"


def _held(about: str, value: float, bound: float) -> str:
    return f"{shown(about, value)} against an allowed {shown(about, bound)}"


Sentence = Callable[[str, float, float], str]
SENTENCES: Mapping[str, Sentence] = {
    "sample ratio": lambda about, value, bound: (
        f"Users were not dealt as planned ({about}; log odds {value:.1f}, an alarm from "
        f"{bound:.1f}): nothing can be said before the cause is found."
    ),
    "harm": lambda about, value, bound: (
        f"{_title(about)}: harm beyond its margin, {_held(about, value, bound)}."
        if bound
        else f"{_title(about)}: harm, {shown(about, value)}."
    ),
    "worse inside": lambda about, value, bound: (
        f"{_title(about)}: worse, though not shown to be beyond its margin, "
        f"{_held(about, value, bound)}."
    ),
    "better": lambda about, value, bound: f"{_title(about)}: better, {shown(about, value)}.",
    "not worse": lambda about, value, bound: (
        f"{_title(about)}: not worse by its margin, {_held(about, value, bound)}."
    ),
    "undecided": lambda about, value, bound: (
        f"{_title(about)}: undecided, {shown(about, value)}, the lower limit {shown(about, bound)}."
    ),
    "last week": lambda about, value, bound: (
        f"The last seven days alone do not show it ({value:.1f} standard errors, {bound:.2f} "
        "needed): it may be novelty."
    ),
    "few users": lambda about, value, bound: (
        f"{_title(about)}: a few users of an arm wrote most of it, so that it is worth {value:.0f} "
        f"equal users ({bound:.0f} needed): take bots and testers out of the logs first."
    ),
    "no novelty": lambda about, value, bound: (
        "A plan of less than a fortnight did not look for novelty that wears off."
    ),
    "guardrails": lambda about, value, bound: f"All guardrails hold: {about}.",
    "limits met": lambda about, value, bound: f"Users get what was required: {about}.",
    "margins, requirements": lambda about, value, bound: (
        f"The requirements state the margin of {about}."
    ),
    "margins, plan": lambda about, value, bound: f"The plan states the margin of {about}.",
    "margins, usual": lambda about, value, bound: (
        f"Nobody stated a margin of {about}: the usual ones were taken."
    ),
    "not shown": lambda about, value, bound: (
        f"{_title(about)}: not shown to hold, for {shown(about, value)} is not ruled out and "
        f"{shown(about, bound)} allowed."
    ),
    "too few events": lambda about, value, bound: (
        f"{_title(about)}: unknown, {value:.0f} events, {bound:.0f} needed."
    ),
    "not measured": lambda about, value, bound: f"{_title(about)}: not in the logs.",
    "short of power": lambda about, value, bound: (
        f"{_title(about)}: would hardly be shown by the plan's last day (chance {value:.2f}, "
        f"{bound:.2f} wanted): more users or a wider margin would."
    ),
    "slice": lambda about, value, bound: f"Slice {about} is harmed: {words.signed(value)} points.",
    "feedback": lambda about, value, bound: (
        f"Feedback was given at different rates ({about}): who answers may differ too."
    ),
    "both arms": lambda about, value, bound: (
        f"{words.count(int(value), 'user')} seen in both arms left out."
    ),
    "other rows": lambda about, value, bound: (
        f"{words.count(int(value), 'message')} without one of the two arms left out."
    ),
    "old rows": lambda about, value, bound: (
        f"{words.count(int(value), 'message')} of more than eight weeks before left out."
    ),
    "more slices": lambda about, value, bound: (
        f"{words.count(int(value), 'slice')} of few messages not looked at."
    ),
    "open day": lambda about, value, bound: (
        f"The last day is not over: its {words.count(int(value), 'message')} left out."
    ),
    "beyond plan": lambda about, value, bound: (
        f"{words.count(int(value), 'day')} after the plan's last do not decide: going on because "
        "nothing was shown yet makes one in ten a false winner."
    ),
    "no history": lambda about, value, bound: (
        "Without traffic from before the release looks are paid for by the calendar."
    ),
}


def _title(measure: str) -> str:
    return words.capital(MEASURES[measure].title)


def reason(kind: str, about: str = "", value: float = nan, bound: float = nan) -> Reason:
    """A reason with its sentence."""
    return Reason(kind, about, value, bound, SENTENCES[kind](about, value, bound))
