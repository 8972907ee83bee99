"""The leaderboard: the decision in words, then the numbers it stands on."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from workbench.comparison import Comparison, Difference, Slice, Variant
from workbench.exchange.winners import export
from workbench.stats import Interval
from workbench.views import words
from workbench.views.markup import Html, clipped, html, joined
from workbench.views.scale import Scale
from workbench.views.svg import NOTHING, Axis, Bar, Plot, Point, axis_labels, decimal_ticks
from workbench.views.view import View

WORD_CLASS = {"better": "better", "worse": "worse", "tie": "tie"}  # the others are grey
ROW_HEIGHT, SLICE_HEIGHT = 44, 38  # pixels
MOST_SLICES = 8
LEAST_SPAN = 0.1  # of the axis of costs or latencies, to either side of their mean


def parted(sentence: str) -> Html:
    """A sentence with its lead in bold: up to the first colon or full stop."""
    found = re.match(r"(.+?[:.])(?:\s+|$)(.*)", sentence, re.DOTALL)
    return html("<b>{}</b> {}", found[1], found[2]) if found else html("{}", sentence)


def tick(share: float) -> str:
    """A share as a tick of an axis in points: 80."""
    return f"{100 * share:.3g}".replace("-", words.MINUS)


def signed_tick(share: float) -> str:
    """A difference of shares as a tick: +10."""
    return f"+{tick(share)}" if share > 0 else tick(share)


class Leaderboard(View):
    """A comparison on show."""

    def __init__(self, choice: Comparison) -> None:
        super().__init__(choice.sentence)
        self.choice = choice

    def twin(self) -> Html:
        return html('{}<p class="q small">{}</p>', self._body(), self._spent())

    def live(self) -> Html:
        return html(
            '{}<div class="bar">{}<span class="q push">{}</span></div><p data-part="done" role="status"></p>',
            self._body(),
            self._buttons(),
            self._spent(),
        )

    def _body(self) -> Html:
        board = Board(self.choice)
        others = [each.sentence for each in self.choice.others]
        return joined(
            [
                html('<p class="decision">{}</p>', parted(self.choice.sentence)),
                *(html('<p class="also">{}</p>', parted(sentence)) for sentence in others),
                *(html('<p class="look">{}</p>', parted(alarm)) for alarm in board.alarms()),
                board.table(),
                html('<p class="q small">{}</p>', board.caption()),
                *(
                    html('<p class="small">{}</p>', note.text)
                    for note in self.choice.notes
                    if note.kind != "slice behind"  # an alarm says it already
                ),
                html('<div class="two">{}{}</div>', board.plane(), board.slices()),
            ]
        )

    def _buttons(self) -> Html:
        report = html(
            '<button type="button" class="b{}" data-do="report">Write the report</button>',
            "" if self.choice.winner else " go",
        )
        if not self.choice.winner:
            return report
        release = '<button type="button" class="b go" data-do="export">Export {}</button>'
        return html(release, self.choice.winner) + report

    def _spent(self) -> str:
        cost = words.money(self.choice.run.cost) or "what no price list says"
        return f"to know this cost {cost}, {words.count(self.choice.run.calls, 'call')}"

    def on_export(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw({"done": html("{}", export(self.choice).sentence)})

    def on_report(self, argument: Any, values: Mapping[str, Any]) -> None:
        import workbench  # by its public name: reports stand on views

        self.redraw({"done": html("The report is {}.", workbench.report(self.choice))})


@dataclass(frozen=True)
class Board:
    """The parts of a leaderboard."""

    choice: Comparison

    @cached_property
    def scale(self) -> Scale:
        return Scale.of(self.choice.run.meta.critics[self.choice.critic])

    @cached_property
    def against(self) -> dict[str, Difference]:
        return {each.challenger: each for each in self.choice.differences}

    @cached_property
    def corrected(self) -> bool:
        return any(variant.corrected for variant in self.choice.variants)

    @cached_property
    def score_axis(self) -> Axis:
        scores = ends_of(self.scale.score(each.score) for each in self.choice.variants)
        own = [self.scale.share(each.critic_score.estimate) for each in self.choice.variants]
        return Axis.around([*scores, *own], most_ticks=3, ends=(0, 1))

    @cached_property
    def difference_axis(self) -> Axis:
        shown = [self.scale.difference(each.interval) for each in self.choice.differences]
        return Axis.around(
            [0, -self.choice.margin, self.choice.margin, *ends_of(shown)], most_ticks=4
        )

    def table(self) -> Html:
        one_model, gold = (
            len({variant.model for variant in self.choice.variants}) == 1,
            self.choice.gold,
        )
        head = html(
            '<tr><th scope="col">{}</th><th scope="col">Against {}</th><th scope="col" colspan="2">{}, points</th>{}'
            '<th scope="col" colspan="2">Difference to {}, points</th><th scope="col" class="r">Cost<br>per 1,000</th>'
            '<th scope="col" class="r">p95<br>latency</th><th scope="col" class="r">Failed</th>'
            '<th scope="col" class="r">Scored</th></tr>',
            "Prompt" if one_model else "Prompt @ model",
            self.choice.baseline,
            "Corrected score" if self.corrected else "Critic’s score",
            html('<th scope="col">Right by<br>{}</th>', gold.check) if gold else "",
            self.choice.baseline,
        )
        foot = html(
            '<tr class="ticks"><td colspan="3"></td><td class="plot">{}</td><td colspan="{}"></td>'
            '<td class="plot">{}</td><td colspan="4"></td></tr>',
            axis_labels(self.score_axis, tick, 18),
            2 if gold else 1,
            axis_labels(self.difference_axis, signed_tick, 18),
        )
        return html(
            '<div class="scroll" tabindex="0" role="region" aria-label="Leaderboard"><table><thead>{}</thead>'
            "<tbody>{}</tbody><tfoot>{}</tfoot></table></div>",
            head,
            joined(self._row(variant) for variant in self.choice.variants),
            foot,
        )

    def _row(self, variant: Variant) -> Html:
        difference = self.against.get(variant.name)
        word = WORD_CLASS.get(difference.decision, "") if difference else "base"
        score = self.scale.score(variant.score)
        own = self.scale.share(variant.critic_score.estimate) if variant.corrected else math.nan
        by = self.scale.difference(difference.interval) if difference else None
        return html(
            '<tr><th scope="row">{}</th><td><span class="word {}">{}</span></td>'
            '<td class="n">{}</td><td class="plot">{}</td>{}<td class="n">{}</td><td class="plot">{}</td>'
            '<td class="r n">{}</td><td class="r n">{}</td><td class="r n">{}</td><td class="r n">{:,}</td></tr>',
            variant.name,
            word,
            difference.decision if difference else "baseline",
            numbers(words.points(score.estimate), score),
            Bar(self.score_axis, score, word, tick=own).svg(ROW_HEIGHT),
            self._gold(variant),
            numbers(words.signed(by.estimate), by) if by else "",
            Bar(self.difference_axis, by, word, band=self.choice.margin, zero=True).svg(ROW_HEIGHT),
            words.money(variant.cost_per_1000),
            words.seconds(variant.seconds_p95),
            words.rate(variant.failed, variant.asked),
            variant.scored,
        )

    def _gold(self, variant: Variant) -> Html:
        """The share of right answers, by the check that knows them."""
        if self.choice.gold is None:
            return NOTHING
        rate = self.choice.gold.rates[variant.name]
        return html('<td class="n">{}</td>', numbers(words.points(rate.estimate), rate))

    def caption(self) -> str:
        labels = max(variant.labels for variant in self.choice.variants)
        said = (
            [f"{words.count(labels, 'label')} a variant. Tick: the critic’s own score."]
            if self.corrected
            else []
        )
        if self.choice.margin:
            said.append(f"Grey band: ±{tick(self.choice.margin)} points, a tie.")
        others = len(self.choice.differences)
        at_once = f", those of differences for all {others} at once" if others > 1 else ""
        return " ".join([*said, f"Intervals {words.percent(self.choice.level)}{at_once}."])

    def alarms(self) -> list[str]:
        return [self._alarm(part) for part in self.choice.slices if part.alarm]

    def _alarm(self, part: Slice) -> str:
        by = self.scale.difference(part.interval)
        ends = words.between(*sorted((abs(by.low), abs(by.high))))
        return (
            f"Look at {part.tag} {part.value} first. There the critic puts {part.challenger} "
            f"{words.points(abs(by.estimate))} points below {self.choice.baseline} (interval {ends}), on "
            f"{words.count(part.n, 'example')}: a reason to read, not a proof."
        )

    def plane(self) -> Html:
        """Quality against cost, or against latency where cost tells nothing."""
        priced = all(variant.cost_per_1000 > 0 for variant in self.choice.variants)
        title, unit = (
            ("cost per 1,000", "cost per 1,000, $") if priced else ("latency", "p95 latency, s")
        )
        says = words.money if priced else words.seconds
        points = [
            self._point(variant, variant.cost_per_1000 if priced else variant.seconds_p95, says)
            for variant in self.choice.variants
        ]
        points = [
            point for point in points if math.isfinite(point.x) and math.isfinite(point.y.estimate)
        ]
        if len(points) < 2:
            return NOTHING
        across = Axis.around((point.x for point in points), most_ticks=4, least=LEAST_SPAN)
        up = Axis.around((end for point in points for end in point.y), most_ticks=4, ends=(0, 1))
        label = f"Score in points and {unit}: {'; '.join(point.tip for point in points)}"
        plot = Plot(across, up, unit, "points", decimal_ticks(across), tick, label, height=170)
        score = "Corrected score" if self.corrected else "Critic’s score"
        return html("<div><h4>{} and {}</h4>{}</div>", score, title, plot.draw(points))

    def _point(self, variant: Variant, x: float, says: Callable[[float], str]) -> Point:
        difference = self.against.get(variant.name)
        score = self.scale.score(variant.score)
        word = WORD_CLASS.get(difference.decision, "") if difference else "base"
        tip = f"{variant.name} {words.points(score.estimate)} at {says(x)}"
        return Point(clipped(variant.name, 24), x, score, word, tip, hollow=difference is None)

    def slices(self) -> Html:
        """The slices of the challenger that matters most, alarms first."""
        ahead = (each.challenger for each in self.choice.differences)
        name = self.choice.winner if self.choice.winner in self.against else next(ahead, "")
        parts = [part for part in self.choice.slices if part.challenger == name]
        parts.sort(key=lambda part: not part.alarm)
        if not parts:
            return NOTHING
        shown = parts[:MOST_SLICES]
        axis = Axis.around(
            [0, *ends_of(self.scale.difference(part.interval) for part in shown)], most_ticks=4
        )
        tags = words.listed(sorted({part.tag for part in parts}))
        more = len(parts) - len(shown)
        return html(
            "<div><h4>{} − {} by {}, critic’s scores, points</h4>"
            '<table><thead><tr><th scope="col">Slice, examples</th><td class="plot">{}</td>'
            '<th scope="col" class="r">Difference</th></tr></thead><tbody>{}</tbody></table>{}</div>',
            name,
            self.choice.baseline,
            tags,
            axis_labels(axis, signed_tick, 18),
            joined(self._slice(part, axis) for part in shown),
            html('<p class="q small">{} in the report.</p>', words.count(more, "more slice"))
            if more
            else "",
        )

    def _slice(self, part: Slice, axis: Axis) -> Html:
        each, all_at_once = self.scale.difference(part.each), self.scale.difference(part.interval)
        word = "better" if each.low > 0 else "worse" if each.high < 0 else ""
        sign = (
            html(' <span class="warn">▲<span class="sr"> look here first</span></span>')
            if part.alarm
            else NOTHING
        )
        return html(
            '<tr><td>{}{}<span class="sub">{}, {:,}</span></td><td class="plot">{}</td><td class="r n">{}</td></tr>',
            part.value,
            sign,
            part.tag,
            part.n,
            Bar(axis, each, word, wide=all_at_once, zero=True).svg(SLICE_HEIGHT),
            numbers(words.signed(each.estimate), each),
        )


def ends_of(intervals: Iterable[Interval]) -> list[float]:
    """What an axis must hold of intervals: nothing of one without an estimate."""
    return [end for interval in intervals if not math.isnan(interval.estimate) for end in interval]


def numbers(estimate: str, interval: Interval) -> Html:
    """An estimate above its interval; without an estimate an interval says nothing."""
    if math.isnan(interval.estimate):
        return html('<span class="q">no score</span>')
    if math.isnan(interval.low):
        return html("<b>{}</b>", estimate)
    return html(
        '<b>{}</b><span class="ci">{}</span>', estimate, words.between(interval.low, interval.high)
    )
