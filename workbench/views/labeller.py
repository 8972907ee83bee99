"""The labeller: one answer at a time, by keyboard, blind; every label is kept at once."""

import math
from collections.abc import Mapping
from typing import Any

from workbench import labels
from workbench.comparison.precision import Precision, precision
from workbench.labels import Draw
from workbench.labels.joined import answer_of, records_of
from workbench.labels.needed import PILOT
from workbench.stats import Interval
from workbench.views import words
from workbench.views.grid import Judge
from workbench.views.markup import Html, clipped, html, joined
from workbench.views.matrix import inputs, whole
from workbench.views.question import Question
from workbench.views.svg import Axis, Plot, Point
from workbench.views.view import View

GOAL = 0.08  # half-width, as a share of the scale
SHOWN = 3  # labels in the log


class Labeller(View):
    """Answers to label, on show."""

    def __init__(self, draw: Draw) -> None:
        super().__init__(f"Label: {draw.critic}")
        self.draw, self.run = draw, draw.run
        self.judge = next(
            (judge for judge in Judge.all_of(self.run) if judge.name == draw.critic), None
        )
        self.examples = {example.id: example for example in self.run.examples}
        self.place = 0  # of the answer on show, among those drawn
        self.given: list[dict[str, Any]] = []  # in this session, newest last
        self.blind = True
        self.question = Question.of(self.run, draw.critic)
        self.baseline = self._baseline()
        self.before = self._earlier()
        self.known = self._precision()
        self.widths = [(self.known.examples, self.known.half_width)] if self.known else []

    def _baseline(self) -> dict[tuple[str, str, int], int]:
        """Where the answers stand that this question compares with: row by example, model and
        repeat.
        """
        columns, against = self.run.columns, self.question.against
        keys = zip(columns["example"], columns["model"], columns["repeat"], strict=True)
        return {
            key: row
            for row, key in enumerate(keys)
            if against and columns["prompt"][row] == against
        }

    def _earlier(self) -> tuple[int, int]:
        """How many answers the rater judged, and skipped, in earlier sessions; the last word on
        each counts.
        """
        records = records_of(self.run, self.draw.critic)
        own = [r for r in records if r["rater"] == self.draw.rater and r["purpose"] == "estimate"]
        skipped = [
            record["skipped"] for record in {answer_of(record): record for record in own}.values()
        ]
        return skipped.count(False), skipped.count(True)

    # --- HTML

    def twin(self) -> Html:
        left = len(self.draw.rows) - self.place
        return html(
            '<div class="head"><h3>Label: {}</h3><span class="q">{}</span></div>{}'
            '<p class="q">{} to go for {}. {}</p>',
            self.draw.critic,
            self._count(),
            self._signal(),
            words.count(left, "answer"),
            self.draw.rater,
            self.question.refusal or "Open the notebook to label.",
        )

    def live(self) -> Html:
        if self.question.refusal:
            return self.twin()
        return html(
            '<div class="head"><h3>Label: {}</h3><span class="q" data-part="count" aria-live="polite">{}</span></div>'
            '<div class="labeller" tabindex="0" role="group" aria-label="Labeller. {}" data-keys><div>'
            '<div data-part="progress">{}</div><div data-part="item">{}</div><div class="keys">{}</div>'
            '<ul class="log" data-part="log" aria-label="Last labels">{}</ul></div>'
            '<div><div data-part="signal">{}</div><p><label><input type="checkbox" name="blind" data-live="blind"{}>'
            "Blind: hide variant and critic</label></p></div></div>",
            self.draw.critic,
            self._count(),
            self._says_keys(),
            self._progress(),
            self._item(),
            self._buttons(),
            self._log(),
            self._signal(),
            html(" checked") if self.blind else "",
        )

    def _buttons(self) -> Html:
        button = '<button type="button" class="b" data-do="label" data-argument="{}" data-key="{}">{}{}</button>'
        answers = joined(
            html(button, value, key, word, html("<kbd>{}</kbd>", key) if word != key else "")
            for key, word, value in self.question.answers
        )
        return answers + html(
            '<button type="button" class="b" data-do="skip" data-key="s">Skip<kbd>s</kbd></button>'
            '<button type="button" class="b" data-do="undo" data-key="u">Undo<kbd>u</kbd></button>'
        )

    def _says_keys(self) -> str:
        return ", ".join(
            [*(f"{key} {word}" for key, word, _ in self.question.answers), "s skip", "u undo"]
        )

    def _count(self) -> str:
        now = sum(record["skipped"] for record in self.given)
        judged, skipped = self.before[0] + len(self.given) - now, self.before[1] + now
        return f"{words.count(judged, 'answer')} judged by {self.draw.rater}, {skipped or 'none'} skipped, saved"

    def _progress(self) -> Html:
        done, left = self.place, len(self.draw.rows) - self.place
        share = 100 * done / max(done + left, 1)
        return html(
            '<svg class="progress" role="img" aria-label="Progress of labelling">'
            '<rect class="p1" width="{:.1f}%" height="10"/></svg><p class="q small">{:,} of {} drawn.</p>',
            share,
            done,
            words.count(done + left, "answer"),
        )

    def _more(self, examples: int) -> str:
        """How many examples the goal still asks for: of this run, and beyond it."""
        here = len({self.run.columns["example"][row] for row in self.draw.rows[self.place :]})
        beyond = examples - here
        if beyond <= 0:
            return (
                f"About {words.count(examples, 'more example')} for the goal." if examples else ""
            )
        held = f"This run holds {here:,} more" if here else "This run holds no more"
        return f"{held}; for the goal about {words.count(beyond, 'example')} must be run and labelled besides."

    def _item(self) -> Html:
        if self.place >= len(self.draw.rows):
            return html(
                '<p class="ask">Nothing is left to label. Draw again for another question, or compare.</p>'
            )
        row = self.draw.rows[self.place]
        columns = self.run.columns
        return html(
            '{}{}<p class="q small">Answer</p><div class="given answer" dir="auto">{}</div><p class="ask">{}</p>{}',
            inputs(self.examples[columns["example"][row]]),
            self._beside(row),
            whole(columns["output"][row]),
            self.question.ask,
            self._unblinded(row),
        )

    def _beside(self, row: int) -> Html:
        """The baseline's answer, where the question is whether this one is better."""
        if not self.question.against:
            return html("")
        columns = self.run.columns
        other = self.baseline[
            columns["example"][row], columns["model"][row], columns["repeat"][row]
        ]
        if columns["status"][other] != "ok":
            return html('<p class="look">The baseline has no answer here: skip this one.</p>')
        text = whole(columns["output"][other])
        same = (
            "; the answer below is the same"
            if columns["output"][other] == columns["output"][row]
            else ""
        )
        shown = '<p class="q small">Baseline’s answer{}</p><div class="given" dir="auto">{}</div>'
        return html(shown, same, text)

    def _unblinded(self, row: int) -> Html:
        if self.blind:
            return html("")
        columns, question = self.run.columns, self.draw.critic
        label, reason = (
            columns[f"{question}.{part}"][row] if self.judge else "" for part in ("label", "reason")
        )
        said = clipped(f"; the critic says {label}: {reason}", 600) if label else ""
        return html(
            '<p class="q" dir="auto">{} on {}{}</p>',
            columns["prompt"][row],
            columns["model"][row],
            said,
        )

    def _log(self) -> Html:
        says = {value: word.lower() for _, word, value in self.question.answers}
        last = reversed(self.given[-SHOWN:])
        said = (
            (record["example"], "skipped" if record["skipped"] else says[record["value"]])
            for record in last
        )
        return joined(html("<li>{}: {}</li>", clipped(example, 40), word) for example, word in said)

    def _signal(self) -> Html:
        known = self.known
        if known is None:
            said = '<p class="q">No critic judged “{}” in this run, so its labels correct no score.</p>'
            return html(said, self.draw.critic)
        goal = words.points(GOAL)
        if known.examples < PILOT or math.isnan(known.half_width):
            said = "<p>{} labelled. The first width appears after {}; about {:,} labels a variant give ±{} points.</p>"
            needed = labels.plan(self.run, self.draw.critic, GOAL).needed
            return html(said, words.count(known.examples, "example"), PILOT, needed, goal)
        what = "The difference" if known.compares else "The score"
        width = words.points(known.half_width)
        if not known.more:
            said = "<p><b>Enough.</b> {} is known to ±{} points, the goal was ±{}.</p>{}"
            return html(said, what, width, goal, self._curve())
        said = "<p><b>Not yet enough.</b> {} is known to ±{} points; the goal is ±{}. {}</p>{}"
        return html(said, what, width, goal, self._more(known.more or 0), self._curve())

    def _curve(self) -> Html:
        """The width as labels came in."""
        ends = [(n, width) for n, width in self.widths if n >= PILOT and math.isfinite(width)]
        if len(ends) < 2:
            return html("")
        across = Axis.around(
            [ends[0][0], 1.3 * ends[-1][0]], most_ticks=3
        )  # with room for the last one's name
        up = Axis.around([0, GOAL, *(width for _, width in ends)], most_ticks=4)
        plot = Plot(
            across,
            up,
            "examples labelled",
            "points",
            lambda x: f"{x:.0f}",
            lambda y: f"±{100 * y:.3g}" if y else "0",
            "Half-width of the interval as labels came in",
            height=130,
        )
        latest, width = ends[-1]
        now = Point(
            "now", latest, Interval(width, width, width), "better", f"now ±{words.points(width)}"
        )
        goal = plot.line("goal", [(across.low, GOAL), (across.high, GOAL)])
        return plot.draw([now], goal + plot.line("curve", ends))

    def _precision(self) -> Precision | None:
        variants = self.draw.selection.get("variants", ())
        return (
            precision(self.run, self.draw.critic, variants=variants, goal=GOAL)
            if self.judge
            else None
        )

    # --- what the front end asks for

    def on_label(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._give(float(argument))

    def on_skip(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._give(None)

    def _give(self, value: float | None) -> None:
        if self.place >= len(self.draw.rows):
            return
        row, draw = self.draw.rows[self.place], self.draw
        kept = labels.add(
            self.run,
            draw.critic,
            row,
            value,
            rater=draw.rater,
            blind=self.blind,
            selection=draw.selection,
        )
        self.given.append(kept)
        self.place += 1
        self._redraw()

    def on_undo(self, argument: Any, values: Mapping[str, Any]) -> None:
        if not self.given:
            self.say("Nothing to undo: labels of earlier sessions stay.")
            return
        labels.take_back(self.run, self.given.pop())
        self.place -= 1
        self._redraw()

    def on_blind(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.blind = bool(values["blind"])
        self.redraw({"item": self._item()})

    def _redraw(self) -> None:
        """The next answer at once; the width, which takes longer, after it."""
        self.redraw({"item": self._item(), "count": html("{}", self._count()), "log": self._log()})
        self.known = self._precision()
        if self.known:
            self.widths.append((self.known.examples, self.known.half_width))
        self.redraw({"progress": self._progress(), "signal": self._signal()})
