"""A run while it goes on: how far, how fast, what it cost so far, and who is ahead."""

import math
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakSet

from workbench.comparison.decide import compare_so_far
from workbench.models.servers.load import Pace
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, html
from workbench.printing import printed
from workbench.racing import Race
from workbench.runs import Progress, Run
from workbench.sections.grid import gold_of
from workbench.sections.leaderboard import Board
from workbench.sections.overview import unasked
from workbench.sections.race import race_piece
from workbench.sections.trying import trying_piece
from workbench.trying import Trying
from workbench.views.view import Still, View
from workbench.words import capital

MARGIN = 0.02  # of the running comparison: the default of `compare`
BOARD_SECONDS = 2.0  # between two standings
BOARD_SHARE = 0.05  # of the time that standings may take
RATE_SECONDS = 10.0  # over which the rate is taken

_shown: dict[int, "LiveRun"] = {}  # by the identity of the run that goes on


def watch(run: Run, progress: Progress) -> None:
    """Show a run in the cell that awaits it; its last state stays as HTML."""
    view = _shown.get(id(run))
    if view is None:
        view = _shown[id(run)] = LiveRun(run, progress)
        view._ipython_display_()
    if progress.finished:
        del _shown[id(run)]
    view.update(progress)


@printed
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
            self.keep()
            self.send({"html": str(self.live())})
        else:
            self.redraw({"status": self._status(), "board": self.board})

    def __repr__(self) -> str:
        return f"{self._headline()}. {self._in_words()}".strip()

    def twin(self) -> Html:
        return html("{}{}<p>{}</p>", self._status(), self.board, self._in_words())

    def live(self) -> Html:
        if self.progress.finished:
            return self.twin()
        return render("views/live.html", status=self._status(), board=self.board)

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
        most = max(progress.total, 1)
        return render(
            "views/status.html",
            headline=self._headline(),
            time=self._time(),
            answered=100 * (progress.done - self._failed) / most,
            failed=100 * self._failed / most,
            facts=self._facts() + self._batches() + self._servers(),
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

    def _facts(self) -> list[tuple[str, str, str]]:
        """What goes on, each with its number and what that counts."""
        progress, trouble = self.progress, self._trouble()
        known, budget = not math.isnan(progress.spent), progress.budget
        of = f"of {words.money(budget)}" if budget is not None else "no budget set"
        spent = words.spending(progress.spent, progress.unpriced) if known else "unknown"
        total = sum(number for number, _ in trouble)
        kinds = [what if len(trouble) == 1 else f"{number:,} {what}" for number, what in trouble]
        return [
            ("Rate", f"{self._rate():.1f}", "answers a second"),
            ("Spent", spent, of if known else "by no price, or no count of tokens"),
            ("Calls", f"{progress.calls:,}", f"made, {progress.cached:,} from the store"),
            ("Errors", f"{total:,}" if total else "none", ", ".join(kinds)),
        ]

    def _batches(self) -> list[tuple[str, str, str]]:
        """How far the calls are that went in batches, if any are under way."""
        done, sent = self.progress.answered_there, self.progress.in_batches
        said = "calls answered, fetched when a batch ends"
        return [("In batches", f"{done:,} of {sent:,}", said)] if sent else []

    def _servers(self) -> list[tuple[str, str, str]]:
        """What local servers do, while they do it."""
        paces = () if self.progress.finished else self.progress.paces
        return [fact for pace in paces for fact in _pace(pace, many=len(paces) > 1)]

    def _trouble(self) -> list[tuple[int, str]]:
        """How many rows have no answer, and how many verdicts no score, where there are any."""
        unscored = 0 if self._held else self.progress.unscored
        counted = [(self._failed, "failed"), (unscored, "verdicts without a score")]
        return [(number, what) for number, what in counted if number]

    @property
    def _held(self) -> bool:
        """Whether the rows are held back: then nothing of the answers is shown."""
        return self.run.meta.dataset.held

    @property
    def _failed(self) -> int:
        return 0 if self._held else self.progress.failed

    def _in_words(self) -> str:
        """How the run ended, and what was not asked as it should have been."""
        return " ".join(filter(None, [self._outcome(), unasked(self.run)]))

    def _outcome(self) -> str:
        """How the run ended, and what follows."""
        progress, stopped = self.progress, self.run.stopped
        if not progress.finished:
            return ""
        if progress.done == progress.total and not stopped:
            trouble = words.listed([f"{number:,} {what}" for number, what in self._trouble()])
            return f"All rows are done; {trouble}." if trouble else "All answers are in."
        missing = 0 if self._held else self.run.counts["unscored"]
        unjudged = f" ({words.count(missing, 'verdict')} missing)" if missing else ""
        known = words.spending(progress.spent, progress.unpriced)
        spent = f", {known} spent" if progress.spent > 0 else ""
        done = f"{progress.done:,} of {progress.total:,} answers{unjudged}{spent}"
        kept = "What is done is kept: run the cell again to go on."
        return f"{_why(stopped)} after {done}. {kept}"

    def _standing(self) -> Html:
        """The running leaderboard, by the check that knows right answers or else the first critic,
        and against the first variant.
        """
        if self._held or not self.run.critics or self.progress.done < 2:
            return html("")
        critic = gold_of(self.run) or self.run.critics[0].name
        variants, differences = compare_so_far(self.run, critic, margin=MARGIN)
        return Board(self.run, critic, variants, differences, MARGIN, so_far=True).table()


def _pace(pace: Pace, *, many: bool) -> list[tuple[str, str, str]]:
    """What a server does, each with its number and what that counts."""
    of = f" of {pace.model}" if many else ""
    hits = words.percent(pace.cache_hits) if pace.cache_hits == pace.cache_hits else "–"
    return [
        (f"Server{of}", words.number(pace.tokens_per_second) or "–", "tokens a second"),
        ("Its queue", words.number(pace.waiting), f"and {words.number(pace.running)} at work"),
        ("Its cache", hits, "of prompt tokens lately"),
    ]


def _why(stopped: str) -> str:
    """The start of a sentence on a run that ended early."""
    known = {"stopped": "Cancelled", "interrupted": "Interrupted", "": "Ended early"}
    reason = capital(stopped.rstrip("."))
    return known.get(stopped) or f"{reason}. Ended"


class Grown(Still):
    """What came of several runs, on show; what its own cell showed while they went on gives way to
    one line.
    """

    def __init__(self, sentence: str, piece: Html, runs: Sequence[Run]) -> None:
        super().__init__(sentence, piece)
        self._runs = runs

    def _ipython_display_(self) -> None:
        from IPython.display import update_display

        if self._runs and self._runs[0] in _growing:
            line = Still(self._title, html("<p>{}</p>", self._title))
            update_display(line.static(), raw=True, display_id=_place(self._runs))
        super()._ipython_display_()


_growing: WeakSet[Run] = WeakSet()  # first runs of what is on show while it grows


def _place(runs: Sequence[Run]) -> str:
    """The output in which something shows itself while it goes on."""
    return f"growing-{id(runs[0])}"


def race_view(race: Race) -> Grown:
    return Grown(race.sentence, race_piece(race), race.runs)


def trying_view(trying: Trying) -> Grown:
    return Grown(trying.sentence, trying_piece(trying), trying.runs)


def watch_race(race: Race) -> None:
    """Show a race in the cell that awaits it, look by look."""
    if race.runs:  # else it was decided without a call
        _grow(race_view(race), race.runs)


def watch_trying(trying: Trying) -> None:
    """Show a task that is tried in the cell that awaits it, look by look."""
    _grow(trying_view(trying), trying.runs)


def _grow(view: Still, runs: Sequence[Run]) -> None:
    from IPython.display import display, update_display

    show = update_display if runs[0] in _growing else display
    _growing.add(runs[0])
    show(view.static(), raw=True, display_id=_place(runs))
