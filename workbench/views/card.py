"""The critic card: may this critic gate, rank or neither, and why."""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from workbench.cards import Card
from workbench.labels.joined import Given
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.sections.critic import card_piece
from workbench.sections.grid import scale_of
from workbench.views.matrix import Matrix
from workbench.views.view import View


class CardView(View):
    """A critic card on show."""

    def __init__(self, card: Card) -> None:
        super().__init__(card.sentence)
        self.card = card

    def twin(self) -> Html:
        return card_piece(self.card)

    def live(self) -> Html:
        apart = len(self._disagreements())
        button = f"Read the {words.count(apart, 'disagreement')}" if apart else ""
        return render("views/card.html", card=self.twin(), button=button)

    def _disagreements(self) -> set[int]:
        """The run's rows on which a person and the critic say different things."""
        run, critic = self.card.run, self.card.critic
        scale = scale_of(run, critic)
        pairs = zip(Given.of(run, critic).votes, run.columns[critic], strict=True)
        return {
            row
            for row, (vote, score) in enumerate(pairs)
            if not math.isnan(vote + score) and bool(vote) != scale.passes(score)
        }

    @cached_property
    def matrix(self) -> Matrix:
        """The table of the card's run, by the card's critic."""
        return Matrix(self.card.run, self.card.critic)

    def on_read(self, argument: Any, values: Mapping[str, Any]) -> None:
        grid, rows = self.matrix.grid, self._disagreements()
        lines = [line for line in range(len(grid.lines)) if rows.intersection(grid.rows(line))]
        self.send({"table": self.matrix.table(lines)})

    def on_open(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.send({"table": {"row": argument, "opened": self.matrix.opened(int(argument))}})

    def on_search(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.send({"table": {"found": self.matrix.found(argument)}})
