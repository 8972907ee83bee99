"""The critic card: may this critic be believed, for what, and what would it take to know more."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from workbench import stats, words
from workbench.cards.biases import FEWEST_LABELS, Bias, look_for_biases
from workbench.cards.flags import Flag, find_flags
from workbench.cards.judged import Rows, answered
from workbench.cards.leaning import leaning
from workbench.critics import CANARY
from workbench.errors import TooFewLabels
from workbench.labels import rater_table
from workbench.labels.joined import Given
from workbench.models.entry import Price
from workbench.models.prices import cost_at
from workbench.printing import printed
from workbench.runs import Run
from workbench.stats.calibrating import Calibration
from workbench.stats.intervals import Codes, Floats, Interval
from workbench.stats.planning import LabelValue
from workbench.stats.ratings import RaterAgreement, RatingAgreement
from workbench.stats.reliability import Agreement

GATE = 0.75  # a critic may gate where TPR and TNR surely exceed this: a convention, not a theorem
PRICED_ROWS = 20  # rows whose critic calls are looked up to price a verdict


Word = Literal["may gate", "may rank", "do not use"]


@printed
@dataclass(frozen=True)
class Card:
    """What is known of a critic from people's labels on its own run, or from right answers."""

    run: Run = field(repr=False)
    critic: str
    word: Word
    sentence: str
    labels: int
    examples: int
    raters: tuple[str, ...]
    threshold: float  # the score that a pass begins at: from it up, or down where less is better
    agreement: Agreement | None  # None under FEWEST_LABELS
    ratings: RatingAgreement | None  # for rating scales
    auc: Interval | None
    ceiling: RaterAgreement | None  # how far people agree with each other; None with one rater
    correlation: float  # of score and label
    worth: float  # labels that it stands in for, of those a variant would need; 0: none is shown
    calibration: Calibration | None  # None where it does not apply
    votes: float  # effective number of a panel's votes, NaN for others
    biases: tuple[Bias, ...]
    flags: tuple[Flag, ...]
    unscored: int
    dollars_per_1000: float  # of verdicts; NaN when unknown
    gold: str = ""  # the check that stands for people; empty where people labelled
    split: int = 0  # labelled answers on which people are split evenly: neither right nor wrong

    def __repr__(self) -> str:
        return f"Card of {self.critic}: {self.sentence}"

    def judged(self) -> tuple[Floats, Floats, Codes]:
        """Of the `(n,)` rows with score and label, split votes aside: how good by the critic (0 to
        1), 1 passed by people or 0, the example.
        """
        rows = Rows.of(self.run, self.critic, self.gold)
        return rows.merit[rows.decided], rows.passed, rows.decided_groups


@dataclass(frozen=True)
class _Measured:
    """What labels say of a critic; nothing where they are too few."""

    threshold: float
    agreement: Agreement | None = None
    auc: Interval | None = None
    ratings: RatingAgreement | None = None
    value: LabelValue | None = None
    calibration: Calibration | None = None

    @property
    def correlation(self) -> float:
        return self.value.rho.estimate if self.value else math.nan

    @property
    def worth(self) -> float:
        if self.value is None:
            return math.nan
        return self.value.labels.estimate if self.value.shown else 0.0


def trust(run: Run, critic: str, *, gold: str = "", level: float = 0.95, seed: int = 0) -> Card:
    """The card of a critic of this run, from the labels people gave for it, or from what `gold`, a
    check that knows the right answers, finds.

    It may gate where the lower limits of both TPR and TNR exceed 0.75; it may rank where it puts a
    right answer above a wrong one more often than a coin does; otherwise do not use it. Nor is it
    to be used by labels that were given with its score in sight, or that all repeat it and nobody
    wrote down how they came about. With fewer than 20 labels it says so and no more. The pass
    threshold is the one that parts people's passes from their fails best; agreement at it and
    calibration are cross-fitted: no row is judged by what was fitted on it.
    """
    rows = Rows.of(run, critic, gold)
    records = [] if gold else Given.of(run, critic).usable
    raters = {gold} if gold else {record["rater"] for record in records}
    found = _measured(rows, level, seed)
    word, sentence = conclude(rows, found, level)
    return Card(
        run=run,
        critic=critic,
        word=word,
        sentence=sentence,
        labels=rows.labels,
        examples=len(set(rows.known_groups)),
        raters=tuple(sorted(raters)),
        gold=gold,
        split=rows.split,
        threshold=found.threshold,
        auc=found.auc,
        agreement=found.agreement,
        ratings=found.ratings,
        ceiling=_ceiling(records),
        correlation=found.correlation,
        worth=found.worth,
        calibration=found.calibration,
        votes=_votes(rows),
        biases=tuple(look_for_biases(rows, level)),
        flags=tuple(find_flags(run)),
        unscored=rows.unscored,
        dollars_per_1000=price_of_verdicts(run, critic),
    )


def _measured(rows: Rows, level: float, seed: int) -> _Measured:
    if len(rows.passed) < FEWEST_LABELS:
        return _Measured(rows.scale.middle)
    groups, labelled = rows.decided_groups, rows.known_groups
    threshold, passed = rows.verdicts(seed)
    upward = rows.scale.upward(rows.score[rows.decided])
    is_rating = rows.run.meta.critics[rows.critic].kind == "rating"
    return _Measured(
        threshold,
        stats.agreement(rows.passed, passed, level=level, clusters=groups),
        stats.auc(rows.passed, upward, level=level, clusters=groups),
        stats.rating_agreement(*rows.pairs, level=level, clusters=labelled) if is_rating else None,
        stats.label_value(*rows.pairs, rows.unlabelled, level=level, clusters=labelled),
        rows.calibration(seed),
    )


def conclude(rows: Rows, found: "_Measured", level: float) -> tuple[Word, str]:
    """The word for a critic, and the sentence that says why."""
    agreement, auc = found.agreement, found.auc
    if agreement is None or auc is None:
        few = f"{counted(rows.labels, rows.gold)}; {FEWEST_LABELS} are needed to say more."
        said = f"{rows.critic}: do not use yet. {few} {split_votes(rows.split)}"
        return "do not use", said.rstrip()
    word, sentence = _of_measured(rows.critic, agreement, auc, level)
    if word != "do not use" and (doubt := leaning(rows)):
        return "do not use", f"{rows.critic}: do not use yet. {doubt}"
    return word, sentence


def counted(labels: int, gold: str) -> str:
    """What a critic is held against: 18 labels of people, or 18 checked answers."""
    by_people = f"{words.count(labels, 'label')} of people"
    return words.count(labels, "checked answer") if gold else by_people


def _of_measured(
    critic: str, agreement: Agreement, auc: Interval, level: float
) -> tuple[Word, str]:
    """The same where there are labels enough."""
    if math.isnan(auc.estimate):
        one_side = "All labels lie on one side of its scale: nothing shows whether it can tell."
        return "do not use", f"{critic}: do not use yet. {one_side}"
    if agreement.tpr.low >= GATE and agreement.tnr.low >= GATE:
        return "may gate", f"{critic} may gate. {_caught(agreement, level)}"
    if auc.low > 0.5:
        not_gate = "It may not gate: its raw score is no pass mark."
        return "may rank", f"{critic} may rank. {not_gate} {_caught(agreement, level)}"
    above = (
        f"It puts a right answer above a wrong one {_rate(auc)} of the time {_limits(auc, level)}"
    )
    return "do not use", f"{critic}: do not use. {above}; a coin does 50."


def split_votes(answers: int) -> str:
    """That raters are split evenly on some answers; empty where they are on none."""
    if not answers:
        return ""
    on = words.count(answers, "answer")
    return f"On {on} people are split evenly: that counts neither as right nor as wrong."


def _caught(agreement: Agreement, level: float) -> str:
    tpr, tnr = agreement.tpr, agreement.tnr
    return (
        f"It passes {_rate(tpr)} of right answers {_limits(tpr, level)} and catches {_rate(tnr)} "
        f"of wrong ones {_limits(tnr, level)}."
    )


def _rate(share: Interval) -> str:
    return words.percent(share.estimate)


def _limits(share: Interval, level: float) -> str:
    return f"({words.surely(level)} interval {100 * share.low:.0f} to {100 * share.high:.0f})"


def _ceiling(records: Sequence[Mapping[str, Any]]) -> RaterAgreement | None:
    """How far raters agree on the answers that two or more of them judged; None where there are
    none.
    """
    try:
        return stats.rater_agreement(rater_table(records))
    except TooFewLabels:
        return None


def _votes(rows: Rows) -> float:
    """What a panel is worth in independent votes, from its members' errors on labelled rows."""
    run, critic = rows.run, rows.critic
    about = run.meta.critics[critic]
    if about.kind != "panel":
        return math.nan
    parts = [part for part in about.parts if part != CANARY]
    if len(parts) < 2:
        return math.nan
    members = np.array([run.columns[f"{critic}.{part}"] for part in parts], dtype=float)
    complete = ~np.isnan(members).any(axis=0) & ~np.isnan(rows.label)
    if complete.sum() < 3:
        return math.nan
    return stats.effective_votes(members[:, complete] - rows.label[complete])


def price_of_verdicts(run: Run, critic: str) -> float:
    """Dollars per 1,000 verdicts, from the calls of a few rows."""
    judge = run.meta.critics[critic].model
    price = judge.price if judge else Price(0.0, 0.0)
    if price is None or run.store is None:
        return math.nan
    rows = np.flatnonzero(answered(run)).tolist()[:PRICED_ROWS]
    details = [run.details(row)["critics"] for row in rows]
    replies = [call["reply"] for critics in details for call in critics.get(critic, ())]
    known = [reply for reply in replies if not math.isnan(cost_at(price, reply))]
    if not rows or (replies and not known):
        return math.nan
    spent = sum(cost_at(price, reply) for reply in known)
    return 1000 * spent / len(rows)
