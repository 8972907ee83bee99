"""Can the critic be believed? What people, or a check that knows the right answers, say of it."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.cards import Card
from workbench.cards.card import counted, split_votes
from workbench.comparison import Gold
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.page.svg import UNIT, Axis, Bar, Plot, Point, axis_labels
from workbench.runs.meta import CriticFacts
from workbench.sections.chapters import Chapter, examples_of
from workbench.sections.decision import strong_start
from workbench.sections.figures import calibration_bins
from workbench.sections.grid import scale_of
from workbench.sections.subject import Subject
from workbench.sections.widths import widths
from workbench.stats import Agreement, Interval

BAR = 34  # pixels
MODES = {
    "logprob": "the probabilities of its answer words", "greedy": "the words of its reply",
    "check": "code", "sampled": "the mean of several replies", "panel": "the mean of its members",
}  # fmt: skip
FLAGS = {
    "judge-directed": "speak to a judge", "constant": "are all the same",
    "duplicates": "repeat one another",
}  # fmt: skip
Measure = tuple[str, str, Interval | None, bool]  # name, what it means, value, whether a rate


def critic(subject: Subject, card: Card | None = None) -> Html:
    """The critic section."""
    gold = subject.choice.gold
    held = by_people(card) if card else []
    if gold and not (card and card.gold == gold.check and card.agreement):
        held.append(_by_gold(subject, gold))
    bins, calibration = _calibration(subject)
    return render(
        "sections/critic.html",
        conclusion=strong_start(conclusion(subject, card)),
        how_read=" ".join(filter(None, [_how_read(subject), card and _split(card)])),
        name=subject.choice.critic,
        about=_about(subject),
        level=subject.choice.level,
        check=gold.check if gold else "",
        held=held,
        judge=gold.check if gold else "people",
        bins=bins,
        calibration=calibration,
        card=card,
        flags=flags(card) if card else [],
        worth=worth(card) if card else "",
        widths=widths(subject, card) if card else None,
    )


def card_piece(card: Card) -> Html:
    """A critic card by itself."""
    missing = words.count(card.unscored, "answer")
    unscored = f"{missing} could not be scored." if card.unscored else ""
    return render(
        "sections/card.html",
        conclusion=strong_start(card.sentence),
        labels=counted(card.labels, card.gold),
        examples=words.count(card.examples, "example"),
        raters=words.listed(card.raters) or "nobody",
        held=by_people(card),
        level=0.95,
        worth=" ".join(filter(None, [worth(card), unscored, _split(card)])),
        card=card,
        flags=flags(card),
    )


def _split(card: Card) -> str:
    """That people are split on some answers, where the sentence does not say so."""
    text = split_votes(card.split)
    return "" if text in card.sentence else text


def conclusion(subject: Subject, card: Card | None) -> str:
    """The conclusion in plain words."""
    if card:
        return card.sentence
    if subject.choice.gold:
        return subject.choice.gold.sentence
    if subject.critic.knows:
        return "It compares every answer with the right one."
    if not subject.critic.asks:
        return "A check in code: it says the same of the same answer, right or wrong."
    may = "Its scores may stand too high or too low, by a different amount for each variant."
    return f"Nobody has checked it. {may}"


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
    text = [f"How it was read: {words.listed(read)}."] if read else []
    pairs = zip(columns["status"], columns[name], strict=True)
    if missing := sum(status == "ok" and math.isnan(score) for status, score in pairs):
        verdicts = words.count(missing, "verdict")
        text.append(f"{verdicts} could not be read; those answers have no score.")
    return " ".join([*text, *_to_label(subject)])


def _to_label(subject: Subject) -> list[str]:
    focus, known = subject.focus, subject.people.answers or subject.choice.gold
    if known or not focus or focus.pairs < 30 or not subject.critic.asks:
        return []
    return [f"Label 30 examples of {focus.baseline} and {focus.challenger} to correct them."]


def worth(card: Card) -> str:
    """What the critic saves, and what it costs."""
    text = []
    if card.worth >= 1:
        labels = words.count(round(card.worth), "label")
        text.append(f"It stands in for about {labels} that a variant would need without it.")
    elif not math.isnan(card.worth):
        text.append("It is not shown to save labels: plan as many as without it.")
    if not math.isnan(card.votes):
        text.append(f"Its members are worth {words.decimals(card.votes, 1)} independent votes.")
    if card.dollars_per_1000 > 0:
        text.append(f"1,000 of its verdicts cost {words.money(card.dollars_per_1000)}.")
    return " ".join(text)


def flags(card: Card) -> list[str]:
    """Answers that may play to the critic."""
    return [
        f"{flag.variant}: {words.count(len(flag.rows), 'answer')} {FLAGS[flag.kind]}"
        for flag in card.flags
    ]


def by_people(card: Card) -> list[dict[str, Any]]:
    """Agreement with people's labels, beside how far people agree with each other; nothing where
    labels are few.
    """
    if card.agreement is None:
        return []
    measures = _rates(card.agreement, card.auc)
    if card.ratings is not None:
        weighted, order = card.ratings.weighted_kappa, card.ratings.spearman
        measures.append(("Weighted kappa", "agreement of ratings beyond chance", weighted, False))
        measures.append(("Spearman", "whether the order is the same", order, False))
    if card.ceiling is not None:
        items = words.count(card.ceiling.items, "answer")
        judged = f"the ceiling: {items} judged by {card.ceiling.raters} raters"
        kappa = card.ceiling.kappa
        measures.append(("Raters among themselves, kappa", judged, kappa, False))
    held = _held(card.gold or "person", card.agreement, measures)
    return [held | {"passes_from": words.decimals(card.threshold)}]


def _by_gold(subject: Subject, gold: Gold) -> dict[str, Any]:
    """Agreement with right answers, where no card tells of it; a pass is the scale's good half."""
    middle = words.decimals(subject.choice.critic_scale.middle)
    measures = _rates(gold.agreement, gold.auc)
    return _held(gold.check, gold.agreement, measures) | {"passes_from": middle}


def _rates(found: Agreement, auc: Interval | None) -> list[Measure]:
    """The measures of the four cells."""
    right, wrong = found.true_pass + found.false_fail, found.true_fail + found.false_pass
    tnr = f"true negative rate, {words.share(found.true_fail, wrong)}"
    tpr = f"true positive rate, {words.share(found.true_pass, right)}"
    return [
        ("Right above wrong", "how often a right answer scores higher; a coin has 50", auc, True),
        ("Wrong answers caught", tnr, found.tnr, True),
        ("Right answers kept", tpr, found.tpr, True),
        ("Balanced accuracy", "mean of the two; a coin has 50", found.balanced_accuracy, True),
        ("Cohen’s kappa", "agreement beyond chance", found.kappa, False),
        ("Gwet’s AC1", "the same, steady when most answers are right", found.ac1, False),
    ]


def _held(who: str, found: Agreement, measures: Sequence[Measure]) -> dict[str, Any]:
    """The four cells, and their measures as bars on one axis: it reaches below zero where one of
    them does.
    """
    known = [
        (name, means, interval, is_rate)
        for name, means, interval, is_rate in measures
        if interval is not None and not math.isnan(interval.estimate)
    ]
    below = any(interval.low < 0 for _, _, interval, _ in known)
    axis = Axis(-0.5, 1.0, (-0.5, *UNIT.ticks)) if below else UNIT
    return {
        "who": who,
        "found": found,
        "measures": [_measure(*each, axis) for each in known],
        "axis": axis_labels(axis, _unit_tick, 18),
        "passes_from": "",
    }


def _measure(
    name: str, means: str, interval: Interval, is_rate: bool, axis: Axis
) -> dict[str, Any]:
    value = (words.percent if is_rate else words.decimals)(interval.estimate)
    ends = words.percent_between if is_rate else words.shown_interval
    between = ends(interval.low, interval.high)
    bar = Bar(axis, interval, tip=f"{name}: {value} ({between})").svg(BAR)
    return {"name": name, "means": means, "value": value, "between": between, "bar": bar}


def _unit_tick(value: float) -> str:
    return f"{value:g}".replace("-", words.MINUS) if 2 * value == int(2 * value) else ""


def _calibration(subject: Subject) -> tuple[int, Html | None]:
    """The critic's score against the share that is right, where known answers say what is right."""
    gold = subject.choice.gold
    if gold is None and not subject.people.answers:
        return 0, None
    bins = calibration_bins(*_pairs(subject), level=subject.choice.level)
    if len(bins) < 2:
        return 0, None
    judge = gold.check if gold else "people"
    points = [
        Point("", mean, share, "", _bin_says(mean, share, rows)) for mean, share, rows in bins
    ]
    titles = "critic’s score, points", f"right by {judge}, points"
    label = f"Share of answers right by {judge} against the critic’s score"
    plot = Plot(UNIT, UNIT, *titles, _whole, _whole, label, height=240)
    return len(bins), plot.draw(points, plot.line("ideal", [(0, 0), (1, 1)]))


def _bin_says(mean: float, share: Interval, rows: int) -> str:
    between = words.percent_between(share.low, share.high)
    right = f"{words.percent(share.estimate)} right ({between})"
    return f"score {words.points(mean)}: {right}, {words.count(rows, 'answer')}"


def _whole(share: float) -> str:
    return f"{100 * share:.0f}"


def _pairs(subject: Subject) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of rows with both: the critic's score (share of its scale, more = better), right or wrong,
    and the example.
    """
    run, gold, critics = subject.run, subject.choice.gold, subject.choice.critic_scale
    scores = critics.merit(np.array(run.columns[subject.choice.critic], dtype=float))
    truth = subject.people.votes
    if gold:
        right = np.array(run.columns[gold.check], dtype=float)
        truth = np.where(np.isnan(right), right, scale_of(run, gold.check).passes(right))
    both = ~np.isnan(scores) & ~np.isnan(truth)
    examples = np.unique(np.array(run.columns["example"]), return_inverse=True)[1]
    return scores[both], truth[both], examples[both]


def chapter(card: Card, shipped: str = "") -> Chapter:
    """What it says in the report of a project."""
    known = f"{counted(card.labels, card.gold)}, by {_known_from(card)}"
    return Chapter(
        "critic",
        card.sentence,
        "open" if card.word == "do not use" else "for",
        f"{known}, {examples_of(card.run)}",
        card.run.meta.started,
        lambda texts: card_piece(card),
        next_step=f"Mend {card.critic}, or have people label more of its answers.",
        runs=(card.run,),
    )


def _known_from(card: Card) -> str:
    return card.gold or words.listed(card.raters) or "nobody"
