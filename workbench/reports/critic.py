"""Can the critic be believed? What people, or a check that knows the right answers, say of it."""

import math
from collections import Counter
from typing import Any

import numpy as np

from workbench.cards import Card
from workbench.reports.decision import strong_start
from workbench.reports.frame import render
from workbench.reports.subject import Subject
from workbench.reports.widths import widths
from workbench.runs.meta import CriticFacts
from workbench.stats import Interval
from workbench.views import words
from workbench.views.card import worth
from workbench.views.figures import calibration_bins
from workbench.views.markup import Html
from workbench.views.scale import Scale
from workbench.views.svg import UNIT, Axis, Bar, Plot, Point, axis_labels

PASS = 0.5  # share of a scale from which a score counts as a yes
MODES = {
    "logprob": "the probabilities of its answer words", "greedy": "the words of its reply", "check": "code",
    "sampled": "the mean of several replies", "panel": "the mean of its members",
}  # fmt: skip


def critic(subject: Subject, card: Card | None = None) -> Html:
    """The critic section."""
    gold = subject.choice.gold
    held = [_by_people(card)] if card and card.agreement else []
    held += [_held(gold.check, gold.agreement, gold.auc)] if gold else []
    bins, calibration = _calibration(subject)
    return render(
        "critic.html",
        conclusion=strong_start(conclusion(subject, card)),
        how_read=_how_read(subject),
        name=subject.choice.critic,
        about=_about(subject),
        level=subject.choice.level,
        check=gold.check if gold else "",
        held=[_drawn(each) for each in held],
        judge=gold.check if gold else "people",
        bins=bins,
        calibration=calibration,
        card=card,
        flags=_flags(card) if card else [],
        worth=worth(card) if card else "",
        widths=widths(subject, card) if card else None,
    )


def conclusion(subject: Subject, card: Card | None) -> str:
    """The conclusion in plain words."""
    if card:
        return card.sentence
    if subject.choice.gold:
        return subject.choice.gold.sentence
    return "Nobody has checked it. Its scores may stand too high or too low, by a different amount for each variant."


def _about(subject: Subject) -> str:
    """What the critic is, after its name."""
    about, (low, high) = subject.critic, subject.choice.scale.ends
    says = {
        "yes/no": f"answers yes or no; its score runs from {low:g} to {high:g}",
        "rating": f"gives a rating from {low:g} to {high:g}",
        "choice": f"chooses an answer, worth {low:g} to {high:g}",
    }
    asked = f". Its model is {model_id(about)}" if model_id(about) else ""
    return says.get(about.kind, f"scores from {low:g} to {high:g}") + asked


def model_id(critic: CriticFacts) -> str:
    """The id of the model that a critic asks, empty for a check."""
    return critic.model.id if critic.model else ""


def _how_read(subject: Subject) -> str:
    """How the scores were read, how many could not be, and what would help."""
    name, columns = subject.choice.critic, subject.run.columns
    modes = Counter(columns[f"{name}.mode"])
    read = [
        f"{words.count(modes[mode], 'score')} from {text}"
        for mode, text in MODES.items()
        if modes[mode]
    ]
    said = [f"How it was read: {words.listed(read)}."] if read else []
    pairs = zip(columns["status"], columns[name], strict=True)
    if missing := sum(status == "ok" and math.isnan(score) for status, score in pairs):
        said.append(
            f"{words.count(missing, 'verdict')} could not be read; those answers have no score."
        )
    if (
        not subject.people.answers
        and not subject.choice.gold
        and subject.focus
        and subject.focus.pairs >= 30
    ):
        said.append(
            f"Label 30 examples of {subject.choice.baseline} and {subject.focus.challenger} to correct them."
        )
    return " ".join(said)


def _by_people(card: Card) -> dict[str, Any]:
    """Agreement with people's labels, beside how far people agree with each other."""
    held = _held("person", card.agreement, card.auc) | {
        "passes_from": words.decimals(card.threshold)
    }
    more = []
    if card.ratings is not None:
        more.append(
            _measure(
                "Weighted kappa",
                "agreement of ratings beyond chance",
                card.ratings.weighted_kappa,
                is_rate=False,
            )
        )
        more.append(
            _measure(
                "Spearman", "whether the order is the same", card.ratings.spearman, is_rate=False
            )
        )
    if card.ceiling is not None:
        judged = f"the ceiling: {words.count(card.ceiling.items, 'answer')} judged by {card.ceiling.raters} raters"
        more.append(
            _measure("Raters among themselves, kappa", judged, card.ceiling.kappa, is_rate=False)
        )
    return {**held, "measures": [*held["measures"], *filter(None, more)]}


def _flags(card: Card) -> list[str]:
    """Answers that may play to the critic."""
    kinds = {
        "judge-directed": "speak to a judge",
        "constant": "are all the same",
        "duplicates": "repeat one another",
    }
    return [
        f"{flag.variant}: {words.count(len(flag.rows), 'answer')} {kinds[flag.kind]}"
        for flag in card.flags
    ]


def _held(who: str, found: Any, auc: Interval | None) -> dict[str, Any]:
    """The four cells and the measures of them."""
    right, wrong = found.true_pass + found.false_fail, found.true_fail + found.false_pass
    rates = [
        ("Right above wrong", "how often a right answer scores higher; a coin has 50", auc),
        (
            "Wrong answers caught",
            f"true negative rate, {words.share(found.true_fail, wrong)}",
            found.tnr,
        ),
        (
            "Right answers kept",
            f"true positive rate, {words.share(found.true_pass, right)}",
            found.tpr,
        ),
        ("Balanced accuracy", "mean of the two; a coin has 50", found.balanced_accuracy),
    ]
    others = [
        ("Cohen’s kappa", "agreement beyond chance", found.kappa),
        ("Gwet’s AC1", "the same, steady when most answers are right", found.ac1),
    ]
    measures = [_measure(*row, is_rate=True) for row in rates] + [
        _measure(*row, is_rate=False) for row in others
    ]
    return {
        "who": who,
        "count": found.count,
        "true_pass": found.true_pass,
        "false_pass": found.false_pass,
        "true_fail": found.true_fail,
        "false_fail": found.false_fail,
        "measures": list(filter(None, measures)),
        "passes_from": "",
    }


def _drawn(held: dict[str, Any]) -> dict[str, Any]:
    """The same with the measures as bars on one axis, which reaches below zero where one of them
    does.
    """
    below = any(row["interval"].low < 0 for row in held["measures"])
    axis = Axis(-0.5, 1.0, (-0.5, *UNIT.ticks)) if below else UNIT
    rows = [
        {
            **row,
            "bar": Bar(
                axis, row["interval"], tip=f"{row['name']}: {row['value']} ({row['between']})"
            ).svg(34),
        }
        for row in held["measures"]
    ]
    return {**held, "measures": rows, "axis": axis_labels(axis, _unit_tick, 18)}


def _measure(
    name: str, means: str, interval: Interval | None, *, is_rate: bool
) -> dict[str, Any] | None:
    if interval is None or math.isnan(interval.estimate):
        return None
    value = words.percent(interval.estimate) if is_rate else words.decimals(interval.estimate)
    between = (words.percent_between if is_rate else words.shown_interval)(
        interval.low, interval.high
    )
    return {"name": name, "means": means, "value": value, "between": between, "interval": interval}


def _unit_tick(value: float) -> str:
    return f"{value:g}".replace("-", words.MINUS) if 2 * value == int(2 * value) else ""


def _calibration(subject: Subject) -> tuple[int, Html | None]:
    """The critic's score against the share that is right, where known answers say what is right."""
    gold = subject.choice.gold
    if gold is None and not subject.people.answers:
        return 0, None
    said, right, examples = _pairs(subject)
    bins = calibration_bins(said, right, examples, level=subject.choice.level)
    if len(bins) < 2:
        return 0, None
    judge = gold.check if gold else "people"
    points = [
        Point("", mean, share, "", _bin_says(mean, share, rows)) for mean, share, rows in bins
    ]
    plot = Plot(
        UNIT,
        UNIT,
        "critic’s score, points",
        f"right by {judge}, points",
        _whole,
        _whole,
        f"Share of answers right by {judge} against the critic’s score",
        height=240,
    )
    return len(bins), plot.draw(points, plot.line("ideal", [(0, 0), (1, 1)]))


def _bin_says(mean: float, share: Interval, rows: int) -> str:
    right = (
        f"{words.percent(share.estimate)} right ({words.percent_between(share.low, share.high)})"
    )
    return f"score {words.points(mean)}: {right}, {words.count(rows, 'answer')}"


def _whole(share: float) -> str:
    return f"{100 * share:.0f}"


def _pairs(subject: Subject) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of rows with both: the critic's score (share of its scale, more = better), right or wrong,
    and the example.
    """
    run, gold = subject.run, subject.choice.gold
    said = _good(np.array(run.columns[subject.choice.critic], dtype=float), subject.scale)
    if gold:
        truth = _good(
            np.array(run.columns[gold.check], dtype=float), Scale.of(run.meta.critics[gold.check])
        )
    else:
        truth = _good(subject.people.labels, subject.scale)
    both = ~np.isnan(said) & ~np.isnan(truth)
    examples = np.unique(np.array(run.columns["example"]), return_inverse=True)[1]
    return said[both], (truth[both] >= PASS).astype(float), examples[both]


def _good(scores: np.ndarray, scale: Scale) -> np.ndarray:
    """Scores as shares of their scale, turned so that more is better."""
    shares = (scores - scale.low) / scale.width
    return shares if scale.higher_is_better else 1 - shares
