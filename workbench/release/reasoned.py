"""What a reason says: sentences from a kind, what it is about, and its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Said:
    """What a sentence may say of a reason, in words."""

    about: str
    value: float
    bound: float

    @property
    def title(self) -> str:
        return words.capital(self.measure)

    @property
    def measure(self) -> str:
        return MEASURES[self.about].title

    @property
    def shown(self) -> str:
        return shown(self.about, self.value)

    @property
    def allowed(self) -> str:
        return shown(self.about, self.bound)

    @property
    def held(self) -> str:
        return f"{self.shown} against an allowed {self.allowed}"

    @property
    def harm(self) -> str:
        return f"harm beyond its margin, {self.held}" if self.bound else f"harm, {self.shown}"

    @property
    def points(self) -> str:
        return words.signed(self.value)

    @property
    def ends(self) -> str:
        return f"{self.points} to {words.signed(self.bound)} points"

    @property
    def came_back(self) -> str:
        return shown("engagement", self.value)

    @property
    def step(self) -> str:
        return step_for(self.about)


SENTENCES: Mapping[str, str] = {
    "sample ratio": "Users were not dealt as planned ({0.about}; log odds {0.value:.1f}, an alarm "
    "from {0.bound:.1f}): nothing can be said before the cause is found.",
    "ramp": "The share changed with the day on which users first came. If that was planned, say "
    "with the shares that were meant Plan({0.about}, share=...): each day is held against its own.",
    "dealt anew": "The share changed, and users who had come before were dealt anew. If that was "
    "planned, say Plan({0.about}), since when it did not change: what came before is history then.",
    "harm": "{0.title}: {0.harm}.",
    "worse inside": "{0.title}: worse, though not shown to be beyond its margin, {0.held}.",
    "better": "{0.title}: better, {0.shown}, the lower limit {0.allowed}.",
    "not worse": "{0.title}: not worse by its margin, {0.held}.",
    "undecided": "{0.title}: undecided, {0.shown}, the lower limit {0.allowed}.",
    "last week": "The last seven days alone do not show it ({0.value:.1f} standard errors, "
    "{0.bound:.2f} needed): it may be novelty.",
    "fading": "{0.title}: {0.shown} in the first seven days and {0.allowed} in the last: it may be "
    "wearing off, and what will be left is not known.",
    "few users": "{0.title}: worth {0.value:.0f} equal users in an arm ({0.bound:.0f} needed), for "
    "there are few, or a few wrote most of it: take bots and testers out of the logs first.",
    "leaving": "Users of the challenger leave ({0.came_back} of the days on which they came back): "
    "its {0.measure} is that of those who stay, and does not ship.",
    "no novelty": "A plan of less than a fortnight did not look for novelty that wears off.",
    "guardrails": "All guardrails hold: {0.about}.",
    "limits met": "Users get what was required: {0.about}.",
    "margins, requirements": "The requirements state the margin of {0.about}.",
    "margins, plan": "The plan states the margin of {0.about}.",
    "margins, usual": "Nobody stated a margin of {0.about}: the usual ones were taken.",
    "not shown": "{0.title}: not shown to hold, for {0.shown} is not ruled out and {0.allowed} "
    "allowed.",
    "too few events": "{0.title}: unknown, {0.value:.0f} events, {0.bound:.0f} needed.",
    "not measured": "{0.title}: a margin was stated, and the logs do not tell: {0.step}.",
    "short of power": "{0.title}: would hardly be shown by the plan's last day (chance "
    "{0.value:.2f}, {0.bound:.2f} wanted): more users or a wider margin would.",
    "slice": "Slice {0.about} is harmed: {0.points} points.",
    "feedback": "Feedback was given at different rates ({0.about}): who answers may differ too.",
    "surplus": "If the extra answers of the arm that answers more were all good, or all bad, "
    "satisfaction would differ by {0.ends}: the word stands on that range.",
    "other reasons": "Users of the two arms answer for other reasons (see {0.measure} of rated and "
    "silent messages): over all messages satisfaction differs by {0.ends}, and the word stands on "
    "that.",
    "no history": "Without traffic from before the release looks are paid for by the calendar.",
}
# What is counted, and what is said of so many.
COUNTED: Mapping[str, tuple[str, str]] = {
    "both arms": ("user", "seen in both arms left out."),
    "evened": (
        "user",
        "left out by a draw, so that both arms hold the same mix of the days of the ramp.",
    ),
    "other rows": ("message", "without one of the two arms left out."),
    "no zone": ("time", "without a zone, taken as UTC: days begin there."),
    "old rows": ("message", "of more than eight weeks before left out."),
    "more slices": ("slice", "of few messages not looked at."),
    "open day": ("message", "of the last day left out, for it is not over."),
    "beyond plan": (
        "day",
        "after the plan's last do not decide: going on because nothing was shown yet makes one in "
        "ten a false winner.",
    ),
}


def step_for(measure: str) -> str:
    """What to log, so that a measure is known."""
    needed = [name for name in (MEASURES[measure].top, MEASURES[measure].bottom) if name]
    columns = ", ".join(f'"{name}": ...' for name in needed)
    return f"log {words.listed(needed)} with each message, or say load_logs(columns={{{columns}}})"


def reason(kind: str, about: str = "", value: float = nan, bound: float = nan) -> Reason:
    """A reason with its sentence."""
    if kind in COUNTED:
        noun, said = COUNTED[kind]
        return Reason(kind, about, value, bound, f"{words.count(int(value), noun)} {said}")
    text = SENTENCES[kind].format(_Said(about, value, bound))
    return Reason(kind, about, value, bound, text)
