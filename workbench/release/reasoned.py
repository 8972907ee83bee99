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


def _ends(low: float, high: float) -> str:
    return f"{words.signed(low)} to {words.signed(high)} points"


Sentence = Callable[[str, float, float], str]
SENTENCES: Mapping[str, Sentence] = {
    "sample ratio": lambda about, value, bound: (
        f"Users were not dealt as planned ({about}; log odds {value:.1f}, an alarm from "
        f"{bound:.1f}): nothing can be said before the cause is found."
    ),
    "ramp": lambda about, value, bound: (
        "The share changed with the day on which users first came. If that was planned, say with "
        f"the shares that were meant Plan({about}, share=...): each day is held against its own."
    ),
    "dealt anew": lambda about, value, bound: (
        "The share changed, and users who had come before were dealt anew. If that was planned, "
        f"say Plan({about}), since when it did not change: what came before is history then."
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
        f"{_title(about)}: worth {value:.0f} equal users in an arm ({bound:.0f} needed), for there "
        "are few, or a few wrote most of it: take bots and testers out of the logs first."
    ),
    "leaving": lambda about, value, bound: (
        f"Users of the challenger leave ({shown('engagement', value)} of the days on which they "
        f"came back): its {MEASURES[about].title} is that of those who stay, and does not ship."
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
    "not measured": lambda about, value, bound: (
        f"{_title(about)}: a margin was stated, and the logs do not tell: {step_for(about)}."
    ),
    "short of power": lambda about, value, bound: (
        f"{_title(about)}: would hardly be shown by the plan's last day (chance {value:.2f}, "
        f"{bound:.2f} wanted): more users or a wider margin would."
    ),
    "slice": lambda about, value, bound: f"Slice {about} is harmed: {words.signed(value)} points.",
    "feedback": lambda about, value, bound: (
        f"Feedback was given at different rates ({about}): who answers may differ too."
    ),
    "surplus": lambda about, value, bound: (
        "Were the surplus of answers of the arm that answers more all good or all bad, "
        f"satisfaction would differ by {_ends(value, bound)}: the word stands on that."
    ),
    "other reasons": lambda about, value, bound: (
        f"Users of the two arms answer for other reasons (see {MEASURES[about].title} of rated and "
        f"silent messages): over all messages satisfaction differs by {_ends(value, bound)}, and "
        "the word stands on that."
    ),
    "both arms": lambda about, value, bound: (
        f"{words.count(int(value), 'user')} seen in both arms left out."
    ),
    "evened": lambda about, value, bound: (
        f"{words.count(int(value), 'user')} left out by a draw, so that both arms hold the same "
        "mix of the days of the ramp."
    ),
    "other rows": lambda about, value, bound: (
        f"{words.count(int(value), 'message')} without one of the two arms left out."
    ),
    "no zone": lambda about, value, bound: (
        f"{words.count(int(value), 'time')} without a zone, taken as UTC: days begin there."
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


def step_for(measure: str) -> str:
    """What to log, so that a measure is known."""
    needed = [name for name in (MEASURES[measure].top, MEASURES[measure].bottom) if name]
    columns = ", ".join(f'"{name}": ...' for name in needed)
    return f"log {words.listed(needed)} with each message, or say load_logs(columns={{{columns}}})"


def _title(measure: str) -> str:
    return words.capital(MEASURES[measure].title)


def reason(kind: str, about: str = "", value: float = nan, bound: float = nan) -> Reason:
    """A reason with its sentence."""
    return Reason(kind, about, value, bound, SENTENCES[kind](about, value, bound))
