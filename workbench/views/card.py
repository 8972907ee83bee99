"""The critic card: may this critic gate, rank or neither, and why."""

import math
from collections.abc import Mapping
from typing import Any

from workbench.cards import Card
from workbench.labels.joined import label_rows
from workbench.stats import Interval
from workbench.page import words
from workbench.sections.grid import Judge
from workbench.views.leaderboard import parted
from workbench.page.markup import Html, html, joined
from workbench.views.matrix import Matrix
from workbench.page.svg import NOTHING, Axis, Bar, axis_labels
from workbench.views.view import View

BAR_HEIGHT = 34  # pixels
MOST_READ = 20  # disagreements shown at once
UNIT = Axis(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))
FLAGS = {
    "judge-directed": "speak to a judge",
    "constant": "are all the same",
    "duplicates": "repeat one another",
}


class CardView(View):
    """A critic card on show."""

    def __init__(self, card: Card) -> None:
        super().__init__(card.sentence)
        self.card = card

    def twin(self) -> Html:
        card = self.card
        lead, _, rest = (
            card.sentence.partition(". ")
            if ": " not in card.sentence.split(". ")[0]
            else ("", "", "")
        )
        decision = html("<b>{}.</b> {}", lead, rest) if lead else parted(card.sentence)
        return joined(
            [
                html('<p class="decision">{}</p>', decision),
                html(
                    '<p class="q">From {} on {} by {}.</p>',
                    words.count(card.labels, "label"),
                    words.count(card.examples, "example"),
                    words.listed(card.raters) or "nobody",
                ),
                html('<div class="card">{}{}</div>', _confusion(card), _agreement(card))
                if card.agreement
                else NOTHING,
                html("<p>{}</p>", " ".join(filter(None, [worth(card), _unscored(card)]))),
                html(
                    "<h4>Biases looked for</h4><table><tbody>{}</tbody></table>",
                    joined(map(_bias, card.biases)),
                ),
                *(
                    html(
                        '<p class="look">{}: {} {}. A reason to read, not a proof.</p>',
                        flag.variant,
                        words.count(len(flag.rows), "answer"),
                        FLAGS[flag.kind],
                    )
                    for flag in card.flags
                ),
            ]
        )

    def live(self) -> Html:
        apart = len(self._disagreements())
        if not apart:
            return self.twin()
        button = '<button type="button" class="b" data-do="read">Read the {}</button>'
        return html(
            '{}<div class="bar">{}</div><div data-part="rows"></div>',
            self.twin(),
            html(button, words.count(apart, "disagreement")),
        )

    def _disagreements(self) -> list[int]:
        """The run's rows on which a person and the critic say different things."""
        card = self.card
        judge = next(judge for judge in Judge.all_of(card.run) if judge.name == card.critic)
        pairs = zip(label_rows(card.run, card.critic), card.run.columns[card.critic], strict=True)
        return [
            row
            for row, (label, score) in enumerate(pairs)
            if not math.isnan(label + score)
            and judge.scale.passes(label) != judge.scale.passes(score)
        ]

    def on_read(self, argument: Any, values: Mapping[str, Any]) -> None:
        matrix, rows = Matrix(self.card.run), self._disagreements()
        lines = [
            line
            for line in range(len(matrix.grid.lines))
            if set(matrix.grid.rows(line)) & set(rows)
        ]
        shown = (
            html("<h4>{}</h4>{}", matrix.grid.titles[line], matrix.detail(line))
            for line in lines[:MOST_READ]
        )
        self.redraw({"rows": joined(shown)})


def _confusion(card: Card) -> Html:
    found = card.agreement
    return html(
        '<table class="confusion"><thead><tr><td></td><th scope="col">critic: yes</th><th scope="col">critic: no</th>'
        '</tr></thead><tbody><tr><th scope="row">person: yes</th><td class="right"><b>{}</b>both right</td>'
        '<td class="wrong"><b>{}</b>refused wrongly</td></tr><tr><th scope="row">person: no</th>'
        '<td class="wrong"><b>{}</b>let pass</td><td class="right"><b>{}</b>caught</td></tr></tbody></table>',
        found.true_pass,
        found.false_fail,
        found.false_pass,
        found.true_fail,
    )


def _agreement(card: Card) -> Html:
    found = card.agreement
    measured = [
        ("Wrong answers caught", found.tnr, True),
        ("Right answers kept", found.tpr, True),
        ("Right above wrong", card.auc, True),
        ("Balanced accuracy", found.balanced_accuracy, True),
        ("Cohen’s kappa", found.kappa, False),
        ("Gwet’s AC1", found.ac1, False),
    ]
    if card.ratings is not None:
        measured.append(("Weighted kappa", card.ratings.weighted_kappa, False))
        measured.append(("Spearman", card.ratings.spearman, False))
    if card.ceiling is not None:
        measured.append(
            (f"{card.ceiling.raters} raters among themselves, kappa", card.ceiling.kappa, False)
        )
    known = [each for each in measured if each[1] is not None and not math.isnan(each[1].estimate)]
    below = any(interval.low < 0 for _, interval, _ in known)
    axis = Axis(-0.5, 1.0, (-0.5, *UNIT.ticks)) if below else UNIT
    return html(
        '<table><thead><tr><th scope="col">Agreement</th><th scope="col" class="r">Value</th><th scope="col">'
        '95 % interval</th><td class="plot">{}</td></tr></thead><tbody>{}</tbody></table>',
        axis_labels(
            axis, lambda tick: words.decimals(tick, 2).removesuffix("0").removesuffix(".0"), 18
        ),
        joined(_measure(name, interval, rate, axis) for name, interval, rate in known),
    )


def _measure(name: str, interval: Interval, is_rate: bool, axis: Axis) -> Html:
    value = words.percent(interval.estimate) if is_rate else words.decimals(interval.estimate)
    ends = words.percent_between if is_rate else words.shown_interval
    row = '<tr><td>{}</td><td class="r n"><b>{}</b></td><td class="n">{}</td><td class="plot">{}</td></tr>'
    return html(
        row, name, value, ends(interval.low, interval.high), Bar(axis, interval).svg(BAR_HEIGHT)
    )


def _bias(bias: Any) -> Html:
    row = '<tr><th scope="row">{}</th><td>{}</td><td class="n">{}</td></tr>'
    reading = (
        html('<span class="warn">{}</span>', bias.reading)
        if bias.reading == "a sign"
        else bias.reading
    )
    return html(row, bias.name, bias.measured, reading)


def _unscored(card: Card) -> str:
    return f"{words.count(card.unscored, 'answer')} could not be scored." if card.unscored else ""


def worth(card: Card) -> str:
    """What the critic saves, and what it costs."""
    said = []
    if card.worth >= 1:
        labels = words.count(round(card.worth), "label")
        said.append(f"It stands in for about {labels} that a variant would need without it.")
    elif not math.isnan(card.worth):
        said.append("It saves no labels: as many would be needed without it.")
    if not math.isnan(card.votes):
        said.append(f"Its members are worth {words.decimals(card.votes, 1)} independent votes.")
    if card.dollars_per_1000 > 0:
        said.append(f"1,000 of its verdicts cost {words.money(card.dollars_per_1000)}.")
    return " ".join(said)
