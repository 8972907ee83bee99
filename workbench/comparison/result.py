# pyright: strict, reportMissingTypeStubs=false
"""What a comparison concludes, as plain values; sentences are made from them, and never read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench import words
from workbench.comparison.kinds import Cause, Decider, NoteKind, ShipKind, StepKind, Until
from workbench.comparison.latency import Latency, Seconds
from workbench.comparison.plain import plain
from workbench.printing import printed
from workbench.runs import Run
from workbench.runs.heldout import hidden
from workbench.stats.intervals import Interval
from workbench.stats.reliability import Agreement
from workbench.stats.scale import Scale

if TYPE_CHECKING:
    import pandas as pd

VERSION = 2  # of decision.json


@dataclass(frozen=True)
class Note:
    """What a reader must know beside the decision: its kind, its words, and what they are about."""

    kind: NoteKind
    text: str
    variants: tuple[str, ...] = ()
    tag: str = ""
    value: str = ""  # of the tag
    count: int | None = None  # labels, answers, looks


@dataclass(frozen=True)
class NextStep:
    """What to do now."""

    kind: StepKind
    text: str
    variant: str = ""
    critic: str = ""
    examples: int | None = None  # about how many more


@dataclass(frozen=True)
class Guardrail:
    """Whether a prompt that might ship is shown not to be worse than the baseline on one more
    criterion: `holds` True, False, or None (not shown either way).
    """

    variant: str
    name: str
    margin: float
    interval: Interval  # of the difference: a share of the scale, or of the baseline's mean
    holds: bool | None
    text: str


@dataclass(frozen=True)
class Ship:
    """Which prompt to ship on this decision, and why."""

    name: str
    reason: ShipKind
    text: str
    guardrails: tuple[Guardrail, ...] = ()
    barred: str = ""  # what a guardrail holds back, and why


@dataclass(frozen=True)
class PairDifference:
    """Any two variants, second minus first, on the deciding scale; all pairs hold at once."""

    first: str
    second: str
    interval: Interval


@printed
@dataclass(frozen=True)
class Variant:
    """One prompt on one model: its score on the critic's scale, its cost and its speed."""

    name: str
    prompt: str
    model: str
    n: int  # rows
    scored: int  # rows with a score
    score: Interval  # corrected by labels where `corrected`
    critic_score: Interval  # as the critic says
    corrected: bool
    labels: int  # rows labelled by people
    statuses: Mapping[str, int]
    cost_per_1000: float  # dollars per 1,000 rows of known cost, NaN where there is none
    seconds_median: float
    seconds_p95: float
    # between which the p95 lies, by order statistics; infinite where so few rows cannot show it
    seconds_p95_limits: tuple[float, float]
    unpriced: int = 0  # rows that were sent and whose cost is not known

    def __repr__(self) -> str:
        of = f"{self.scored:,} of {self.n:,} scored"
        return f"Variant {self.name}: {words.measured(self.score)}, {of}"

    @property
    def asked(self) -> int:
        """Rows that were sent; a run that ended early leaves some."""
        return self.n - self.statuses.get("unsent", 0)

    @property
    def failed(self) -> int:
        """Rows that were sent and have no answer."""
        return self.asked - self.statuses.get("ok", 0)


@dataclass(frozen=True)
class Rest:
    """Examples that are left, and the half-width, a share of the scale, that they could narrow an
    interval to (NaN where none is left).
    """

    examples: int
    half_width: float
    until: Until


@printed
@dataclass(frozen=True)
class Difference:
    """A challenger against the baseline, paired by example.

    `interval`, the one that decided, holds for all challengers at once; `p_value` is two-sided and
    its own. About `more_examples` (labelled ones, where people decide) could narrow the interval to
    the margin at the next look; `rest` says what there is where that is more.
    """

    challenger: str
    baseline: str
    interval: Interval  # challenger minus baseline, on the critic's scale
    bottom: Interval  # the same with the variants' own failures at the bad end of the scale
    judged: Interval  # on the answers that could be judged
    pairs: int
    decision: str  # better, worse, tie, need more, inconclusive
    cause: Cause
    decided_by: Decider
    corrected: bool  # by labels
    inside_margin: bool  # better or worse, but by less than the margin
    claimed_on: int | None  # examples on which the word was claimed at an earlier look
    p_value: float
    # shares of the scale, more = better: every missing score at its worst, at its best
    extremes: tuple[float, float]
    more_examples: int | None = None
    rest: Rest | None = None
    left_out: int = 0  # rows that were answered before and are not compared
    together: str = ""  # the tag whose groups take a word away
    sentence: str = ""

    def __repr__(self) -> str:
        return f"Difference: {self.sentence}"


@printed
@dataclass(frozen=True)
class Slice:
    """The difference of a challenger on the examples with one tag value; `interval` holds for all
    slices at once.
    """

    tag: str
    value: str
    challenger: str
    n: int
    each: Interval  # as if it were the only slice
    interval: Interval
    alarm: bool  # got worse while the mean rose
    score: float  # the challenger's mean on these examples, by the critic
    baseline_score: float

    def __repr__(self) -> str:
        on = words.count(self.n, "example")
        return f"Slice {self.tag} {self.value}: {self.challenger} {words.measured(self.each)}, {on}"


@printed
@dataclass(frozen=True)
class Gold:
    """What a check against known answers says of the critic."""

    check: str
    agreement: Agreement  # of the check with the critic's pass or fail
    auc: Interval  # chance that the critic scores a right answer above a wrong one
    knows: bool
    rates: Mapping[str, Interval]  # share right per variant
    differences: tuple[Difference, ...]
    sentence: str

    def __repr__(self) -> str:
        return f"Gold by {self.check}: {self.sentence}"

    @property
    def ignorant(self) -> bool:
        """Whether the judged rows show that the critic knows nothing; where none was judged,
        nothing is shown.
        """
        return not self.knows and self.agreement.count > 0


@dataclass(frozen=True)
class HeldClaim:
    """A claim on rows that are held back: one word for each challenger, and what it cost."""

    number: int  # of the claims on these rows, from 1; 0: none was made
    rows: int  # that nobody saw
    tail: float  # how often it may be wrong
    words: Mapping[str, str]  # better or not yet, by challenger


@printed
@dataclass(frozen=True)
class Comparison:
    """All variants of a run against a baseline by one critic."""

    run: Run = field(repr=False)
    critic: str
    baseline: str
    margin: float  # share of the critic's scale
    level: float
    scale: Scale  # of who decides
    critic_scale: Scale
    variants: tuple[Variant, ...]  # best first
    differences: tuple[Difference, ...]
    slices: tuple[Slice, ...]
    top_set: tuple[str, ...]  # who may be the best, best first
    winner: str | None
    looks: int  # 0: nobody counts them
    gold: Gold | None
    decided_by: Decider = "critic"
    pairs: tuple[PairDifference, ...] = ()
    why: str = ""
    ledger: tuple[Mapping[str, Any], ...] = ()  # the looks at these rows up to this one
    planned: tuple[int, ...] = ()  # examples at which looks were planned before the first
    ship: Ship = Ship("", "only variant", "")
    notes: tuple[Note, ...] = ()
    next_step: NextStep | None = None
    sentence: str = ""
    claim: HeldClaim | None = None  # on held rows: then it holds no figure
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)  # of compare

    @property
    def judge(self) -> str:
        """Whose scores decide: the check with the right answers, or the critic."""
        return self.gold.check if self.gold and self.decided_by == "gold" else self.critic

    @property
    def judge_in_words(self) -> str:
        """The name of a check, or "the critic"."""
        return self.judge if self.decided_by in ("gold", "check") else "the critic"

    @property
    def shipped(self) -> Difference | None:
        """The difference of the challenger that ships; None where the baseline stays."""
        return next((d for d in self.differences if d.challenger == self.ship.name), None)

    @property
    def lead(self) -> Difference | None:
        """The difference that the one sentence tells of: what ships, else the winner before others
        of its word.
        """
        if self.shipped:
            return self.shipped
        for word in ("better", "not yet", "inconclusive", "need more", "tie", "worse"):
            of_word = [each for each in self.differences if each.decision == word]
            if of_word:
                return next((d for d in of_word if d.challenger == self.winner), of_word[0])
        return None

    @property
    def others(self) -> tuple[Difference, ...]:
        """The differences that the one sentence does not tell of."""
        return tuple(each for each in self.differences if each is not self.lead)

    @property
    def focus(self) -> Difference | None:
        """The challenger that a page is about: what ships, else the winner, else the best."""
        winner = next((d for d in self.differences if d.challenger == self.winner), None)
        return self.shipped or winner or next(iter(self.differences), None)

    @cached_property
    def latency(self) -> tuple[Latency, ...]:
        """Every challenger's p95 against the baseline's, where they were measured side by side."""
        found = Seconds.of(self.run)
        return tuple(
            found.difference(each.challenger, self.baseline, self.level)
            for each in self.differences
        )

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row per variant, best first; scores and differences on the critic's scale."""
        import pandas as pd

        of = {difference.challenger: difference for difference in self.differences}
        rows = [_table_row(variant, of.get(variant.name)) for variant in self.variants]
        names = pd.Index([variant.name for variant in self.variants], name="variant")
        return pd.DataFrame(rows, index=names)

    def decision(self) -> dict[str, Any]:
        """What was decided and on what, as plain data: the same for the same run and arguments."""
        found = {name: plain(getattr(self, name)) for name in _DECIDED}
        if self.claim:
            found["claim"] = plain(self.claim)
            found["differences"] = [_word_alone(each) for each in self.differences]
        notes = [_filled(note) for note in self.notes]
        step = _filled(self.next_step) if self.next_step else None
        for variant in found["variants"]:
            if not variant["unpriced"]:
                del variant["unpriced"]
        return {"version": VERSION, **found, **self._basis(), "notes": notes, "next_step": step}

    def needed_open(self, what: str) -> None:
        """WorkbenchError where `what` would show a figure of rows that are held back."""
        if self.claim:
            raise hidden(what)

    def _basis(self) -> dict[str, Any]:
        """What was compared."""
        meta = self.run.meta
        return {
            "run": self.run.id,
            "critic": {"name": self.critic, **plain(meta.critics[self.critic].plain)},
            "prompts": {name: prompt.fingerprint for name, prompt in meta.prompts.items()},
            "dataset": plain(meta.dataset.plain),
            "models": plain({name: model.plain for name, model in meta.models.items()}),
            "repeats": meta.repeats,
        }

    def __repr__(self) -> str:
        return f"Comparison by {self.critic}: {self.sentence}"


_DECIDED = (
    "sentence", "winner", "ship", "why", "baseline", "margin", "level", "decided_by", "looks",
    "ledger", "planned", "variants", "differences", "latency", "pairs", "slices", "top_set",
    "gold",
)  # fmt: skip


def _word_alone(found: Difference) -> dict[str, str]:
    names = ("challenger", "baseline", "decision", "cause", "sentence")
    return {name: getattr(found, name) for name in names}


def _filled(value: Note | NextStep) -> dict[str, Any]:
    """The fields that say something."""
    named: Iterable[tuple[str, Any]] = plain(value).items()
    return {name: each for name, each in named if each not in ("", None, [])}


def _table_row(variant: Variant, difference: Difference | None) -> dict[str, Any]:
    return {
        "decision": difference.decision if difference else "baseline",
        "score": variant.score.estimate,
        "low": variant.score.low,
        "high": variant.score.high,
        "difference": difference.interval.estimate if difference else 0.0,
        "difference_low": difference.interval.low if difference else 0.0,
        "difference_high": difference.interval.high if difference else 0.0,
        "scored": variant.scored,
        "n": variant.n,
        "cost_per_1000": variant.cost_per_1000,
        "unpriced": variant.unpriced,
        "seconds_median": variant.seconds_median,
        "seconds_p95": variant.seconds_p95,
        "seconds_p95_low": variant.seconds_p95_limits[0],
        "seconds_p95_high": variant.seconds_p95_limits[1],
    }
