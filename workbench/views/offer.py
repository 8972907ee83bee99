"""A quote on show: what a run will cost, and a button that runs it for at most that."""

import math
from collections.abc import Mapping
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, html
from workbench.runs import Quote, run, unwatched
from workbench.sections.overview import outcome
from workbench.sections.quote import headline, quote_piece
from workbench.views.view import View


class Offer(View):
    """What is quoted, and how to take it up."""

    def __init__(self, quote: Quote) -> None:
        super().__init__(headline(quote))
        self.quote = quote

    @property
    def _takes(self) -> bool:
        """Whether there is something to ask, at a sum that is known."""
        quote = self.quote
        return bool(quote.asked and quote.calls) and not math.isnan(quote.most_cost)

    def twin(self) -> Html:
        return quote_piece(self.quote)

    def live(self) -> Html:
        most = f"for at most {words.money(self.quote.most_cost)}" if self.quote.most_cost else ""
        button = f"Run it {most}".strip() if self._takes else ""
        return render("views/offer.html", quote=self.twin(), button=button)

    def on_run(self, argument: Any, values: Mapping[str, Any]) -> None:
        self.redraw({"done": html("{}", "Asking and judging.")})
        self.start(self.take())

    async def take(self) -> None:
        """Run what was quoted within the quoted sum; what it answers is in the store."""
        plan, store = self.quote.asked or (None, None)
        assert plan is not None  # who clicked saw the button
        with unwatched():
            done = await run(
                plan.prompts,
                plan.examples,
                plan.models,
                plan.critics,
                repeats=plan.repeats,
                store=store,
                budget=self.quote.most_cost,
            )
        said = f"Done: {outcome(done)}. The cell that runs it now takes all from the store."
        self.redraw({"done": html("{}", done.stopped or said)})
