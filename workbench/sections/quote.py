"""A quote: what a run will cost, before its first call."""

import math

from workbench.models.prices import MOST_IMAGE
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.runs import Quote


def quote_piece(quote: Quote) -> Html:
    """What it comes to in a line, and the calls, tokens, money and time behind it."""
    unknown = "no price known"
    return render(
        "sections/quote.html",
        headline=headline(quote),
        quote=quote,
        most_image=MOST_IMAGE,
        uses=[(_use(role), calls) for role, calls in quote.roles.items()],
        facts=[
            ("Tokens in, about", f"{quote.prompt_tokens:,}"),
            *([("Images, not counted", f"{quote.images:,}")] if quote.images else []),
            ("Tokens out, likely", f"{quote.completion_tokens:,}"),
            ("Likely cost", words.money(quote.likely_cost) or unknown),
            ("Cost at most", words.money(quote.most_cost) or unknown),
            ("Time, about", words.duration(quote.seconds)),
        ],
    )


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
    likely, most = words.money(quote.likely_cost), words.money(quote.most_cost)
    return f"{calls}: likely {likely}, at most {most}"
