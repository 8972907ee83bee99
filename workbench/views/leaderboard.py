"""The leaderboard: the decision in words, then the numbers it stands on."""

from collections.abc import Mapping
from typing import Any

from workbench.comparison import Comparison
from workbench.exchange.winners import export
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, html
from workbench.reports.onefile import report
from workbench.sections import tradeoff
from workbench.sections.decision import decided
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
        subject, focus = Subject(self.choice), Subject(self.choice).focus
        parts = focus and [p for p in self.choice.slices if p.challenger == focus.challenger]
        slices = forest(subject, focus.challenger, most=MOST_SLICES) if focus and parts else ""
        return render(
            "views/leaderboard.html",
            decided=decided(subject),
            board=Board.of(subject).table(),
            notes=[note for note in self.choice.notes if note.kind != "slice behind"],  # said above
            plane=tradeoff.figures(subject, height=PLANE)[:1],
            slices=slices,
            live=live,
            winner=self.choice.winner,
            cost=words.money(self.choice.run.cost) or "what no price list says",
            calls=words.count(self.choice.run.calls, "call"),
        )

    def on_export(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw({"done": html("{}", export(self.choice).sentence)})

    def on_report(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw({"done": html("The report is {}.", report(self.choice))})
