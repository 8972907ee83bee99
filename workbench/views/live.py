"""A run while it goes on: how far, how fast, what it cost so far, and who is ahead."""

import math
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from workbench.comparison import Difference, Variant
from workbench.comparison.decide import compare_so_far
from workbench.runs import Progress, Run
from workbench.views import words
from workbench.views.leaderboard import WORD_CLASS, ends_of, signed_tick
from workbench.views.markup import Html, html, joined
from workbench.views.scale import Scale
from workbench.views.svg import Axis, Bar, axis_labels
from workbench.views.view import View

MARGIN = 0.02  # of the running comparison: the default of `compare`
BOARD_SECONDS = 2.0  # between two standings
BOARD_SHARE = 0.05  # of the time that standings may take
RATE_SECONDS = 10.0  # over which the rate is taken
ROW_HEIGHT = 30  # pixels

_shown: dict[int, "LiveRun"] = {}  # by the identity of the run that goes on


def watch(run: Run, progress: Progress) -> None:
    """Show a run in the cell that awaits it; where nobody can see it, its last state stays as HTML."""
    view = _shown.get(id(run))
    if view is None:
        view = _shown[id(run)] = LiveRun(run, progress)
        view._ipython_display_()
    if progress.finished:
        del _shown[id(run)]
    view.update(progress)


class LiveRun(View):
    """A run on show while it goes on, and what it came to."""

    def __init__(self, run: Run, progress: Progress) -> None:
        super().__init__(f"Run {run.id}")
        self.run, self.progress = run, progress
        self.board = html("")
        self._past: deque[tuple[float, int]] = deque([(progress.seconds, progress.done)])
        self._next_board = 0.0

    def update(self, progress: Progress) -> None:
        """Take over a tick of the run and redraw."""
        self.progress = progress
        self._past.append((progress.seconds, progress.done))
        while progress.seconds - self._past[0][0] > RATE_SECONDS:
            self._past.popleft()
        if progress.finished or time.monotonic() >= self._next_board:
            began = time.monotonic()
            self.board = self._standing()
            taken = time.monotonic() - began
            self._next_board = began + max(BOARD_SECONDS, taken / BOARD_SHARE)
        if progress.finished:
            self._replace_twin()
            self.send({"html": str(self.live())})
        else:
            self.redraw({"status": self._status(), "board": self.board})

    def _replace_twin(self) -> None:
        from IPython.display import update_display

        update_display(self.static(), raw=True, display_id=self.id)

    def __repr__(self) -> str:
        return f"{self._headline()}. {self._outcome()}".strip()

    def twin(self) -> Html:
        return html("{}{}<p>{}</p>", self._status(), self.board, self._outcome())

    def live(self) -> Html:
        if self.progress.finished:
            return self.twin()
        return html(
            '<div data-part="status">{}</div><div data-part="board">{}</div><div class="bar" data-part="cancel">'
            '<button type="button" class="b" data-do="cancel">Cancel</button>'
            '<span class="q">Finished answers are kept; running the cell again goes on from there.</span></div>',
            self._status(),
            self.board,
        )

    def on_cancel(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.run.stop()
        self.redraw(
            {"cancel": html('<span class="q">Stopping. Answers on their way are kept.</span>')}
        )

    def _headline(self) -> str:
        name = self.run.meta.dataset.name
        return f"{name}: {self.progress.done:,} of {words.count(self.progress.total, 'answer')}"

    def _status(self) -> Html:
        progress = self.progress
        done, failed = (
            100 * part / max(progress.total, 1) for part in (progress.done, progress.failed)
        )
        return html(
            '<div class="head"><h3>{}</h3><span class="q">{}</span></div>'
            '<svg class="progress" role="img" aria-label="{:.0f} percent done">'
            '<rect class="p1" width="{:.2f}%" height="10"/><rect class="p0" x="{:.2f}%" width="{:.2f}%" height="10"/>'
            "</svg>{}",
            self._headline(),
            self._time(),
            done,
            done - failed,
            done - failed,
            failed,
            self._facts(),
        )

    def _time(self) -> str:
        took = words.duration(self.progress.seconds)
        if self.progress.finished:
            return f"took {took}"
        rate = self._rate()
        left = words.duration((self.progress.total - self.progress.done) / rate) if rate else ""
        return f"running for {took}{f', about {left} left' if left else ''}"

    def _rate(self) -> float:
        """Answers a second lately; over the whole run once it has ended."""
        (began, before), (now, done) = self._past[0], self._past[-1]
        if self.progress.finished:
            began, before = 0.0, 0
        return (done - before) / (now - began) if now > began else 0.0

    def _facts(self) -> Html:
        progress = self.progress
        budget = (
            f"of {words.money(progress.budget)}" if progress.budget is not None else "no budget set"
        )
        known = not math.isnan(progress.spent)
        spent = (
            (words.money(progress.spent), budget) if known else ("unknown", "a model has no price")
        )
        trouble = progress.failed + progress.unscored
        kinds = self._trouble()
        said = (
            kinds[0][1]
            if len(kinds) == 1
            else ", ".join(f"{number:,} {what}" for number, what in kinds)
        )
        facts = [
            ("Rate", f"{self._rate():.1f}", "answers a second"),
            ("Spent", *spent),
            ("Calls", f"{progress.calls:,}", f"made, {progress.cached:,} from the store"),
            ("Errors", f"{trouble:,}" if trouble else "none", said),
        ]
        return html(
            '<dl class="facts">{}</dl>',
            joined(html("<div><dt>{}</dt><dd><b>{}</b> {}</dd></div>", *fact) for fact in facts),
        )

    def _trouble(self) -> list[tuple[int, str]]:
        """How many rows have no answer, and how many no score, where there are any."""
        counted = [(self.progress.failed, "failed"), (self.progress.unscored, "without a score")]
        return [(number, what) for number, what in counted if number]

    def _outcome(self) -> str:
        """How the run ended, and what follows."""
        progress, stopped = self.progress, self.run.stopped
        if not progress.finished:
            return ""
        if progress.done == progress.total and not stopped:
            trouble = words.listed([f"{number:,} {what}" for number, what in self._trouble()])
            return f"All rows are done; {trouble}." if trouble else "All answers are in."
        why = {"stopped": "Cancelled", "interrupted": "Interrupted", "": "Ended early"}.get(stopped)
        said = (
            f"{why} after"
            if why
            else f"{stopped[:1].upper()}{stopped[1:].rstrip('.')}. Ended after"
        )
        missing = self.run.counts["unscored"]
        unjudged = f" ({words.count(missing, 'verdict')} missing)" if missing else ""
        spent = f", {words.money(progress.spent)} spent" if progress.spent > 0 else ""
        return (
            f"{said} {progress.done:,} of {progress.total:,} answers{unjudged}{spent}. What is done is kept: "
            "run the cell again to go on."
        )

    def _standing(self) -> Html:
        """The running leaderboard, by the first critic and against the first variant."""
        if not self.run.critics or self.progress.done < 2:
            return html("")
        critic = self.run.critics[0].name
        variants, differences = compare_so_far(self.run, critic, margin=MARGIN)
        scale = Scale.of(self.run.meta.critics[critic])
        by = {each.challenger: each for each in differences}
        ends = ends_of(scale.difference(each.interval) for each in differences)
        axis = Axis.around([0, -MARGIN, MARGIN, *ends])
        rows = joined(_row(variant, by.get(variant.name), scale, axis) for variant in variants)
        baseline = variants[0].name
        return html(
            '<p class="q small">So far, in points, by {}, not yet corrected by people. The intervals of the '
            "differences hold however often you look.</p>"
            '<div class="scroll" tabindex="0" role="region" aria-label="Running leaderboard"><table><thead><tr>'
            '<th scope="col">Variant</th><th scope="col">Against {}</th>'
            '<th scope="col" class="r">Score</th><th scope="col">Difference to {}</th><td class="plot">{}</td>'
            '<th scope="col" class="r">Cost<br>per 1,000</th><th scope="col" class="r">p95</th>'
            '<th scope="col" class="r">Scored</th></tr></thead><tbody>{}</tbody></table></div>',
            critic,
            baseline,
            baseline,
            axis_labels(axis, signed_tick, 18),
            rows,
        )


def _row(variant: Variant, difference: Difference | None, scale: Scale, axis: Axis) -> Html:
    by = scale.difference(difference.interval) if difference else None
    said = difference.decision if difference and variant.scored else ""
    word = f"{said} so far" if said in WORD_CLASS else "open" if difference else "baseline"
    known = by is not None and not math.isnan(by.estimate + by.low)
    numbers = (
        html(
            '{} <span class="q">{}</span>',
            words.signed(by.estimate),
            words.between(by.low, by.high),
        )
        if known and by
        else ""
    )
    css = WORD_CLASS.get(said, "") if difference else "base"
    return html(
        '<tr><th scope="row">{}</th><td><span class="word {}">{}</span></td><td class="r n">{}</td>'
        '<td class="n">{}</td><td class="plot">{}</td><td class="r n">{}</td><td class="r n">{}</td>'
        '<td class="r n">{:,}</td></tr>',
        variant.name,
        css or "more",
        word,
        words.points(scale.share(variant.critic_score.estimate)),
        numbers,
        Bar(axis, by, css, band=MARGIN, zero=True).svg(ROW_HEIGHT),
        words.money(variant.cost_per_1000),
        words.seconds(variant.seconds_p95),
        variant.scored,
    )
