"""The critic card: may this critic be believed, for what, and what would it take to know more."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench import stats, words
from workbench.cards.biases import (
    FEWEST_LABELS,
    Bias,
    Flag,
    Rows,
    find_flags,
    judged,
    look_for_biases,
)
from workbench.critics import CANARY
from workbench.errors import TooFewLabels, WorkbenchError
from workbench.labels import rater_table
from workbench.labels.joined import records_of, usable
from workbench.models.entry import Price
from workbench.runs import Run
from workbench.stats import Interval

GATE = 0.75  # a critic may gate where TPR and TNR surely exceed this: a convention, not a theorem
PRICED_ROWS = 20  # rows whose critic calls are looked up to price a verdict


@dataclass(frozen=True)
class Card:
    """What is known of a critic from people's labels on its own run."""

    run: Run = field(repr=False)
    critic: str
    word: str  # may gate, may rank, do not use
    sentence: str
    labels: int
    examples: int
    raters: tuple[str, ...]
    threshold: float  # the score from which a verdict counts as a pass
    agreement: Any  # stats.Agreement, None under FEWEST_LABELS
    ratings: Any  # stats.RatingAgreement for rating scales, else None
    auc: Interval | None
    ceiling: Any  # stats.RaterAgreement: how far people agree with each other; None with one rater
    correlation: float  # of score and label
    worth: float  # labels that the critic stands in for, of those a variant would need without it
    calibration: Any  # stats.Calibration, None where it does not apply
    votes: float  # effective number of a panel's votes, NaN for others
    biases: tuple[Bias, ...]
    flags: tuple[Flag, ...]
    unscored: int
    dollars_per_1000: float  # of verdicts; NaN when unknown

    def judged(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of the `(n,)` rows with label and score: the score as a share of its scale, 1 passed or
        0, the example.
        """
        rows = Rows.of(self.run, self.critic)
        return rows.share[rows.known], rows.passed, rows.groups[rows.known]


def trust(run: Run, critic: str, *, level: float = 0.95, seed: int = 0) -> Card:
    """The card of a critic of this run, from the labels people gave for the question `critic`.

    It may gate where the lower limits of both TPR and TNR exceed 0.75; it may rank where it puts a
    right answer above a wrong one more often than a coin does; otherwise do not use it. With fewer
    than 20 labels it says so and no more. The pass threshold is the one that parts people's passes
    from their fails best; agreement at it and calibration are cross-fitted: no row is judged by
    what was fitted on it.
    """
    if critic not in run.meta.critics:
        known = ", ".join(run.meta.critics) or "none"
        raise WorkbenchError(f"critic {critic!r} did not judge this run: use one of {known}")
    about = run.meta.critics[critic]
    records = usable(records_of(run, critic))
    rows = Rows.of(run, critic)
    n = int(rows.known.sum())
    shown = n >= FEWEST_LABELS
    groups = rows.groups[rows.known]
    threshold, passed = rows.verdicts(seed) if shown else (rows.middle, np.empty(0))
    agreement = (
        stats.agreement(rows.passed, passed, level=level, clusters=groups) if shown else None
    )
    auc = (
        stats.auc(rows.passed, rows.score[rows.known], level=level, clusters=groups)
        if shown
        else None
    )
    value = (
        stats.label_value(*rows.pairs, rows.unlabelled, level=level, clusters=groups)
        if shown
        else None
    )
    word, sentence = conclude(critic, n, agreement, auc)
    return Card(
        run=run,
        critic=critic,
        word=word,
        sentence=sentence,
        labels=n,
        examples=len(set(groups)),
        raters=tuple(sorted({record["rater"] for record in records})),
        threshold=threshold,
        auc=auc,
        agreement=agreement,
        ratings=stats.rating_agreement(*rows.pairs, level=level, clusters=groups)
        if shown and about.kind == "rating"
        else None,
        ceiling=_ceiling(records),
        correlation=value.rho.estimate if value else math.nan,
        worth=value.labels.estimate if value else math.nan,
        calibration=rows.calibration(seed) if shown else None,
        votes=_votes(run, critic, rows.label),
        biases=tuple(look_for_biases(rows, level)),
        flags=tuple(find_flags(run)),
        unscored=int(np.sum(np.isnan(rows.score) & judged(run))),
        dollars_per_1000=price_of_verdicts(run, critic),
    )


def conclude(critic: str, labels: int, agreement: Any, auc: Interval | None) -> tuple[str, str]:
    """The word for a critic, and the sentence that says why."""
    if agreement is None or auc is None:
        return "do not use", (
            f"{critic}: do not use yet. {words.count(labels, 'label')}; {FEWEST_LABELS} are needed to say more."
        )
    caught = (
        f"It passes {words.percent(agreement.tpr.estimate)} of right answers "
        f"({100 * agreement.tpr.low:.0f} to {100 * agreement.tpr.high:.0f}) and catches "
        f"{words.percent(agreement.tnr.estimate)} of wrong ones "
        f"({100 * agreement.tnr.low:.0f} to {100 * agreement.tnr.high:.0f})."
    )
    if math.isnan(auc.estimate):
        return "do not use", (
            f"{critic}: do not use yet. All labels lie on one side of its scale: nothing shows whether it can tell."
        )
    if agreement.tpr.low >= GATE and agreement.tnr.low >= GATE:
        return "may gate", f"{critic} may gate. {caught}"
    if auc.low > 0.5:
        return (
            "may rank",
            f"{critic} may rank. It may not gate: its raw score is no pass mark. {caught}",
        )
    return "do not use", (
        f"{critic}: do not use. It puts a right answer above a wrong one {words.percent(auc.estimate)} of the time "
        f"({100 * auc.low:.0f} to {100 * auc.high:.0f}); a coin does 50."
    )


def _ceiling(records: Sequence[Mapping[str, Any]]) -> Any:
    """How far raters agree on the answers that two or more of them judged; None where there are
    none.
    """
    try:
        return stats.rater_agreement(rater_table(records))
    except TooFewLabels:
        return None


def _votes(run: Run, critic: str, label: np.ndarray) -> float:
    """What a panel is worth in independent votes, from its members' errors on labelled rows."""
    if run.meta.critics[critic].kind != "panel":
        return math.nan
    parts = [part for part in run.meta.critics[critic].parts if part != CANARY]
    if len(parts) < 2:
        return math.nan
    members = np.array([run.columns[f"{critic}.{part}"] for part in parts], dtype=float)
    complete = ~np.isnan(members).any(axis=0) & ~np.isnan(label)
    return (
        stats.effective_votes(members[:, complete] - label[complete])
        if complete.sum() > 2
        else math.nan
    )


def price_of_verdicts(run: Run, critic: str) -> float:
    """Dollars per 1,000 verdicts, from the calls of a few rows."""
    judge = run.meta.critics[critic].model
    price = judge.price if judge else Price(0.0, 0.0)
    if price is None or run.store is None:
        return math.nan
    rows = np.flatnonzero(judged(run))[:PRICED_ROWS]
    replies = [
        call["reply"] for row in rows for call in run.details(int(row))["critics"].get(critic, ())
    ]
    known = [reply for reply in replies if reply.prompt_tokens >= 0]
    if not len(rows) or (replies and not known):
        return math.nan
    spent = sum(
        price.input * r.prompt_tokens + price.output * max(r.completion_tokens, 0)
        for r in known
    )
    return 1000 * spent / 1e6 / len(rows)
