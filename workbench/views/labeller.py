"""The labeller: one answer at a time, by keyboard, blind; every label is kept at once."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from workbench import labels
from workbench.comparison.precision import Precision, precision
from workbench.labels import Draw
from workbench.labels.joined import answer_of, records_of
from workbench.labels.needed import PILOT
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, clipped, html
from workbench.page.svg import Axis, Plot, Point
from workbench.sections.material import inputs_of
from workbench.sections.matrix import whole
from workbench.sections.widths import half_width_tick
from workbench.stats import Interval
from workbench.views.question import Question
from workbench.views.view import View

GOAL = 0.08  # half-width, as a share of the scale
SHOWN = 3  # labels in the log


class Labeller(View):
    """Answers to label, on show."""

    def __init__(self, draw: Draw) -> None:
        super().__init__(f"Label: {draw.critic}")
        self.draw, self.run = draw, draw.run
        self.judged = draw.critic in self.run.meta.critics
        self.examples = {example.id: example for example in self.run.examples}
        self.index = 0  # of the answer on show, among those drawn
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
        return render(
            "views/labeller_twin.html",
            name=self.draw.critic,
            count=self._count(),
            signal=self._signal(),
            left=words.count(len(self.draw.rows) - self.index, "answer"),
            rater=self.draw.rater,
            hint=self.question.refusal or "Open the notebook to label.",
        )

    def live(self) -> Html:
        if self.question.refusal:
            return self.twin()
        return render(
            "views/labeller.html",
            name=self.draw.critic,
            count=self._count(),
            keys=self._says_keys(),
            progress=self._progress(),
            item=self._item(),
            answers=self.question.answers,
            log=self._log(),
            signal=self._signal(),
            asked=self.question.told,
            blind=self.blind,
        )

    def _says_keys(self) -> str:
        return ", ".join(
            [*(f"{key} {word}" for key, word, _ in self.question.answers), "s skip", "u undo"]
        )

    def _count(self) -> str:
        now = sum(record["skipped"] for record in self.given)
        judged, skipped = self.before[0] + len(self.given) - now, self.before[1] + now
        answers = f"{words.count(judged, 'answer')} judged by {self.draw.rater}"
        return f"{answers}, {skipped or 'none'} skipped, saved"

    def _progress(self) -> Html:
        done, drawn = self.index, len(self.draw.rows)
        of = f"{done:,} of {words.count(drawn, 'answer')}"
        return render("views/progress.html", share=100 * done / max(drawn, 1), of=of)

    def _more(self, examples: int) -> str:
        """How many examples the goal still asks for: of this run, and beyond it."""
        here = len({self.run.columns["example"][row] for row in self.draw.rows[self.index :]})
        if examples <= here:
            more = words.count(examples, "more example")
            return f"About {more} for the goal." if examples else ""
        held = f"This run holds {here:,} more" if here else "This run holds no more"
        beyond = words.count(examples - here, "example")
        return f"{held}; for the goal about {beyond} must be run and labelled besides."

    def _item(self) -> Html:
        """The answer on show with its example, and what is asked of it."""
        if self.index >= len(self.draw.rows):
            return render("views/item.html", ask="")
        row = self.draw.rows[self.index]
        columns = self.run.columns
        example = self.examples[columns["example"][row]]
        return render(
            "views/item.html",
            inputs=[(*told, whole(text)) for *told, text in inputs_of(self.run, example)],
            beside=self._beside(row) if self.question.against else None,
            output=whole(columns["output"][row]),
            ask=self.question.ask,
            unblinded="" if self.blind else self._unblinded(row),
        )

    def _beside(self, row: int) -> dict[str, Any]:
        """The baseline's answer, where the question is whether this one is better."""
        columns = self.run.columns
        key = columns["example"][row], columns["model"][row], columns["repeat"][row]
        other = self.baseline[key]
        return {
            "is_there": columns["status"][other] == "ok",
            "text": whole(columns["output"][other]),
            "is_same": columns["output"][other] == columns["output"][row],
        }

    def _unblinded(self, row: int) -> str:
        """Whose answer it is, and what the critic says of it."""
        columns, question = self.run.columns, self.draw.critic
        names = [f"{question}.label", f"{question}.reason"] if self.judged else []
        verdict = ": ".join(columns[name][row] for name in names)
        critic = clipped(f"; the critic says {verdict}", 600) if verdict.strip(": ") else ""
        return f"{columns['prompt'][row]} on {columns['model'][row]}{critic}"

    def _log(self) -> Html:
        says = {value: word.lower() for _, word, value in self.question.answers}
        last = [
            (
                clipped(record["example"], 40),
                "skipped" if record["skipped"] else says[record["value"]],
            )
            for record in reversed(self.given[-SHOWN:])
        ]
        return Html("").join(html("<li>{}: {}</li>", *each) for each in last)

    def _signal(self) -> Html:
        """How narrow the interval is by now; never how much, or which way."""
        known, goal = self.known, words.points(GOAL)
        if known is None:
            return render("views/signal.html", name=self.draw.critic, known=None)
        early = known.examples < PILOT or math.isnan(known.half_width)
        plan = labels.plan(self.run, self.draw.critic, GOAL) if early else None
        return render(
            "views/signal.html",
            known=known,
            goal=goal,
            needed=plan.needed if plan else 0,
            early=early,
            rows=len(self.examples),
            pilot=PILOT,
            labelled=words.count(known.examples, "example"),
            width=words.points(known.half_width),
            more=self._more(known.more or 0),
            curve=self._curve(),
        )

    def _curve(self) -> Html:
        """The width as labels came in."""
        ends = [(n, width) for n, width in self.widths if n >= PILOT and math.isfinite(width)]
        if len(ends) < 2:
            return html("")
        latest, width = ends[-1]
        plot = _widths_plot(ends)
        goal = plot.line("goal", [(plot.x.low, GOAL), (plot.x.high, GOAL)])
        flat, tip = Interval(width, width, width), f"now ±{words.points(width)}"
        now = Point("now", latest, flat, "better", tip)
        return plot.draw([now], goal + plot.line("curve", ends))

    def _precision(self) -> Precision | None:
        if not self.judged:
            return None
        variants = self.draw.selection.get("variants", ())
        return precision(self.run, self.draw.critic, variants=variants, goal=GOAL)

    # --- what the front end asks for

    def on_label(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._give(float(argument))

    def on_skip(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._give(None)

    def _give(self, value: float | None) -> None:
        if self.index >= len(self.draw.rows):
            return
        row, draw = self.draw.rows[self.index], self.draw
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
        self.index += 1
        self._redraw()

    def on_undo(self, argument: Any, values: Mapping[str, Any]) -> None:
        if not self.given:
            self.say("Nothing to undo: labels of earlier sessions stay.")
            return
        labels.take_back(self.run, self.given.pop())
        self.index -= 1
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


def _widths_plot(ends: Sequence[tuple[int, float]]) -> Plot:
    """Examples labelled along, half-widths up, with room for the name of the last point."""
    return Plot(
        Axis.around([ends[0][0], 1.3 * ends[-1][0]], most_ticks=3),
        Axis.around([0, GOAL, *(width for _, width in ends)], most_ticks=4),
        "examples labelled",
        "points",
        lambda n: f"{n:.0f}",
        half_width_tick,
        "Half-width of the interval as labels came in",
        height=130,
    )
