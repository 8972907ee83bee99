"""The leaderboard: the decision in words, then the numbers it stands on."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from workbench.comparison import Comparison
from workbench.exchange.winners import export
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, html
from workbench.reports.onefile import report
from workbench.sections import matrix, tradeoff
from workbench.sections.confusion import Confusions
from workbench.sections.decision import decided
from workbench.sections.flipped import Flipped
from workbench.sections.grid import Grid, Judge
from workbench.sections.leaderboard import Board
from workbench.sections.slices import forest
from workbench.sections.subject import Subject
from workbench.views.view import View

MOST_SLICES = 8
PLANE = 170  # pixels


class Leaderboard(View):
    """A comparison on show."""

    def __init__(self, choice: Comparison) -> None:
        super().__init__(choice.sentence)
        self.choice = choice

    def twin(self) -> Html:
        return self._draw(live=False)

    def live(self) -> Html:
        return self._draw(live=True)

    def _draw(self, *, live: bool) -> Html:
        subject, run = Subject(self.choice), self.choice.run
        return render(
            "views/leaderboard.html",
            decided=decided(subject),
            board=Board.of(subject).table(),
            notes=[note for note in self.choice.notes if note.kind != "slice behind"],  # said above
            plane=tradeoff.figures(subject, height=PLANE)[:1],
            slices=_slices(subject),
            flipped=self.flipped,
            confusions=found.tables(opens=live, asks=live) if (found := self.confusions) else [],
            worst=found.sentences() if found else [],
            live=live,
            ships=self.choice.shipped.challenger if self.choice.shipped else "",
            cost=words.spending(run.cost, run.unpriced) or "an unknown sum",
            calls=words.count(run.calls, "call"),
        )

    @cached_property
    def confusions(self) -> Confusions | None:
        return Confusions.of(Subject(self.choice))

    @cached_property
    def flipped(self) -> Flipped | None:
        return Flipped.found_in(self.choice)

    def on_flips(self, argument: Any, values: Mapping[str, Any]) -> None:
        assert self.flipped is not None  # who clicked saw it
        self.redraw({"flips": self.flipped.rows()})

    def on_cell(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw({"cell": self.rows_of(argument)})

    def rows_of(self, cell: str) -> Html:
        """The answers of one cell of a confusion matrix, `variant right given` by their numbers."""
        run, found = self.choice.run, self.confusions
        assert found is not None  # who clicked saw it
        variant, right, given = map(int, cell.split())
        grid, rows = Grid.of(run), set(found.classes.rows(right, given))
        lines = [line for line, row in enumerate(grid.columns[variant]) if row in rows]
        gold = found.classes.check
        judge = next(each for each in Judge.all_of(run) if each.name == gold)
        heading = html("<h4>{}: {}</h4>", grid.names[variant], found.cell_name(right, given))
        return heading + matrix.twin(run, grid, judge, lines, gold=gold)

    def on_export(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw({"done": html("{}", export(self.choice).sentence)})

    def on_report(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw({"done": html("The report is {}.", report(self.choice))})


def _slices(subject: Subject) -> Html:
    """The slices of the challenger that the page is about."""
    focus = subject.focus
    if not any(focus and part.challenger == focus.challenger for part in subject.choice.slices):
        return html("")
    return forest(subject, focus.challenger, most=MOST_SLICES) if focus else html("")
