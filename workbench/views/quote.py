"""A quote: what a run will cost, before its first call."""

import math

from workbench.runs import Quote
from workbench.page import words
from workbench.page.markup import Html, html, joined
from workbench.views.view import View


class QuoteView(View):
    """A quote on show."""

    interactive = False

    def __init__(self, quote: Quote) -> None:
        super().__init__(headline(quote))
        self.quote = quote

    def twin(self) -> Html:
        quote = self.quote
        head = html(
            '<div class="head"><h3>{}</h3><span class="q">{}</span></div>',
            headline(quote),
            f"{quote.stored:,} in the store already",
        )
        if not quote.calls:
            return head
        rows = joined(
            html('<tr><th scope="row">{}</th><td class="r n">{:,}</td></tr>', _use(role), calls)
            for role, calls in quote.roles.items()
        )
        total = html(
            '<tr class="total"><th scope="row">Total</th><td class="r n">{:,}</td></tr>',
            quote.calls,
        )
        return html(
            '{}<div class="two"><table><thead><tr><th scope="col">To answer and judge</th>'
            '<th scope="col" class="r">Calls</th></tr></thead><tbody>{}{}</tbody></table>'
            "<table><tbody>{}</tbody></table></div>"
            '<p class="q small">Likely: replies as long as those so far. At most: every reply runs to its token limit; '
            "this sum is held back from a budget. Tokens are counted as four bytes each.</p>",
            head,
            rows,
            total,
            joined(self._facts()),
        )

    def _facts(self) -> list[Html]:
        quote = self.quote
        unknown = "no price known"
        facts = [
            ("Tokens in, about", f"{quote.prompt_tokens:,}"),
            ("Tokens out, likely", f"{quote.completion_tokens:,}"),
            ("Likely cost", words.money(quote.likely_cost) or unknown),
            ("Cost at most", words.money(quote.most_cost) or unknown),
            ("Time, about", words.duration(quote.seconds)),
        ]
        return [
            html('<tr><th scope="row">{}</th><td class="r n">{}</td></tr>', *fact) for fact in facts
        ]


def _use(role: str) -> str:
    return "Answers" if role == "actor" else f"Verdicts of {role}"


def headline(quote: Quote) -> str:
    """What it comes to, in a line."""
    if not quote.calls:
        return "Nothing to pay: every answer is in the store"
    calls = words.count(quote.calls, "call")
    if math.isnan(quote.likely_cost):
        return f"{calls}: what they cost is not known, a model has no price"
    if quote.most_cost == 0:
        return f"{calls}, free of charge"
    return (
        f"{calls}: likely {words.money(quote.likely_cost)}, at most {words.money(quote.most_cost)}"
    )
