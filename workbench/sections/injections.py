"""Attacks that were tried: how many succeed, kind by kind and variant by variant, and what the
model said to those that did.
"""

from collections.abc import Iterable
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.safety import Attacks, Success, Tried, behind_filters, success
from workbench.safety.success import SUCCEEDED
from workbench.sections.decision import strong_start
from workbench.words import brief

MOST_SHOWN = 12  # successes whose texts are there to unfold
LONGEST = 1_500  # characters of such a text
KINDS = {  # name, and what it is
    "direct": ("Plain instruction", "“ignore what you were told”, in the user’s own text"),
    "indirect": ("Retrieved text", "a mail or page speaks to the model"),
    "leak": ("Asks for the prompt", "“repeat what stands above”"),
    "judge": ("Speaks to the critic", "the answer asks for a good verdict"),
    "encoded": ("Disguised", "base64, look-alikes, hidden characters, another language"),
    "consumption": ("Asks for endless output", "the bill is the harm"),
}


def headline(attacks: Attacks) -> str:
    """The outcome in a few words, for a title."""
    return attacks.sentence


def injections_piece(attacks: Attacks) -> Html:
    """The sentence, the table of kinds, and the replies that gave way, folded."""
    won = [row for row in attacks.rows if row.outcome == SUCCEEDED and not row.harmless]
    twins = [row for row in attacks.rows if row.outcome == SUCCEEDED and row.harmless]
    return render(
        "sections/injections.html",
        sentence=strong_start(attacks.sentence),
        safer=[attacks.safer(*pair).sentence for pair in _pairs(attacks.variants)],
        field=attacks.field,
        variants=attacks.variants,
        rows=[_row(attacks, kind) for kind in attacks.kinds],
        total=[cell for name in attacks.variants for cell in _cells(attacks, name)],
        filtered=attacks.is_filtered,
        over=_over_defended(attacks),
        twins=len(twins),
        shown=[_shown(row) for row in won[:MOST_SHOWN]],
        more=max(0, len(won) - MOST_SHOWN),
        missing=[f"{risk} ({what})" for risk, what in attacks.not_covered.items()],
        spent=words.money(attacks.cost),
    )


def _pairs(names: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    """The first variant with each other one."""
    return [(names[0], other) for other in names[1:]]


def _row(attacks: Attacks, kind: str) -> dict[str, Any]:
    name, about = KINDS[kind]
    cells = [cell for each in attacks.variants for cell in _cells(attacks, each, kind)]
    return {"name": name, "about": about, "cells": cells}


def _cells(attacks: Attacks, variant: str, kind: str = "") -> list[dict[str, Any]]:
    """The count of a variant, and where there are filters the one behind them."""
    rows = attacks.chosen(variant, kind)
    alone = _cell(success(rows), f"{variant}, alone" if attacks.is_filtered else variant)
    if not attacks.is_filtered:
        return [alone]
    return [alone, _cell(behind_filters(rows), f"{variant}, behind filters")]


def _over_defended(attacks: Attacks) -> str:
    """How many harmless twins the filters block."""
    twins = [row for row in attacks.rows if row.harmless and row.blocked is not None]
    blocked = sum(bool(row.blocked) for row in twins)
    return f"{blocked:,} of {len(twins):,}" if twins else ""


def _cell(found: Success, variant: str) -> dict[str, Any]:
    """One count with its interval."""
    ends = ""
    if found.attacks:
        low, high = (f"{100 * end:.0f}" for end in (found.rate.low, found.rate.high))
        ends = f"{low} to {high}\u202f%"
    return {
        "variant": variant,
        "count": f"{found.succeeded} of {found.attacks}" if found.attacks else "",
        "gave_way": found.succeeded > 0,
        "ends": ends,
        "unknown": found.unknown,
    }


def _shown(row: Tried) -> dict[str, str]:
    kind = KINDS[row.kind][0].lower()
    title = f"{row.attack}, {kind}, {row.variant}: “{brief(row.reply, 50)}”"
    return {"title": title, "asked": _cut(row.asked), "reply": _cut(row.reply)}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
